"""A list looked at for the days to come: every figure is what asking for each row at each instant gives."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from pyarrow import parquet

from callguard import Reason, clock
from callguard.batch import preflight
from callguard.batch.files import TableError
from callguard.batch.outlook import HOUR, Exhaustion, Hour, Outlook, Share, coarser, place_of, zones_of
from callguard.deciding.courses import Course, Stretch
from samples import CALLER, MOBILE, OTHER, TUESDAY_TEN, guard

NOW = clock.read_instant(TUESDAY_TEN)
ZONE = "Asia/Shanghai"
SECOND = "01085550124"
PHONES = [MOBILE, OTHER, "110", "nobody", "+85221234567", "+12125550123", "010 8555 0199", "13800130003", "+442079460000", ""]
LINE = {"campaign": "course", "caller": CALLER}


@pytest.fixture
def asked():
    found = guard()
    found.refuse(OTHER)
    return found


def table(phones=PHONES, **columns):
    return pa.table({"phone": phones, **columns})


def allowed(asked, phone, at, **said):
    return bool(asked.may_dial(phone or "", at=at, **(LINE | said)))


@pytest.mark.parametrize("start", [TUESDAY_TEN, "2026-11-27T20:47:11+08:00"])
def test_each_hour_has_the_rows_that_can_be_called_in_it(asked, start):
    start = datetime.fromisoformat(start)
    found = preflight(table(), asked, start=start, days=2, **LINE)
    hours = found.by_hour(lambda _: "")[""]

    assert found.hours[0] == start.replace(minute=0, second=0).timestamp()
    assert found.end == clock.start_of_day(ZONE, start.date() + timedelta(days=2)) == found.hours[-1] + HOUR
    for at, hour in zip(found.hours, hours, strict=True):
        moments = list(range(int(max(at, found.start)), int(min(at + HOUR, found.end)), 60))
        rows = [[allowed(asked, phone, moment) for moment in moments] for phone in PHONES]
        assert hour == Hour(sum(map(any, rows)), sum(map(all, rows))), datetime.fromtimestamp(at)


def test_a_part_of_an_hour_is_no_whole_hour(asked):
    asked.consent(MOBILE, scope="enterprise", proof="p", until=NOW + 1_800)
    found = preflight(table([MOBILE]), asked, days=1, campaign="vip", caller=CALLER)

    assert found.by_hour(lambda _: "")[""][:2] == (Hour(1, 0), Hour(0, 0))


def test_what_can_never_be_called_is_told_by_its_reason_and_until_when(asked):
    found = preflight(table(), asked, days=1, **LINE)
    never = {each.reason.value: (each.rows, each.retry_s) for each in found.never()}

    assert never == {
        "refused": (1, None),
        "protected-number": (1, None),
        "invalid-number": (2, None),
        "filing-missing": (2, None),
        "no-consent": (1, None),
    }
    assert found.callable == len(PHONES) - 7 == found.rows - sum(each.rows for each in found.never())
    night = datetime.fromisoformat("2026-11-24T21:30:00+08:00")
    late = preflight(table([MOBILE]), asked, start=night, days=1, **LINE)
    assert [(each.reason, each.rows, each.retry_s) for each in late.never()] == [
        (Reason.CALLING_WINDOW, 1, clock.read_instant("2026-11-25T08:00:00+08:00"))
    ]
    assert late.never("notice") == ()


def test_rows_are_told_by_campaign_place_and_zone():
    asked = guard(extra='[[filings]]\nkind = "cross-border"\nfiled = 2025-01-10\n')
    phones = [MOBILE, MOBILE, "+442079460000", "110"]
    rows = table(phones, campaign=["course", "notice", "course", "course"], province=["", "广东", None, ""])
    found = preflight(rows, asked, days=1, caller=CALLER, place_column="province")

    assert found.campaigns == ("course", "notice")
    assert found.by_place() == {"CN-BJ": (1, 0), "CN-GD": (1, 0), "GB": (1, 0)}
    assert {name: max(hour.some for hour in hours) for name, hours in found.by_hour(zones_of).items()} == {
        "Asia/Shanghai": 2,
        "Europe/London": 1,
    }
    assert max(hour.some for hour in found.by_hour(zones_of, "notice")["Asia/Shanghai"]) == 1
    assert {place_of(share.course.place) for share in found.shares if share.course.place} == {"CN-BJ", "CN-GD", "GB"}


def test_what_cannot_be_read_is_told_with_its_row(asked):
    rows = table(
        [MOBILE] * 4,
        campaign=["course", "none", "course", "course"],
        caller=[CALLER, CALLER, "", CALLER],
        at=["", "", "", "Atlantis"],
    )
    found = preflight(rows, asked, days=1, place_column="at")

    assert found.undecided == {"campaign": 1, "caller": 1, "place": 1}
    assert found.first_undecided == (2, 3, 4)
    assert (found.rows, found.callable) == (4, 1)


def test_the_same_list_in_any_form_is_the_same(asked, tmp_path):
    columns = {"campaign": ["course", "notice"] * 5, "province": ["", "CN-GD", "Mars", "", ""] * 2}
    rows = table(PHONES, **columns)
    parquet.write_table(rows, tmp_path / "leads.parquet")
    with (tmp_path / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([rows.column_names, *zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True)])

    def seen(tables):
        found = preflight(tables, asked, days=3, caller=CALLER, place_column="province")
        shares = Counter()
        for share in found.shares:
            shares[share.campaign, share.course] += share.rows
        return shares, found.rows, found.undecided, found.first_undecided, found.by_place()

    plain = seen(rows)
    assert seen(str(tmp_path / "leads.csv")) == seen(tmp_path / "leads.parquet") == plain
    twice = seen([tmp_path / "leads.csv", str(tmp_path / "leads.parquet")])
    assert twice[1] == 20
    assert twice[0] == Counter({key: 2 * n for key, n in plain[0].items()})
    assert twice[3] == (3, 8, 13, 18)


@pytest.mark.parametrize(
    ("said", "error", "match"),
    [
        ({"days": 0}, ValueError, "accepted: 1 to 62"),
        ({"days": 63}, ValueError, "accepted: 1 to 62"),
        ({"days": True}, ValueError, "accepted: 1 to 62"),
        ({"start": "tomorrow"}, TypeError, "start"),
        ({"column": "telephone"}, TableError, "no column `telephone`; accepted: phone"),
        ({"campaign": "course", "campaign_column": "phone"}, ValueError, "campaign_column"),
    ],
)
def test_what_a_program_may_not_pass_is_an_error(asked, said, error, match):
    with pytest.raises(error, match=match):
        preflight(table(), asked, **({"campaign": "course", "caller": CALLER} | said))


def test_an_empty_table_has_nothing(asked):
    found = preflight(table(pa.array([], pa.string())), asked, days=1, column="phone", **LINE)

    assert (found.rows, found.callable, found.never(), found.by_place(), found.attempts()) == (0, 0, (), {}, 0)
    assert found.exhausted(1).at == found.start


# ---- at a rate


def outlook(*shares, hours=24, volumes=None):
    """An outlook of a day in Shanghai of rows that can be called from one hour until another."""
    start = clock.start_of_day(ZONE, datetime(2026, 11, 24).date())

    def course(times):
        spans, at = [], 0
        for first, last in times:
            spans += [Stretch(start + at * HOUR, start + first * HOUR, Reason.CALLING_WINDOW, None)] if at < first else []
            spans.append(Stretch(start + first * HOUR, start + last * HOUR, Reason.ALLOWED))
            at = last
        spans += [Stretch(start + at * HOUR, start + hours * HOUR, Reason.CALLING_WINDOW, None)] if at < hours else []
        return Course(tuple(spans), None, None)

    made = tuple(Share("c", caller, course(times), n) for n, times, caller in ((*each, "a")[:3] for each in shares))
    rows = sum(share.rows for share in made)
    return Outlook(start, start + hours * HOUR, ZONE, rows, {}, (), made, volumes or {}), start


def test_all_are_called_as_fast_as_the_rate_lets():
    found, start = outlook((1_000, [(8, 21)]))

    assert found.exhausted(100) == Exhaustion(100, start + 18 * HOUR, 1_000, 0, (0,) * 8 + (100,) * 10 + (0,) * 6)
    assert found.exhausted(400).at == start + 10.5 * HOUR
    assert found.exhausted(50) == Exhaustion(50, None, 650, 350, (0,) * 8 + (50,) * 13 + (0,) * 3)


def test_those_are_called_first_whose_time_runs_out_first():
    found, start = outlook((100, [(8, 21)]), (100, [(8, 10)]), (50, [(8, 9), (20, 21)]))

    how = found.exhausted(100)
    assert (how.called, how.left, how.at) == (250, 0, start + 20.5 * HOUR)
    assert (*how.calls[8:11], how.calls[20]) == (100, 100, 0, 50)
    assert outlook((100, [(8, 21)]), (100, [(8, 9)]))[0].exhausted(100).left == 0


def test_no_caller_places_more_than_its_volume_a_day():
    found, _start = outlook((300, [(8, 21), (32, 45)]), hours=48, volumes={"a": (100, 40)})
    how = found.exhausted(1_000)

    assert how.calls[8] == 60
    assert (how.called, how.left, how.at) == (160, 140, None)
    two, _ = outlook((100, [(8, 21)], "a"), (100, [(8, 21)], "b"), volumes={"a": (10, 0)})
    assert two.exhausted(1_000).called == 110


@pytest.mark.parametrize("rate", [100 / 3, 7.7, 0.4])
def test_the_calls_of_all_hours_are_those_called(rate):
    how = outlook((137, [(8, 21)]), (41, [(9, 10)]))[0].exhausted(rate)

    assert sum(how.calls) == how.called


def test_hours_begin_where_the_clock_says_so(asked):
    start = datetime.fromisoformat("2026-11-24T19:15:31.285305+08:00")
    found = preflight(table(), asked, start=start, days=2, **LINE)

    assert {at % HOUR for at in found.hours} == {0}
    assert found.hours[0] == start.replace(minute=0, second=0, microsecond=0).timestamp()


@pytest.mark.parametrize("rate", [0, -1, float("inf"), float("nan")])
def test_a_rate_that_is_none_is_an_error(rate):
    with pytest.raises(ValueError, match="more than 0"):
        outlook((1, [(8, 9)]))[0].exhausted(rate)


def test_a_coarser_course_is_open_no_longer():
    start = NOW
    course = Course(
        (
            Stretch(start, start + 100, Reason.CALLING_WINDOW, None),
            Stretch(start + 100, start + 3 * HOUR + 7, Reason.ALLOWED),
            Stretch(start + 3 * HOUR + 7, start + 5 * HOUR, Reason.NO_CONSENT, None),
            Stretch(start + 5 * HOUR, start + 6 * HOUR + 5, Reason.ALLOWED),
        ),
        None,
        None,
    )
    found = coarser(course)

    assert [(span.since - start, span.until - start) for span in found.open] == [(HOUR, 3 * HOUR), (5 * HOUR, 6 * HOUR + 5)]
    assert [span.since for span in found.spans] == [start, *(span.until for span in found.spans[:-1])]
    assert found.spans[-1].until == course.spans[-1].until
    whole = Course((Stretch(start, start + 5, Reason.ALLOWED),), None, None)
    assert coarser(whole) == whole


def test_courses_that_are_too_many_become_coarser(asked, monkeypatch):
    phones = [f"138001301{i:02}" for i in range(50)]
    for i, phone in enumerate(phones):
        asked.consent(phone, scope="enterprise", proof="p", until=NOW + 60 * (i + 100))
    fine = preflight(table(phones), asked, days=1, campaign="vip", caller=CALLER)
    monkeypatch.setitem(preflight.__globals__, "_FINE", 10)
    coarse = preflight(table(phones), asked, days=1, campaign="vip", caller=CALLER)

    assert len(fine.shares) == 50 > len(coarse.shares)
    assert [a.some >= b.some for a, b in zip(fine.by_hour(lambda _: "")[""], coarse.by_hour(lambda _: "")[""], strict=True)] == [
        True
    ] * len(fine.hours)
    assert sum(share.rows for share in coarse.shares) == 50
