"""Permits: one that is changed in anything is none, and it is good for its own call alone. And the references of attempts."""

from __future__ import annotations

import base64

from callguard.call_log.writing import Reference
from callguard.permits import Checker, Permit, PermitError, Permits
from fuzz.target import Target
from oracle import numbers

# a key that is nobody's, so that the seeds stay good
PRIVATE = "permit-private:" + base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
NOW = 1_795_485_600.0
CALLS = ((8613800130001, "01085550123", "notice"), (8613800130002, "01085550123", "x" * 200))
SIGNER = Permits.signing(PRIVATE)
ISSUED = {
    SIGNER.issue(callee=callee, caller=caller, campaign=campaign, now=NOW, id_=bytes([at] * 16)): (callee, caller)
    for at, (callee, caller, campaign) in enumerate(CALLS)
}
CHECKER = Checker(SIGNER.public)


def check(data: bytes) -> None:
    """Read a permit, an empty line, callee and caller on a line each; a permit behind `#` is the bytes before their encoding."""
    written, parted, call = data.rpartition(b"\n\n")
    if not parted:
        written, call = data, b""
    if written.startswith(b"#"):
        text = base64.urlsafe_b64encode(written[1:]).rstrip(b"=").decode()
    else:
        text = written.decode("utf-8", "surrogateescape")
    callee, _, caller = call.decode("utf-8", "surrogateescape").partition("\n")
    _permit(text, callee, caller)
    _reference(text)


def _permit(text: str, callee: str, caller: str) -> None:
    found = _read(text, callee, caller, NOW + 1)
    if found is None:
        return
    assert text.strip(" \t") in ISSUED, "a permit that nobody has issued"
    mine = ISSUED[text.strip(" \t")]
    assert numbers.read(callee, "CN") == ("valid", mine[0]), "it is for this callee"
    assert numbers.caller_key(caller, "CN") == numbers.caller_key(mine[1], "CN"), "it is for this caller"
    assert found.since == NOW
    for other in (NOW - 60, NOW + 3_600):
        assert _read(text, callee, caller, other) is None, "a permit that has ended, or not begun"


def _read(text: str, callee: str, caller: str, now: float) -> Permit | None:
    try:
        return CHECKER.read(text, callee=callee, caller=caller, now=now).permit
    except PermitError:
        return None


def _reference(text: str) -> None:
    try:
        found = Reference.read(text)
    except ValueError:
        return
    assert Reference.read(found.written) == found


TOKENS = (
    *(b"\n\n", b"\0", b"#", b"=", b"-", b"_", b" ", b"\t", b"\n", b"A", b"[", b"]", b"{", b"}", b'"', b",", b":", b"null", b"true", b"1e9", b'["w",1,'),
    *(b"\x01", b"\xff", b"\xed\xa0\x80", b"13800130001", b"+8613800130001", b"tel:", b"138 0013 0001", b"01085550123", b"010-8555-0123", b";ext=1"),
    *(text.encode() for text in ISSUED),
    *(bytes([cut]) + base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for cut, text in zip(b"##", ISSUED, strict=True)),
)  # fmt: skip
TARGET = Target("permits", check, TOKENS)
