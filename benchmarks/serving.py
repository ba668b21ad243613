"""Processes that serve while something is measured: started, waited for, ended; connections that keep many requests under way."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parent.parent


class NotServing(Exception):  # noqa: N818 - what is said of a process then
    """A process ended before it served."""


@contextmanager
def serving(arguments: Sequence[str], folder: Path) -> Iterator[str]:
    """Run `python ARGUMENTS…`, whose first line on standard output is JSON with `listening`; yield that, and end it."""
    with (folder / "serving.err").open("ab") as err:
        process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, stderr=err, cwd=ROOT, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        told = json.loads(line) if line else {}
        if "listening" not in told:
            said = told.get("error") or (folder / "serving.err").read_text("utf-8", "replace")[-300:]
            raise NotServing(f"`python {' '.join(arguments[:3])} …` does not serve: {said}")
        yield told["listening"]
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def command(policy: Path, *words: str) -> list[str]:
    """Return the arguments of a `callguard` command that says where it listens."""
    return ["-m", "callguard", *words, "--policy", str(policy), "--json"]


class Pipe(asyncio.Protocol):
    """A connection that knows how many answers have come; `mark` ends each, or stands once in it."""

    def __init__(self, mark: bytes) -> None:
        self._mark, self._tail = mark, b""
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.said = b""  # the last part of what came
        self.answers = self._wanted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        data = self._tail + data
        self.answers += data.count(self._mark)
        cut = data.rfind(self._mark)
        rest = data if cut < 0 else data[cut + len(self._mark) :]
        self._tail = rest[-(len(self._mark) - 1) :]
        self.said = data[-500:]
        if self._waiter is not None and not self._waiter.done() and self.answers >= self._wanted:
            self._waiter.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error or ConnectionError(f"the connection ended; the last that came: {self.said!r}"))

    async def ask(self, data: bytes, answers: int) -> None:
        """Send requests at once, and wait until so many answers have come."""
        assert self._transport is not None
        self._wanted = self.answers + answers
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        await self._waiter

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def rate(pipes: Sequence[Pipe], span: float, request: Callable[[], bytes], together: int) -> float:
    """Return how many answers a second come over some connections, each with so many requests at once under way."""
    start = perf_counter()

    async def keep(pipe: Pipe) -> int:
        done = 0
        while perf_counter() - start < span:
            await pipe.ask(b"".join(request() for _ in range(together)), together)
            done += together
        return done

    done = await asyncio.gather(*map(keep, pipes))
    return sum(done) / (perf_counter() - start)
