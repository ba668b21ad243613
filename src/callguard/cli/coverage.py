"""`callguard coverage`: the share of a trunk's calls that had a dial permit, first of all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.table import Table
from rich.text import Text

from callguard.batch import coverage, files
from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.permit import checker, key_options

if TYPE_CHECKING:
    from collections import Counter

    from callguard.batch.coverage import Coverage
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_SHOWN: Final = 20  # callers, hours


def command(words: Words) -> click.Command:
    """Return the command."""
    names = ("callee", "caller", "at", "permit")
    params: list[click.Parameter] = [
        click.Argument(["records"], metavar="RECORDS"),
        *key_options(),
        click.Option(["--format", "form"], type=click.Choice(["table", "asterisk"]), default="table"),
        *(click.Option([f"--{name}-column"], metavar="NAME") for name in names),
        click.Option(["--timezone"], metavar="ZONE"),
    ]
    return commands.Command(words, "coverage", cover, params)


def cover(desk: Desk, *, records: str, keys: str | None, region: str, form: str, timezone: str | None, **named: str | None) -> int:
    """Measure; 0 every call had a permit, 1 one had none."""
    words = desk.words
    if records != "-":
        desk.readable(Path(records))
    asked = checker(desk, keys, region, coverage.UsedAmong())
    zone = _zone(desk, timezone, asked.region)
    usual = coverage.ASTERISK if form == "asterisk" else coverage.USUAL
    callee, caller, at, permit = (
        named[f"{name}_column"] or default for name, default in zip(("callee", "caller", "at", "permit"), usual, strict=True)
    )
    try:
        with files.opened(records) as (raw, size), desk.progress(words("coverage-reading"), size) as progress:
            found = coverage.measure(
                raw, asked, (callee, caller, at, permit), timezone=zone, whole=size is not None, progress=progress
            )
    except files.TableError as error:
        error.facts["path"] = records
        raise
    if found.share is None:
        raise NotAnswered(words("coverage-none", path=records))
    if desk.json:
        desk.print_json(_json(found, zone))
    else:
        _show(desk, found, found.share, zone)
    return 0 if found.permitted == found.calls else 1


def _zone(desk: Desk, timezone: str | None, region: str) -> str:
    """Return the zone of instants without an offset: what is said, else the region's only one."""
    from callguard import clock, phone

    if timezone is None:
        zones = phone.country_zones(region)
        if len(zones) != 1:
            raise NotAnswered(desk.words("coverage-which-zone", region=region))
        return next(iter(zones))
    try:
        clock.zone(timezone)
    except ValueError:
        raise NotAnswered(desk.words("coverage-zone", text=timezone)) from None
    return timezone


def _show(desk: Desk, found: Coverage, share: float, zone: str) -> None:
    words, whole = desk.words, found.permitted == found.calls
    mark, colour = (desk.marks[0], "bold green") if whole else (desk.marks[1], "bold red")
    # rounded down: of what is not whole it is never said that it is
    percent = f"{int(share * 1000) / 10:.1f} %"
    head = words("coverage-share", n=found.calls, permitted=found.permitted)
    desk.show(Text.assemble((f"{mark} {percent}  ", colour), head))
    if whole:
        return
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    reasons = [(words(f"permit-{name}"), n) for name, n in coverage.busiest(found.reasons, _SHOWN)]
    for title, rows in (
        (words("coverage-why"), reasons),
        (words("caller"), list(coverage.busiest(found.callers, _SHOWN))),
        (words("coverage-hour", zone=zone), list(coverage.busiest(found.hours, _SHOWN))),
    ):
        if rows:
            table.add_row()
            table.add_row(Text(title, "dim"))
            for name, n in rows:
                table.add_row(f"  {name or '-'}", f"{n:,}")
    desk.show(table)
    if found.first_undated:
        more = found.reasons[coverage.UNDATED] > len(found.first_undated)
        desk.notes([words("coverage-undated", rows=words.rows(found.first_undated, more=more))])


def _json(found: Coverage, zone: str) -> dict[str, Any]:
    def ordered(counted: Counter[str]) -> dict[str, int]:
        return dict(coverage.busiest(counted, len(counted)))

    return {
        "coverage": found.share,
        "calls": found.calls,
        "permitted": found.permitted,
        "without": found.calls - found.permitted,
        "reasons": ordered(found.reasons),
        "callers": ordered(found.callers),
        "hours": ordered(found.hours),
        "undated_rows": found.first_undated,
        "timezone": zone,
    }
