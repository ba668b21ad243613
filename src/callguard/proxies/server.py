"""Listening for clients: how many, in which way, and how it ends."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

import attrs

if TYPE_CHECKING:
    import ssl

    from callguard.judging.judge import Judge
    from callguard.proxies.connection import Connection

_LOG: Final = logging.getLogger("callguard.proxies")


@attrs.frozen
class Address:
    """A host and a port."""

    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `HOST:PORT`, `[IPv6]:PORT`; ValueError for anything else."""
        host, colon, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not colon or not host or not (port.isascii() and port.isdecimal()) or not 0 <= int(port) <= 65535:
            raise ValueError("no HOST:PORT")
        return cls(host, int(port))

    @property
    def is_loopback(self) -> bool:
        """Whether only this host reaches it."""
        import ipaddress

        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@attrs.frozen(kw_only=True)
class Settings:
    """Where a proxy listens, and what it stands before; seconds."""

    listen: Address
    upstream: Address
    tls: ssl.SSLContext | None = None
    upstream_tls: ssl.SSLContext | None = None
    connections: int = 256
    login_s: float = 30.0
    grace_s: float = 5.0


class Server:
    """A guard on the wire, listening; `kind` is the protocol's Connection."""

    def __init__(self, kind: type[Connection[object, object]], judge: Judge, settings: Settings) -> None:
        self._kind = kind
        self._judge = judge
        self._settings = settings
        self._open: dict[asyncio.Task[None], Connection[object, object]] = {}
        self._server: asyncio.Server | None = None
        self.port = settings.listen.port  # once it listens, the one that it got

    async def start(self) -> None:
        """Listen; OSError where that cannot be."""
        listen, settings = self._settings.listen, self._settings
        self._server = await asyncio.start_server(self._accept, listen.host, listen.port, ssl=settings.tls, backlog=128)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Take no more clients or calls, wait a few seconds for what is under way, then end what is left."""
        assert self._server is not None
        self._server.close()
        for connection in self._open.values():
            connection.stopping = True
        if self._open:
            await asyncio.wait(self._open, timeout=self._settings.grace_s)
        left = list(self._open)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), self._settings.grace_s)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = self._kind((reader, writer), self._judge, login_s=self._settings.login_s)
        task = asyncio.current_task()
        assert task is not None
        if len(self._open) >= self._settings.connections:
            _LOG.warning("%s: too many connections", connection.protocol)
            writer.write(connection.failed("too many connections"))
            writer.close()
            return
        self._open[task] = connection
        try:
            await connection.run(self._connect)
        except asyncio.CancelledError:
            pass  # the server stops; asyncio would report it as an error
        finally:
            del self._open[task]
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        upstream = self._settings.upstream
        return await asyncio.open_connection(upstream.host, upstream.port, ssl=self._settings.upstream_tls)
