"""Whatever a callee is written as: no exception but TypeError, and nothing allowed that phonenumbers calls invalid."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard import Guard, Policy, Reason
from oracle import numbers

EXAMPLES = min(settings().max_examples * 40, 200_000)
NOON = 1_795_575_600.0  # a Tuesday, 11:00 in Shanghai
POLICY = """
version = 1

[enterprise]
name = "Synthetic Ltd"
{more}

[[licences]]
kind = "call-centre"
scope = "national"
issued = 2025-01-01

[[filings]]
kind = "cross-border"
filed = 2025-01-01

[[filings]]
kind = "hk-mo-tw"
filed = 2025-01-01

[[callers]]
number = "+86 10 8555 0123"
filed = 2025-01-01

[[campaigns]]
name = "main"
purpose = "service"
"""
SEEDS = (
    "13800130013", "+86 138 0013 0013", "010-8555-0123", "（010）8555 0123", "tel:+12025550123", "sip:+8613800130013@example.com",
    "+44 20 7946 0123", "110", "12345", "95588", "0086-13800130013;ext=12", "１３８００１３００１３", "17951 13800130013", "+861",
    "01085550123转8001", "+١٢٠٢٥٥٥٠١٢٣",
)  # fmt: skip
SPICES = "\x00\u200b\u202e\ud800\udfff＋+-()/*#,;:@.xX转分机０９٣\u0660\U0001d7ce\u2028 \t\nABCDeE%\\\"'²½Ⅷ㊿"


@st.composite
def disfigured(draw):
    """A number in a writing of people, with a few characters put in, taken out or doubled."""
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 3))):
        where = draw(st.integers(0, len(text)))
        what = draw(st.sampled_from(SPICES) | st.sampled_from("0123456789") | st.just("") | st.text(max_size=3))
        text = text[:where] + what + text[where + draw(st.integers(0, 1)) :]
    return text


TEXTS = (
    disfigured()
    | st.text()
    | st.text(st.characters(codec=None), max_size=40)
    | st.text(alphabet=SPICES + "0123456789", max_size=25)
)
INTEGERS = (
    st.integers()
    | st.integers(0, 10**15)
    | st.integers(8613 * 10**9, 8620 * 10**9)
    | st.sampled_from([2**63, 2**64, -(2**63), 10**4299])
)
OTHERS = st.floats() | st.booleans() | st.none() | st.binary(max_size=12) | st.lists(st.integers(), max_size=2) | st.just(object())


@pytest.fixture(
    params=['region = "CN"', 'region = "CN"\nintegers = "national"', 'region = "CN"\nintegers = "e164"', 'region = "HK"']
)
def guard(request):
    with Guard(Policy.from_toml(POLICY.replace("{more}", request.param)), clock=lambda: NOON) as guard:
        yield guard


def plainly(text):
    """Return the digits before any parameter or extension, written plainly; None where anything but separators is among them."""
    text = unicodedata.normalize("NFKC", "".join(c for c in text if unicodedata.category(c) != "Cf"))
    head = re.split(r"(?i);|@|e|x|转|轉|分", re.sub(r"(?i)^\W*(tel|callto|sips?):", "", text))[0]
    if any(c.isalpha() or c in "*#,/" for c in head):
        return None
    return "+" * ("+" in head) + "".join(str(unicodedata.digit(c)) for c in head if c.isdecimal())


def is_valid(callee, guard):
    """Whether phonenumbers itself calls the callee valid, as it stands or once it is written plainly."""
    region, integers = guard.policy.enterprise.region, guard.policy.enterprise.integers
    if isinstance(callee, int):
        writings = [str(callee) if integers == "national" else f"+{callee}"]
    else:
        writings = [callee, plainly(callee) or ""]
    found = filter(None, (numbers.parsed(writing, region) for writing in writings))
    return any(map(phonenumbers.is_valid_number, found))


def test_raises_nothing_but_type_errors_and_allows_nothing_invalid(guard):
    line = guard.line(campaign="main", caller="+86 10 8555 0123")

    @settings(max_examples=EXAMPLES // 4)
    @given(TEXTS | TEXTS | TEXTS | INTEGERS | OTHERS)
    def run(callee):
        if isinstance(callee, bool) or not isinstance(callee, str | int):
            for ask in (line.may_dial, lambda callee: line.scrub([callee])):
                with pytest.raises(TypeError):
                    ask(callee)
            return
        decision = line.may_dial(callee)

        assert decision.reason in (Reason.ALLOWED, Reason.INVALID_NUMBER, Reason.PROTECTED_NUMBER)
        assert not decision or is_valid(callee, guard)
        assert Reason.from_code(line.scrub([callee]).codes[0]) is decision.reason
        assert guard.explain(callee, caller="+86 10 8555 0123", campaign="main").decision == decision

    run()
