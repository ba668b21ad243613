"""What stands behind a guard on the wire while it is measured, each a process: `python -m benchmarks.switches KIND [PORT]`.

`ami`, `esl`: a switch that answers each command at once. `relay`: the floor, a relay that reads nothing of what it passes on.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from contextlib import suppress

_ACTION_ID = re.compile(rb"\r\nActionID: ([^\r]*)\r\n")
_GREETING = {"ami": b"Asterisk Call Manager/9.0.0\r\n", "esl": b"Content-Type: auth/request\n\n"}


class Switch(asyncio.Protocol):
    """Answers whatever comes; it reads no more of it than it must."""

    def __init__(self, protocol: str) -> None:
        self._protocol, self._rest = protocol, b""
        self._end = b"\r\n\r\n" if protocol == "ami" else b"\n\n"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_GREETING[self._protocol])

    def data_received(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(self._end)
        answer = self._ami if self._protocol == "ami" else self._esl
        self._transport.write(b"".join(map(answer, whole)))

    @staticmethod
    def _ami(action: bytes) -> bytes:
        mark = _ACTION_ID.search(action + b"\r\n")
        return b"Response: Success\r\nActionID: %s\r\nMessage: Originate successfully queued\r\n\r\n" % (mark[1] if mark else b"")

    @staticmethod
    def _esl(command: bytes) -> bytes:
        if command.startswith(b"auth"):
            return b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"
        return b"Content-Type: api/response\nContent-Length: 3\n\n+OK"


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Pass bytes on in both directions, until one side has gone."""
    other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(64 * 1024):
                target.write(data)
                await target.drain()
            target.close()

    await asyncio.gather(carry(reader, other_writer), carry(other_reader, writer))


async def main(kind: str, port: int) -> None:
    """Listen on a free port of loopback, and say which."""
    loop = asyncio.get_running_loop()
    if kind == "relay":
        server = await asyncio.start_server(lambda reader, writer: relay(reader, writer, port), "127.0.0.1", 0)
    else:
        server = await loop.create_server(lambda: Switch(kind), "127.0.0.1", 0)
    host, listens = server.sockets[0].getsockname()
    print(json.dumps({"listening": f"{host}:{listens}"}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
