"""Which permits were used: remembered until they end, by one process or by all of a host."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

from callguard.errors import StateError

if TYPE_CHECKING:
    import sqlite3

Taken = Literal["used", "expired"] | None
NAME: Final = "permits.db"
_WAIT_S: Final = 2.0  # how long another process may keep the file
_SWEEP_S: Final = 1.0  # between two sweeps of those that ended
_OPENING: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "BEGIN IMMEDIATE",
    "CREATE TABLE IF NOT EXISTS used (id BLOB PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS used_until ON used (until)",
    "CREATE TABLE IF NOT EXISTS forgotten (until REAL NOT NULL)",  # one row: the latest end of those that were swept
    "INSERT INTO forgotten SELECT 0 WHERE NOT EXISTS (SELECT * FROM forgotten)",
    "COMMIT",
)
_FORGET: Final = "UPDATE forgotten SET until = max(until, coalesce((SELECT max(until) FROM used WHERE until <= ?), 0))"


_inherited: Final[list[sqlite3.Connection]] = []  # over a fork: the parent's, and not to be closed by the child


class Used(Protocol):
    """What remembers used permits."""

    def take(self, id_: bytes, until: float, now: float) -> Taken:
        """Use a permit that is good until an instant: None if it was not used before; else why not.

        Of several who take the same at once, one gets it. `expired`: it ended, by a later clock than `now`, and may be forgotten.
        StateError where that cannot be known.
        """
        ...


class UsedHere:
    """Remembers in one process, for its threads. In a forked process it says so and takes nothing: give those a `UsedOnHost`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[bytes] = set()
        self._ends: list[tuple[float, bytes]] = []
        self._forgotten = float("-inf")  # the latest end of those that are not remembered any more
        self._pid = os.getpid()

    def take(self, id_: bytes, until: float, now: float) -> Taken:
        """Use a permit; StateError in another process than the one it was made in."""
        if os.getpid() != self._pid:
            raise StateError("used permits are remembered in another process; accepted: a `UsedOnHost` for both")
        with self._lock:
            while self._ends and self._ends[0][0] <= now:
                self._forgotten, ended = heappop(self._ends)
                self._ids.discard(ended)
            if until <= max(now, self._forgotten):
                return "expired"
            if id_ in self._ids:
                return "used"
            self._ids.add(id_)
            heappush(self._ends, (until, id_))
            return None


class UsedOnHost:
    """Remembers in a file `permits.db` of a folder, for every process of the host that names the folder.

    It is opened when it is first needed, by each process for itself, and may be made before they fork. What was taken survives
    the processes, but perhaps not the host's power failing in the same seconds. The disk must be the host's own.
    """

    _connection: sqlite3.Connection | None = None

    def __init__(self, folder: str | Path) -> None:
        """Take the folder, which must be there."""
        self._path = Path(folder) / NAME
        self._lock = threading.Lock()
        self._pid = 0
        self._swept = float("-inf")

    def __repr__(self) -> str:
        return f"UsedOnHost({str(self._path.parent)!r})"

    def take(self, id_: bytes, until: float, now: float) -> Taken:
        """Use a permit; StateError where the file cannot be read and written."""
        import sqlite3

        with self._lock:
            try:
                return self._take(self._opened(), id_, until, now)
            except sqlite3.Error as error:
                self._let_go()
                raise StateError(f"`{self._path}` cannot be used ({error}); accepted: a folder on this host's own disk") from error

    def _take(self, connection: sqlite3.Connection, id_: bytes, until: float, now: float) -> Taken:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not self._swept <= now < self._swept + _SWEEP_S:
                connection.execute(_FORGET, (now,))
                connection.execute("DELETE FROM used WHERE until <= ?", (now,))
                self._swept = now
            (forgotten,) = connection.execute("SELECT until FROM forgotten").fetchone()
            found: Taken = None
            if until <= max(now, forgotten):
                found = "expired"
            elif not connection.execute("INSERT OR IGNORE INTO used VALUES (?, ?)", (id_, until)).rowcount:
                found = "used"
            connection.execute("COMMIT")
        except BaseException:
            with suppress(Exception):
                connection.execute("ROLLBACK")
            raise
        return found

    def _opened(self) -> sqlite3.Connection:
        import sqlite3

        if self._connection is None or self._pid != os.getpid():
            self._let_go()
            self._pid = os.getpid()
            self._make()
            connection = sqlite3.connect(self._path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
            try:
                for statement in _OPENING:
                    connection.execute(statement)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _make(self) -> None:
        """Make the file where there is none, for its owner alone."""
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            return
        except OSError as error:
            said = f"`{self._path}` cannot be made ({error.strerror}); accepted: a folder that this user may write"
            raise StateError(said) from error

    def _let_go(self) -> None:
        found, self._connection = self._connection, None
        if found is not None and self._pid != os.getpid():
            _inherited.append(found)
        elif found is not None:
            with suppress(Exception):
                found.close()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._let_go()

    def __del__(self) -> None:
        self._let_go()
