"""`callguard log purge`: whole days removed from the call log, once the law and the policy permit it."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import click
from rich.text import Text

from callguard import clock
from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.log import opened
from callguard.cli.phases import Phases

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.log import Opened
    from callguard.cli.words import Words


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Option(["--before"], metavar="DATE"),
        click.Option(["--why"], metavar="TEXT", default="retention"),
        click.Option(["--dry-run"], is_flag=True),
        click.Option(["--yes", "-y"], is_flag=True),
    ]
    return commands.Command(words, "log purge", purge, params)


def purge(desk: Desk, *, before: str | None, why: str, dry_run: bool, yes: bool) -> int:
    """Remove the records of the days before a date; 0 when that is done, 1 when it is too early."""
    words = desk.words
    day = _day(desk, before)
    with opened(desk, writes=True) as found:
        latest, months = _latest(found)
        if day > latest:
            return _too_early(desk, day, latest, months)
        with Phases(desk, "log", worth=20_000) as progress:

            def sure(rows: int) -> bool:
                if not yes and not desk.json and sys.stdin.isatty():
                    click.confirm(words("log-purge-sure", n=rows, day=day), default=False, abort=True)
                return True

            rows = found.log.purge(
                day, why=why, dry=dry_run, sure=sure, progress=lambda done, total: progress(done, total, "removing")
            )
    if desk.json:
        desk.print_json({"purged": not dry_run, "before": day.isoformat(), "rows": rows})
        return 0
    key = "log-would-purge" if dry_run else "log-purged"
    desk.show(Text.assemble((f"{desk.marks[0]} ", "bold green"), words(key, n=rows, day=day)))
    return 0


def _day(desk: Desk, text: str | None) -> date:
    if text is None:
        raise NotAnswered(desk.words("missing-option", option="--before"))
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise NotAnswered(desk.words("bad-choice", option="--before", value=text, choices=desk.words("a-day"))) from None


def _latest(found: Opened) -> tuple[date, int]:
    """Return the last day that may be named, and for how many months records are kept."""
    from callguard.call_log.purging import LEAST, kept_from

    log = found.policy.call_log
    months = max(LEAST, 0 if log is None else log.retain_months)
    today, _ = clock.local(found.timezone, found.log.clock())
    return kept_from(today, months), months


def _too_early(desk: Desk, day: date, latest: date, months: int) -> int:
    """Say that records have not been kept long enough yet."""
    text = desk.words("log-too-early", day=day, n=months, latest=latest)
    if desk.json:
        desk.print_json({"purged": False, "before": day.isoformat(), "latest": latest.isoformat(), "error": text})
    else:
        desk.show(Text.assemble((f"{desk.marks[1]} ", "bold red"), text))
    return 1
