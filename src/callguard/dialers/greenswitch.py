"""greenswitch, FreeSWITCH's client for gevent: whatever it sends is decided before it leaves.

judge = Judge(guard=guard, campaign="survey", caller="01085550100")
switch = guarded(InboundESL(host="127.0.0.1", port=8021, password="ClueCon"), judge)
switch.connect()
switch.send("bgapi originate sofia/gateway/trunk/13800130100 &park()")
"""

from __future__ import annotations

from contextvars import copy_context
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from callguard.dialers.esl import OURS, REPLIES, Connection, Gate, is_new
from callguard.judging.denied import Denied
from callguard.judging.judge import Placing

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.judging.judge import Ask, Judge

Client = TypeVar("Client")


def guarded(client: Client, judge: Judge) -> Client:
    """Return an InboundESL, an OutboundESLServer or an OutboundSession whose every command is decided before it is sent.

    It is the same object. What it sends raises DialDenied where a call may not be placed, Denied where the command cannot be read
    for certain or is not known to be harmless; nothing is sent then. Decisions wait in threads of gevent's pool, other greenlets
    run on. TypeError for anything else, ValueError where another judge has it, ImportError without greenswitch.
    """
    try:
        from greenswitch.esl import ESLProtocol, OutboundESLServer
    except ImportError as error:
        raise ImportError("greenswitch is not installed: pip install 'callguard-outbound[greenswitch]'") from error

    if isinstance(client, ESLProtocol):
        _guard(client, judge)
    elif isinstance(client, OutboundESLServer):
        _serve(client, judge)
    else:
        raise TypeError(
            f"a {type(client).__name__} is no client of greenswitch; accepted: InboundESL, OutboundESLServer, OutboundSession"
        )
    return client


def _guard(protocol: Any, judge: Judge) -> None:
    """Make a connection one that is guarded."""
    if not is_new(protocol, judge, "client"):
        return
    protocol.__dict__[OURS] = _Connection(judge)
    kind: Any = type(protocol)
    protocol.__class__ = _guarded_kind(kind)


def _serve(server: Any, judge: Judge) -> None:
    """Guard each session that a server is given, before its application sees it."""
    if not is_new(server, judge, "server"):
        return
    server.__dict__[OURS] = judge
    application = server.application
    server.application = lambda session: application(guarded(session, judge))


class _Connection(Connection):
    """One connection of greenswitch.

    What waits for the store waits in a thread of gevent's pool, and other greenlets run on. Where `threading` is patched, the
    guard's locks are gevent's, which are for the greenlets of one thread: there it waits in its greenlet.
    """

    def __init__(self, judge: Judge) -> None:
        super().__init__(judge, self._beside_others)
        from gevent.lock import Semaphore

        self._running: set[Any] = set()
        self.writing = Semaphore()

    def _beside_others(self, work: Callable[[], None]) -> None:
        import gevent

        running = gevent.spawn(work) if _is_patched() else gevent.get_hub().threadpool.spawn(work)
        self._running.add(running)
        running.rawlink(self._running.discard)

    def place(self, ask: Ask) -> Placing:
        """Decide; Denied."""
        import gevent

        if _is_patched():
            return self.judge.place_sync(ask)
        # within what is said around this greenlet
        placed = gevent.get_hub().threadpool.spawn(copy_context().run, _placed, self.judge, ask)
        try:
            found = placed.get()
        except BaseException:  # whoever asked waits no longer
            placed.rawlink(partial(gevent.spawn, self._give_back))
            raise
        if isinstance(found, Denied):
            raise found
        assert isinstance(found, Placing)
        return found

    def _give_back(self, placed: Any) -> None:
        """Give back the counts of calls that will never be placed."""
        if isinstance(placed.value, Placing):
            self.settle(placed.value, "failed", released=True)

    def kept(self) -> None:
        """Return when every outcome is kept."""
        import gevent

        while self._running:
            gevent.wait(list(self._running))


def _is_patched() -> bool:
    from gevent import monkey

    return bool(monkey.is_module_patched("threading"))


def _placed(judge: Judge, ask: Ask) -> Placing | Denied:
    """Decide; gevent writes about what a thread of its pool raises, so that a denial is returned."""
    try:
        return judge.place_sync(ask)
    except Denied as why:
        return why


@cache
def _guarded_kind(kind: Any) -> Any:
    """Return a class of connections whose `send` decides, and whose socket lets only what was decided through."""

    def send(self: Any, data: str) -> Any:
        """Send a command; DialDenied where the policy decided so, else Denied, before anything is sent."""
        ours: _Connection = self.__dict__[OURS]
        try:
            command, ask = ours.read(data)
            placing = None if ask is None else ours.place(ask)
        except Denied as why:
            raise why.raised() from None
        ours.calls.own = (getattr(self, "session_data", None) or {}).get("Unique-ID")
        with ours.sending(command, ask, placing) as (text, call):
            reply = kind.send(self, text)
        if call is not None:
            ours.calls.replied(call, reply.data or "", api=reply.headers.get("Content-Type") == "api/response")
        return reply

    def handle_event(self: Any, event: Any) -> None:
        """Take an event, before its handlers; after a reply, let whoever waits for it take it first."""
        import gevent

        kind.handle_event(self, event)
        ours: _Connection = self.__dict__[OURS]
        if event.headers.get("Content-Type") in REPLIES:
            gevent.sleep(0)
        else:
            # it reads the body of an event as if it were more of the last header
            ours.told(event.headers, event.headers.get("Content-Length", "").partition("\n")[2])

    def stop(self: Any) -> None:
        """End the connection; what is not known to have ended by then is recorded as unknown."""
        ours: _Connection = self.__dict__[OURS]
        try:
            kind.stop(self)
        finally:
            ours.leave()
        ours.kept()

    def sock(self: Any) -> Gate | None:
        raw = self.__dict__.get("sock")
        return None if raw is None else Gate(raw, self.__dict__[OURS], self.__dict__[OURS].writing)

    def set_sock(self: Any, raw: Any) -> None:
        self.__dict__["sock"] = raw

    body = {"send": send, "handle_event": handle_event, "stop": stop, "sock": property(sock, set_sock)}
    return type(kind.__name__, (kind,), body)
