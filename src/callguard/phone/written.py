"""How people write numbers: separators, brackets, invisible marks, other digits, URIs and extensions, taken apart."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import attrs

LONGEST: Final = 250  # characters that phonenumbers reads, too
_DASHES: Final = "\u2212\u30fc"  # the minus sign, and the mark of a long vowel
_DOTS: Final = "\u00b7\u2022\u2219\u30fb\uff65"
_BRACKETS: Final = str.maketrans("[]\u3010\u3011\u3014\u3015\t\n\v\f\r", "()()()     ")

_SCHEME: Final = re.compile(r"(tel|callto|sips?):", re.IGNORECASE)
_PARAMETERS: Final = frozenset({"ext", "isub", "phone-context"})
_CONTEXT: Final = re.compile(r"\+[-.()\d]*\d[-.()\d]*")
_DOMAIN: Final = re.compile(r"[A-Za-z\d](?:[-.A-Za-z\d]*[A-Za-z\d])?\.?")
_EXTENSION: Final = re.compile(
    r"[ \-(]*(?:extension|extn?|x|[转轉]接?(?:分[机機])?|分[机機])号?[ .:]*(?P<digits>\d{1,15})[ )]*$",
    re.IGNORECASE,
)
_DIGIT: Final = re.compile(r"\d")
_BODY: Final = re.compile(r"[ .()]*(?P<plus>\+*)[ .()\-\d]+")
_FRACTION: Final = re.compile(r"\+?\d{6,} ?\.(?:\d{1,2}|0+)|.*\.0{1,3}")  # as spreadsheets write numbers
_SEPARATORS: Final = str.maketrans("", "", " -.()+")


@attrs.frozen(slots=True)
class Written:
    """A number as written: its ASCII digits, and whether a plus stands before them."""

    digits: str
    plus: bool


def written(text: str) -> Written | None:
    """Return the number that a text says, without its extension; None where it has other characters than a number may have."""
    if len(text) > LONGEST or not _DIGIT.search(text):
        return None
    plain = (text if text.isascii() else "".join(map(_plain, text))).translate(_BRACKETS).strip()
    if _BODY.fullmatch(plain):
        return _number(plain, "")
    plain = plain.removeprefix("<").removesuffix(">")
    scheme = _SCHEME.match(plain)
    if scheme:
        plain = plain[scheme.end() :].replace("%2B", "+").replace("%2b", "+")
        if scheme[1].lower().startswith("sip"):
            plain = plain.partition("@")[0]
    head, *parameters = plain.split(";")
    context = ""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        name = name.strip().lower()
        if not (scheme or name in _PARAMETERS) or (name == "ext" and not value.strip().isdecimal()):
            return None
        if name == "phone-context" and not _DOMAIN.fullmatch(value):
            if not _CONTEXT.fullmatch(value):
                return None
            context = value
    head = head.strip()
    extension = _EXTENSION.search(head)
    return _number(head[: extension.start()].rstrip() if extension else head, context)


def _number(head: str, context: str) -> Written | None:
    body = _BODY.fullmatch(head)
    if body is None or head.startswith("-") or _FRACTION.fullmatch(head):
        return None
    digits = head.translate(_SEPARATORS)
    if not digits:
        return None
    if body["plus"]:
        return Written(digits, plus=True)
    return Written(context.translate(_SEPARATORS) + digits, plus=bool(context))


def _plain(c: str) -> str:
    """Return the ASCII character that one written character stands for, nothing for an invisible one."""
    if c.isascii():
        return c
    if c.isdecimal():
        return str(unicodedata.decimal(c))
    if "\uff01" <= c <= "\uff5e":
        return chr(ord(c) - 0xFEE0)
    if c.isspace():
        return " "
    category = unicodedata.category(c)
    if category == "Cf":
        return ""
    if category == "Pd" or c in _DASHES:
        return "-"
    return "." if c in _DOTS else c
