"""A list looked at before a campaign starts: what becomes of its rows over a period, gathered by what is the same."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import clock
from callguard.batch.asking import Asked, Lines
from callguard.batch.files import TableError
from callguard.batch.outlook import Outlook, Share, coarser
from callguard.batch.sources import Batches, open_source
from callguard.deciding.many import ELSEWHERE, OWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from callguard.batch.sources import Group, Table
    from callguard.deciding.courses import Course, Foreseen, Foresight
    from callguard.guard import Guard, Line

    Progress = Callable[[int, int], None]

_FINE: Final = 50_000  # courses that are told apart to the second; more of them to the hour
_FIRST: Final = 8
MOST_DAYS: Final = 62


def preflight(
    tables: Any,
    guard: Guard,
    *,
    campaign: str | None = None,
    caller: str | None = None,
    start: Any = None,
    days: int = 7,
    column: str | None = None,
    campaign_column: str | None = None,
    caller_column: str | None = None,
    place_column: str | None = None,
    threads: int = 1,
) -> Outlook:
    """Look ahead for a list: when its rows may be called from `start` (now) until the end of the last of so many days.

    `tables` is a file's path, something with the Arrow C stream interface, or a list of these. The first day is that of `start`, on
    the enterprise's clock. Columns as `scrub_batches` takes them; nothing is counted or logged. TableError where a table cannot be
    read, ValueError and PolicyError for what a program may not pass.
    """
    at = guard.now() if start is None else clock.instant(start, "start")
    asked = Asked(campaign, caller, at, column, campaign_column, caller_column, place_column)
    given = tables if isinstance(tables, list | tuple) else [tables]
    return look(given, guard, asked, end=end_of(guard, at, days), threads=threads)


def end_of(guard: Guard, start: float, days: int) -> float:
    """Return when the last of so many days ends on the enterprise's clock; ValueError for days that cannot be looked at."""
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise ValueError(f"`days` is {days}; accepted: 1 to {MOST_DAYS}")
    timezone = guard.policy.enterprise.timezone
    return clock.start_of_day(timezone, clock.local(timezone, start)[0] + timedelta(days=days))


def look(
    tables: Iterable[Any],
    guard: Guard,
    asked: Asked,
    *,
    end: float,
    sheet: str | None = None,
    threads: int = 1,
    progress: Callable[[Table], Progress] = lambda _: lambda _done, _rows: None,
) -> Outlook:
    """Look at tables from the instant asked for, now where none is, until before `end`, in epoch seconds.

    `progress` is asked once for each table for what is told of how far it is. TableError for what cannot be read.
    """
    start = guard.now() if asked.at is None else asked.at
    asked = attrs.evolve(asked, at=start)
    looking = _Looking(guard, asked, start, end, threads)
    for table in tables:
        before = looking.rows
        with _opened(table, guard, asked, sheet, threads) as source:
            told = progress(source)
            for group in source.groups():
                looking.add(group, before)
                told(source.done, source.counts.rows)
            looking.rows = before + source.counts.rows
    return looking.outlook()


def _opened(table: Any, guard: Guard, asked: Asked, sheet: str | None, threads: int) -> Table:
    if not isinstance(table, str | PathLike):
        return Batches(table, guard, asked, threads)
    try:
        return open_source(str(table), guard, asked, sheet=sheet, threads=threads)
    except TableError as error:
        error.facts.setdefault("path", str(table))
        raise


class _Looking:
    def __init__(self, guard: Guard, asked: Asked, start: float, end: float, threads: int) -> None:
        self._guard, self._lines = guard, Lines(guard, asked)
        self._start, self._end, self._threads = start, end, threads
        self._foresights: dict[tuple[str, str], Foresight] = {}
        self._callers: dict[str, str] = {}  # as rows write them, by how the policy does
        self.rows = 0
        self._shares: Counter[tuple[str, str, Course]] = Counter()  # rows by campaign, caller and course
        self._unread: Counter[str] = Counter()
        self._first_unread: list[int] = []

    def add(self, group: Group, before: int) -> None:
        line = self._lines.of(group.told.get("campaign"), group.told.get("caller"))
        if isinstance(line, str):
            self._undecided(line, group, range(len(group.callees)), before)
            return
        key = (line.campaign, line.caller)
        foresight = self._foresights.get(key)
        if foresight is None:
            foresight = self._foresights[key] = line.foresight(start=self._start, end=self._end, threads=self._threads)
        place = group.told.get("place") or None
        try:
            found = foresight.courses(group.callees, place)
        except ValueError:
            if place is None:
                raise
            self._at_no_place(group, line, foresight, before)
            return
        if ELSEWHERE in found.which:
            self._undecided("place", group, [i for i, index in enumerate(found.which) if index == ELSEWHERE], before)
        for course, n in _counted(found).items():
            self._count(line, course, n)

    def _at_no_place(self, group: Group, line: Line, foresight: Foresight, before: int) -> None:
        """Leave rows undecided whose place cannot be read; what is null is no number anywhere."""
        callees = group.callees.to_pylist() if hasattr(group.callees, "to_pylist") else group.callees
        members = [i for i, callee in enumerate(callees) if callee is not None]
        if members:
            self._undecided("place", group, members, before)
        if len(members) < len(callees):
            self._count(line, foresight.course(None), len(callees) - len(members))

    def _count(self, line: Line, course: Course, n: int) -> None:
        shares = self._shares
        caller = self._callers.get(line.caller)
        if caller is None:
            known = self._guard.policy.caller(line.caller)
            caller = self._callers[line.caller] = line.caller if known is None else known.key
        key = (line.campaign, caller, course)
        if key not in shares and len(shares) >= _FINE:
            key = (line.campaign, caller, coarser(course))
        shares[key] += n

    def _undecided(self, key: str, group: Group, members: Sequence[int], before: int) -> None:
        self._unread[key] += len(members)
        rows = [before + group.before + int(i if group.rows is None else group.rows[i]) + 1 for i in members[:_FIRST]]
        self._first_unread = sorted([*self._first_unread, *rows])[:_FIRST]

    def outlook(self) -> Outlook:
        """Return what there is to say of all rows."""
        return Outlook(
            start=self._start,
            end=self._end,
            timezone=self._guard.policy.enterprise.timezone,
            rows=self.rows,
            undecided=dict(self._unread),
            first_undecided=tuple(self._first_unread),
            shares=tuple(Share(campaign, caller, course, n) for (campaign, caller, course), n in self._shares.items()),
            volumes={
                self._callers.get(caller, caller): v
                for (_, caller), found in self._foresights.items()
                if (v := found.volume) is not None
            },
        )


def _counted(found: Foreseen) -> dict[Course, int]:
    """Return how many rows have which course."""
    counts: Counter[Course] = Counter()
    for index, n in Counter(found.which).items():
        if index not in {OWN, ELSEWHERE}:
            counts[found.courses[index]] += n
    for row, course in found.others.items():
        if found.which[row] == OWN:
            counts[course] += 1
    return counts
