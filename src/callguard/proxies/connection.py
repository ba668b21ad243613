"""One client's connection through a guard, and its own to the switch: whole messages in both directions, nothing unread."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from callguard.commands.ami_wire import Broken
from callguard.judging.denied import Denied

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from callguard.judging.judge import Ask, Judge, Placing

    Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_LOG: Final = logging.getLogger("callguard.proxies")
_AT_ONCE: Final = 64 * 1024
_CONNECT_S: Final = 10.0
_CLOSE_S: Final = 5.0

Asked = TypeVar("Asked")
Said = TypeVar("Said")
Told_co = TypeVar("Told_co", covariant=True)


class Requests(Protocol[Told_co]):
    """Reads what clients send."""

    broken: str | None

    def feed(self, data: bytes) -> Sequence[Told_co]:
        """Return the messages that are complete."""
        ...


class Answers(Protocol[Told_co]):
    """Reads what the switch sends."""

    def feed(self, data: bytes) -> Sequence[Told_co]:
        """Return the messages that are complete; Broken for one without an end."""
        ...


class Connection(ABC, Generic[Asked, Said]):
    """What is alike in all protocols; `run` returns when either side has gone, and whatever was placed is settled."""

    protocol = ""

    def __init__(self, client: Opened, judge: Judge, *, login_s: float) -> None:
        self._from_client, self._client = client
        self._judge = judge
        self._login_s = login_s
        self._draining = asyncio.Lock()
        self._out: list[bytes] = []
        self._settling: set[asyncio.Task[None]] = set()
        self._login_told = asyncio.Event()
        self.logged_in = False
        self.stopping = False

    # ---- what a protocol is

    @abstractmethod
    def requests(self) -> Requests[Asked]:
        """Return a new reader of what clients send."""

    @abstractmethod
    def answers(self) -> Answers[Said]:
        """Return a new reader of what the switch sends."""

    @abstractmethod
    def read(self, message: Asked) -> Ask | None:
        """Return whom a message calls, None where nobody; Denied."""

    @abstractmethod
    def passed(self, message: Asked, ask: Ask | None, placing: Placing | None) -> bytes:
        """Return what goes to the switch for a message that was not denied; `ask` and `placing` where it calls somebody."""

    @abstractmethod
    def denied(self, message: Asked, why: Denied) -> None:
        """Answer a message that was denied."""

    @abstractmethod
    def told(self, answer: Said) -> bytes:
        """Take what the switch sends; return what goes to the client."""

    @abstractmethod
    def failed(self, why: str) -> bytes:
        """Return the protocol's words for a connection that ends, or never began."""

    @abstractmethod
    def left(self) -> Sequence[Placing]:
        """Return what was placed and not settled."""

    @property
    @abstractmethod
    def login_asked(self) -> bool:
        """Whether a login was passed on and not yet answered."""

    # ---- what is alike

    async def run(self, connect: Callable[[], Awaitable[Opened]]) -> None:
        """Carry messages until either side has gone."""
        try:
            from_switch, self._switch = await asyncio.wait_for(connect(), _CONNECT_S)
        except (OSError, TimeoutError) as error:
            _LOG.warning("%s: the switch cannot be reached: %s", self.protocol, type(error).__name__)
            await self._end(self._client, self.failed("the switch cannot be reached"))
            return
        timer = asyncio.get_running_loop().call_later(self._login_s, self._too_late)
        carried = [asyncio.create_task(self._carry_out()), asyncio.create_task(self._carry_back(from_switch))]
        try:
            await asyncio.wait(carried, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            self._login_told.set()
            for task in carried:
                task.cancel()
            for ended in await asyncio.gather(*carried, return_exceptions=True):
                if isinstance(ended, Exception) and not isinstance(ended, OSError):
                    _LOG.error("%s: a connection ended by %s", self.protocol, type(ended).__name__)
            for placing in self.left():
                self.settle(placing, "unknown")
            await asyncio.gather(self._end(self._client), self._end(self._switch))
            await self.settled()

    def settle(self, placing: Placing, outcome: str, *, released: bool = False) -> None:
        """Record how what was placed ended, beside the loop."""
        if placing:
            self.beside(placing.settle(outcome, released=released))

    def beside(self, work: Coroutine[Any, Any, None] | None) -> None:
        """Do a work beside the loop that carries; it is done before the connection ends."""
        if work is not None:
            task = asyncio.create_task(work)
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)

    async def settled(self) -> None:
        """Return when every outcome is kept."""
        while self._settling:
            await asyncio.wait(self._settling)  # gather of what is done gives no turn to the loop, from Python 3.12 on

    def answered_login(self, accepted: bool) -> None:
        """Take the switch's answer to a login."""
        self.logged_in = self.logged_in or accepted
        self._login_told.set()

    def to_switch(self, data: bytes) -> None:
        """Send to the switch, with what else was read at once."""
        self._out.append(data)

    def to_client(self, data: bytes) -> None:
        """Send a whole message to the client."""
        self._client.write(data)

    def _too_late(self) -> None:
        if not self.logged_in:
            _LOG.info("%s: no login in time", self.protocol)
            self.to_client(self.failed("no login in time"))
            self._client.close()
            self._switch.close()

    async def _carry_out(self) -> None:
        reader = self.requests()
        while data := await self._from_client.read(_AT_ONCE):
            for message in reader.feed(data):
                await self._take(message)
            await self._flush()
            if reader.broken is not None:
                _LOG.warning("%s: what a client sent cannot be read: %s", self.protocol, reader.broken)
                self.to_client(self.failed(f"unreadable: {reader.broken}"))
                return

    async def _take(self, message: Asked) -> None:
        placing = None
        try:
            ask = self.read(message)
            if ask is not None:
                await self._flush()
                await self._await_login()
                placing = await self._judge.place(ask)
                if placing:
                    _LOG.info("%s: passed on, %d allowed", self.protocol, len(placing))
        except Denied as why:
            _LOG.info("%s: denied: %s", self.protocol, why)
            self.denied(message, why)
        else:
            self.to_switch(self.passed(message, ask, placing))

    async def _await_login(self) -> None:
        """Do nothing where the switch has accepted a login; Denied where it has not, for what is asked before counts nothing."""
        if self.stopping:
            raise Denied("stopping")
        if not self.logged_in and self.login_asked:
            self._login_told.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._login_told.wait(), self._login_s)
        if not self.logged_in:
            raise Denied("not-logged-in")

    async def _flush(self) -> None:
        if self._out:
            data, self._out = b"".join(self._out), []
            self._switch.write(data)
            await self._switch.drain()
        await self._drain()

    async def _carry_back(self, from_switch: asyncio.StreamReader) -> None:
        reader = self.answers()
        try:
            while data := await from_switch.read(_AT_ONCE):
                answers = [self.told(answer) for answer in reader.feed(data)]
                if answers:
                    self.to_client(b"".join(answers))
                    await self._drain()
        except Broken as why:
            _LOG.error("%s: what the switch sent cannot be read: %s", self.protocol, why)

    async def _drain(self) -> None:
        async with self._draining:
            await self._client.drain()

    async def _end(self, writer: asyncio.StreamWriter, last: bytes = b"") -> None:
        with suppress(OSError, TimeoutError, RuntimeError):
            if last:
                writer.write(last)
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), _CLOSE_S)
        if not writer.transport.is_closing():
            writer.transport.abort()
