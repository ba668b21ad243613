"""A store on a database, the same for SQLite and PostgreSQL: what is committed is told to the host, what is known is watched."""

from __future__ import annotations

import os
import threading
import weakref
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from callguard._core.line import Pulse
from callguard.errors import StateError
from callguard.state import forking
from callguard.state.checkpointing import Checkpointing
from callguard.state.database_counts import Counting
from callguard.state.database_log import LogTables, archiving, purging
from callguard.state.entries import Entries
from callguard.state.group import Group
from callguard.state.mirror import Mirror
from callguard.state.outbox import OUTCOME, RELEASE, Outbox
from callguard.state.records import Refusal
from callguard.state.rows import packed
from callguard.state.spool import Spool
from callguard.state.tail import SLOTS, Tail
from callguard.state.watched import Standing, Watched
from callguard.state.writing import Writing, unsealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from callguard.sealing import Keyring
    from callguard.state.directory import Directory
    from callguard.state.engine import Engine
    from callguard.state.group import Ticket
    from callguard.state.outbox import Replay
    from callguard.state.records import Anchor, LogQuery, LogRow, Record, Writer
    from callguard.state.rows import Packed
    from callguard.state.store import Transaction
    from callguard.state.view import View

T = TypeVar("T")

__all__ = ["OUTCOME", "RELEASE", "Database"]

fault: Callable[[str], None] | None = None  # called at each step between beginning to write and returning; for tests alone


class UntoldError(StateError):
    """Records were written, and this host could not be told of them: its other processes hear of it by their next beat."""


class Database(Checkpointing, Counting, Watched):
    """The Store contract on an engine; `directory` is the host's own part, `max_staleness` in seconds.

    Without `threads` it beats only by `beat`, and writes no checkpoints. What is told of a database that is not the one that was
    opened (replaced, restored, deleted) is StateError and no answer until another is opened.
    """

    lasting = True

    def __init__(
        self,
        engine: Engine,
        directory: Directory,
        keyring: Keyring,
        clock: Callable[[], float],
        max_staleness: float,
        threads: bool = True,
    ) -> None:
        """Open on an engine whose schema is up to date, and begin to watch; StateError where it cannot be read."""
        self._engine = engine
        self._directory = directory
        self._keyring = keyring
        self._clock, self._threads = clock, threads
        self._entries = Entries(engine, keyring)
        self._log = LogTables(engine)
        self._mirror = Mirror(keyring, clock)
        standing = Standing.read(engine)
        self._place = (engine.identity(), directory.identity())
        self._name, self._seen, self._seen_attempt = standing.database, standing.record, standing.attempt
        self._tail = self._open_tail(standing.record)
        self.pulse = Pulse(0, self._tail.memory)
        spool = Spool.open(directory)
        self._outbox = Outbox(spool, directory, self._tail, keyring)
        self._closed = False
        self._finalizer = weakref.finalize(self, _let_go, engine, spool, self._tail, directory)
        self._begin()
        try:
            self._watch(max_staleness)
        except BaseException:
            self.close()
            raise
        forking.register(self, forking.COUNTING)

    def _begin(self) -> None:
        """Begin what belongs to one process: its chain of the call log, and its group of works."""
        self._writer = os.urandom(8).hex()
        self._head = (0, b"")
        self._unsure = False  # whether the head may be further on in the database
        self._working: int | None = None  # the thread that runs works
        self._about = _about()
        self._group: Group[Writing] = Group(self._commit)

    def _open_tail(self, last: int) -> Tail:
        with self._directory.lock():
            empty = not last and not self._seen_attempt and self._engine.identity() is not None
            if empty and Tail.of_another(self._directory, self._name):
                raise StateError(
                    f"{self._entries.place} is empty, though the folder's `tail` tells of records in a database that was here:"
                    " put that back, or, if it is gone for good, remove `tail` and `spool` to begin anew"
                )
            tail = Tail.open(self._directory, self._name, self._keyring)
            reached = tail.mark() >> 16
            if reached >= 0 and (reached <= last or reached <= Standing.read(self._engine).record):
                return tail
            tail.close()  # the database was put back to an earlier state, or nobody follows this tail any more
            return Tail.anew(self._directory, self._name, last << 16)

    # --- writing

    def append(self, records: Sequence[Record]) -> int:
        """Keep records, all or none, and return the mark once every process of the host knows of it.

        Refusals that cannot be written are kept in the host's spool and denied here from now on: StateError says so.
        """
        if not records:
            return self.pulse.last()
        ready = tuple(map(packed, records))
        if self._working == threading.get_ident():
            raise StateError("records were to be kept within a transaction of the same store; keep them after that has ended")
        try:
            self._group.run(partial(_append, ready))
        except UntoldError:
            raise
        except StateError as error:
            if self._replaced is None and not self._closed and all(isinstance(record, Refusal) for record in records):
                raise self._deny_here(records, error) from error
            raise
        return self.pulse.last()

    def _deny_here(self, records: Sequence[Record], error: StateError) -> StateError:
        """Put refusals that could not be written into the spool of the host, and return what is to be said of that."""
        try:
            self._outbox.refuse(records)
        except StateError as full:
            return StateError(f"the refusal could be kept nowhere, and is not honoured: {error}; {full}")
        self._waiting += 1
        denied = StateError(
            f"the refusal could not be written, and is denied on this host alone from now on: {error}; it is kept in the"
            " spool of the state's folder, and sent once that can be"
        )
        denied.spooled = True
        return denied

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run a work within a transaction, perhaps with others', and return what it returned once that lasts."""
        return self._group.run(work)

    def later(self, kind: int, payload: bytes) -> None:
        """Keep in the host's spool what could not be written, lasting when this returns; it is written once it can be.

        `RELEASE`: the number of an attempt in decimal digits. For other kinds see `replay`. StateError where it cannot be kept.
        """
        if self._replaced is not None:
            raise self._is_replaced()
        self._outbox.keep(kind, payload)
        self._waiting += 1

    def replay(self, kind: int, make: Replay) -> None:
        """Say how what was kept by `later` is written: `make(payload)` returns the work of a transaction."""
        self._outbox.replay(kind, make)

    def _commit(self, tickets: Sequence[Ticket[Writing]]) -> None:
        """Run works, write what they leave, commit, and tell the host."""
        if self._replaced is not None:
            raise self._is_replaced()
        interning = self._entries.interning(self._engine.execute)
        appending: list[Ticket[Writing]] = []
        self._working = threading.get_ident()
        try:
            with self._engine.transaction():
                _at("begun")
                counts, head = self._mirror.up(self._engine.execute), self._known_head()
                self._unsure = True
                writing = Writing(self._engine, self._keyring, counts, (self._writer, *head))
                for ticket in tickets:
                    _work(ticket, writing, appending)
                _at("counted")
                fresh = [] if writing.empty else writing.write(interning, self._clock(), self._about)
                _at("written")
                _at("committing")
        except StateError as error:
            self._not_written(error)
            raise
        finally:
            self._working = None
        _at("committed")
        self._head, self._unsure = (writing.position, writing.link), False
        if not writing.empty:
            self._look()
            if self._replaced is not None:
                raise self._is_replaced()
            self._written()
            self._mirror.keep(writing.pending)
            self._entries.keep(interning)
            if fresh:
                self._tell(fresh, appending)
        _at("returning")

    def _known_head(self) -> tuple[int, bytes]:
        """Return where the chain ends; asked of the register where a commit has failed, which may have gone well all the same."""
        if self._unsure:
            found = self._engine.execute("SELECT count, last_link FROM writers WHERE writer = ?", (self._writer,))
            self._head = (found[0][0], bytes(found[0][1])) if found else (0, b"")
            self._unsure = False
        return self._head

    def _tell(self, fresh: list[tuple[int, bytes]], appending: list[Ticket[Writing]]) -> None:
        self._seen = max(self._seen, fresh[-1][0])
        _at("publishing")
        try:
            self._publish(fresh)
        except StateError as error:
            for ticket in appending:
                ticket.error = UntoldError(f"the records are kept, but this host could not be told of them: {error}")
        _at("published")

    def _publish(self, fresh: list[tuple[int, bytes]]) -> None:
        """Put every committed record that the tail misses into it, and publish the mark; `fresh` are those just committed.

        The database is not asked under the directory's lock.
        """
        while True:
            with self._directory.lock():
                past = self._tail.mark() >> 16
                left = [entry for entry in fresh if entry[0] > past]
                if fresh and (not left or left[0][0] == past + 1 or len(left) >= SLOTS):
                    self._tail.publish(left, self._outbox.mark(left[-1][0] if left else past))
                    return
            last = self._engine.read("SELECT coalesce(max(seq), 0) FROM records")[0][0]
            if last <= past:
                return
            fresh = self._entries.payloads(max(past, last - SLOTS), last)

    # --- following

    def follow(self, after: int) -> Iterator[tuple[int, Record]]:
        """Yield the records after a mark: from the ring of the tail, or from the database where it has run over."""
        mark, refused = self.pulse.last(), list[list[Any]]()
        if (mark | after) & 0xFFFF:
            mark, refused = self._outbox.refused()
        if mark == after:
            return
        last, past, low = mark >> 16, after >> 16, mark & 0xFFFF
        if mark < 0 or past > last:
            raise self._is_replaced()
        if past == last and not refused:
            past = max(last - 1, 0)  # what was spooled is in the log by now: any record will do to say so
        held: Record | None = None
        reached = after
        for now, record in chain(
            ((seq << 16, record) for seq, record in self._records(past, last)),
            ((last << 16 | min(i, low), record) for i, records in enumerate(refused) for record in records),
        ):
            if held is not None:
                yield reached, held
            reached, held = now, record
        if held is not None:
            yield mark, held

    def fill(self, view: View) -> int:
        """Bring an empty view up to the log, and to what waits in the spool."""
        self._publish([])
        last = self.pulse.last() >> 16
        past, lifted = self._checkpointed(view)
        self._entries.fill(view, past, last, lifted)
        mark = last << 16
        for reached, record in self.follow(mark):
            view.apply(record)
            mark = reached
        return mark

    def _records(self, past: int, last: int) -> Iterator[tuple[int, Record]]:
        kept = self._tail.read(past, last)
        if kept is None:
            yield from self._entries.records(past, last)
        else:
            for seq, payload in kept:
                yield seq, self._entries.unpacked(seq, payload)

    # --- the call log

    def log_rows(self, query: LogQuery) -> Iterator[LogRow]:
        """Yield the call log's rows that match, writer by writer, each in the order of its chain."""
        return self._log.rows(query)

    def writers(self) -> tuple[Writer, ...]:
        """Return the register of those who have written to the call log, by name."""
        return self._log.writers()

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the newest anchor of each writer, by name."""
        return self._log.anchors()

    def purge(self, anchors: Iterable[Anchor]) -> int:
        """Remove each chain's rows up to its anchor, keep the anchors, and return how many went."""
        return self._group.run(partial(purging, tuple(anchors)))

    def archive(self, kind: str, digest: str, body: bytes) -> None:
        """Keep a text by its hash, once."""
        if self._log.archived(digest) is None:
            sealed = self._keyring.seal(body, f"archive:{digest}".encode())
            self._group.run(partial(archiving, kind, digest, (b"1" if self._keyring.active else b"0") + sealed))

    def archived(self, digest: str) -> bytes | None:
        """Return an archived text, None where there is none."""
        kept = self._log.archived(digest)
        if kept is None or kept[:1] == b"0":
            return kept and kept[1:]
        try:
            return unsealed(self._keyring, kept[1:], f"archive:{digest}".encode())
        except StateError as error:
            raise StateError(f"a text archived in {self._entries.place} cannot be read: {error}") from None

    # --- the life of a store

    def close(self) -> None:
        """Let go of the database and of the host's folder; nothing that was acknowledged is lost by it."""
        if self._closed:
            return
        self._closed = True
        self._unwatch()
        self._finalizer()

    def before_fork(self) -> None:
        """Let nothing be half counted."""
        self._mirror.lock.acquire()

    def after_fork(self, *, child: bool) -> None:
        """Go on; a child with connections, threads and a chain of its own, and by the parent's deadline till it beats."""
        if not child:
            self._mirror.lock.release()
            return
        self._mirror.lock = threading.Lock()
        self._engine.abandon()
        self._begin()
        if not self._closed:
            self._watch_again()


def _let_go(*held: Engine | Spool | Tail | Directory) -> None:
    for each in held:
        each.close()


def _at(step: str) -> None:
    if fault is not None:
        fault(step)


def _work(ticket: Ticket[Writing], writing: Writing, appending: list[Ticket[Writing]]) -> None:
    """Run one work; what it raises is its own, unless the database failed."""
    before = writing.mark()
    try:
        ticket.result = ticket.work(writing)
    except Exception as error:  # noqa: BLE001 - the work's
        ticket.error = error
        writing.back(before)
    if writing.broken is not None:
        raise writing.broken
    if len(writing.records) > before[2][0]:
        appending.append(ticket)


def _append(records: Sequence[Packed], writing: Writing) -> None:
    writing.records.extend(records)


def _about() -> str:
    import socket

    return f"{socket.gethostname()} {os.getpid()}"
