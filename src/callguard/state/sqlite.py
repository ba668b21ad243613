"""SQLite as an engine: the database of a host that needs no other, in one file of the state's folder."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from callguard.errors import StateError
from callguard.state import forking
from callguard.state.migrating import migrate

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from callguard.state.engine import Row

NAME: Final = "callguard.db"
APPLICATION: Final = 0x6367_7264  # "cgrd", in the header of the file
_WAIT_S: Final = 5.0  # how long others may keep the database locked
_POLL_S: Final = 0.0003  # between two attempts to lock it: a group of another process takes a few milliseconds
_CHUNK: Final = 2_000  # rows that a stream yields at once; more would only be looked at for cycles
_WAL_BYTES: Final = 64 << 20  # that the log of the database keeps when it begins anew
_CACHE_KB: Final = 1_024  # of each connection; what else is needed stands in the system's


def open_sqlite(folder: Path) -> Sqlite:
    """Open the database of a state's folder, made where there is none (mode 0600); StateError where it cannot be used."""
    engine = Sqlite(folder.absolute() / NAME)
    try:
        engine.prepare()
    except BaseException:
        engine.close()
        raise
    return engine


class Sqlite:
    """One writing connection, one that reads, and one for each stream; none of them is carried over a fork."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = f"`{path}`"
        self._log_path = path.with_name(f"{path.name}-wal")
        self._closed = False
        self._resting: list[Any] = []
        self._renew()
        forking.register(self, forking.ASKING)

    def _renew(self) -> None:
        self._writing, self._reading, self._streaming = threading.RLock(), threading.RLock(), threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._streams: set[sqlite3.Connection] = set()
        self._log: list[int] = []  # the inode of the database's log, which stays while a connection is open; another list after

    def prepare(self) -> None:
        """Make the file where there is none, see that it is callguard's, and bring its schema up to date."""
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            pass  # opened by SQLite alone: closing a descriptor of one's own would end the locks of every guard of this process
        except OSError as error:
            raise StateError(f"`{self.path}` cannot be made ({error.strerror or type(error).__name__}); {_ACCEPTED}") from error
        migrate(self, "sqlite", version=self._version, note=self._note_version, place=f"`{self.path}`")

    def _version(self) -> int:
        within = self._writer is not None and self._writer.in_transaction
        found: int = (self.execute if within else self.read)("PRAGMA user_version")[0][0]
        return found

    def _note_version(self, version: int) -> None:
        self.execute(f"PRAGMA user_version = {version}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin to write, waiting for others up to five seconds; commit at the end, roll back when the block raises."""
        import sqlite3

        with self._writing:
            try:
                connection = self._begin()
            except sqlite3.Error as error:
                raise self._error(error) from error
            try:
                yield
                connection.execute("COMMIT")
            except BaseException as error:
                self._roll_back(connection)
                if isinstance(error, sqlite3.Error):
                    raise self._error(error) from error
                raise

    def _begin(self) -> sqlite3.Connection:
        import sqlite3

        if self._writer is None:
            self._writer = self._connect()
        until = time.monotonic() + _WAIT_S
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if _code(error) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(_POLL_S)
            else:
                return self._writer

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        import sqlite3

        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._writer, self._log = None, []  # another one will find out what is the matter
            with suppress(sqlite3.Error):
                connection.close()

    def execute(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement within the transaction, and return its rows."""
        import sqlite3

        assert self._writer is not None, "within a transaction"
        try:
            return self._writer.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._error(error) from error

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once for each row within the transaction."""
        import sqlite3

        assert self._writer is not None, "within a transaction"
        try:
            self._writer.executemany(sql, rows)
        except sqlite3.Error as error:
            raise self._error(error) from error

    def read(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a query on the connection that never writes, and return its rows."""
        import sqlite3

        with self._reading:
            try:
                if self._reader is None:
                    self._reader = self._connect(reads=True)
                return self._reader.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise self._error(error) from error

    def stream(self, sql: str, values: Sequence[object] = ()) -> Iterator[list[Row]]:
        """Run a query on a connection of its own, and yield its rows in large lists; StateError when the process forks."""
        import sqlite3

        with self._streaming:
            try:
                connection = self._connect(reads=True)
            except sqlite3.Error as error:
                raise self._error(error) from error
            self._streams.add(connection)
        try:
            cursor = None
            while True:
                with self._streaming:
                    if connection not in self._streams:
                        raise StateError(f"the process was forked while `{self.path}` was read; read it again")
                    try:
                        cursor = connection.execute(sql, values) if cursor is None else cursor
                        rows = cursor.fetchmany(_CHUNK)
                    except sqlite3.Error as error:
                        raise self._error(error) from error
                if not rows:
                    return
                yield rows
        finally:
            with self._streaming:
                if connection in self._streams:
                    self._streams.discard(connection)
                    connection.close()

    def identity(self) -> object:
        """Return what tells the file from others in its place; (0, 0) where it, or its log beside it, has gone."""
        log = self._log
        try:
            found = self.path.stat()
        except OSError:
            return 0, 0
        try:
            kept = self._writer is None or _same(log, self._log_path)
        except OSError:
            kept = False
        return (found.st_dev, found.st_ino) if kept or log is not self._log else (0, 0)

    def nudge(self) -> None:
        """Do nothing: all who share the file share the tail, too."""

    def wait(self, seconds: float) -> bool:
        """Wait."""
        time.sleep(seconds)
        return False

    def before_fork(self) -> None:
        """Close every connection, and let none be opened until the fork is over.

        What SQLite knows of a file's locks is the process's, and a child would take the parent's for its own.
        """
        locks = (self._streaming, self._writing, self._reading)
        self._resting = [lock for lock in locks if lock.acquire(timeout=2 * _WAIT_S)]
        if len(self._resting) == len(locks):
            self._close()

    def after_fork(self, *, child: bool) -> None:
        """Let connections be opened again; in a child that was forked in the midst of something, never more."""
        resting, self._resting = self._resting, []
        if child:
            self._closed = self._closed or len(resting) < 3
            self._renew()
        else:
            for lock in resting:
                lock.release()

    def abandon(self) -> None:
        """Do nothing: no connection is carried over a fork, see `before_fork`."""

    def close(self) -> None:
        """Close every connection; a later call opens new ones no more."""
        with self._streaming, self._writing, self._reading:
            self._closed = True
            self._close()

    def _close(self) -> None:
        import sqlite3

        open_now = (*self._streams, self._reader, self._writer)
        self._streams.clear()
        self._reader = self._writer = None
        self._log = []
        for connection in open_now:
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()

    def _connect(self, *, reads: bool = False) -> sqlite3.Connection:
        import sqlite3

        if self._closed:
            raise StateError(f"`{self.path}` was closed; open another guard")
        connection = sqlite3.connect(
            self.path.as_uri() + "?mode=rw",  # never made anew where it has gone
            uri=True,
            timeout=_WAIT_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "temp_store = MEMORY", f"cache_size = -{_CACHE_KB}"):
                connection.execute(f"PRAGMA {pragma}")
            self._begin_log(connection)
            if reads:
                connection.execute("PRAGMA query_only = ON")
            else:
                for pragma in (
                    "synchronous = FULL",
                    "fullfsync = ON",
                    "checkpoint_fullfsync = ON",
                    f"journal_size_limit = {_WAL_BYTES}",
                    "busy_timeout = 0",  # waited for in shorter steps, see `_begin`
                ):
                    connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin_log(self, connection: sqlite3.Connection) -> None:
        """See that the database is callguard's, or empty, and let it write ahead to a log; several may begin at once."""
        import sqlite3

        until = time.monotonic() + _WAIT_S
        while True:
            try:
                pages = connection.execute("PRAGMA page_count").fetchone()[0]
                if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                    if pages:
                        raise self._foreign()
                    connection.execute(f"PRAGMA application_id = {APPLICATION}")
                mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            except sqlite3.OperationalError as error:
                if _code(error) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(_POLL_S)
            else:
                break
        if mode != "wal":
            raise StateError(f"`{self.path}` cannot be kept in WAL mode (it is in mode `{mode}`); {_ACCEPTED}")

    def _error(self, error: Any) -> StateError:
        """Return what a person can do something with; SQLite's own text names no values."""
        import sqlite3

        code = _code(error) & 0xFF
        place = f"`{self.path}`"
        if code == sqlite3.SQLITE_NOTADB:
            return self._foreign()
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return StateError(f"{place} was locked by another program for more than {_WAIT_S:g} seconds; end what holds it open")
        if code == sqlite3.SQLITE_FULL:
            return StateError(f"{place} cannot grow: its disk is full; make room there")
        if code == sqlite3.SQLITE_READONLY:
            return StateError(f"{place} cannot be written to ({_name(error)}); {_ACCEPTED}")
        if code == sqlite3.SQLITE_CORRUPT:
            return StateError(f"{place} is damaged ({error}); put a sound copy in its place, or save what can be read of it")
        if code == sqlite3.SQLITE_CANTOPEN:
            return StateError(f"{place} cannot be opened ({_name(error)}); {_ACCEPTED}")
        if code == sqlite3.SQLITE_IOERR:
            return StateError(f"{place} cannot be read or written: its disk fails ({_name(error)})")
        return StateError(f"{place} cannot be used: {error} ({_name(error)})")

    def _foreign(self) -> StateError:
        return StateError(f"`{self.path}` is no database of callguard's; accepted: a folder of the state's own, in `[state] path`")


_ACCEPTED: Final = "accepted: a folder on a local disk that this user may write to"


def _same(log: list[int], path: Path) -> bool:
    """Return whether a file is the one that was seen first."""
    inode = path.stat().st_ino
    if not log:
        log.append(inode)
    return log[0] == inode


def _code(error: Any) -> int:
    return getattr(error, "sqlite_errorcode", None) or 0


def _name(error: Any) -> str:
    return getattr(error, "sqlite_errorname", None) or type(error).__name__
