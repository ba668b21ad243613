"""Where a callee is: country, province, every zone; and what being told a place adds."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberType, timezone
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

from oracle.regions import AREA_CODES, STATES, province_of_description, region, zones_of

NO_ZONE = (
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.VOIP,
    PhoneNumberType.PAGER,
    PhoneNumberType.VOICEMAIL,
)
OVERLAYS = {  # pairs: an overlay is not passed on
    frozenset(pair.split("-"))
    for pair in [
        "208-986",
        "270-364",
        "418-581",
        "418-367",
        "541-458",
        "709-879",
        "812-930",
        "850-448",
        "423-729",
        "250-778",
        "250-236",
        "250-672",
        "250-257",
        "306-639",
        "306-474",
        "639-474",
    ]
}


@dataclass(frozen=True)
class Place:
    """A callee's place: what its number tells, and what was told."""

    country: str | None
    province: str | None = None
    zones: frozenset[str] = frozenset()
    fixed: bool = False
    told: str | None = None
    states: frozenset[str] = frozenset()


def longest(digits: str, table: dict, shortest: int) -> str | None:
    """Return the longest prefix of the digits that the table has."""
    return next((digits[:n] for n in range(len(digits), shortest - 1, -1) if digits[:n] in table), None)


@functools.cache
def newer_table() -> Any:
    """Return the table of the extra `[hcode]`, where it is installed."""
    try:
        from phone import Phone
    except ImportError:
        return None
    return Phone()


def province(digits: str, kind: int, hcodes: dict[int, str]) -> str | None:
    """Return the province of a number of the mainland, by its area code or its mobile prefix."""
    national = digits[2:]
    if kind == PhoneNumberType.FIXED_LINE:
        return next((AREA_CODES[national[:n]] for n in (3, 2) if national[:n] in AREA_CODES), None)
    if kind != PhoneNumberType.MOBILE:
        return None
    if int(national[:7]) in hcodes:
        return hcodes[int(national[:7])]
    newer = newer_table().find(national[:7]) if newer_table() else None
    if newer:
        return province_of_description(newer["province"])
    prefix = longest(digits, GEOCODE_DATA, 8)
    return None if prefix is None else province_of_description(GEOCODE_DATA[prefix].get("zh", ""))


@functools.cache
def zones_of_area(area: str) -> frozenset[str]:
    """Return the union of the zones of all exchanges of a North American area code."""
    found = (zones for prefix, zones in TIMEZONE_DATA.items() if len(prefix) > 3 and prefix.startswith("1" + area))
    return frozenset().union(*found)


def zones(found: phonenumbers.PhoneNumber, digits: str, kind: int) -> frozenset[str]:
    """Return every zone that a number may be in; none where they cannot be known."""
    if digits.startswith("86"):
        return frozenset({"Asia/Shanghai"})
    if kind in NO_ZONE:
        return frozenset()
    if digits.startswith("1"):
        area = digits[1:4]
        others = [next(iter(pair - {area})) for pair in OVERLAYS if area in pair]
        return frozenset().union(*(zones_of_area(code) for code in [area, *others]))
    return frozenset(timezone.time_zones_for_number(found)) - {"Etc/Unknown"}


def place_of(number: int, hcodes: dict[int, str]) -> Place:
    """Return the place of a valid number."""
    digits = str(number)
    found = phonenumbers.parse("+" + digits)
    kind = phonenumbers.number_type(found)
    country = phonenumbers.region_code_for_number(found)
    return Place(
        None if country == "001" else country,
        province(digits, kind, hcodes) if digits.startswith("86") else None,
        zones(found, digits, kind),
        kind == PhoneNumberType.FIXED_LINE and digits.startswith("86"),
        states=states(digits) if country == "US" and kind not in NO_ZONE else frozenset(),
    )


def tell(place: Place, text: str) -> Place:
    """Return the place with what was told added; ValueError for a place that is none, or in another country."""
    told = region(text)
    if place.country not in (None, told.partition("-")[0]):
        raise ValueError(text)
    return replace(place, told=told, zones=place.zones | zones_of(told))


@functools.cache
def states_of_area(area: str) -> frozenset[str]:
    """Return the states that the geodata name for any exchange of a North American area code."""
    names = (names["en"].split(", ")[-1] for key, names in GEOCODE_DATA.items() if key.startswith("1" + area) and len(key) > 3)
    return frozenset("US-" + STATES.get(name, name) for name in names if name in STATES or name in STATES.values())


def states(digits: str) -> frozenset[str]:
    """Return the states of an area code; of one that the geodata do not have, none."""
    return states_of_area(digits[1:4])


def countries(place: Place) -> set[str | None]:
    """Return every country whose law counts."""
    return {place.country} | ({place.told.partition("-")[0]} if place.told else set())


def provinces(place: Place) -> set[str]:
    """Return the mainland's provinces that must each pass; empty: unknown, or in none."""
    told = place.told if place.told and place.told.startswith("CN-") else None
    if told is None:
        return {place.province} - {None}
    return {told, place.province} - {None} if place.fixed else {told}


def regions(place: Place) -> set[str]:
    """Return every country and province, told or known."""
    told = {place.told, place.told.partition("-")[0]} if place.told else set()
    return {code for code in {place.country, place.province, *place.states, *told} if code}
