"""What becomes of callees over a period: at every instant what the slow reading says then, and as many attempts as can be placed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import oracle
from callguard import DialDenied, Reason, clock
from callguard.deciding.courses import Course, Stretch
from callguard.deciding.many import OWN
from samples import CALLER, MOBILE, OTHER, POLICY, TUESDAY_TEN, guard
from stage import lived
from worlds import worlds

DAY_S, HOUR_S = 86_400, 3_600
EXAMPLES = settings().max_examples
NOW = clock.read_instant(TUESDAY_TEN)


@settings(max_examples=max(EXAMPLES // 8, 20))
@given(world=worlds())
def test_is_what_the_slow_reading_says_at_every_instant(world, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    for stage, step, answer in lived(world, folder):
        if answer is ValueError or world["custom"]:
            continue
        _, callee, caller, campaign, at, place = step
        at = stage.clock if at is None else at
        line = stage.guard.line(campaign=campaign, caller=caller)
        course = line.foresight(start=at, end=at + 3 * DAY_S).course(callee, place)
        assert [span.since for span in course.spans] == [at, *(span.until for span in course.spans[:-1])]
        assert course.spans[-1].until == at + 3 * DAY_S
        call = oracle.Call(callee, caller, campaign, at, place)
        for span in course.spans:
            for when in {span.since, (span.since + span.until) // 2, max(span.since, span.until - 1)}:
                said = oracle.decide(stage.world, stage.history, call._replace(at=when)).reason
                assert said == span.reason, f"{call} is {span.reason} from {span.since} to {span.until}, yet {said} at {when}"


CALLEES = [MOBILE, OTHER, "110", "nobody", "+85221234567", "+12125550123", "010 8555 0199", "13800130003", MOBILE, ""]


def line_of(campaign="course", *, extra="", **more):
    found = guard(extra=extra, **more)
    found.refuse(OTHER)
    return found, found.line(campaign=campaign, caller=CALLER)


@pytest.mark.parametrize("form", ["list", "arrow", "long"])
@pytest.mark.parametrize("campaign", ["course", "survey", "vip", "notice"])
def test_many_are_what_each_is(form, campaign):
    import pyarrow as pa

    asked, line = line_of(campaign)
    asked.consent(MOBILE, scope="enterprise", proof="p", until=NOW + 90_000)
    callees = CALLEES * 50 if form == "long" else CALLEES
    foresight = line.foresight(start=NOW, end=NOW + 5 * DAY_S)
    found = foresight.courses(callees if form == "list" else pa.array(callees))

    alone = line.foresight(start=NOW, end=NOW + 5 * DAY_S)
    assert [found[row] for row in range(len(found))] == [alone.course(callee) for callee in callees]
    again = foresight.courses(callees[3:6])
    assert [again[row] for row in range(3)] == [alone.course(callee) for callee in callees[3:6]]


def test_rows_that_a_byte_does_not_tell_apart_have_courses_of_their_own():
    asked, line = line_of("vip")
    callees = [f"138001301{i:02}" for i in range(100)] + [f"138001302{i:02}" for i in range(100)]
    for i, callee in enumerate(callees):
        asked.consent(callee, scope="enterprise", proof="p", until=NOW + 60 * (i + 1))
    found = line.foresight(start=NOW, end=NOW + 2 * DAY_S).courses(callees)

    assert OWN in found.which
    assert [found[row].open[0].until for row in range(len(callees))] == [NOW + 60 * (i + 1) for i in range(len(callees))]


def test_where_callees_are_is_told_but_of_those_that_may_not_be_called_anywhere():
    _, line = line_of()
    foresight = line.foresight(start=NOW, end=NOW + DAY_S)

    assert foresight.course(MOBILE).place.provinces == {"CN-BJ"}
    assert foresight.course("13800130003", "CN-GD").place.told == "CN-GD"
    assert [foresight.course(callee).place for callee in (OTHER, "110", "nobody")] == [None] * 3
    with pytest.raises(ValueError, match="is no region"):
        foresight.course(MOBILE, "Atlantis")


def test_the_reason_is_the_one_that_stands_longest_in_the_way():
    night, rest = Stretch(0, 8, Reason.CALLING_WINDOW, 8.0), Stretch(8, 20, Reason.REST_DAY, 30.0)
    short = Stretch(20, 21, Reason.LISTED, None)

    assert Course((night, rest), None, 0).reason is Reason.REST_DAY
    assert Course((night, rest, short), None, 0).reason is Reason.LISTED
    assert Course((night, short, Stretch(21, 22, Reason.ALLOWED)), None, 0).reason is Reason.ALLOWED


def placed(campaign, days, *, text=POLICY, before=(), callee=MOBILE):
    """Return how many attempts a guard lets through in some days, each as early as it does; and how many were foreseen."""
    asked = guard(text)
    for at in before:
        asked._clock.set(at)
        with asked.attempt(callee, caller=CALLER, campaign=campaign):
            pass
    asked._clock.set(TUESDAY_TEN)
    line = asked.line(campaign=campaign, caller=CALLER)
    foreseen = line.foresight(start=NOW, end=NOW + days * DAY_S).courses([callee])[0].attempts
    n, at = 0, NOW
    while at < NOW + days * DAY_S:
        asked._clock.set(at)
        try:
            with asked.attempt(callee, caller=CALLER, campaign=campaign):
                n += 1
        except DialDenied:
            at += 600
    return n, foreseen


LIMITS = {
    "one a day, two in 48 hours": '{ attempts = 1, per = "1 day" }, { attempts = 2, per = "48 hours" }',
    "three a day": '{ attempts = 3, per = "1 day" }',
    "two in seven hours": '{ attempts = 2, per = "7 hours" }',
    "five in three days, two a day": '{ attempts = 5, per = "3 days" }, { attempts = 2, per = "1 day" }',
}


@pytest.mark.parametrize("before", [(), ("2026-11-24T09:00:00+08:00",), ("2026-11-23T18:00:00+08:00", "2026-11-24T08:30:00+08:00")])
@pytest.mark.parametrize("limits", LIMITS)
def test_as_many_attempts_are_foreseen_as_can_be_placed(limits, before):
    text = POLICY.replace('{ attempts = 1, per = "1 day" }, { attempts = 2, per = "48 hours" }', LIMITS[limits])

    n, foreseen = placed("survey", 6, text=text, before=before)
    assert n == foreseen > 0


def test_nothing_limits_what_has_no_limit_and_what_is_never_open_has_no_attempt():
    _, line = line_of("notice")
    foresight = line.foresight(start=NOW, end=NOW + DAY_S)

    assert foresight.course(MOBILE).attempts is None
    assert foresight.course(OTHER).attempts == 0


def test_nothing_is_counted_or_kept():
    asked, line = line_of("survey")
    before = asked._state.store.pulse.last()
    line.foresight(start=NOW, end=NOW + 5 * DAY_S).courses(CALLEES)

    assert asked._state.store.pulse.last() == before
    assert asked.may_dial(MOBILE, caller=CALLER, campaign="survey")


def test_the_volume_of_a_caller_is_told():
    asked = guard()
    line = asked.line(campaign="survey", caller="010-8555-0124")
    assert line.foresight(start=NOW, end=NOW + 1).volume == (2, 0)
    with asked.attempt(MOBILE, caller="010-8555-0124", campaign="survey"):
        pass
    assert line.foresight(start=NOW, end=NOW + 1).volume == (2, 1)
    assert line.foresight(start=NOW + DAY_S, end=NOW + 2 * DAY_S).volume == (2, 0)  # of the period's first day, not of today's
    assert asked.line(campaign="survey", caller=CALLER).foresight(start=NOW, end=NOW + 1).volume is None


@pytest.mark.parametrize(("start", "end"), [(NOW, NOW), (NOW + 1, NOW), (0, NOW), (NOW, 1e12)])
def test_a_period_that_is_none_is_an_error(start, end):
    with pytest.raises(ValueError, match="accepted"):
        line_of()[1].foresight(start=start, end=end)
