"""Numbers to call from: as they are compared, of which kind, of which province."""

from __future__ import annotations

from functools import cache
from re import fullmatch
from typing import TYPE_CHECKING, Final

from callguard.phone.plan_file import shipped
from callguard.phone.reading import NumberPlan
from callguard.phone.short_codes import AREA
from callguard.phone.written import written

if TYPE_CHECKING:
    from callguard.model import CallerKind, Place

_CHINA: Final = "+86"
# patterns are compiled when they are first needed, which most policies' callers never do
_KINDS: Final[tuple[tuple[CallerKind, str], ...]] = (  # of what stands behind +86
    ("virtual", r"1(?:6[257]|7[01])\d{8}"),
    ("mobile", r"1[3-9]\d{9}"),
    ("400", r"400\d{7}"),
    ("96", rf"{AREA}96\d{{3,4}}"),
    ("95", rf"{AREA}95\d{{3,4}}"),
)
_NATIONAL: Final = r"95\d{3,6}"
_LOCAL: Final = rf"(?P<area>{AREA})?96\d{{3,5}}"
_CODE_AS_WRITTEN: Final = rf"(?:(?:00)?86)?0?(?P<code>{AREA}?96\d{{3,5}}|95\d{{3,6}})"
_DIGITS: Final = r"\d{3,15}"


@cache
def _plan(region: str) -> NumberPlan:
    return NumberPlan(region, "national")


def caller_key(text: str, region: str = "CN") -> str | None:
    """Return what a caller's number is compared by: E.164 with its plus where it is valid, else its digits; None for neither.

    The digits of a 95- or 96-number are without 86 and the trunk 0, so that every writing of one is the same.
    """
    reading = _plan(region).read(text)
    if reading.status == "valid":
        return f"+{reading.number}"
    found = written(text)
    if found is None or not fullmatch(_DIGITS, found.digits):
        return None
    code = fullmatch(_CODE_AS_WRITTEN, found.digits) if region == "CN" or found.digits.startswith("86") else None
    return code["code"] if code else found.digits


def caller_kind(key: str) -> CallerKind | None:
    """Return the kind that a caller's digits tell; None where they tell none, as of mobile numbers elsewhere."""
    if not key.startswith("+"):
        return "95" if fullmatch(_NATIONAL, key) else "96" if fullmatch(_LOCAL, key) else None
    if key.startswith(_CHINA):
        national = key.removeprefix(_CHINA)
        found = next((kind for kind, pattern in _KINDS if fullmatch(pattern, national)), None)
        if found:
            return found
    return "fixed" if _place(key).fixed else None


def caller_province(key: str) -> str | None:
    """Return the mainland province of a fixed line's or a 96-number's area code; None where the digits tell none."""
    kind = caller_kind(key)
    if kind == "fixed":
        return _place(key).province
    code = fullmatch(_LOCAL, key.removeprefix(_CHINA)) if kind == "96" else None
    return _province_of(code["area"]) if code and code["area"] else None


def _province_of(area: str) -> str | None:
    """Return an area code's province: that of a subscriber's number of seven or eight digits there."""
    places = (_place(f"{_CHINA}{area}{subscriber}") for subscriber in ("85550123", "8555012"))
    return next((place.province for place in places if place.province), None)


def _place(key: str) -> Place:
    return shipped().places[shipped().core.place(int(key))]
