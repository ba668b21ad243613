"""How a store on a database is watched: whether it is still the one that was opened, how fresh it is known, what waits for it."""

from __future__ import annotations

import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from callguard.errors import StateError
from callguard.state.freshness import Freshness
from callguard.state.heartbeat import Heartbeat
from callguard.state.rows import seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard._core.line import Pulse
    from callguard.state.directory import Directory
    from callguard.state.engine import Engine
    from callguard.state.group import Group
    from callguard.state.mirror import Mirror
    from callguard.state.outbox import Outbox
    from callguard.state.tail import Tail
    from callguard.state.writing import Writing

_EVERY_S: Final = 0.05  # between two beats
_ASK_S: Final = 0.2  # between two questions to a server
_MEND_S: Final = 0.5  # between two attempts to write what could not be written
_LOOK_S: Final = 1.0  # between two looks for what others have put into the spool
_STANDING: Final = (
    "SELECT (SELECT value FROM meta WHERE key = 'database'),"
    " (SELECT coalesce(max(seq), 0) FROM records),"
    " (SELECT max(stored) FROM (SELECT stored FROM records WHERE what % 8 <> 7 ORDER BY seq DESC LIMIT 64) AS newest),"
    " (SELECT coalesce(max(seq), 0) FROM attempts),"
    " (SELECT max(at) FROM (SELECT at FROM attempts ORDER BY seq DESC LIMIT 64) AS latest)"
)
_TOUCH: Final = "UPDATE meta SET value = value WHERE key = 'created'"


@attrs.frozen
class Standing:
    """Which database it is, and how far it has come: the last record and attempt, and when the newest ones were stored."""

    database: str
    record: int
    attempt: int
    newest: float

    @classmethod
    def read(cls, engine: Engine) -> Self:
        """Ask a database."""
        database, record, stored, attempt, at = engine.read(_STANDING)[0]
        if database is None:
            raise StateError(
                f"{getattr(engine, 'place', 'the database')} does not say which one it is; put a sound copy in its place"
            )
        # of the last few, not of all: a clock that was wrong once is not held against those that are right for ever
        return cls(database, record, attempt, seconds(max(stored or 0, at or 0)))


class Watched:
    """The part of a store that beats."""

    if TYPE_CHECKING:
        pulse: Pulse
        _clock: Callable[[], float]
        _closed: bool
        _directory: Directory
        _engine: Engine
        _group: Group[Writing]
        _mirror: Mirror
        _name: str
        _outbox: Outbox
        _place: tuple[object, object]
        _seen: int
        _seen_attempt: int
        _tail: Tail

        def _publish(self, fresh: list[tuple[int, bytes]]) -> None: ...

    _replaced: str | None = None  # what was found instead of the database that was opened
    _unwritten: str | None = None  # why nothing could be written last
    _unread: str | None = None  # why nothing could be read last
    _unsent: str | None = None  # why it is not known what waits in the spool
    _unused: str | None  # why a checkpoint was of no use
    _waiting = 0
    _mending = False
    _looked = _mended = float("-inf")
    _heartbeats: tuple[Heartbeat, ...] = ()
    _threads = True

    def _watch(self, max_staleness: float) -> None:
        """Begin to watch; StateError where the database cannot be read now."""
        self._gate = _Gate(self.pulse)
        gate: Any = self._gate
        self._freshness = Freshness(gate, self._clock, max_staleness)
        self._server = self._engine.identity() is None
        self._ask()
        self._publish([])
        if not self._threads:
            self._beat()
            return
        # apart, so that a question that is long in being answered holds up nothing else
        self._heartbeats = (Heartbeat(self._beat, _EVERY_S), Heartbeat(self._question, _ASK_S if self._server else _EVERY_S))
        for heartbeat in self._heartbeats:
            heartbeat.start()
        self._listen()

    def _watch_again(self) -> None:
        """Begin again in a child after a fork."""
        self._mending = False
        if not self._threads:
            return
        with suppress(StateError):  # without a thread the deadline passes
            for heartbeat in self._heartbeats:
                heartbeat.renew()
            self._listen()

    def _unwatch(self) -> None:
        for heartbeat in self._heartbeats:
            heartbeat.stop()
        if self._heartbeats or not self._threads:
            self._gate.shut = True
            self._freshness.lost()

    def fresh_until(self) -> float:
        """Return the instant from which what is known may be out of date; 0 while it is not known at all."""
        return 0 if self._replaced is not None or self._closed else self._freshness.until()

    def log_writable(self) -> bool:
        """Return whether the last transaction could be written."""
        return self._unwritten is None and self._replaced is None

    def warnings(self) -> tuple[tuple[str, dict[str, object]], ...]:
        """Return what cannot be read or written, and what waits in the host's spool."""
        found: list[tuple[str, dict[str, object]]] = []
        for key, why in (
            ("state-replaced", self._replaced),
            ("state-unread", self._unread),
            ("state-unwritten", self._unwritten),
            ("state-unsent", self._unsent),
            ("checkpoint-unused", self._unused),
        ):
            if why is not None:
                found.append((key, {"why": why}))
        if self._waiting:
            found.append(("state-spooled", {"entries": self._waiting}))
        return tuple(found)

    def beat(self) -> None:
        """See how things stand, now."""
        self._question()
        self._beat()

    def _beat(self) -> None:
        """Move the deadline by the clocks, see whether the files are still there, and have what waits written."""
        if self._closed:
            return
        self._look()
        if self._replaced is not None:
            self._freshness.lost()
            return
        self._freshness.tick()
        now = time.monotonic()
        if now - self._looked >= _LOOK_S:
            self._looked = now
            try:
                self._waiting, self._unsent = self._outbox.look(), None
            except StateError as error:
                self._waiting, self._unsent = 0, str(error)
        if (self._waiting or self._unwritten is not None) and now - self._mended >= _MEND_S and not self._mending:
            self._mending, self._mended = True, now
            if not self._threads:
                self._write_again()
                return
            try:
                threading.Thread(target=_mend, args=(weakref.ref(self),), name="callguard mending", daemon=True).start()
            except RuntimeError:  # no thread to be had
                self._mending = False

    def _question(self) -> None:
        """Ask how far the database has come; where it does not answer, the deadline passes."""
        if self._closed or self._replaced is not None:
            return
        try:
            self._ask()
            self._unread = None
        except StateError as error:
            self._unread = str(error)

    def _look(self) -> None:
        """See whether the files are still those that were opened."""
        try:
            place: object = (self._engine.identity(), self._directory.identity())
        except StateError:
            place = None
        if place != self._place:
            self._is_gone("the state's folder, or the database in it, was removed or replaced")
        elif not self._tail.mine():
            self._is_gone("the tail in the state's folder was removed or replaced")

    def _ask(self) -> None:
        """Ask the database how far it has come, take in what is new, and move the deadline."""
        asked, seen, seen_attempt = self._freshness.asked(), max(self._seen, self._tail.mark() >> 16), self._seen_attempt
        found = Standing.read(self._engine)
        if found.database != self._name:
            self._is_gone("another database is in its place")
        elif found.record < seen or found.attempt < seen_attempt:
            self._is_gone("the database was put back to an earlier state")
        if self._replaced is not None:
            self._freshness.lost()
            return
        self._seen, self._seen_attempt = max(seen, found.record), max(seen_attempt, found.attempt)
        if found.record > self._tail.mark() >> 16:
            self._publish([])  # whoever wrote it died before it could, or is about to
        self._mirror.up(self._engine.read)
        self._freshness.answered(asked, found.newest)

    def _is_gone(self, why: str) -> None:
        self._replaced = self._replaced or why

    def _is_replaced(self) -> StateError:
        return StateError(f"{self._replaced or 'the database was put back to an earlier state'}; reload the guard")

    def _written(self) -> None:
        """Note that a transaction was written."""
        if self._unwritten is not None:
            self._unwritten = None
            self._gate.shut = self._closed
            self._freshness.tick()

    def _not_written(self, error: StateError) -> None:
        """Note that a transaction could not be written: every question looks at that, until one can."""
        self._unwritten = str(error)
        self._gate.shut = True
        self._gate.deadline = 0

    def _write_again(self) -> None:
        """Try whether something can be written, and send what waits."""
        try:
            if self._unwritten is not None:
                self._group.run(lambda writing: writing.run(_TOUCH, ()))
            while not self._closed and self._outbox.send(self._group.run):
                pass
            self._waiting = self._outbox.look()
        except Exception as error:  # noqa: BLE001 - a later beat will try again
            self._unsent = str(error)
        finally:
            self._mending = False

    def _listen(self) -> None:
        """Be told by a server of what is new, on a thread of its own."""
        if self._server:
            threading.Thread(target=_hear, args=(weakref.ref(self), self._engine), name="callguard listening", daemon=True).start()


class _Gate:
    """The deadline of a pulse, which is 0 while nothing can be written."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self.shut = False

    @property
    def deadline(self) -> float:
        return self._pulse.deadline

    @deadline.setter
    def deadline(self, until: float) -> None:
        self._pulse.deadline = 0 if self.shut else until
        if self.shut:
            self._pulse.deadline = 0


def _mend(database: weakref.ref[Watched]) -> None:
    found = database()
    if found is not None:
        found._write_again()  # noqa: SLF001


def _hear(database: weakref.ref[Watched], engine: Engine) -> None:
    while True:
        heard = engine.wait(1.0)
        found = database()
        if found is None or found._closed:  # noqa: SLF001
            return
        if heard:
            found._heartbeats[-1].wake()  # noqa: SLF001
        del found
