"""The variables that a client gives to a call of Asterisk's: those that only say something, and those that make it act."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,100}")
# what channel drivers and others act by: another sender, other addresses, a transfer, a program, a part of the dialplan
_ACTS: Final = re.compile(
    r"(?:SIPFROMDOMAIN|SIP_URI_OPTIONS|SIPTRANSFER|VXML_URL|MONITOR_EXEC|CONNECTED_LINE_|REDIRECTING_).*", re.IGNORECASE
)
# headers: From, P-Asserted-Identity, Route and their like say whose call it is, and where it goes
_HEADER: Final = r"[Xx]-[A-Za-z0-9_\-]{1,80}"
_ADDED: Final = re.compile(rf"PJSIP_HEADER\(add,{_HEADER}\)")
_ADDS: Final = re.compile(r"SIPADDHEADER.*", re.IGNORECASE)
_ADDED_LINE: Final = re.compile(rf"{_HEADER}:.*", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def is_said(name: str, value: str) -> bool:
    """Return whether a variable only says something: it runs no function, and sets no header that does not begin with `X-`."""
    plain = name.lstrip("_")
    if _ADDED.fullmatch(name):
        return not _CONTROL.search(value)
    if not _NAME.fullmatch(name) or _ACTS.match(plain):
        return False
    return not _ADDS.match(plain) or bool(_ADDED_LINE.fullmatch(value) and not _CONTROL.search(value))


def split(header: str) -> list[str] | None:
    """Split `name=value,name=value` at commas outside of parentheses and brackets, as Asterisk does; None where these do not match.

    Without quotations and escapes, which are not read.
    """
    found, begin, opened = [], 0, {"(": 0, "[": 0}
    for i, sign in enumerate(header):
        if sign in opened:
            opened[sign] += 1
        elif sign in ")]":
            opened["(" if sign == ")" else "["] -= 1
            if min(opened.values()) < 0:
                return None
        elif sign == "," and not any(opened.values()):
            found.append(header[begin:i])
            begin = i + 1
    return None if any(opened.values()) else [*found, header[begin:]]
