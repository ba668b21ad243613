"""Planning: working days, order, monotony, what a policy tells, agreement with the guard, and what a scenario may not be."""

from datetime import date, timedelta

import attrs
import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard import Policy, packs
from callguard.packs import requirements
from callguard.readiness import Held, Reckoned, Scenario, Use, json_form, plan, scenario_of
from callguard.readiness.days import after_months, after_working_days
from callguard.testing import FrozenClock
from command_line import POLICY

LAW = requirements()
CALENDAR = packs.calendar()
ON = date(2026, 3, 2)
FLAGS = ("online", "ai", "biometrics", "abroad", "hk_mo_tw", "branch", "foreign_capital")
KINDS = ("fixed", "400", "95", "96", "virtual", "mobile")


def scenario(**given):
    return Scenario(**{"uses": Use(purpose="service"), "national": True, "numbers": {"fixed": 1}} | given)


# ── working days


def slow(start, n):
    """The n-th working day after a day, by another calendar."""
    day = start
    while n:
        day += timedelta(days=1)
        n -= chinese_calendar.is_workday(day)
    return day


@given(st.dates(date(2018, 1, 1), date(2026, 6, 1)), st.integers(0, 90))
def test_working_days_are_those_of_another_calendar(start, n):
    assert after_working_days(CALENDAR, Reckoned(start), n) == Reckoned(slow(start, n))


def test_a_year_without_a_notice_is_provisional_and_behind_it_nothing_is_counted():
    last = after_working_days(CALENDAR, Reckoned(date(2026, 12, 31)), 1)
    assert last.provisional
    assert last.day > date(2027, 1, 8), "days within a week of a statutory day are rest days, provisionally"
    found = after_working_days(CALENDAR, Reckoned(date(2027, 12, 30)), 60)
    assert (found.day, found.beyond) == (date(2028, 1, 1), True)


def test_a_plan_over_the_calendar_s_end_says_so_in_both_languages():
    late = plan(scenario(numbers={"95": 1}), on=date(2027, 11, 30))

    assert late.first_call.earliest.beyond
    assert late.first_call.earliest.day == date(2028, 4, 1)
    keys = {note.key: note for note in late.notes}
    assert {"provisional", "beyond"} <= set(keys)
    assert "2027-12-31" in keys["beyond"].message_in("en")
    assert "2027-12-31" in keys["beyond"].message_in("zh")
    with pytest.raises(ValueError, match="`on` is 2028-01-01; accepted: a day from 2018-01-01 to 2027-12-31"):
        plan(scenario(), on=date(2028, 1, 1))


@pytest.mark.parametrize(
    ("day", "months", "wanted"),
    [
        (date(2026, 3, 6), 3, date(2026, 6, 6)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_months_are_calendar_months(day, months, wanted):
    assert after_months(day, months) == wanted


# ── any scenario


@st.composite
def scenarios(draw):
    sector = draw(st.sampled_from(["general", "education", "finance", "healthcare"]))
    product = draw(st.sampled_from([None, "drug", "medical-device"])) if sector == "healthcare" else None
    purposes = draw(st.lists(st.sampled_from(["marketing", "service", "notification"]), min_size=1, unique=True))
    provinces = draw(st.lists(st.sampled_from(["CN-GD", "CN-BJ", "CN-SC"]), max_size=3, unique=True))
    kinds = draw(st.lists(st.sampled_from(KINDS), unique=True))
    registered = draw(st.none() | st.integers(0, 200_000_000))
    return Scenario(
        uses=[Use(purpose=purpose, sector=sector, product=product) for purpose in purposes],
        national=not provinces,
        provinces=provinces,
        operation=draw(st.sampled_from([None, "self-run", "outsourced"])),
        hk_mo_tw_abroad=draw(st.booleans()),
        numbers={kind: draw(st.integers(1, 40)) for kind in kinds},
        seats=draw(st.none() | st.integers(0, 100)),
        registered_capital=registered,
        paid_in_capital=None if registered is None else draw(st.none() | st.integers(0, registered)),
        office_area=draw(st.none() | st.integers(0, 300)),
        staff=draw(st.none() | st.booleans()),
        held=draw(st.sets(st.sampled_from(sorted(LAW.requirements)), max_size=4)),
        intended=draw(st.sets(st.sampled_from(sorted(LAW.requirements)), max_size=4)),
        **{flag: draw(st.booleans()) for flag in FLAGS},
    )


DAYS = st.dates(date(2018, 1, 1), date(2027, 12, 31))


@settings(max_examples=80, deadline=None)
@given(scenarios(), DAYS)
def test_every_step_comes_behind_what_it_waits_for(given, on):
    found = plan(given, on=on)
    done = {}
    for step in found.steps:
        assert set(step.waits_for) <= set(done)
        if step.status != "held":
            for before in step.waits_for:
                assert step.starts.earliest.day >= done[before].ends.earliest.day
                assert step.starts.latest.day >= done[before].ends.latest.day
        assert on <= step.starts.earliest.day <= step.ends.earliest.day <= step.ends.latest.day
        done[step.id] = step
    assert set(done) | {each.requirement.id for each in found.not_needed} == set(LAW.requirements)
    assert len(done) + len(found.not_needed) == len(LAW.requirements)
    assert on <= found.first_call.earliest.day <= found.complete.earliest.day
    assert found.first_call.latest.day <= found.complete.latest.day
    for lang in ("en", "zh"):
        assert json_form.as_json(found, lang)["steps"]


@settings(max_examples=80, deadline=None)
@given(scenarios(), DAYS, st.sampled_from(FLAGS))
def test_more_never_needs_less_and_never_calls_earlier(given, on, flag):
    fewer, more = (plan(attrs.evolve(given, **{flag: value}), on=on) for value in (False, True))

    assert {step.id for step in fewer.steps} <= {step.id for step in more.steps}
    assert {each.duty.id for each in fewer.duties} <= {each.duty.id for each in more.duties}
    assert fewer.first_call.earliest.day <= more.first_call.earliest.day
    assert fewer.first_call.latest.day <= more.first_call.latest.day


@settings(max_examples=60, deadline=None)
@given(scenarios(), DAYS, st.sampled_from(["marketing", "service"]), st.sampled_from(["finance", "education", "healthcare"]))
def test_another_use_never_needs_less(given, on, purpose, sector):
    fewer, more = plan(given, on=on), plan(attrs.evolve(given, uses=(*given.uses, Use(purpose=purpose, sector=sector))), on=on)

    assert {step.id for step in fewer.steps} <= {step.id for step in more.steps}
    assert fewer.first_call.earliest.day <= more.first_call.earliest.day


@settings(max_examples=60, deadline=None)
@given(scenarios(), DAYS, st.sampled_from(sorted(LAW.requirements)))
def test_what_is_held_never_makes_the_first_call_later(given, on, id_):
    without = plan(attrs.evolve(given, held={key: each for key, each in given.held.items() if key != id_}), on=on)
    held = plan(attrs.evolve(given, held=dict(given.held) | {id_: None}), on=on)

    assert held.first_call.earliest.day <= without.first_call.earliest.day


@settings(max_examples=60, deadline=None)
@given(scenarios())
def test_what_is_not_known_counts_as_not_met(given):
    blank = attrs.evolve(given, seats=None, registered_capital=None, paid_in_capital=None, office_area=None, staff=None, held={})

    for step in plan(blank, on=ON).steps:
        assert {each.status for each in step.conditions} <= {"unknown"}


# ── conditions


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"registered_capital": 9_999_999}, "not-met"),
        ({"registered_capital": 10_000_000}, "met"),
        ({"paid_in_capital": 10_000_000}, "met"),  # what is paid in is registered
        ({"paid_in_capital": 9_999_999}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_registered_capital_of_the_national_licence(facts, status):
    step = plan(scenario(**facts), on=ON).step("call-centre-national")

    assert {each.condition.id: each.status for each in step.conditions}["national-capital"] == status


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"registered_capital": 9_999_999}, "not-met"),  # no more than is registered can be paid in
        ({"registered_capital": 20_000_000}, "unknown"),
        ({"registered_capital": 20_000_000, "paid_in_capital": 9_999_999}, "not-met"),
        ({"registered_capital": 20_000_000, "paid_in_capital": 10_000_000}, "met"),
    ],
)
def test_paid_in_capital_of_the_national_licence(facts, status):
    step = plan(scenario(**facts), on=ON).step("call-centre-national")

    assert {each.condition.id: each.status for each in step.conditions}["national-paid-in"] == status


def test_the_provincial_licence_leaves_open_whether_its_capital_is_paid_in():
    found = plan(scenario(national=False, provinces="广东", registered_capital=1_000_000, paid_in_capital=999_999), on=ON)

    assert {c.condition.id: c.status for c in found.step("call-centre-provincial").conditions}["provincial-paid-in"] == "doubtful"


@pytest.mark.parametrize(
    ("seats", "count", "status"),
    [
        (10, 5, "met"),
        (10, 6, "doubtful"),
        (10, 10, "doubtful"),
        (10, 11, "not-met"),
        (25, 12, "met"),
        (25, 13, "doubtful"),
        (0, 1, "not-met"),
    ],
)
def test_fixed_numbers_by_seats(seats, count, status):
    step = plan(scenario(seats=seats, numbers={"fixed": count}), on=ON).step("number-fixed")

    assert [each.status for each in step.conditions] == [status]


# ── what is held, and dates


def test_a_national_licence_serves_one_province():
    found = plan(scenario(national=False, provinces="CN-GD", held=["call-centre-national"]), on=ON)

    assert found.step("call-centre-provincial").status == "held"
    assert found.step("call-centre-provincial").held_by == "call-centre-national"
    assert not found.surplus


TWO = """version = 1
[enterprise]
name = "X"
[[licences]]
kind = "call-centre"
provinces = ["CN-GD"]
issued = 2024-01-01
[[licences]]
kind = "call-centre"
provinces = ["CN-GX"]
issued = 2025-01-01
[[campaigns]]
name = "c"
purpose = "service"
"""


def test_provincial_licences_serve_their_provinces_and_no_other():
    policy = Policy.from_toml(TWO)
    both = plan(scenario_of(policy, on=ON), on=ON)
    assert {step.id: step.status for step in both.steps}["call-centre-provincial"] == "held"
    assert "several-provinces" not in {note.key for note in both.notes}
    one = plan(scenario_of(policy, on=ON, provinces=["CN-GX"]), on=ON)
    assert one.step("call-centre-provincial").status == "held"
    other = plan(scenario_of(policy, on=ON, provinces=["CN-BJ"]), on=ON)
    assert other.step("call-centre-provincial").status == "apply"
    more = plan(scenario_of(policy, on=ON, provinces=["CN-GD", "CN-BJ"]), on=ON)
    assert more.step("call-centre-national").status == "apply"
    assert [each.requirement.id for each in more.surplus] == ["call-centre-provincial"]


def test_a_licence_that_has_ended_is_not_held():
    on = date(2026, 3, 2)
    for since, status in ((date(2021, 3, 2), "apply"), (date(2021, 3, 3), "held")):
        assert plan(scenario(held={"call-centre-national": since}), on=on).step("call-centre-national").status == status
    ended = {"icp": Held(until=date(2026, 3, 1))}
    assert plan(scenario(online=True, held=ended), on=on).step("icp").status == "apply"


def test_when_duties_are_due():
    found = {each.duty.id: each.dates for each in plan(scenario(), on=ON).duties}

    filing = found["number-filing"][0]
    assert (filing.of, filing.due) == ("number-fixed", (date(2026, 5, 28), date(2026, 6, 27)))
    assert found["annual-report"][0].due == (date(2027, 3, 31), date(2027, 3, 31))
    renewal = found["renewal"][0]
    assert renewal.due == (date(2031, 4, 27), date(2031, 5, 27))
    assert renewal.opens == (date(2031, 1, 27), date(2031, 2, 26))
    held = plan(scenario(held={"call-centre-national": date(2024, 2, 29)}), on=ON)
    dates = {each.duty.id: each.dates for each in held.duties}
    assert dates["renewal"][0].due[0] == date(2029, 2, 28)
    assert dates["annual-report"][0].due[0] == date(2026, 3, 31)


def test_a_number_that_is_there_calls_before_one_that_takes_months():
    found = plan(scenario(numbers={"fixed": 1, "95": 1}), on=ON)

    assert found.first_number == "number-fixed"
    assert found.first_call.earliest.day < found.complete.earliest.day


def test_without_a_number_the_plan_says_so():
    found = plan(scenario(numbers={}), on=ON)

    assert found.first_number is None
    assert "no-number" in {note.key for note in found.notes}
    with pytest.raises(KeyError, match="number-95"):
        found.step("number-95")


# ── a policy


def test_a_policy_tells_the_scenario():
    policy = Policy.load(POLICY)
    found = scenario_of(policy, on=date(2026, 11, 24))

    assert found.national
    assert found.ai
    assert found.abroad
    assert not found.hk_mo_tw
    assert found.numbers == {"fixed": 2, "400": 1, "virtual": 1}
    assert {use.purpose for use in found.uses} == {"marketing", "notification", "survey"}
    assert {"call-centre-national", "icp", "school", "ai", "cross-border", "number-400"} <= set(found.held)
    assert plan(found, on=date(2026, 11, 24)).first_call.earliest.day == date(2026, 11, 24)
    assert "call-centre-national" not in scenario_of(policy, on=date(2028, 5, 1)).held, "five years are over"
    assert scenario_of(policy, on=date(2028, 4, 30)).held["call-centre-national"].until == date(2028, 4, 30)


def test_what_is_given_goes_before_the_policy():
    policy = Policy.load(POLICY)
    on = date(2026, 11, 24)
    found = scenario_of(policy, on=on, provinces=["CN-BJ"], numbers={"fixed": 10, "400": 1}, held={"drug": None}, ai=False)

    assert (found.national, found.provinces, found.ai) == (False, ("CN-BJ",), False)
    assert "number-fixed" not in found.held, "eight more are wanted"
    assert {"number-400", "drug", "school"} <= set(found.held)


def test_a_policy_that_does_not_say_how_far_calls_reach_is_an_error():
    policy = Policy.from_toml('version = 1\n[enterprise]\nname = "X"\n[[campaigns]]\nname = "c"\npurpose = "service"\n')

    with pytest.raises(ValueError, match="`provinces` is"):
        scenario_of(policy, on=ON)
    assert scenario_of(policy, on=ON, national=True).national


# ── the guard


CAMPAIGNS = [
    {"sector": sector, "purpose": purpose, "product": product, "automated": ai, "biometrics": ai, "online": online}
    for sector, product in [("general", None), ("education", None), ("finance", None), ("healthcare", None), ("healthcare", "drug")]
    for purpose in ("marketing", "service")
    for ai, online in ((False, False), (True, True))
]


def policy_text(campaign, steps):
    """A policy that holds what a plan's steps ask for."""
    said = {"sector", "purpose", "product", "automated", "biometrics", "online"}
    lines = ["version = 1", "[enterprise]", 'name = "X"', "[[campaigns]]", 'name = "c"']
    lines += [
        f"{key} = {str(campaign[key]).lower() if isinstance(campaign[key], bool) else repr(campaign[key])}"
        for key in sorted(said)
        if campaign[key]
    ]
    lines += ["[[callers]]", 'number = "010-8555-0100"', "filed = 2025-01-01"]
    for step in steps:
        held = step.requirement.held_by
        if held and held.filing:
            lines += ["[[filings]]", f'kind = "{held.filing}"', "filed = 2025-01-01"]
        elif held:
            scope = 'scope = "national"' if held.scope == "national" else ""
            lines += ["[[licences]]", f'kind = "{held.licence}"', "issued = 2025-01-01", scope]
    return "\n".join(lines)


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda each: "-".join(str(value) for value in each.values()))
def test_the_guard_allows_what_is_planned_and_denies_less(campaign):
    """What the plan asks for is what the guard wants: with it all a call may be placed, without any one of it not."""
    from callguard import Guard

    use = Use(sector=campaign["sector"], purpose=campaign["purpose"], product=campaign["product"])
    flags = {"ai": campaign["automated"], "biometrics": campaign["biometrics"], "online": campaign["online"]}
    steps = [step for step in plan(scenario(uses=use, **flags), on=ON).steps if step.requirement.held_by and step.requirement.rule]
    clock = FrozenClock("2026-03-03T10:00:00+08:00")

    def allowed(held):
        with Guard(Policy.from_toml(policy_text(campaign, held)), clock=clock) as guard:
            return bool(guard.may_dial("13800130100", caller="010-8555-0100", campaign="c"))

    assert allowed(steps)
    for step in steps:
        assert not allowed([each for each in steps if each is not step]), step.id


# ── what a scenario may not be


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"national": False}, r"`provinces` is \(\); accepted: one mainland province"),
        ({"provinces": ["CN-GD"]}, "`provinces` is"),
        ({"national": False, "provinces": ["HK"]}, "`provinces` is 'HK'; accepted: mainland provinces"),
        ({"home": "US"}, "`home` is 'US'"),
        ({"home": "Atlantis"}, "`Atlantis` is no region"),
        ({"uses": ()}, r"`uses` is \(\); accepted: one Use or more"),
        ({"institution": "bank"}, "`institution` is 'bank'; accepted: where a sector is finance"),
        ({"institution": "church"}, "`institution` is 'church'; accepted: bank, insurance"),
        ({"operation": "both"}, "`operation` is 'both'; accepted: self-run, outsourced"),
        ({"numbers": {"fax": 1}}, "`numbers` is {'fax': 1}; accepted: fixed"),
        ({"numbers": {"fixed": 0}}, "`numbers` is {'fixed': 0}"),
        ({"ai": None}, "`ai` is None; accepted: True or False"),
        ({"staff": "yes"}, "`staff` is 'yes'; accepted: True, False, or None"),
        ({"seats": -1}, "`seats` is -1; accepted: a number, 0 or more"),
        ({"office_area": float("nan")}, "`office_area` is nan"),
        ({"registered_capital": 1, "paid_in_capital": 2}, "`paid_in_capital` is 2; accepted: no more than"),
        ({"held": ["licence"]}, "`held` is 'licence'; accepted: business-licence"),
        ({"intended": ["licence"]}, "`intended` is 'licence'"),
    ],
)
def test_a_scenario_that_cannot_be_is_an_error(given, complaint):
    with pytest.raises(ValueError, match=complaint):
        scenario(**given)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"purpose": "sales"}, "`purpose` is 'sales'; accepted: marketing"),
        ({"purpose": "service", "sector": "bank"}, "`sector` is 'bank'"),
        ({"purpose": "service", "product": "drug"}, "`product` is 'drug'; accepted: a product only where"),
        ({"purpose": "service", "academic_tutoring": True}, "`academic_tutoring` is True; accepted: True only where"),
    ],
)
def test_a_use_that_cannot_be_is_an_error(given, complaint):
    with pytest.raises(ValueError, match=complaint):
        Use(**given)


# ── the year after the last notice


def plainly(start, n):
    """The n-th weekday that is no statutory day, after a day."""
    day = start
    while n:
        day += timedelta(days=1)
        n -= day.weekday() < 5 and day not in CALENDAR.statutory
    return day


@pytest.mark.parametrize("start", [date(2026, 11, 28), date(2026, 12, 31), date(2027, 3, 1)])
@pytest.mark.parametrize("n", [1, 40, 60])
def test_not_before_is_counted_by_what_is_certain_and_the_latest_by_what_may_be(start, n):
    earliest = after_working_days(CALENDAR, Reckoned(start), n, cautious=False)
    latest = after_working_days(CALENDAR, Reckoned(start), n)
    year_end = sum(CALENDAR.works(date(2026, 11, 28) + timedelta(days=i), cautious=True) for i in range(1, 34))

    assert earliest.day <= latest.day
    if start.year == 2027 or n > year_end:
        assert earliest.provisional
    assert earliest.day == plainly(start, n) or start.year == 2026
    if start == date(2027, 3, 1) and n == 40:
        assert (earliest.day, latest.day) == (date(2027, 4, 27), latest.day)
        assert latest.day > earliest.day


def test_a_plan_that_passes_into_a_year_without_a_notice_begins_with_the_shorter_count():
    made = plan(scenario(numbers={"fixed": 1}), on=date(2027, 3, 1))

    assert made.step("call-centre-national").ends.earliest.day == date(2027, 4, 27)
    assert made.step("call-centre-national").ends.latest.day > date(2027, 5, 27)
