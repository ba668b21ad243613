"""pyst2: every action that its Manager sends to Asterisk is decided before it is written.

The tables are those of `callguard proxy ami`. What is not allowed raises where it is asked for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from callguard.commands import ami_commands
from callguard.commands.ami_following import Following
from callguard.commands.ami_wire import Action, ActionReader, Answer
from callguard.errors import CallguardError
from callguard.judging.denied import Denied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard.commands.ami_following import End
    from callguard.judging.judge import Judge, Placing


def guarded(manager: Any, judge: Judge) -> Any:
    """Put a judge into a Manager of pyst2, connected or not; return the same manager.

    An action that is denied raises: DialDenied where the policy decided, else Denied; it is not written. How calls end is recorded
    as OriginateResponse tells it; when the manager is closed, `unknown`. What the one callee of a call presses (DTMFEnd) may be a
    refusal, as the policy's `opt_out` says. TypeError for another manager.
    """
    try:
        from asterisk.manager import Manager
    except ImportError:
        raise CallguardError("pyst2 is not installed; accepted: pip install 'callguard-outbound[pyst2]'") from None
    if not isinstance(manager, Manager):
        raise TypeError(f"`manager` is a {type(manager).__name__}; accepted: a Manager of pyst2")
    wire = _Wire(manager, judge)
    manager.send_action = wire.send_action
    manager.close = wire.close
    for event in ("OriginateResponse", "DTMFEnd", "Hangup"):
        manager.register_event(event, wire.told)
    return manager


class _Wire:
    """What stands before a manager's own methods."""

    def __init__(self, manager: Any, judge: Judge) -> None:
        self._manager, self._judge = manager, judge
        self._send, self._close = manager.send_action, manager.close
        self._following = Following(judge)
        self._apart = threading.Lock()  # events come in a thread of their own

    def send_action(self, cdict: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        """Decide an action, and send it; return its answer."""
        from asterisk.manager import ManagerException

        if not self._manager.connected():
            raise ManagerException("Not connected")
        told = {**(cdict or {}), **kwargs}
        if "ActionID" not in told:
            told["ActionID"] = f"{self._manager.hostname}-{self._manager.next_seq():08x}"
        # as text, so that what is written is what was read
        fixed = {str(name): [*map(str, value)] if isinstance(value, list) else str(value) for name, value in told.items()}
        try:
            action = _read(fixed)
            ask = ami_commands.read(action, self._judge.allow)
            placing = None if ask is None else self._judge.place_sync(ask)
        except Denied as why:
            raise why.raised() from None
        return self._send(fixed) if not placing else self._placed(fixed, action, placing)

    def _placed(self, told: dict[str, Any], action: Action, placing: Placing) -> Any:
        with self._apart:
            end = self._following.placed(action, placing)
        self._settle(end)
        try:
            answer = self._send(told)
        except BaseException:  # whether it left is not known
            placing.settle_sync("unknown")
            raise
        self._told(answer.headers)
        return answer

    def told(self, event: Any, _: Any) -> bool:
        """Take an event; others may have it as well."""
        self._told(event.headers)
        return False

    def _told(self, headers: Mapping[str, str]) -> None:
        answer = Answer(b"", {name.lower(): value for name, value in headers.items() if isinstance(value, str)})
        with self._apart:
            end, pressed = self._following.told(answer), self._following.pressed(answer)
        self._settle(end)
        if pressed is not None:
            pressed[0].pressed_sync(pressed[1])

    def close(self) -> None:
        """Close the manager, and wait for no more ends."""
        try:
            self._close()
        finally:
            with self._apart:
                left = self._following.left()
            for end in left:
                self._settle(end)

    def _settle(self, end: End | None) -> None:
        if end is not None:
            end.placing.settle_sync(end.outcome, released=end.released)


def _read(told: dict[str, Any]) -> Action:
    """Read an action as the switch will: values that break the line make it another, or more than one."""
    lines = [f"{name}: {each}" for name, value in told.items() for each in (value if isinstance(value, list) else [value])]
    reader = ActionReader()
    found = reader.feed("\r\n".join([*lines, "\r\n"]).encode("utf-8", "ignore"))
    if reader.broken is not None or len(found) != 1:
        raise Denied("command-unreadable")
    return found[0]
