"""Commands of Asterisk's own command line, which a client may send by the action Command."""

from __future__ import annotations

import re
from typing import Final

from callguard.commands.ami_tables import APPLICATIONS
from callguard.judging.denied import Denied
from callguard.judging.judge import Ask
from callguard.targets.asterisk import channels, dial
from callguard.targets.target import called_again, extension

# no abbreviations: what Asterisk would complete is not read
_SHOWS: Final = re.compile(
    r"(?:agi|bridge|cdr|cel|confbridge|core|dahdi|database|device_state|dialplan|features|http|iax2|jabber|locale|logger|manager|meetme"
    r"|module|moh|parking|pjsip|presencestate|pri|queue|rtp|sip|sla|stun|udptl|voicemail) (?:show|list)(?: .*)?"
)
_OTHERS: Final = re.compile(
    r"(?:channel request hangup|core set (?:verbose|debug)|database get|core ping|core waitfullybooted|logger rotate"
    r"|dialplan debug|rtp set debug|pjsip set logger|sip set debug)(?: .*)?"
)
_ORIGINATE: Final = re.compile(
    r"channel originate (?P<channel>\S+) (?:application (?P<app>\S+)(?: (?P<data>.*))?|extension (?P<to>\S+))"
)


def read_cli(text: str, allowed: frozenset[str]) -> Ask | None:
    """Return whom a command calls, None where nobody; Denied for what is neither known nor allowed as `cli:FIRST SECOND`."""
    words = text.split()
    line = " ".join(words)
    if _SHOWS.fullmatch(line) or _OTHERS.fullmatch(line):
        return None
    match = _ORIGINATE.fullmatch(line)
    if match is None:
        if any(f"cli:{' '.join(words[:n]).lower()}" in allowed for n in range(1, len(words) + 1)):
            return None
        raise Denied("command-unknown", "Command")
    targets = channels(match["channel"])
    if match["to"] or match["app"].lower() == "dial":
        exten, _, context = (match["to"] or "").partition("@")
        then = extension(exten, context) if match["to"] else dial(match["data"] or "")
        return Ask(targets + then, repeated=called_again(targets, then))
    if match["app"].lower() not in APPLICATIONS and f"app:{match['app'].lower()}" not in allowed:
        raise Denied("command-unknown", match["app"])
    if "$" in (match["data"] or ""):
        raise Denied("command-unreadable", match["app"])
    return Ask(targets)
