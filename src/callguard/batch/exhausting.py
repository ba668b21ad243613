"""A list called at a rate: who is called when, as long as time and the callers' planned volumes allow."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

import attrs

from callguard import clock
from callguard.batch.outlook import HOUR, Exhaustion, edges_of

if TYPE_CHECKING:
    from callguard.batch.outlook import Outlook, Share

_EDGES: Final = 2_000  # courses whose times cut the period; others count where they are open throughout a piece


@attrs.define(eq=False)
class _Pool:
    """Rows of one share that are still to be called, and how long they can be from each of their times on."""

    share: Share
    left: float
    starts: list[float]
    ends: list[float]
    behind: list[float]  # seconds open behind each time

    def is_open(self, since: float, until: float) -> bool:
        i = bisect_left(self.ends, until)
        return i < len(self.starts) and self.starts[i] <= since

    def open_after(self, at: float) -> float:
        i = bisect_left(self.ends, at)
        if i == len(self.ends):
            return 0
        return self.behind[i] + self.ends[i] - max(at, self.starts[i])


def exhaust(outlook: Outlook, rate: float) -> Exhaustion:
    """Return when all rows that can be called have been, at so many calls an hour; ValueError for a rate not above 0."""
    if not 0 < rate < float("inf"):
        raise ValueError(f"the rate is {rate}; accepted: calls an hour, more than 0")
    pools = [_pool(share) for share in outlook.shares if share.course.open]
    total = sum(share.rows for share in outlook.shares if share.course.open)
    calls = [0.0] * len(outlook.hours)
    volumes = _Volumes(outlook)
    done = total == 0
    at: float | None = outlook.start if done else None
    for since, until in _pieces(outlook, pools):
        if done:
            break
        volumes.begin(since)
        budget = rate * (until - since) / HOUR
        placed = 0.0
        waiting = sorted(
            (pool for pool in pools if pool.left > 0 and pool.is_open(since, until)), key=lambda p: p.open_after(until)
        )
        for pool in waiting:
            n = min(pool.left, budget - placed, volumes.left(pool.share.caller))
            if n > 0:
                pool.left -= n
                placed += n
                volumes.use(pool.share.caller, n)
        calls[_hour(outlook, since)] += placed
        if all(pool.left < 0.5 for pool in pools):
            done, at = True, since + placed / rate * HOUR
    left = round(sum(pool.left for pool in pools))
    sums = [round(n) for n in accumulate(calls, initial=0.0)]  # so that what is rounded adds up
    return Exhaustion(rate, at, total - left, left, tuple(after - before for before, after in pairwise(sums)))


def _pool(share: Share) -> _Pool:
    times = share.course.open
    behind = [0.0]
    for span in reversed(times[1:]):
        behind.append(behind[-1] + span.until - span.since)
    return _Pool(share, share.rows, [span.since for span in times], [span.until for span in times], behind[::-1])


def _pieces(outlook: Outlook, pools: list[_Pool]) -> list[tuple[float, float]]:
    """Return the pieces of the period in which nothing changes."""
    largest = sorted(pools, key=lambda pool: -pool.share.rows)[:_EDGES]
    edges = edges_of(pool.share.course for pool in largest) | {*outlook.hours, outlook.start, outlook.end}
    return list(pairwise(sorted(edge for edge in edges if outlook.start <= edge <= outlook.end)))


def _hour(outlook: Outlook, at: float) -> int:
    return int((at - outlook.hours[0]) // HOUR)


class _Volumes:
    """What each caller may still place on the enterprise's day."""

    def __init__(self, outlook: Outlook) -> None:
        self._timezone, self._volumes = outlook.timezone, outlook.volumes
        self._day = clock.local(self._timezone, outlook.start)[0]
        self._left = {caller: float(max(most - used, 0)) for caller, (most, used) in outlook.volumes.items()}

    def begin(self, at: float) -> None:
        """Begin a piece of the period; a new day has its whole volume."""
        day = clock.local(self._timezone, at)[0]
        if day != self._day:
            self._day = day
            self._left = {caller: float(most) for caller, (most, _) in self._volumes.items()}

    def left(self, caller: str) -> float:
        return self._left.get(caller, float("inf"))

    def use(self, caller: str, n: float) -> None:
        if caller in self._left:
            self._left[caller] -= n
