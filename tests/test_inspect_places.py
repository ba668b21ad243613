"""What an inspection says of numbers that can call nowhere, of licences for other provinces, of keys, and of enterprises elsewhere."""

from datetime import date

import pytest

from callguard import Policy
from callguard.readiness import inspect, plan, scenario_of
from inspections import CALLER, ON, PAPERS, changed, look, policy, said
from worlds import render

ABROAD, NINETY_SIX = "4008550123", "96123"
GUANGDONG = {"kind": "call-centre", "provinces": ["CN-GD"], "annual_reports": [2023, 2024, 2025]}
HUNAN = GUANGDONG | {"provinces": ["CN-HN"]}
NATIONAL = {"kind": "call-centre", "scope": "national", "annual_reports": [2023, 2024, 2025]}
PAID_IN = {"national-capital", "national-paid-in"}


def number(text, **more):
    return {
        "number": text,
        "obtained": date(2024, 1, 5),
        "filed": date(2024, 1, 20),
        "channel": "operator",
        "documents": PAPERS,
    } | more


def valid(licence, first, last):
    return licence | {"issued": first, "expires": last}


# ── numbers that can call nowhere


def test_a_number_that_leads_abroad_stops_though_another_serves_its_campaign():
    found = look(
        callers=[number(CALLER), number(ABROAD, forwards_to="HK")],
        campaigns=[{"name": "both", "purpose": "service", "callers": [CALLER, ABROAD]}],
    )
    (remark,) = found.of("400-no-overseas-forwarding")

    assert (remark.severity, remark.what, remark.campaigns, remark.rows) == ("stops-calls", "caller", ("both",), (38,))
    assert found.of("campaign-unserved") == ()
    assert look(callers=[number(CALLER), number(ABROAD)]).of("400-no-overseas-forwarding") == ()


def test_a_number_that_two_rules_together_leave_no_province_is_told_of_both():
    """A 96-number of Hunan, where the licence is for Guangdong: no rule denies everywhere, both together do."""
    found = look(
        licences=[valid(GUANGDONG, date(2023, 5, 1), date(2028, 4, 30))],
        callers=[number(CALLER), number(NINETY_SIX, province="CN-HN", channel="authority")],
        campaigns=[{"name": "both", "purpose": "service", "callers": [CALLER, NINETY_SIX]}],
    )

    assert {each.id for each in found.remarks if each.severity == "stops-calls"} == {
        "96-scope-province",
        "local-licence-province-scope",
    }


def test_what_limits_a_campaign_is_named_by_its_rule():
    """A 96-number calls one province, whatever the licence: another licence would change nothing."""
    found = look(
        callers=[number(NINETY_SIX, province="CN-GD", channel="authority")],
        campaigns=[{"name": "here", "purpose": "service", "callers": [NINETY_SIX]}],
    )
    (remark,) = found.of("reach-limited")

    assert remark.facts["rules"] == ["96-scope-province"]
    assert remark.rows == (40, 41)
    assert "another number" in remark.mend_in("en")
    assert "许可证" not in remark.mend_in("zh")
    assert remark.message_in("en") == "Its calls reach 1 of the mainland's provinces: Guangdong."


# ── licences that have ended, or are for other provinces


@pytest.mark.parametrize(
    "other",
    [valid(NATIONAL, date(2018, 5, 1), date(2023, 4, 30)), valid(NATIONAL, date(2027, 1, 15), date(2032, 1, 14))],
    ids=["ended", "to come"],
)
def test_a_licence_that_does_not_hold_sets_no_conditions(other):
    here = valid(GUANGDONG, date(2023, 5, 1), date(2028, 4, 30))
    poor = {"registered_capital": 2_000_000, "paid_in_capital": 2_000_000}

    def change(tables):
        tables["enterprise"] |= poor

    found = look(change, licences=[other, here])
    assert PAID_IN & {str(each.facts.get("condition", each.name)) for each in found.remarks} == set()
    assert [each for each in said(found, "violation") if each[0] == "condition-not-met"] == []
    made = plan(scenario_of(policy(change, licences=[other, here]), on=ON), on=ON)
    assert {step.id: step.status for step in made.steps if step.id.startswith("call-centre")} == {"call-centre-provincial": "held"}
    assert "call-centre-provincial" not in {each.requirement.id for each in made.surplus}


@pytest.mark.parametrize(
    ("other", "reminded"),
    [
        (valid(HUNAN, date(2023, 5, 1), date(2029, 4, 30)), True),
        (valid(GUANGDONG, date(2026, 9, 1), date(2031, 8, 31)), False),
        (valid(GUANGDONG | {"provinces": ["CN-GD", "CN-HN"]}, date(2023, 5, 1), date(2029, 4, 30)), False),
        (valid(NATIONAL, date(2023, 5, 1), date(2029, 4, 30)), False),
        (valid(GUANGDONG, date(2026, 9, 3), date(2031, 9, 2)), True),
    ],
    ids=["of another province", "of the same, next day", "of both", "national", "of the same, a day late"],
)
def test_renewal_is_due_unless_another_licence_goes_on_where_it_is_for(other, reminded):
    found = look(licences=[valid(GUANGDONG, date(2021, 9, 1), date(2026, 8, 31)), other], on=date(2026, 7, 1))

    assert bool([each for each in found.of("renewal") if each.day == date(2026, 8, 31)]) is reminded


def test_a_national_licence_is_renewed_whatever_a_provincial_one_does():
    found = look(
        licences=[valid(NATIONAL, date(2021, 9, 1), date(2026, 8, 31)), valid(GUANGDONG, date(2023, 5, 1), date(2029, 4, 30))],
        on=date(2026, 7, 1),
    )

    assert [each.day for each in found.of("renewal")] == [date(2026, 8, 31)]


# ── keys, and enterprises elsewhere


def test_of_an_enterprise_elsewhere_nothing_is_a_violation_of_the_mainland_s_law():
    found = inspect(
        Policy.from_toml('version = 1\n[enterprise]\nname = "Harbour"\nregion = "US"\ntimezone = "America/Chicago"\n'), on=ON
    )

    assert [each.id for each in found.remarks] == ["no-law"]
    assert found.remarks[0].message_in("en").startswith("No law for enterprises of US is shipped")


# ── numbers recorded as reclaimed


def test_a_number_that_was_recorded_as_reclaimed_counts_for_no_quota(tmp_path):
    from callguard import Guard
    from callguard.readiness import opened

    numbers = [f"010-8555-{n:04}" for n in range(100, 121)]
    tables = changed(
        callers=[number(each) for each in numbers], campaigns=[{"name": "n", "purpose": "service", "callers": numbers}]
    )
    del tables["call_log"]
    file = tmp_path / "callguard.toml"
    file.write_text(render(tables), "utf-8")
    with Guard.open(file) as guard:
        guard.set_caller_status(numbers[0], "active")
    with opened(Policy.load(file)) as kept:
        over = inspect(Policy.load(file), on=ON, kept=kept).of("condition-not-met")
    with Guard.open(file) as guard:
        guard.set_caller_status(numbers[0], "reclaimed")
    with opened(Policy.load(file)) as kept:
        within = inspect(Policy.load(file), on=ON, kept=kept).of("condition-not-met")

    assert len(over) == 1
    assert within == ()
