"""`callguard lists`: each suppression list as it was read; `lists build` and `lists verify` make and check index files."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.table import Table
from rich.text import Text

from callguard.cli import commands

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.index import Plane
    from callguard.policy import Policy

PARTS: Final = ("build", "merge", "diff", "verify")


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Family(words, "lists", PARTS, lists, [commands.at_option()])


def lists(desk: Desk, at: str | None) -> int:
    """Show every list; 0 when all of it was read, 1 when a row or a date was not."""
    guard = desk.guard()
    timezone = guard.policy.enterprise.timezone
    now = desk.instant(at, timezone)
    rows = [_read(desk, guard.policy, found, now, timezone) for found in guard.lists]
    sound = not any(row["skipped_count"] or row["undated_count"] for row in rows)
    if desk.json:
        desk.print_json({"lists": rows, "sound": sound})
    elif not rows:
        desk.show(Text(desk.words("no-lists")))
    else:
        desk.show(*_table(desk, rows))
    return 0 if sound else 1


def _read(desk: Desk, policy: Policy, found: Plane, now: float, timezone: str) -> dict[str, Any]:
    """Return what there is to say of a list."""

    def written(ends: tuple[float, float] | None) -> dict[str, str | None]:
        instants = [None, None] if ends is None else [desk.local(end, timezone) for end in ends]
        texts = [None if local is None else local.isoformat() for local in instants]
        return dict(zip(("earliest", "latest"), texts, strict=True))

    since, until = found.edges()
    return {
        "name": found.name,
        "path": str(found.path),
        "rows": found.rows,
        "kept": found.kept,
        "held": found.held(now),
        **unread(found),
        "since": written(since),
        "until": written(until),
        "campaigns": [c.name for c in policy.campaigns if found.name in c.honours_lists],
    }


def unread(found: Any) -> dict[str, Any]:
    """Return what could not be read of a list or a source: the first lines, and how many there are."""
    return {
        "skipped": list(found.skipped),
        "skipped_count": found.skipped_count,
        "undated": list(found.undated),
        "undated_count": found.undated_count,
    }


def complaints(words: Words, row: dict[str, Any]) -> list[Text]:
    """Say what could not be read of a list or a source."""
    return [
        Text(f"  {words(f'{key}-rows', n=row[f'{key}_count'], lines=words.lines(row[key]))}", "yellow")
        for key in ("skipped", "undated")
        if row[f"{key}_count"]
    ]


def _table(desk: Desk, rows: Iterable[dict[str, Any]]) -> list[Table | Text]:
    """Return a table of the lists, and what was not read under it."""
    words = desk.words
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for key, justify in (("list", "left"), ("rows", "right"), ("kept", "right"), ("held", "right")):
        table.add_column(words(key), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for key in ("since", "until", "honoured-by"):
        table.add_column(words(key))
    below: list[Table | Text] = []
    for row in rows:
        table.add_row(
            Text(row["name"], "bold"),
            f"{row['rows']:,}",
            f"{row['kept']:,}",
            f"{row['held']:,}",
            _span(row["since"], 0),
            _span(row["until"], 1),
            ", ".join(row["campaigns"]) or words("none"),
        )
        below.append(Text.assemble((f"{row['name']}  ", "bold"), (row["path"], "dim")))
        below += complaints(words, row)
    return [table, *below]


def _span(edges: dict[str, str | None], before_s: int) -> str:
    """Write the first and the last day of some instants; an end is not held any more, the second before it still is."""
    days = [
        (datetime.fromisoformat(edge) - timedelta(seconds=before_s)).date().isoformat() if edge else ""
        for edge in (edges["earliest"], edges["latest"])
    ]
    return days[0] if days[0] == days[1] else " … ".join(days)
