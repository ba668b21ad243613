"""Where regulation says otherwise, it is shown to who asks, and where it would change an answer; it changes none."""

from datetime import date, time, timedelta

import attrs
import pytest

from callguard import Guard, Policy, packs
from callguard.readiness import Scenario, Use, inspect, json_form, plan, scenario_of
from callguard.readiness.remark_json import as_json
from callguard.testing import FrozenClock
from command_line import POLICY
from inspections import BEIJING, CALLER, ON, policy

FOUND = packs.regulations().differences
PACKS = ["cn", "cn-regulations"]
DAY = date(2026, 1, 5)
MARKETING = Use(purpose="marketing")
INSURER = Use(purpose="marketing", sector="finance")
DEVICES = Use(purpose="marketing", sector="healthcare", product="medical-device")
TUTORING = Use(purpose="marketing", sector="education")
RICH = {"registered_capital": 20_000_000, "paid_in_capital": 20_000_000, "office_area": 150}
# id: a scenario in which it is shown in a plan, and one in which it is not; None: there is no such plan
PLANS = {
    "trade-registration": ({"abroad": True}, {}),
    "self-use": ({}, {"operation": "outsourced"}),
    "capital": ({}, RICH),
    "approval-time": ({}, {"held": ["call-centre-national"]}),
    "renewal": ({}, None),
    "annual-report": ({}, None),
    "change-clocks": ({}, None),
    "number-contact": ({}, {"numbers": {}}),
    "outsourced-marketing": ({"operation": "outsourced", "uses": MARKETING}, {"operation": "outsourced"}),
    "outbound-commitment": ({"operation": "outsourced"}, {"operation": "self-run"}),
    "number-records": ({"operation": "outsourced"}, {}),
    "recordings": ({"operation": "outsourced"}, {}),
    "marketing-consent": ({"uses": MARKETING}, {}),
    "draft-consent": ({"uses": MARKETING}, {}),
    "draft-platform-marketing": ({"operation": "outsourced", "uses": MARKETING}, {"uses": MARKETING}),
    "life-insurance-hours": ({"uses": INSURER, "institution": "insurance"}, {"uses": INSURER, "institution": "bank"}),
    "property-insurance-renewals": ({"uses": INSURER}, {"uses": INSURER, "institution": "securities"}),
    "school-vacations": ({"uses": TUTORING}, {"uses": attrs.evolve(TUTORING, academic_tutoring=False)}),
    "medical-device": ({"uses": DEVICES}, {"uses": attrs.evolve(DEVICES, product="drug")}),
    "ai-filing": ({"ai": True}, {}),
    "ai-label": ({"ai": True}, {}),
    "biometrics": ({"biometrics": True}, {}),
    "sensitive-information": ({"uses": INSURER}, {"uses": MARKETING}),
    "minors": ({"uses": TUTORING}, {"uses": MARKETING}),
    "automated-marketing": ({"ai": True, "uses": MARKETING}, {"ai": True}),
    "data-abroad": ({"abroad": True}, {"hk_mo_tw": True}),
    "international-gateway": ({"hk_mo_tw": True}, {"hk_mo_tw": True, "hk_mo_tw_abroad": False}),
}


def planned(*, on=DAY, **given):
    base = {"uses": Use(purpose="service"), "national": True, "numbers": {"fixed": 1}, "regulations": True}
    return plan(Scenario(**base | given), on=on)


def shown(found):
    return {each.difference.id: each for each in found.differences}


def answers(found, id_):
    return {each.of: (each.article["en"], each.regulation["en"]) for each in shown(found)[id_].answers}


@pytest.mark.parametrize("id_", PLANS)
def test_a_plan_shows_it_where_it_would_change_an_answer(id_):
    yes, no = PLANS[id_]

    assert id_ in shown(planned(**yes))
    if no is not None:
        assert id_ not in shown(planned(**no))


@pytest.mark.parametrize("id_", [id_ for id_, each in FOUND.items() if each.first])
def test_it_is_not_shown_before_it_holds(id_):
    first, given = FOUND[id_].first, PLANS[id_][0]

    assert id_ in shown(planned(on=first, **given))
    assert id_ not in shown(planned(on=first - timedelta(days=1), **given))


def test_without_being_asked_for_nothing_of_a_plan_changes():
    for yes, _ in PLANS.values():
        asked = planned(**yes)
        plain = planned(**yes | {"regulations": False})
        told = json_form.as_json(asked, "en")

        assert plain.differences == ()
        assert {each["id"] for each in told.pop("regulations")} == set(shown(asked))
        assert told == json_form.as_json(plain, "en")


def test_answers_that_can_be_reckoned_are():
    found = planned(abroad=True, online=True, uses=INSURER, on=DAY)

    assert answers(found, "trade-registration") == {"trade-registration": ("asked for", "not asked for")}
    assert answers(found, "approval-time") == {"call-centre-national": ("2026-03-06 to 2026-04-03", "by 2026-03-06 at the latest")}
    assert answers(found, "renewal") == {"call-centre-national": ("2030-12-05 to 2031-03-05", "by 2030-12-05 at the latest")}
    assert set(answers(found, "annual-report")) == {"call-centre-national", "icp"}
    assert answers(found, "annual-report")["icp"][1] == "2027-01-01 to 2027-03-31, late ones until 2027-04-30"
    assert answers(found, "capital") == {
        "national-paid-in": ("not known", "not asked for"),
        "office": ("not known", "not asked for"),
    }
    assert answers(found, "life-insurance-hours") == {"marketing-hours": ("08:00-21:00", "09:00-21:00")}


def test_what_is_only_remembered_is_never_certain_and_changes_no_first_call():
    found = planned()

    assert answers(found, "self-use") == {
        "call-centre-national": ("asked for", "perhaps not asked for"),
        "first-call": ("2026-03-06 to 2026-04-03", "perhaps 2026-01-05"),
        "complete": ("2026-03-06 to 2026-04-03", "perhaps 2026-01-05"),
    }
    assert found.first_call.earliest.day == date(2026, 3, 6)
    assert all("或为" in each.regulation["zh"] for each in shown(found)["self-use"].answers)


def test_what_is_held_is_not_said_to_be_too_much():
    assert "trade-registration" not in shown(planned(abroad=True, held=["trade-registration"]))


# ── of a policy


def put(section, *rows):
    return lambda tables: tables.__setitem__(section, [*tables.get(section, []), *rows])


def campaign(**given):
    return put("campaigns", {"name": "spring", "purpose": "marketing"} | given)


def enterprise(**given):
    return lambda tables: tables["enterprise"].update(given)


def licence(**given):
    return lambda tables: tables["licences"][0].update(given)


def vacations(tables):
    campaign(sector="education")(tables)
    tables["calendar"] = {"school_vacations": [{"province": "CN-BJ", "from": date(2026, 7, 10), "to": date(2026, 8, 31)}]}


def without_licence(tables):
    tables["licences"] = [{"kind": "icp", "issued": date(2024, 1, 1)}]


ABROAD = put("filings", {"kind": "cross-border", "filed": date(2024, 1, 1)})
# id: a change of the clean policy by which an inspection shows it, and one by which it does not; with days where they matter
INSPECTIONS = {
    "trade-registration": (
        ABROAD,
        put("filings", *({"kind": k, "filed": date(2024, 1, 1)} for k in ("cross-border", "foreign-trade"))),
    ),
    "self-use": (without_licence, None),
    "capital": (enterprise(office_area=80), None),
    "renewal": (licence(issued=date(2021, 9, 1)), None),
    "annual-report": (licence(annual_reports=[2023, 2024]), None),
    "change-clocks": (
        put("changes", {"what": "business-scope", "changed": date(2026, 5, 20)}),
        put("changes", {"what": "name", "changed": date(2026, 5, 20)}),
    ),
    "number-contact": (
        put("changes", {"what": "other", "changed": date(2026, 5, 28)}),
        put("changes", {"what": "other", "changed": date(2026, 4, 28)}),
    ),
    "outsourced-marketing": (
        lambda tables: (enterprise(outsourcer=True)(tables), campaign()(tables)),
        enterprise(outsourcer=True),
    ),
    "outbound-commitment": (enterprise(outsourcer=True), None),
    "number-records": (enterprise(outsourcer=True), None),
    "recordings": (enterprise(outsourcer=True), None),
    "marketing-consent": (campaign(), campaign(require_consent=True)),
    "draft-consent": (campaign(), campaign(require_consent=True)),
    "draft-platform-marketing": (lambda tables: (enterprise(outsourcer=True)(tables), campaign()(tables)), campaign()),
    "life-insurance-hours": (
        campaign(sector="finance", window={"start": time(8, 30), "end": time(18)}),
        campaign(sector="finance", window={"start": time(9), "end": time(21)}),
    ),
    "property-insurance-renewals": (campaign(sector="finance"), campaign()),
    "school-vacations": (campaign(sector="education"), vacations),
    "medical-device": (campaign(sector="healthcare", product="medical-device"), campaign(sector="healthcare", product="drug")),
    "ai-filing": (campaign(automated=True), campaign()),
    "ai-label": (campaign(automated=True), campaign()),
    "biometrics": (campaign(biometrics=True), campaign()),
    "sensitive-information": (campaign(sector="finance"), campaign(sector="education")),
    "minors": (campaign(sector="education"), campaign(sector="finance")),
    "automated-marketing": (campaign(automated=True), campaign(automated=True, purpose="service")),
    "data-abroad": (ABROAD, put("filings", {"kind": "hk-mo-tw", "filed": date(2024, 1, 1)})),
    "international-gateway": (ABROAD, None),
}


def looked(change=None, *, on=ON, **more):
    def all_of(tables):
        tables["enterprise"]["packs"] = PACKS
        if change is not None:
            change(tables)

    found = inspect(policy(all_of), on=on, **more)
    return {each.facts["difference"]: each for each in found.of("regulation-differs")}


def test_every_difference_is_shown_somewhere_and_somewhere_is_not():
    assert list(PLANS) == list(FOUND)
    assert set(FOUND) - set(INSPECTIONS) == {"approval-time"}, "a policy knows of no application that is under way"


def test_to_a_policy_that_differs_in_nothing_nothing_is_said():
    assert looked() == {}


@pytest.mark.parametrize("id_", INSPECTIONS)
def test_an_inspection_notes_it_where_it_would_change_an_answer(id_):
    yes, no = INSPECTIONS[id_]
    found = looked(yes)

    assert id_ in found
    assert found[id_].severity == "note"
    assert found[id_].rows == FOUND[id_].rows
    for lang in ("en", "zh"):
        assert FOUND[id_].regulation[lang] in found[id_].message_in(lang)
        assert FOUND[id_].how[lang] in found[id_].message_in(lang)
        assert found[id_].mend_in(lang) == FOUND[id_].do[lang]
    if no is not None:
        assert id_ not in looked(no)


@pytest.mark.parametrize("id_", INSPECTIONS)
def test_without_the_overlay_an_inspection_says_what_it_said(id_):
    def both(tables):
        tables["enterprise"]["packs"] = PACKS
        INSPECTIONS[id_][0](tables)

    ours, plain = (inspect(policy(change), on=ON) for change in (both, INSPECTIONS[id_][0]))

    assert plain.of("regulation-differs") == ()
    told = [each for each in as_json(ours, "en")["remarks"] if each["id"] != "regulation-differs"]
    assert told == as_json(plain, "en")["remarks"]


def test_the_day_of_renewal_is_said_and_that_it_was():
    ends = date(2026, 12, 31)
    day = ends - timedelta(days=90)
    change = licence(issued=date(2022, 1, 1), expires=ends)

    before, after = (looked(change, on=on)["renewal"] for on in (day, day + timedelta(days=1)))
    assert before.day == after.day == day == date(2026, 10, 2)
    assert f"by {day} at the latest" in before.message_in("en")
    assert f"the day was {day}" in after.message_in("en")
    assert f"期限 {day} 已过" in after.message_in("zh")


def test_ten_working_days_are_counted_by_the_calendar():
    found = looked(put("changes", {"what": "other", "changed": date(2026, 5, 28)}))["number-contact"]

    assert found.day == date(2026, 6, 11)


def test_the_overlay_changes_no_decision_and_is_no_pack_of_a_place():
    plain, ours = policy(), policy(enterprise(packs=PACKS))
    clock = FrozenClock("2026-06-01T10:00:00+08:00")

    assert packs.local_law(ours.enterprise.packs).chosen == ()
    found = []
    for each in (plain, ours):
        with Guard(each, clock=clock) as guard:
            line = guard.line(campaign="notice", caller=CALLER)
            found.append([(f.rule, f.status, f.reason) for f in line.explain(BEIJING).findings])
    assert found[0] == found[1]


def test_a_policy_that_names_the_overlay_is_planned_with_it():
    plain = Policy.load(POLICY)
    ours = attrs.evolve(plain, enterprise=attrs.evolve(plain.enterprise, packs=tuple(PACKS)))

    assert not scenario_of(plain, on=DAY).regulations
    assert scenario_of(ours, on=DAY).regulations
    assert not scenario_of(ours, on=DAY, regulations=False).regulations
