"""Whatever people write is read as E.164, as invalid or as protected, and the short path says what the long one does."""

from __future__ import annotations

import random
import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callguard import phone
from callguard._core.native import plain, spaced
from callguard.phone import NumberPlan, Reading
from callguard.phone.written import Written, written
from numbers_near import chinese, near_the_boundaries

CN, US, HK, FI = NumberPlan("CN"), NumberPlan("US"), NumberPlan("HK"), NumberPlan("FI")
NATIONAL, E164 = NumberPlan("CN", "national"), NumberPlan("CN", "e164")
MOBILE, FIXED = 8_613_800_138_000, 861_085_550_123


@pytest.mark.parametrize(
    "text",
    [
        "13800138000", "138 0013 8000", "138-0013-8000", "138.0013.8000", " 13800138000\n", "\t138\u00a00013\u00a08000",
        "+86 138-0013-8000", "+8613800138000", "++8613800138000", "＋86 138 0013 8000", "(+86)13800138000", "（+86）138 0013 8000",
        "0086 138 0013 8000", "008613800138000", "00 86 138 0013 8000", "+0086 13800138000", "8613800138000", "86-138-0013-8000",
        "86 0138 0013 8000", "+86 (0)138 0013 8000", "+86 0138 0013 8000", "013800138000", "17951 13800138000", "12593-13800138000",
        "１３８００１３８０００", "１３８－００１３－８０００", "١٣٨٠٠١٣٨٠٠٠", "१३८००१३८०००", "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎",
        "\u202d13800138000\u202c", "138\u200b0013\u200b8000", "\ufeff13800138000", "138\u00ad00138000", "138\u2060\u200d00138000",
        "138—0013—8000", "138–0013–8000", "138−0013−8000", "138·0013·8000", "[138] 0013 8000", "【138】00138000",
        "tel:+86-138-0013-8000", "TEL:+8613800138000", "tel:138-0013-8000;phone-context=+86", "tel:13800138000",
        "tel:13800138000;phone-context=example.com", "callto:+8613800138000", "tel:%2B8613800138000",
        "sip:+8613800138000@192.0.2.1;user=phone", "sips:13800138000@example.com", "<sip:+8613800138000@example.com>",
        "sip:+8613800138000;npdi@example.com",
    ],
)  # fmt: skip
def test_a_mobile_number_is_read_however_it_is_written(text):
    assert CN.read(text) == Reading(MOBILE, "valid")


@pytest.mark.parametrize(
    "text",
    [
        "010-8555 0123", "(010)85550123", "（010）8555 0123", "（０１０）８５５５　０１２３", "010 8555 0123", "01085550123", "1085550123",
        "+86 10 8555 0123", "+86 (10) 8555-0123", "+86 010 8555 0123", "0086-10-85550123", "86 10 8555 0123", "86010 8555 0123",
        "010-85550123 ext 123", "010-85550123 ext.123", "010-85550123 EXT: 123", "010-85550123x123", "010-85550123 ext123",
        "010-85550123;ext=123", "tel:+86-10-8555-0123;ext=8001", "010-85550123转123", "010-85550123 转 123", "010-85550123轉123",
        "010-85550123转分机123", "010-85550123分机123", "010-85550123 分机：8001", "010-85550123分机号8001", "010-85550123（转123）",
        "010-85550123（分机123）", "tel:+86-10-8555-0123;isub=1", "010-85550123 extension 123",
        "tel:8555-0123;phone-context=+86-10",
    ],
)  # fmt: skip
def test_a_fixed_line_is_read_however_it_is_written_and_without_its_extension(text):
    assert CN.read(text) == Reading(FIXED, "valid")


@pytest.mark.parametrize(
    "text",
    [
        "abc", "1800CALLNOW", "手机：13800138000", "电话13800138000", "Tel 13800138000", "13800138000 (home)", "13800138000x",
        "13800138000*", "#13800138000", "*13800138000", "13800138000#", "010-85550123,123", "010-85550123,,123", "010-85550123#123",
        "13800138000/13900139000", "13800138000,13900139000", "13800138000、13900139000", "9,13800138000", "13800138000.0",
        "13800138000.00", "861380013800.0", "138001380.12", "8613800138000.000", "1.38e10", "1.3800138E+10", "13_800_138_000",
        "13800138000\x00", "\x00", "138\ud80000138000", "+86+13800138000", "138+00138000", "86+13800138000",
        "-13800138000", "−13800138000", "13800138000;foo=1", "13800138000;ext=", "13800138000;ext=abc", "①③⑧⓪⓪①③⑧⓪⓪⓪",
        "¹³⁸⁰⁰¹³⁸⁰⁰⁰", "sip:alice@example.com", "sip:13800138000:secret@example.com", "tel:", "sip:@example.com", "+", "++", "()",
        "tel:13800138000;phone-context=", "1" * 251, "13800138000 转", "转123", "ext 123", "NaN", "None", "13800138000\ufe0f",
        "tel://13800138000", "13800138000 转 12 转 13", "13800138000ext1ext2", "'13800138000", "138~0013~8000",
    ],
)  # fmt: skip
def test_other_characters_are_not_read(text):
    assert CN.read(text) == Reading(None, "invalid", "characters")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("01013800138000", 861_013_800_138_000), ("88888888", 8_688_888_888), ("9138001380000", None), ("913800138000", None),
        ("0755-26000000-123", None), ("14600138000", 8_614_600_138_000), ("85221234567", None), ("1064899990000", None),
        ("+852 0000 0000", 85_200_000_000), ("+999 1234 5678", None), ("+0 1234 5678", None), ("1380013800", None), ("1", None),
        ("138001380000", None), ("+49" + "9" * 15, None), ("9" * 40, None), ("11185", None), ("116114", None), ("00", None), ("+1", None), ("", None),
        (" \n", None), ("0x13800138000", None),
    ],
)  # fmt: skip
def test_what_cannot_be_dialled_is_invalid(text, number):
    found = CN.read(text)

    assert (found.status, found.note) == ("invalid", None)
    assert number is None or found.number == number


CODES = [
    "110", "112", "114", "119", "120", "122", "100", "199", "911", "999", "95110", "95119", "96110", "12110", "12119", "12395", "12345",
    "12315", "12000", "12999", "10000", "10010", "10086", "10099",
]  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_a_public_code_is_protected_bare_and_behind_country_and_area_codes(code):
    bare = [
        code,
        f" {code} ",
        f"0{code}",
        int(code),
        f"86{code}",
        f"+86{code}",
        f"0086{code}",
        f"86 {code}",
        f"+86-{code}",
        int(f"86{code}"),
    ]
    behind = []
    for area in ("10", "21", "755", "951", "998"):
        behind += [
            f"0{area}-{code}",
            f"(0{area}){code}",
            f"{area}{code}",
            int(f"{area}{code}"),
            f"+86 {area} {code}",
            f"+86 0{area} {code}",
        ]
        behind += [f"0086{area}{code}", f"86{area}{code}", int(f"86{area}{code}"), f"86 0{area} {code}", f"tel:+86-{area}-{code}"]

    assert {CN.read(text).status for text in bare + behind} == {"protected"}
    assert {plan.read(f"+86{code}").status for plan in (US, HK, E164, NATIONAL)} == {"protected"}
    assert {plan.read(f"+86 10 {code}").status for plan in (US, HK, E164, NATIONAL)} == {"protected"}
    assert {plan.read(int(code)).status for plan in (E164, NATIONAL)} == {"protected"}


def test_every_code_of_the_plan_is_protected():
    codes = [*range(100, 200), *range(12_000, 13_000), *range(10_000, 10_100)]

    assert {CN.read(form).status for code in codes for form in (code, str(code), f"+86{code}")} == {"protected"}


@pytest.mark.parametrize("code", ["112", "911", "999"])
def test_elsewhere_three_codes_are_protected_bare_and_straight_behind_a_country_code(code):
    for plan in (US, HK, FI):
        assert {plan.read(text).status for text in (code, int(code), f"+44 {code}", f"+1{code}", f"+852{code}")} == {"protected"}
        assert plan.read(f"{plan.national}{code}").status == "protected"
    assert US.read(f"011 44 {code}").status == "protected"
    assert CN.read(f"+44{code}").status == CN.read(int(f"44{code}")).status == "protected"


@pytest.mark.parametrize("text", ["110", "114", "12345", "10086", "95110", "212 110", 110, 12_345, "+1 110", "+49 110"])
def test_the_mainlands_codes_are_not_protected_elsewhere(text):
    assert US.read(text).status == "invalid"


@pytest.mark.parametrize(
    "text", ["+49 112 0000 0000", "+86 112 0000 0000", "+86 755 1104 5678", "+44 20 9990 0000", "+86 10 1100 1234"]
)
def test_a_longer_number_is_never_protected(text):
    assert CN.read(text).status != "protected"


@pytest.mark.parametrize(
    "text", ["95588", "95533", "950123", "95012345", "96169", "961234", "9612345", 95588, 96169, "8695588", "+8695588"]
)
def test_another_enterprises_short_code_is_invalid(text):
    found = CN.read(text)

    assert (found.status, found.note) == ("invalid", "short-code")


def test_a_short_code_behind_an_area_code_is_what_phonenumbers_says():
    assert CN.read("010-95588").status == CN.read("+86 10 95588").status == "valid"
    assert CN.read("0953-95588").status == CN.read("+86 953 95588").status == "valid"
    assert CN.read("95395588") == Reading(8_695_395_588, "invalid", "short-code")


@pytest.mark.parametrize("n", [13_125_550_123, 15_125_550_123, 13_800_138_000, 19_999_999_999, 13_000_000_000])
def test_an_integer_that_is_also_a_national_mobile_is_ambiguous_unless_the_policy_settles_it(n):
    assert CN.read(n) == Reading(None, "invalid", "ambiguous-integer")
    assert NATIONAL.read(n).number == 8_600_000_000_000 + n
    assert E164.read(n).number in (n, None)
    assert CN.read(str(n)).number == 8_600_000_000_000 + n


def test_integers_are_e164_unless_they_are_ambiguous():
    assert CN.read(MOBILE) == E164.read(MOBILE) == NATIONAL.read(MOBILE) == Reading(MOBILE, "valid")
    assert CN.read(12_025_550_123) == Reading(12_025_550_123, "valid")
    assert CN.read(4_008_001_234).status == "invalid"
    assert NATIONAL.read(4_008_001_234) == Reading(864_008_001_234, "valid")
    assert E164.read(13_125_550_123) == Reading(13_125_550_123, "valid")
    assert CN.read(12_999_999_999).note is None
    assert CN.read(20_000_000_000).note is None


def test_elsewhere_integers_that_are_the_regions_own_mobiles_are_ambiguous():
    assert US.read(2_025_550_123) == Reading(None, "invalid", "ambiguous-integer")
    assert US.read(12_025_550_123) == Reading(12_025_550_123, "valid")
    assert US.read(MOBILE) == Reading(MOBILE, "valid")
    assert NumberPlan("US", "national").read(2_025_550_123) == Reading(12_025_550_123, "valid")
    assert HK.read(51_234_567) == Reading(None, "invalid", "ambiguous-integer")


def test_integers_outside_e164_are_invalid():
    for n in (0, -1, -MOBILE, 10**15, 10**100, -(10**400), 10**5000):
        assert CN.read(n) == NATIONAL.read(n) == E164.read(n) == Reading(None, "invalid")


@pytest.mark.parametrize("thing", [True, False, None, 1.0, b"13800138000", ["13800138000"], object()])
def test_other_types_are_a_type_error(thing):
    with pytest.raises(TypeError, match="accepted: a str, or an int"):
        CN.read(thing)


def test_a_text_without_a_country_code_is_read_in_the_region():
    assert US.read("(202) 555-0123") == Reading(12_025_550_123, "valid")
    assert US.read("011 86 138 0013 8000") == Reading(MOBILE, "valid")
    assert US.read("13125550123") == Reading(13_125_550_123, "valid")
    assert CN.read("13125550123") == Reading(8_613_125_550_123, "valid")
    assert HK.read("2345 6789") == Reading(85_223_456_789, "valid")


def test_a_region_without_telephones_reads_numbers_with_a_country_code_alone():
    plan = NumberPlan("AQ")

    assert plan.read("+86 138 0013 8000") == plan.read(MOBILE) == Reading(MOBILE, "valid")
    assert plan.read("138 0013 8000") == Reading(None, "invalid")
    assert plan.read("911").status == "protected"


def test_what_is_no_country_is_a_value_error():
    with pytest.raises(ValueError, match="`QQ` is no country"):
        NumberPlan("QQ")


ALPHABET = "0123456789" * 6 + "+++-- .()（）１２٣\u200b\u202d\u00a0;=:,/#*x转分机extelsip@<>\ud800\x00é½²①"
HOSTILE_TEXT = st.text(ALPHABET, max_size=40)
SPACED = st.from_regex(
    r"[ (\t]{0,2}(\+|\+86|\+1|0086|86|0|\(0)?[ )-]{0,2}[1-9][0-9 ()-]{0,3}[0-9]{1,4}[ -]?[0-9 ()-]{3,12}[ )-]?", fullmatch=True
)
FORMS = ("+{0}", "{0}", "{1}", "+{1}", "0{1}", "00{1}", "86{1}")


@given(st.integers(0, 2**32), st.sampled_from(FORMS), st.sampled_from([CN, US, FI]))
def test_the_short_path_agrees_with_the_long_one(seed, form, plan):
    rng = random.Random(seed)
    for number in (*near_the_boundaries(rng, 20), *chinese(rng, 20)):
        text = form.format(number, str(number)[2:])
        short = plain(text, plan.national)
        leaf = plan.core.leaf(short) if short > 0 else 1
        if leaf == 1:
            continue
        long = plan.read_digits(Written(text.lstrip("+"), plus=text.startswith("+")))

        assert long.status == ("valid" if leaf > 1 else "invalid")
        assert long.number == short or (leaf == 0 and long.number is None)
        if leaf > 1:
            assert long == plan.read(text)
            parsed = phonenumbers.parse(text, plan.region)
            assert phonenumbers.is_valid_number(parsed)


LIKE_MOBILES = st.from_regex(r"1[3-9][0-9]{4,13}", fullmatch=True)


@given(LIKE_MOBILES, st.sampled_from(["{}", "+86{}", "86{}", "0{}", "0086{}", "+{}", "+8{}"]), st.sampled_from([CN, E164, US, HK]))
@example("14012345678", "{}", CN)
@example("14012345678", "0{}", CN)
@example("14012345678", "86{}", CN)
@example("14012345678", "+86{}", HK)
@example("1380013800", "{}", CN)
@example("138001380000", "{}", CN)
@example("17900138000", "{}", CN)
@example("179001380001", "{}", CN)
def test_what_is_no_mobile_number_is_read_on_the_short_path_as_on_the_long_one(digits, form, plan):
    text = form.format(digits)
    found = written(text)
    if found.plus and found.digits.startswith("00"):
        found = Written(found.digits, plus=False)

    assert plan.read(text) == plan.read_digits(found)


def test_no_block_of_mobile_numbers_is_read_otherwise_on_the_short_path():
    rng = random.Random(8)
    seen = 0
    for head in range(1_300, 2_000):
        for size in range(8, 14):
            digits = f"{head}{rng.randrange(10 ** (size - 4)):0{size - 4}}"
            for form in ("{}", "+86{}") if size != 11 else ("{}", "+86{}", "86{}", "0{}"):
                found = CN.read(form.format(digits))
                if found.status == "invalid":
                    seen += 1
                    assert found == CN.read_digits(written(form.format(digits)))
    assert seen > 5_000


@given(st.one_of(SPACED, HOSTILE_TEXT), st.sampled_from([CN, US, HK, FI, NATIONAL]))
@example("(+86) 138-0013-8000", CN)
@example("+-86 138 0013 8000", CN)
@example("\t010) 8555-0123\r\n", CN)
@example("+00 86 138 0013 8000", CN)
@example("0 10 8555 0123 -", CN)
def test_digits_with_what_may_stand_between_them_are_read_as_the_long_way_does(text, plan):
    short = spaced(text, plan.national)
    if short < 0:
        return
    found = written(text)

    assert plain(("+" if found.plus else "") + found.digits, plan.national) == short
    if plan.core.leaf(short) > 1:
        assert plan.read(text) == plan.read_digits(found) == Reading(short, "valid")


@given(st.text(max_size=60) | HOSTILE_TEXT)
def test_a_text_without_a_digit_says_no_number(text):
    letters = "".join(c for c in text if not c.isdecimal())

    assert written(letters) is None
    assert CN.read(letters) == Reading(None, "invalid", "characters" if letters.strip() else None)


@given(st.text(st.characters(codec="ascii"), max_size=17))
@example("+86138001380\u0663")
@example("1380013800²")
@example("+8613800138000\n")
@example("+86_13800138000")
@example("+")
def test_plain_takes_nothing_but_plain_digits(text):
    found = plain(text, 86)

    assert found == -1 or text in (f"+{found}", str(found), str(found)[2:], "0" + str(found)[2:])


HOSTILE = st.one_of(st.text(), HOSTILE_TEXT, st.text(st.characters(), max_size=300), st.integers(), st.integers(0, 10**15))


def check(plan, callee):
    found = plan.read(callee)

    assert found.status in ("valid", "invalid", "protected")
    assert found.number is None or 0 < found.number < 10**15
    if found.status == "valid":
        parsed = phonenumbers.parse(f"+{found.number}")

        assert phonenumbers.is_valid_number(parsed)
        assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == f"+{found.number}"
        assert plan.place_id(found.number) > 1


@given(HOSTILE, st.sampled_from([CN, US, HK, FI, NATIONAL, E164]))
def test_hostile_callees_raise_nothing_and_nothing_invalid_is_called_valid(callee, plan):
    check(plan, callee)


@pytest.mark.slow
def test_fifty_thousand_hostile_callees():
    rng = random.Random(50_000)
    for _ in range(25_000):
        callee = "".join(
            rng.choice(ALPHABET) if rng.random() < 0.95 else chr(rng.randrange(0x110000)) for _ in range(rng.randrange(30))
        )
        check(rng.choice((CN, US, FI)), callee)
    for number in near_the_boundaries(rng, 12_500):
        check(CN, number)
        check(CN, "".join(rng.choice(("", "", "", " ", "-", "\u200b")) + digit for digit in str(number)))


def test_numbers_in_common_writings_are_read_without_phonenumbers_and_others_without_its_geodata():
    code = """
import sys
from callguard.phone import NumberPlan
plan = NumberPlan()
for text in ("13800138000", "138-0013-8000", "（010）8555 0123", "+1 202 555 0123", 8613800138000):
    assert plan.read(text).status == "valid", text
assert "phonenumbers" not in sys.modules
assert plan.read("17951 13800138000").status == "valid"
assert "phonenumbers" in sys.modules
assert not {"phonenumbers.geocoder", "phonenumbers.geodata", "phonenumbers.timezone", "phonenumbers.carrier"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_masks_hide_all_but_the_head_and_two_digits():
    assert phone.mask(MOBILE) == phone.mask("+86 138-0013-8000") == "+86138******00"
    assert phone.mask("13800138000") == "138******00"
    assert phone.mask("+1 202 555 0123") == "+1202*****23"
    assert phone.mask("12345") == "*****"
    assert set(phone.mask("手机13800138000")) == {"*"}
    assert phone.mask("") == ""
    assert phone.mask(10**5000) == "*" * 15
