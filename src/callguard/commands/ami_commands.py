"""What each action of the Asterisk Manager Interface may do, and whom those that place calls call."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from callguard.commands.ami_cli import read_cli
from callguard.commands.ami_tables import APPLICATIONS, HARMLESS, UNKNOWN
from callguard.commands.asterisk_variables import is_said, split
from callguard.commands.tables import Tables
from callguard.judging.denied import Denied
from callguard.judging.judge import CALLER, CAMPAIGN, Ask
from callguard.targets import Target, Unreadable
from callguard.targets.asterisk import channels, dial
from callguard.targets.target import called_again, extension

if TYPE_CHECKING:
    from callguard.commands.ami_wire import Action

_CALLER_ID: Final = re.compile(r'(?:"?(?P<name>[^"<>]*)"?\s*)<(?P<number>[^<>]*)>|(?P<alone>[^<>"]*)')
_VARIABLES_ASKED: Final = re.compile(r",(?![^()]*\))")
TELLING: Final = re.compile(
    r"[A-Za-z0-9_]{0,100}|(?:CALLERID|CDR|CHANNEL|CONNECTEDLINE|DB|DEVICE_STATE|EXTENSION_STATE|GLOBAL|HINT|QUEUE_[A-Z_]+|PJSIP_[A-Z_]+"
    r"|SIPPEER|SIP_HEADER|VM_INFO)\([^(){}$]*\)"
)


def read(action: Action, allowed: frozenset[str]) -> Ask | None:
    """Return whom an action calls, None where nobody; Denied for what is unknown and not allowed, or cannot be read."""
    name = action.name
    if len(action.all("Action")) != 1 or len(action.all("ActionID")) > 1 or not name:
        raise Denied("command-unreadable")
    reader = TABLES.reader(name)
    if reader is None:
        if TABLES.is_harmless(name) or name in allowed:
            return None
        raise Denied("command-unknown", action.get("Action"))
    seen = [known.lower() for known, _ in action.headers if known.lower() != "variable"]
    if len(seen) != len(set(seen)):
        raise Denied("command-unreadable", action.get("Action"))
    try:
        return reader(action, allowed)
    except Unreadable:
        raise Denied("target-unreadable", action.get("Action")) from None


def _originate(action: Action, allowed: frozenset[str]) -> Ask:
    targets = channels(action.get("Channel"))
    then: tuple[Target, ...] = ()
    application, data = action.get("Application"), action.get("Data")
    if application:
        then = _application(application, data, allowed)
    elif action.get("Exten") or action.get("Context"):
        then = extension(action.get("Exten"), action.get("Context"))
    if action.get("PreDialGoSub"):
        raise Denied("command-unreadable", "PreDialGoSub")
    variables = _variables(action)
    said = variables.get(CAMPAIGN), variables.get(CALLER), caller_id(action.get("CallerID"))
    return Ask(targets + then, *said, repeated=called_again(targets, then))


def caller_id(written: str) -> str | None:
    """Read the number of a caller ID, `"Name" <number>` or either alone; Denied for what only the switch could read."""
    match = _CALLER_ID.fullmatch(written)
    if match is None:  # it would show whom it reads there
        raise Denied("command-unreadable", "CallerID")
    number = match["number"] or match["alone"]
    return (number and number.strip()) or None


def _application(name: str, data: str, allowed: frozenset[str]) -> tuple[Target, ...]:
    """Read whom an application calls that is run when the first leg has answered."""
    if name.lower() == "dial":
        return dial(data)
    if f"app:{name.lower()}" in allowed:
        return ()
    if name.lower() not in APPLICATIONS:
        raise Denied("command-unknown", name)
    if "${" in data or "$[" in data:
        raise Denied("command-unreadable", name)
    return ()


def _variables(action: Action) -> dict[str, str]:
    """Read `Variable` headers, `name=value[,name=value]`; Denied where one makes the switch act, or ours has two values."""
    found: dict[str, str] = {}
    for header in action.all("Variable"):
        pairs = split(header)
        if '"' in header or "\\" in header or pairs is None:
            raise Denied("command-unreadable", "Variable")
        for pair in pairs:
            name, equals, value = pair.partition("=")
            if equals and not is_said(name.strip(), value.strip()):
                raise Denied("command-unreadable", "Variable")
            key = name.strip().lstrip("_")
            if key in {CAMPAIGN, CALLER} and found.get(key, value.strip()) != value.strip():
                raise Denied("command-unreadable", key)
            found[key] = value.strip()
    return found


def _send(action: Action, _: frozenset[str]) -> Ask:
    """Read where existing channels are sent in the dialplan."""
    targets = extension(action.get("Exten"), action.get("Context"))
    if not action.get("Exten"):
        raise Denied("command-unreadable", action.get("Action"))
    extra: tuple[Target, ...] = ()
    if action.get("ExtraExten") or action.get("ExtraChannel"):
        extra = extension(action.get("ExtraExten") or action.get("Exten"), action.get("ExtraContext") or action.get("Context"))
    return Ask(targets + extra, repeated=called_again(targets, extra))


def _offhook(action: Action, _: frozenset[str]) -> Ask:
    return Ask(extension(action.get("Number") or action.get("Exten"), ""))


def _member(action: Action, _: frozenset[str]) -> Ask:
    """Read a queue's member: it is called later, so that only one inside can be taken."""
    targets = channels(action.get("Interface"))
    return Ask(tuple(Target(target.written, None) for target in targets))


def _shown(action: Action, _: frozenset[str]) -> None:
    """Read which variables are asked for: a function may run anything, but these only tell of a call."""
    for asked in _VARIABLES_ASKED.split(action.get("Variable") + "," + action.get("Variables")):
        if not TELLING.fullmatch(asked.strip()):
            raise Denied("command-unreadable", action.get("Action"))


def _command(action: Action, allowed: frozenset[str]) -> Ask | None:
    return read_cli(action.get("Command"), allowed)


Read = Callable[["Action", frozenset[str]], Ask | None]

TABLES: Final[Tables[Read]] = Tables(
    {
        "originate": (_originate, "`Channel`, what `Dial` is given in `Data`, and `Exten` are decided"),
        "redirect": (_send, "`Exten` and `ExtraExten` are decided, where they are numbers; denied where both are one"),
        "blindtransfer": (_send, "`Exten` is decided"),
        "atxfer": (_send, "`Exten` is decided"),
        "dahdidialoffhook": (_offhook, "`Number` is decided"),
        "dahditransfer": (_offhook, "`Exten` is decided"),
        "zapdialoffhook": (_offhook, "the older name of DAHDIDialOffhook"),
        "zaptransfer": (_offhook, "the older name of DAHDITransfer"),
        "queueadd": (_member, "a queue calls its members later: only targets inside"),
        "getvar": (_shown, "denied where a function is asked for that does more than tell of a call"),
        "status": (_shown, "the same"),
        "command": (_command, "`channel originate` is decided; what only shows is passed; the rest is unknown"),
    },
    HARMLESS,
    UNKNOWN,
)
