"""`callguard licences`: each licence and filing, and how long it is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from callguard import clock
from callguard.cli import commands

if TYPE_CHECKING:
    from datetime import date

    import click

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_SOON = 60  # days: what ends within them is shown in yellow
_COLOURS = {"valid": "green", "unlimited": "green", "ends": "yellow", "ended": "red", "not-yet": "red"}


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "licences", licences, [commands.at_option()])


def licences(desk: Desk, at: str | None) -> int:
    """Show every licence and filing; 0 when none has ended, 1 when one has."""
    guard = desk.guard()
    timezone = guard.policy.enterprise.timezone
    today, _ = clock.local(timezone, desk.instant(at, timezone))
    rows = [_row(each.kind, each.number, each.issued, last, today) for each, last in guard.licences_until()]
    filings = [_row(each.kind, None, each.filed, None, today) for each in guard.policy.filings]
    sound = not any(row["status"] == "ended" for row in rows)
    if desk.json:
        desk.print_json({"licences": rows, "filings": filings, "sound": sound})
    elif not rows and not filings:
        desk.show(Text(desk.words("no-licences")))
    else:
        desk.show(_table(desk, rows, filings))
    return 0 if sound else 1


def _row(kind: str, number: str | None, since: date, last: date | None, today: date) -> dict[str, Any]:
    """Return what there is to say of a licence or filing on a day."""
    left = None if last is None else (last - today).days
    if today < since:
        status = "not-yet"
    elif left is None:
        status = "unlimited"
    else:
        status = "ended" if left < 0 else "ends" if left <= _SOON else "valid"
    return {
        "kind": kind,
        "number": number,
        "since": since.isoformat(),
        "last_day": last and last.isoformat(),
        "days_left": left if left is None or left >= 0 else None,
        "status": status,
    }


def _table(desk: Desk, licences: list[dict[str, Any]], filings: list[dict[str, Any]]) -> Table:
    """Return a table of licences, then filings."""
    words = desk.words
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("", no_wrap=True)
    for key in ("kind", "licence-number", "issued", "last-day", "status"):
        table.add_column(words(key), no_wrap=key != "licence-number")
    for what, rows in (("licence", licences), ("filing", filings)):
        for row in rows:
            colour = _COLOURS[row["status"]]
            day = row["last_day"] or ""
            standing = words(f"licence-{row['status']}", n=row["days_left"] or 0)
            kind = Text(words.value(what, row["kind"]), "bold")
            table.add_row(words(what), kind, row["number"] or "", row["since"], day, Text(standing, colour))
    return table
