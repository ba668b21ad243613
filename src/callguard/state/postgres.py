"""PostgreSQL as an engine: one database around which many hosts stand, by psycopg 3."""

from __future__ import annotations

import os
import select
import threading
import time
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from callguard.errors import StateError
from callguard.state.migrating import migrate, versions
from callguard.state.postgres_sql import copied, only_writes, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from psycopg import Cursor

    from callguard.state.engine import Row
    from callguard.state.postgres_session import Place, Session

T = TypeVar("T")

LOCK: Final = 0x63616C6C67756172  # "callguar": who holds it is the only one to number what it writes
CHANNEL: Final = "callguard"
_AGAIN_S: Final = 0.2  # between two attempts to reach a server for what is asked again and again
_QUICK_S: Final = 0.5  # a session that is found lost so soon was lost before: another one is tried at once
_HANG_UP_S: Final = 0.5  # how long whoever closes this waits for those who are asking
_CONNECT_S: Final = 4.0  # after which whoever tries to reach the server has given up
_CHUNK: Final = 5_000  # rows that a stream yields at once
_PART: Final = 1_000  # rows of them that the driver takes from the server at once
_MANY: Final = 50  # rows from which on copying them takes less time than inserting them
_STREAM_S: Final = 120.0  # a stream's first row may be long in coming

# What a transaction begins with: the sight of a statement begins with it, so that what was committed before the lock was given is
# in sight; who holds the lock and is not heard of for three seconds loses it, before those who wait for it give up.
_BEGIN: Final = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = 6000; SET LOCAL statement_timeout = 7500;"
    " SET LOCAL idle_in_transaction_session_timeout = 3000;{lasting} SELECT pg_advisory_xact_lock({lock})"
)
_LASTING: Final = " SET LOCAL synchronous_commit = on;"
_READ: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL statement_timeout = 0"

_EXISTS: Final = (
    "SELECT count(*) FROM pg_catalog.pg_class AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace"
    " WHERE n.nspname = 'callguard' AND t.relname = 'meta'"
)


def open_postgres(url: str) -> Postgres:
    """Open a database by its address, its schema `callguard` brought up to date; StateError where it cannot be used."""
    try:
        from callguard.state.postgres_session import Place
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "psycopg":
            raise
        raise StateError(
            "`[state] url` needs psycopg, which is not installed: `pip install 'callguard-outbound[postgres]'`"
        ) from None
    except ImportError:  # psycopg is there, and no libpq
        raise StateError(
            "psycopg is installed without what it needs to run: `pip install 'callguard-outbound[postgres]'`"
        ) from None
    engine = Postgres(Place(url))
    try:
        engine.prepare()
    except BaseException:
        engine.close()
        raise
    return engine


class Postgres:
    """One session that writes, one that reads, one that listens, one for each stream; a lost one is replaced when it is needed."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._closed = False
        self._renew()

    def _renew(self) -> None:
        self._reading, self._listening = threading.Lock(), threading.Lock()
        self._sessions: set[Session] = set()
        self._writer: Session | None = None
        self._reader: Session | None = None
        self._listener: Session | None = None
        self._begun = self._nudged = False
        self._left: list[tuple[str, Sequence[object]]] = []  # statements of the transaction that are not sent yet
        self._failed: tuple[float, str] | None = None  # when the server was last found out of reach, and how
        self._bell = os.pipe()  # ends a wait

    def prepare(self) -> None:
        """Bring the schema up to date, as one of many who may do so at once."""
        if self._version() != len(versions("postgres")):
            migrate(self, "postgres", version=self._version, note=self._note_version, place=str(self.place))

    def _version(self) -> int:
        """Return the schema's version, 0 where there is none; within the transaction where one has begun."""
        ask = self.execute if self._begun else self.read
        # not to_regclass, which may answer from what the session knew before it waited for the lock
        if not ask(_EXISTS)[0][0]:
            return 0
        found = ask("SELECT value FROM meta WHERE key = 'version'")
        if not found or not str(found[0][0]).isdecimal():
            raise StateError(f"{self.place} has a schema `callguard` that is not this library's; accepted: a database without it")
        return int(found[0][0])

    def _note_version(self, version: int) -> None:
        self.execute(
            "INSERT INTO meta (key, value) VALUES ('version', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (str(version),),
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin to write, waiting for others for six seconds at most; commit at the end, roll back when the block raises."""
        assert not self._begun, "one at a time"
        session = self._writer = self._with("_writer", self._begin)
        self._begun, self._nudged = True, False
        self._left.clear()
        try:
            yield
            self._ask(session, lambda: self._commit(session))
        except BaseException:
            self._roll_back(session)
            self._let_go(session)  # what was to be prepared within it is not there, though psycopg would take it to be
            raise
        finally:
            self._begun = False

    def _begin(self, session: Session) -> Session:
        try:
            session.execute(_BEGIN.format(lock=LOCK, lasting=_LASTING if session.lazy else ""))
        except BaseException:
            self._roll_back(session)
            raise
        return session

    def _commit(self, session: Session) -> None:
        if self._nudged:
            self._left.append((f"NOTIFY {CHANNEL}", ()))
        if self._run(session, "COMMIT", ()).statusmessage != "COMMIT":  # but ROLLBACK
            raise StateError(f"{self.place} has kept nothing of a transaction, one of whose statements had failed")

    @staticmethod
    def _roll_back(session: Session) -> None:
        with suppress(Exception):
            if not session.closed and session.info.transaction_status.name != "IDLE":
                session.execute("ROLLBACK")

    def execute(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement within the transaction, and return its rows.

        One that only writes is left until the next that returns rows, or the commit, is sent, to take no time on the way.
        """
        session = self._within()
        if only_writes(sql):
            self._left.append((translated(sql), values))
            return []
        return self._ask(session, lambda: _rows_of(self._run(session, translated(sql), values)))

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once for each row within the transaction."""
        session = self._within()
        given = list(rows)
        copying = copied(sql) if len(given) >= _MANY else None
        if copying is None:
            self._left += [(translated(sql), row) for row in given]
            return

        def work() -> None:
            self._run(session)
            with session.cursor() as cursor, cursor.copy(copying) as copy:
                for row in given:
                    copy.write_row(row)

        self._ask(session, work)

    def _run(self, session: Session, sql: str = "SELECT 1", values: Sequence[object] = ()) -> Cursor[Row]:
        """Run what was left and then a statement, all sent at once; what goes wrong with any is raised."""
        left, self._left = self._left, []
        if not left:
            return session.execute(sql, values, binary=True)
        with session.pipeline():
            for each, given in left:
                session.execute(each, given)
            return session.execute(sql, values, binary=True)

    def _within(self) -> Session:
        assert self._begun, "within a transaction"
        session = self._writer
        if session is None or session.closed:
            raise StateError(f"{self.place} was lost within the transaction")
        return session

    def read(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a query on the session that never writes, and return its rows; a StateError at once where a try has just failed."""
        if not self._reading.acquire(timeout=10):
            raise StateError(f"{self.place} has not answered others for 10 seconds")
        try:
            if self._reader is None or self._reader.closed:
                self._rest()
            return self._with("_reader", lambda session: _rows(session, sql, values))
        finally:
            self._reading.release()

    def stream(self, sql: str, values: Sequence[object] = ()) -> Iterator[list[Row]]:
        """Run a query on a session of its own, and yield its rows in large lists; StateError when the process forks meanwhile."""
        import psycopg

        session = self._connect(patience=_STREAM_S)
        sessions = self._sessions
        try:
            self._ask(session, lambda: session.execute(_READ))
            if psycopg.capabilities.has_stream_chunked():
                rows = session.cursor().stream(translated(sql), values, binary=True, size=_PART)
            else:
                rows = _fetched(session, translated(sql), values)
            while part := self._ask(session, lambda: list(islice(rows, _CHUNK))):
                yield part
                if sessions is not self._sessions:
                    raise StateError(f"the process was forked while {self.place} was read; read it again")
        finally:
            if sessions is self._sessions:
                self._let_go(session)

    def identity(self) -> object:
        """Return None: a server's database is told by its random name only."""
        return None

    def nudge(self) -> None:
        """Tell, at commit, whoever listens on any host."""
        assert self._begun, "within a transaction"
        self._nudged = True

    def wait(self, seconds: float) -> bool:
        """Wait so long for a nudge, and return whether there may have been one; without a session that can listen, just wait."""
        end = time.monotonic() + seconds
        if self._closed or not self._listening.acquire(blocking=False):  # one thread hears for all
            time.sleep(seconds)
            return False
        try:
            heard = self._hear(end)
        except StateError:
            heard = False
            self._sleep(end)
        finally:
            self._listening.release()
        return heard

    def _hear(self, end: float) -> bool:
        session = self._listener
        if session is None or session.closed:
            self._rest()
            session = self._listener = self._connect()
            if not session.pooled:  # what a pooler would give to another session is no use
                self._ask(session, lambda: session.execute(f"LISTEN {CHANNEL}"))
                return True  # of what was there before nobody has told
        if session.pooled:
            self._sleep(end)
            return False
        number = session.fileno()
        while number in self._sleep(end, number):
            if self._ask(session, lambda: self._heard(session)):
                return True
        return False

    def _heard(self, session: Session) -> bool:
        """Take in what the server has sent, and return whether others have nudged."""
        writer = self._writer
        own = None if writer is None or writer.closed else writer.info.backend_pid
        session.pgconn.consume_input()
        heard = False
        while (nudge := session.pgconn.notifies()) is not None:
            heard = heard or nudge.be_pid != own
        return heard

    def _sleep(self, end: float, *numbers: int) -> list[int]:
        """Sleep until an instant of the monotonic clock, until one of the descriptors may be read, or until this is closed."""
        waiting = select.poll()
        for number in (self._bell[0], *numbers):
            waiting.register(number, select.POLLIN)
        return [number for number, _ in waiting.poll(max(0.0, end - time.monotonic()) * 1000)]

    def abandon(self) -> None:
        """After a fork, in the child: let go of the parent's sessions without a word to the server, or to the driver."""
        if self._closed:
            return
        if self._sessions:
            nowhere = os.open(os.devnull, os.O_RDWR)
            for session in self._sessions:
                session.forgotten = True
                with suppress(Exception):
                    os.dup2(nowhere, session.fileno())  # or the parent's session would last as long as this process
            _PARENTS.extend(self._sessions)
            os.close(nowhere)
        for number in self._bell:
            os.close(number)
        self._renew()

    def close(self) -> None:
        """Close every session, whoever waits for an answer; a later call opens no more."""
        if self._closed:
            return
        self._closed = True
        os.write(self._bell[1], b"0")
        locks = (self._listening, self._reading)
        held = [lock for lock in locks if lock.acquire(timeout=_HANG_UP_S)]
        if len(held) < len(locks) or self._begun:
            for session in tuple(self._sessions):
                session.hang_up()  # who waits for an answer is told so at once
            held += [lock for lock in locks if lock not in held and lock.acquire(timeout=_CONNECT_S)]
        for session in tuple(self._sessions):
            if not (self._begun and session is self._writer):  # whose thread lets go of it
                self._let_go(session)
        for lock in held:
            lock.release()
        if self._listening in held:
            for number in self._bell:
                os.close(number)

    def _with(self, name: str, work: Callable[[Session], T]) -> T:
        """Do what may be done twice on the session of a name: on another one where that one was lost while nobody asked."""
        kept: Session | None = getattr(self, name)
        if kept is not None and not kept.closed:
            began = time.monotonic()
            try:
                return self._ask(kept, lambda: work(kept))
            except StateError:
                if not kept.closed or time.monotonic() - began > _QUICK_S:
                    raise
        session = self._connect()
        setattr(self, name, session)
        return self._ask(session, lambda: work(session))

    def _connect(self, **how: Any) -> Session:
        if self._closed:
            raise StateError(f"{self.place} was closed; open another guard")
        sessions = self._sessions
        try:
            session = self.place.connect(**how)
        except StateError as error:
            self._failed = time.monotonic(), str(error)
            raise
        self._failed = None
        if self._closed or sessions is not self._sessions:
            session.close()
            raise StateError(f"{self.place} was closed meanwhile")
        sessions.add(session)
        return session

    def _rest(self) -> None:
        """Raise what was raised last, where that was just now."""
        if self._failed is not None and time.monotonic() - self._failed[0] < _AGAIN_S:
            raise StateError(self._failed[1])

    def _let_go(self, session: Session) -> None:
        self._sessions.discard(session)
        with suppress(Exception):
            session.close()

    def _ask(self, session: Session, work: Callable[[], T]) -> T:
        """Do something on a session: what its driver raises is told without values, and a lost session is closed.

        ValueError, as SQLite's driver has it, for a value that cannot be stored at all.
        """
        import psycopg

        from callguard.state.postgres_session import SilentError

        try:
            return work()
        except (psycopg.Error, UnicodeError, OverflowError) as error:
            wrong = self.place.told(error)
            if session.closed or isinstance(error, SilentError):
                self._let_go(session)
        raise wrong  # not within the block: its context would be the driver's error, which may hold values


# in a child, what was its parent's: its destructors must not run
_PARENTS: Final[list[Session]] = []


def _rows(session: Session, sql: str, values: Sequence[object]) -> list[Row]:
    return _rows_of(session.execute(translated(sql), values, binary=True))


def _rows_of(cursor: Cursor[Row]) -> list[Row]:
    return cursor.fetchall() if cursor.description is not None else []


def _fetched(session: Session, sql: str, values: Sequence[object]) -> Generator[Row]:
    """Yield rows by a cursor of the server's, for a libpq that takes no parts of a result."""
    with session.cursor("callguard", binary=True) as cursor:
        cursor.itersize = _CHUNK
        cursor.execute(sql, values)
        yield from cursor
