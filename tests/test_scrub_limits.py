"""Many at once where attempts are limited: what is kept for a place is never told of a number that has attempts of its own."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard import clock
from callguard.deciding.many import OWN
from callguard.state.records import Attempted
from samples import CALLER, MOBILE, POLICY, TUESDAY_TEN, guard

EXAMPLES = settings().max_examples
NOW = clock.read_instant(TUESDAY_TEN)
HOUR_S, DAY_S = 3_600, 86_400
PLANNED, KEY = "010-8555-0124", "+861085550124"  # a caller of two calls a day
NUMBERS = [8613800130001 + n for n in range(6)] + [8618612340017, 8615012340016, 861085550123, 862185550142, 8619900130013]
LIMITS = [
    '{ attempts = 1, per = "1 day" }',
    '{ attempts = 1, per = "1 day" }, { attempts = 2, per = "48 hours" }',
    '{ attempts = 2, per = "7 hours" }',
    '{ attempts = 3, per = "2 days" }',
]
FORMS = {
    "list": lambda numbers: [f"+{n}" for n in numbers],
    "int64": lambda numbers: np.array(numbers, np.int64),
    "text": lambda numbers: pa.array([f"+{n}" for n in numbers]),
    "large": lambda numbers: pa.array([f"+{n}" for n in numbers], pa.large_string()),
    "view": lambda numbers: pa.array([f"+{n}" for n in numbers]).cast(pa.string_view()),
    "arrow-int64": pa.array,
    "chunks": lambda numbers: pa.chunked_array([[f"+{n}" for n in numbers[:4]], [None], [f"+{n}" for n in numbers[4:]]]),
}


def counted(asked, *attempts):
    """Count attempts, each (number, seconds ago, caller, campaign), and return their numbers in the store."""
    records = [Attempted(number=n, campaign=campaign, caller=caller, at=NOW - ago) for n, ago, caller, campaign in attempts]
    return asked._state.store.transact(lambda transaction: [transaction.count(record) for record in records])


def same(line, numbers, form="list", **more):
    """Whether rows are decided, and foreseen, as each alone is; return the reasons."""
    rows = FORMS[form](numbers)
    given = rows.to_pylist() if hasattr(rows, "to_pylist") else rows.tolist() if hasattr(rows, "tolist") else rows
    alone = [line.may_dial("" if callee is None else callee, at=NOW) for callee in given]
    for _ in range(2):  # the second takes what the first has learnt
        found = line.decisions(rows, at=NOW, **more)
        assert [found[row] for row in range(len(found))] == alone
    assert line.scrub(rows, at=NOW, **more).codes == bytes(decision.reason.code for decision in alone)
    return [str(decision.reason) for decision in alone]


def foreseen(foresight, line, numbers, form="list"):
    """Whether rows are foreseen as each alone is, by what has been learnt and by what has not."""
    rows = FORMS[form](numbers)
    given = rows.to_pylist() if hasattr(rows, "to_pylist") else rows.tolist() if hasattr(rows, "tolist") else rows
    alone = line.foresight(start=NOW, end=NOW + 3 * DAY_S)
    found = foresight.courses(rows)
    assert [found[row] for row in range(len(found))] == [alone.course(callee) for callee in given]


ATTEMPTS = st.tuples(
    st.sampled_from(NUMBERS),
    st.sampled_from(
        [0, 60, 7 * HOUR_S - 1, 7 * HOUR_S, 10 * HOUR_S, 11 * HOUR_S, DAY_S, 2 * DAY_S - 1, 2 * DAY_S, 3 * DAY_S, -HOUR_S]
    ),
    st.sampled_from([KEY, KEY, "861085550123", "x"]),
    st.sampled_from(["survey", "survey", "survey", "notice"]),
)


@settings(max_examples=max(EXAMPLES // 4, 20))
@given(
    limits=st.sampled_from(LIMITS),
    caller=st.sampled_from([CALLER, PLANNED]),
    form=st.sampled_from(sorted(FORMS)),
    steps=st.lists(st.one_of(st.lists(ATTEMPTS, min_size=1, max_size=5), st.integers(0, 9)), max_size=5),
    refused=st.booleans(),
)
def test_rows_are_decided_as_each_alone_whatever_was_attempted_in_between(limits, caller, form, steps, refused):
    asked = guard(POLICY.replace(LIMITS[1], limits))
    lines = [asked.line(campaign=campaign, caller=caller) for campaign in ("survey", "notice")]
    foresights = [line.foresight(start=NOW, end=NOW + 3 * DAY_S) for line in lines]
    made = []
    if refused:
        asked.refuse(f"+{NUMBERS[0]}")
    for step in [[], *steps]:
        if isinstance(step, list):
            made += counted(asked, *step)
        elif step < len(made):
            asked._state.store.transact(lambda transaction, of=made[step]: transaction.release(of))
        for line, foresight in zip(lines, foresights, strict=True):
            same(line, NUMBERS, form)
            foreseen(foresight, line, NUMBERS, form)


@pytest.mark.parametrize("form", ["int64", "text", "large", "list"])
def test_of_many_rows_those_with_attempts_are_decided_alone(form):
    chance = random.Random(form)
    asked = guard()
    line = asked.line(campaign="survey", caller=CALLER)
    numbers = [8613800130000 + n for n in range(2_000)]
    chance.shuffle(numbers)
    some = numbers[::40]
    counted(asked, *((n, 60 * i, "x", "survey") for i, n in enumerate(some)))
    expected = {n: line.may_dial(f"+{n}", at=NOW) for n in numbers}
    rows = numbers * 20
    found = line.decisions(FORMS[form](rows), at=NOW, threads=2)

    assert {str(expected[n].reason) for n in some} == {"attempt-limit"}
    assert str(expected[numbers[1]].reason) == "allowed"
    assert all(found[row] == expected[n] for row, n in enumerate(rows))


def test_a_caller_whose_volume_is_used_up_is_decided_by_place():
    asked = guard()
    line = asked.line(campaign="notice", caller=PLANNED)

    assert line._bound[1].caller.key == KEY
    assert set(same(line, NUMBERS)) == {"allowed"}
    (first,) = counted(asked, (NUMBERS[0], 60, KEY, "notice"))
    assert set(same(line, NUMBERS)) == {"allowed"}
    counted(asked, (NUMBERS[0], 30, KEY, "survey"))
    assert set(same(line, NUMBERS)) == {"attempt-limit"}
    found = line.decisions(NUMBERS * 100, at=NOW)
    assert len(found.decisions) == 1
    assert OWN not in found.which
    asked._state.store.transact(lambda transaction: transaction.release(first))
    assert set(same(line, NUMBERS)) == {"allowed"}


def test_attempts_that_come_and_go_while_rows_are_decided_are_told_of_no_other_row(monkeypatch):
    asked = guard()
    line = asked.line(campaign="notice", caller=PLANNED)
    store, read = asked._state.store, asked._generation.numbers.read
    made = []

    def reading(callee):  # while the first row is read the volume is used up, and given back behind the last
        if callee == "+8613800130001":
            made.extend(counted(asked, (1, 5, KEY, "x"), (1, 5, KEY, "x")))
        if callee == "+8619900130013":
            store.transact(lambda transaction: [transaction.release(seq) for seq in made])
        return read(callee)

    with monkeypatch.context() as patched:
        patched.setattr(asked._generation.numbers, "read", reading)
        line.decisions([f"+{n}" for n in NUMBERS], at=NOW)

    assert made
    assert set(same(line, NUMBERS)) == {"allowed"}


def test_the_callers_volume_and_the_campaigns_limit_deny_each_in_its_own_way():
    asked = guard(POLICY.replace("daily_attempts = 2", "daily_attempts = 1"))
    counted(asked, (NUMBERS[0], 60, KEY, "survey"))

    assert set(same(asked.line(campaign="survey", caller=PLANNED), NUMBERS)) == {"attempt-limit"}
    assert same(asked.line(campaign="survey", caller=CALLER), NUMBERS[:2]) == ["attempt-limit", "allowed"]


def test_a_place_whose_law_counts_attempts_itself():
    text = POLICY.replace('name = "Xinghe"', 'name = "Xinghe"\npacks = ["cn", "us"]', 1)
    asked = guard(text)
    line = asked.line(campaign="survey", caller=CALLER)
    numbers = [8613800130001, 13055550123, 13055550124]
    counted(asked, (13055550123, 60, "x", "survey"), (13055550123, 90, "x", "course"), (8613800130001, 60, "x", "survey"))

    same(line, numbers)
    same(asked.line(campaign="course", caller=CALLER), numbers)
    assert line.may_dial(MOBILE, at=NOW).reason.value == "attempt-limit"
