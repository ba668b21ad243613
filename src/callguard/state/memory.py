"""A store that lasts as long as its process: for tests, notebooks and one-off scripts."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left, insort
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from callguard._core.line import Pulse
from callguard.errors import StateError
from callguard.model import FOREVER
from callguard.state.records import StatusChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.state.records import Attempted, Entry, Record


class MemoryStore:
    """The Store contract in memory. `go_stale` and `stop_log` bring about what a lasting store may suffer."""

    def __init__(self) -> None:
        self.pulse = Pulse(FOREVER)
        self._lock = threading.RLock()
        # a record is its numbers, and what it has beside them, which many share
        self._numbers, self._instants, self._kinds = array("q"), array("d"), array("l")
        self._kept: list[Record] = []
        self._kind_of: dict[Record, int] = {}
        self._attempts: dict[int, Attempted] = {}
        self._by_campaign: dict[tuple[str, int], tuple[float, ...]] = {}
        self._by_caller: dict[str, list[float]] = {}
        self._keys: dict[str, int] = {}
        self._entries: list[Entry] = []
        self._next = 0
        self._fresh_until: float = FOREVER
        self._writable = True

    def append(self, record: Record) -> int:
        """Keep a record."""
        bare = attrs.evolve(record, at=0.0) if isinstance(record, StatusChange) else attrs.evolve(record, at=0.0, number=0)
        with self._lock:
            kind = self._kind_of.setdefault(bare, len(self._kept))
            if kind == len(self._kept):
                self._kept.append(bare)
            self._numbers.append(0 if isinstance(record, StatusChange) else record.number)
            self._instants.append(record.at)
            self._kinds.append(kind)
            self.pulse.publish(len(self._kinds))
            return len(self._kinds)

    def records(self, after: int = 0) -> Iterator[tuple[int, Record]]:
        """Yield the records after a sequence number; no lock is held."""
        for i in range(after, self.pulse.last()):
            bare = self._kept[self._kinds[i]]
            if isinstance(bare, StatusChange):
                yield i + 1, attrs.evolve(bare, at=self._instants[i])
            else:
                yield i + 1, attrs.evolve(bare, at=self._instants[i], number=self._numbers[i])

    @contextmanager
    def transaction(self) -> Iterator[_Transaction]:
        """Begin a transaction: what it counts and logs is kept only when its block ends without an error."""
        with self._lock:
            work = _Transaction(self)
            yield work
            for number, attempt in work.counted.items():
                self._keep(number, attempt)
            self._entries.extend(work.logged)

    def _keep(self, number: int, attempt: Attempted) -> None:
        self._attempts[number] = attempt
        pair = (attempt.campaign, attempt.number)
        self._by_campaign[pair] = tuple(sorted((*self._by_campaign.get(pair, ()), attempt.at)))
        insort(self._by_caller.setdefault(attempt.caller, []), attempt.at)
        if attempt.key is not None:
            self._keys[attempt.key] = number

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return the instants of a campaign's attempts to a number, oldest first."""
        return self._by_campaign.get((campaign, number), ())

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return the instants of a caller's attempts since an instant, oldest first."""
        kept = self._by_caller.get(caller, [])
        return tuple(kept[bisect_left(kept, since) :])

    def caller_count(self, caller: str, since: float) -> int:
        """Return how many attempts of a caller since an instant count."""
        kept = self._by_caller.get(caller, [])
        return len(kept) - bisect_left(kept, since)

    def keyed(self, key: str, since: float) -> tuple[int, Attempted] | None:
        """Return the newest attempt with a key since an instant."""
        number = self._keys.get(key)
        attempt = None if number is None else self._attempts.get(number)
        return None if number is None or attempt is None or attempt.at < since else (number, attempt)

    def release(self, attempt: int) -> None:
        """Give the count of an attempt back; once, however often it is asked."""
        with self._lock:
            kept = self._attempts.pop(attempt, None)
            if kept is None:
                return
            pair = (kept.campaign, kept.number)
            left = list(self._by_campaign[pair])
            left.remove(kept.at)
            self._by_campaign[pair] = tuple(left)
            self._by_caller[kept.caller].remove(kept.at)

    def end(self, entry: int, outcome: str, duration: float | None, at: float) -> None:
        """Write how a logged call ended."""
        with self._lock:
            if not self._writable:
                raise StateError("the call log takes no records")
            self._entries[entry] = attrs.evolve(self._entries[entry], outcome=outcome, duration=duration, ended=at)

    def entries(self) -> Iterator[Entry]:
        """Yield the call log, oldest first."""
        yield from tuple(self._entries)

    def fresh_until(self) -> float:
        """Return the instant from which what is known may be out of date: none, unless told so."""
        return self._fresh_until

    def log_writable(self) -> bool:
        """Return whether the call log takes records."""
        return self._writable

    def go_stale(self, at: float) -> None:
        """Be out of date from an instant on, as a store that cannot be reached."""
        self._fresh_until = at
        self._beat()

    def stop_log(self, *, stopped: bool = True) -> None:
        """Take no more call-log records, as a full disk; or take them again."""
        self._writable = not stopped
        self._beat()

    def _beat(self) -> None:
        self.pulse.deadline = self._fresh_until if self._writable else 0

    def close(self) -> None:
        """Hold nothing open."""

    def number(self) -> int:
        """Return the next attempt's number."""
        self._next += 1
        return self._next

    def place_in_log(self, waiting: int) -> int:
        """Return where the next record will stand after those that wait."""
        return len(self._entries) + waiting


class _Transaction:
    """What waits to be kept."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.counted: dict[int, Attempted] = {}
        self.logged: list[Entry] = []
        self.campaign_attempts = store.campaign_attempts
        self.caller_attempts = store.caller_attempts
        self.keyed = store.keyed

    def count(self, attempt: Attempted) -> int:
        number = self._store.number()
        self.counted[number] = attempt
        return number

    def log(self, entry: Entry) -> int:
        if not self._store.log_writable():
            raise StateError("the call log takes no records")
        self.logged.append(entry)
        return self._store.place_in_log(len(self.logged) - 1)
