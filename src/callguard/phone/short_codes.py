"""Short codes: those of emergency and public services, and those of other enterprises."""

from __future__ import annotations

from re import fullmatch
from typing import Final

# the mainland's area codes, without the trunk 0
AREA: Final = (
    r"(?:10|2[0-57-9]|3(?:[15]\d|35|49|7[0-79]|9[1-68])|4(?:1[0-9]|2[179]|[35][1-9]|6[47-9]|7\d|8[23])"
    r"|5(?:[1357]\d|2[37]|4[36]|6[1-46]|80|9[1-9])|6(?:3[1-5]|6[0238]|9[12])"
    r"|7(?:01|[1579]\d|2[248]|3[0-9]|4[3-6]|6[023689])|8(?:1[236-8]|2[5-7]|[37]\d|5[1-9]|8[36-8]|9[1-9])"
    r"|9(?:0[1-3689]|1[1-79]|[379]\d|4[13]|5[1-5]))"
)
# three digits from 1, Beijing's ambulances, police and rescue at sea, fraud warnings, the 12xxx lines, operators' 100xx
PUBLIC: Final = r"(?:1\d\d|911|999|95110|95119|96110|12\d{3}|100\d\d)"
_IN_CHINA: Final = rf"0?{AREA}?{PUBLIC}"
_ENTERPRISE: Final = r"9[56]\d{3,6}"
EVERYWHERE: Final = frozenset({"112", "911", "999"})


def is_public(national: str) -> bool:
    """Return whether a national number of the mainland is a public service's code, bare or behind an area code."""
    return fullmatch(_IN_CHINA, national) is not None


def is_enterprise(national: str) -> bool:
    """Return whether digits are a short code of an enterprise's."""
    return fullmatch(_ENTERPRISE, national) is not None


def is_protected(digits: str, *, plus: bool, mainland: bool, country_code: int) -> bool:
    """Return whether digits, as they were written, are a public service's code, bare or behind a country or area code.

    `mainland` says that numbers without a country code are the mainland's, `country_code` is that of the region they are of.
    """
    if digits in EVERYWHERE or digits.removeprefix(str(country_code)) in EVERYWHERE:
        return True
    if not mainland:
        return plus and digits.startswith("86") and is_public(digits[2:])
    if plus:
        return fullmatch(PUBLIC, digits) is not None or (digits.startswith("86") and is_public(digits[2:]))
    return is_public(digits) or any(digits.startswith(cc) and is_public(digits[len(cc) :]) for cc in ("86", "0086"))
