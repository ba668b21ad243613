"""`callguard lists`: each suppression list as it was read; `lists build` and `lists verify` make and check index files."""

from __future__ import annotations

from datetime import datetime, timedelta
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click
from rich import box
from rich.table import Table
from rich.text import Text

from callguard.cli import commands
from callguard.cli.desk import Desk, masked
from callguard.cli.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callguard.index import Plane
    from callguard.policy import Policy

PARTS: Final = ("build", "verify")


def command(words: Words) -> click.Command:
    """Return the command."""
    return Lists(words)


class Lists(commands.Helped, click.Group):
    """The command, and those below it; the file of one is only read when it is asked for."""

    def __init__(self, words: Words) -> None:
        """Take the language of the help."""
        self.words = words

        def callback(at: str | None, policy: str | None, lang: str | None, *, json: bool) -> int:
            ctx = click.get_current_context()
            above: dict[str, Any] = ctx.obj or {}
            lang, policy = lang or above.get("lang"), policy or above.get("policy")
            if ctx.invoked_subcommand is not None:
                ctx.obj = {"lang": lang, "policy": policy, "json": json}
                return 0
            desk = Desk(Words(lang or words.lang), policy, json)
            return lists(desk, at)

        super().__init__(
            "lists",
            callback=callback,
            invoke_without_command=True,
            params=[
                commands.at_option(),
                click.Option(["--policy"], metavar="FILE"),
                click.Option(["--json"], is_flag=True),
                click.Option(["--lang"], type=click.Choice(LANGUAGES)),
            ],
            context_settings={"help_option_names": ["-h", "--help"]},
        )

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - click's
        """Return what the command does, in a few words."""
        from callguard.cli import helps

        return self.words.pick(helps.SHORT["lists"])

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the commands below."""
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Read the file of a command below."""
        if cmd_name not in PARTS:
            near = get_close_matches(cmd_name, PARTS, n=1)
            text = self.words("no-command", name=masked(f"lists {cmd_name}"))
            raise click.UsageError(f"{text}; {self.words('did-you-mean', names=near[0])}" if near else text, ctx)
        found: click.Command = import_module(f"callguard.cli.lists_{cmd_name}").command(self.words)
        return found


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
