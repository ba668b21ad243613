"""Counters over HTTP, for processes that serve nothing else: `GET /metrics`, and no more."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.watching.counters import Counters

MEDIA: Final = "text/plain; version=0.0.4; charset=utf-8"
_HEAD: Final = 16_384  # bytes of a request
_PATIENCE_S: Final = 10.0


async def serve(counters: Counters, host: str, port: int) -> asyncio.Server:
    """Answer to whoever reaches an address with what was counted; OSError where it cannot be listened on."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # whoever asks amiss, or goes away, gets no answer
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE_S)
                writer.write(_answer(counters, head))
                await asyncio.wait_for(writer.drain(), _PATIENCE_S)
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port, limit=_HEAD)


def _answer(counters: Counters, head: bytes) -> bytes:
    method, _, rest = head.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0]
    if path != b"/metrics":
        status, text = "404 Not Found", ""
    elif method not in (b"GET", b"HEAD"):
        status, text = "405 Method Not Allowed", ""
    else:
        status, text = "200 OK", counters.text()
    body = text.encode()
    said = f"HTTP/1.1 {status}\r\nContent-Type: {MEDIA}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    return said if method == b"HEAD" else said + body
