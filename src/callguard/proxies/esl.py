"""A guard before FreeSWITCH's event socket: what a command is answered, in its turn, and what became of what it placed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from callguard.commands import esl_commands
from callguard.commands.esl_calls import Call, Calls
from callguard.commands.esl_wire import Answer, AnswerReader, Command, CommandReader, event_of, notice, rejection, reply
from callguard.proxies.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.judging.denied import Denied
    from callguard.judging.judge import Ask, Placing

DENIED: Final = "-ERR CALLGUARD_DENIED"


@attrs.frozen
class Due:
    """A reply that a client waits for: the switch's, to a login or for what was placed, or one of our own."""

    login: bool = False
    call: Call[Placing] | None = None
    own: bytes = b""


class EslConnection(Connection[Command, Answer]):
    """One client of FreeSWITCH's event socket. Replies come in the order of commands, so that ours wait for their turn."""

    protocol = "esl"

    _due: deque[Due]
    _calls: Calls[Placing]

    def requests(self) -> CommandReader:
        """Return a new reader of commands."""
        self._due, self._calls = deque(), Calls(self, self._judge)
        return CommandReader()

    def answers(self) -> AnswerReader:
        """Return a new reader of replies and events."""
        return AnswerReader()

    def read(self, message: Command) -> Ask | None:
        """Return whom a command calls."""
        return esl_commands.read(message, self._judge.allow)

    def passed(self, message: Command, ask: Ask | None, placing: Placing | None) -> bytes:
        """Remember that a reply is due."""
        call = self._calls.passed(message, ask, placing)
        self._due.append(Due(login=message.verb in {"auth", "userauth"}, call=call))
        return message.encode()

    def denied(self, message: Command, why: Denied) -> None:
        """Have the switch echo the denial of an API, in its turn and as a job's event; answer others here, in their turn."""
        if message.verb in esl_commands.APIS:
            job = tuple(header for header in message.headers if header[0].lower() == "job-uuid")[:1]
            self._due.append(Due())
            self.to_switch(Command(f"{message.verb} echo {DENIED} {why}", job).encode())
        elif self._due:
            self._due.append(Due(own=reply(f"{DENIED} {why}")))
        else:
            self.to_client(reply(f"{DENIED} {why}"))

    def told(self, answer: Answer) -> bytes:
        """Give a reply to whom it is due, and ours behind it."""
        if not answer.is_reply:
            if self._calls.awaits(answer.body):
                self._calls.told(event_of(answer))
            return answer.raw
        if not self._due:
            return answer.raw
        due = self._due.popleft()
        if due.login:
            self.answered_login(answer.text.startswith("+OK accepted"))
        if due.call is not None:
            self._calls.replied(due.call, answer.text, api=answer.headers.get("content-type") == "api/response")
        own = b""
        while self._due and self._due[0].own:
            own += self._due.popleft().own
        return answer.raw + own

    def failed(self, why: str) -> bytes:
        """Return what ends a connection: a rejection before a login, a notice after it."""
        return notice(f"callguard: {why}") if self.logged_in else rejection(f"callguard: {why}")

    def left(self) -> Sequence[Placing]:
        """Return what was placed and not settled."""
        if not hasattr(self, "_due"):
            return []
        return [*(due.call.placing for due in self._due if due.call is not None), *self._calls.left()]

    @property
    def login_asked(self) -> bool:
        """Whether a login was passed on and not yet answered."""
        return any(due.login for due in self._due)

    def pressed(self, placing: Placing, keys: str) -> None:
        """Take what a callee pressed."""
        self.beside(placing.pressed(keys))

    def replied(self, placing: Placing, sip_status: int) -> None:
        """Take a callee's final SIP reply."""
        self.beside(placing.replied(sip_status))
