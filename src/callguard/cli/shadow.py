"""`callguard shadow`: what a candidate policy, or enforcing, would change; how much of it was seen comes first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.table import Table
from rich.text import Text

from callguard.batch import coverage, files
from callguard.call_log.entry import REASONS
from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.log import Asked, opened, strangers
from callguard.cli.permit import checker, key_options
from callguard.watching import again
from callguard.watching.report import NONE, Judged, recorded, report

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator

    from callguard.batch.coverage import Coverage
    from callguard.call_log import Entry
    from callguard.cli.desk import Desk
    from callguard.cli.log import Opened
    from callguard.cli.words import Words
    from callguard.watching.report import Report, Row

_SHOWN: Final = 20  # rows of a kind
_HOURS: Final = 5
_PROGRESS: Final = 1_000


def command(words: Words) -> click.Command:
    """Return the command."""
    params: list[click.Parameter] = [
        commands.file_option("--candidate"),
        click.Option(["--campaign"], metavar="NAME", shell_complete=commands.campaigns),
        click.Option(["--since"], metavar="DATE"),
        click.Option(["--until"], metavar="DATE"),
        commands.file_option("--trunk"),
        *key_options(),
        click.Option(["--format", "form"], type=click.Choice(["table", "asterisk"]), default="table"),
    ]
    return commands.Command(words, "shadow", show, params)


def show(
    desk: Desk, *, candidate: str | None, trunk: str | None, keys: str | None, region: str, form: str, **given: str | None
) -> int:
    """Report; 0 where nothing would change and every attempt was seen by the candidate, 1 where not."""
    words = desk.words
    for path in (candidate, trunk):
        if path is not None:
            desk.readable(Path(path))
    with opened(desk) as log:
        asked = Asked.of(desk, {"number": None, "caller": None, "reason": None, **given}, log.timezone)
        entries = log.log.search(**asked.given)
        found = report(_read(desk, recorded(entries) if candidate is None else _again(log, entries, Path(candidate))), log.policy)
        unknown = strangers(desk, log.policy, asked)
        zone = log.timezone
        beside = candidate is not None or log.policy.candidate is not None or found.judged > 0
    seen = None if trunk is None else _trunk(desk, trunk, keys, region, form, zone)
    alike = not found.changes and not found.shadow and (not beside or found.judged == found.calls)
    if desk.json:
        desk.print_json(_json(found, seen))
    elif not found.calls:
        desk.show(Text(words("log-nothing")))
        desk.notes(unknown)
    else:
        _show(desk, found, seen, zone, beside=beside)
    return 0 if alike else 1


def _again(log: Opened, entries: Iterable[Entry], candidate: Path) -> Iterator[Judged]:
    from callguard.call_log.archiving import Law
    from callguard.policy import Policy

    return again.again(entries, Law.current(Policy.load(candidate)), log.log.law_of)


def _read(desk: Desk, judged: Iterable[Judged]) -> Iterator[Judged]:
    with desk.progress(desk.words("log-reading"), None) as progress:
        for n, each in enumerate(judged, 1):
            yield each
            if not n % _PROGRESS:
                progress(0, n)


def _trunk(desk: Desk, records: str, keys: str | None, region: str, form: str, zone: str) -> Coverage:
    """Measure how many of a trunk's calls were decided at all, by their permits."""
    asked = checker(desk, keys, region, coverage.UsedAmong())
    names = coverage.ASTERISK if form == "asterisk" else coverage.USUAL
    callee, caller, at, permit = names
    try:
        with files.opened(records) as (raw, size), desk.progress(desk.words("coverage-reading"), size) as progress:
            found = coverage.measure(
                raw, asked, (callee, caller, at, permit), timezone=zone, whole=size is not None, progress=progress
            )
    except files.TableError as error:
        error.facts["path"] = records
        raise
    if found.share is None:
        raise NotAnswered(desk.words("coverage-none", path=records))
    return found


# --- for people


def _show(desk: Desk, found: Report, seen: Coverage | None, zone: str, *, beside: bool) -> None:
    words = desk.words
    if beside:
        whole = found.judged == found.calls
        mark, colour = (desk.marks[0], "bold green") if whole else (desk.marks[1], "bold red")
        head = words("shadow-judged", n=found.calls, judged=found.judged)
        desk.show(Text.assemble((f"{mark} {_percent(found.judged, found.calls)}  ", colour), head))
    else:
        desk.show(Text(words("shadow-calls", n=found.calls)))
    desk.show(_rows(_coverage(words, found, seen)))
    if seen is None:
        desk.notes([words("shadow-unseen")])
    if beside:
        changed = words(
            "shadow-changes",
            n=found.changes,
            stopped=found.stopped.total(),
            let_go=found.let_go.total(),
            same=found.same,
            otherwise=found.otherwise,
        )
        desk.show(Text(), Text(changed, "bold"))
    for title, counted, hours in (
        ("shadow-stopped", found.stopped, found.stopped_hours),
        ("shadow-let-go", found.let_go, None),
        ("shadow-enforced", found.shadow, found.enforced_hours),
    ):
        if counted:
            desk.show(Text(), Text(words(title, n=counted.total()), "dim"), _changes(words, counted))
            if hours:
                desk.show(Text(words("shadow-hours", zone=zone), "dim"))
                desk.show(_rows(list(coverage.busiest(hours, _HOURS))))


def _coverage(words: Words, found: Report, seen: Coverage | None) -> list[tuple[str, Any]]:
    """Return how much was seen: the attempts, and what is known of them."""
    rows: list[tuple[str, Any]] = []
    if found.judged or found.unjudged[NONE] < found.calls:
        rows += [(words(f"shadow-why-{why}"), n) for why, n in sorted(found.unjudged.items())]
    rows.append((words("shadow-let"), found.shadow.total()))
    rows.append((words("shadow-campaigns"), words("shadow-of", seen=found.campaigns[0], of=found.campaigns[1])))
    rows.append((words("shadow-callers"), words("shadow-of", seen=found.callers[0], of=found.callers[1])))
    if seen is not None:
        without = seen.calls - seen.permitted
        said = words("shadow-of", seen=without, of=seen.calls)
        rows.append((words("shadow-trunk"), f"{said} ({_percent(without, seen.calls, up=True)})"))
    return rows


def _percent(some: int, of: int, *, up: bool = False) -> str:
    """Write a share, on the side that promises less: what is not whole is never said to be, nor a few to be none."""
    tenths = some * 1000
    return f"{(-(-tenths // of) if up else tenths // of) / 10:.1f} %"


def _rows(rows: list[tuple[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for name, n in rows:
        table.add_row(f"  {name}", f"{n:,}" if isinstance(n, int) else n)
    return table


def _changes(words: Words, counted: Counter[Row]) -> Table:
    """Return a table of campaigns, reasons and rules, those with most first."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2))
    for _ in range(3):
        table.add_column(overflow="fold")
    table.add_column(justify="right")
    for (campaign, reason, rule), n in _ordered(counted)[:_SHOWN]:
        table.add_row(f"  {campaign}", _reason(words, reason), rule or "", f"{n:,}")
    return table


def _reason(words: Words, reason: str) -> str:
    return words.reason(REASONS[reason]) if reason in REASONS else words(f"shadow-{reason}")


def _ordered(counted: Counter[Row]) -> list[tuple[Row, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0][0], item[0][1], item[0][2] or ""))


# --- for machines


def _json(found: Report, seen: Coverage | None) -> dict[str, Any]:
    def rows(counted: Counter[Row]) -> list[dict[str, Any]]:
        return [
            {"campaign": campaign, "reason": reason, "rule": rule, "attempts": n}
            for (campaign, reason, rule), n in _ordered(counted)
        ]

    return {
        "coverage": {
            "attempts": found.calls,
            "judged": found.judged,
            "share": found.share,
            "unjudged": dict(sorted(found.unjudged.items())),
            "shadow": found.shadow.total(),
            "campaigns": {"seen": found.campaigns[0], "of": found.campaigns[1]},
            "callers": {"seen": found.callers[0], "of": found.callers[1]},
            "trunk": None
            if seen is None
            else {"calls": seen.calls, "unseen": seen.calls - seen.permitted, "share_unseen": 1 - (seen.share or 0)},
        },
        "changes": {
            "stopped": found.stopped.total(),
            "let_go": found.let_go.total(),
            "same": found.same,
            "other_reason": found.otherwise,
            "stopped_by": rows(found.stopped),
            "let_go_by": rows(found.let_go),
            "stopped_hours": dict(coverage.busiest(found.stopped_hours, len(found.stopped_hours))),
        },
        "enforced": {
            "stopped": found.shadow.total(),
            "stopped_by": rows(found.shadow),
            "stopped_hours": dict(coverage.busiest(found.enforced_hours, len(found.enforced_hours))),
        },
        "campaigns": {
            name: {key: counts[key] for key in ("calls", "judged", "shadow", "stopped", "let_go", "same")}
            for name, counts in sorted(found.by_campaign.items())
        },
    }
