"""genesis, FreeSWITCH's client for asyncio: whatever it sends is decided before it leaves.

judge = Judge(guard=guard, campaign="survey", caller="01085550100")
async with guarded(Inbound("127.0.0.1", 8021, "ClueCon"), judge) as switch:
    await switch.send("api originate sofia/gateway/trunk/13800130100 &park()")
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from callguard.dialers.esl import OURS, REPLIES, Connection, Gate, is_new
from callguard.judging.denied import Denied

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.judging.judge import Judge

Client = TypeVar("Client")


def guarded(client: Client, judge: Judge) -> Client:
    """Return an Inbound, a Consumer, an Outbound, a Session or a Channel whose every command is decided before it is sent.

    It is the same object. What it sends raises DialDenied where a call may not be placed, Denied where the command cannot be read
    for certain or is not known to be harmless; nothing is sent then. TypeError for anything else, ValueError where another judge
    has it, ImportError without genesis.
    """
    try:
        from genesis import Channel, Consumer, Inbound, Outbound, Session
    except ImportError as error:
        raise ImportError("genesis is not installed: pip install 'callguard-outbound[genesis]', on Python 3.11 or 3.12") from error

    if isinstance(client, Inbound | Session):
        _guard(client, judge)
    elif isinstance(client, Consumer | Channel):
        _guard(client.protocol, judge)
    elif isinstance(client, Outbound):
        _serve(client, judge)
    else:
        raise TypeError(
            f"a {type(client).__name__} is no client of genesis; accepted: Inbound, Consumer, Outbound, Session, Channel"
        )
    return client


def _guard(protocol: Any, judge: Judge) -> None:
    """Make a connection one that is guarded."""
    if not is_new(protocol, judge, "client"):
        return
    connection = _Connection(judge)
    protocol.__dict__[OURS] = connection
    protocol.event_processors.append(connection.process)
    if protocol.subscriptions.all_events or protocol.subscriptions.myevents:
        connection.calls.subscribe("ALL")
    kind: Any = type(protocol)
    protocol.__class__ = _guarded_kind(kind)


def _serve(server: Any, judge: Judge) -> None:
    """Guard each session that a server is given, before its handler sees it."""
    if not is_new(server, judge, "server"):
        return
    server.__dict__[OURS] = judge
    handler = server.app

    async def handle(session: Any) -> None:
        await handler(guarded(session, judge))

    server.app = handle


class _Connection(Connection):
    """One connection of genesis; outcomes are kept in threads of the loop's."""

    def __init__(self, judge: Judge) -> None:
        super().__init__(judge, self._in_a_thread)
        self._running: set[asyncio.Future[None]] = set()

    def _in_a_thread(self, work: Callable[[], None]) -> None:
        running = asyncio.get_running_loop().run_in_executor(None, work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def process(self, _protocol: Any, event: Any) -> None:
        """Take an event, before its handlers; after a reply, let whoever waits for it take it first."""
        if event.get("Content-Type") in REPLIES:
            await asyncio.sleep(0)
        else:
            self.told(event, event.body or "")

    async def kept(self) -> None:
        """Return when every outcome is kept."""
        while self._running:
            await asyncio.wait(self._running)


@cache
def _guarded_kind(kind: Any) -> Any:
    """Return a class of connections whose `send` decides, and whose writer lets only what was decided through."""

    async def send(self: Any, cmd: str) -> Any:
        """Send a command; DialDenied where the policy decided so, else Denied, before anything is sent."""
        ours: _Connection = self.__dict__[OURS]
        try:
            command, ask = ours.read(cmd)
            placing = None if ask is None else await ours.judge.place(ask)
        except Denied as why:
            raise why.raised() from None
        ours.calls.own = getattr(self, "uuid", None)
        with ours.sending(command, ask, placing) as (text, call):
            reply = await kind.send(self, text)
        if call is not None:
            api = reply.get("Content-Type") == "api/response"
            ours.calls.replied(call, (reply.body if api else reply.get("Reply-Text")) or "", api=api)
        return reply

    async def stop(self: Any) -> None:
        """End the connection; what is not known to have ended by then is recorded as unknown."""
        ours: _Connection = self.__dict__[OURS]
        try:
            await kind.stop(self)
        finally:
            ours.leave()
        await ours.kept()

    def writer(self: Any) -> Gate | None:
        raw = self.__dict__.get("writer")
        return None if raw is None else Gate(raw, self.__dict__[OURS])

    def set_writer(self: Any, raw: Any) -> None:
        self.__dict__["writer"] = raw

    return type(kind.__name__, (kind,), {"send": send, "stop": stop, "writer": property(writer, set_writer)})
