"""A guard before Asterisk's manager: what an action is answered, and what became of what it placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.commands import ami_commands
from callguard.commands.ami_following import Following
from callguard.commands.ami_wire import Action, ActionReader, Answer, AnswerReader, error
from callguard.proxies.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.commands.ami_following import End
    from callguard.judging.denied import Denied
    from callguard.judging.judge import Ask, Placing


class AmiConnection(Connection[Action, Answer]):
    """One client of Asterisk's manager. Replies are paired by ActionID, so that a denial is answered here."""

    protocol = "ami"

    _login: str | None = None
    _following: Following | None = None

    def requests(self) -> ActionReader:
        """Return a new reader of actions."""
        self._following = Following(self._judge)
        return ActionReader()

    def answers(self) -> AnswerReader:
        """Return a new reader of answers and events."""
        return AnswerReader()

    def read(self, message: Action) -> Ask | None:
        """Return whom an action calls."""
        return ami_commands.read(message, self._judge.allow)

    def passed(self, message: Action, _: Ask | None, placing: Placing | None) -> bytes:
        """Remember what an answer will be awaited for."""
        if message.name == "login":
            self._login = message.get("ActionID")
        if placing and self._following is not None:
            self._ended(self._following.placed(message, placing))
        return message.encode()

    def _ended(self, end: End | None) -> None:
        if end is not None:
            self.settle(end.placing, end.outcome, released=end.released)

    def denied(self, message: Action, why: Denied) -> None:
        """Answer as Asterisk answers what it does not do."""
        self.to_client(error(f"callguard denied: {why}", message.get("ActionID")))

    def told(self, answer: Answer) -> bytes:
        """Look for the answer to a login, for the ends of calls, and for what callees press."""
        if self._following is not None:
            self._ended(self._following.told(answer))
            pressed = self._following.pressed(answer)
            if pressed is not None:
                self.beside(pressed[0].pressed(pressed[1]))
        if answer.get("Event"):
            return answer.raw
        if answer.get("Response") and not answer.get("Challenge") and answer.get("ActionID") == self._login:
            self._login = None
            self.answered_login(answer.get("Response").lower() == "success")
        return answer.raw

    def failed(self, why: str) -> bytes:
        """Return an answer to nobody in particular."""
        return error(f"callguard: {why}")

    def left(self) -> Sequence[Placing]:
        """Return what was placed and not settled."""
        return [] if self._following is None else [end.placing for end in self._following.left()]

    @property
    def login_asked(self) -> bool:
        """Whether a login was passed on and not yet answered."""
        return self._login is not None
