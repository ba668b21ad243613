"""Many callees at one instant: lists, NumPy and Arrow arrays, row by row the same as one at a time."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

import attrs

from callguard import clock
from callguard._core.scrub import UNKNOWN, Sweep, numbers_of
from callguard.deciding import answers
from callguard.deciding.columns import columns
from callguard.model import Reason
from callguard.phone import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from callguard._core.line import Table
    from callguard.deciding.columns import Column
    from callguard.deciding.generation import Bound, Generation
    from callguard.model import Decision
    from callguard.rules.rule import Attempts

_FIRST: Final = 256  # rows of the first piece, in which most places are met
_LEARNT: Final = 1 << 12  # rows of a piece behind which the places that are left are few
_PIECE: Final = 1 << 23
_SHARE: Final = 1 << 14  # rows that are worth a thread
_NOBODY: Final = Reading(None, "invalid")
T = TypeVar("T")
_PLACES: Final = 1_000  # told places of which is kept what was learnt
# in `Decided.which`: a decision of the row's own; none, as the number is of another country than the place that was told
OWN: Final = 254
ELSEWHERE: Final = 253


@attrs.frozen(slots=True, eq=False)
class ScrubResult:
    """A decision for each callee: `codes` in input order, one byte a row, named by `Reason.from_code`."""

    codes: bytes

    @property
    def allowed(self) -> bytes:
        """The mask: one byte a row, 1 where the call may be placed."""
        return self.codes.translate(_MASK)

    def counts(self) -> dict[Reason, int]:
        """Return how many rows have each reason, in reason order, those that occur."""
        return {reason: n for reason in Reason if (n := self.codes.count(reason.code))}

    def __len__(self) -> int:
        return len(self.codes)


_MASK = bytes([1] + [0] * 255)


@attrs.frozen(slots=True, eq=False)
class Decided:
    """The whole decision for each callee: `which` has one byte a row, an index into `decisions`.

    Where it is `OWN`, the row's decision is one of `others`, by its row: there are so many, as lists have dates of their own. Where
    it is `ELSEWHERE` there is none, and taking it raises ValueError, as the place that was told cannot be the number's.
    """

    which: bytes
    decisions: tuple[Decision, ...]
    others: Mapping[int, Decision]

    def __len__(self) -> int:
        return len(self.which)

    def __getitem__(self, row: int) -> Decision:
        index = self.which[row]
        if index == ELSEWHERE:
            raise elsewhere(row)
        return self.others[row % len(self.which)] if index == OWN else self.decisions[index]


class Found(Protocol):
    """What is found of a callee: a decision, or what becomes of it over a period."""

    @property
    def reason(self) -> Reason:
        """Why it may not be called; ALLOWED where it may."""

    @property
    def until_s(self) -> float | None:
        """Until when that holds, in epoch seconds; None: for good."""


class Reasons:
    """Marks a row with its reason's code."""

    def mark(self, row: int, found: Found, *, shared: bool) -> int:  # noqa: ARG002 - as what keeps what is found
        """Return the mark."""
        return found.reason.code


class Keeping(Generic[T]):
    """Marks a row with what was found of it, as long as a byte tells that apart; half of them are for what many rows share."""

    def __init__(self) -> None:
        self.found: list[T] = []
        self.others: dict[int, T] = {}
        self._known: dict[T, int] = {}

    def mark(self, row: int, found: T, *, shared: bool) -> int:
        """Return the mark, an index into `found`; OWN where there are too many: then it is in `others`, by its row."""
        index = self._known.get(found)
        if index is None:
            if len(self.found) >= (ELSEWHERE if shared else ELSEWHERE // 2):
                self.others[row] = found
                return OWN
            index = self._known[found] = len(self.found)
            self.found.append(found)
        return index


def scrub(generation: Generation, bound: Bound, callees: Any, at: object, places: Any, threads: int = 1) -> ScrubResult:
    """Decide each of many callees at one instant.

    TypeError for callees of another kind, ValueError for places of another length or a place that cannot be, with its row.
    """
    generation.catch_up()
    when = _instant(generation, at)
    work = Work(generation, bound, when, threads, Reasons(), answers.volume(bound, when, generation.store))
    return ScrubResult(marked(work, callees, places))


def elsewhere(row: int) -> ValueError:
    """Return the error of a row whose number is of another country than the place that was told."""
    return ValueError(f"the number of row {row} is of another country than `place`; accepted: a part of its own country")


def decided(
    generation: Generation, bound: Bound, callees: Any, at: object, places: Any, threads: int = 1, place: str | None = None
) -> Decided:
    """Decide as `scrub` does, or all at one place, and keep the decisions."""
    generation.catch_up()
    when = _instant(generation, at)
    volume = answers.volume(bound, when, generation.store)
    stands = (when, volume, generation.known.applied) if _is_kept_up(generation) else None
    work: Work | None = None
    with suppress(KeyError, IndexError):
        before, work = bound.learnt[place].pop()  # no other thread has it then
        work = work if before == stands and stands is not None else None
    if work is None:
        work = Work(generation, bound, when, threads, Keeping(), volume, place)
    keeping = work.marks
    assert isinstance(keeping, Keeping)
    keeping.others, work.threads = {}, threads
    which = marked(work, callees, places)
    found = Decided(which, tuple(keeping.found), keeping.others)
    room = place in bound.learnt or len(bound.learnt) < _PLACES
    if room and stands is not None and stands == (when, volume, generation.known.applied) and _is_kept_up(generation):
        bound.learnt.setdefault(place, []).append((stands, work))
    return found


def _instant(generation: Generation, at: object) -> float:
    return clock.check(generation.clock()) if at is None else clock.instant(at)


def _is_kept_up(generation: Generation) -> bool:
    """Whether what is known is fresh, and was all the while since it was found so with as many records."""
    sound = generation.damage is None and not generation.is_behind and generation.known.sound
    return sound and generation.clock() < generation.store.pulse.deadline


def marked(work: Work, callees: Any, places: Any) -> bytes:
    """Return the mark of each row."""
    count, found = columns(callees)
    codes = bytearray(count)
    if places is not None:
        for column in found:
            if column.items is not None:
                numbers_of(work.table, column.items)  # raises for what is no callee
        _at_places(work, codes, found, places)
        return bytes(codes)
    start = 0
    for column in found:
        part = codes if column.rows == count else bytearray(column.rows)
        work.column(column, part, start)
        if part is not codes:
            codes[start : start + column.rows] = part
        start += column.rows
    return bytes(codes)


class Work:
    """One scrub: the mark of each place, as it becomes known, and how the rows are gone through.

    `volume` are the caller's attempts for all rows, where they may be too many. A number to which there are so many attempts that a
    limit may have been reached is decided by itself. ValueError for a told `place` of all rows that is no region.
    """

    def __init__(
        self,
        generation: Generation,
        bound: Bound,
        when: float,
        threads: int,
        marks: Reasons | Keeping[Any],
        volume: tuple[float, ...] = (),
        place: str | None = None,
    ) -> None:
        generation.place_id(_NOBODY, place)
        self._generation, self._bound, self._when, self.threads = generation, bound, when, threads
        self.marks, self._before = marks, 0
        self.table: Table = bound.table
        self.volume, self.place = volume, place
        self.least = None if bound.fewest[0] is None else max(bound.fewest[0], 1)  # to whom there is none all are the same
        self._by_leaf = bytearray([UNKNOWN]) * len(self.table.cells)
        self._on_list = self._refused = UNKNOWN
        self._none: dict[tuple[str, str | None], int] = {}  # of what is no number to be called, by what is said of it

    def column(self, column: Column, codes: bytearray, before: int) -> None:
        """Give each row of a column its mark; there are rows `before` it."""
        table, self._before = self.table, before
        values = numbers_of(table, column.items) if column.items is not None else column.integers
        if table.long_way:
            for row in range(column.rows):
                codes[row] = self._alone(row, column.value(row))
            return
        least, store = self.least, self._generation.store
        often = None if least is None else store.campaign_counts(self._bound.campaign.name)
        sweep = Sweep(table, codes, self._by_leaf, values, column.offsets, column.data, often, least or 1)
        if self.place is not None:
            sweep.foremost = ELSEWHERE  # a listed number is listed only where it may be
        start, size = 0, _FIRST
        while start < column.rows:
            stop = min(start + size, column.rows)
            sweep.on_list, sweep.refused = self._on_list, self._refused
            self._run(sweep, start, stop)
            self._settle(sweep, column, codes, start, stop)
            start, size = stop, min(size * 16, _PIECE) if size < _LEARNT else _PIECE
        nothing = OWN
        for row in column.nulls():
            nothing = codes[row] = self.mark(row, None) if nothing == OWN else nothing

    def _run(self, sweep: Sweep, start: int, stop: int) -> None:
        share = min(self.threads, (stop - start) // _SHARE)
        if share < 2:
            sweep.run(start, stop)
            return
        from concurrent.futures import ThreadPoolExecutor

        edges = [start + (stop - start) * i // share for i in range(share + 1)]
        with ThreadPoolExecutor(share) as pool:
            for done in [pool.submit(sweep.run, first, last) for first, last in pairwise(edges)]:
                done.result()

    def _settle(self, sweep: Sweep, column: Column, codes: bytearray, start: int, stop: int) -> None:
        """Give the rows that the core left alone their codes."""
        row = codes.find(UNKNOWN, start, stop)
        while row >= 0:
            sweep.run(row, row + 1)  # its place may have been met meanwhile
            if codes[row] == UNKNOWN:
                codes[row] = self._learn(sweep, row, column.value(row))
            row = codes.find(UNKNOWN, row + 1, stop)

    def _learn(self, sweep: Sweep, row: int, callee: object) -> int:
        """Decide one row, and keep the answer for all that look the same to the core."""
        table = self.table
        reading = self._generation.numbers.read("" if callee is None else callee)  # type: ignore[arg-type]
        number = reading.number if reading.status == "valid" and reading.number is not None else 0
        leaf = table.plan.leaf(number) if number else 0
        # its place may have been met in another writing; what is none is denied for that, and nothing else comes before
        code = sweep.code(number) if number else self._none.get((reading.status, reading.note), UNKNOWN)
        if code != UNKNOWN:
            return code
        question = self._asked(callee, reading)
        if question is None:
            if leaf > 1:
                self._by_leaf[leaf] = ELSEWHERE
            return ELSEWHERE
        found, own = self.found(question)
        once = found.until_s is not None and found.until_s <= self._when
        place = on_list = refused = False
        if leaf > 1:
            marked = table.marked(number)
            place = marked == 0 and not own and not once and not self._generation.asks_each(self._bound, question.place_id)
            on_list = marked == 1 and found.reason is Reason.LISTED
            refused = marked == 2 and found.reason is Reason.REFUSED
        code = self._mark(row, found, shared=place or on_list or refused or not number)
        if code == OWN:  # no reason's code: it stands for this row alone
            return code
        if not number:
            self._none[reading.status, reading.note] = code
        if place:
            self._by_leaf[leaf] = code
        elif on_list:
            self._on_list = sweep.on_list = code
        elif refused:
            self._refused = sweep.refused = code
        return code

    def _asked(self, callee: object, reading: Reading | None = None) -> answers.Question | None:
        """Return the question of one callee at the told place of all; None where it lies in another country."""
        if self.place is None:
            return self.ask(callee, None, reading)
        try:
            return self.ask(callee, self.place, reading)
        except ValueError:
            return None

    def _alone(self, row: int, callee: object) -> int:
        question = self._asked(callee)
        return ELSEWHERE if question is None else self._mark(row, self.found(question)[0], shared=False)

    def mark(self, row: int, callee: object, place: str | None = None) -> int:
        """Decide one row by itself, and return its mark."""
        return self._mark(row, self.decide(callee, place), shared=False)

    def _mark(self, row: int, found: Found, *, shared: bool) -> int:
        return self.marks.mark(self._before + row, found, shared=shared)

    def decide(self, callee: object, place: str | None = None) -> Found:
        """Return what is found of one callee."""
        return self.found(self.ask(callee, place))[0]

    def found(self, question: answers.Question) -> tuple[Found, bool]:
        """Return what is found of one callee, and whether it is its own, for the attempts that there are to it."""
        if question.reading.status != "valid" or self._bound.fewest == (None, None):
            return answers.decide(question), False
        attempts = self.attempts(question, self.volume)
        return answers.decide(question, attempts), self.is_often(attempts)

    def attempts(self, question: answers.Question, volume: tuple[float, ...]) -> Attempts:
        """Return the attempts that there are now to one callee, and these of the caller."""
        answers.look_back(question)
        return answers.known_attempts(question, self._generation.store, volume)

    def is_often(self, attempts: Attempts) -> bool:
        """Whether a limit may have been reached by so many attempts to a callee."""
        return self.least is not None and len(attempts.campaign) >= self.least

    def ask(self, callee: object, place: str | None = None, reading: Reading | None = None) -> answers.Question:
        """Return the question of one callee; what is null is no number, as an empty text is none."""
        written = "" if callee is None else callee
        return answers.ask(self._generation, self._bound, written, self._when, None if callee is None else place, reading)


def _at_places(work: Work, codes: bytearray, found: list[Column], places: Any) -> None:
    """Give each row its code, at the place that is told of it."""
    if isinstance(places, str) or not hasattr(places, "__iter__"):
        raise TypeError(f"`places` is a {type(places).__name__}; accepted: a place or None for each callee")
    told = places.to_pylist() if hasattr(places, "to_pylist") else list(places)
    if len(told) != len(codes):
        raise ValueError(
            f"`places` has {len(told)} rows for {len(codes)} callees; accepted: one a callee, None where nothing is told"
        )
    for row, (callee, place) in enumerate(zip(_values(found), told, strict=True)):
        try:
            codes[row] = work.mark(row, callee, place)
        except ValueError as error:
            raise ValueError(f"`places[{row}]`: {error}") from None


def _values(found: list[Column]) -> Iterator[object]:
    for column in found:
        yield from map(column.value, range(column.rows))
