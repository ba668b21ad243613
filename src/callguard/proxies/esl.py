"""A guard before FreeSWITCH's event socket: what a command is answered, in its turn, and what became of what it placed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from callguard.commands import esl_commands
from callguard.commands.esl_wire import Answer, AnswerReader, Command, CommandReader, notice, rejection, reply
from callguard.proxies.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.judging.denied import Denied
    from callguard.judging.judge import Ask, Placing

DENIED: Final = "-ERR CALLGUARD_DENIED"
_CAUSES: Final = {
    "USER_BUSY": "busy",
    "NO_ANSWER": "no-answer",
    "NO_USER_RESPONSE": "no-answer",
    "ORIGINATOR_CANCEL": "no-answer",
    "CALL_REJECTED": "rejected",
}


@attrs.frozen
class Due:
    """A reply that a client waits for: the switch's, to a login or for what was placed, or one of our own."""

    login: bool = False
    placing: Placing | None = None
    own: bytes = b""


class EslConnection(Connection[Command, Answer]):
    """One client of FreeSWITCH's event socket. Replies come in the order of commands, so that ours wait for their turn."""

    protocol = "esl"

    _due: deque[Due]

    def requests(self) -> CommandReader:
        """Return a new reader of commands."""
        return CommandReader()

    def answers(self) -> AnswerReader:
        """Return a new reader of replies and events."""
        return AnswerReader()

    def read(self, message: Command) -> Ask | None:
        """Return whom a command calls."""
        return esl_commands.read(message, self._judge.allow)

    def passed(self, message: Command, placing: Placing | None) -> bytes:
        """Remember that a reply is due."""
        self._replies.append(Due(login=message.verb in {"auth", "userauth"}, placing=placing or None))
        return message.encode()

    def denied(self, message: Command, why: Denied) -> None:
        """Have the switch echo the denial of an API, in its turn and as a job's event; answer others here, in their turn."""
        if message.verb in esl_commands.APIS:
            job = tuple(header for header in message.headers if header[0].lower() == "job-uuid")[:1]
            self._replies.append(Due())
            self.to_switch(Command(f"{message.verb} echo {DENIED} {why}", job).encode())
        elif self._replies:
            self._replies.append(Due(own=reply(f"{DENIED} {why}")))
        else:
            self.to_client(reply(f"{DENIED} {why}"))

    @property
    def _replies(self) -> deque[Due]:
        if not hasattr(self, "_due"):
            self._due = deque()
        return self._due

    def told(self, answer: Answer) -> bytes:
        """Give a reply to whom it is due, and ours behind it."""
        if not answer.is_reply or not self._replies:
            return answer.raw
        due = self._replies.popleft()
        if due.login:
            self.answered_login(answer.text.startswith("+OK accepted"))
        if due.placing:
            self._ended(due.placing, answer)
        own = b""
        while self._replies and self._replies[0].own:
            own += self._replies.popleft().own
        return answer.raw + own

    def _ended(self, placing: Placing, answer: Answer) -> None:
        """Record what a reply says: why it failed; that a job has begun, or a leg has media, says nothing of the end."""
        text = answer.text.strip()
        if not text.startswith("-"):
            self.settle(placing, "unknown")
        elif answer.headers.get("content-type") == "command/reply" or text.startswith("-USAGE"):
            self.settle(placing, "failed", released=True)
        else:
            cause = text.removeprefix("-ERR").strip().partition(" ")[0]
            outcome = _CAUSES.get(cause, "failed")
            self.settle(placing, outcome if len(placing) == 1 else "failed")

    def failed(self, why: str) -> bytes:
        """Return what ends a connection: a rejection before a login, a notice after it."""
        return notice(f"callguard: {why}") if self.logged_in else rejection(f"callguard: {why}")

    def left(self) -> Sequence[Placing]:
        """Return what was placed and not settled."""
        return [due.placing for due in self._replies if due.placing]

    @property
    def login_asked(self) -> bool:
        """Whether a login was passed on and not yet answered."""
        return any(due.login for due in self._replies)
