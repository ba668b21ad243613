"""What a plan says of what is held: licences that end before the first call, or have ended, and numbers still to be filed."""

from datetime import date

import pytest

from callguard.readiness import Held, Scenario, Use, json_form, plan, scenario_of
from inspections import CALLER, PAPERS, policy

ON = date(2026, 11, 24)
CENTRE = "call-centre-national"
NATIONAL = {"kind": "call-centre", "scope": "national"}


def planned(on=ON, **given):
    return plan(Scenario(**{"uses": Use(purpose="service"), "national": True} | given), on=on)


def notes(found, lang="en"):
    return [note.message_in(lang) for note in found.notes if note.key in ("renew-first", "lapsed")]


def of_policy(*licences, on=ON, numbers=None, **sections):
    given = {} if numbers is None else {"numbers": numbers}
    return plan(scenario_of(policy(licences=list(licences), **sections), on=on, **given), on=on)


# ── licences


def test_a_licence_that_ends_before_the_first_call_is_to_be_renewed():
    """Held since 15 December 2021 it ends on 14 December 2026; the 95-number is there in February at the earliest."""
    found = planned(numbers={"95": 1}, held={CENTRE: date(2021, 12, 15)})
    step = found.step(CENTRE)

    assert (step.status, step.until, step.held) == ("renew", date(2026, 12, 14), True)
    assert found.first_call.earliest.day == date(2027, 2, 24)
    assert step.conditions == ()
    (en,), (zh,) = notes(found), notes(found, "zh")
    assert "National call-centre licence (2026-12-14)" in en
    assert "全网呼叫中心业务经营许可证 (2026-12-14)" in zh
    (made,) = [each for each in json_form.as_json(found, "en")["steps"] if each["id"] == CENTRE]
    assert (made["status"], made["held_by"], made["valid_until"]) == ("renew", CENTRE, "2026-12-14")


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (date(2021, 11, 24), "apply"),  # it ended the day before
        (date(2021, 11, 25), "renew"),  # its last day is today
        (date(2022, 5, 24), "renew"),  # it ends the day before the latest first call
        (date(2022, 5, 25), "held"),  # it ends on that day
        (None, "held"),
    ],
)
def test_what_is_held_is_held_against_the_latest_first_call(since, status):
    found = planned(numbers={"95": 1}, held={CENTRE: since})

    if status != "apply":
        assert found.first_call.latest.day == date(2027, 5, 24)
    assert found.step(CENTRE).status == status
    assert len(notes(found)) == (status != "held")


def test_any_licence_that_ends_too_early_is_renewed_and_its_renewal_delays_nothing():
    held = {CENTRE: None, "icp": Held(since=date(2022, 1, 1), until=date(2027, 1, 10)), "website": None}
    found = planned(online=True, numbers={"95": 1}, held=held)

    assert found.step("icp").status == "renew"
    assert found.step("icp").ends.latest.day == ON
    assert found.first_call.earliest.day == date(2027, 2, 24)


def test_what_was_named_as_held_and_has_lapsed_is_said():
    found = planned(held={CENTRE: date(2020, 1, 1), "icp": Held(until=date(2026, 1, 1))})

    assert found.step(CENTRE).status == "apply"
    assert notes(found) == ["What was named as held has ended, and is applied for anew: National call-centre licence (2024-12-31)."]
    assert "2024-12-31" in notes(found, "zh")[0]
    assert notes(planned()) == []


def test_a_policy_s_licence_goes_on_in_the_next_one():
    """The renewal is in the policy before the old licence ends: nothing is to be renewed."""
    old = NATIONAL | {"issued": date(2021, 12, 15), "annual_reports": [2025]}
    new = NATIONAL | {"issued": date(2026, 12, 15)}
    late = NATIONAL | {"issued": date(2026, 12, 16)}

    assert of_policy(old, numbers={"95": 1}).step(CENTRE).status == "renew"
    assert of_policy(old, late, numbers={"95": 1}).step(CENTRE).status == "renew"
    found = of_policy(old, new, numbers={"95": 1})
    assert (found.step(CENTRE).status, found.step(CENTRE).until) == ("held", date(2031, 12, 14))
    assert notes(found) == []


def test_a_policy_s_provincial_licence_goes_on_in_each_of_its_provinces():
    both = {"kind": "call-centre", "provinces": ["广东", "湖南"], "issued": date(2021, 12, 15)}
    here = {"kind": "call-centre", "provinces": ["广东"], "issued": date(2026, 12, 1)}
    there = {"kind": "call-centre", "provinces": ["湖南"], "issued": date(2026, 12, 1)}

    for more, status in (((here,), "renew"), ((here, there), "held"), ((NATIONAL | {"issued": date(2026, 12, 1)},), "held")):
        assert of_policy(both, *more, numbers={"95": 1}).step("call-centre-provincial").status == status


def test_a_licence_of_a_policy_that_has_lapsed_is_said():
    found = of_policy(NATIONAL | {"issued": date(2020, 1, 1)})

    assert found.step(CENTRE).status == "apply"
    assert notes(found) == ["What was named as held has ended, and is applied for anew: National call-centre licence (2024-12-31)."]


# ── numbers that are held, and are not filed


def filings(found):
    (owed,) = [each for each in found.duties if each.duty.id == "number-filing"]
    return [(each.of, each.due) for each in owed.dates]


def caller(number=CALLER, **more):
    return {"number": number, "channel": "operator", "documents": PAPERS} | more


def test_numbers_of_a_policy_that_are_not_filed_yet_are_due_in_thirty_days():
    licence = NATIONAL | {"issued": date(2023, 5, 1), "annual_reports": [2023, 2024, 2025]}
    new = caller(obtained=date(2026, 11, 10))
    found = of_policy(licence, callers=[new, caller("021-8555-0101", obtained=date(2025, 1, 5), filed=date(2025, 1, 20))])

    assert filings(found) == [("number-fixed", (date(2026, 12, 10), date(2026, 12, 10)))]
    assert filings(of_policy(licence, callers=[new | {"filed": date(2026, 11, 20)}])) == []
    assert len(filings(of_policy(licence, callers=[new | {"filed": date(2026, 12, 1)}]))) == 1  # a day to come is no filing
    assert filings(of_policy(licence, callers=[new | {"obtained": date(2026, 1, 5)}])) == [
        ("number-fixed", (date(2026, 2, 4), date(2026, 2, 4)))
    ]
    assert filings(of_policy(licence, callers=[new | {"status": "reclaimed"}], numbers={})) == []


def test_numbers_that_are_said_to_be_held_are_due_as_long_as_they_may_be_unfiled():
    for since, due in (
        (date(2026, 11, 20), date(2026, 12, 20)),
        (date(2026, 10, 25), ON),
        (date(2026, 10, 24), None),
        (None, None),
    ):
        found = planned(numbers={"fixed": 1}, held={CENTRE: None, "number-fixed": since})
        assert filings(found) == ([] if due is None else [("number-fixed", (due, due))])
