"""The rules as functions: their order, what they read, and what the cases cannot say of them."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from functools import partial

import attrs
import pytest

from callguard import Policy, Reason, packs
from callguard.model import Place
from callguard.rules import FOREVER, RULES, Deny, Pass, rule
from callguard.rules.findings import evaluate
from callguard.rules.rule import Attempts, Call, Callee, Consent, Listing, Upkeep

BY_ID = {each.id: each for each in RULES}
POLICY = """
version = 1
call_log = { enabled = false }
enterprise = { name = "Xinghe", scopes = ["brand"] }
licences = [
  { kind = "call-centre", provinces = ["CN-GD"], issued = 2023-05-01 },
  { kind = "icp", issued = 2023-05-01 },
]
filings = [{ kind = "ai", filed = 2026-11-30 }]
callers = [
  { number = "010-8555-0123", filed = 2023-06-01, channel = "mvno", purposes = ["service"], daily_attempts = 2 },
  { number = "400-555-0123", obtained = 2026-11-01, forwards_to = "HK" },
  { number = "96123", province = "CN-GD", filed = 2023-06-01 },
  { number = "170 0001 0123", filed = 2023-06-01 },
]

[[campaigns]]
name = "tutoring"
purpose = "marketing"
sector = "education"
callers = ["96123"]
require_consent = true
window = { start = 09:00:00, end = 20:00:00 }
limits = [{ attempts = 1, per = "1 day" }]
blocked_regions = ["CN-XJ"]

[[campaigns]]
name = "loans"
purpose = "marketing"
sector = "finance"
online = true
automated = true
biometrics = true

[[campaigns]]
name = "device"
purpose = "service"
sector = "healthcare"
product = "medical-device"

[[campaigns]]
name = "drug"
purpose = "service"
sector = "healthcare"
product = "drug"

[[campaigns]]
name = "clinic"
purpose = "service"
sector = "healthcare"
"""
GUANGZHOU = Place("CN", "CN-GD", frozenset({"Asia/Shanghai"}), fixed=True)
PLACES = (
    GUANGZHOU,
    Place("CN", None, frozenset({"Asia/Shanghai"})),
    Place("HK", None, frozenset({"Asia/Hong_Kong"})),
    Place("US", None, frozenset({"America/Chicago", "America/New_York"})),
    Place(None, None, frozenset()),
)


def instant(text):
    return datetime.fromisoformat(text).timestamp()


def call(text=POLICY, *, campaign=0, caller=0, at="2026-11-24T12:00:00+08:00", place=GUANGZHOU, status="active"):
    policy = Policy.from_toml(text)
    return Call(
        at=instant(at) if isinstance(at, str) else at,
        policy=policy,
        campaign=policy.campaigns[campaign],
        caller=None if caller is None else policy.callers[caller],
        caller_status=status,
        place=place,
        pack=packs.load(),
        calendar=packs.calendar(policy.calendar_overrides, policy.school_vacations),
    )


def answer(id_, told, *, callee=None, attempts=None, upkeep=None):
    return evaluate(
        BY_ID[id_],
        told,
        callee=callee or Callee(status="valid"),
        attempts=attempts or Attempts(),
        upkeep=upkeep or Upkeep(),
    )


# --- order and shape


def test_the_rules_stand_in_the_order_of_the_reasons():
    codes = [[reason.code for reason in each.reasons] for each in RULES]

    assert codes == sorted(codes)
    assert {reason for each in RULES for reason in each.reasons} == set(Reason) - {Reason.ALLOWED, Reason.CUSTOM}


def test_ids_are_unique():
    assert len(RULES) == len(BY_ID)


PARTS = {"policy": "enterprise", "campaign": "campaign", "caller": "kind", "caller_status": "caller", "place": "place"}
KIND = {"kind", "province", "forwards_to"}


class Watched:
    """A Call that notes which of its parts are looked at."""

    def __init__(self, told):
        self.told, self.seen = told, set()

    def __getattr__(self, name):
        found = getattr(Call, name)
        if isinstance(found, property):
            return found.fget(self)
        if name in PARTS:
            self.seen.add(PARTS[name])
        if name == "caller" and self.told.caller is not None:
            return WatchedCaller(self.told.caller, self.seen)
        return partial(found, self) if callable(found) else getattr(self.told, name)


class WatchedCaller:
    """A caller that notes whether more of it is looked at than what it has in common with others of its kind."""

    def __init__(self, told, seen):
        self.told, self.seen = told, seen

    def __getattr__(self, name):
        if name not in KIND:
            self.seen.add("caller")
        return getattr(self.told, name)


@pytest.mark.parametrize("each", [each for each in RULES if each.kind == "call"], ids=lambda each: each.id)
def test_a_rule_reads_what_it_says_and_nothing_else(each):
    seen = set()
    for campaign, caller, place in itertools.product(range(5), (0, 1, 2, 3, None), PLACES):
        watched = Watched(call(campaign=campaign, caller=caller, place=place))
        each.function(watched)
        seen |= watched.seen
        if "caller" in each.reads:
            seen.discard("kind")
        assert seen <= each.reads

    assert seen == each.reads


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.id)
def test_an_answer_holds_for_some_time_and_says_why_in_plain_values(each):
    plain = (str, int, float, bool, type(None))

    def flat(value):
        if isinstance(value, dict):
            assert all(type(key) is str for key in value)
            return all(map(flat, value.values()))
        return all(map(flat, value)) if isinstance(value, list) else isinstance(value, plain)

    for campaign, caller, place in itertools.product(range(5), (0, 1, 2, 3, None), PLACES):
        told = call(campaign=campaign, caller=caller, place=place)
        found = answer(each.id, told)
        assert told.at < found.until <= FOREVER
        assert flat(dict(found.facts))
        if isinstance(found, Deny):
            assert found.reason in each.reasons


# --- whom


@pytest.mark.parametrize("campaign", [0, 1, 2])
def test_a_refusal_in_a_scope_no_longer_declared_is_honoured_by_every_campaign(campaign):
    told = call(campaign=campaign)

    found = answer("do-not-call-after-refusal", told, callee=Callee(status="valid", refusals=frozenset({"old-brand"})))
    assert found == Deny(Reason.REFUSED, FOREVER, facts={"scopes": ["old-brand"]})


def test_marketing_honours_the_enterprise_s_scope_whatever_it_says():
    told = call()
    told = attrs.evolve(told, campaign=attrs.evolve(told.campaign, honours_scopes=frozenset()))
    callee = Callee(status="valid", refusals=frozenset({"enterprise", "brand"}))

    assert answer("do-not-call-after-refusal", told, callee=callee).facts == {"scopes": ["enterprise"]}


def test_a_note_on_how_a_callee_was_read_is_passed_on():
    found = answer("invalid-number", call(), callee=Callee(status="invalid", note="characters"))

    assert (found.reason, found.note, found.until) == (Reason.INVALID_NUMBER, "characters", FOREVER)


@pytest.mark.parametrize(
    ("entries", "denied", "until"),
    [
        ([], False, FOREVER),
        ([(0, 10)], True, 10),
        ([(0, 10), (10, 20)], True, 20),
        ([(0, 10), (5, 20), (19, 21)], True, 21),
        ([(0, 10), (11, 20)], True, 10),
        ([(0, 10), (10, None)], True, FOREVER),
        ([(None, None)], True, FOREVER),
        ([(6, 10)], False, 6),
        ([(8, 10), (7, 9)], False, 7),
        ([(8, 8), (9, 8)], False, FOREVER),
        ([(None, 5)], False, FOREVER),
        ([(5, 6)], True, 6),
    ],
)
def test_a_listed_number_is_denied_until_no_list_holds_it(entries, denied, until):
    told = call(at=5.0)
    told = attrs.evolve(told, campaign=attrs.evolve(told.campaign, honours_lists=frozenset({"a", "b"})))
    listings = (*(Listing("ab"[i % 2], *entry) for i, entry in enumerate(entries)), Listing("not-honoured"))

    found = answer("listed", told, callee=Callee(status="valid", listings=listings))
    assert (isinstance(found, Deny), found.until) == (denied, until)


@pytest.mark.parametrize(
    ("consents", "until"),
    [
        ([("enterprise", None)], FOREVER),
        ([("enterprise", 10), ("tutoring", 12)], 12),
        ([("enterprise", 10), ("tutoring", None)], FOREVER),
        ([("enterprise", 5), ("tutoring", 6)], 6),
        ([("enterprise", 5)], None),
        ([("brand", None)], None),
        ([], None),
    ],
)
def test_any_consent_that_still_holds_will_do(consents, until):
    found = answer(
        "consent-evidence", call(at=5.0), callee=Callee(status="valid", consents=tuple(Consent(*each) for each in consents))
    )

    assert found.until == (FOREVER if until is None else until)
    assert isinstance(found, Deny) == (until is None)


# --- who calls


@pytest.mark.parametrize(("policy", "record"), [*itertools.product(("active", "suspended", "reclaimed"), repeat=2)])
def test_of_two_statuses_the_stricter_holds(policy, record):
    told = call(status=record)
    told = attrs.evolve(told, caller=attrs.evolve(told.caller, status=policy))
    strict = max(policy, record, key=["active", "suspended", "reclaimed"].index)

    found = answer("number-reclaimed", told)
    assert {"active": None, "suspended": Reason.CALLER_SUSPENDED, "reclaimed": Reason.CALLER_RECLAIMED}[strict] == getattr(
        found, "reason", None
    )


def test_rules_about_the_caller_do_not_apply_to_an_unknown_one():
    told = call(caller=None)

    for id_ in ("caller-not-in-campaign", "number-reclaimed", "number-channel", "number-filing-30-days", "number-usage-plan"):
        assert not answer(id_, told).applies
    for id_ in ("96-scope-province", "400-no-overseas-forwarding", "mvno-realtime-record-filing", "number-usage-plan-volume"):
        assert not answer(id_, told).applies
    assert answer("number-legal-source", told).reason is Reason.CALLER_UNKNOWN


def test_the_law_of_the_mainland_does_not_apply_to_an_enterprise_elsewhere():
    text = (
        POLICY.replace('name = "Xinghe",', 'name = "Xinghe", region = "SG",').replace('"010', '"+86 10').replace('"170', '"+86 170')
    )
    text = (
        text.replace('"400-555-0123"', '"+86 400 555 0123"')
        .replace('"96123"', '"+65 6123 4567"')
        .replace(', province = "CN-GD"', "")
    )
    own = {
        "invalid-number protected-number do-not-call-after-refusal listed consent-evidence number-legal-source",
        "caller-not-in-campaign number-reclaimed number-usage-plan enterprise-blacklisted region-blocked",
        "subject-tutoring-rest-day-ban marketing-hours campaign-window no-malicious-or-harassing-calls number-usage-plan-volume",
        "state-stale usage-log",
    }
    everywhere = {id_ for line in own for id_ in line.split()}

    for campaign, caller, place in itertools.product(range(5), range(4), PLACES):
        told = call(text, campaign=campaign, caller=caller, place=place)
        assert {each.id for each in RULES if getattr(answer(each.id, told), "applies", True)} <= everywhere


def test_a_number_of_no_country_is_in_no_province_even_when_told_one():
    told = Place(None, None, frozenset({"Asia/Shanghai"}), told="CN-GD")

    assert isinstance(answer("96-scope-province", call(caller=2, place=told)), Deny)
    assert isinstance(answer("local-licence-province-scope", call(place=told)), Deny)
    assert answer("cross-border-telecom-qualification", call(place=told)).reason is Reason.FILING_MISSING
    assert isinstance(answer("subject-tutoring-rest-day-ban", call(place=told, at="2026-11-28T12:00:00+08:00")), Deny)


@pytest.mark.parametrize(
    ("issued", "last"),
    [
        (date(2020, 2, 29), date(2025, 2, 28)),
        (date(2023, 5, 1), date(2028, 4, 30)),
        (date(2019, 3, 1), date(2024, 2, 29)),
        (date(2020, 12, 31), date(2025, 12, 30)),
        (date(9998, 1, 1), date.max),
    ],
)
def test_five_years_end_the_day_before_the_anniversary(issued, last):
    from callguard.rules.dates import last_day

    told = call()
    assert last == last_day(told, attrs.evolve(told.policy.licences[0], issued=issued))


def test_a_licence_until_the_last_date_there_is_does_not_end():
    text = POLICY.replace(
        'provinces = ["CN-GD"], issued = 2023-05-01', 'scope = "national", issued = 2023-05-01, expires = 9999-12-31'
    )

    assert answer("call-center-licence-validity", call(text)) == Pass(
        FOREVER, facts=answer("call-center-licence-validity", call(text)).facts
    )


def test_the_enterprise_s_log_is_asked_for_only_where_there_is_one():
    told = call()
    logged = call(POLICY.replace("enabled = false", "enabled = true"))

    assert not answer("usage-log", told, upkeep=Upkeep(log_writable=False)).applies
    assert answer("usage-log", logged, upkeep=Upkeep(log_writable=False)).reason is Reason.LOG_UNAVAILABLE
    assert answer("state-stale", told, upkeep=Upkeep(fresh_until=told.at)).reason is Reason.STATE_STALE
    assert answer("state-stale", told, upkeep=Upkeep(fresh_until=told.at + 1)).until == told.at + 1


# --- rules of the user's own


def custom(function):
    return evaluate(rule("own")(function), call())


def test_a_user_s_pass_and_denial_are_taken():
    at = call().at

    assert custom(lambda told: Pass(until=told.at + 5, facts={"seen": 1})) == Pass(at + 5, facts={"seen": 1})
    assert custom(lambda told: Deny(until=told.next_midnight)) == Deny(Reason.CUSTOM, instant("2026-11-25T00:00:00+08:00"))
    assert custom(lambda _: Deny(until=FOREVER)) == Deny(Reason.CUSTOM, FOREVER)


def test_a_user_s_denial_is_custom_whatever_reason_it_gives():
    found = custom(lambda told: Deny(Reason.REFUSED, told.at + 5, note="short-code"))

    assert (found.reason, found.note) == (Reason.CUSTOM, None)


@pytest.mark.parametrize(
    "returned",
    [
        None,
        True,
        3,
        "pass",
        Pass,
        Pass(None),
        Pass("tomorrow"),
        Pass(float("nan")),
        Pass(True),
        Pass(5.0, facts=[1]),
    ],
    ids=repr,
)
def test_a_user_s_rule_that_returns_anything_else_denies_until_the_next_call(returned):
    found = custom(lambda _: returned)

    assert (found.reason, found.until) == (Reason.CUSTOM, call().at)
    assert set(found.facts) == {"error"}


def test_a_denial_says_until_when():
    with pytest.raises(TypeError, match="`until` is required"):
        Deny()
    assert custom(lambda _: Deny()).facts == {"error": "TypeError"}


def test_a_failing_rule_is_logged_once_and_without_its_text(caplog):
    loud = rule("loud")(lambda _: int("8613800130001x"))
    for _ in range(3):
        evaluate(loud, call())

    assert [record.getMessage() for record in caplog.records] == [
        "rule `loud` fails with ValueError, and denies every call until it is mended"
    ]


def test_a_user_s_rule_that_raises_denies_and_its_text_is_not_kept():
    def broken(_):
        raise ValueError("8613800138000")

    assert custom(broken) == Deny(Reason.CUSTOM, call().at, facts={"error": "ValueError"})


def test_a_user_s_until_is_kept_between_now_and_for_ever():
    assert custom(lambda _: Pass(0)).until == call().at
    assert custom(lambda _: Pass(float("inf"))).until == FOREVER


def test_what_is_not_an_error_of_the_rule_is_not_swallowed():
    def stopped(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        custom(stopped)


@pytest.mark.parametrize("id_", ["", " no-fridays", "no fridays", "no\tfridays"])
def test_a_rule_s_id_is_a_text_without_spaces(id_):
    with pytest.raises(ValueError, match="accepted: a non-empty text without spaces"):
        rule(id_)
