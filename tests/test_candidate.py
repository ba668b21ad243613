"""A candidate decides each attempt beside the live policy, as it would alone, and changes nothing of what is decided."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings

from callguard import DialDenied, Guard, Policy, StateError
from callguard.call_log.entry import decode, entry_of
from callguard.model import NO_CAMPAIGN, Verdict
from callguard.observing import Observer
from callguard.rules.settling import ENFORCED
from callguard.testing import FrozenClock, MemoryStore
from callguard.watching.report import recorded, report
from samples import CALLER, MOBILE, OTHER, POLICY, TUESDAY_TEN
from stage import Stage, own_rule
from worlds import worlds

LOGGED = POLICY + "[call_log]\n[candidate]\npolicy = 'next.toml'\n"
NARROW = POLICY.replace('name = "notice"', 'name = "notice"\nwindow = { start = 11:00:00, end = 12:00:00 }')


@pytest.fixture
def beside(tmp_path):
    """Open a guard with a candidate beside its policy, which keeps its state in a folder."""
    opened = []

    def open_(candidate=NARROW, live=LOGGED, **more):
        path = tmp_path / "callguard.toml"
        path.write_text(live)
        if candidate is not None:
            (tmp_path / "next.toml").write_text(candidate)
        found = Guard.open(path, clock=FrozenClock(TUESDAY_TEN), **more)
        opened.append(found)
        return found

    yield open_
    for each in opened:
        each.close()


def place(guard, callee=MOBILE, campaign="notice", caller=CALLER, **more):
    """Return an attempt that was let go or denied."""
    found = guard.attempt(callee, caller=caller, campaign=campaign, **more)
    with suppress(DialDenied), found:
        found.outcome("answered")
    return found


def said(attempt):
    verdict = attempt.candidate
    return verdict.reason, verdict.goes


def test_the_live_policy_decides_and_the_record_holds_both(beside):
    guard = beside()
    attempt = place(guard)

    assert attempt.decision
    assert said(attempt) == ("calling-window", False)
    (entry,) = guard.log.search()
    assert (entry.reason, entry.allowed) == ("allowed", True)
    assert entry.candidate == attempt.candidate
    assert entry.candidate.rule == "campaign-window"
    assert guard.log.document(entry.candidate.law)["policy"] == Policy.from_toml(NARROW).digest
    assert [each.key for each in guard.warnings if each.key.startswith("candidate")] == []


def test_what_the_live_policy_stops_may_go_by_the_candidate(beside):
    guard = beside(POLICY, LOGGED.replace('name = "notice"', 'name = "notice"\nblocked_regions = ["CN-BJ"]'))
    attempt = place(guard)

    assert attempt.decision.reason == "region-blocked"
    assert said(attempt) == ("allowed", True)


def test_a_candidate_without_the_campaign_or_the_caller_denies(beside):
    candidate = POLICY.replace('name = "notice"', 'name = "notices"').replace("010-8555-0123", "010-8555-0199")
    guard = beside(candidate)

    assert said(place(guard)) == (NO_CAMPAIGN, False)
    assert said(place(guard, campaign="shadow")) == ("caller-unknown", True)
    assert said(place(guard, campaign="survey")) == ("caller-unknown", False)


def test_a_candidate_that_does_not_enforce_lets_go_but_for_what_is_always_enforced(beside):
    guard = beside(NARROW.replace('name = "notice"', 'name = "notice"\nenforce = false'))
    guard.refuse(OTHER)

    assert said(place(guard)) == ("calling-window", True)
    assert said(place(guard, OTHER)) == ("refused", False)


def test_a_candidate_has_lists_of_its_own(beside, tmp_path):
    (tmp_path / "own.csv").write_text(f"{OTHER}\n")
    guard = beside(POLICY.replace('honours = ["enterprise"]', "") + '[[lists]]\nname = "own"\npath = "own.csv"\n')

    assert said(place(guard)) == ("allowed", True)
    assert said(place(guard, OTHER)) == ("listed", False)
    assert guard.may_dial(OTHER, caller=CALLER, campaign="notice")


def test_refusals_reach_both_at_once(beside):
    guard = beside(POLICY)
    assert said(place(guard)) == ("allowed", True)
    guard.refuse(MOBILE)

    attempt = place(guard)
    assert attempt.decision.reason == "refused"
    assert said(attempt) == ("refused", False)


def test_a_candidate_counts_what_is_placed_and_counts_nothing_itself(beside):
    limited = POLICY.replace('name = "notice"', 'name = "notice"\nlimits = [{ attempts = 1, per = "20 days" }]')
    guard = beside(limited)

    assert said(place(guard)) == ("allowed", True)
    guard._clock.advance(19 * 86_400)
    assert said(place(guard)) == ("attempt-limit", False)
    assert place(guard).decision
    assert len(guard._generation.store.campaign_attempts("notice", 8613800130001)) == 3


def test_one_key_is_one_call_for_both(beside):
    limited = POLICY.replace('name = "notice"', 'name = "notice"\nlimits = [{ attempts = 1, per = "1 day" }]')
    guard = beside(limited)

    assert said(place(guard, key="a")) == ("allowed", True)
    assert said(place(guard, key="a")) == ("allowed", True)
    assert said(place(guard, key="b")) == ("attempt-limit", False)


def test_a_candidate_that_cannot_be_read_is_a_warning_and_on_record(beside, tmp_path):
    guard = beside("version = 99\n")
    attempt = place(guard)

    assert attempt.decision
    assert attempt.candidate == Verdict(reason="candidate-failed")
    (told,) = (each for each in guard.warnings if each.key == "candidate-unread")
    assert "next.toml" in told
    assert "version" in told
    assert "候选" in told.message_in("zh")

    (tmp_path / "next.toml").write_text(NARROW)
    guard.reload()
    assert said(place(guard)) == ("calling-window", False)
    assert [each for each in guard.warnings if each.key.startswith("candidate")] == []

    (tmp_path / "next.toml").unlink()
    guard.reload()
    assert place(guard).decision
    assert [each.candidate.reason for each in guard.log.search()] == ["candidate-failed", "calling-window", "candidate-failed"]


def test_a_candidate_that_names_a_list_that_is_not_there_is_a_warning(beside):
    guard = beside(POLICY + '[[lists]]\nname = "own"\npath = "missing.csv"\n')

    assert place(guard).decision
    assert any(each.key == "candidate-unread" for each in guard.warnings)


@pytest.mark.parametrize("raised", [ValueError, RecursionError, MemoryError, KeyError, SystemExit])
def test_a_candidate_that_fails_harms_no_call(beside, monkeypatch, raised):
    guard = beside()

    def fails(*_):
        raise raised(MOBILE)

    monkeypatch.setattr(guard._generation.candidate.generation, "bind", fails)
    attempt = place(guard)

    assert attempt.decision
    assert attempt.candidate.failed
    (told,) = (each for each in guard.warnings if each.key == "candidate-failed")
    assert raised.__name__ in told
    assert MOBILE not in told
    (entry,) = guard.log.search()
    assert entry.candidate.failed


def test_a_candidate_whose_rules_end_the_program_ends_nothing(beside, tmp_path, monkeypatch):
    (tmp_path / "exiting_rules.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    guard = beside(POLICY.replace("version = 1", "version = 1\nrules = ['exiting_rules:rule']"))

    attempt = place(guard)
    assert attempt.decision
    assert attempt.candidate.failed
    assert any(each.key == "candidate-unread" and "SystemExit" in each for each in guard.warnings)


def test_without_a_candidate_records_are_as_they_were(beside):
    guard = beside(None, LOGGED.replace("[candidate]\npolicy = 'next.toml'\n", ""))
    attempt = place(guard)

    assert attempt.candidate is None
    (entry,) = guard.log.search()
    assert entry.candidate is None


def test_records_from_before_are_read():
    body = (
        b'{"kind":"decision","at":1.0,"callee":8613800130001,"caller":"+8601085550123","campaign":"notice","purpose":"service",'
        b'"reason":"allowed","place":["CN","CN-BJ",["Asia/Shanghai"],false,null],"mark":3,"law":"00"}'
    )
    assert entry_of(decode(body), "w", 1, {}).candidate is None


def test_the_log_still_verifies_and_replays_and_is_exported(beside, tmp_path):
    guard = beside()
    place(guard)
    place(guard, campaign="shadow")
    guard._clock.set("2026-11-24T22:00:00+08:00")
    place(guard, campaign="course")

    assert guard.log.verify().faults == ()
    assert [each.result for each in guard.log.replay()] == ["equal"] * 3
    guard.log.export(tmp_path / "out.csv", why="test")
    head, *rows = (tmp_path / "out.csv").read_text().splitlines()
    names = head.split(",")
    first = dict(zip(names, rows[0].split(","), strict=False))
    assert (first["candidate"], first["candidate_rule"], first["candidate_allowed"]) == (
        "calling-window",
        "campaign-window",
        "false",
    )
    assert first["candidate_law"] != first["law"]


def test_a_call_log_that_cannot_be_written_denies_as_without_a_candidate(tmp_path):
    (tmp_path / "next.toml").write_text(POLICY)
    store = MemoryStore()
    text = LOGGED.replace("'next.toml'", f"'{tmp_path / 'next.toml'}'")
    guard = Guard(Policy.from_toml(text), clock=FrozenClock(TUESDAY_TEN), store=store)
    store.stop_log()

    attempt = place(guard)
    assert attempt.decision.reason == "log-unavailable"


@pytest.mark.parametrize("candidate", [POLICY, NARROW])
@pytest.mark.parametrize("fails", ["hand_on", "write"])
def test_a_record_that_is_not_handed_on_or_written_leaves_no_answer_of_the_candidates(beside, monkeypatch, candidate, fails):
    guard = beside(candidate)
    seen = []

    class Watching(Observer):
        def entered(self, told):
            seen.append((told.reason, told.candidate, told.changes))

    def full(*_, **__):
        raise StateError("nobody takes it")

    guard.observe(Watching())
    monkeypatch.setattr(guard.log, fails, full)
    attempt = place(guard)

    assert attempt.decision.reason == "log-unavailable"
    assert attempt.candidate is None
    assert seen == [("log-unavailable", None, False)]
    entries = list(guard.log.search())
    assert [entry.reason.value for entry in entries] == (["allowed", "log-unavailable"] if fails == "hand_on" else [])
    told = report(recorded(entries), guard.policy)
    assert (told.calls, told.judged, told.let_go.total()) == ((1, 1, 0) if fails == "hand_on" else (0, 0, 0))
    assert told.stopped.total() == (1 if fails == "hand_on" and candidate is NARROW else 0)


def test_the_fast_path_asks_no_candidate(beside, monkeypatch):
    guard = beside()
    monkeypatch.setattr(guard._generation.candidate, "decide", None)

    assert guard.may_dial(MOBILE, caller=CALLER, campaign="notice")
    assert guard.explain(MOBILE, caller=CALLER, campaign="notice")


@settings(max_examples=max(settings().max_examples // 2, 20))
@given(live=worlds(), other=worlds())
def test_a_candidate_decides_as_a_guard_of_its_own_would(live, other, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    alone = Stage(other, folder)
    elsewhere = Stage(live, folder)
    path = folder / "candidate.toml"
    path.write_text(alone.text, encoding="utf-8")
    rules = [own_rule(told) for told in other["custom"]]
    policy = Policy.from_toml(elsewhere.text + f"\n[candidate]\npolicy = '{path}'\n")
    guard = Guard(policy, rules=rules, clock=lambda: alone.clock, store=alone.store)
    try:
        for step in other["steps"]:
            if step[0] not in ("ask", "attempt"):
                alone.play(step)
                continue
            callee, caller, campaign, place_ = (step[1], step[2], step[3], step[5] if step[0] == "ask" else step[4])
            check(guard, alone.guard, callee, caller, campaign, place_)
    finally:
        alone.close()
        elsewhere.close()


def check(guard, alone, callee, caller, campaign, place_):
    if all(each.name != campaign for each in guard.policy.campaigns):
        return
    expected = answer(alone, callee, caller, campaign, place_)
    attempt = guard.attempt(callee, caller=caller, campaign=campaign, place=place_)
    try:
        with suppress(DialDenied), attempt:
            attempt.outcome("answered")
    except (ValueError, TypeError):
        return
    if attempt.candidate is not None:
        assert (attempt.candidate.reason, attempt.candidate.rule, attempt.candidate.shadow) == expected


def answer(alone, callee, caller, campaign, place_):
    """What the candidate says when it is asked alone: the first denial, of those that bind where its campaign does not enforce."""
    if all(each.name != campaign for each in alone.policy.campaigns):
        return NO_CAMPAIGN, None, False
    try:
        explained = alone.explain(callee, caller=caller, campaign=campaign, place=place_)
    except (ValueError, TypeError):
        return "candidate-failed", None, False
    decision = explained.decision
    if decision or alone.policy.campaign(campaign).enforce:
        return decision.reason.value, decision.rule, False
    binding = [each for each in explained.findings if each.status == "denies" and each.reason in ENFORCED]
    if binding:
        return binding[0].reason.value, binding[0].rule, False
    return decision.reason.value, decision.rule, True
