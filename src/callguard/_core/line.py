"""Cells and the hot path: read the digits, look at two masks and one cell, answer what is ready."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from callguard._core import native

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard._core.delta import Delta
    from callguard._core.plan import Plan
    from callguard._core.trie import Trie


class Cell:
    """A ready answer for one line and place: it holds from `since` until before `until`, whole epoch seconds.

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
    """What a store publishes: the instant from which what is known may be out of date, and its last record's number.

    A `deadline` of 0 sends every question the long way. `tail` is 8 bytes, which other processes may write to.
    """

    __slots__ = ("_held", "deadline", "tail")

    def __init__(self, deadline: float, tail: bytearray | memoryview | None = None) -> None:
        self.deadline = deadline
        self._held = bytearray(8) if tail is None else tail
        self.tail = native.to_longs(self._held)

    def last(self) -> int:
        """Return the number of the last record."""
        return self.tail[0]

    def publish(self, number: int) -> None:
        """Say that a record is there."""
        native.publish(self.tail, 0, number)


class Known:
    """What one guard knows: the number of the last record that it applied, and the changes since its index was built.

    `sound` is false once the index was found damaged: every question goes the long way.
    """

    __slots__ = ("applied", "delta", "pulse", "sound")

    def __init__(self, pulse: Pulse, delta: Delta) -> None:
        self.pulse = pulse
        self.delta = delta
        self.applied = 0
        self.sound = True


class Table:
    """All that a line reads, behind one reference, so that it is swapped whole.

    `listed` and `refusals` are the planes of the trie and of the delta that the campaign honours, `further` those of the trie and
    `unsure` those of the delta that are looked into by the long way; `on_list` and `refused` the answers for all others, None until
    the rules gave them once. `long_way` tells whether each question needs more than masks and cell; `counted`, where attempts are
    limited, whether those to a number are as many as may matter; `renew` works out a cell whose time is up. Ints from `low` to
    before `high` are not read here.
    """

    __slots__ = (
        "cells",
        "clock",
        "coarse",
        "counted",
        "further",
        "high",
        "known",
        "listed",
        "long_way",
        "low",
        "national",
        "on_list",
        "plan",
        "refusals",
        "refused",
        "renew",
        "trie",
        "unsure",
    )

    def __init__(
        self,
        plan: Plan,
        trie: Trie | None,
        known: Known,
        places: int,
        clock: Callable[[], float] | None,
        *,
        listed: int,
        further: int,
        refusals: int,
        unsure: int,
        national: int,
        integers: range,
        long_way: bool,
        counted: Callable[[int, float], bool] | None,
    ) -> None:
        """Take `clock` for the instants, None for the system's."""
        self.plan = plan
        self.trie = trie
        self.known = known
        self.cells = [EMPTY] * places
        self.clock = clock
        self.coarse = clock is None and counted is None
        self.listed, self.further = listed, further
        self.refusals, self.unsure = refusals, unsure
        self.on_list: Any = None
        self.refused: Any = None
        self.national = national
        self.low, self.high = integers.start, integers.stop
        self.long_way = long_way
        self.counted = counted
        self.renew: Callable[[int, float], Cell] | None = None

    def number(self, callee: Any) -> int:
        """Return the E.164 number of text or an int that can be read here, else -1."""
        if type(callee) is str:
            return native.plain(callee, self.national)
        n = native.integer(callee)
        return -1 if self.low <= n < self.high else n

    def marked(self, n: int) -> int:
        """Return 0 where no honoured plane holds a number, 1 a list's, 2 a refusal's, 3 where it must be looked into."""
        if self.known.delta.changed:
            found = self.known.delta.get(n) & self.refusals
            if found != 0:
                return 3 if found & self.unsure else 2
        if self.listed == 0 or self.trie is None:
            return 0
        found = self.trie.mask(n) & self.listed
        if found == 0:
            return 0
        return 3 if found & self.further else 1

    def answer(self, callee: Any) -> Any:
        """Return the ready answer for a callee, now; None where it cannot be read here, or nothing is ready."""
        n = native.plain(callee, self.national) if type(callee) is str else self.number(callee)
        return self.ready(n) if n > 0 else None

    def ready(self, n: int) -> Any:
        """Return the ready answer for an E.164 number, now; None where there is none."""
        if self.long_way or self.known.applied != self.known.pulse.tail[0] or not self.known.sound:
            return None
        leaf = self.plan.leaf(n)
        if leaf < 2:
            return None
        if self.listed != 0 or self.known.delta.changed:
            marked = self.marked(n)
            if marked != 0:
                return self.on_list if marked == 1 else self.refused if marked == 2 else None
        cell = self.cells[leaf]
        if self.coarse:
            # whole seconds of a clock that may be a tick late: near an edge, and before `since`, the exact one decides
            second = native.seconds()
            if cell.since <= second and second + 1 < cell.until and second + 1 < self.known.pulse.deadline:
                return cell.answer
        table = self  # kept: what is called below may let another thread give the line a new one
        now = time() if self.clock is None else self.clock()
        if not cell.since <= now < cell.until:
            if table.renew is None:
                return None
            cell = table.renew(leaf, now)
        holds = now < table.known.pulse.deadline and (table.counted is None or not table.counted(n, now))
        return cell.answer if holds else None


class Line:
    """A campaign and a caller, ready to ask; `further` is what the rooms above answer with when nothing is ready."""

    __slots__ = ("further", "table")

    def __init__(self, table: Table, further: Callable[[Any, Any, Any], Any]) -> None:
        self.table = table
        self.further = further

    def may_dial(self, callee: Any, at: Any = None, place: Any = None) -> Any:
        """Return the ready answer where it holds, else what `further` works out."""
        if at is None and place is None:
            answer = self.table.answer(callee)
            if answer is not None:
                return answer
        return self.further(callee, at, place)


def ask(line: Line, callee: Any) -> Any:
    """Do what `may_dial` does of a callee alone."""
    answer = line.table.answer(callee)
    return line.further(callee, None, None) if answer is None else answer


alone = ask  # in C a pointer to it
native.enter(Line, "may_dial", alone)


class Desk:
    """The lines of a guard, by campaign and caller; `open_line` makes those that are not there."""

    __slots__ = ("_lines", "open_line")

    def __init__(self, open_line: Callable[[Any, Any], Line]) -> None:
        self.open_line = open_line
        self._lines: dict[str, dict[str, Line]] = {}

    def may_dial(self, callee: Any, *, caller: Any, campaign: Any, at: Any = None, place: Any = None) -> Any:
        """Say whether a call may be placed now, or at `at`, to a callee, who may be in `place`.

        A malformed callee is denied `invalid-number`. PolicyError for an unknown campaign, ValueError for a naive `at` or a place
        that cannot be, TypeError for another type.
        """
        return self.asked(callee, caller, campaign, at, place)

    def asked(self, callee: Any, caller: Any, campaign: Any, at: Any, place: Any) -> Any:
        """Do what `may_dial` does."""
        if type(campaign) is str and type(caller) is str:
            lines = self._lines.get(campaign)
            if lines is not None:
                line = lines.get(caller)
                if line is not None:
                    if at is None and place is None:
                        answer = line.table.answer(callee)
                        if answer is not None:
                            return answer
                    return line.further(callee, at, place)
        return self.open_line(campaign, caller).may_dial(callee, at, place)

    def keep(self, campaign: str, caller: str, line: Line) -> None:
        """Keep a line; one writer at a time."""
        self._lines.setdefault(campaign, {})[caller] = line

    def kept(self, campaign: str, caller: str) -> Line | None:
        """Return the line that is kept for a campaign and a caller."""
        return self._lines.get(campaign, {}).get(caller)

    def count(self) -> int:
        """Return how many lines are kept."""
        return sum(map(len, self._lines.values()))

    def let_go(self) -> None:
        """Keep none of the lines."""
        self._lines = {}
