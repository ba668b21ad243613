"""What each API of FreeSWITCH may do when a client asks for it, and whom those that place calls call."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from callguard.commands.esl_apps import application, destination
from callguard.commands.esl_tables import HARMLESS, UNKNOWN
from callguard.commands.tables import Tables, folded
from callguard.judging.denied import Denied
from callguard.judging.judge import CALLER, CAMPAIGN, Ask
from callguard.targets import Unreadable
from callguard.targets.dial_strings import CALLER_IDS, DialString, dial_string, is_said, words

_APPLICATION: Final = re.compile(r"&(?P<name>[A-Za-z0-9_]{1,60})(?:\((?P<argument>[^()]*)\))?")
_UUID: Final = re.compile(r"[A-Za-z0-9\-]{1,80}")
_DEEPEST: Final = 3
_ONE_LEG: Final = frozenset({"", "aleg", "bleg", "holdb"})
_CONFERENCE: Final = folded(
    "list xml_list json_list kick hup mute unmute tmute deaf undeaf energy lock unlock play stop record norecord say saymember"
    " floor count check_record get volume_in volume_out position relate nopin pin pause_play"
)


def read(name: str, argument: str, allowed: frozenset[str], depth: int = 0) -> Ask | None:
    """Return whom an API calls, None where nobody; Denied for what is unknown and not allowed, or cannot be read."""
    name = name.lower()
    if depth > _DEEPEST:
        raise Denied("command-unreadable", name)
    reader = TABLES.reader(name)
    if reader is None:
        if TABLES.is_harmless(name) or name in allowed:
            return None
        raise Denied("command-unknown", name)
    try:
        return reader(argument, allowed, depth)
    except Unreadable:
        raise Denied("target-unreadable", name) from None


def asked(called: DialString, caller_id: str | None = None) -> Ask:
    """Return what a dial string asks, with what its variables say of campaign and caller."""
    named = {number for number in (caller_id, *map(called.one, CALLER_IDS)) if number}
    if len(named) > 1:
        raise Denied("caller-conflict")
    return Ask(called.targets, called.one(CAMPAIGN), called.one(CALLER), next(iter(named), None), called.repeated)


def leg(command: str) -> DialString | None:
    """Return the dial string of the leg that an `originate` makes, which was read before; None for any other API."""
    name, _, argument = command.partition(" ")
    return dial_string(words(argument)[0]) if name.lower() == "originate" else None


def _originate(argument: str, allowed: frozenset[str], _: int) -> Ask:
    """Read `DIALSTRING EXTEN|&APP(ARGS) [dialplan [context [cid_name [cid_num [timeout]]]]]`."""
    given = words(argument)
    if not 2 <= len(given) <= 7:
        raise Unreadable("not the arguments of originate")
    called = dial_string(given[0])
    match = _APPLICATION.fullmatch(given[1])
    if match:
        second = application(match["name"], match["argument"] or "", allowed)
    elif given[1].startswith("&"):
        raise Unreadable("an application with unusual characters")
    else:
        second = destination(given[1:4])
    caller_id = given[5] if len(given) > 5 and given[5].lower() != "undef" else None
    return asked(called.then(second), caller_id)


def _transfer(argument: str, _allowed: frozenset[str], _depth: int) -> Ask:
    uuid, *rest = words(argument) or [""]
    if not _UUID.fullmatch(uuid):
        raise Denied("command-unreadable", "uuid_transfer")
    return asked(destination(rest))


def _dual_transfer(argument: str, _allowed: frozenset[str], _depth: int) -> Ask:
    """Read `UUID EXTEN[/dialplan[/context]] EXTEN[/…]`."""
    given = words(argument)
    if len(given) != 3 or not _UUID.fullmatch(given[0]):
        raise Denied("command-unreadable", "uuid_dual_transfer")
    first, second = (destination(each.split("/")) for each in given[1:])
    return asked(first.then(second))


def _bridge(argument: str, _allowed: frozenset[str], _depth: int) -> None:
    """Two calls that are there, both decided when they were placed."""
    given = words(argument)
    if len(given) != 2 or not all(map(_UUID.fullmatch, given)):
        raise Denied("command-unreadable", "uuid_bridge")


def _broadcast(argument: str, allowed: frozenset[str], _depth: int) -> Ask:
    """Read `UUID FILE|APP::ARGS [aleg|bleg|holdb|both]`."""
    given = words(argument)
    if not 2 <= len(given) <= 3 or not _UUID.fullmatch(given[0]):
        raise Denied("command-unreadable", "uuid_broadcast")
    name, run, rest = given[1].partition("::")
    if not run:
        return Ask(())
    called = application(name.partition("!")[0], rest, allowed)
    # the switch looks for `both` and the others anywhere in the word
    return asked(called if "".join(given[2:]).lower() in _ONE_LEG else called.again())


def _nested(argument: str, allowed: frozenset[str], depth: int) -> Ask | None:
    """Read an API behind another, which expands nothing of it."""
    if "$" in argument:
        raise Denied("command-unreadable", "expand")
    name, _, rest = argument.strip(" ").partition(" ")
    if name.lower() in {"api", "bgapi"}:
        return _nested(rest, allowed, depth + 1) if depth < _DEEPEST else read(name, "", allowed, depth + 1)
    return read(name, rest.strip(" "), allowed, depth + 1)


def _expansion(argument: str, _allowed: frozenset[str], _depth: int) -> None:
    """Text in which nothing is expanded runs nothing."""
    if "$" in argument:
        raise Denied("command-unreadable", "eval")


def _scheduled(argument: str, allowed: frozenset[str], depth: int) -> None:
    """Read `[+|@]TIME GROUP COMMAND`: what places no call may wait, what does may not."""
    parts = argument.split(None, 2)
    if len(parts) != 3:
        raise Denied("command-unreadable", "sched_api")
    if _nested(parts[2].removesuffix("&"), allowed, depth + 1) is not None:
        raise Denied("call-later", "sched_api")


def _never_later(_argument: str, _allowed: frozenset[str], _depth: int) -> None:
    raise Denied("call-later", "sched_transfer")


def _scheduled_broadcast(argument: str, _allowed: frozenset[str], _depth: int) -> None:
    if "::" in argument or "$" in argument:
        raise Denied("call-later", "sched_broadcast")


def _setvar(argument: str, _allowed: frozenset[str], _depth: int) -> None:
    """Read `UUID NAME[ VALUE]`."""
    parts = argument.split(" ", 2)
    if len(parts) < 2 or not is_said(parts[1]) or "$" in argument:
        raise Denied("command-unreadable", "uuid_setvar")


def _setvars(argument: str, _allowed: frozenset[str], _depth: int) -> None:
    """Read `UUID NAME=VALUE[;NAME=VALUE]`."""
    _, _, pairs = argument.partition(" ")
    names = [pair.partition("=")[0].strip() for pair in pairs.split(";") if pair.strip()]
    if "$" in pairs or "^^" in pairs or not all(map(is_said, names)):
        raise Denied("command-unreadable", "uuid_setvar_multi")


def _record(argument: str, _allowed: frozenset[str], _depth: int) -> None:
    """Read a file without variables: these may run an API when it ends."""
    if "{" in argument or "$" in argument:
        raise Denied("command-unreadable", "uuid_record")


def _conference(argument: str, _allowed: frozenset[str], _depth: int) -> Ask | None:
    """Read `NAME dial|bgdial DIALSTRING [CALLER-ID]`, or another of its commands."""
    if argument.lower() in {"list", "xml_list", "json_list", "count", "list summary", "list count"}:
        return None
    given = words(argument)
    command = given[1].lower() if len(given) > 1 else ""
    if command in {"dial", "bgdial"} and 3 <= len(given) <= 5:
        return asked(dial_string(given[2]), given[3] if len(given) > 3 else None)
    if command in _CONFERENCE:
        return None
    raise Denied("command-unknown", "conference")


def _sofia(argument: str, allowed: frozenset[str], _depth: int) -> None:
    if argument.lower().partition(" ")[0] not in {"", "status", "xmlstatus", "jsonstatus", "help"} and "sofia" not in allowed:
        raise Denied("command-unknown", "sofia")


Read = Callable[[str, frozenset[str], int], Ask | None]

TABLES: Final[Tables[Read]] = Tables(
    {
        "originate": (_originate, "every leg of the dial string, and where the call is sent then, are decided"),
        "uuid_transfer": (_transfer, "the extension is decided, where it is a number; `-both` calls nobody outside"),
        "uuid_dual_transfer": (_dual_transfer, "both extensions are decided; denied where they are one number"),
        "uuid_bridge": (_bridge, "two calls that are there; anything else is denied"),
        "uuid_broadcast": (
            _broadcast,
            "an application is read as that of originate, `both` calls nobody outside; a file is played",
        ),
        "conference": (_conference, "`dial` and `bgdial` are decided; what acts on members that are there is passed"),
        "expand": (_nested, "the command behind it is read; what would be expanded is denied"),
        "bgapi": (_nested, "the command behind it is read"),
        "eval": (_expansion, "denied where anything is expanded, which may run an API"),
        "sched_api": (_scheduled, "passed where the command behind it places no call; a call later is denied"),
        "sched_transfer": (_never_later, "a call later is denied"),
        "sched_broadcast": (_scheduled_broadcast, "a file is played; an application later is denied"),
        "uuid_setvar": (_setvar, "denied where the variable makes the switch act, or dial elsewhere"),
        "uuid_setvar_multi": (_setvars, "the same"),
        "uuid_record": (_record, "denied where the file has variables, which may make the switch act"),
        "sofia": (_sofia, "only `status` is passed"),
    },
    HARMLESS,
    UNKNOWN,
)
