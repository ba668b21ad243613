"""Whom a voice API is told to call: numbers in E.164, and addresses of SIP.

Without its `+` a number is read otherwise by the API than by the policy, so it is none: an extension inside, or Unreadable.
"""

from __future__ import annotations

import re
from typing import Final

from callguard.targets import Target, Unreadable
from callguard.targets.target import DIGITS

_E164: Final = re.compile(r"\+[1-9][0-9]{4,14}")
_HOST: Final = r"[A-Za-z0-9_.\-]{1,200}(?::[0-9]{1,5})?"
_PARAMETERS: Final = r"(?:;(?:transport|secure|user)=[a-z]{1,10})*"
_SIP: Final = re.compile(rf"sips?:(?P<n>{DIGITS})@{_HOST}{_PARAMETERS}", re.IGNORECASE)
_TEL: Final = re.compile(r"tel:(?P<n>\+[1-9][0-9]{4,14})", re.IGNORECASE)
_INSIDE: Final = re.compile(rf"(?:[A-Za-z0-9_*#.\-]{{1,80}}|sips?:[A-Za-z0-9_.\-]{{1,80}}@{_HOST}{_PARAMETERS})", re.IGNORECASE)


def address(written: object) -> Target:
    """Read whom to call: `+8613800130100`, `tel:+86…`, `sip:13800130100@trunk`, or a name inside; else Unreadable."""
    if not isinstance(written, str):
        raise Unreadable("a number that is no text")
    if _E164.fullmatch(written):
        return Target(written, written)
    match = _SIP.fullmatch(written) or _TEL.fullmatch(written)
    if match:
        return Target(written, match["n"])
    if _INSIDE.fullmatch(written):
        return Target(written, None)
    raise Unreadable("an address of no known form")


def addresses(written: object) -> tuple[Target, ...]:
    """Read one address, or a list of them, of which none may be unreadable."""
    if isinstance(written, list):
        if not written:
            raise Unreadable("a list of nobody")
        return tuple(map(address, written))
    return (address(written),)
