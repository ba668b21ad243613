"""Many at once: the same answers, row by row."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from callguard import Reason
from callguard.rules import Deny, Pass, rule
from samples import CALLER, MOBILE, OTHER, guard
from synthetic import MALFORMED, MOBILES, PROTECTED

CALLEES = [MOBILE, "110", "nobody", OTHER, "+85221234567", "（010）8555 0123", 8613800130001, 13125550123, "13800130009", "95588"]


@pytest.fixture(params=["course", "notice", "survey", "vip"])
def line(request):
    found = guard()
    found.refuse(OTHER)
    found.consent("13800130009", proof="form")
    with found.attempt(MOBILE, caller=CALLER, campaign="survey"):
        pass
    return found.line(campaign=request.param, caller=CALLER)


@pytest.mark.parametrize("at", [None, 1795487400.0, 1790780400.0])
def test_a_list_is_decided_row_by_row(line, at):
    result = line.scrub(CALLEES, at=at)

    assert [Reason.from_code(code) for code in result.codes] == [line.may_dial(callee, at).reason for callee in CALLEES]
    assert list(result.allowed) == [int(bool(line.may_dial(callee, at))) for callee in CALLEES]
    assert sum(result.counts().values()) == len(result) == len(CALLEES)
    assert line.scrub(tuple(CALLEES), at=at).codes == line.scrub(iter(CALLEES), at=at).codes == result.codes


def written(number):
    """Return a mainland mobile number in writings of people."""
    d = str(number)[2:]
    return (
        d,
        f"{d[:3]} {d[3:7]} {d[7:]}",
        f"+86 {d[:3]}-{d[3:7]}-{d[7:]}",
        f"(+86){d}",
        f"0{d}",
        f"{d[:3]}.{d[3:7]}.{d[7:]}",
        f"＋86 {d}\n",
    )


@pytest.mark.parametrize("form", ["list", "text", "large"])
@pytest.mark.parametrize("seed", range(4))
def test_what_people_write_is_decided_as_each_row_alone(line, seed, form):
    chance = random.Random(seed)
    numbers = [8613800130001, 8613800130002, 8613800130009, *MOBILES, 8614000130001, 861380013000, 86138001300001, 8617900130001]
    texts = [text for number in numbers for text in written(number)]
    texts += [text for text in (*MALFORMED, *PROTECTED) if isinstance(text, str)] + ["n/a", "无", "-", "13800130001 (home)"]
    rows = texts * 3
    chance.shuffle(rows)
    given = rows if form == "list" else pa.array(rows, pa.string() if form == "text" else pa.large_string())
    expected = {text: line.may_dial(text, at=AT) for text in texts}
    foresight = line.foresight(start=AT, end=AT + 86_400)
    courses = {text: foresight.course(text) for text in texts}

    for _ in range(2):
        found, foreseen = line.decisions(given, at=AT), foresight.courses(given)
        assert [found[row] for row in range(len(rows))] == [expected[text] for text in rows]
        assert [foreseen[row] for row in range(len(rows))] == [courses[text] for text in rows]


def test_arrays_are_decided_as_lists(line):
    ints = [8613800130001, 8613800130002, 12025550123, 1, 2**62, 8613800130009]
    texts = [callee for callee in CALLEES if isinstance(callee, str)]
    expected = line.scrub(ints).codes

    assert line.scrub(np.array(ints)).codes == expected
    assert line.scrub(np.array(ints, dtype=np.uint64)).codes == expected
    assert line.scrub(pa.array(ints)).codes == expected
    assert line.scrub(pa.chunked_array([ints[:2], ints[2:]])).codes == expected
    assert line.scrub(pa.array(texts)).codes == line.scrub(texts).codes
    assert line.scrub(pa.array(texts, pa.large_string())).codes == line.scrub(texts).codes
    assert Reason.from_code(line.scrub(pa.array([None, MOBILE])).codes[0]) is Reason.INVALID_NUMBER
    assert line.scrub([]).codes == b""


def test_places_are_told_row_by_row(line):
    callees, places = [MOBILE, "13800130009", "+8619900130001"], ["CN-SH", None, "广东"]
    expected = bytes(line.may_dial(callee, place=place).reason.code for callee, place in zip(callees, places, strict=True))

    assert line.scrub(callees, places=places).codes == expected
    assert line.scrub(callees, places=pa.array(places)).codes == expected
    with pytest.raises(ValueError, match=r"places\[1\]"):
        line.scrub(callees, places=[None, "CN-XX", None])
    with pytest.raises(ValueError, match="1 rows for 3"):
        line.scrub(callees, places=[None])


@pytest.mark.parametrize(
    "wrong",
    [
        "13800130001",
        13800130001,
        [1.5],
        [None],
        [True],
        np.array([1.5]),
        np.array([[1]]),
        np.array([1], dtype=np.int32),
        pa.array([1.5]),
    ],
)
def test_what_is_no_list_of_callees(line, wrong):
    with pytest.raises(TypeError, match="accepted"):
        line.scrub(wrong)


@pytest.mark.parametrize(
    ("threads", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError), ("2", TypeError)]
)
def test_threads_are_a_whole_number(line, threads, error):
    with pytest.raises(error, match="threads"):
        line.scrub([], threads=threads)


def test_a_rule_that_wants_to_be_asked_every_time_is_asked_for_every_row():
    asked = []

    @rule("alternating")
    def alternating(call):
        asked.append(call.at)
        return Pass(until=call.at) if len(asked) % 2 else Deny(until=call.at)

    line = guard(rules=[alternating]).line(campaign="notice", caller=CALLER)

    assert [Reason.from_code(code).value for code in line.scrub([MOBILE] * 4).codes] == ["allowed", "custom", "allowed", "custom"]


AT = 1795487400.0


def test_decisions_are_those_of_may_dial_and_no_older_than_the_state():
    asked = guard()
    line = asked.line(campaign="notice", caller=CALLER)

    def same():
        for _ in range(2):  # the second takes what the first has learnt
            decided = line.decisions([MOBILE, OTHER, "n/a", 8613800130009], at=AT)
            expected = [line.may_dial(callee, at=AT) for callee in (MOBILE, OTHER, "n/a", 8613800130009)]
            assert [decided[row] for row in range(4)] == expected
        return [str(decision.reason) for decision in expected]

    assert same() == ["allowed", "allowed", "invalid-number", "allowed"]
    asked.refuse(OTHER)
    assert same() == ["allowed", "refused", "invalid-number", "allowed"]
    asked.set_caller_status(CALLER, "suspended")
    assert same() == ["caller-suspended", "refused", "invalid-number", "caller-suspended"]
    asked.set_caller_status(CALLER, "active")
    assert same()[0] == "allowed"
    asked._generation.is_damaged("its checksums")
    assert same()[0] == "state-stale"


@pytest.mark.parametrize("campaign", ["course", "notice", "survey", "vip"])
def test_decisions_with_places_and_threads(campaign):
    line = guard().line(campaign=campaign, caller=CALLER)
    texts = [callee for callee in CALLEES if isinstance(callee, str)]
    decided = line.decisions(pa.array(texts * 5_000), at=AT, threads=3)

    assert [decided[row] for row in range(len(texts))] == [line.may_dial(callee, at=AT) for callee in texts]
    assert decided.which == decided.which[: len(texts)] * 5_000
    placed = line.decisions([MOBILE, OTHER], at=AT, places=["CN-XJ", None])
    assert [placed[0], placed[-1]] == [line.may_dial(MOBILE, at=AT, place="CN-XJ"), line.may_dial(OTHER, at=AT)]
