"""What became of the calls that commands placed: what FreeSWITCH's replies and events say of them, without any I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import attrs

from callguard.commands.esl_commands import APIS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from callguard.commands.esl_wire import Command
    from callguard.judging.judge import Ask

FOLLOWED: Final = 1_000  # calls of one connection whose end is waited for
_CAUSES: Final = {
    "USER_BUSY": "busy",
    "NO_ANSWER": "no-answer",
    "NO_USER_RESPONSE": "no-answer",
    "ORIGINATOR_CANCEL": "no-answer",
    "CALL_REJECTED": "rejected",
}
_UUID: Final = re.compile(r"[A-Za-z0-9\-]{1,80}")
_VARIABLE: Final = re.compile(r"[{<\[,]\s*origination_uuid=([A-Za-z0-9\-]{1,80})\s*[,}>\]]", re.IGNORECASE)
_ACCEPTED: Final = "call accepted"  # what a caller's channel is told of a bridge that came about


class Attempts(Protocol):
    """What a command placed: an attempt for each number."""

    def __len__(self) -> int:
        """Return of how many the end is not recorded yet."""
        ...


Placed = TypeVar("Placed", bound=Attempts)
Placed_contra = TypeVar("Placed_contra", bound=Attempts, contravariant=True)


class Settle(Protocol[Placed_contra]):
    """Records how what a command placed ended; does nothing the second time."""

    def __call__(self, placing: Placed_contra, outcome: str, *, released: bool = False) -> None:
        """Record it; `released` gives the counts back of what never left."""
        ...


@attrs.define
class Call(Generic[Placed]):
    """A command that placed calls: its attempts, and whether whom it calls is one number, at the end of the leg it makes."""

    placing: Placed
    command: Command = attrs.field(repr=False)
    certain: bool
    uuid: str | None = None  # of the leg, where it is known beforehand


class Calls(Generic[Placed]):
    """The calls of one connection; `settle(placing, outcome)` is called for each, `heard(placing, key)` for each key that is pressed.

    Only what is certain is said: a reply of one leg is no answer of another, and digits are a callee's only on a leg of its own.
    """

    def __init__(self, settle: Settle[Placed], heard: Callable[[Placed, str], None]) -> None:
        self._settle, self._heard = settle, heard
        self._told: set[str] = set()  # names of events that are subscribed to
        self._readable = True
        self._open: dict[str, Call[Placed]] = {}  # by the leg, job or application that tells of it
        self.own: str | None = None  # the call that this connection is for, where it is for one

    def passed(self, command: Command, ask: Ask | None, placing: Placed | None) -> Call[Placed] | None:
        """Take a command that is passed on; return the call that its reply is for."""
        self._subscribe(command)
        if not placing or ask is None:
            return None
        numbers = {target.number for target in ask.targets}
        loops = any(target.written.lower().startswith("loopback/") for target in ask.targets)
        call = Call(placing, command, certain=len(numbers) == 1 and None not in numbers and not loops)
        named = _VARIABLE.findall(command.rest) if command.verb in APIS else []
        if call.certain and len(ask.targets) == 1 and len(named) == 1 and named[0] not in self._open:
            call.uuid = named[0]
            self._follow(call.uuid, call)
        return call

    def subscribe(self, event: str) -> None:
        """Take that events of a name are told already."""
        self._told.add(event)

    def replied(self, call: Call[Placed], text: str, *, api: bool) -> None:
        """Take the reply to a command: why it failed, or what it will be known by. `api`: whether the API itself replied."""
        text = text.strip()
        if text.startswith("-"):
            self._failed(call, text, never=not api or text.startswith("-USAGE"))
        elif call.command.verb == "bgapi":
            self._await(call, call.command.get("job-uuid") or text.partition("Job-UUID:")[2].strip(), "BACKGROUND_JOB")
        elif call.command.verb == "sendmsg":
            uuid = call.command.rest or self.own or ""
            self._await(call, call.command.get("event-uuid") or f"{uuid} {_app(call.command)}", "CHANNEL_EXECUTE_COMPLETE")
        else:
            self._placed(call, text)

    def told(self, event: Mapping[str, str]) -> None:
        """Take an event, its names in lower case, its body as `_body`."""
        name, uuid = event.get("event-name", ""), event.get("unique-id", "")
        if name == "BACKGROUND_JOB":
            self._job(event.get("job-uuid", ""), event.get("_body", "").strip())
        elif name == "CHANNEL_EXECUTE_COMPLETE":
            self._executed(event)
        elif uuid not in self._open:
            return
        elif name == "CHANNEL_HANGUP_COMPLETE":
            call = self._open[uuid]
            self._forget(call)
            answered = event.get("caller-channel-answered-time", "0") not in {"", "0"}
            cause = event.get("hangup-cause", "")
            self._settle(call.placing, "answered" if answered else _unanswered(cause))
        elif name == "DTMF" and event.get("dtmf-digit"):
            self._heard(self._open[uuid].placing, event["dtmf-digit"])

    def left(self) -> Sequence[Placed]:
        """Return what was placed and not settled, and follow it no more."""
        rest, self._open = [call.placing for call in self._open.values()], {}
        return rest

    @property
    def any(self) -> bool:
        """Whether there is any call whose end is awaited."""
        return bool(self._open)

    def _placed(self, call: Call[Placed], text: str) -> None:
        """Take that a leg has media: who that is, and whether it was answered, its own events say."""
        uuid = text.removeprefix("+OK").strip()
        self._await(call, uuid if call.certain and _UUID.fullmatch(uuid) else "", "CHANNEL_HANGUP_COMPLETE")

    def _failed(self, call: Call[Placed], text: str, *, never: bool = False) -> None:
        """Record why a command failed; whose reason that is, is known where it called one number."""
        self._forget(call)
        cause = text.removeprefix("-ERR").strip().partition(" ")[0]
        outcome = "failed" if never or not call.certain else _CAUSES.get(cause, "failed")
        self._settle(call.placing, outcome, released=never)

    def _job(self, job: str, text: str) -> None:
        call = self._open.get(job)
        if call is None or call.command.verb != "bgapi":
            return
        if call.uuid != job:
            del self._open[job]
        if text.startswith("-"):
            self._failed(call, text, never=text.startswith("-USAGE"))
        else:
            self._placed(call, text)

    def _executed(self, event: Mapping[str, str]) -> None:
        """Take the end of an application that called somebody."""
        application = event.get("application", "").lower()
        known = (event.get("application-uuid", ""), f"{event.get('unique-id', '')} {application}")
        found = next((mark for mark in known if mark in self._open and self._open[mark].command.verb == "sendmsg"), None)
        if found is None:
            return
        call = self._open.pop(found)
        said = event.get("variable_originate_disposition", "")
        outcome = "unknown"
        if call.certain and application == "bridge":
            if said.lower() == _ACCEPTED:
                outcome = "answered" if event.get("variable_dialstatus") == "ANSWER" else "unknown"
            elif said.isupper():
                outcome = _CAUSES.get(said, "failed")
        self._settle(call.placing, outcome)

    def _await(self, call: Call[Placed], mark: str, event: str) -> None:
        """Wait for an event of a name, if it will be told; else the end stays unknown."""
        if call.uuid is not None and self._is_told("CHANNEL_HANGUP_COMPLETE"):
            if event == "BACKGROUND_JOB" and self._is_told(event) and mark not in self._open:
                self._follow(mark, call)
            return
        if mark.strip() and self._is_told(event) and mark not in self._open:
            self._follow(mark, call)
            return
        self._forget(call)
        self._settle(call.placing, "unknown")

    def _follow(self, mark: str, call: Call[Placed]) -> None:
        if len(self._open) >= FOLLOWED:
            oldest = next(iter(self._open.values()))
            self._forget(oldest)
            self._settle(oldest.placing, "unknown")
        self._open[mark] = call

    def _forget(self, call: Call[Placed]) -> None:
        for mark in [mark for mark, known in self._open.items() if known is call]:
            del self._open[mark]

    def _is_told(self, event: str) -> bool:
        return self._readable and bool(self._told & {event, "ALL"})

    def _subscribe(self, command: Command) -> None:
        """Remember which events a client has asked for."""
        verb, names = command.verb, set(command.rest.upper().split())
        if verb in {"event", "events"}:
            self._readable = "XML" not in names
            self._told |= names - {"PLAIN", "JSON", "XML"}
        elif verb == "myevents":
            self._readable = "XML" not in names
            self._told.add("ALL")
        elif verb == "noevents" or (verb == "nixevent" and "ALL" in names):
            self._told.clear()
        elif verb == "nixevent":
            self._told -= names


def _app(command: Command) -> str:
    return command.get("execute-app-name").lower()


def _unanswered(cause: str) -> str:
    return "no-answer" if cause == "NORMAL_CLEARING" else _CAUSES.get(cause, "failed")
