"""The product answers as the slow reading does, however it is asked, in generated worlds; and the slow reading would object."""

from __future__ import annotations

import sys
from collections import Counter

import attrs
import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings

import oracle
from callguard.model import Reason
from callguard.rules import RULES, Deny, Pass
from stage import Disagreement, lived
from worlds import worlds

EXAMPLES = settings().max_examples


@pytest.mark.parametrize("half", [0, 1])  # so that two workers share a soak
def test_answers_as_the_slow_reading_does(half, tmp_path, record_property):
    first = Counter()

    @settings(max_examples=EXAMPLES // 2)
    @given(worlds())
    def run(world):
        for turn, (_, _, answer) in enumerate(lived(world, tmp_path)):
            if turn == 0:
                first[answer.reason.value if answer is not ValueError else "ValueError"] += 1

    (seed(half)(run) if settings().derandomize else run)()
    record_property("reasons", dict(first))
    seen = sum(first.values())
    if seen >= 20_000:
        for reason in Reason:
            assert first[reason] >= 200 * seen / 50_000, f"{reason} came first in only {first[reason]} of {seen} worlds"
        assert first["allowed"] >= seen / 10


@settings(max_examples=max(EXAMPLES // 20, 20))
@given(world=worlds())
def test_an_answer_holds_as_long_as_it_says(world, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    for stage, step, answer in lived(world, folder):
        if answer is ValueError:
            continue
        _, callee, caller, campaign, at, place = step
        at = stage.clock if at is None else at
        decision = stage.guard.may_dial(callee, caller=caller, campaign=campaign, at=at, place=place)
        call = oracle.Call(callee, caller, campaign, at, place)
        holds, retry = decision.holds_until, decision.retry_at
        assert holds is None or holds.timestamp() > at or world["custom"]
        assert retry is None or retry.timestamp() > at or decision.reason == "custom"

        for moment in between(at, holds.timestamp() if holds else None):
            later = oracle.decide(world, stage.history, call._replace(at=moment))
            assert later == answer, f"{call} is {answer} until {holds}, yet {later} at {moment}"
        if not decision:
            for moment in between(at, retry.timestamp() if retry else None):
                still = {rule: reason for rule, reason, _ in oracle.findings(world, stage.history, call._replace(at=moment))}
                # a licence's scope ends with the licence: no instant to wait for
                lapsed = decision.reason == "licence-scope" and still["call-center-licence-validity"] == "licence-expired"
                assert lapsed or still[decision.rule] == decision.reason, f"{call} is {answer}, {retry=}, yet not at {moment}"


def between(at: float, end: float | None) -> list[float]:
    """Return instants from one on, and before another: near both ends, and by hours and days where the two are far apart."""
    last = at + 400 * 86_400 if end is None else end
    steps = [
        0,
        0.25,
        1,
        60,
        1800,
        *(hour * 3600 for hour in range(1, 25)),
        *(day * 43_200 for day in range(3, 15)),
        86_400 * 30,
        86_400 * 180,
    ]
    return sorted({at + step for step in steps if at + step < last} | {last - back for back in (0.25, 1, 3600) if last - back > at})


def flipped(rule):
    """Return a rule that denies where it would pass, and passes where it would deny."""

    def function(*args):
        answer = rule.function(*args)
        if isinstance(answer, Deny):
            return Pass(answer.until)
        return Deny(rule.reasons[0], answer.until)

    return attrs.evolve(rule, function=function)


def silent(rule):
    """Return a rule that never denies."""

    def function(*args):
        answer = rule.function(*args)
        return Pass(answer.until) if isinstance(answer, Deny) else answer

    return attrs.evolve(rule, function=function)


@pytest.mark.once
@pytest.mark.parametrize("mutate", [flipped, silent])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_objects_to_a_rule_that_answers_otherwise(rule, mutate, monkeypatch, tmp_path):
    mutated = tuple(mutate(other) if other is rule else other for other in RULES)
    for name, module in list(sys.modules.items()):
        if name.startswith("callguard") and getattr(module, "RULES", None) is RULES:
            monkeypatch.setattr(module, "RULES", mutated)

    def objects(world):
        try:
            for _ in lived(world, tmp_path):
                pass
        except Disagreement:
            return True
        return False

    quiet = settings(
        max_examples=2_000, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck), deadline=None
    )
    if rule.id.startswith("place-"):
        from test_places_law import worlds as elsewhere  # which in turn takes from here

        find(elsewhere(), objects, settings=quiet)
    else:
        find(worlds(tuple(reason.value for reason in rule.reasons)), objects, settings=quiet)
