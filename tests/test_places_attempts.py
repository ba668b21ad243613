"""Caps of other places' law: counted as far back as they reach, over restarts, and decided again from the call log."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock

import pytest

from call_logs import call, sealed
from callguard import DialDenied, Guard
from callguard.errors import StateError
from callguard.model import Reason
from callguard.state.counts import Counts, Released, counted
from callguard.state.reaches import Reaches
from callguard.state.records import Attempted
from callguard.testing import FrozenClock
from test_places_law import RIGHT

DAY_S = 86_400
FRENCH, AMERICAN, CHINESE = "+33 1 23 45 01 23", "+1 305 555 0123", "+86 138 0013 0013"
POLICY = """
version = 1
[enterprise]
name = "Synthetic Ltd"
region = "SG"
[[callers]]
number = "+65 6123 4567"
filed = 2020-01-01
[[campaigns]]
name = "c"
purpose = "marketing"
"""
LINE = {"caller": "+65 6123 4567", "campaign": "c"}
LOGGED = POLICY.replace("[[callers]]", "[call_log]\nenabled = true\n[[callers]]", 1)


def placed(guard, callee):
    """Whether a call is let go."""
    with suppress(DialDenied), guard.attempt(callee, **LINE) as attempt:
        attempt.outcome("no-answer")
        return True
    return False


def test_what_was_counted_weeks_ago_is_known_after_a_restart_and_only_once_it_matters(tmp_path):
    file = tmp_path / "callguard.toml"
    file.write_text(POLICY + '[state]\npath = "state"\n', encoding="utf-8")
    clock = FrozenClock("2026-10-05T11:00:00+02:00")
    with Guard.open(file, clock=clock) as guard:
        guard.consent(FRENCH, proof="form 12")
        assert [placed(guard, FRENCH) for _ in range(5)] == [True] * 4 + [False]
    clock.set("2026-11-03T11:00:00+01:00")
    with Guard.open(file, clock=clock) as guard:
        assert guard._generation.store._mirror.counts.span == 0
        assert guard.may_dial(CHINESE, **LINE)
        assert guard._generation.store._mirror.counts.span == 0

        denied = guard.may_dial(FRENCH, **LINE)

        assert (denied.reason, denied.rule) == (Reason.ATTEMPT_LIMIT, "place-limits")
        assert not placed(guard, FRENCH)
        clock.set("2026-11-04T10:00:00+01:00")
        assert placed(guard, FRENCH)


def test_attempts_that_cannot_be_looked_up_are_a_reason_to_deny(tmp_path, monkeypatch):
    file = tmp_path / "callguard.toml"
    file.write_text(POLICY + '[state]\npath = "state"\n', encoding="utf-8")
    with Guard.open(file, clock=FrozenClock("2026-11-23T12:00:00-05:00")) as guard:

        def unreachable(*_: object) -> None:
            raise StateError("no")

        with monkeypatch.context() as patched:
            patched.setattr(guard._generation.store, "keep_attempts", unreachable)
            for decision in (guard.may_dial(AMERICAN, **LINE), guard.explain(AMERICAN, **LINE).decision):
                assert (decision.reason, decision.rule) == (Reason.ATTEMPT_LIMIT, "place-limits")
            assert not placed(guard, AMERICAN)
            assert guard.may_dial("+44 20 7946 0123", **LINE)
        assert placed(guard, AMERICAN)


def test_the_log_decides_calls_to_such_places_again_by_the_law_of_then(tmp_path):
    pack = tmp_path / "ours.toml"
    pack.write_text(RIGHT, encoding="utf-8")
    text = LOGGED.replace('region = "SG"', f'region = "SG"\npacks = ["{pack}"]')
    found = sealed(text=text, at="2026-11-23T15:00:00Z")
    for callee in [AMERICAN] * 5 + [FRENCH, "+1 401 555 0123", "+49 30 23125 012", "+49 30 23125 012"]:
        call(found, callee, campaign="c", caller="+65 6123 4567")
    pack.write_text(RIGHT.replace("attempts = 1", "attempts = 9"), encoding="utf-8")

    replayed = list(found.log.replay())

    assert [(each.result, each.missing) for each in replayed] == [("equal", None)] * 9
    assert [str(each.entry.reason) for each in replayed] == (
        ["allowed"] * 3 + ["attempt-limit"] * 2 + ["no-consent", "allowed", "allowed", "attempt-limit"]
    )
    assert replayed[0].entry.place.states == {"US-FL"}


@pytest.mark.parametrize("spans", [{"": 0, "33": 30 * DAY_S, "1": DAY_S}, {"": 7 * DAY_S, "33": 30 * DAY_S, "1": DAY_S}])
def test_counts_of_several_reaches_say_what_one_that_reaches_furthest_says_of_each(spans):
    one, several = Counts(), Reaches(spans)
    one.keep(30 * DAY_S)
    numbers = [33123450123, 13055550123, 8613800130013]
    for seq in range(1, 40):
        event = Attempted(number=numbers[seq % 3], campaign="c", caller="x", at=1_790_000_000.0 + seq * 60, key=None)
        if seq % 7 == 0:
            event = Released(seq - 3)
        one.apply(seq, event)
        several.apply(seq, event)
        several.apply(seq, event)  # seen before: nothing
    kept = [n for n in numbers if n != 8613800130013 or spans[""]]

    for number in kept:
        assert several.campaign_attempts("c", number) == one.campaign_attempts("c", number)
    assert (several.campaign_attempts("c", 8613800130013) == ()) == (not spans[""])
    told = counted(Lock(), lambda: several, "c")
    assert {n: count for n, count in told.items() if count} == {
        n: count for n in kept if (count := len(one.campaign_attempts("c", n)))
    }
    assert several.applied == one.applied == 39
    assert several.span == 30 * DAY_S
    if spans[""]:
        assert several.caller_attempts("x", 0) == one.caller_attempts("x", 0)
        assert several.caller_count("x", 0) == one.caller_count("x", 0)
        assert [several.attempt(seq) for seq in range(1, 40)] == [one.attempt(seq) for seq in range(1, 40)]
        whole, parts = one.tallies(), several.tallies()
        assert parts.campaigns == whole.campaigns
        assert {caller: list(instants) for caller, instants in parts.callers.items()} == {"x": list(whole.callers["x"])}
