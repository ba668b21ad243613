"""Callers are compared as they are read; their digits tell kind and province."""

from __future__ import annotations

import re

import pytest

from callguard import phone
from callguard.phone.short_codes import AREA

SAME = {
    "+861085550123": [
        "010-8555-0123",
        "(010) 8555 0123",
        "+86 10 8555 0123",
        "0086-10-85550123",
        "1085550123",
        "tel:+86-10-8555-0123",
    ],
    "+8613800138000": ["13800138000", "+86 138 0013 8000", "8613800138000", "013800138000"],
    "+864008550123": ["400-855-0123", "4008550123", "+86 400 855 0123"],
    "95588": ["95588", "+86 95588", "0086 95588", "86 95588"],
    "96123": ["96123", "+86 96123", "096123"],
    "+861096123": ["010-96123", "01096123", "+86 10 96123", "1096123", "86 010 96123"],
    "+12025550123": ["+1 202 555 0123", "001 202 555 0123"],
    "+85223456789": ["+852 2345 6789"],
}


@pytest.mark.parametrize("key", SAME)
def test_every_writing_of_a_caller_has_one_key(key):
    assert {phone.caller_key(text) for text in SAME[key]} == {key}


@pytest.mark.parametrize("text", ["", "abc", "手机", "+", "9558x", "12", "\ud800", "1" * 30, "138,00138000"])
def test_what_is_no_number_has_no_key(text):
    assert phone.caller_key(text) is None


def test_what_is_not_valid_is_compared_by_its_digits():
    assert phone.caller_key("12025550123") == "12025550123"
    assert phone.caller_key("+86 10 1234") == "86101234"
    assert phone.caller_key("12345") == "12345"
    assert phone.caller_key("(202) 555-0123", "US") == "+12025550123"


@pytest.mark.parametrize(
    ("text", "kind", "province"),
    [
        ("010-8555-0123", "fixed", "CN-BJ"), ("0755-8555-0123", "fixed", "CN-GD"), ("0951-855-0123", "fixed", "CN-NX"),
        ("0879-855-0123", "fixed", "CN-YN"), ("400-855-0123", "400", None), ("95588", "95", None), ("95012345", "95", None),
        ("96123", "96", None), ("9612345", "96", None), ("010-96123", "96", "CN-BJ"), ("0755-961234", "96", "CN-GD"),
        ("028-9612345", "96", "CN-SC"), ("010-95588", "95", None), ("13800138000", "mobile", None), ("19900138000", "mobile", None),
        ("16200138000", "virtual", None), ("16500138000", "virtual", None), ("16700138000", "virtual", None),
        ("17000138000", "virtual", None), ("17100138000", "virtual", None), ("16600138000", "mobile", None),
        ("17200138000", "mobile", None), ("+852 2345 6789", "fixed", None), ("+852 5123 4567", None, None),
        ("+1 202 555 0123", None, None), ("12345", None, None), ("8001234567", None, None),
    ],
)  # fmt: skip
def test_digits_tell_kind_and_province(text, kind, province):
    key = phone.caller_key(text)

    assert (phone.caller_kind(key), phone.caller_province(key)) == (kind, province)


def test_every_area_code_tells_the_province_that_its_fixed_lines_have():
    plan = phone.NumberPlan()
    seen = set()
    for area in range(10, 1000):
        if not re.fullmatch(AREA, str(area)):
            continue
        number = next((n for n in (int(f"86{area}85550123"), int(f"86{area}8555012")) if plan.place_id(n) > 1), None)
        if number is None or not plan.places[plan.place_id(number)].fixed:
            continue
        province = plan.places[plan.place_id(number)].province
        seen.add(province)

        assert phone.caller_province(phone.caller_key(f"0{area}-96123")) == province

    assert seen - {None} == set(phone.PROVINCES)
