"""SIP's headers: an address names the same number to the guard as to who reads the wire, or nobody."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from callguard import phone
from callguard.dialers import sip
from fuzz.target import Target
from oracle import numbers

PLAN = phone.NumberPlan("CN", "national")
# parameters that leave the callee the same, as RFC 4694 and RFC 3966 have them
_SAME = ("npdi", "rn", "rn-context", "cic", "cic-context", "oli", "cpc", "isub", "isub-encoding", "user", "ext")


def check(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    found = sip.address(text)
    assert found in text
    assert "<" not in found
    for uri in (found, text):
        said = sip.number(uri)
        reading = PLAN.read(said)
        if reading.number is not None and reading.status == "valid":
            assert str(reading.number).endswith(_digits(uri)[-7:]), "the number that is decided is the one on the wire"
            assert _oracle(uri) == ("valid", reading.number), "the number that is decided is the one that another reader reads"
    assert not sip.reason(603, text).count("\n") + sip.token(text).count("\n")
    assert sip.token(text).isascii()
    for status in (200, 299, 300, 486, 603, 699):
        assert sip.ended(status) in {sip.ANSWERED, sip.BUSY, sip.NO_ANSWER, sip.REJECTED, sip.FAILED}


def _user(uri: str) -> str:
    """Return the user part of an address, without its parameters: whom a gateway dials."""
    scheme, _, rest = uri.strip().partition(":")
    user = rest.split("@")[0].split(":")[0] if scheme.lower() != "tel" else rest.split("?")[0]
    user = "".join(sign for sign in user if unicodedata.category(sign) != "Cf")  # marks that nobody sees
    user, *parameters = unquote(user).split(";")
    assert all(each.split("=")[0].strip().lower() in _SAME for each in parameters), "parameters"
    assert not set(user) & set("@:<>/?&=%"), "signs that gateways read each in their own way"
    return user


def _digits(uri: str) -> str:
    head = re.split(r"(?i);|x|ext|[转轉分]", _user(uri))[0]
    return "".join(str(int(sign)) for sign in head if sign.isdecimal())


def _oracle(uri: str) -> tuple[str, int | None]:
    return numbers.read(re.sub(r"[+\uff0b]+", "+", f"tel:{_user(uri)}"), "CN")  # one plus as good as two: phonenumbers says so


TOKENS = (
    *(b"<", b">", b'"', b"\\", b'\\"', b";", b",", b":", b"@", b"%", b"%2B", b"%3B", b"%40", b"%3A", b"%31", b"%00", b"=", b"?", b"&", b"+", b"-", b" "),
    *(b"\t", b"\r\n", b"\x00", b"\xff", b"sip:", b"sips:", b"SIP:", b"tel:", b"tag=a", b";user=phone", b";phone-context=+86", b";phone-context=h"),
    *(b";rn=+8613900000000", b";npdi", b";postd=9", b";ext=9", b";isub=1", b"x9", b"13800130001", b"+8613800130001", b"110", b"host.example:5060"),
    *(b"transport=tls", "转9".encode(), "１３８".encode(), "\u200b".encode(), "²".encode(), b"Ann ", b'"Ann" <'),
)  # fmt: skip
TARGET = Target("sip", check, TOKENS, longest=65_535)
