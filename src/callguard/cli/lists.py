"""`callguard lists`: each suppression list as it was read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from callguard.cli import commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import click

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.index import ReadList
    from callguard.policy import Policy


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "lists", lists, [commands.at_option()])


def lists(desk: Desk, at: str | None) -> int:
    """Show every list; 0 when all of it was read, 1 when a row or a date was not."""
    from callguard import Guard

    guard = Guard.open(desk.path)
    timezone = guard.policy.enterprise.timezone
    now = desk.instant(at, timezone)
    rows = [_read(desk, guard.policy, found, now, timezone) for found in guard.lists]
    sound = not any(row["skipped"] or row["undated"] for row in rows)
    if desk.json:
        desk.print_json({"lists": rows, "sound": sound})
    elif not rows:
        desk.show(Text(desk.words("no-lists")))
    else:
        desk.show(*_table(desk, rows))
    return 0 if sound else 1


def _read(desk: Desk, policy: Policy, found: ReadList, now: float, timezone: str) -> dict[str, Any]:
    """Return what there is to say of a list."""
    entries = [entry for dated in found.dated.values() for entry in dated]
    since = [entry.since for entry in entries if entry.since is not None]
    until = [entry.until for entry in entries if entry.until is not None]
    plain = set(found.plain)
    held = plain | {
        number
        for number, dated in found.dated.items()
        if any((e.since is None or e.since <= now) and (e.until is None or now < e.until) for e in dated)
    }

    def edges(instants: Sequence[float]) -> dict[str, str | None]:
        ends = (min(instants), max(instants)) if instants else (None, None)
        written = [None if local is None else local.isoformat() for local in (desk.local(end, timezone) for end in ends)]
        return dict(zip(("earliest", "latest"), written, strict=True))

    return {
        "name": found.name,
        "path": str(found.path),
        "rows": found.rows,
        "kept": found.kept,
        "held": len(held),
        "skipped": list(found.skipped),
        "undated": list(found.undated),
        "since": edges(since),
        "until": edges(until),
        "campaigns": [c.name for c in policy.campaigns if found.name in c.honours_lists],
    }


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
        below += [
            Text(f"  {words(f'{key}-rows', n=len(row[key]), lines=words.lines(row[key]))}", "yellow")
            for key in ("skipped", "undated")
            if row[key]
        ]
    return [table, *below]


def _span(edges: dict[str, str | None], before_s: int) -> str:
    """Write the first and the last day of some instants; an end is not held any more, the second before it still is."""
    days = [
        (datetime.fromisoformat(edge) - timedelta(seconds=before_s)).date().isoformat() if edge else ""
        for edge in (edges["earliest"], edges["latest"])
    ]
    return days[0] if days[0] == days[1] else " … ".join(days)
