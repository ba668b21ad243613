"""panoramisk: every action that its Manager sends to Asterisk is decided before it is written.

The tables are those of `callguard proxy ami`. What is not allowed raises where the answer is awaited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard.commands import ami_commands
from callguard.commands.ami_following import Following
from callguard.commands.ami_wire import ActionReader, Answer
from callguard.errors import CallguardError
from callguard.judging.denied import Denied

if TYPE_CHECKING:
    import asyncio

    from callguard.commands.ami_following import End
    from callguard.commands.ami_wire import Action
    from callguard.judging.judge import Ask, Judge, Placing


def guarded(manager: Any, judge: Judge) -> Any:
    """Put a judge into a panoramisk Manager, connected or not; return the same manager.

    The answer to an action that is denied is an exception: DialDenied where the policy decided, else Denied; it is not written.
    How calls end is recorded as OriginateResponse tells it; when the connection ends, `unknown`. What the one callee of a call
    presses (DTMFEnd) may be a refusal, as the policy's `opt_out` says. TypeError for another manager.
    """
    try:
        from panoramisk import Manager
    except ImportError:
        raise CallguardError("panoramisk is not installed; accepted: pip install 'callguard-outbound[panoramisk]'") from None
    if not isinstance(manager, Manager):
        raise TypeError(f"`manager` is a {type(manager).__name__}; accepted: a panoramisk Manager")
    made = manager.config["protocol_factory"]
    manager.config["protocol_factory"] = lambda: _guarded(made(), judge)
    if manager.protocol is not None:
        _guarded(manager.protocol, judge)
    if hasattr(manager, "set_result"):  # a CallManager would lose an exception, and wait for ever
        manager.set_result = _telling(manager.set_result)
    return manager


def _guarded(protocol: Any, judge: Judge) -> Any:
    """Guard a connection: what is sent on it, and what it is told."""
    wire = _Wire(protocol, judge)
    protocol.send = wire.send
    protocol.handle_message = wire.handle_message
    protocol.connection_lost = wire.connection_lost
    return protocol


def _telling(set_result: Any) -> Any:
    def told(future: asyncio.Future[Any], result: asyncio.Future[Any]) -> None:
        if not result.cancelled() and (error := result.exception()) is not None:
            if not future.done():
                future.set_exception(error)
        else:
            set_result(future, result)

    return told


class _Wire:
    """What stands before a connection's own methods."""

    def __init__(self, protocol: Any, judge: Judge) -> None:
        self._protocol, self._judge = protocol, judge
        self._send, self._handle, self._lost = protocol.send, protocol.handle_message, protocol.connection_lost
        self._following = Following(judge)
        self._deciding: set[asyncio.Task[None]] = set()

    def send(self, data: Any, as_list: Any = False) -> Any:
        """Decide an action, and send it; return the future of its answer."""
        from panoramisk import actions

        if not isinstance(data, actions.Action):
            kind = actions.Command if "Command" in data else actions.Action
            data = kind(data, as_list=as_list)
        written = str(data)
        try:
            action = self._read(written)
            ask = ami_commands.read(action, self._judge.allow)
        except Denied as why:
            _refuse(data.future, why)
            return data.future
        if ask is None:
            return self._send(data, as_list=as_list)
        task = data.future.get_loop().create_task(self._place(data, as_list, written, action, ask))
        self._deciding.add(task)
        task.add_done_callback(self._deciding.discard)
        return data.future

    def _read(self, written: str) -> Action:
        """Read an action as the switch will: values that break the line make it another, or more than one."""
        reader = ActionReader()
        try:
            found = reader.feed(written.encode(getattr(self._protocol, "encoding", "ascii")))
        except UnicodeEncodeError:
            raise Denied("command-unreadable") from None
        if reader.broken is not None or len(found) != 1:
            raise Denied("command-unreadable")
        return found[0]

    async def _place(self, data: Any, as_list: Any, written: str, action: Action, ask: Ask) -> None:
        future = data.future
        try:
            placing = await self._judge.place(ask)
        except Denied as why:
            _refuse(future, why)
            return
        # while it was decided, whoever waits may have gone, the action been changed, or the connection ended
        changed = str(data) != written
        if future.done() or changed or self._protocol.closed:
            await placing.settle("failed", released=True)
            if changed:
                _refuse(future, Denied("command-unreadable"))
            elif not future.done():
                future.set_exception(ConnectionResetError("the connection to Asterisk ended before the action was sent"))
            return
        if placing:
            self._settle(self._following.placed(action, placing))
        self._send(data, as_list=as_list)

    def handle_message(self, message: Any) -> None:
        """Take an answer or an event."""
        told = {name.lower(): value if isinstance(value, str) else "" for name, value in message.items()}
        answer = Answer(b"", told)
        self._settle(self._following.told(answer))
        self._press(self._following.pressed(answer))
        self._handle(message)

    def _press(self, pressed: tuple[Placing, str] | None) -> None:
        """Take a key beside the loop, one after the other."""
        import asyncio

        if pressed is None:
            return
        task = asyncio.get_running_loop().create_task(pressed[0].pressed(pressed[1]))
        self._deciding.add(task)
        task.add_done_callback(self._deciding.discard)

    def connection_lost(self, error: Any) -> None:
        """Take the end of the connection."""
        for end in self._following.left():
            self._settle(end)
        self._lost(error)

    def _settle(self, end: End | None) -> None:
        """Record an end in a thread, for which a loop that ends waits."""
        import asyncio

        if end is None:
            return

        def settle() -> None:
            end.placing.settle_sync(end.outcome, released=end.released)

        try:
            asyncio.get_running_loop().run_in_executor(None, settle)
        except RuntimeError:  # the loop takes no more
            settle()


def _refuse(future: asyncio.Future[Any], why: Denied) -> None:
    if not future.done():
        future.set_exception(why.raised())
