"""Applications of FreeSWITCH that a client may have run on a call, and whom they call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from callguard.commands.tables import folded
from callguard.judging.denied import Denied
from callguard.targets.dial_strings import DialString, dial_string, is_said
from callguard.targets.target import extension

if TYPE_CHECKING:
    from collections.abc import Sequence

CALLS_NOBODY: Final = folded(
    "answer break echo endless_playback flush_dtmf gentones hangup info log loop_playback park playback"
    " pre_answer read record record_session ring_ready say sleep speak start_dtmf stop_dtmf stop_playback"
    " stop_record_session unset wait_for_silence"
)
_ROOM: Final = re.compile(r"[A-Za-z0-9_.\-]{1,80}(?:@[A-Za-z0-9_.\-]{1,80})?(?:\+[A-Za-z0-9]{0,20})?(?:\+?flags\{[a-z|\-]*\})?")
_BEFORE_TRANSFER: Final = 10  # the eleventh argument is where a caller is sent who enters nothing
_DIALPLANS: Final = frozenset({"", "xml", "undef"})
NOTHING: Final = DialString((), ())


def application(name: str, argument: str, allowed: frozenset[str]) -> DialString:
    """Read whom an application calls; Denied for one that is neither known nor allowed as `app:NAME`, Unreadable its argument."""
    name = name.lower()
    if "$" in argument or (name in {"record", "record_session"} and "{" in argument):
        raise Denied("command-unreadable", name)
    if name in {"bridge", "att_xfer"}:
        return dial_string(argument)
    if name == "transfer":
        return destination(argument.split())
    if name in {"set", "export"}:
        variable = argument.partition("=")[0].strip()
        if not is_said(variable):
            raise Denied("command-unreadable", name)
        return NOTHING
    if name == "play_and_get_digits":
        sent = argument.split()[_BEFORE_TRANSFER:]
        return destination(sent) if sent else NOTHING
    if name == "conference" and _ROOM.fullmatch(argument):
        return NOTHING
    if name in CALLS_NOBODY or f"app:{name}" in allowed:
        return NOTHING
    raise Denied("command-unknown", name)


def destination(words: Sequence[str]) -> DialString:
    """Read where a call is sent: `[-bleg|-both] EXTENSION [XML [CONTEXT]]`."""
    left = list(words)
    leg = left.pop(0).lower() if left and left[0].lower() in {"-bleg", "-both", "-aleg"} else ""
    exten, dialplan, context, *more = (*left, "", "", "")
    if not exten or any(more) or dialplan.lower() not in _DIALPLANS:
        raise Denied("command-unreadable", "transfer")
    targets = extension(exten, "" if context.lower() == "undef" else context)
    return DialString(targets, (), targets if leg == "-both" else ())
