"""`callguard callers`: each number to call from, and what is due for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from callguard import clock, packs
from callguard.cli import commands
from callguard.cli.verdict import province

if TYPE_CHECKING:
    from datetime import date

    import click

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.policy import Caller, Policy

_COLOURS = {"filed": "green", "not-needed": "dim", "due": "yellow"}
SOON = 10


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "callers", callers, [commands.at_option()])


def callers(desk: Desk, at: str | None) -> int:
    """Show every caller; 0 when each may be used, 1 when one may not."""
    policy = desk.policy()
    timezone = policy.enterprise.timezone
    today, _ = clock.local(timezone, desk.instant(at, timezone))
    rows = [_row(policy, caller, today) for caller in policy.callers]
    usable = all(row["usable"] for row in rows)
    if desk.json:
        desk.print_json({"callers": rows, "usable": usable})
    elif not rows:
        desk.show(Text(desk.words("no-callers")))
    else:
        desk.show(_table(desk, rows))
    return 0 if usable else 1


def _row(policy: Policy, caller: Caller, today: date) -> dict[str, Any]:
    """Return what there is to say of a caller on a day."""
    filing, day = _filing(policy, caller, today)
    return {
        "number": caller.number,
        "kind": caller.kind,
        "province": caller.province,
        "obtained": caller.obtained and caller.obtained.isoformat(),
        "filed": caller.filed and caller.filed.isoformat(),
        "filing": filing,
        "filing_day": day and day.isoformat(),
        "days_left": (day - today).days if filing == "due" and day else None,
        "status": caller.status,
        "campaigns": [c.name for c in policy.campaigns if caller.key in c.callers],
        "usable": caller.status == "active" and filing in {"filed", "due", "not-needed"},
    }


def _filing(policy: Policy, caller: Caller, today: date) -> tuple[str, date | None]:
    """Return how the filing stands, and the day that matters: filed, due by it, overdue since it, obtained on it."""
    if "cn" not in policy.enterprise.packs:
        return "not-needed", caller.filed
    if caller.filed is not None and caller.filed <= today:
        return "filed", caller.filed
    if caller.obtained is None:
        return ("filed-later", caller.filed) if caller.filed else ("undeclared", None)
    if caller.obtained > today:
        return "not-obtained", caller.obtained
    last = caller.obtained + timedelta(days=packs.load().filing_days)
    return ("due", last) if today <= last else ("overdue", last + timedelta(days=1))


def _table(desk: Desk, rows: list[dict[str, Any]]) -> Table:
    """Return a table of the callers."""
    words = desk.words
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for key in ("number", "kind", "province", "filing", "status", "campaigns"):
        table.add_column(words(key), no_wrap=key in {"number", "kind", "filing"})
    for row in rows:
        usual = row["status"] == "active"
        table.add_row(
            Text(row["number"], "bold" if row["usable"] else "bold red"),
            row["kind"],
            province(words, row["province"]) if row["province"] else "",
            _written(desk, row),
            Text(words(row["status"]), "" if usual else "red"),
            ", ".join(row["campaigns"]) or Text(words("none"), "dim"),
        )
    return table


def _written(desk: Desk, row: dict[str, Any]) -> Text:
    """Write how the filing stands."""
    key, day, left = row["filing"], row["filing_day"], row["days_left"]
    if key == "due" and left <= 1:
        key = "due-tomorrow" if left else "due-today"
    return Text(desk.words(key, day=day, n=left), _COLOURS.get(row["filing"], "red"))
