"""`until` is exact: the answer stays what it was up to it, and differs at it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard import clock, packs
from callguard.model import FOREVER, Place
from callguard.policy.model import DAYS, Limit, Window
from callguard.rules import Deny
from callguard.rules.rule import Attempts
from callguard.rules.week import until_change
from test_rules import POLICY, answer, call, instant

BASE = call()
ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/St_Johns",
    "Pacific/Honolulu",
    "Europe/London",
    "Europe/Berlin",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/Havana",
    "Pacific/Chatham",
    "Pacific/Apia",
)
zone_sets = st.frozensets(st.sampled_from(ZONES), min_size=1, max_size=4)
# Days on which clocks change somewhere, and any other.
changes = st.sampled_from(["2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2026-10-04", "2026-04-05", "2011-12-30"])
instants = st.one_of(
    changes.map(lambda text: instant(f"{text}T00:00:00+00:00")).flatmap(lambda at: st.integers(int(at) - 90_000, int(at) + 90_000)),
    st.integers(int(instant("2019-01-01T00:00:00+00:00")), int(instant("2029-01-01T00:00:00+00:00"))),
)
minutes = st.integers(0, 24 * 60 - 1)


def wall(name, at):
    return datetime.fromtimestamp(at, UTC).astimezone(clock.zone(name))


@st.composite
def windows(draw):
    start, end = sorted(draw(st.lists(minutes, min_size=2, max_size=2, unique=True)))
    days = tuple(sorted(draw(st.sets(st.sampled_from(DAYS), min_size=1)), key=DAYS.index))
    return Window(start=time(*divmod(start, 60)), end=time(*divmod(end, 60)), days=days)


def told(at, zones, **campaign):
    place = Place("US", None, zones)
    return attrs.evolve(BASE, at=at, place=place, campaign=attrs.evolve(BASE.campaign, **campaign))


def samples(at, until, step):
    """Instants in [at, until), every `step` seconds of the first ten days, and the last second."""
    end = min(until, at + 10 * clock.DAY)
    yield from range(int(at), int(end), step)
    if until < FOREVER:
        yield until - 1


@given(instants, zone_sets, st.lists(windows(), min_size=1, max_size=3))
def test_a_campaign_s_window_is_exact(at, zones, own):
    def is_open(when):
        return all(
            any(w.start <= wall(z, when).time() < w.end and DAYS[wall(z, when).weekday()] in w.days for w in own) for z in zones
        )

    found = answer("campaign-window", told(at, zones, windows=tuple(own)))
    assert isinstance(found, Deny) != is_open(at)
    for when in samples(at, found.until, 1800):
        assert is_open(when) == is_open(at), when
    if found.until < FOREVER:
        assert is_open(found.until) != is_open(at)


@given(instants, zone_sets)
def test_the_law_s_hours_are_exact(at, zones):
    def is_open(when):
        return all(time(8) <= wall(z, when).time() < time(21) for z in zones)

    found = answer("marketing-hours", told(at, zones, purpose="marketing"))
    assert isinstance(found, Deny) != is_open(at)
    for when in samples(at, found.until, 1800):
        assert is_open(when) == is_open(at), when
    if found.until < FOREVER:
        assert is_open(found.until) != is_open(at)


def test_hours_that_are_never_open_in_all_zones_are_found_so_at_once():
    everyone = frozenset(name for name in ZONES)
    spans = ((9 * 3600, 12 * 3600, frozenset(range(7))),)

    assert until_change(everyone, BASE.at, spans, every=False) == (False, FOREVER)


def test_a_window_that_is_always_open_holds_for_ever():
    spans = ((0, 86_400, frozenset(range(7))),)

    assert until_change({"America/New_York"}, BASE.at, spans, every=False) == (True, FOREVER)


@pytest.mark.parametrize(("start", "end", "first", "last"), [(time(9, 0, 0, 1), time(20, 0, 0, 999_999), "09:00:01", "20:00:00")])
def test_parts_of_a_second_only_narrow_a_window(start, end, first, last):
    found = told(instant("2026-11-24T08:59:59+08:00"), frozenset({"Asia/Shanghai"}), windows=(Window(start=start, end=end),))

    assert answer("campaign-window", found).until == instant(f"2026-11-24T{first}+08:00")
    inside = attrs.evolve(found, at=instant("2026-11-24T12:00:00+08:00"))
    assert answer("campaign-window", inside).until == instant(f"2026-11-24T{last}+08:00")


def test_an_instant_within_a_second_is_before_the_next():
    zones = frozenset({"Asia/Shanghai"})

    assert isinstance(answer("marketing-hours", told(instant("2026-11-24T08:00:00+08:00") - 0.001, zones)), Deny)
    assert not isinstance(answer("marketing-hours", told(instant("2026-11-24T21:00:00+08:00") - 0.001, zones)), Deny)


# --- rest days


@given(st.integers(int(instant("2017-06-01T00:00:00+08:00")), int(instant("2028-02-01T00:00:00+08:00"))))
def test_a_rest_day_s_end_is_exact(at):
    calendar = packs.calendar()

    def state(when):
        day = calendar.day(wall("Asia/Shanghai", when).date())
        return day.rest, day.provisional

    found = answer("subject-tutoring-rest-day-ban", attrs.evolve(BASE, at=at))
    assert (isinstance(found, Deny), found.provisional) == state(at)
    for when in samples(at, found.until, clock.DAY // 2):
        assert state(when) == state(at)
    if found.until < FOREVER:
        assert state(found.until) != state(at)
        assert wall("Asia/Shanghai", found.until).time() == time(0)


def test_the_mainland_has_one_clock_and_a_told_place_adds_its_own():
    urumqi = Place("CN", "CN-XJ", frozenset({"Asia/Shanghai", "Asia/Urumqi"}), fixed=True)
    monday = attrs.evolve(BASE, at=instant("2026-11-30T00:30:00+08:00"))

    assert not isinstance(answer("subject-tutoring-rest-day-ban", monday), Deny)
    found = answer("subject-tutoring-rest-day-ban", attrs.evolve(monday, place=urumqi))
    assert (isinstance(found, Deny), found.until) == (True, instant("2026-11-30T02:00:00+08:00"))
    nowhere = attrs.evolve(monday, place=Place("CN", "CN-GD", frozenset()))
    assert not isinstance(answer("subject-tutoring-rest-day-ban", nowhere), Deny)


def test_a_school_vacation_counts_for_each_province_told_and_known():
    vacation = 'calendar = { school_vacations = [{ province = "CN-BJ", from = 2026-07-11, to = 2026-08-31 }] }\n'
    at = "2026-08-03T12:00:00+08:00"
    told_beijing = Place("CN", "CN-GD", frozenset({"Asia/Shanghai"}), fixed=True, told="CN-BJ")

    assert not isinstance(answer("subject-tutoring-rest-day-ban", call(vacation + POLICY, at=at)), Deny)
    found = answer("subject-tutoring-rest-day-ban", call(vacation + POLICY, at=at, place=told_beijing))
    assert (isinstance(found, Deny), found.until) == (True, instant("2026-09-01T00:00:00+08:00"))


# --- licences, filings and numbers, by the enterprise's dates

days = st.integers(0, 80).map(lambda n: date(2026, 10, 1) + timedelta(days=n))
near = st.integers(int(instant("2026-09-28T00:00:00+08:00")), int(instant("2027-01-05T00:00:00+08:00")))


@given(near, st.lists(st.tuples(days, days).filter(lambda pair: pair[0] <= pair[1]), min_size=1, max_size=4), st.booleans())
def test_a_licence_s_until_is_exact(at, spans, scoped):
    id_ = "local-licence-province-scope" if scoped else "call-center-licence-validity"
    first = BASE.policy.licences[0]
    licences = tuple(
        attrs.evolve(first, issued=issued, expires=expires, provinces=("CN-GD",) if i % 2 == 0 else ("CN-BJ",))
        for i, (issued, expires) in enumerate(spans)
    )
    policy = _with(BASE.policy, licences=licences)

    def state(when):
        today = wall("Asia/Shanghai", when).date()
        valid = [each for each in licences if each.issued <= today <= each.expires]
        if not scoped:
            return bool(valid)
        return None if not valid else any("CN-GD" in each.provinces for each in valid)

    found = answer(id_, attrs.evolve(BASE, at=at, policy=policy))
    assert isinstance(found, Deny) == (state(at) is False)

    def same(when):  # a denied scope waits for a licence that covers it, not for the one that does not to lapse
        return state(when) is not True if scoped and isinstance(found, Deny) else state(when) == state(at)

    for when in samples(at, min(found.until, at + 100 * clock.DAY), clock.DAY // 2):
        assert same(when)
    if found.until < FOREVER:
        assert not same(found.until)


def _with(policy, **parts):
    """A policy with parts that no reader made: a shallow copy."""
    import copy

    found = copy.copy(policy)
    for name, value in parts.items():
        object.__setattr__(found, name, value)
    return found


@given(near, st.none() | days, st.none() | days)
def test_a_number_s_filing_is_exact(at, obtained, filed):
    caller = attrs.evolve(BASE.caller, obtained=obtained, filed=filed if None in (obtained, filed) else max(obtained, filed))
    filed = caller.filed

    def fine(when):
        today = wall("Asia/Shanghai", when).date()
        if obtained is not None and obtained > today:
            return False
        return (filed is not None and filed <= today) or (obtained is not None and (today - obtained).days <= 30)

    found = answer("number-filing-30-days", attrs.evolve(BASE, at=at, caller=caller))
    assert isinstance(found, Deny) != fine(at)
    for when in samples(at, min(found.until, at + 150 * clock.DAY), clock.DAY // 2):
        assert fine(when) == fine(at)
    if found.until < FOREVER:
        assert fine(found.until) != fine(at)


# --- limits

limits = st.builds(
    lambda attempts, span: Limit(attempts=attempts, per=span[0], count=span[1]),
    attempts=st.integers(1, 3),
    span=st.one_of(st.tuples(st.just("calendar"), st.integers(1, 7)), st.tuples(st.just("rolling"), st.sampled_from([1, 24, 168]))),
)


def counted(limit, zones, made, when):
    """How many attempts a limit counts, read slowly."""
    if limit.per == "rolling":
        return sum(at > when - limit.count * 3600 for at in made)
    if not zones:
        return sum(at > when - (limit.count + 1) * 86_400 for at in made)
    starts = [clock.start_of_day(name, wall(name, when).date() - timedelta(days=limit.count - 1)) for name in zones]
    return sum(at >= min(starts) for at in made)


@given(
    instants,
    st.frozensets(st.sampled_from(ZONES), max_size=3),
    st.lists(limits, min_size=1, max_size=3),
    st.lists(st.integers(-9 * 86_400, 2 * 86_400), max_size=6),
)
def test_a_limit_s_end_is_exact(at, zones, own, back):
    made = tuple(float(at + each) for each in back)

    def full(when):
        return any(counted(limit, zones, made, when) >= limit.attempts for limit in own)

    found = answer("no-malicious-or-harassing-calls", told(at, zones, limits=tuple(own)), attempts=Attempts(campaign=made))
    assert isinstance(found, Deny) == full(at)
    if isinstance(found, Deny):
        assert full(found.until - 1)
        assert not full(found.until)
        assert all(full(when) for when in samples(at, found.until, 7200))
    else:
        assert found.until == FOREVER
        assert not any(full(at + n * 7200) for n in range(24 * 5))


@given(near, st.lists(st.integers(-2 * 86_400, 2 * 86_400), max_size=6), st.integers(1, 3))
def test_a_planned_volume_s_end_is_exact(at, back, cap):
    made = tuple(float(at + each) for each in back)
    caller = attrs.evolve(BASE.caller, daily_attempts=cap)

    def full(when):
        start = clock.start_of_day("Asia/Shanghai", wall("Asia/Shanghai", when).date())
        return sum(each >= start for each in made) >= cap

    found = answer("number-usage-plan-volume", attrs.evolve(BASE, at=at, caller=caller), attempts=Attempts(caller=made))
    assert isinstance(found, Deny) == full(at)
    if isinstance(found, Deny):
        assert full(found.until - 1)
        assert not full(found.until)


def test_a_limit_of_none_is_never_met():
    nothing = (Limit(attempts=0, per="rolling", count=24),)
    found = answer("no-malicious-or-harassing-calls", told(BASE.at, BASE.zones, limits=nothing))

    assert (isinstance(found, Deny), found.until) == (True, FOREVER)
    none_a_day = attrs.evolve(BASE, caller=attrs.evolve(BASE.caller, daily_attempts=0))
    assert answer("number-usage-plan-volume", none_a_day).until == FOREVER
