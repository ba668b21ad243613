"""What an inspection says of denials is what a guard answers: on the day that is named it flips, the day before it does not."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from callguard import Guard, Policy
from callguard.readiness import inspect, names
from callguard.readiness.ahead import LASTING
from callguard.readiness.remark_json import as_json
from callguard.rules import RULES
from callguard.testing import FrozenClock
from inspections import BEIJING, GUANGDONG
from policies.build import policies, toml
from worlds import render

ON = date(2026, 6, 1)
DAYS = 25
DAY = timedelta(days=1)
NUMBERS = ("010-8555-0123", "010-8555-0124", "4008550123", "17000000123", "96123")
HUNAN = "0731-8555-0199"  # of a province that no licence and no number here is of
PLACED = {rule.id for rule in LASTING if "place" in rule.reads}
CALLEES = {"CN-BJ": BEIJING, "CN-GD": GUANGDONG, "HK": "+85221234567", "US": "+12125550123"}
NEAR = st.integers(-40, 40).map(lambda days: ON + timedelta(days=days))


def noon(day):
    return datetime.combine(day, time(12), ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def dates(first, last):
    return st.tuples(NEAR, st.integers(0, 40)).map(lambda each: {first: each[0], last: each[0] + timedelta(days=each[1])})


@st.composite
def licences(draw):
    found = []
    for _ in range(draw(st.integers(0, 3))):
        where = draw(st.sampled_from([{"scope": "national"}, {"provinces": ["广东"]}, {"provinces": ["北京", "广东"]}]))
        found.append({"kind": "call-centre"} | where | draw(dates("issued", "expires")))
    kinds = ("icp", "finance", "school", "international-gateway")
    found += [{"kind": kind} | draw(dates("issued", "expires")) for kind in draw(st.lists(st.sampled_from(kinds), max_size=3))]
    return found


@st.composite
def callers(draw):
    found = []
    for number in draw(st.lists(st.sampled_from(NUMBERS), max_size=3, unique=True)):
        caller = {"number": number}
        if draw(st.booleans()):
            caller["obtained"] = draw(NEAR)
        if draw(st.booleans()):
            caller["filed"] = max(draw(NEAR), caller.get("obtained", ON - 40 * DAY))
        if draw(st.integers(0, 4)) == 0:
            caller["purposes"] = ["service"]
        if draw(st.integers(0, 6)) == 0:
            caller["status"] = draw(st.sampled_from(["suspended", "reclaimed"]))
        if draw(st.integers(0, 6)) == 0:
            caller["channel"] = draw(st.sampled_from(["operator", "mvno", "authority"]))
        if number == "96123":
            caller["province"] = draw(st.sampled_from(["CN-GD", "CN-BJ"]))
        if number.startswith("400") and draw(st.integers(0, 2)) == 0:
            caller["forwards_to"] = "HK"
        found.append(caller)
    return found


@st.composite
def tables(draw):
    numbers = draw(callers())
    campaigns = [
        {
            "name": name,
            "purpose": draw(st.sampled_from(["service", "survey", "marketing"])),
            "sector": draw(st.sampled_from(["general", "finance", "education"])),
            **{flag: draw(st.booleans()) for flag in ("automated", "online")},
            "callers": draw(st.lists(st.sampled_from([each["number"] for each in numbers]), unique=True)) if numbers else [],
        }
        for name in ("one", "two")[: draw(st.integers(1, 2))]
    ]
    for campaign in campaigns:
        if draw(st.integers(0, 3)) == 0:
            campaign["enforce"] = False
        if campaign["sector"] == "education":
            campaign["academic_tutoring"] = False
    kinds = st.sampled_from(["ai", "finance-marketing", "cross-border", "hk-mo-tw"])
    found = {
        "version": 1,
        "enterprise": {"name": "Xinghe"},
        "licences": draw(licences()),
        "filings": draw(st.lists(st.fixed_dictionaries({"kind": kinds, "filed": NEAR}), max_size=4)),
        "callers": numbers,
        "campaigns": campaigns,
    }
    if draw(st.integers(0, 3)):
        found["call_log"] = {"enabled": draw(st.booleans())}
    return {key: value for key, value in found.items() if value != []}


def served(guard, campaign, day):
    """The places that a campaign can call on a day, by any of its numbers: those whose calls no lasting rule denies."""
    numbers = [each.number for each in guard.policy.callers if each.key in campaign.callers]
    return {
        place
        for place, callee in CALLEES.items()
        if any(guard.may_dial(callee, caller=number, campaign=campaign.name, at=noon(day)) for number in numbers)
    }


@given(tables())
def test_a_campaign_can_call_until_the_day_that_is_named(raw):
    policy = Policy.from_toml(render(raw))
    found = inspect(policy, on=ON, days=DAYS)
    with Guard(policy, clock=FrozenClock(noon(ON).timestamp())) as guard:
        for campaign in policy.campaigns:
            days = [served(guard, campaign, ON + n * DAY) for n in range(DAYS + 1)]
            unserved = [each for each in found.of("campaign-unserved") if each.name == campaign.name]
            if not campaign.enforce:
                assert not unserved
                continue
            first = next((n for n, places in enumerate(days) if not places), None)
            assert bool(unserved) == (first is not None)
            for remark in unserved:
                assert remark.severity == ("will-stop" if first else "stops-calls")
                assert remark.day == (ON + first * DAY if first else None)
                later = next((n for n in range(first, DAYS + 1) if days[n]), None)
                assert remark.resumes == (None if later is None else ON + later * DAY)
            fewer = next((n for n, places in enumerate(days) if places and days[0] - places), None)
            shrinks = [each for each in found.of("reach-shrinks") if each.name == campaign.name]
            # places that are looked at are more than the four that are called here
            if fewer is not None:
                assert [each.severity for each in shrinks] == ["will-stop"]
                assert shrinks[0].day <= ON + fewer * DAY
                assert days[0] - days[fewer] <= set(shrinks[0].facts["places"]) or shrinks[0].day < ON + fewer * DAY


@given(tables())
def test_every_denial_that_is_remarked_begins_and_ends_when_it_says(raw):
    policy = Policy.from_toml(render(raw))
    found = inspect(policy, on=ON, days=DAYS)
    with Guard(policy, clock=FrozenClock(noon(ON).timestamp())) as guard:
        for remark in found.remarks:
            if remark.rule is None or remark.rule in PLACED or (remark.what == "campaign" and not remark.campaigns):
                continue
            campaigns = [policy.campaign(name) for name in remark.campaigns] or list(policy.campaigns)
            for campaign in campaigns:
                for number in of(policy, remark, campaign):
                    day = remark.day or ON
                    assert denies(guard, remark.rule, campaign.name, number, day)
                    if remark.day is not None:
                        assert not denies(guard, remark.rule, campaign.name, number, remark.day - DAY)
                    if remark.resumes is not None:
                        assert denies(guard, remark.rule, campaign.name, number, remark.resumes - DAY)
                        assert not denies(guard, remark.rule, campaign.name, number, remark.resumes)


@given(tables())
def test_a_number_can_call_nowhere_from_the_day_that_is_named(raw):
    policy = Policy.from_toml(render(raw))
    found = inspect(policy, on=ON, days=DAYS)
    with Guard(policy, clock=FrozenClock(noon(ON).timestamp())) as guard:
        for campaign in policy.campaigns:
            for caller in policy.callers:
                if caller.key not in campaign.callers or caller.status != "active":
                    continue
                stopped = [denied_everywhere(guard, campaign, caller, ON + n * DAY) for n in range(DAYS + 1)]
                first = next((n for n, rules in enumerate(stopped) if rules), None)
                remarks = [each for each in found.remarks if each.rule in PLACED and each.name == names.caller(caller)]
                remarks = [each for each in remarks if campaign.name in each.campaigns]
                assert {each.rule for each in remarks} == (set() if first is None else stopped[first])
                severity = "violation" if not campaign.enforce else "will-stop" if first else "stops-calls"
                again = None
                if (
                    first is not None
                ):  # a licence that lapses covers no more, though the rule of its provinces has nothing left to say
                    later = (n for n in range(first, DAYS + 1) if not stopped[n])
                    again = next((n for n in later if not lapsed(guard, campaign, caller, ON + n * DAY)), None)
                for remark in remarks:
                    assert remark.severity == severity
                    assert remark.day == (ON + first * DAY if first else None)
                    assert remark.resumes == (None if again is None else ON + again * DAY)


def lapsed(guard, campaign, caller, day):
    """Whether no licence for calls is valid on a day."""
    found = guard.explain(BEIJING, caller=caller.number, campaign=campaign.name, at=noon(day)).findings
    return any(each.status == "denies" for each in found if each.rule == "call-center-licence-validity")


def denied_everywhere(guard, campaign, caller, day):
    """By which rules that look at the place a number can call no province on a day: by each alone, else by all together."""
    denied = [
        {
            each.rule
            for each in guard.explain(callee, caller=caller.number, campaign=campaign.name, at=noon(day)).findings
            if each.status == "denies" and each.rule in PLACED
        }
        for callee in (BEIJING, GUANGDONG, HUNAN)
    ]
    return (set.intersection(*denied) or set.union(*denied)) if all(denied) else set()


@given(tables())
def test_what_is_denied_for_days_is_remarked(raw):
    policy = Policy.from_toml(render(raw))
    found = inspect(policy, on=ON, days=0)
    lasting = {rule.id for rule in LASTING if "place" not in rule.reads}
    with Guard(policy, clock=FrozenClock(noon(ON).timestamp())) as guard:
        for campaign in policy.campaigns:
            for caller in policy.callers:
                if caller.key not in campaign.callers:
                    continue
                explained = guard.explain(BEIJING, caller=caller.number, campaign=campaign.name, at=noon(ON)).findings
                denied = {each.rule for each in explained if each.status == "denies"} & lasting
                assert denied <= {each.id for each in found.remarks if not each.campaigns or campaign.name in each.campaigns}


@given(policies(), st.dates(date(2000, 1, 2), date(2049, 12, 31)), st.integers(0, 400))
def test_whatever_a_policy_says_it_is_inspected_and_every_remark_is_written(raw, on, days):
    raw.get("calendar", {}).pop("overrides", None)
    found = inspect(Policy.from_toml(toml(raw)), on=on, days=days)

    for remark in found.remarks:
        for lang in ("en", "zh"):
            assert remark.message_in(lang)
            assert remark.mend_in(lang)
            assert remark.citation[lang]
        assert "{" not in remark.message_in("en")
        if remark.severity == "will-stop":
            assert on < remark.day <= found.until
        if remark.severity == "stops-calls":
            assert remark.day is None
        if remark.resumes is not None and remark.day is not None:
            assert remark.day < remark.resumes
    assert json.dumps(as_json(found, "zh"))
    written = json.dumps(as_json(found, "en"))
    assert not any(caller.number in written for caller in found_callers(raw) if caller.kind == "mobile")


def found_callers(raw):
    return Policy.from_toml(toml(raw)).callers


def of(policy, remark, campaign):
    """The numbers of which a remark is, of a campaign's; of the enterprise's remarks all."""
    callers = [each for each in policy.callers if each.key in campaign.callers]
    return [each.number for each in callers if remark.what != "caller" or names.caller(each) == remark.name]


def denies(guard, rule, campaign, number, day):
    """Whether a rule denies on a day, at its first and last second too."""
    (finding,) = {
        each.status == "denies"
        for at in (noon(day) - timedelta(hours=12), noon(day), noon(day) + timedelta(hours=11, minutes=59, seconds=59))
        for each in guard.explain(BEIJING, caller=number, campaign=campaign, at=at).findings
        if each.rule == rule
    }
    return finding


def test_every_rule_that_lasts_is_asked_and_the_others_are_of_hours_alone():
    others = {rule.id for rule in RULES if rule.kind == "call"} - {rule.id for rule in LASTING}

    assert others == {"subject-tutoring-rest-day-ban", "place-days", "marketing-hours", "campaign-window"}
