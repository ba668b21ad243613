"""The process that hosts the application: careful with connections, signals and what it logs."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from callguard.service.asgi import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callguard.service.desk import Desk
    from callguard.service.sockets import Listening

_HEAD: Final = 16_384  # bytes of a request's line and headers
_KEEP_ALIVE_S: Final = 60
_GRACE_S: Final = 30
_THREADS: Final = 32
_SIGNALS: Final = ("SIGINT", "SIGTERM")


class Server(uvicorn.Server):
    """A server that stops on SIGTERM and SIGINT without dying of them, and reloads on SIGHUP.

    `drain` seconds pass between the first of them, from when on it is not ready, and the end; a second one ends it at once.
    """

    def __init__(self, config: uvicorn.Config, desk: Desk, drain: float, started: Callable[[], None]) -> None:
        """Take what it serves, and what is told once it does."""
        super().__init__(config)
        self._desk, self._drain, self._started = desk, drain, started
        self._reloading: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Start, and say so."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="callguard-service"))
        await super().startup(sockets)
        self._started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals on the loop, where it can."""
        loop = asyncio.get_running_loop()
        handlers: dict[str, Callable[[], None]] = {**dict.fromkeys(_SIGNALS, self._stop), "SIGHUP": self._reload}
        there = {getattr(signal, name): handler for name, handler in handlers.items() if hasattr(signal, name)}
        try:
            for number, handler in there.items():
                loop.add_signal_handler(number, handler)
        except NotImplementedError:  # Windows
            with super().capture_signals():
                yield
            return
        try:
            yield
        finally:
            for number in there:
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        if self._desk.stopping:
            self.should_exit = True
            return
        self._desk.stopping = True
        asyncio.get_running_loop().call_later(self._drain, self._end)

    def _end(self) -> None:
        self.should_exit = True

    def _reload(self) -> None:
        task = asyncio.get_running_loop().create_task(self._desk.reload())
        self._reloading.add(task)
        task.add_done_callback(self._reloading.discard)


def careful(read_s: float, connections: int) -> type[H11Protocol]:
    """Return a protocol that closes connections whose request's head is not here in time, or that are too many."""

    class Careful(H11Protocol):
        """One connection."""

        _due: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > connections:
                transport.abort()
                return
            self._await_head()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is not h11.IDLE:
                self._head_is_here()
            elif self.timeout_keep_alive_task is None:
                self._await_head()

        def connection_lost(self, exc: Exception | None) -> None:
            self._head_is_here()
            super().connection_lost(exc)

        def _await_head(self) -> None:
            if self._due is None:
                self._due = self.loop.call_later(read_s, self._late)

        def _head_is_here(self) -> None:
            if self._due is not None:
                self._due.cancel()
                self._due = None

        def _late(self) -> None:
            self._due = None
            if self.conn.their_state is h11.IDLE and (self.cycle is None or self.cycle.response_complete):
                self.transport.abort()

    return Careful


def serve(
    desk: Desk,
    listening: Listening,
    *,
    drain: float = 0.0,
    tls: tuple[str, str] | None = None,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Serve until a signal ends it; `tls` is the certificate's and the key's file."""
    certificate, key = tls or (None, None)
    config = uvicorn.Config(
        build(desk),
        http=careful(desk.limits.read_s, desk.limits.connections),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
        h11_max_incomplete_event_size=_HEAD,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    Server(config, desk, drain, started).run([listening.socket])


class _Lines(logging.Formatter):
    """Lines that say where an exception came from and of which type it was, but not its text, which may hold a number."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's
        kind, _, trace = ei
        return f"{''.join(traceback.format_tb(trace))}{getattr(kind, '__name__', kind)}"


def log_to_stderr() -> None:
    """Write what the service and its server have to say on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines("%(asctime)s %(levelname)s %(message)s"))
    for name, level in (("callguard.service", logging.INFO), ("uvicorn.error", logging.WARNING), ("asyncio", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
