"""What became of the calls that actions placed, as Asterisk's manager says it: without I/O, for proxies and for clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from callguard.commands.ears import Ears, is_callees
from callguard.targets.asterisk import channels

if TYPE_CHECKING:
    from callguard.commands.ami_wire import Action, Answer
    from callguard.judging.judge import Judge, Placing

_FOLLOWED: Final = 1_000  # calls of one connection whose end is waited for
_REASONS: Final = {"0": "failed", "1": "no-answer", "3": "no-answer", "4": "answered", "5": "busy", "8": "failed"}
_NEVER_LEFT: Final = ("permission denied", "originate access forbidden", "extension does not exist", "channel not specified")
_TRUE: Final = frozenset({"yes", "true", "y", "t", "1", "on"})


@attrs.frozen
class End:
    """How a call ended, to be settled; `released` where it never left."""

    placing: Placing
    outcome: str
    released: bool = False


class Following:
    """The calls of one connection, from the action that placed them to what the switch says of their end, and of keys."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._placed: dict[str, tuple[Placing, bool, bool]] = {}
        self._ears = Ears()

    def placed(self, action: Action, placing: Placing) -> End | None:
        """Wait for the answer to an action; return what is not, or no longer, waited for."""
        callees = action.name == "originate" and is_callees(channels(action.get("Channel")), self._judge, placing)
        mark = action.get("ActionID")
        followed = bool(mark) and mark not in self._placed
        if callees:
            self._ears.know(action.get("ChannelId"), placing, told=followed)
        if not followed:
            return End(placing, "unknown")
        dropped = None
        if len(self._placed) >= _FOLLOWED:
            dropped = End(self._placed.pop(next(iter(self._placed)))[0], "unknown")
        self._placed[mark] = placing, action.name == "originate" and action.get("Async").lower() in _TRUE, callees
        return dropped

    def told(self, answer: Answer) -> End | None:
        """Take an answer or an event; return the call whose end it tells."""
        mark = answer.get("ActionID")
        if mark not in self._placed:
            return None
        response = answer.get("Response").lower()
        if answer.get("Event"):
            if answer.get("Event").lower() != "originateresponse":
                return None
            placing, _, callees = self._placed.pop(mark)
            outcome = "answered" if response == "success" else _REASONS.get(answer.get("Reason"), "failed")
            if response != "success":
                self._ears.failed(placing)
            elif callees:
                self._ears.know(answer.get("Uniqueid"), placing)
            return End(placing, outcome if len(placing) == 1 or outcome == "failed" else "unknown")
        if not response:
            return None
        placing, queued, _ = self._placed[mark]
        if response == "success" and queued:
            return None
        del self._placed[mark]
        if response == "success":
            return End(placing, "unknown")
        self._ears.failed(placing)
        return End(placing, "failed", released=answer.get("Message").lower().startswith(_NEVER_LEFT))

    def pressed(self, answer: Answer) -> tuple[Placing, str] | None:
        """Take an event; return whose one callee pressed which key, from when the call is answered until it is hung up."""
        event, channel = answer.get("Event").lower(), answer.get("Uniqueid")
        if event == "hangup":
            self._ears.forget(channel)
        elif event == "dtmfend" and answer.get("Direction").lower() == "received":
            return self._ears.pressed(channel, answer.get("Digit"))
        return None

    def left(self) -> list[End]:
        """Return what is still waited for, and wait for it no longer."""
        ends = [End(placing, "unknown") for placing, *_ in self._placed.values()]
        self._placed.clear()
        return ends
