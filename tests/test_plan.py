"""The compiled numbering plan says what phonenumbers says, or says that phonenumbers must be asked."""

from __future__ import annotations

import random
import zlib
from collections import Counter
from functools import cache
from importlib import resources

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType, geocoder, timezone
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

from callguard import phone
from callguard._core.plan import Plan
from callguard.model import Place
from callguard.phone.plan_file import shipped
from numbers_near import chinese, near_the_boundaries
from tooling import tool

HERE = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.MOBILE, PhoneNumberType.VOIP)
PLAN = phone.NumberPlan()


def e164(parsed):
    return int(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)[1:])


def parsed(number):
    try:
        return phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return None


@cache
def american(area):
    """Return an area code's own zones: of all keys that begin with it, or of all of North America where there is none."""
    keys = [zones for key, zones in TIMEZONE_DATA.items() if key.startswith(f"1{area}")]
    return frozenset().union(*keys) if keys else frozenset(TIMEZONE_DATA["1"])


def zones(found, kind):
    """Return the zones of API.md, from the public API; for North America from the key table."""
    if found.country_code == 1 and kind in HERE:
        area = str(found.national_number)[:3]
        partners = tool("overlays").PARTNERS.get(area, ())
        return american(area).union(*[american(p) for p in partners if any(key.startswith(f"1{p}") for key in TIMEZONE_DATA)])
    if kind not in HERE and found.country_code != 86:
        return frozenset()
    return frozenset(timezone.time_zones_for_number(found)) - {"Etc/Unknown"}


@cache
def states(area):
    """Return the states of an area code and its overlays, by the geodata's descriptions of their exchanges."""
    names = tool("states").NAMES
    codes = {area, *tool("overlays").PARTNERS.get(area, ())}
    found = (
        text["en"].split(", ")[-1] for key, text in GEOCODE_DATA.items() if len(key) > 3 and key[0] == "1" and key[1:4] in codes
    )
    return frozenset(names[name] for name in found if name in names)


def province(found, kind):
    """Return the province that the Chinese descriptions tell: of mobiles only by six digits or more."""
    if found.country_code != 86 or kind not in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
        return None
    digits = f"86{found.national_number}"
    key = next((digits[:size] for size in range(len(digits), 2, -1) if digits[:size] in GEOCODE_DATA), "")
    if not key or (kind == PhoneNumberType.MOBILE and len(key) < 8):
        return None
    names = GEOCODE_DATA[key]
    description = geocoder.description_for_number(found, "zh") if "zh" in names else "云南"
    return next(code for code, (short, _, _) in phone.PROVINCES.items() if description.startswith(short))


@pytest.mark.once
@pytest.mark.parametrize("generator", [near_the_boundaries, chinese])
def test_the_plan_agrees_with_phonenumbers(generator):
    rng = random.Random(20_261_124)
    seen = Counter()
    for number in generator(rng, 12_000):
        leaf, found = PLAN.core.leaf(number), parsed(number)
        if leaf == 1:
            seen["asked"] += 1
            continue
        if found is None:
            assert leaf == 0
            continue

        assert (number, phonenumbers.is_valid_number(found)) == (e164(found), leaf > 1)

        if leaf > 1:
            seen["valid"] += 1
            kind, place = phonenumbers.number_type(found), PLAN.places[leaf]
            country = phonenumbers.region_code_for_number(found)
            expected = Place(
                None if country == "001" else country,
                province(found, kind),
                zones(found, kind),
                kind == PhoneNumberType.FIXED_LINE,
                states=states(str(found.national_number)[:3]) if country == "US" and kind in HERE else frozenset(),
            )

            assert expected == place
            assert PLAN.place_id(number) == leaf
    assert seen["valid"] > 3000
    assert seen["asked"] < 1200


def test_valid_numbers_of_nine_digits_or_more_are_seldom_left_to_phonenumbers():
    numbers = [n for n in near_the_boundaries(random.Random(5), 12_000) if n >= 10**8 and PLAN.place_id(n) > 1]

    assert sum(PLAN.core.leaf(n) == 1 for n in numbers) < len(numbers) // 100


def test_what_the_plan_leaves_to_phonenumbers_has_its_place_all_the_same():
    rng = random.Random(7)
    asked = 0
    for number in near_the_boundaries(rng, 12_000):
        found = parsed(number)
        if PLAN.core.leaf(number) != 1 or found is None or e164(found) != number:
            continue
        asked += 1

        assert phonenumbers.is_valid_number(found) == (PLAN.place_id(number) > 1)

        if phonenumbers.is_valid_number(found):
            kind, place = phonenumbers.number_type(found), PLAN.places[PLAN.place_id(number)]

            assert (zones(found, kind), province(found, kind)) == (place.zones, place.province)
    assert asked > 100


def test_every_example_of_phonenumbers_is_in_the_plan():
    from numbers_near import examples

    for code, national in examples():
        number = int(f"{code}{national}")

        assert phonenumbers.is_valid_number(parsed(number)) == (PLAN.place_id(number) > 1)


def test_blocks_say_what_the_automaton_says():
    rng = random.Random(3)
    for _ in range(5000):
        number = rng.choice((8_613_000_000_000 + rng.randrange(7 * 10**9), 12_000_000_000 + rng.randrange(8 * 10**9)))
        walked, place = PLAN.core.walk(number) & 0x7FFF, PLAN.core.place(number)

        assert (walked > 1) == (place > 1)

        assert PLAN.places[walked].zones == PLAN.places[place].zones


@pytest.mark.parametrize("number", [1, 110, 95_588, 999_999, 12_345_678, 99_999_999])
def test_short_numbers_are_always_asked_about(number):
    assert PLAN.core.leaf(number) == 1


@pytest.mark.parametrize("number", [999_999_999_999_999, 100_000_000, 8_699_999_999_999, 21_000_000_000, 19_999_999_999])
def test_numbers_of_no_plan_are_none(number):
    assert PLAN.core.leaf(number) == 0


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (18505550123, {"America/New_York", "America/Chicago"}),
        (14485550123, {"America/New_York", "America/Chicago"}),
        (18675550123, None),
        (12505550123, None),
        (16045550123, {"America/Vancouver"}),  # not 250's zones, though 778 overlays both
        (12025550123, {"America/New_York"}),
        (18085550123, {"Pacific/Honolulu"}),
    ],
)
def test_north_american_area_codes_have_the_zones_of_all_their_exchanges_and_overlays(number, names):
    found = PLAN.places[PLAN.core.leaf(number)].zones

    assert found == names if names else len(found) > 1


def test_overlays_hold_in_both_directions_and_are_not_passed_on():
    partners = tool("overlays").PARTNERS

    assert all(code in partners[other] for code, others in partners.items() for other in others)
    assert all(code.isdigit() and len(code) == 3 and code not in others for code, others in partners.items())
    assert "250" in partners["778"]
    assert "604" in partners["778"]
    assert "250" not in partners["604"]


def test_overlaid_codes_whose_zones_differ_are_those_that_were_looked_at():
    own = {area: american(area) for area in tool("overlays").PARTNERS if f"1{area}" in TIMEZONE_DATA}
    partners = tool("overlays").PARTNERS
    differing = {
        frozenset((code, other))
        for code, others in partners.items()
        for other in others
        if code in own and other in own and own[code] != own[other]
    }
    # 689 is new, and phonenumbers' guess for it is Central
    reviewed = "321-689 407-689 850-448 812-930 270-364 208-986 541-458 418-581 418-367 250-778 250-236 250-672 250-257 306-474 639-474 423-729 709-879"

    assert {"-".join(sorted(pair)) for pair in differing} <= {"-".join(sorted(pair.split("-"))) for pair in reviewed.split()}


def test_toll_free_satellite_and_personal_numbers_have_no_zone_and_chinese_ones_have_shanghai():
    for number in (18005550123, 881612345678, 447012345678, 80012345678):
        assert not PLAN.places[PLAN.core.place(number)].zones
    for number in (864008001234, 868008101234, 8695012345678, 8610108888):
        assert PLAN.places[PLAN.core.place(number)] == Place("CN", None, frozenset({"Asia/Shanghai"}))


def test_numbers_of_no_country_are_of_none():
    place = PLAN.places[PLAN.core.leaf(881612345678)]

    assert (place.country, place.zones) == (None, frozenset())


def test_the_first_two_places_are_unknown():
    assert PLAN.places[:2] == [Place(None), Place(None)]


def test_newer_provinces_replace_those_of_valid_blocks_alone():
    newer = phone.NumberPlan(
        hcodes={1_380_013: "CN-XJ", 1_990_001: "CN-XZ", 1_790_000: "CN-BJ", 1_660_000: "CN-GD", 1_490_000: "CN-GD"}
    )

    assert newer.places[newer.place_id(8_613_800_138_000)].province == "CN-XJ"
    assert newer.places[newer.place_id(8_619_900_018_000)].province == "CN-XZ"
    assert PLAN.places[PLAN.place_id(8_613_800_138_000)].province == "CN-BJ"
    assert newer.places[newer.place_id(8_613_800_148_000)].province == "CN-BJ"
    assert newer.core.leaf(8_617_900_008_000) == 1
    assert isinstance(newer.core, Plan)


def test_the_plan_is_of_the_phonenumbers_that_is_installed():
    assert phone.data_version() == phonenumbers.__version__ == shipped().version


@pytest.mark.slow
def test_the_committed_plan_is_what_the_tool_makes():
    shipped_bytes = resources.files("callguard.phone").joinpath("plan.bin").read_bytes()

    assert zlib.decompress(tool("compile_plan").compile_plan()) == zlib.decompress(shipped_bytes)
