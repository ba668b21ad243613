"""`next_allowed` names the first instant at which every rule passes, as the slow reading sees it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import oracle
from stage import lived, moment
from worlds import INTENTS, worlds

DAY_S = 86_400
EXAMPLES = settings().max_examples
PASSING = (
    "calling-window",
    "rest-day",
    "attempt-limit",
    "caller-unfiled",
    "licence-expired",
    "listed",
    "custom",
    "no-consent",
    "allowed",
)


@pytest.mark.parametrize("intents", [PASSING, INTENTS], ids=["passing", "all"])
def test_is_the_first_instant_at_which_every_rule_passes(intents, tmp_path):
    @settings(max_examples=max(EXAMPLES // 20, 20))
    @given(world=worlds(intents))
    def run(world):
        for stage, step, answer in lived(world, tmp_path):
            if answer is not ValueError:
                examine(stage, step)

    run()


def examine(stage, step):
    """Compare one answer of `next_allowed` with the slow reading at that instant, just before it, and on the way there."""
    _, callee, caller, campaign, at, place = step
    after = stage.clock if at is None else at
    found = stage.guard.next_allowed(callee, caller=caller, campaign=campaign, after=moment(at), place=place)

    def allowed(when):
        call = oracle.Call(callee, caller, campaign, when, place)
        return oracle.decide(stage.world, stage.history, call).reason == "allowed"

    horizon = after + 400 * DAY_S
    if found is not None:
        first = found.timestamp()
        assert after <= first <= horizon
        assert allowed(first), f"{found} is not allowed: {step}"
        assert first == after or not allowed(max(first - 1, after)), f"a second before {found} is allowed, too: {step}"
        horizon = first
    for when in on_the_way(after, horizon):
        assert not allowed(when), f"{when} is allowed, next_allowed is {found}: {step}"


def on_the_way(after, end):
    """Return instants after one and before another: the hours of the first two days, then working hours of days further on."""
    steps = [
        0.0,
        *(n * 1800.0 for n in range(1, 97)),
        *(n * 86_400 / 3 for n in range(7, 60, 2)),
        *(n * 7.3 * DAY_S for n in range(3, 55)),
    ]
    return [after + step for step in steps if after + step < end]
