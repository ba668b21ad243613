"""Channel names of Asterisk, as `PJSIP/NUMBER@trunk&SIP/trunk/NUMBER`, and what its Dial application is given.

What is not of a known form, or has a character that some channel driver might take for something else, is Unreadable.
"""

from __future__ import annotations

import re
from typing import Final

from callguard.targets.target import DIGITS, Target, Unreadable

_NAME: Final = r"[A-Za-z0-9_.\-]{1,80}"
_HOST: Final = r"[A-Za-z0-9_.\-]{1,200}(?::[0-9]{1,5})?"
_OPTIONS: Final = r"(?:/[njmb]{1,4})?"
_OUTSIDE: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"PJSIP/(?P<n>{DIGITS})@{_NAME}",
        rf"PJSIP/{_NAME}/sips?:(?P<n>{DIGITS})@{_HOST}",
        rf"SIP/(?P<n>{DIGITS})@{_HOST}",
        rf"SIP/{_NAME}/(?P<n>{DIGITS})",
        rf"IAX2/(?:{_NAME}(?::[A-Za-z0-9_.\-]+)?@)?{_HOST}/(?P<n>{DIGITS})(?:@{_NAME})?",
        rf"DAHDI/(?:[gGrR]?[0-9]{{1,4}}|i[0-9]{{1,3}})/(?P<n>{DIGITS})",
        rf"(?:Zap|Dongle|Quectel|mISDN|Khomp|OOH323|H323|Motif)/{_NAME}/(?P<n>{DIGITS})",
        rf"Local/(?P<n>{DIGITS})@{_NAME}{_OPTIONS}",
    )
)
_INSIDE: Final = re.compile(
    rf"(?:PJSIP|SIP|IAX2|DAHDI|SCCP|Skinny|Console|Agent|Local)/[*#]?{_NAME}(?:@{_NAME})?{_OPTIONS}", re.IGNORECASE
)
# options of Dial that neither send digits nor run a part of the dialplan
_PLAIN_OPTIONS: Final = re.compile(r"(?:[rRmgiIhHkKtTwWxXcCeaoNnz]|m\([\w\-]*\)|[LS]\([0-9:]*\)|A\([\w/.\-]*\))*")
_MOST: Final = 64


def channels(written: str) -> tuple[Target, ...]:
    """Read a channel name, or several joined by `&`; Unreadable if one of them is."""
    parts = written.split("&")
    if len(parts) > _MOST:
        raise Unreadable("more targets than one command has")
    return tuple(map(_channel, parts))


def _channel(written: str) -> Target:
    for form in _OUTSIDE:
        match = form.fullmatch(written)
        if match:
            return Target(written, match["n"])
    if _INSIDE.fullmatch(written):
        return Target(written, None)
    raise Unreadable("a channel of no known form")


def dial(data: str) -> tuple[Target, ...]:
    """Read what the application Dial is given: `channels[,timeout[,options]]`; options that run dialplan or send digits are not."""
    called, *rest = data.split(",")
    if len(rest) > 1 and not _PLAIN_OPTIONS.fullmatch(",".join(rest[1:])):
        raise Unreadable("options of Dial that are not read")
    if rest and not re.fullmatch(r"[0-9]{0,6}", rest[0]):
        raise Unreadable("a time-out of Dial that is no number")
    return channels(called)
