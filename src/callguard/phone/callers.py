"""Numbers to call from: as they are compared, of which kind, of which province."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from callguard.phone import short_codes
from callguard.phone.plan_file import shipped
from callguard.phone.reading import NumberPlan
from callguard.phone.written import written

if TYPE_CHECKING:
    from callguard.model import Place
    from callguard.policy.model import CallerKind

# what stands behind +86: virtual operators' mobiles, other mobiles, 400-numbers
_VIRTUAL: Final = re.compile(r"1(?:6[257]|7[01])\d{8}")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_FOUR_HUNDRED: Final = re.compile(r"400\d{7}")
_NATIONAL_CODE: Final = re.compile(r"95\d{3,6}")
_LOCAL_CODE: Final = re.compile(rf"0?(?P<area>{short_codes.AREA})?(?P<code>96\d{{3,5}})")
_DIGITS: Final = re.compile(r"\d{3,15}")


@cache
def _plan(region: str) -> NumberPlan:
    return NumberPlan(region, "national")


def caller_key(text: str, region: str = "CN") -> str | None:
    """Return what a caller's number is compared by: E.164 with its plus where it is valid, else its digits; None for neither.

    A 95- or 96-number is its digits without 86 or the trunk 0; a 96-number keeps the area code it was written with.
    """
    found = written(text)
    if found is None:
        return None
    if region == "CN" or found.plus:
        digits = found.digits.removeprefix("00") if not found.plus else found.digits
        national = digits.removeprefix("86") if found.plus or region == "CN" else digits
        if region == "CN" or digits != national:
            code = _LOCAL_CODE.fullmatch(national)
            if code:
                return (code["area"] or "") + code["code"]
            if _NATIONAL_CODE.fullmatch(national) and (not found.plus or digits != national):
                return national
    reading = _plan(region).read(text)
    if reading.status == "valid":
        return f"+{reading.number}"
    return found.digits if _DIGITS.fullmatch(found.digits) else None


def caller_kind(key: str) -> CallerKind | None:
    """Return the kind that a caller's digits tell: of a foreign number fixed or mobile where that is certain, else None."""
    if not key.startswith("+"):
        return "95" if _NATIONAL_CODE.fullmatch(key) else "96" if _LOCAL_CODE.fullmatch(key) else None
    national = key[3:] if key.startswith("+86") else ""
    if _VIRTUAL.fullmatch(national):
        return "virtual"
    if _MOBILE.fullmatch(national):
        return "mobile"
    if _FOUR_HUNDRED.fullmatch(national):
        return "400"
    return "fixed" if _place_of(key).fixed else None


def caller_province(key: str) -> str | None:
    """Return the mainland province of a fixed line's or a 96-number's area code; None where the digits tell none."""
    if key.startswith("+"):
        place = _place_of(key)
        return place.province if place.fixed else None
    code = _LOCAL_CODE.fullmatch(key)
    if code is None or code["area"] is None:
        return None
    # an ordinary subscriber's number of the same area: its province is the area's
    plan = _plan("CN")
    for subscriber in ("85550123", "8555012"):
        place = plan.places[plan.core.place(int(f"86{code['area']}{subscriber}"))]
        if place.province:
            return place.province
    return None


def _place_of(key: str) -> Place:
    return shipped().places[shipped().core.place(int(key[1:]))]
