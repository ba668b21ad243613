"""The attempts that count, in memory: by campaign and number, and by caller; as far back as anybody asks."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from time import sleep
from typing import TYPE_CHECKING, Final

import attrs

from callguard._core.delta import LEAST, Delta
from callguard.clock import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from callguard.state.reaches import Reaches
    from callguard.state.records import Attempted

_STRETCH: Final = 256  # events, after each of which those that are too old go
_PIECE: Final = 10_000  # numbers that are put into a table while others wait
_SLACK: Final = DAY  # kept beyond the span, for clocks that were ahead and are set back


@attrs.frozen(slots=True)
class Tallies:
    """The attempts that count, as they stood once: instants by campaign and number, and by caller, oldest first."""

    campaigns: Mapping[str, Mapping[int, float | tuple[float, ...]]]
    callers: Mapping[str, Sequence[float]]


@attrs.frozen(slots=True)
class Released:
    """The count of an attempt was given back; `of` is its number."""

    of: int


class ByNumber:
    """How many attempts of a campaign to each number count, in a `table` that is kept up.

    `gone` are the numbers that it has for nothing, `rest` those that are still to be put into it: it is whole without any.
    """

    def __init__(self, parts: Sequence[Counts], campaign: str) -> None:
        self.table = Delta()
        self.gone = 0
        self.rest: list[tuple[Counts, list[int]]] = []
        for part in parts:
            numbers = part.numbers(campaign)
            self.table.reserve(len(numbers))
            self.rest += [(part, numbers[at : at + _PIECE]) for at in range(0, len(numbers), _PIECE)]

    def put(self, number: int, count: int) -> None:
        """Say how many there are now to a number; what could not be read as one is passed over."""
        if number > 0:
            self.table.put(number, count)
            self.gone += not count


class Counts:
    """A mirror of the attempts of a store, by their numbers there: `applied` is the last one that it has seen.

    `span` is how many seconds back they count, 0 keeps none. One thread applies at a time; any may read meanwhile, without a lock.
    """

    def __init__(self) -> None:
        self.applied = 0
        self.span: float = 0
        self._by_campaign: dict[str, dict[int, float | tuple[float, ...]]] = {}
        self._by_caller: dict[str, array[float]] = {}
        self._tables: dict[str, ByNumber] = {}  # of campaigns that were asked for
        # what a release must know, by position: rows before `_front` are done with, a caller's id of -1 has been given back
        self._front = 0
        self._seqs, self._numbers, self._instants = array("q"), array("q"), array("d")
        self._campaign_ids, self._caller_ids = array("i"), array("i")
        self._names: list[str] = []
        self._ids: dict[str, int] = {}
        self._stretch = 0

    def keep(self, span: float) -> None:
        """Keep attempts for so many seconds at least.

        What has gone does not come back: for a longer span, fill another `Counts` from the store, and put it in this one's place.
        """
        self.span = max(self.span, span)

    def apply(self, seq: int, event: Attempted | Released) -> None:
        """Take in the event with a number, which is higher than all before; those that were seen change nothing."""
        if seq <= self.applied:
            return
        if self.span > 0:
            if isinstance(event, Released):
                self._release(event.of)
            else:
                self._count(seq, event)
        self.applied = seq

    def attempt(self, seq: int) -> tuple[str, int, str, float] | None:
        """Return campaign, number, caller and instant of an attempt that counts; None where it does not, or no longer."""
        i = self._row(seq)
        if i is None:
            return None
        return self._names[self._campaign_ids[i]], self._numbers[i], self._names[self._caller_ids[i]], self._instants[i]

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return the instants of a campaign's attempts to a number, oldest first; perhaps some older than the span."""
        kept = self._by_campaign.get(campaign, {}).get(number, ())
        return kept if isinstance(kept, tuple) else (kept,)

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return the instants of a caller's attempts since an instant, oldest first."""
        kept = self._by_caller.get(caller)
        if kept is None:
            return ()
        found = tuple(kept[bisect_left(kept, since) :])
        return found if not found or found[0] >= since else tuple(at for at in found if at >= since)  # one came in before

    def caller_count(self, caller: str, since: float) -> int:
        """Return how many attempts of a caller since an instant count."""
        kept = self._by_caller.get(caller)
        if kept is None:
            return 0
        first = bisect_left(kept, since)
        return len(kept) - first  # in this order: what comes in meanwhile is counted rather than missed

    def by_number(self, campaign: str) -> ByNumber | None:
        """Return the table of a campaign, begun or a piece further; None where no attempt counts. Nobody applies meanwhile."""
        return by_number((self,), campaign)

    def numbers(self, campaign: str) -> list[int]:
        """Return the numbers to which there are attempts of a campaign that count."""
        return list(self._by_campaign.get(campaign, ()))

    def has(self, campaign: str) -> int:
        """Return to how many numbers there are attempts of a campaign that count."""
        return len(self._by_campaign.get(campaign, ()))

    def table(self, campaign: str) -> ByNumber | None:
        """Return the table of a campaign that is kept up, if one is."""
        return self._tables.get(campaign)

    def keep_up(self, campaign: str, table: ByNumber) -> None:
        """Put whatever is applied from now on into a table of a campaign."""
        self._tables[campaign] = table

    def put_into(self, table: ByNumber, campaign: str, numbers: Sequence[int]) -> None:
        """Put into a table how many attempts of a campaign to some numbers count."""
        known = self._by_campaign.get(campaign, {})
        for number in numbers:
            kept = known.get(number)
            if kept is not None:
                table.put(number, len(kept) if isinstance(kept, tuple) else 1)

    def tallies(self) -> Tallies:
        """Return what counts now; whatever comes in meanwhile is in it or not."""
        campaigns = {name: numbers.copy() for name, numbers in self._by_campaign.copy().items()}
        return Tallies(campaigns, {caller: instants[:] for caller, instants in self._by_caller.copy().items()})

    def _count(self, seq: int, attempt: Attempted) -> None:
        at = attempt.at
        numbers = self._by_campaign.setdefault(attempt.campaign, {})
        kept = numbers.get(attempt.number)
        if kept is None:
            numbers[attempt.number] = at
        else:
            numbers[attempt.number] = tuple(sorted((*(kept if isinstance(kept, tuple) else (kept,)), at)))
        self._tell(attempt.campaign, attempt.number)
        instants = self._by_caller.setdefault(attempt.caller, array("d"))
        if not instants or at >= instants[-1]:
            instants.append(at)
        else:
            insort(instants, at)
        self._seqs.append(seq)
        self._numbers.append(attempt.number)
        self._instants.append(at)
        self._campaign_ids.append(self._id(attempt.campaign))
        self._caller_ids.append(self._id(attempt.caller))
        self._stretch += 1
        if self._stretch == _STRETCH:
            self._stretch = 0
            self._prune(sorted(self._instants[-_STRETCH:])[_STRETCH // 4])

    def _release(self, seq: int) -> None:
        found = self.attempt(seq)
        i = self._row(seq)
        if found is None or i is None:
            return
        self._caller_ids[i] = -1
        campaign, number, caller, at = found
        left = list(self.campaign_attempts(campaign, number))
        if at in left:
            left.remove(at)
            self._put(campaign, number, left)
        instants = self._by_caller[caller]
        where = bisect_left(instants, at)
        if where < len(instants) and instants[where] == at:
            self._by_caller[caller] = instants[:where] + instants[where + 1 :]  # another array: somebody may be reading this one

    def _row(self, seq: int) -> int | None:
        i = bisect_left(self._seqs, seq, self._front)
        return i if i < len(self._seqs) and self._seqs[i] == seq and self._caller_ids[i] >= 0 else None

    def _put(self, campaign: str, number: int, instants: list[float]) -> None:
        numbers = self._by_campaign[campaign]
        if not instants:
            numbers.pop(number, None)
        else:
            numbers[number] = instants[0] if len(instants) == 1 else tuple(instants)
        self._tell(campaign, number)

    def _tell(self, campaign: str, number: int) -> None:
        """Bring the campaign's table up to date, if there is one."""
        table = self._tables.get(campaign)
        if table is not None:
            table.put(number, len(self.campaign_attempts(campaign, number)))

    def _id(self, name: str) -> int:
        known = self._ids.setdefault(name, len(self._names))
        if known == len(self._names):
            self._names.append(name)
        return known

    def _prune(self, now: float) -> None:
        """Let go of what is older than the span at an instant that most of the newest attempts have reached.

        Not at the newest one of all: a single clock that is ahead would take all others' attempts away.
        """
        reach = self.span + _SLACK
        callers = set()
        for _ in range(4 * _STRETCH):
            i = self._front
            if i == len(self._seqs) or now - reach <= self._instants[i] <= now + reach:
                break
            self._front += 1  # what is dated far ahead goes on counting, and can only not be released any more
            if self._caller_ids[i] >= 0 and self._instants[i] < now:
                campaign, number = self._names[self._campaign_ids[i]], self._numbers[i]
                self._put(campaign, number, [at for at in self.campaign_attempts(campaign, number) if at >= now - reach])
                callers.add(self._names[self._caller_ids[i]])
        for caller in callers:
            kept = self._by_caller[caller]
            self._by_caller[caller] = kept[bisect_left(kept, now - reach) :]
        if 2 * self._front > len(self._seqs):
            for rows in (self._seqs, self._numbers, self._instants, self._campaign_ids, self._caller_ids):
                del rows[: self._front]
            self._front = 0


def by_number(parts: Sequence[Counts], campaign: str) -> ByNumber | None:
    """Return one table of a campaign's attempts in all parts, begun or a piece further; None where none counts.

    It is made anew once more numbers have gone than are left.
    """
    numbers = sum(part.has(campaign) for part in parts)
    if not numbers:
        return None
    found = parts[0].table(campaign)
    if found is None or found.gone > numbers + LEAST:
        found = ByNumber(parts, campaign)
        for part in parts:
            part.keep_up(campaign, found)
    if found.rest:
        part, piece = found.rest.pop()
        part.put_into(found, campaign, piece)
    return found


def counted(lock: AbstractContextManager[object], counts: Callable[[], Counts | Reaches], campaign: str) -> Delta | None:
    """Return how many attempts of a campaign to each number count; None where none does.

    The lock is that under which events are applied, and is let go of after each piece of a table that is made: one of ten million
    numbers takes seconds.
    """
    while True:
        with lock:
            found = counts().by_number(campaign)
            whole = found is None or not found.rest
        if whole:
            return None if found is None else found.table
        sleep(0)  # who waits for the lock has it now


class Pending:
    """Events that are not committed yet, seen on top of what counts by the works of the same transaction."""

    def __init__(self, counts: Counts | Reaches) -> None:
        self._counts = counts
        self._events: list[tuple[int, Attempted | Released]] = []
        self._forget()

    def _forget(self) -> None:
        self._own: dict[int, Attempted] = {}
        self._released: set[int] = set()
        self._of_campaign: dict[tuple[str, int], list[tuple[float, bool]]] = {}
        self._of_caller: dict[str, list[tuple[float, bool]]] = {}

    def __len__(self) -> int:
        """Return how many events there are, for `back`."""
        return len(self._events)

    def add(self, seq: int, event: Attempted | Released) -> None:
        """Take in an event under the number that it has in the store."""
        self._events.append((seq, event))
        self._change(seq, event)

    def back(self, count: int) -> None:
        """Forget all but the first events, as those of a work that raised."""
        if count < len(self._events):
            del self._events[count:]
            self._forget()
            for seq, event in self._events:
                self._change(seq, event)

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return what `Counts` would, once all is committed."""
        return _changed(self._counts.campaign_attempts(campaign, number), self._of_campaign.get((campaign, number), ()))

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return what `Counts` would, once all is committed."""
        changes = [(at, more) for at, more in self._of_caller.get(caller, ()) if at >= since]
        return _changed(self._counts.caller_attempts(caller, since), changes)

    def keep(self) -> None:
        """Let all of it count, now that it is committed."""
        for seq, event in self._events:
            self._counts.apply(seq, event)
        self._events.clear()
        self._forget()

    def _change(self, seq: int, event: Attempted | Released) -> None:
        """Note what comes to count, or no longer does."""
        if not isinstance(event, Released):
            self._own[seq] = event
            found, more = (event.campaign, event.number, event.caller, event.at), True
        else:
            own = self._own.get(event.of)
            known = self._counts.attempt(event.of) if own is None else (own.campaign, own.number, own.caller, own.at)
            if known is None or event.of in self._released:
                return
            self._released.add(event.of)
            found, more = known, False
        campaign, number, caller, at = found
        self._of_campaign.setdefault((campaign, number), []).append((at, more))
        self._of_caller.setdefault(caller, []).append((at, more))


def _changed(kept: tuple[float, ...], changes: Sequence[tuple[float, bool]]) -> tuple[float, ...]:
    if not changes:
        return kept
    found = list(kept)
    for at, more in changes:
        if more:
            insort(found, at)
        elif at in found:
            found.remove(at)
    return tuple(found)
