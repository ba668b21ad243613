"""Many callees at one instant: lists, NumPy and Arrow arrays, row by row the same as one at a time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import clock
from callguard._core.scrub import UNKNOWN, Sweep, numbers_of
from callguard.deciding import answers
from callguard.deciding.columns import columns
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callguard._core.line import Table
    from callguard.deciding.columns import Column
    from callguard.deciding.generation import Bound, Generation

_FIRST: Final = 256  # rows of the first piece, in which most places are met
_LEARNT: Final = 1 << 12  # rows of a piece behind which the places that are left are few
_PIECE: Final = 1 << 23
_SHARE: Final = 1 << 14  # rows that are worth a thread


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


def scrub(generation: Generation, bound: Bound, callees: Any, at: object, places: Any, threads: int = 1) -> ScrubResult:
    """Decide each of many callees at one instant.

    TypeError for callees of another kind, ValueError for places of another length or a place that cannot be, with its row.
    """
    generation.catch_up()
    when = clock.check(generation.clock()) if at is None else clock.instant(at)
    count, found = columns(callees)
    codes = bytearray(count)
    work = _Work(generation, bound, when, threads)
    if places is not None:
        for column in found:
            if column.items is not None:
                numbers_of(bound.table, column.items)  # raises for what is no callee
        _placed(work, codes, found, places)
        return ScrubResult(bytes(codes))
    start = 0
    for column in found:
        part = codes if column.rows == count else bytearray(column.rows)
        work.column(column, part)
        if part is not codes:
            codes[start : start + column.rows] = part
        start += column.rows
    return ScrubResult(bytes(codes))


class _Work:
    """One scrub: the code of each place, as it becomes known, and how the rows are gone through."""

    def __init__(self, generation: Generation, bound: Bound, when: float, threads: int) -> None:
        self._generation, self._bound, self._when, self._threads = generation, bound, when, threads
        self._table: Table = bound.table
        self._by_leaf = bytearray([UNKNOWN]) * len(self._table.cells)
        self._on_list = self._refused = UNKNOWN

    def column(self, column: Column, codes: bytearray) -> None:
        """Give each row of a column its code."""
        table = self._table
        values = numbers_of(table, column.items) if column.items is not None else column.integers
        if table.long_way:
            for row in range(column.rows):
                codes[row] = self.decide(column.value(row))[0]
            return
        sweep = Sweep(table, codes, self._by_leaf, values, column.offsets, column.data)
        start, size = 0, _FIRST
        while start < column.rows:
            stop = min(start + size, column.rows)
            sweep.on_list, sweep.refused = self._on_list, self._refused
            self._run(sweep, start, stop)
            self._settle(sweep, column, codes, start, stop)
            start, size = stop, min(size * 16, _PIECE) if size < _LEARNT else _PIECE
        if table.counted is not None:
            self._count(table.counted, column, codes)
        for row in column.nulls():
            codes[row] = Reason.INVALID_NUMBER.code

    def _run(self, sweep: Sweep, start: int, stop: int) -> None:
        share = min(self._threads, (stop - start) // _SHARE)
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
                codes[row] = self._learn(sweep, column.value(row))
            row = codes.find(UNKNOWN, row + 1, stop)

    def _learn(self, sweep: Sweep, callee: object) -> int:
        """Decide one row, and keep the answer for all that look the same to the core."""
        table = self._table
        code, once = self.decide(callee)
        number = -1 if callee is None else table.number(callee)
        leaf = table.plan.leaf(number) if number > 0 else 0
        if leaf > 1:
            marked = table.marked(number)
            alone = once or (table.counted is not None and table.counted(number, self._when))
            alone = alone or self._generation.asks_each(self._bound, leaf)
            if marked == 0 and not alone:
                self._by_leaf[leaf] = code
            elif marked == 1 and code == Reason.LISTED.code:
                self._on_list = sweep.on_list = code
            elif marked == 2 and code == Reason.REFUSED.code:
                self._refused = sweep.refused = code
        return code

    def _count(self, counted: Callable[[int, float], bool], column: Column, codes: bytearray) -> None:
        """Look again at the rows whose attempts are so many that a limit may have been reached."""
        for row in range(column.rows):
            value = column.value(row)
            number = -1 if value is None else self._table.number(value)
            if number > 0 and counted(number, self._when):
                codes[row] = self.decide(value)[0]

    def decide(self, callee: object, place: str | None = None) -> tuple[int, bool]:
        """Return a reason's code, and whether it holds for this one question alone."""
        if callee is None:
            return Reason.INVALID_NUMBER.code, False
        decision = answers.decide(answers.ask(self._generation, self._bound, callee, self._when, place))
        return decision.reason.code, decision.until_s is not None and decision.until_s <= self._when


def _placed(work: _Work, codes: bytearray, found: list[Column], places: Any) -> None:
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
            codes[row] = work.decide(callee, place)[0]
        except ValueError as error:
            raise ValueError(f"`places[{row}]`: {error}") from None


def _values(found: list[Column]) -> Iterator[object]:
    for column in found:
        yield from map(column.value, range(column.rows))
