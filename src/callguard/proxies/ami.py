"""A guard before Asterisk's manager: what an action is answered, and what became of what it placed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.commands import ami_commands
from callguard.commands.ami_wire import Action, ActionReader, Answer, AnswerReader, error
from callguard.proxies.connection import Connection
from callguard.proxies.ears import is_callees
from callguard.targets.asterisk import channels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.judging.denied import Denied
    from callguard.judging.judge import Ask, Placing

_FOLLOWED: Final = 1_000  # calls of one connection whose end is waited for
_REASONS: Final = {"0": "failed", "1": "no-answer", "3": "no-answer", "4": "answered", "5": "busy", "8": "failed"}
_NEVER_LEFT: Final = ("permission denied", "originate access forbidden", "extension does not exist", "channel not specified")
_TRUE: Final = frozenset({"yes", "true", "y", "t", "1", "on"})


class AmiConnection(Connection[Action, Answer]):
    """One client of Asterisk's manager. Replies are paired by ActionID, so that a denial is answered here."""

    protocol = "ami"

    _login: str | None = None
    _placed: dict[str, tuple[Placing, bool, bool]]  # whether it is queued, and whether its channel is certainly the callee's

    def requests(self) -> ActionReader:
        """Return a new reader of actions."""
        self._placed = {}
        return ActionReader()

    def answers(self) -> AnswerReader:
        """Return a new reader of answers and events."""
        return AnswerReader()

    def read(self, message: Action) -> Ask | None:
        """Return whom an action calls."""
        return ami_commands.read(message, self._judge.allow)

    def passed(self, message: Action, placing: Placing | None) -> bytes:
        """Remember what an answer will be awaited for."""
        if message.name == "login":
            self._login = message.get("ActionID")
        if placing:
            self._follow(message, placing)
        return message.encode()

    def _follow(self, message: Action, placing: Placing) -> None:
        mark = message.get("ActionID")
        callees = message.name == "originate" and is_callees(channels(message.get("Channel")), self._judge, placing)
        if callees:
            self._ears.know(message.get("ChannelId"), placing)
        if not mark or mark in self._placed:
            self.settle(placing, "unknown")
            return
        if len(self._placed) >= _FOLLOWED:
            self.settle(self._placed.pop(next(iter(self._placed)))[0], "unknown")
        self._placed[mark] = placing, message.name == "originate" and message.get("Async").lower() in _TRUE, callees

    def denied(self, message: Action, why: Denied) -> None:
        """Answer as Asterisk answers what it does not do."""
        self.to_client(error(f"callguard denied: {why}", message.get("ActionID")))

    def told(self, answer: Answer) -> bytes:
        """Look for the answer to a login, and for the ends of calls."""
        mark = answer.get("ActionID")
        response = answer.get("Response").lower()
        if answer.get("Event"):
            self._happened(answer.get("Event").lower(), answer)
        elif response:
            if self._login is not None and mark == self._login and not answer.get("Challenge"):
                self._login = None
                self.answered_login(response == "success")
            if mark in self._placed:
                self._answered(mark, response, answer.get("Message").lower())
        return answer.raw

    def _happened(self, event: str, answer: Answer) -> None:
        mark, channel = answer.get("ActionID"), answer.get("Uniqueid")
        if event == "originateresponse" and mark in self._placed:
            placing, _, callees = self._placed.pop(mark)
            outcome = "answered" if answer.get("Response").lower() == "success" else _REASONS.get(answer.get("Reason"), "failed")
            if outcome == "answered" and callees:
                self._ears.know(channel, placing)
            self.settle(placing, outcome if len(placing) == 1 or outcome == "failed" else "unknown")
        elif event == "dtmfend" and answer.get("Direction").lower() == "received":
            self.beside(self._ears.pressed(channel, answer.get("Digit")))
        elif event == "hangup":
            self._ears.forget(channel)

    def _answered(self, mark: str, response: str, message: str) -> None:
        placing, queued, _ = self._placed[mark]
        if response == "success" and queued:
            return
        del self._placed[mark]
        if response == "success":
            self.settle(placing, "unknown")
        else:
            self.settle(placing, "failed", released=message.startswith(_NEVER_LEFT))

    def failed(self, why: str) -> bytes:
        """Return an answer to nobody in particular."""
        return error(f"callguard: {why}")

    def left(self) -> Sequence[Placing]:
        """Return what was placed and not settled."""
        return [placing for placing, *_ in getattr(self, "_placed", {}).values()]

    @property
    def login_asked(self) -> bool:
        """Whether a login was passed on and not yet answered."""
        return self._login is not None
