"""What is known of the channels of Asterisk's REST interface: whom those would call that were created, and how calls ended.

Without I/O; one for each guarded client, safe in threads.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

from callguard.commands import ari_commands
from callguard.commands.ami_following import End
from callguard.commands.ari_commands import CREATE, DIAL
from callguard.commands.ears import Ears
from callguard.judging.denied import Denied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard.commands.ari_commands import Operation
    from callguard.judging.judge import Ask, Placing

_KNOWN: Final = 1_000  # channels of each kind
_NEVER_LEFT: Final = frozenset({400, 401, 403, 404, 409, 412, 422})
_DIALLED: Final = {
    "ANSWER": "answered",
    "BUSY": "busy",
    "NOANSWER": "no-answer",
    "CANCEL": "no-answer",
    "CONGESTION": "failed",
    "CHANUNAVAIL": "failed",
}
_CAUSES: Final = {16: "unknown", 17: "busy", 18: "no-answer", 19: "no-answer", 21: "rejected"}


class Channels:
    """The channels that a client created and dialled; `events`, whether it is told what happens to them."""

    def __init__(self) -> None:
        self.events = False
        self._created: dict[str, Ask] = {}
        self._dialled: dict[str, Placing] = {}
        self._sent = 0  # requests that place calls, not answered yet
        self._early: dict[str, str] = {}  # ends that are told before such an answer
        self._ears = Ears()
        self._apart = threading.Lock()

    def ask(self, asked: Operation, allowed: frozenset[str]) -> Ask | None:
        """Return whom an operation calls now, None where nobody; Denied."""
        if asked.name == DIAL:
            with self._apart:
                created = self._created.get(asked.path["channelid"])
            if created is None:
                raise Denied("target-unreadable", asked.short)
            return created
        called = ari_commands.read(asked, allowed)
        return None if asked.name == CREATE else called

    def sent(self) -> None:
        """Take that what places a call is on its way; `answered` or `lost` follows."""
        with self._apart:
            self._sent += 1

    def lost(self) -> None:
        """Take that there will be no answer."""
        with self._apart:
            self._ended()

    def _ended(self) -> None:
        self._sent -= 1
        if not self._sent:
            self._early.clear()

    def answered(self, asked: Operation, placing: Placing | None, status: int, body: bytes, *, callees: bool = False) -> End | None:
        """Take an answer; return the call that it ended, or of whose end nothing will be told.

        `callees`: its channel is certainly the callee's.
        """
        if not placing:
            channel = _id(body) if asked.name == CREATE and status < 300 else ""
            if channel:
                with self._apart:
                    _put(self._created, channel, ari_commands.called(asked))
            return None
        channel = asked.path.get("channelid") or _id(body)
        with self._apart:
            early = self._early.pop(channel, None)
            self._ended()
            if status >= 300:
                return End(placing, "failed", released=status in _NEVER_LEFT)
            if callees and early in {None, "answered"}:  # else there is no such channel any more
                self._ears.know(channel, placing)
            waits = asked.name == DIAL or bool(asked.given.get("app"))
            if not (self.events and channel and waits) or channel in self._dialled:
                return End(placing, "unknown")
            if early is not None:
                return _end(placing, early)
            dropped = _put(self._dialled, channel, placing)
            return None if dropped is None else End(dropped, "unknown")

    def told(self, event: Mapping[str, Any]) -> End | None:
        """Take an event, as the websocket has it; return the call whose end it tells."""
        channel, outcome = _read(event)
        if not channel or outcome is None:
            return None
        with self._apart:
            placing = self._dialled.pop(channel, None)
            if placing is None:
                if self._sent:
                    _put(self._early, channel, self._early.get(channel, outcome))
                return None
        return _end(placing, outcome)

    def pressed(self, event: Mapping[str, Any]) -> tuple[Placing, str] | None:
        """Take an event; return whose one callee pressed which key."""
        kind, channel, digit = event.get("type"), event.get("channel"), event.get("digit")
        if not isinstance(channel, dict) or not isinstance(channel.get("id"), str):
            return None
        with self._apart:
            if kind == "ChannelDestroyed":
                self._ears.forget(channel["id"])
            elif kind == "ChannelDtmfReceived" and isinstance(digit, str):
                return self._ears.pressed(channel["id"], digit)
        return None

    def left(self) -> list[End]:
        """Return what is still waited for, and wait for it no longer."""
        with self._apart:
            ends = [End(placing, "unknown") for placing in self._dialled.values()]
            self._dialled.clear()
        return ends


def _put(known: dict[str, Any], channel: str, value: Any) -> Any:
    """Keep what is known of a channel; return what is kept no longer, for there is too much of it."""
    dropped = known.pop(next(iter(known))) if len(known) >= _KNOWN and channel not in known else None
    known[channel] = value
    return dropped


def _end(placing: Placing, outcome: str) -> End:
    return End(placing, outcome if len(placing) == 1 or outcome == "failed" else "unknown")


def _id(body: bytes) -> str:
    """Return the id of the channel that an answer describes; empty where it describes none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    found = told.get("id") if isinstance(told, dict) else None
    return found if isinstance(found, str) else ""


def _read(event: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return which channel's call an event tells of, and how it ended; None where it did not."""
    kind = event.get("type")
    channel = event.get("peer" if kind == "Dial" else "channel")
    if not isinstance(channel, dict) or not isinstance(channel.get("id"), str):
        return "", None
    outcome = None
    if kind == "Dial":
        outcome = _DIALLED.get(str(event.get("dialstatus")))
    elif kind in {"ChannelStateChange", "StasisStart"}:
        outcome = "answered" if channel.get("state") == "Up" else None
    elif kind == "ChannelDestroyed":
        outcome = _CAUSES.get(event.get("cause", 0), "failed")
    return channel["id"], outcome
