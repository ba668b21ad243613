"""When many cells end at once: what is worked out once for many, and that no answer changes by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard import Guard, Policy, Reason
from callguard.deciding import answers, cells
from callguard.model import FOREVER
from callguard.rules import RULES, Deny, Pass, rule
from callguard.rules.rule import Rule
from callguard.testing import FrozenClock

DAY = 86_400
CALLERS = tuple(f"010-8555-{n:04}" for n in range(40))
PROVINCES = (
    *(f"{area}-8555-0123" for area in ("010", "0755", "021", "0571")),
    *(f"{area}-555-0123" for area in ("0991", "0891", "0335", "0851")),
)
CALL_RULES = sum(each.kind == "call" for each in RULES)
POLICY = """
version = 1
[enterprise]
name = "Synthetic Ltd"
scopes = ["brand"]
[[licences]]
kind = "call-centre"
provinces = ["Beijing", "Guangdong", "Shanghai", "Xinjiang"]
issued = 2023-05-01
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2026-11-26
[[campaigns]]
name = "course"
purpose = "marketing"
sector = "education"
academic_tutoring = true
[[campaigns]]
name = "survey"
purpose = "survey"
window = { start = 10:00:00, end = 20:30:30 }
limits = [{ attempts = 2, per = "1 day" }]
[[campaigns]]
name = "notice"
purpose = "notification"
[[licences]]
kind = "school"
issued = 2026-11-01
expires = 2026-11-25
[[callers]]
number = "96012"
filed = 2024-01-20
province = "Guangdong"
[[callers]]
number = "96013"
filed = 2024-01-20
province = "Beijing"
[[callers]]
number = "400-855-0143"
filed = 2024-01-20
purposes = ["survey"]
forwards_to = "HK"
[[callers]]
number = "0755-8555-0199"
filed = 2024-01-20
[[callers]]
number = "400-855-0142"
filed = 2024-01-20
purposes = ["survey"]
"""
KNOWN = (  # obtained, filed
    ("2024-01-05", "2024-01-20"),
    ("2026-10-25", None),
    ("2026-10-26", "2026-11-27"),
    ("2026-11-25", "2026-11-30"),
    ("2026-11-24", None),
)


def policy(count: int = len(CALLERS)) -> Policy:
    text = POLICY
    for n, number in enumerate(CALLERS[:count]):
        obtained, filed = KNOWN[n % len(KNOWN)] if count < len(CALLERS) else KNOWN[0]
        text += f'[[callers]]\nnumber = "{number}"\nobtained = {obtained}\n' + (f"filed = {filed}\n" if filed else "")
    return Policy.from_toml(text)


# ── summaries


class FewRules:
    """Rules with fixed answers, in reason order, and what each of them reads."""

    def __init__(self, said):
        self.said = said
        self.rules = [
            (rank, Rule(f"rule-{rank}", (Reason.CUSTOM,), "call", lambda _, answer=answer: answer, reads))
            for rank, (answer, reads) in enumerate(said)
        ]

    def summed_up(self, call):
        """The rules' summaries, one for all that read the same."""
        return [cells.summed_up(rules, call) for _, rules in cells.side(self.rules).groups]


class Told:
    at = 1_000.0


UNTILS = st.sampled_from((1_001, 1_500, 2_000.5, 2_000, 253_370_764_799, 253_370_764_800, FOREVER, FOREVER, FOREVER))
PASSES = st.builds(Pass, UNTILS, applies=st.booleans(), provisional=st.booleans())
DENIALS = st.builds(
    Deny, st.sampled_from(list(Reason)[1:]), UNTILS, provisional=st.booleans(), note=st.sampled_from((None, None, "zones-unknown"))
)
READS = st.frozensets(st.sampled_from(("enterprise", "campaign", "kind", "caller", "place")))
FEW = (  # enough to show the same at times
    Pass(FOREVER),
    Pass(1_500),
    Pass(FOREVER, provisional=True),
    Deny(Reason.LISTED, FOREVER),
    Deny(Reason.LISTED, 1_500),
    Deny(Reason.REFUSED, FOREVER),
    Deny(Reason.LISTED, FOREVER, note="zones-unknown"),
)
ALIKE = st.lists(st.tuples(st.sampled_from(FEW), st.just(frozenset({"campaign"}))), min_size=1, max_size=2)
SAID = st.lists(st.tuples(st.one_of(PASSES, PASSES, PASSES, DENIALS), READS), max_size=12)


@given(SAID)
def test_summaries_decide_what_the_rules_do_in_their_order(said):
    few = FewRules(said)
    expected = answers.settle((each, answer) for (_, each), (answer, _) in zip(few.rules, said, strict=True))

    assert cells.decided(*few.summed_up(Told)) == expected


@given(SAID)
def test_a_summary_holds_no_longer_than_the_decision(said):
    few = FewRules(said)
    parts = few.summed_up(Told)
    whole = cells.combined(parts)

    decision = cells.decided(*parts)
    assert whole.until <= (FOREVER if decision.until_s is None else decision.until_s)
    assert cells.decided(whole) == decision


@given(ALIKE, ALIKE, SAID)
def test_what_shows_of_a_summary_is_all_that_a_decision_knows_of_it(one, other, rest):
    first, second = (cells.combined(FewRules(said).summed_up(Told)) for said in (one, other))
    third = cells.summed_up([(2 * rank - len(rest) + 0.5, each) for rank, each in FewRules(rest).rules], Told)

    if cells.shown(first) == cells.shown(second):
        assert cells.decided(first, third) == cells.decided(second, third)


def test_every_rule_of_the_law_about_the_call_is_asked_on_one_side():
    asked = [rank for side in (cells.WHO, cells.WHERE) for _, rules in side.groups for rank, _ in rules]

    assert sorted(asked) == [rank for rank, each in enumerate(RULES) if each.kind == "call"]
    assert "place" not in cells.WHO.reads
    assert all("place" in reads for reads, _ in cells.WHERE.groups)


# ── the same answers


MOVES = st.sampled_from((0, 0, 0.5, 1, 59, 3_600, 7_200, 6 * 3_600, 13 * 3_600, DAY, 5 * DAY, -1, -3_600, -DAY))
STEPS = st.lists(
    st.tuples(
        MOVES,
        st.sampled_from(("course", "survey", "notice")),
        st.sampled_from((*CALLERS[:6], "96012", "0755-8555-0199", "4008550142", "010-8555-9999")),
        st.sampled_from((*PROVINCES, "+12025550123", "+85223450123")),
        st.sampled_from(("now", "now", "at", "told", "suspended", "active")),
    ),
    min_size=1,
    max_size=12,
)


@given(STEPS)
def test_a_decision_is_what_all_rules_say_whatever_was_asked_before(steps):
    clock = FrozenClock("2026-11-24T07:59:59+08:00")
    guard = Guard(policy(6), clock=clock)
    for move, campaign, caller, callee, how in steps:
        clock.advance(move)
        if how in ("suspended", "active") and guard.policy.caller(caller):
            guard.set_caller_status(caller, how)
        at = clock() + 7_200 if how == "at" else None
        place = "Guangdong" if how == "told" and callee.startswith("0") else None
        line = guard.line(campaign=campaign, caller=caller)

        for _ in range(2):
            assert line.may_dial(callee, at=at, place=place) == line.explain(callee, at=at, place=place).decision


@pytest.mark.parametrize("campaign", ["course", "survey", "notice"])
def test_callers_of_different_kinds_share_nothing_that_differs(campaign):
    guard = Guard(policy(6), clock=FrozenClock("2026-11-24T12:00:00+08:00"))
    callers = [each.number for each in guard.policy.callers]

    for first in callers:
        for caller in (first, *callers):
            for callee in (*PROVINCES, "+12025550123", "+85223450123"):
                line = guard.line(campaign=campaign, caller=caller)
                assert line.may_dial(callee) == line.explain(callee).decision
        guard.reload()


def test_an_answer_about_a_caller_is_not_believed_for_earlier_instants():
    """One caller's cell is another's only from the instant on at which both were asked about."""
    clock = FrozenClock("2026-11-24T10:00:00+08:00")
    guard = Guard(policy(6), clock=clock)
    old, new = (guard.line(campaign="notice", caller=CALLERS[n]) for n in (0, 3))  # the new one is obtained on 25 November
    assert old.may_dial(PROVINCES[0])
    clock.advance(DAY)
    assert new.may_dial(PROVINCES[0])
    clock.advance(-3_600 * 20)

    assert new.may_dial(PROVINCES[0]).reason is Reason.CALLER_UNFILED


# ── the work


class Counting:
    """Counts the rules that are asked."""

    def __init__(self, monkeypatch):
        self.asked = []
        original = cells.evaluate
        monkeypatch.setattr(
            cells, "evaluate", lambda each, *more, **named: self.asked.append(each.id) or original(each, *more, **named)
        )

    def by(self, lines):
        """Ask every line about every province; return how many rules were asked."""
        self.asked.clear()
        decisions = [line.may_dial(callee) for line in lines for callee in PROVINCES]
        assert len(set(decisions)) == 1
        return len(self.asked)


def test_at_eight_o_clock_all_callers_of_a_kind_share_the_work(monkeypatch):
    clock = FrozenClock("2026-11-27T07:59:59+08:00")
    guard = Guard(policy(), clock=clock)
    lines = [guard.line(campaign="survey" if n % 2 else "notice", caller=CALLERS[n]) for n in range(len(CALLERS))]
    counting = Counting(monkeypatch)
    by_place = sum(len(rules) for _, rules in cells.WHERE.groups)

    assert counting.by(lines[::2]) <= CALL_RULES * (len(lines) // 2 + len(PROVINCES))
    clock.set("2026-11-27T10:00:00+08:00")
    assert counting.by(lines[1::2]) <= CALL_RULES * (len(lines) // 2 + len(PROVINCES))
    clock.set("2026-11-27T20:30:29+08:00")
    assert counting.by(lines[1::2]) == 0
    clock.set("2026-11-27T20:30:30+08:00")
    assert counting.by(lines[1::2]) <= by_place * len(PROVINCES)


def test_callers_of_whom_the_same_shows_share_their_cells():
    guard = Guard(policy(), clock=FrozenClock("2026-11-27T12:00:00+08:00"))

    found = [guard.line(campaign="notice", caller=caller).may_dial(PROVINCES[0]) for caller in CALLERS]

    assert len({id(decision) for decision in found}) == 1


def test_rules_of_the_user_s_own_are_asked_about_each_caller():
    @rule("only-even")
    def only_even(call):
        return Pass(until=FOREVER) if int(call.caller.key[-1]) % 2 == 0 else Deny(until=call.at)

    guard = Guard(policy(), rules=[only_even], clock=FrozenClock("2026-11-27T12:00:00+08:00"))

    found = [bool(guard.line(campaign="notice", caller=caller).may_dial(PROVINCES[0])) for caller in CALLERS]
    assert found == [n % 2 == 0 for n in range(len(CALLERS))]


def test_a_named_instant_leaves_the_work_for_the_present_one_alone(monkeypatch):
    clock = FrozenClock("2026-11-27T12:00:00+08:00")
    guard = Guard(policy(), clock=clock)
    lines = [guard.line(campaign="survey", caller=caller) for caller in CALLERS[:2]]
    for line in lines:
        line.may_dial(PROVINCES[0])
    counting = Counting(monkeypatch)
    for line in lines:
        assert line.may_dial(PROVINCES[0], at=clock() + 12 * 3_600).reason is Reason.CALLING_WINDOW
    counting.asked.clear()
    clock.advance(1)
    third = guard.line(campaign="survey", caller=CALLERS[2]).may_dial(PROVINCES[0])

    assert third
    assert not {each.id for each in RULES if "place" in each.reads} & set(counting.asked)
