"""`callguard callers`: each number to call from, and what is due for it; `callers set` says what became of one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from callguard import clock
from callguard.cli import commands
from callguard.cli.verdict import province
from callguard.model import Reason

if TYPE_CHECKING:
    from datetime import date

    import click

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.guard import Guard
    from callguard.model import Finding
    from callguard.policy import Caller

PARTS = ("set",)
_COLOURS = {"filed": "green", "not-needed": "dim", "due": "yellow"}
_FILING = "number-filing-30-days"


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Family(words, "callers", PARTS, callers, [commands.at_option()])


def callers(desk: Desk, at: str | None) -> int:
    """Show every caller; 0 when each may be used, 1 when one may not."""
    guard = desk.guard()
    policy = guard.policy
    timezone = policy.enterprise.timezone
    when = desk.instant(at, timezone)
    rows = [_row(guard, caller, when) for caller in policy.callers]
    usable = all(row["usable"] for row in rows)
    if desk.json:
        desk.print_json({"callers": rows, "usable": usable})
    elif not rows:
        desk.show(Text(desk.words("no-callers")))
    else:
        desk.show(_table(desk, rows))
    return 0 if usable else 1


def _row(guard: Guard, caller: Caller, at: float) -> dict[str, Any]:
    """Return what there is to say of a caller at an instant, as the rules find it."""
    found = {finding.rule: finding for finding in guard.caller_findings(caller.number, at=at)}
    timezone = guard.policy.enterprise.timezone
    today, _ = clock.local(timezone, at)
    filing, day = _filing(found[_FILING], caller, timezone)
    denied = [finding.reason for finding in found.values() if finding.status == "denies"]
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
        "campaigns": [c.name for c in guard.policy.campaigns if caller.key in c.callers],
        "denied": denied,
        "usable": not denied,
    }


def _filing(finding: Finding, caller: Caller, timezone: str) -> tuple[str, date | None]:
    """Return how the filing stands, and the day that matters: filed, due by it, overdue since it, obtained on it."""
    turns = None if finding.until_s is None else clock.local(timezone, finding.until_s)[0]
    if finding.status == "does-not-apply":
        return "not-needed", caller.filed
    if finding.status == "passes":
        return ("filed", caller.filed) if turns is None else ("due", turns - timedelta(days=1))
    if turns is not None:
        return ("not-obtained" if turns == caller.obtained else "filed-later"), turns
    if caller.obtained is None:
        return "undeclared", None
    return "overdue", caller.obtained + timedelta(days=finding.facts["days_allowed"] + 1)


def _table(desk: Desk, rows: list[dict[str, Any]]) -> Table:
    """Return a table of the callers."""
    words = desk.words
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for key in ("number", "kind", "province", "filing", "status", "campaigns"):
        table.add_column(words(key), no_wrap=key in {"number", "kind", "filing"})
    for row in rows:
        table.add_row(
            Text(row["number"], "bold" if row["usable"] else "bold red"),
            words.value("kind", row["kind"] or ""),
            province(words, row["province"]) if row["province"] else "",
            _written(desk, row),
            _standing(words, row),
            ", ".join(row["campaigns"]) or Text(words("none"), "dim"),
        )
    return table


def _standing(words: Words, row: dict[str, Any]) -> Text:
    """Write the status, or the reasons for which every call from the number is denied."""
    others = [reason for reason in row["denied"] if reason != Reason.CALLER_UNFILED]
    if others:
        return Text(", ".join(map(words.reason, others)), "red")
    return Text(words(row["status"]))


def _written(desk: Desk, row: dict[str, Any]) -> Text:
    """Write how the filing stands."""
    key, day, left = row["filing"], row["filing_day"], row["days_left"]
    if key == "due" and left <= 1:
        key = "due-tomorrow" if left else "due-today"
    return Text(desk.words(key, day=day, n=left), _COLOURS.get(row["filing"], "red"))
