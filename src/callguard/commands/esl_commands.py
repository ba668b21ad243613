"""What each command of FreeSWITCH's event socket may do, and whom those that place calls call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.commands import esl_apis
from callguard.commands.esl_apps import application
from callguard.commands.esl_tables import UNKNOWN_VERBS, VERBS
from callguard.commands.tables import Tables, folded
from callguard.judging.denied import Denied
from callguard.targets import Unreadable

if TYPE_CHECKING:
    from callguard.commands.esl_wire import Command
    from callguard.judging.judge import Ask

APIS: Final = frozenset({"api", "bgapi"})
_PROGRAM: Final = "shell_stream"  # as if it were a file to be played: a program of the system
_MESSAGE: Final = folded(
    "call-command execute-app-name execute-app-arg event-lock event-uuid loops hold-bleg async hangup-cause session-id"
)


def read(command: Command, allowed: frozenset[str]) -> Ask | None:
    """Return whom a command calls, None where nobody; Denied for what is unknown and not allowed, or cannot be read."""
    verb = command.verb
    names = [name.lower() for name, _ in command.headers]
    if len(names) != len(set(names)):
        raise Denied("command-unreadable", verb)
    if any(_PROGRAM in said.lower() for said in (command.line, *(value for _, value in command.headers))):
        raise Denied("command-unknown", _PROGRAM)
    if verb in APIS:
        if command.body or set(names) - {"job-uuid"}:
            raise Denied("command-unreadable", verb)
        name, _, argument = command.rest.partition(" ")
        return esl_apis.read(name, argument.strip(" "), allowed)
    if verb == "sendmsg":
        return _message(command, set(names), allowed)
    if TABLES.is_harmless(verb):
        if command.body or names:
            raise Denied("command-unreadable", verb)
        return None
    if verb in allowed:
        return None
    raise Denied("command-unknown", verb)


def _message(command: Command, names: set[str], allowed: frozenset[str]) -> Ask | None:
    """Read what a call is told: to end, or to run an application."""
    if names - _MESSAGE or command.body:
        raise Denied("command-unreadable", "sendmsg")
    told = command.get("call-command").lower()
    if told == "hangup":
        return None
    if told != "execute":
        raise Denied("command-unknown", "sendmsg")
    try:
        called = application(command.get("execute-app-name"), command.get("execute-app-arg"), allowed)
        if "loops" in names and command.get("loops") != "1":
            called = called.again()
        return esl_apis.asked(called) if called.targets else None
    except Unreadable:
        raise Denied("target-unreadable", "sendmsg") from None


TABLES: Final[Tables[None]] = Tables(
    {
        "api": (None, "by the API's own row"),
        "bgapi": (None, "by the API's own row"),
        "sendmsg": (
            None,
            "`execute` by the application's own row, with `loops` it calls nobody outside; `hangup` is passed, the rest is unknown",
        ),
    },
    VERBS,
    UNKNOWN_VERBS,
)
