"""Windows of the wall clock held by several zones at once: whether they are open, and the exact instant at which that changes.

Between two changes of any zone's offset the answer repeats every week, so that one week's pattern, kept, answers for all of it.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from callguard import clock

if TYPE_CHECKING:
    from collections.abc import Collection

Span = tuple[int, int, frozenset[int]]  # from, until before (seconds of the day), on these weekdays (Monday is 0)
_WEEK: Final = 7 * clock.DAY
_THURSDAY: Final = 3  # 1970-01-01
_HORIZON: Final = 400 * clock.DAY


def is_open(spans: Collection[Span], local: float, *, every: bool) -> bool:
    """Return whether a wall clock, in seconds since 1970-01-01 of its own, is in `every` (else: any) of the spans."""
    day, seconds = divmod(local, clock.DAY)
    weekday = (int(day) + _THURSDAY) % 7
    inside = (start <= seconds < end and weekday in days for start, end, days in spans)
    return all(inside) if every else any(inside)


@lru_cache(maxsize=4096)
def _pattern(offsets: frozenset[int], spans: tuple[Span, ...], every: bool) -> tuple[bool, tuple[int, ...], bool]:
    """Return whether a UTC week begins open, the seconds at which that changes, and whether it ends otherwise than it began."""
    edges = {
        (day * clock.DAY + second - offset) % _WEEK
        for offset in offsets
        for start, end, _ in spans
        for second in (0, start, end)
        for day in range(7)
    }

    def opened(second: int) -> bool:
        return all(is_open(spans, second + offset, every=every) for offset in offsets)

    first = state = opened(0)
    changes = []
    for edge in sorted(edges - {0}):
        if opened(edge) != state:
            state = not state
            changes.append(edge)
    return first, tuple(changes), state != first


def until_change(zones: Collection[str], at: float, spans: tuple[Span, ...], *, every: bool) -> tuple[bool, float]:
    """Return whether the spans are open in all the zones, and until when; FOREVER when that will not change within 400 days."""
    state: bool | None = None
    when = at
    while True:
        jump = min(clock.next_edge(name, when, ()) for name in zones)
        first, changes, turns = _pattern(frozenset(clock.offset_at(name, when) for name in zones), spans, every)
        week, second = divmod(when, _WEEK)
        index = bisect_right(changes, second)
        now = first != bool(index % 2)
        if state is not None and now != state:
            return state, when
        state = now
        if changes or turns:
            following = changes[index] if index < len(changes) else _WEEK if turns else _WEEK + changes[0]
            change = int(week) * _WEEK + following
            if change < jump:
                return state, change
        if jump > at + _HORIZON:
            return state, clock.FOREVER
        when = jump
