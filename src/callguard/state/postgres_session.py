"""Sessions with a PostgreSQL server: none waits for long, and what goes wrong is told without secrets. Imports psycopg."""

from __future__ import annotations

import os
import select
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from psycopg import adapt
from psycopg.conninfo import conninfo_to_dict

from callguard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Generator

    from psycopg.abc import Buffer

T = TypeVar("T")

PATIENCE: Final = 8.0  # seconds of silence, after which a server is held to be lost

# a link that is cut is found within about four seconds, also while only an answer is awaited
_LINK: Final = {
    "connect_timeout": "3",
    "keepalives": "1",
    "keepalives_idle": "1",
    "keepalives_interval": "1",
    "keepalives_count": "3",
    "tcp_user_timeout": "3000",
    "fallback_application_name": "callguard",
}

# the server's own words are passed on for these kinds of errors only: those of others may hold what was written
_TELLING: Final = {"08", "25", "28", "3D", "42", "53", "55", "57", "58", "XX"}
_SENTENCES: Final = {
    "23505": "a row stands there already: another program writes to callguard's tables",
    "25006": "it takes no writing (a standby, or default_transaction_read_only): name the primary",
    "25P03": "it ended the transaction, which had been idle for too long: this process was held up",
    "53100": "its disk is full",
    "55P03": "others held callguard's lock for too long",
    "57014": "the statement took too long",
    "57P01": "it is shutting down",
    "57P02": "it has crashed and recovers",
    "57P03": "it is starting up",
    "XX001": "its data are damaged",
    "XX002": "an index of it is damaged",
}


class SilentError(psycopg.OperationalError):
    """The server has said nothing for too long."""


class Session(psycopg.Connection[tuple[Any, ...]]):
    """A connection on which no call waits longer than `patience` seconds for the server's next word; it is lost then."""

    patience: float = PATIENCE
    pooled: bool = False  # a pooler stands between, which may give each transaction to another session of the server's
    lazy: bool = False  # the server would tell of commits before they are on its disk
    forgotten: bool = False

    def wait(self, gen: Generator[Any, Any, T], *_: Any, **__: Any) -> T:
        """Consume a generator of psycopg's, which yields what it waits for (1: to read, 2: to write), and takes what is ready.

        The session is lost where the server is silent for too long, and where anything else ends the waiting.
        """
        waiting = select.poll()
        number = self.pgconn.socket
        try:
            awaited = next(gen)
            while True:
                waiting.register(number, (select.POLLIN if awaited & 1 else 0) | (select.POLLOUT if awaited & 2 else 0))
                awaited = gen.send(self._ready(waiting) or awaited)  # an error is read as well as an answer
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        except (SilentError, KeyboardInterrupt, SystemExit):
            self.pgconn.finish()
            raise

    def _ready(self, waiting: select.poll) -> int:
        found = waiting.poll(self.patience * 1000)
        if not found:
            raise SilentError(f"no answer for {self.patience:g} seconds")
        return (1 if found[0][1] & select.POLLIN else 0) | (2 if found[0][1] & select.POLLOUT else 0)

    def hang_up(self) -> None:
        """End the connection under whoever waits for it."""
        with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self.fileno())) as ours:
            ours.shutdown(socket.SHUT_RDWR)

    def __del__(self, *args: Any) -> None:
        if not self.forgotten:
            super().__del__(*args)


class _NumericLoader(adapt.Loader):
    """Sums of integers are integers, as SQLite has it."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        return int(text) if text.lstrip(b"-").isdigit() else float(text)


class Place:
    """Where a database is: how it is reached, and how it is named where people read it, without the password."""

    def __init__(self, url: str) -> None:
        try:
            asked = conninfo_to_dict(url)
        except psycopg.Error:  # its text may hold the address
            asked = {}
        if not asked:
            raise StateError(
                "`[state] url` is not an address of a PostgreSQL database; accepted: `postgresql://user:password@host:port/database`"
            )
        self._asked: dict[str, Any] = {**_LINK, **asked, "client_encoding": "UTF8"}
        self._secrets = [str(asked[name]) for name in ("password", "sslpassword") if asked.get(name)]
        host = str(asked.get("host") or asked.get("hostaddr") or "")
        port = f":{asked['port']}" if asked.get("port") else ""
        where = f"{port}/{asked.get('dbname', '')}" + (f"?host={host}" if host.startswith("/") else "")
        self._name = f"the database `postgresql://{'' if host.startswith('/') else host}{where}`"

    def __str__(self) -> str:
        return self._name

    def connect(self, *, patience: float = PATIENCE) -> Session:
        """Open a session that commits each statement by itself; StateError where it cannot be, or is not one to rely on."""
        session: Session | None = None
        try:
            session = Session.connect(autocommit=True, **self._asked)
            session.patience = patience
            session.adapters.register_loader("numeric", _NumericLoader)
            # a pooler must not see statements prepared, for which it might have another session: see whether one is there first
            session.prepare_threshold = None
            asked = (
                "SELECT pg_backend_pid(), pg_is_in_recovery(), current_setting('server_encoding'),"
                " current_setting('synchronous_commit'), current_setting('server_version_num')::int"
            )
            backend, standby, encoding, commits, version = session.execute(asked).fetchall()[0]
            wrong = None
            if standby:
                wrong = "is a standby, which takes no writing: name the primary, or both with `target_session_attrs=read-write`"
            elif encoding != "UTF8":
                wrong = f"is encoded in {encoding}; accepted: UTF8"
            elif version < 130000:
                wrong = f"is of PostgreSQL {version // 10000}; accepted: 13 or newer"
            session.lazy = commits == "off"
            session.pooled = backend != session.info.backend_pid
            if not session.pooled:
                session.prepare_threshold = 4
                session.execute(f"SET statement_timeout = {int(patience * 1000)}")
        except psycopg.Error as error:
            wrong = f"cannot be reached: {self._clean(error)}"
        if wrong is None and session is not None:
            return session
        if session is not None:
            session.close()
        raise StateError(f"{self} {wrong}")

    def told(self, error: Exception) -> StateError | ValueError:
        """Return what went wrong with a statement, without a word of what was in it; ValueError for values that no table takes."""
        if isinstance(error, SilentError):
            return StateError(f"{self} has not answered for {PATIENCE:.0f} seconds")
        if not isinstance(error, psycopg.Error) or isinstance(error, psycopg.DataError):
            return ValueError(f"{self} cannot store what was given: {type(error).__name__}")
        state = error.sqlstate
        if state is None:
            lost = isinstance(error, psycopg.OperationalError)
            return StateError(
                f"{self} {'was lost' if lost else 'cannot take this'}: {self._clean(error) if lost else type(error).__name__}"
            )
        sentence = _SENTENCES.get(state)
        if sentence is None:
            sentence = f"{type(error).__name__}"
            said = error.diag.message_primary if state[:2] in _TELLING else None
            if said:
                sentence += f", {self._hide(said)}"
        return StateError(f"{self} answered with an error: {sentence} (SQLSTATE {state})")

    def _clean(self, error: psycopg.Error) -> str:
        """Return what libpq says of a connection, on one line, without the password."""
        text = " ".join(str(error).split())
        return self._hide(text)[:400] or type(error).__name__

    def _hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text
