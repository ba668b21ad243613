"""A store that lasts as long as its process: for tests, notebooks and one-off scripts."""

from __future__ import annotations

import os
import threading
from array import array
from typing import TYPE_CHECKING, TypeVar

import attrs

from callguard._core.line import Pulse
from callguard.errors import StateError
from callguard.model import FOREVER
from callguard.state import forking
from callguard.state.counts import Counts, Pending, Released, counted
from callguard.state.records import ListVersion, StatusChange, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from callguard._core.delta import Delta
    from callguard.state.counts import Tallies
    from callguard.state.records import Anchor, Attempted, LogQuery, LogRow, Record
    from callguard.state.store import Transaction
    from callguard.state.view import View

T = TypeVar("T")


class MemoryStore:
    """The Store contract in memory. `go_stale` and `stop_log` bring about what a lasting store may suffer."""

    lasting = False

    def __init__(self) -> None:
        self.pulse = Pulse(FOREVER)
        # a record is its numbers, and what it has beside them, which many share
        self._numbers, self._instants, self._kinds = array("q"), array("d"), array("l")
        self._kept: list[Record] = []
        self._kind_of: dict[Record, int] = {}
        self._counts = Counts()
        self._counts.keep(FOREVER)
        self._keys: dict[str, list[tuple[int, Attempted]]] = {}
        self._key_of: dict[int, str] = {}
        self._rows: list[LogRow] = []
        self._writers: dict[str, Writer] = {}
        self._anchors: dict[str, Anchor] = {}
        self._archive: dict[str, bytes] = {}
        self._working = False
        self._fresh_until: float = FOREVER
        self._writable = True
        self._renew()
        forking.register(self)

    def _renew(self) -> None:
        """Take a lock and a name of its own, for a chain of the call log that no other process goes on with."""
        self._lock = threading.RLock()
        self._writer = os.urandom(8).hex()

    def before_fork(self) -> None:
        """Let nothing be half kept while the process forks."""
        self._lock.acquire()

    def after_fork(self, *, child: bool) -> None:
        """Go on; a child with what was there, and with a lock and a chain of its own."""
        if child:
            self._renew()
        else:
            self._lock.release()

    def append(self, records: Sequence[Record]) -> int:
        """Keep records, and return the mark: the last one's number."""
        bare = [_bare(record) for record in records]
        numbers = array("q", (_number(record) for record in records))
        instants = array("d", (record.at for record in records))
        with self._lock:
            self._begin()
            for without in bare:
                kind = self._kind_of.setdefault(without, len(self._kept))
                if kind == len(self._kept):
                    self._kept.append(without)
                self._kinds.append(kind)
            self._numbers.extend(numbers)
            self._instants.extend(instants)
            if bare:
                self.pulse.publish(len(self._kinds))
            return len(self._kinds)

    def follow(self, after: int) -> Iterator[tuple[int, Record]]:
        """Yield the records after a mark; no lock is held."""
        for i in range(after, self.pulse.last()):
            bare = self._kept[self._kinds[i]]
            if isinstance(bare, StatusChange | ListVersion):
                yield i + 1, attrs.evolve(bare, at=self._instants[i])
            else:
                yield i + 1, attrs.evolve(bare, at=self._instants[i], number=self._numbers[i])

    def fill(self, view: View) -> int:
        """Apply all records to a view."""
        mark = 0
        for mark, record in self.follow(0):  # noqa: B007
            view.apply(record)
        return mark

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run a work under the lock; what it counts, releases and logs is kept when it returns."""
        with self._lock:
            self._begin()
            self._working = True
            try:
                transaction = _Transaction(self._counts, self._keys, self._head(), self.log_writable)
                result = work(transaction)
                self._keep(transaction)
            finally:
                self._working = False
            return result

    def _begin(self) -> None:
        if self._working:
            raise StateError("a transaction was begun within another one of the same store; begin it after that has ended")

    def _head(self) -> tuple[str, int, bytes]:
        known = self._writers.get(self._writer)
        return (self._writer, 0, b"") if known is None else (self._writer, known.count, known.last)

    def _keep(self, done: _Transaction) -> None:
        done.pending.keep()
        for seq, attempt in done.keyed_attempts:
            self._keys.setdefault(attempt.key or "", []).append((seq, attempt))
            self._key_of[seq] = attempt.key or ""
        for seq in done.released:
            key = self._key_of.pop(seq, None)
            if key is not None:
                self._keys[key] = [known for known in self._keys[key] if known[0] != seq]
        if done.rows:
            first, last = done.rows[0], done.rows[-1]
            new = Writer(name=self._writer, about=_about(), began=first.at, count=0, first=first.link, last=last.link)
            known = self._writers.get(self._writer, new)
            self._writers[self._writer] = attrs.evolve(known, count=last.position, last=last.link)
            self._rows.extend(done.rows)

    def beat(self) -> None:
        """Do nothing: what is in memory is never out of date."""

    def checkpoint_due(self, mark: int, view: View) -> bool:  # noqa: ARG002 - the contract's
        """Return False: nothing outlives the process."""
        return False

    def checkpoint(self, view: View, mark: int) -> None:
        """Keep nothing: there is no next start."""

    def later(self, kind: int, payload: bytes) -> None:  # noqa: ARG002 - the contract's
        """Keep nothing: what cannot be written here has no other place."""
        raise StateError("what could not be written cannot be kept for later: this state is in memory only")

    def replay(self, kind: int, make: Callable[[bytes], Callable[[Transaction], object]]) -> None:
        """Take no notice: nothing is kept for later."""

    def keep_attempts(self, span: float, further: Mapping[str, float] | None = None) -> None:
        """Do nothing: all attempts are kept."""

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return the instants of a campaign's attempts to a number that count, oldest first."""
        return self._counts.campaign_attempts(campaign, number)

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return the instants of a caller's attempts since an instant that count, oldest first."""
        return self._counts.caller_attempts(caller, since)

    def caller_count(self, caller: str, since: float) -> int:
        """Return how many attempts of a caller since an instant count."""
        return self._counts.caller_count(caller, since)

    def campaign_counts(self, campaign: str) -> Delta | None:
        """Return how many attempts of a campaign to each number count; None where none does."""
        return counted(self._lock, lambda: self._counts, campaign)

    def tallies(self) -> Tallies:
        """Return all attempts that count."""
        return self._counts.tallies()

    def log_rows(self, query: LogQuery) -> Iterator[LogRow]:
        """Yield the call log's rows that match, in the order of the chain."""
        matching = [row for row in tuple(self._rows) if _matches(row, query)]
        yield from sorted(matching, key=lambda row: (row.writer, row.position))

    def writers(self) -> tuple[Writer, ...]:
        """Return who has written to the call log: this process, once it has."""
        return tuple(self._writers[name] for name in sorted(self._writers))

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what the purges have left."""
        return tuple(self._anchors[name] for name in sorted(self._anchors))

    def purge(self, anchors: Iterable[Anchor]) -> int:
        """Remove rows up to the anchors, keep these, and return how many rows went."""
        with self._lock:
            for anchor in anchors:
                known = self._anchors.setdefault(anchor.writer, anchor)
                if anchor.position > known.position:
                    self._anchors[anchor.writer] = anchor
            left = [
                row for row in self._rows if row.writer not in self._anchors or row.position > self._anchors[row.writer].position
            ]
            gone = len(self._rows) - len(left)
            self._rows = left
            return gone

    def archive(self, kind: str, digest: str, body: bytes) -> None:  # noqa: ARG002 - a kind tells people what a body is
        """Keep a text by its hash."""
        self._archive.setdefault(digest, body)

    def archived(self, digest: str) -> bytes | None:
        """Return an archived text, None where there is none."""
        return self._archive.get(digest)

    def fresh_until(self) -> float:
        """Return the instant from which what is known may be out of date: none, unless told so."""
        return self._fresh_until

    def log_writable(self) -> bool:
        """Return whether the call log takes rows."""
        return self._writable

    def warnings(self) -> tuple[tuple[str, dict[str, object]], ...]:
        """Return nothing: there is nothing to lose here that anybody was promised."""
        return ()

    def go_stale(self, at: float) -> None:
        """Be out of date from an instant on, as a store that cannot be reached."""
        self._fresh_until = at
        self._beat()

    def stop_log(self, *, stopped: bool = True) -> None:
        """Take no more call-log rows, as a full disk; or take them again."""
        self._writable = not stopped
        self._beat()

    def _beat(self) -> None:
        self.pulse.deadline = self._fresh_until if self._writable else 0

    def close(self) -> None:
        """Hold nothing open."""


class _Transaction:
    """What a work sees, and what waits to be kept."""

    def __init__(
        self,
        counts: Counts,
        keys: dict[str, list[tuple[int, Attempted]]],
        head: tuple[str, int, bytes],
        writable: Callable[[], bool],
    ) -> None:
        self._next = counts.applied
        self._keys = keys
        self._writer, self._position, self._link = head
        self._writable = writable
        self.pending = Pending(counts)
        self.campaign_attempts = self.pending.campaign_attempts
        self.caller_attempts = self.pending.caller_attempts
        self.keyed_attempts: list[tuple[int, Attempted]] = []
        self.released: set[int] = set()
        self.rows: list[LogRow] = []

    def keyed(self, key: str, since: float) -> tuple[int, Attempted] | None:
        for seq, attempt in reversed([*self._keys.get(key, ()), *self.keyed_attempts]):
            if attempt.key == key and attempt.at >= since and seq not in self.released:
                return seq, attempt
        return None

    def count(self, attempt: Attempted) -> int:
        self._next += 1
        self.pending.add(self._next, attempt)
        if attempt.key is not None:
            self.keyed_attempts.append((self._next, attempt))
        return self._next

    def release(self, attempt: int) -> None:
        if attempt not in self.released:
            self._next += 1
            self.pending.add(self._next, Released(attempt))
            self.released.add(attempt)

    def log(self, make: Callable[[str, int, bytes], LogRow]) -> LogRow:
        if not self._writable():
            raise StateError("the call log takes no rows; let the store take them again before a call is placed")
        row = make(self._writer, self._position + 1, self._link)
        self._position, self._link = row.position, row.link
        self.rows.append(row)
        return row


def _number(record: Record) -> int:
    return 0 if isinstance(record, StatusChange | ListVersion) else record.number


def _bare(record: Record) -> Record:
    if isinstance(record, StatusChange | ListVersion):
        return attrs.evolve(record, at=0.0)
    return attrs.evolve(record, at=0.0, number=0)


def _matches(row: LogRow, query: LogQuery) -> bool:
    return (
        (query.writer is None or (row.writer == query.writer and row.position > query.after))
        and (query.since is None or row.at >= query.since)
        and (query.until is None or row.at < query.until)
        and (not query.callee or row.callee in query.callee)
        and (not query.caller or row.caller in query.caller)
        and (not query.campaign or row.campaign in query.campaign)
        and (not query.reason or row.reason in query.reason)
    )


def _about() -> str:
    import socket

    return f"{socket.gethostname()} {os.getpid()}"
