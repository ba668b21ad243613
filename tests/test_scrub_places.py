"""Many at once at a place that is told of all: each row as it alone, and no decision where the number is of another country."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard import clock
from callguard.batch import preflight, scrub_batches
from callguard.batch.asking import Asked, Lines
from callguard.batch.columns import Choice
from callguard.batch.rows import RowScreening
from callguard.deciding.many import ELSEWHERE
from callguard.state.records import Attempted
from samples import CALLER, POLICY, TUESDAY_TEN, guard

EXAMPLES = settings().max_examples
NOW = clock.read_instant(TUESDAY_TEN)
DAY_S = 86_400
LISTED = ("+8613800130003", "+8618612340018", "+12125550124", "+442079460124", "+18005550124")
REFUSED = ("+8613800130004", "+12125550125", "+33123450124")
NUMBERS = (
    *LISTED, *REFUSED, "13800130001", "138 0013 0002", "+8618612340017", "+8615012340016", "010-8555 0123", "+8619900130013",
    "+12125550123", "+13055550123", "+1 212 555 0126", "+442079460123", "+33123450123", "+61412345678", "+18005550123",
    "+881612345678", "+85223450123", "n/a", "", "110", "95588", "14000130001", "+1 911", "+8613800130001", "+12125550127",
)  # fmt: skip
PLACES = ("CN-GD", "广东", "Guangdong", "CN", "CN-XJ", "US-FL", "US", "FR", "GB", "HK", "AU", "Atlantis", "", "US-XX")
LIST = '[[lists]]\nname = "dnc"\npath = "{}"\n'


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    path = tmp_path_factory.mktemp("lists") / "dnc.csv"
    path.write_text("number\n" + "\n".join(LISTED) + "\n")
    text = POLICY.replace('name = "Xinghe"', 'name = "Xinghe"\npacks = ["cn", "us", "fr"]', 1)
    found = guard(text.replace('honours = ["enterprise"]', 'honours = ["enterprise", "dnc"]'), extra=LIST.format(path))
    for number in REFUSED:
        found.refuse(number)
    made = [Attempted(number=int(n), campaign="survey", caller="x", at=NOW - 60) for n in ("8613800130001", "12125550123")]
    found._state.store.transact(lambda transaction: [transaction.count(each) for each in made])
    return found


def alone(ask):
    """Return what is found of one; ValueError where the place cannot be."""
    try:
        return ask()
    except ValueError:
        return ValueError


def each(found):
    return [alone(lambda row=row: found[row]) for row in range(len(found))]


@settings(max_examples=EXAMPLES)
@given(
    campaign=st.sampled_from(["course", "notice", "survey", "vip"]),
    numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=40),
    place=st.sampled_from(PLACES),
    form=st.sampled_from(["list", "text", "large"]),
    at=st.sampled_from([NOW, NOW + 12 * 3_600, NOW + 5 * DAY_S]),
)
def test_rows_at_one_told_place_are_what_each_is_there(asked, campaign, numbers, place, form, at):
    line = asked.line(campaign=campaign, caller=CALLER)
    expected = [alone(lambda n=number: line.may_dial(n, at=at, place=place)) for number in numbers]
    rows = numbers if form == "list" else pa.array(numbers, pa.string() if form == "text" else pa.large_string())
    one = line.foresight(start=at, end=at + 2 * DAY_S)
    courses = [alone(lambda n=number: one.course(n, place)) for number in numbers]
    foresight = line.foresight(start=at, end=at + 2 * DAY_S)
    for _ in range(2):  # the second takes what the first has learnt
        found, foreseen = alone(lambda: line.decisions(rows, at=at, place=place)), alone(lambda: foresight.courses(rows, place))
        if found is ValueError:
            assert foreseen is ValueError
            assert set(expected) == set(courses) == {ValueError}
        else:
            assert each(found) == expected
            assert [index == ELSEWHERE for index in found.which] == [each is ValueError for each in expected]
            assert each(foreseen) == courses


@pytest.mark.parametrize("place", ["CN-XJ", "US-FL", "GB"])
@pytest.mark.parametrize("campaign", ["course", "notice", "survey"])
def test_many_rows_with_threads(asked, campaign, place):
    line = asked.line(campaign=campaign, caller=CALLER)
    plain = [int(number) for number in NUMBERS if number.startswith("+") and " " not in number]
    many = (plain[::-1] * 2_000)[:40_000]
    for rows in (np.array(many, np.int64), pa.array(many), pa.array([f"+{n}" for n in many])):
        callees = rows.tolist() if isinstance(rows, np.ndarray) else rows.to_pylist()
        expected = {callee: alone(lambda n=callee: line.may_dial(n, at=NOW, place=place)) for callee in {*callees}}
        found = line.decisions(rows, at=NOW, place=place, threads=2)
        assert each(found) == [expected[callee] for callee in callees]


def test_a_place_is_told_of_all_or_of_each(asked):
    line = asked.line(campaign="notice", caller=CALLER)

    with pytest.raises(ValueError, match="are both said"):
        line.decisions(["13800130001"], at=NOW, place="CN-GD", places=["CN-GD"])
    with pytest.raises(ValueError, match="another country"):
        line.decisions(["+12125550123"], at=NOW, place="CN-GD")[0]
    with pytest.raises(ValueError, match="another country"):
        line.foresight(start=NOW, end=NOW + 1).courses(["+12125550123"], "CN-GD")[0]
    with pytest.raises(TypeError, match="`place`"):
        line.decisions(["13800130001"], at=NOW, place=5)


TABLE = [(number, place) for place in (*PLACES, None) for number in (*NUMBERS, None)]


def wanted(asked, number, place):
    """Return what a row is told, by asking of it alone."""
    line = asked.line(campaign="course", caller=CALLER)
    found = alone(lambda: line.may_dial("" if number is None else number, at=NOW, place=place or None))
    if found is ValueError:
        return "undecided", None
    return found.reason.value, None if found or found.retry_s is None else datetime.fromtimestamp(found.retry_s, UTC)


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view"])
def test_record_batches_with_a_place_column(asked, kind):
    numbers, places = zip(*TABLE, strict=True)
    table = pa.table({"phone": pa.array(numbers, kind), "where": pa.array(places)})
    found = scrub_batches(table, asked, campaign="course", caller=CALLER, at=NOW, column="phone", place_column="where").read_all()
    told = list(zip(found["callguard_reason"].to_pylist(), found["callguard_retry_at"].to_pylist(), strict=True))

    assert told == [wanted(asked, number, place) for number, place in TABLE]


def test_rows_of_text_with_a_place_column(asked):
    said = Asked("course", CALLER, NOW, "phone", place_column="where")
    screening = RowScreening(asked, said, ["phone", "where"], Choice(0, "phone", "named"), Lines(asked, said), lang="en")
    records = [(1, [number or "", place or ""]) for number, place in TABLE]
    pieces = list(screening.pieces(iter(records)))

    told = [piece.answers[slot].reason for piece in pieces for slot in piece.which]
    expected = [wanted(asked, number, place)[0] for number, place in TABLE]
    assert told == expected
    undecided = [row + 1 for row, reason in enumerate(expected) if reason == "undecided"]
    assert screening.counts.first_undecided == undecided[:8]


def test_a_list_with_a_place_column_looked_at_ahead(asked):
    numbers, places = zip(*TABLE, strict=True)
    table = pa.table({"phone": numbers, "where": places})
    found = preflight(
        table, asked, campaign="course", caller=CALLER, start=NOW, days=2, column="phone", place_column="where", threads=2
    )
    foresight = asked.line(campaign="course", caller=CALLER).foresight(start=found.start, end=found.end)
    expected = {}
    undecided = []
    for row, (number, place) in enumerate(TABLE):
        course = alone(lambda n=number, p=place: foresight.course(n, p or None))
        if course is ValueError:
            undecided.append(row + 1)
        else:
            expected[course] = expected.get(course, 0) + 1

    assert {share.course: share.rows for share in found.shares} == expected
    assert found.undecided == {"place": len(undecided)}
    assert found.first_undecided == tuple(undecided[:8])
