"""Which rule says how far campaigns and numbers call, and from when; and what is not enforced."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from callguard.readiness import inspect
from inspections import CALLER, ON, PAPERS, look, policy

ABROAD, NINETY_SIX = "4008550123", "96123"
GUANGDONG = {"kind": "call-centre", "provinces": ["CN-GD"], "annual_reports": [2023, 2024, 2025]}
NATIONAL = {"kind": "call-centre", "scope": "national", "annual_reports": [2023, 2024, 2025]}


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


# ── which rule limits, and from when


NATIONAL_NOW = valid(NATIONAL, date(2023, 5, 1), date(2028, 4, 30))
BEIJING_ENDS = valid(GUANGDONG | {"provinces": ["CN-BJ"]}, date(2023, 5, 1), date(2026, 7, 1))
GUANGDONG_NOW = valid(GUANGDONG, date(2023, 5, 1), date(2028, 4, 30))
OF_BEIJING = number(NINETY_SIX, province="CN-BJ", channel="authority")


def test_what_limits_is_the_title_s_and_the_source_s_too():
    found = look(
        callers=[number(NINETY_SIX, province="CN-GD", channel="authority")],
        campaigns=[{"name": "here", "purpose": "service", "callers": [NINETY_SIX]}],
    )
    (remark,) = found.of("reach-limited")

    assert "licence" not in remark.title["en"].casefold()
    assert "许可证" not in remark.title["zh"]
    assert remark.citation["en"].startswith("Source article, 3(1): ")
    assert remark.citation["zh"].startswith("来源文章三(一): ")
    both = look(
        licences=[GUANGDONG_NOW],
        callers=[number(NINETY_SIX, province="CN-GD", channel="authority")],
        campaigns=[{"name": "here", "purpose": "service", "callers": [NINETY_SIX]}],
    )
    (remark,) = both.of("reach-limited")
    assert remark.citation["en"].startswith("Source article, 3(1); Source article, 1(2): ")
    assert remark.rows == (10, 11, 40, 41)


def test_a_number_that_will_call_nowhere_is_told_from_its_day_on():
    """The licence of the 96-number's province ends, another province's goes on: the campaign goes on, the number does not."""
    found = look(
        licences=[BEIJING_ENDS, GUANGDONG_NOW],
        callers=[number(CALLER), OF_BEIJING],
        campaigns=[{"name": "both", "purpose": "service", "callers": [CALLER, NINETY_SIX]}],
    )

    stops = {(each.id, each.severity, each.day, each.name) for each in found.remarks if each.what == "caller" and each.rule}
    assert stops == {
        ("96-scope-province", "will-stop", date(2026, 7, 2), NINETY_SIX),
        ("local-licence-province-scope", "will-stop", date(2026, 7, 2), NINETY_SIX),
    }
    (shrinks,) = found.of("reach-shrinks")
    assert (shrinks.day, shrinks.facts["rules"], shrinks.rows) == (date(2026, 7, 2), ["local-licence-province-scope"], (10, 11))
    assert "Apply for renewal" in shrinks.mend_in("en")


def test_a_number_whose_licence_is_to_come_calls_again_then():
    begins = valid(GUANGDONG | {"provinces": ["CN-BJ"]}, date(2026, 8, 1), date(2031, 7, 31))
    found = look(
        licences=[GUANGDONG_NOW, begins],
        callers=[number(CALLER), OF_BEIJING],
        campaigns=[{"name": "both", "purpose": "service", "callers": [CALLER, NINETY_SIX]}],
    )

    assert {(each.severity, each.resumes) for each in found.remarks if each.what == "caller" and each.rule} == {
        ("stops-calls", date(2026, 8, 1))
    }


def test_reach_that_shrinks_by_a_number_s_filing_says_so():
    """The only number that calls Guangdong is not filed in time; the licence has nothing to do with it."""
    late = number(NINETY_SIX, province="CN-GD", channel="authority") | {"obtained": date(2026, 5, 20)}
    del late["filed"]
    here = number("96124", province="CN-BJ", channel="authority")
    found = look(callers=[late, here], campaigns=[{"name": "two", "purpose": "service", "callers": [NINETY_SIX, "96124"]}])
    (shrinks,) = found.of("reach-shrinks")

    assert (shrinks.day, shrinks.facts["places"], shrinks.facts["rules"]) == (
        date(2026, 6, 20),
        ["CN-GD"],
        ["number-filing-30-days"],
    )
    assert shrinks.rows == (53,)
    assert shrinks.mend_in("en").startswith("File the number")


def test_one_number_and_rule_is_one_remark_whatever_the_campaigns():
    campaigns = [{"name": name, "purpose": "service", "callers": [CALLER, ABROAD]} for name in ("a", "b")]
    found = look(callers=[number(CALLER), number(ABROAD, forwards_to="HK")], campaigns=campaigns)

    assert [each.campaigns for each in found.of("400-no-overseas-forwarding")] == [("a", "b")]


def test_a_rule_that_denies_everywhere_hides_those_that_deny_somewhere():
    found = look(
        licences=[GUANGDONG_NOW],
        callers=[number(CALLER), number(ABROAD, forwards_to="HK")],
        campaigns=[{"name": "both", "purpose": "service", "callers": [CALLER, ABROAD]}],
    )

    assert {each.id for each in found.remarks if each.severity == "stops-calls"} == {"400-no-overseas-forwarding"}


@pytest.mark.parametrize(
    ("filings", "numbers", "wanted"),
    [
        ([], [CALLER], []),  # nobody there is meant to be called
        ([{"kind": "hk-mo-tw", "filed": date(2026, 1, 5)}], [CALLER], []),
        ([{"kind": "hk-mo-tw", "filed": date(2026, 9, 5)}], [CALLER], [(["HK", "MO", "TW"], ["hk-mo-tw-filing"], (30,))]),
        ([{"kind": "hk-mo-tw", "filed": date(2026, 1, 5)}], [NINETY_SIX], [(["HK", "MO", "TW"], ["96-scope-province"], (40, 41))]),
        (
            [{"kind": "cross-border", "filed": date(2026, 9, 5)}],
            [CALLER],
            [(["US"], ["cross-border-telecom-qualification"], (29,))],
        ),
    ],
    ids=["none", "filed", "to be filed", "96", "cross-border"],
)
def test_places_abroad_that_are_meant_to_be_called_and_cannot_be(filings, numbers, wanted):
    callers = [number(each, **({"province": "CN-GD", "channel": "authority"} if each == NINETY_SIX else {})) for each in numbers]
    found = look(callers=callers, filings=filings, campaigns=[{"name": "out", "purpose": "service", "callers": numbers}])

    assert [(each.facts["places"], each.facts["rules"], each.rows) for each in found.of("reach-abroad")] == wanted
    assert all(each.severity == "note" for each in found.of("reach-abroad"))


# ── campaigns that do not enforce

SHADOW = {"name": "dark", "purpose": "marketing", "automated": True, "enforce": False}


def test_what_a_campaign_does_not_enforce_is_a_violation_and_stops_nothing():
    found = look(campaigns=[SHADOW])

    assert [(each.id, each.severity) for each in found.remarks if each.rule] == [("ai-business-filing", "violation")]
    assert found.of("campaign-unserved") == ()
    assert found.counts["stops-calls"] == found.counts["will-stop"] == 0


def test_the_same_denial_stops_one_campaign_and_not_the_other():
    found = look(campaigns=[SHADOW, {"name": "bright", "purpose": "service", "automated": True}])

    assert {(each.severity, each.campaigns) for each in found.of("ai-business-filing")} == {
        ("stops-calls", ("bright",)),
        ("violation", ("dark",)),
    }
    assert [each.name for each in found.of("campaign-unserved")] == ["bright"]


@pytest.mark.parametrize("enforce", [True, False])
def test_numbers_of_campaigns_that_do_not_enforce_stop_nothing(enforce):
    numbers = [number(CALLER, obtained=date(2026, 3, 1)), number(ABROAD, forwards_to="HK")]
    del numbers[0]["filed"]
    found = look(callers=numbers, campaigns=[SHADOW | {"automated": False, "enforce": enforce, "callers": [CALLER, ABROAD]}])

    said = {(each.id, each.severity) for each in found.remarks if each.rule}
    severity = "stops-calls" if enforce else "violation"
    assert said == {("number-filing-30-days", severity), ("400-no-overseas-forwarding", severity)}


@pytest.mark.parametrize("enforce", [True, False])
def test_what_is_said_of_enforcement_is_what_attempts_do(enforce):
    from callguard import DialDenied, Guard
    from callguard.testing import FrozenClock

    file = policy(lambda t: t.pop("call_log"), campaigns=[SHADOW | {"enforce": enforce}])
    found = inspect(file, on=ON)
    noon = datetime.combine(ON, time(12), ZoneInfo("Asia/Shanghai")).timestamp()
    with Guard(file, clock=FrozenClock(noon)) as guard:
        if enforce:
            with pytest.raises(DialDenied), guard.attempt("010-8555-0199", caller=CALLER, campaign="dark"):
                pass
        else:
            with guard.attempt("010-8555-0199", caller=CALLER, campaign="dark") as attempt:
                attempt.outcome("answered")

    assert bool(found.counts["stops-calls"]) is enforce
