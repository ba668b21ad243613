"""`callguard preflight`: what a list holds for the days to come."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callguard.batch import files, folders
from callguard.batch.asking import Asked
from callguard.batch.preflight import MOST_DAYS, end_of, look
from callguard.cli import commands, reports
from callguard.cli.desk import NotAnswered, masked
from callguard.cli.scrub import check_line, check_source, threads_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callguard.batch.sources import Table
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.guard import Guard

ENDINGS = (".html", ".md", ".json")
_DAYS = 7
_MOST_RATE = 10**9


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["source"], metavar="IN...", nargs=-1, required=True),
        click.Option(["--campaign"], metavar="NAME", shell_complete=commands.campaigns),
        click.Option(["--caller"], metavar="NUMBER", shell_complete=commands.callers),
        click.Option(["--from", "start"], metavar="INSTANT"),
        click.Option(["--days"], type=click.IntRange(1, MOST_DAYS), metavar="N", default=_DAYS),
        click.Option(["--rate"], metavar="N"),
        click.Option(["--column"], metavar="NAME"),
        click.Option(["--campaign-column"], metavar="NAME"),
        click.Option(["--caller-column"], metavar="NAME"),
        click.Option(["--place-column"], metavar="NAME"),
        click.Option(["--sheet"], metavar="NAME"),
        click.Option(["--threads"], metavar="N"),
        *reports.options(),
    ]
    return commands.Command(words, "preflight", preflight, params)


def preflight(
    desk: Desk,
    *,
    source: Sequence[str],
    start: str | None,
    days: int,
    rate: str | None,
    sheet: str | None,
    threads: str | None,
    report: tuple[str, ...],
    force: bool,
    **said: str | None,
) -> int:
    """Look ahead for a list, and show it; 0 when it was read, whatever there is to say of it."""
    from callguard.cli import preflight_report, preflight_shown

    words = desk.words
    reports.check(desk, report, force=force, endings=ENDINGS)
    names = _tables(desk, source)
    calls = _rate(desk, rate)
    guard = desk.guard()
    asked = _asked(desk, guard, start, said)
    assert asked.at is not None
    with ExitStack() as stack:
        try:
            found = look(
                names,
                guard,
                asked,
                end=end_of(guard, asked.at, days),
                sheet=sheet,
                threads=threads_of(desk, threads),
                progress=_progress(desk, stack, names),
            )
        except files.TableError as error:
            error.facts.setdefault("path", names[0])
            raise
    exhausted = None if calls is None else found.exhausted(calls)
    name = masked(", ".join("-" if each == "-" else Path(each).name for each in source))
    value = preflight_shown.as_json(found, exhausted)
    reports.write(
        desk,
        report,
        page=lambda: preflight_report.page(words, found, exhausted, name, made=reports.made(desk, found.timezone)),
        value=lambda: value,
        events=lambda: (),
    )
    if desk.json:
        desk.print_json(value)
    else:
        preflight_shown.show(desk, found, exhausted, name)
        desk.notes([*preflight_shown.notes(words, found), *desk.warnings(guard)])
    return 0


def _progress(desk: Desk, stack: ExitStack, names: Sequence[str]) -> Callable[[Table], Callable[[int, int], None]]:
    """Return what shows a bar for each table, in the place of the one before."""
    left = iter(names)

    def begin(table: Table) -> Callable[[int, int], None]:
        stack.close()
        return stack.enter_context(desk.progress(f"{desk.words('looking-ahead')} {masked(Path(next(left)).name)}", table.total))

    return begin


def _tables(desk: Desk, source: Sequence[str]) -> list[str]:
    """Return the files that are named, and those of folders that are."""
    found: list[str] = []
    for name in source:
        check_source(desk, name)
        if name == "-" or not Path(name).is_dir():
            found.append(name)
            continue
        inside = [str(Path(name) / each) for each in folders.tables_in(Path(name))[0]]
        if not inside:
            raise NotAnswered(desk.words("scrub-no-tables", path=name))
        found += inside
    return found


def _rate(desk: Desk, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        found = float(text)
    except ValueError:
        found = 0
    if not 0 < found <= _MOST_RATE:
        raise NotAnswered(desk.words("bad-choice", option="--rate", value=text, choices=desk.words("preflight-rate")))
    return found


def _asked(desk: Desk, guard: Guard, start: str | None, said: dict[str, Any]) -> Asked:
    """Return what is asked of every row; NotAnswered for what is said twice, and for a campaign that is none."""
    check_line(
        desk,
        guard,
        {name: said[name] for name in ("campaign", "caller")},
        {name: said[f"{name}_column"] for name in ("campaign", "caller")},
    )
    at = guard.now() if start is None else desk.instant(start, guard.policy.enterprise.timezone, "--from")
    return Asked(at=at, **said)
