"""A guard before FreeSWITCH's event socket: what a command is answered, in its turn, and what became of what it placed."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from callguard.commands import esl_commands
from callguard.commands.esl_wire import Answer, AnswerReader, Command, CommandReader, event_of, notice, rejection, reply
from callguard.proxies.connection import Connection
from callguard.proxies.ears import is_callees
from callguard.targets.dial_strings import dial_string, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.judging.denied import Denied
    from callguard.judging.judge import Ask, Placing

DENIED: Final = "-ERR CALLGUARD_DENIED"
_MOST_JOBS: Final = 1_000  # whose channels are waited for
_HEARD: Final = re.compile(rb"DTMF|CHANNEL_HANGUP_COMPLETE|BACKGROUND_JOB")
_OURS: Final = '"callguard: '
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
    callee: Placing | None = None  # where the channel that the reply names is certainly the callee's


class EslConnection(Connection[Command, Answer]):
    """One client of FreeSWITCH's event socket. Replies come in the order of commands, so that ours wait for their turn."""

    protocol = "esl"

    _due: deque[Due]
    _jobs: dict[str, Placing]

    def requests(self) -> CommandReader:
        """Return a new reader of commands."""
        self._jobs = {}
        return CommandReader()

    def answers(self) -> AnswerReader:
        """Return a new reader of replies and events."""
        return AnswerReader()

    def read(self, message: Command) -> Ask | None:
        """Return whom a command calls."""
        return esl_commands.read(message, self._judge.allow)

    def passed(self, message: Command, placing: Placing | None) -> bytes:
        """Remember that a reply is due."""
        callee = self._callee(message, placing)
        self._replies.append(Due(login=message.verb in {"auth", "userauth"}, placing=placing or None, callee=callee))
        return message.encode()

    def _callee(self, message: Command, placing: Placing | None) -> Placing | None:
        """Return what was placed where the channel that is made is certainly the callee's; listen where its id is told."""
        name, _, argument = message.rest.partition(" ")
        if placing is None or message.verb not in esl_commands.APIS or name.lower() != "originate":
            return None
        called = dial_string(words(argument.strip(" "))[0])
        if not is_callees(called.targets, self._judge, placing):
            return None
        told = {value for variable, value in called.variables if variable == "origination_uuid"}
        if len(told) == 1:
            self._ears.know(told.pop(), placing)
        return placing

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
        if not answer.is_reply and (self._ears or self._jobs) and _HEARD.search(answer.body):
            self._happened(answer)
        if not answer.is_reply or not self._replies:
            return answer.raw
        due = self._replies.popleft()
        if due.login:
            self.answered_login(answer.text.startswith("+OK accepted"))
        if due.placing:
            self._ended(due.placing, answer)
        if due.callee:
            self._made(due.callee, answer.headers.get("job-uuid", ""), answer.text)
        own = b""
        while self._replies and self._replies[0].own:
            own += self._replies.popleft().own
        return answer.raw + own

    def _made(self, placing: Placing, job: str, text: str) -> None:
        """Listen to the channel that a reply names; or wait for the job that makes it."""
        said = text.split()
        if job:
            if len(self._jobs) >= _MOST_JOBS:
                del self._jobs[next(iter(self._jobs))]
            self._jobs[job] = placing
        elif len(said) == 2 and said[0] == "+OK":
            self._ears.know(said[1], placing)

    def _happened(self, answer: Answer) -> None:
        """Hear what an event says of a channel that is listened to."""
        event = event_of(answer)
        name, channel = event.get("event-name", ""), event.get("unique-id", "")
        if name == "BACKGROUND_JOB":
            placing = self._jobs.pop(event.get("job-uuid", ""), None)
            if placing is not None:
                self._made(placing, "", event.get("_body", ""))
        elif name == "DTMF" and event.get("dtmf-source", "").upper() != "APP":
            self.beside(self._ears.pressed(channel, event.get("dtmf-digit", "")))
        elif name == "CHANNEL_HANGUP_COMPLETE":
            # a guard further on answers 608 as well, and says that it was itself
            if not any(_OURS in value for value in event.values()):
                self.beside(self._ears.replied(channel, event.get("variable_sip_term_status", "")))
            self._ears.forget(channel)

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
