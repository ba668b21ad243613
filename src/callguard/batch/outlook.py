"""What a list holds for a period: callable by the hour, never and why not, how often the limits let be called, and when all are."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from math import ceil, floor
from typing import TYPE_CHECKING, Final

import attrs

from callguard import clock
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from callguard.deciding.courses import Course, Stretch
    from callguard.model import Place

HOUR: Final = 3_600


@attrs.frozen
class Share:
    """So many rows of which becomes the same."""

    campaign: str
    caller: str
    course: Course
    rows: int


@attrs.frozen
class Hour:
    """How many rows can be called at some time of an hour, and how many throughout it."""

    some: int = 0
    whole: int = 0


@attrs.frozen
class Never:
    """Rows that can not be called in the period, by the reason that stands longest in the way.

    `retry_s` is the first instant at which its rule may pass for some of them, None where time alone will not do.
    """

    reason: Reason
    rows: int
    retry_s: float | None


@attrs.frozen
class Exhaustion:
    """What becomes of the list where it is called at a rate, each callee once, first whose time runs out first.

    `at` is when the last that can be called has been, None where the period ends before; `calls` are those of each hour.
    """

    rate: float
    at: float | None
    called: int
    left: int
    calls: tuple[int, ...]


@attrs.define(slots=False, eq=False, repr=False)
class Outlook:
    """All that was found of a list: its rows by course; `start` until before `end`, in epoch seconds.

    `undecided` counts rows of which `place`, `campaign` or `caller` could not be read; `volumes` tells of each caller that has a
    planned volume how much it is a day, and how much of the first day's is used.
    """

    start: float
    end: float
    timezone: str
    rows: int
    undecided: Mapping[str, int]
    first_undecided: tuple[int, ...]
    shares: tuple[Share, ...]
    volumes: Mapping[str, tuple[int, int]]

    @cached_property
    def hours(self) -> tuple[float, ...]:
        """The instants at which the hours of the enterprise's clock begin, the first at or before `start`."""
        offset = clock.offset_at(self.timezone, self.start)
        first = floor((self.start + offset) / HOUR) * HOUR - offset
        return tuple(first + HOUR * i for i in range(ceil((self.end - first) / HOUR)))

    @cached_property
    def callable(self) -> int:
        """How many rows can be called at some time of the period."""
        return sum(share.rows for share in self.shares if share.course.open)

    @property
    def campaigns(self) -> tuple[str, ...]:
        """The campaigns of the rows, in the order in which they were met."""
        return tuple(dict.fromkeys(share.campaign for share in self.shares))

    def by_hour(self, key: Callable[[Share], str], campaign: str | None = None) -> dict[str, tuple[Hour, ...]]:
        """Return how many rows can be called in each hour, of all campaigns or one, apart by what `key` says of them.

        Those with the most rows come first.
        """
        some: dict[str, Counter[int]] = {}
        whole: dict[str, Counter[int]] = {}
        sizes: Counter[str] = Counter()
        for share in self.shares:
            if campaign not in {None, share.campaign}:
                continue
            name = key(share)
            for hour, seconds in self._seconds(share.course).items():
                some.setdefault(name, Counter())[hour] += share.rows
                if seconds >= self._length(hour):
                    whole.setdefault(name, Counter())[hour] += share.rows
            if share.course.open:
                sizes[name] += share.rows
        none: Counter[int] = Counter()
        hours = range(len(self.hours))
        return {name: tuple(Hour(some[name][i], whole.get(name, none)[i]) for i in hours) for name, _ in sizes.most_common()}

    def _length(self, hour: int) -> float:
        start = self.hours[hour]
        return min(start + HOUR, self.end) - max(start, self.start)

    def _seconds(self, course: Course) -> dict[int, float]:
        """Return for how long of each hour a callee can be called."""
        found: dict[int, float] = {}
        first = self.hours[0]
        for span in course.open:
            for i in range(floor((span.since - first) / HOUR), ceil((span.until - first) / HOUR)):
                start = first + HOUR * i
                found[i] = found.get(i, 0) + min(span.until, start + HOUR) - max(span.since, start)
        return found

    def never(self, campaign: str | None = None) -> tuple[Never, ...]:
        """Return the rows that can not be called in the period, of all campaigns or one, in reason order."""
        counts: Counter[tuple[Reason, bool]] = Counter()
        retries: dict[tuple[Reason, bool], float] = {}
        for share in self.shares:
            if share.course.open or campaign not in {None, share.campaign}:
                continue
            found = share.course.lasting
            key = (found.reason, found.retry_s is None)
            counts[key] += share.rows
            if found.retry_s is not None:
                retries[key] = min(found.retry_s, retries.get(key, found.retry_s))
        order = sorted(counts, key=lambda key: (key[0].code, key[1]))
        return tuple(Never(key[0], counts[key], retries.get(key)) for key in order)

    def by_place(self) -> dict[str, tuple[int, int]]:
        """Return how many rows can be called, and how many can not, where each place is known; those with the most rows first.

        What is refused, listed, protected or no number counts nowhere.
        """
        open_: Counter[str] = Counter()
        closed: Counter[str] = Counter()
        for share in self.shares:
            if share.course.place is not None:
                (open_ if share.course.open else closed)[place_of(share.course.place)] += share.rows
        names = [name for name, _ in (open_ + closed).most_common()]
        return {name: (open_[name], closed[name]) for name in names}

    def attempts(self, campaign: str | None = None) -> int | None:
        """Return how many attempts the limits let through in the period, of all campaigns or one; None where they let any."""
        total = 0
        for share in self.shares:
            if campaign in {None, share.campaign}:
                if share.course.attempts is None:
                    return None
                total += share.rows * share.course.attempts
        return total

    def exhausted(self, rate: float) -> Exhaustion:
        """Return when all have been called at so many calls an hour, each once; ValueError for a rate that is none.

        No caller places more than its planned volume a day. Of those that can be called, they first who can be for the shortest.
        """
        from callguard.batch.exhausting import exhaust

        return exhaust(self, rate)


def zones_of(share: Share) -> str:
    """Return the time zones where a row's callee may be, empty where none is known."""
    place = share.course.place
    return "" if place is None else ", ".join(sorted(place.zones))


def place_of(place: Place) -> str:
    """Return where a callee may be as ISO 3166 codes: told, province, states or country; empty where nothing is known."""
    return place.told or place.province or ", ".join(sorted(place.states)) or place.country or ""


def coarser(course: Course) -> Course:
    """Return a course whose times are whole hours from its beginning on, open no longer than it is."""
    first, end = course.spans[0].since, course.spans[-1].until
    spans: list[Stretch] = []
    for span in course.spans:
        since = spans[-1].until if spans else first
        inwards = floor if span.reason is Reason.ALLOWED else ceil
        until = min(first + inwards((span.until - first) / HOUR) * HOUR, end) if span.until < end else end
        if since < until:
            spans.append(attrs.evolve(span, since=since, until=until))
    return attrs.evolve(course, spans=tuple(spans))


def edges_of(courses: Iterable[Course]) -> set[float]:
    """Return all instants at which some course begins or ceases to be open."""
    return {edge for course in courses for span in course.open for edge in (span.since, span.until)}
