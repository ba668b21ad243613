"""Regions in their writings, their zones, and what `place=` adds."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from callguard import clock, phone
from callguard.model import Place
from callguard.phone.subdivisions import SUBDIVISIONS

PLAN = phone.NumberPlan()


@pytest.mark.parametrize("code", phone.PROVINCES)
def test_a_province_has_three_writings(code):
    short, full, english = phone.PROVINCES[code]

    assert {phone.region(text) for text in (code, code.lower(), f" {code} ", short, full, english, english.upper())} == {code}
    assert phone.zones_of(code) == {"Asia/Shanghai"}


def test_there_are_31_provinces_and_none_is_written_as_another():
    names = [name for names in phone.PROVINCES.values() for name in set(names)]

    assert len(phone.PROVINCES) == 31
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("HK", ("CN-HK", "HK", "香港", "Hong Kong", "hongkong")), ("MO", ("CN-MO", "MO", "澳门", "Macau", "Macao")),
        ("TW", ("CN-TW", "TW", "台湾", "Taiwan")), ("CN", ("CN", "cn", "中国", "China")), ("PR", ("US-PR", "PR")),
        ("US-FL", ("US-FL", "us-fl")), ("DE", ("DE",)), ("DE-BY", ("DE-BY", "de-by")), ("FR-75C", ("FR-75C",)),
    ],
)  # fmt: skip
def test_other_regions_are_written_by_code_and_the_three_by_name_too(code, texts):
    assert {phone.region(text) for text in texts} == {code}


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("Guandong", "Guangdong"), ("guangdon", "Guangdong"), ("广西省", "广西"), ("Shangdong", "Shandong"), ("CN-GDD", "CN-GD"),
        ("HongKon", "Hong Kong"),
    ],
)  # fmt: skip
def test_a_misspelt_region_is_a_value_error_with_the_nearest(text, near):
    with pytest.raises(
        ValueError,
        match=re.escape(f"`{text}` is no region; accepted: ISO 3166 codes") + ".*" + re.escape(f"did you mean `{near}`?"),
    ):
        phone.region(text)


@pytest.mark.parametrize(
    "text", ["", "XX-YY", "QQ", "CN-", "CN-XX", "US-XX", "CA-ZZ", "AU-XXX", "DE-", "DE-ABCD", "\ud800", "火星", "CN-ZZ"]
)
def test_what_is_no_region_is_a_value_error(text):
    with pytest.raises(ValueError, match="is no region"):
        phone.region(text)


def test_zones_of_a_country_are_those_of_the_tzdata_package():
    assert phone.country_zones("CN") == {"Asia/Shanghai"}
    assert phone.country_zones("HK") == {"Asia/Hong_Kong"}
    assert len(phone.country_zones("US")) > 20
    assert phone.zones_of("DE-BY") == phone.country_zones("DE")
    with pytest.raises(ValueError, match="`QQ` is no country"):
        phone.country_zones("QQ")


def test_every_region_with_telephones_has_zones():
    from callguard.phone.plan_file import shipped

    assert all(phone.country_zones(region) for region in shipped().regions)


def test_states_cover_every_zone_of_their_country_and_have_no_others():
    for country in ("US", "CA", "AU"):
        zones = [zones for code, zones in SUBDIVISIONS.items() if code.startswith(f"{country}-")]

        assert frozenset().union(*zones) == phone.country_zones(country)


def test_states_are_those_of_iso_3166_2():
    states = {country: {code[3:] for code in SUBDIVISIONS if code.startswith(country)} for country in ("US", "CA", "AU")}

    assert len(states["US"]) == 51
    assert states["CA"] == {"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"}
    assert states["AU"] == {"ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"}


def test_a_state_of_north_america_has_the_zones_that_the_zone_table_says_it_has():
    """zone.tab names states in its remarks; each stands in ours."""
    text = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    for line in (line for line in text.splitlines() if not line.startswith("#")):
        country, _, zone, *remark = line.split("\t")
        if country in ("US", "CA") and remark:
            for state in re.findall(r"\b[A-Z]{2}\b", remark[0]):
                if f"{country}-{state}" in SUBDIVISIONS and state not in ("SE", "NE"):
                    assert zone in SUBDIVISIONS[f"{country}-{state}"], line


def test_every_zone_of_the_plan_and_of_the_regions_is_in_the_tzdata_package():
    names = {name for place in PLAN.places for name in place.zones} | {name for zones in SUBDIVISIONS.values() for name in zones}
    names |= {name for country in ("CN", "US", "DE", "BR", "RU", "XK", "AC") for name in phone.country_zones(country)}

    assert all(clock.zone(name) for name in names)


def place(text):
    return PLAN.places[PLAN.place_id(PLAN.read(text).number)]


@pytest.mark.parametrize(
    ("number", "told", "code"),
    [
        ("13800138000", "广东省", "CN-GD"), ("19900138000", "Guangdong", "CN-GD"), ("010-8555-0123", "CN-GD", "CN-GD"),
        ("13800138000", "CN", "CN"), ("+852 2345 6789", "CN-HK", "HK"), ("+852 2345 6789", "香港", "HK"), ("+853 2822 2222", "MO", "MO"),
        ("+886 2 2345 6789", "台湾", "TW"), ("+1 202 555 0123", "US-FL", "US-FL"), ("+1 202 555 0123", "US", "US"),
        ("+1 787 555 0123", "US-PR", "PR"), ("+49 30 901820", "DE-BE", "DE-BE"), ("+1 800 555 0123", "US-FL", "US-FL"),
    ],
)  # fmt: skip
def test_what_is_told_adds_zones_and_takes_none_away(number, told, code):
    before = place(number)
    after = PLAN.tell(before, told)

    assert after.told == code
    assert after.zones == before.zones | phone.zones_of(code)
    assert (after.country, after.province, after.fixed) == (before.country, before.province, before.fixed)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("13800138000", "HK"), ("13800138000", "CN-HK"), ("13800138000", "US"), ("+852 2345 6789", "CN"), ("+852 2345 6789", "CN-GD"),
        ("+1 202 555 0123", "CA-ON"), ("+1 604 555 0123", "US-WA"), ("+1 787 555 0123", "US"), ("13800138000", "Guandong"), ("13800138000", ""),
    ],
)  # fmt: skip
def test_a_place_in_another_country_or_none_is_a_value_error(number, told):
    with pytest.raises(ValueError, match="accepted: "):
        PLAN.tell(place(number), told)


def test_a_number_of_no_country_takes_any_place():
    for told in ("CN-GD", "HK", "US-FL", "DE"):
        assert PLAN.tell(place("+881 6 1234 5678"), told).told == phone.region(told)
        assert PLAN.tell(Place(None), told).zones == phone.zones_of(phone.region(told))
