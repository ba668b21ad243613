"""What an adapter reads of SIP, and what it writes: the user of an address, the Reason of a denial, what a final reply means."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

# parameters of a user part that say how a call is routed or charged, not whom it reaches; with any other the callee is not known
_ASIDE: Final = frozenset({"npdi", "rn", "rn-context", "cic", "cic-context", "oli", "cpc", "isub", "isub-encoding", "user"})
# no part of it gives back what it took: a header of many blanks is read once
_NAMED: Final = re.compile(r'\s*+(?:"(?:[^"\\]|\\.)*+"\s*+|[^<",;]*+)<([^<>]*+)>')
_BARE: Final = re.compile(r"\s*([^\s;,<>]+)")
_ADDRESS: Final = re.compile("[@:<>/?&=%]")
_SCHEME: Final = re.compile(r"(sips?|tel):", re.IGNORECASE)
ANSWERED, BUSY, NO_ANSWER, REJECTED, FAILED = "answered", "busy", "no-answer", "rejected", "failed"
_ENDED: Final = {
    403: REJECTED,
    408: NO_ANSWER,
    480: NO_ANSWER,
    486: BUSY,
    487: NO_ANSWER,  # the caller gave up
    600: BUSY,
    603: REJECTED,
    607: REJECTED,
    608: REJECTED,
}


def address(value: str) -> str:
    """Return the first address of a header's value, without its name and its parameters; "" where there is none."""
    found = _NAMED.match(value) or (_BARE.match(value) if "<" not in value else None)
    return found[1] if found else ""


def number(uri: str) -> str:
    """Return whom an address names, as text to be read as a number; "" where it names nobody.

    So it does with a `phone-context`, which some gateways put before the number, and others dial without; and with signs of an
    address within a user. Parameters that are unknown are left in, so that it cannot be read.
    """
    scheme = _SCHEME.match(uri.strip())
    if scheme is None:
        return ""
    rest = uri.strip()[scheme.end() :]
    if scheme[1].lower() == "tel":
        user = rest.partition("?")[0]
    else:
        user, at, _ = rest.partition("@")
        if not at:
            return ""
        user = user.partition(":")[0]  # a password is nobody's number
    first, *parameters = unquote(user).split(";")
    kept = [each for each in parameters if each.partition("=")[0].strip().lower() not in _ASIDE]
    if _ADDRESS.search(first) or any(each.partition("=")[0].strip().lower() == "phone-context" for each in kept):
        return ""
    return ";".join([first, *kept])


def reason(code: int, text: str) -> str:
    """Return the value of a Reason header."""
    said = "".join(c if c.isprintable() and c not in '"\\' else "?" for c in text)
    return f'SIP;cause={code};text="callguard: {said}"'


def token(text: str) -> str:
    """Return a text that may stand in a header, on its line."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)


def ended(status: int) -> str:
    """Return the outcome that a final reply to an INVITE means."""
    return ANSWERED if 200 <= status < 300 else _ENDED.get(status, FAILED)
