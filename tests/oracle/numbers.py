"""Callees and callers, read slowly: every text goes through phonenumbers, nothing is remembered."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumberType

from oracle.regions import AREA_CODES

OUT = {"CN": "00", "HK": "001", "US": "011"}  # how one dials abroad from there
EVERYWHERE = {"112", "911", "999"}
SINGLES = {"911", "999", "95110", "95119", "96110", "12110", "12119", "12395"}
VIRTUAL = ("162", "165", "167", "170", "171")
EXTENSION = re.compile(r"(?i)\s*(?:;ext=|ext(?:ension|n)?|x|[转轉]接?(?:分[机機])?|分[机機])号?[\s:.\-]*\d{1,15}[\s)]*$")
SEPARATORS = "().[]<>\u2212\u30fc\u00b7\u2022\u2219\u30fb\uff65\u3010\u3011\u3014\u3015"
MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def is_service(code: str) -> bool:
    """Whether these digits are an emergency or public-service number of the mainland."""
    return (
        code in SINGLES
        or (len(code) == 3 and code[0] == "1")
        or (len(code) == 5 and code.startswith("12"))
        or (len(code) == 5 and code.startswith("100"))
    )


def is_protected(digits: str, plus: bool, region: str) -> bool:
    """Whether the digits as dialled from the region reach such a number: bare, or behind 86, an area code, or both."""
    out = OUT.get(region, "00")
    if not plus and digits.startswith(out):
        digits, plus = digits[len(out) :], True
    if plus:
        if not digits.startswith("86"):
            abroad = parsed("+" + digits, None)
            return abroad is not None and str(abroad.national_number) in EVERYWHERE
        nationals = [digits[2:]]
    elif region == "CN":
        nationals = [digits] + ([digits[2:]] if digits.startswith("86") else [])
    else:
        return digits in EVERYWHERE
    for national in nationals:
        for dialled in (national, national.removeprefix("0")):
            if is_service(dialled):
                return True
            if len(dialled) <= 8 and any(dialled.startswith(area) and is_service(dialled[len(area) :]) for area in AREA_CODES):
                return True
    return False


def digits_of(text: str) -> tuple[str, bool] | None:
    """Return the ASCII digits before any extension, and whether a plus stands before them; None where anything else is written."""
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("tel", "callto", "sip", "sips"):
        text = rest.partition("@")[0]
        text, _, context = text.partition(";phone-context=")
        text = context + text if context.startswith("+") and not text.startswith("+") else text
        text = re.sub(r";(?!ext=).*", "", text)
    if any(unicodedata.category(c) in ("No", "Nl") for c in text):
        return None  # superscripts and circled digits are no digits
    text = unicodedata.normalize("NFKC", text)
    text = EXTENSION.sub("", text)
    digits, plus = "", False
    for c in text:
        if unicodedata.category(c) == "Nd":
            digits += str(unicodedata.digit(c))
        elif c == "+" and not digits and not plus:
            plus = True
        elif not (c.isspace() or unicodedata.category(c) == "Pd" or c in SEPARATORS):
            return None
    return (digits, plus) if digits else None


def parsed(digits: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    """Return what phonenumbers makes of these digits."""
    try:
        return phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None


def number_of(digits: str, region: str | None) -> tuple[str, int | None]:
    """Return `valid` or `invalid`, and the number in E.164 where there is one."""
    found = parsed(digits, region)
    if found is None:
        return "invalid", None
    number = int(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)[1:])
    return ("valid" if phonenumbers.is_valid_number(found) else "invalid"), number


def is_ambiguous(digits: str, region: str) -> bool:
    """Whether an int's digits are also a national mobile number of the region."""
    if region == "CN":
        return bool(re.fullmatch(r"1[3-9]\d{9}", digits))
    found = parsed(digits, region)
    return (
        found is not None
        and phonenumbers.is_valid_number_for_region(found, region)
        and str(found.national_number) == digits
        and phonenumbers.number_type(found) in MOBILE
    )


def read(callee: str | int, region: str, integers: str | None = None) -> tuple[str, int | None]:
    """Return `valid`, `invalid` or `protected`, and the number in E.164 where it can be read as one."""
    if isinstance(callee, bool) or not isinstance(callee, str | int):
        raise TypeError("a callee is a str or an int")
    if isinstance(callee, str):
        found = digits_of(callee)
        if found is None:
            return "invalid", None
        digits, plus = found
        if is_protected(digits, plus, region):
            return "protected", None
        return number_of(("+" if plus else "") + digits, region)
    if not 0 < callee < 10**15:
        return "invalid", None
    digits = str(callee)
    if integers == "national":
        return read(digits, region)
    if is_protected(digits, False, region) or is_protected(digits, True, region):
        return "protected", None
    if integers is None and is_ambiguous(digits, region):
        return "invalid", None
    return number_of("+" + digits, None)


def caller_key(text: str, region: str) -> str | None:
    """Return what two callers are compared by: E.164 where that is valid, else their digits."""
    found = digits_of(text)
    if found is None:
        return None
    digits, plus = found
    status, number = number_of(("+" if plus else "") + digits, region)
    return f"+{number}" if status == "valid" else digits


def caller_kind(key: str) -> str:
    """Return the kind of a caller of the mainland, as its digits tell it."""
    national = key.removeprefix("+86")
    if key[:2] in ("95", "96"):
        return key[:2]
    if national.startswith("400"):
        return "400"
    if len(national) == 11 and national[0] == "1":
        return "virtual" if national.startswith(VIRTUAL) else "mobile"
    return "fixed"
