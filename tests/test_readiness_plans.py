"""The golden plans: each scenario of readiness/plans.toml is planned as the article has it."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from callguard.packs import requirements
from callguard.readiness import Scenario, Use, plan

DATA = tomllib.loads((Path(__file__).parent / "readiness" / "plans.toml").read_text("utf-8"))
PLANS = DATA["plans"]
LAW = requirements()


def made(given):
    scenario = dict(given["scenario"])
    scenario["uses"] = [Use(**use) for use in scenario["uses"]]
    return plan(Scenario(**scenario), on=given["on"])


def spanned(span):
    return [span.earliest.day, span.latest.day]


def figures_of(condition):
    named = {name: getattr(condition, name) for name in ("least", "usual", "most")}
    return {name: value for name, value in named.items() if value is not None}


@pytest.fixture(params=PLANS, ids=[given["name"] for given in PLANS])
def given(request):
    return request.param


def test_what_is_needed_is_exactly_what_the_article_asks_for(given):
    found = made(given)
    wanted = {each["id"] for each in (*DATA["always"], *given["needs"])}

    assert {step.id for step in found.steps} == wanted
    assert {step.id for step in found.steps if step.status == "held"} == {
        each["id"] for each in given["needs"] if each.get("held", False)
    }
    assert {each.requirement.id for each in found.not_needed} == set(LAW.requirements) - wanted
    assert {each["id"] for each in given.get("not_needed", ())} <= {each.requirement.id for each in found.not_needed}


def test_what_waits_for_what(given):
    found = made(given)

    for later, earlier, _ in given.get("waits", ()):
        assert earlier in found.step(later).waits_for
        assert found.steps.index(found.step(earlier)) < found.steps.index(found.step(later))
        assert found.step(later).starts.earliest.day >= found.step(earlier).ends.earliest.day


def test_times_authorities_and_documents(given):
    found = made(given)

    for each in given.get("times", ()):
        time = found.step(each["id"]).requirement.time
        assert (time.least, time.most, time.unit) == (each["least"], each["most"], each["unit"])
    for each in given.get("authorities", ()):
        assert found.step(each["id"]).requirement.authority.id == each["authority"]
    for each in given.get("documents", ()):
        assert each["document"] in found.step(each["id"]).requirement.documents


@pytest.mark.parametrize(
    ("given", "key"),
    [
        pytest.param(each, key, id=f"{each['name']}, {key}")
        for each in PLANS
        for key in ("not_met", "doubtful", "unknown")
        if key in each
    ],
)
def test_conditions_that_are_not_met(given, key):
    found = [
        {"id": step.id, "fact": checked.condition.fact} | figures_of(checked.condition)
        for step, checked in made(given).open_conditions
        if checked.status == key.replace("_", "-")
    ]
    wanted = [{name: value for name, value in each.items() if name != "quote"} for each in given[key]]
    if key == "unknown":  # of what is not known the figures say nothing
        found = [{name: each[name] for name in ("id", "fact")} for each in found]

    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_what_is_too_much_and_what_is_too_little(given):
    found = made(given)

    assert {each.requirement.id for each in found.surplus} == {each["id"] for each in given.get("surplus", ())}
    if "gaps" in given:
        documents = {each["id"] for each in DATA["always"]}
        assert set(found.gaps) - documents == {each["id"] for each in given["gaps"]}
    else:
        assert not found.gaps


def test_duties_and_their_figures(given):
    found = {each.duty.id: each.duty for each in made(given).duties}

    for each in (*DATA["always_duties"], *given.get("duties", ())):
        assert dict(found[each["id"]].figures) == each.get("figures", {})
    assert not set(given.get("no_duties", ())) & set(found)


def test_cautions(given):
    found = made(given)

    assert [each["id"] for each in given.get("cautions", ()) if not found.step(each["id"]).cautions] == []
    assert [id_ for id_ in given.get("no_cautions", ()) if found.step(id_).cautions] == []


def test_the_first_call(given):
    found = made(given)

    assert spanned(found.first_call) == given["first_call"]
    assert spanned(found.complete) == given.get("complete", given["first_call"])


def test_every_figure_of_the_article_stands_in_a_golden_plan():
    def figures(node):
        if isinstance(node, dict):
            for key, each in node.items():
                if key != "scenario":
                    yield from figures(each)
        elif isinstance(node, list):
            for each in node:
                yield from figures(each)
        elif not isinstance(node, str | date):
            yield node

    found = set(figures(DATA))

    # capital, office, times, numbers by agents, days of filing and change, renewal, years, months, hours
    assert {10_000_000, 1_000_000, 100_000_000, 100, 40, 60, 30, 3, 6, 5, 10, 90, 1} <= found
    assert {"08:00:00", "21:00:00"} <= {str(each) for each in found}
