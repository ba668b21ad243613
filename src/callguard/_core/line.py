"""Cells and the hot path: read the digits, look at one mask and one cell, answer what is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard._core.digits import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard._core.blocks import Marks
    from callguard._core.plan import Plan


class Cell:
    """A ready answer for one line and place: it holds from `since` until before `until`, epoch seconds.

    `final`: no later kind of rule is asked. `law` is the answer that the user's own rules have no part in.
    """

    __slots__ = ("answer", "final", "law", "since", "until")

    def __init__(self, since: int, until: int, answer: Any, final: bool, law: Any) -> None:
        self.since = since
        self.until = until
        self.answer = answer
        self.final = final
        self.law = law


EMPTY = Cell(1, 0, None, True, None)


class Pulse:
    """The instant from which what is known may be out of date; 0 sends every question the long way."""

    __slots__ = ("deadline",)

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline


class Table:
    """All that a line reads, behind one reference, so that it is swapped whole.

    `mask` is the planes that the campaign honours; `long_way` whether each question needs more than mask and cell; `counted`, where
    attempts are limited, whether those to a number are as many as may matter. Ints from `low` to before `high` are not read
    here.
    """

    __slots__ = ("cells", "clock", "counted", "high", "long_way", "low", "marks", "mask", "national", "plan", "pulse")

    def __init__(
        self,
        plan: Plan,
        marks: Marks,
        mask: int,
        places: int,
        pulse: Pulse,
        clock: Callable[[], float],
        *,
        national: int,
        integers: range,
        long_way: bool,
        counted: Callable[[int, float], bool] | None,
    ) -> None:
        self.plan = plan
        self.marks = marks
        self.mask = mask
        self.cells = [EMPTY] * places
        self.pulse = pulse
        self.clock = clock
        self.national = national
        self.low, self.high = integers.start, integers.stop
        self.long_way = long_way
        self.counted = counted

    def number(self, callee: Any) -> int:
        """Return the E.164 number of text or an int that can be read here, else -1."""
        if type(callee) is str:
            return plain(callee, self.national)
        if type(callee) is int and 0 < callee < 1_000_000_000_000_000 and not self.low <= callee < self.high:
            return callee
        return -1


class Line:
    """A campaign and a caller, ready to ask; `further` is what the rooms above answer with when nothing is ready."""

    __slots__ = ("further", "table")

    def __init__(self, table: Table, further: Callable[[Any, Any, Any], Any]) -> None:
        self.table = table
        self.further = further

    def may_dial(self, callee: Any, at: Any = None, place: Any = None) -> Any:
        """Return the ready answer where it holds, else what `further` works out."""
        if at is None and place is None:
            table = self.table
            number = plain(callee, table.national) if type(callee) is str else table.number(callee)
            if number > 0:
                answer = self.ready(number)
                if answer is not None:
                    return answer
        return self.further(callee, at, place)

    def ready(self, number: int) -> Any:
        """Return the ready answer for an E.164 number, now; None where there is none."""
        table = self.table
        leaf = table.plan.leaf(number)
        if leaf > 1 and not table.long_way and not table.marks.get(number) & table.mask:
            cell = table.cells[leaf]
            now = table.clock()
            if (
                cell.since <= now < cell.until
                and now < table.pulse.deadline
                and (table.counted is None or not table.counted(number, now))
            ):
                return cell.answer
        return None
