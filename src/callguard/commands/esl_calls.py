"""What became of the calls that commands placed: what FreeSWITCH's replies and events say of them, without any I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import attrs

from callguard.commands import esl_apis
from callguard.commands.esl_commands import APIS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callguard.commands.esl_wire import Command
    from callguard.judging.judge import Ask, Judge
    from callguard.targets import Target

FOLLOWED: Final = 1_000  # calls of one connection whose end is waited for
_CAUSES: Final = {
    "USER_BUSY": "busy",
    "NO_ANSWER": "no-answer",
    "NO_USER_RESPONSE": "no-answer",
    "ORIGINATOR_CANCEL": "no-answer",
    "CALL_REJECTED": "rejected",
}
_UUID: Final = re.compile(r"[A-Za-z0-9\-]{1,80}")
_ACCEPTED: Final = "call accepted"  # what a caller's channel is told of a bridge that came about
_TELLING: Final = re.compile(rb"DTMF|CHANNEL_HANGUP_COMPLETE|CHANNEL_EXECUTE_COMPLETE|BACKGROUND_JOB")
_OURS: Final = '"callguard: '  # a guard further on answers 608 as well, and says that it was itself


class Attempts(Protocol):
    """What a command placed: an attempt for each number."""

    def __len__(self) -> int:
        """Return of how many the end is not recorded yet."""
        ...


Placed = TypeVar("Placed", bound=Attempts)
Placed_contra = TypeVar("Placed_contra", bound=Attempts, contravariant=True)


class Ear(Protocol[Placed_contra]):
    """What is told how calls end, and what their callees say; it does nothing the second time that one has ended."""

    def settle(self, placing: Placed_contra, outcome: str, *, released: bool = False) -> None:
        """Record how it ended; `released` gives the counts back of what never left."""
        ...

    def pressed(self, placing: Placed_contra, keys: str) -> None:
        """Take what the callee pressed."""
        ...

    def replied(self, placing: Placed_contra, sip_status: int) -> None:
        """Take the callee's final SIP reply."""
        ...


@attrs.define
class Call(Generic[Placed]):
    """A command that placed calls: its attempts, and whether the leg that it makes is certainly that of the one callee."""

    placing: Placed
    command: Command = attrs.field(repr=False)
    certain: bool
    uuid: str | None = None  # of the leg, where it is known beforehand


class Calls(Generic[Placed]):
    """The calls of one connection; an ear is told what becomes of each.

    Only what is certain is said: a reply of one leg is no answer of another, and keys are a callee's only on a leg of its own.
    """

    def __init__(self, ear: Ear[Placed], judge: Judge) -> None:
        self._ear, self._judge = ear, judge
        self._told: set[str] = set()  # names of events that are subscribed to
        self._readable = True
        self._open: dict[str, Call[Placed]] = {}  # whose end is awaited, by the leg, job or application that tells of it
        self._legs: dict[str, Placed] = {}  # that are certainly a callee's own, until they hang up
        self._failed_legs: set[str] = set()  # those of commands that failed: the leg was never there, or will be told to hang up
        self.own: str | None = None  # the call that this connection is for, where it is for one

    def passed(self, command: Command, ask: Ask | None, placing: Placed | None) -> Call[Placed] | None:
        """Take a command that is passed on; return the call that its reply is for."""
        self._subscribe(command)
        if not placing or ask is None:
            return None
        leg = esl_apis.leg(command.rest) if command.verb in APIS else None
        targets = ask.targets if leg is None else leg.targets
        call = Call(placing, command, certain=len(placing) == 1 and self._is_one(targets))
        uuid = leg.one("origination_uuid") if leg is not None and call.certain and len(targets) == 1 else None
        if uuid in self._failed_legs:  # which of the two a leg of that name is, is known when this one's reply names it
            self._forget_leg(uuid)
        elif uuid and uuid not in self._open and uuid not in self._legs:
            call.uuid = uuid
            self._follow(uuid, call)
            self._hear(uuid, placing)
        return call

    def _is_one(self, targets: tuple[Target, ...]) -> bool:
        """Return whether targets are several ways, at most, to one number outside; what a dialplan dials is its own affair."""
        looping = any(target.written.lower().startswith("loopback/") for target in targets)
        outside = {target.number for target in targets if not self._judge.is_inside(target)}
        inside = any(map(self._judge.is_inside, targets))
        return len(outside) == 1 and None not in outside and not looping and not inside

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
        elif name == "CHANNEL_HANGUP_COMPLETE":
            self._hung_up(uuid, event)
        elif name == "DTMF" and uuid in self._legs and event.get("dtmf-digit") and event.get("dtmf-source", "").upper() != "APP":
            self._ear.pressed(self._legs[uuid], event["dtmf-digit"])

    def _hung_up(self, uuid: str, event: Mapping[str, str]) -> None:
        """Take the end of a leg: whether it was answered, else why not; what its callee's telephone replied."""
        heard, call = self._forget_leg(uuid), self._open.get(uuid)
        status = event.get("variable_sip_term_status", "")
        if heard is not None and status.isascii() and status.isdigit() and not any(_OURS in value for value in event.values()):
            self._ear.replied(heard, int(status))
        if call is not None:
            self._forget(call)
            answered = event.get("caller-channel-answered-time", "0") not in {"", "0"}
            self._ear.settle(call.placing, "answered" if answered else _unanswered(event.get("hangup-cause", "")))

    def left(self) -> Sequence[Placed]:
        """Return what was placed and not settled, and follow it no more."""
        rest, self._open = [call.placing for call in self._open.values()], {}
        return rest

    def awaits(self, said: bytes) -> bool:
        """Return whether what the switch says may be an event of a call that is followed."""
        return bool(self._open or self._legs) and _TELLING.search(said) is not None

    def _placed(self, call: Call[Placed], text: str) -> None:
        """Take that a leg has media: who that is, and whether it was answered, its own events say."""
        uuid = text.removeprefix("+OK").strip()
        if call.certain and call.uuid is None and _UUID.fullmatch(uuid):
            self._hear(uuid, call.placing)
        self._await(call, uuid if call.certain and _UUID.fullmatch(uuid) else "", "CHANNEL_HANGUP_COMPLETE")

    def _failed(self, call: Call[Placed], text: str, *, never: bool = False) -> None:
        """Record why a command failed; whose reason that is, is known where it called one number."""
        self._forget(call)
        if call.uuid is not None and self._legs.get(call.uuid) is call.placing:
            self._failed_legs.add(call.uuid)
        cause = text.removeprefix("-ERR").strip().partition(" ")[0]
        outcome = "failed" if never or not call.certain else _CAUSES.get(cause, "failed")
        self._ear.settle(call.placing, outcome, released=never)

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
        self._ear.settle(call.placing, outcome)

    def _await(self, call: Call[Placed], mark: str, event: str) -> None:
        """Wait for an event that tells of a call; where it will not be told, the end stays unknown."""
        job, known = event == "BACKGROUND_JOB", bool(mark.strip()) and mark not in self._open
        if known and (job or self._is_told(event)):
            self._follow(mark, call)  # of a job that nobody waits for, the leg may be told all the same
        if not (known and self._is_told(event)) and not (call.uuid is not None and self._is_told("CHANNEL_HANGUP_COMPLETE")):
            if not job:
                self._forget(call)
            self._ear.settle(call.placing, "unknown")

    def _follow(self, mark: str, call: Call[Placed]) -> None:
        if len(self._open) >= FOLLOWED:
            oldest = next(iter(self._open.values()))
            self._forget(oldest)
            self._ear.settle(oldest.placing, "unknown")
        self._open[mark] = call

    def _hear(self, uuid: str, placing: Placed) -> None:
        """Listen to a leg; one that is known already stays whose it was."""
        if len(self._legs) >= FOLLOWED:
            self._forget_leg(next(iter(self._legs)))
        self._legs.setdefault(uuid, placing)

    def _forget_leg(self, uuid: str) -> Placed | None:
        """Listen no more to a leg; return whose it was."""
        self._failed_legs.discard(uuid)
        return self._legs.pop(uuid, None)

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
