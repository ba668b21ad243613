"""What becomes of callees over a period: when each may be called, why not otherwise, and how often the limits let it be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import clock
from callguard.deciding import answers
from callguard.deciding.many import ELSEWHERE, OWN, Keeping, Work, elsewhere, marked
from callguard.model import FOREVER, Reason
from callguard.rules.findings import evaluate
from callguard.rules.rule import Attempts, Deny

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard.deciding.answers import Question
    from callguard.deciding.generation import Bound, Generation
    from callguard.model import Place

_HOUR: Final = 3_600
_MOST: Final = 1_000  # attempts to one callee that are counted
_KEPT: Final = 100_000
_SAME: Final = frozenset({Reason.INVALID_NUMBER, Reason.PROTECTED_NUMBER, Reason.REFUSED, Reason.LISTED})


@attrs.frozen(slots=True)
class Stretch:
    """A time in which the answer is the same, `since` until before `until`, in epoch seconds.

    `retry_s` is when the rule that denies may pass, None where time alone will not do, or nothing denies.
    """

    since: float
    until: float
    reason: Reason
    retry_s: float | None = None


@attrs.frozen(slots=True, cache_hash=True)
class Course:
    """What becomes of a callee over a period, as things stand when it is asked for.

    `place` is where the callee may be, None where it may never be called for a reason that is the same everywhere. `attempts` is
    how many attempts the limits let through in the period, None where nothing limits them; a thousand stands for all that is more.
    """

    spans: tuple[Stretch, ...]
    place: Place | None
    attempts: int | None

    @property
    def open(self) -> tuple[Stretch, ...]:
        """The times in which it may be called."""
        return tuple(span for span in self.spans if span.reason is Reason.ALLOWED)

    @property
    def reason(self) -> Reason:
        """Why it may not be called in the period: ALLOWED where it may at some time, else what stands longest in the way."""
        return self.lasting.reason

    @property
    def lasting(self) -> Stretch:
        """The time in which it may be called, or else the one whose rule stays in the way for longest."""

        def lasts(span: Stretch) -> tuple[bool, float, float]:
            retry = FOREVER if span.retry_s is None else span.retry_s
            return span.reason is Reason.ALLOWED, retry, span.until - span.since

        return max(self.spans, key=lasts)

    @property
    def until_s(self) -> float | None:
        """None: it is of one period, and of no instant."""
        return None


@attrs.frozen(slots=True, eq=False)
class Foreseen:
    """The course of each callee: `which` has one byte a row, an index into `courses`; where it is `OWN`, `others` has it by row.

    Where it is `ELSEWHERE` there is none, and taking it raises ValueError, as the place that was told cannot be the number's.
    """

    which: bytes
    courses: tuple[Course, ...]
    others: Mapping[int, Course]

    def __len__(self) -> int:
        return len(self.which)

    def __getitem__(self, row: int) -> Course:
        index = self.which[row]
        if index == ELSEWHERE:
            raise elsewhere(row)
        return self.others[row % len(self.which)] if index == OWN else self.courses[index]


class Foresight:
    """Tells what becomes of callees on one line over one period; keeps what it worked out for those that look alike.

    One thread asks it at a time.
    """

    def __init__(self, generation: Generation, bound: Bound, start: float, end: float, *, threads: int = 1) -> None:
        """Take a period in epoch seconds; ValueError for one that is none."""
        if not clock.check(start, "start") < clock.check(end, "end"):
            raise ValueError("`start` is not before `end`; accepted: a period in epoch seconds")
        self._generation, self._bound, self._start, self._end, self._threads = generation, bound, start, end, threads
        self._worked: dict[str | None, _Work] = {}

    def _work(self, place: str | None = None) -> _Work:
        """Return what goes through rows at a told place, with what it has learnt, where the caller's volume stands as it did."""
        self._generation.catch_up()
        volume = answers.volume(self._bound, self._start, self._generation.store)
        work = self._worked.get(place)
        if work is None or work.volume != volume:
            work = _Work(self._generation, self._bound, self._start, self._end, self._threads, volume, place)
            self._worked[place] = work
        return work

    def courses(self, callees: Any, place: str | None = None) -> Foreseen:
        """Return what becomes of many callees, at a place that is told of all; takes what `Line.scrub` takes.

        Rows whose number is of another country than the place are marked `ELSEWHERE`. ValueError for what is no region.
        """
        work = self._work(place)
        work.keeping.others = {}
        which = marked(work, callees, None)
        return Foreseen(which, tuple(work.keeping.found), work.keeping.others)

    @property
    def volume(self) -> tuple[int, int] | None:
        """The caller's planned volume a day, and how much is used of that of the period's first day; None where it has none."""
        caller = self._bound.caller
        if caller is None or caller.daily_attempts is None:
            return None
        timezone = self._generation.policy.enterprise.timezone
        midnight = clock.start_of_day(timezone, clock.local(timezone, self._start)[0])
        return caller.daily_attempts, self._generation.store.caller_count(caller.key, midnight)

    def course(self, callee: object, place: str | None = None) -> Course:
        """Return what becomes of one callee, at a told place; ValueError for a place that cannot be."""
        work = self._work()
        return work.found(work.ask(callee, place))[0]


class _Work(Work):
    """Goes through rows as screening does; what it finds of one is a course."""

    def __init__(
        self,
        generation: Generation,
        bound: Bound,
        start: float,
        end: float,
        threads: int,
        volume: tuple[float, ...],
        place: str | None,
    ) -> None:
        self.keeping: Keeping[Course] = Keeping()
        super().__init__(generation, bound, start, threads, self.keeping, volume, place)
        self._end = end
        self._limited = bool(bound.campaign.limits)
        self._known: dict[Any, Course] = {}
        self.least = 1 if self._limited else None  # an attempt already made takes from what is left

    def found(self, question: Question) -> tuple[Course, bool]:
        generation, reading = self._generation, question.reading
        question.callee = found = generation.callee(reading)
        each = reading.status == "valid" and generation.asks_each(question.bound, question.place_id)
        earlier = Attempts()
        if reading.status == "valid" and (self._limited or each):
            earlier = self.attempts(question, ())
        consents = tuple((consent.scope, consent.until) for consent in found.consents)
        key = (question.place, found.status, found.note, found.refusals, found.listings, consents, earlier)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[key] = self._course(question, earlier, limited=self._limited or each)
        return known, self.is_often(earlier)

    def _course(self, question: Question, earlier: Attempts, *, limited: bool) -> Course:
        spans = tuple(_spans(question, self._end, attrs.evolve(earlier, caller=self.volume)))
        course = Course(spans, question.place, None)
        if not course.open:
            if len(spans) == 1 and spans[0].reason in _SAME:
                return Course(spans, None, 0)
            return Course(spans, question.place, 0)
        return attrs.evolve(course, attempts=_attempts(question, course.open, earlier) if limited else None)


def _spans(question: Question, end: float, attempts: Attempts) -> list[Stretch]:
    """Return the answers from the question's instant on; what may change at any time is asked again every hour."""
    found: list[Stretch] = []
    at = question.at
    while at < end:
        decision = answers.decide(attrs.evolve(question, at=at, live=False), attempts)
        until = end if decision.until_s is None else decision.until_s
        if until <= at:
            until = (at // _HOUR + 1) * _HOUR
        until = min(until, end)
        span = Stretch(at, until, decision.reason, None if decision else decision.retry_s)
        last = found[-1] if found else None
        if last is not None and (last.reason, last.retry_s) == (span.reason, span.retry_s):
            found[-1] = attrs.evolve(last, until=until)
        else:
            found.append(span)
        at = until
    return found


def _attempts(question: Question, times: tuple[Stretch, ...], earlier: Attempts) -> int:
    """Return how many attempts the limits let through, each placed as early as may be: none placed later lets through more."""
    rules = question.generation.by_kind["attempts"]
    made: list[float] = []
    for span in times:
        at = span.since
        while at < span.until and len(made) < _MOST:
            call = question.call(at)
            so_far = attrs.evolve(earlier, campaign=(*earlier.campaign, *made), every=(*earlier.every, *made))
            denials = [
                answer.until for answer in (evaluate(rule, call, attempts=so_far) for rule in rules) if isinstance(answer, Deny)
            ]
            if not denials:
                made.append(at)
            elif min(denials) <= at:
                break
            else:
                at = max(denials)
    return len(made)
