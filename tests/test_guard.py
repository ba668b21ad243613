"""Asking: what the front door promises."""

from __future__ import annotations

import pickle
import threading
from datetime import UTC, datetime

import pendulum
import pytest

import callguard
from callguard import CallguardError, Guard, Policy, PolicyError, Reason
from callguard.rules import FOREVER, RULES, Deny, Pass, rule
from callguard.testing import FrozenClock, MemoryStore
from samples import CALLER, MOBILE, OTHER, POLICY, TUESDAY_TEN, ask, guard


def test_a_decision_is_true_when_the_call_may_be_placed():
    found = guard().may_dial(MOBILE, caller=CALLER, campaign="course")

    assert found
    assert found.allowed
    assert found.reason is Reason.ALLOWED
    assert found.rule is None
    assert found.retry_at is None
    assert found.holds_until == pendulum.datetime(2026, 11, 24, 21, tz="Asia/Shanghai")


def test_a_denial_says_why_and_when_to_try_again():
    found = guard(at="2026-11-24T21:00:00+08:00").may_dial(MOBILE, caller=CALLER, campaign="course")

    assert not found
    assert found.reason == "calling-window"
    assert found.rule == "marketing-hours"
    assert found.retry_at == pendulum.datetime(2026, 11, 25, 8, tz="Asia/Shanghai")
    assert "calling hours" in found.message
    assert "外呼时段" in found.message_in("zh")
    with pytest.raises(ValueError, match="accepted: en, zh"):
        found.message_in("fr")


def test_decisions_are_values_without_a_number():
    first = guard().may_dial(MOBILE, caller=CALLER, campaign="course")
    second = guard().may_dial(OTHER, caller=CALLER, campaign="course")

    assert first == second
    assert len({first, second}) == 1
    assert pickle.loads(pickle.dumps(first)) == first
    assert "1380013" not in repr(first)
    with pytest.raises(AttributeError):
        first.rule = "other"


@pytest.mark.parametrize("reason", list(Reason))
def test_only_allowed_is_true_and_codes_lead_back(reason):
    assert bool(callguard.Decision(reason)) is (reason is Reason.ALLOWED)
    assert Reason.from_code(reason.code) is reason
    assert callguard.Decision(reason).message_in("zh") != callguard.Decision(reason).message


def test_an_unknown_code_is_an_error():
    with pytest.raises(ValueError, match="accepted: 0 to 26, 64"):
        Reason.from_code(27)


def test_programs_that_are_wrong_raise():
    found = guard()

    with pytest.raises(PolicyError, match="course"):
        found.may_dial(MOBILE, caller=CALLER, campaign="cours")
    with pytest.raises(ValueError, match="naive"):
        found.may_dial(MOBILE, caller=CALLER, campaign="course", at=datetime(2026, 11, 24))
    with pytest.raises(ValueError, match="2000-01-01"):
        found.may_dial(MOBILE, caller=CALLER, campaign="course", at=0)
    with pytest.raises(TypeError, match="at"):
        found.may_dial(MOBILE, caller=CALLER, campaign="course", at="noon")
    for callee in (None, True, 1.5, b"13800130001", ["13800130001"]):
        with pytest.raises(TypeError):
            found.may_dial(callee, caller=CALLER, campaign="course")
    with pytest.raises(TypeError, match="caller"):
        found.may_dial(MOBILE, caller=1085550123, campaign="course")
    with pytest.raises(TypeError, match="campaign"):
        found.may_dial(MOBILE, caller=CALLER, campaign=["course"])
    with pytest.raises(ValueError, match="CN-"):
        found.may_dial(MOBILE, caller=CALLER, campaign="course", place="CN-ZZ")
    with pytest.raises(TypeError, match="place"):
        found.may_dial(MOBILE, caller=CALLER, campaign="course", place=7)


def test_a_malformed_callee_is_data():
    assert ask(guard(), "call me") == "invalid-number"
    assert ask(guard(), "") == "invalid-number"
    assert ask(guard(), "110") == "protected-number"


def test_an_unknown_caller_is_denied_on_every_campaign():
    assert guard().may_dial(MOBILE, caller="01085559999", campaign="notice").reason is Reason.CALLER_UNKNOWN
    assert guard().may_dial(MOBILE, caller="nonsense", campaign="notice").reason is Reason.CALLER_UNKNOWN


@pytest.mark.parametrize("writing", ["010-8555-0123", "+86 10 8555 0123", "（010）85550123", "+861085550123"])
def test_callers_are_compared_as_callees_are_read(writing):
    assert guard().may_dial(MOBILE, caller=writing, campaign="notice")


def test_a_line_answers_as_its_guard():
    found = guard()
    line = found.line(campaign="course", caller=CALLER)

    for callee in (MOBILE, "110", "nonsense", "+12025550123", 8613800130001):
        assert line.may_dial(callee) == found.may_dial(callee, caller=CALLER, campaign="course")
        assert line.explain(callee) == found.explain(callee, caller=CALLER, campaign="course")
        assert line.next_allowed(callee) == found.next_allowed(callee, caller=CALLER, campaign="course")
        assert line.scrub([callee]).codes == bytes([line.may_dial(callee).reason.code])


def test_at_moves_the_clock_and_not_the_live_cells():
    found = guard()

    assert ask(found) == "allowed"
    assert ask(found, at=pendulum.parse("2026-11-24T21:00:00+08:00")) == "calling-window"
    assert ask(found) == "allowed"
    assert ask(found, at=datetime(2026, 11, 25, 1, tzinfo=UTC)) == "allowed"
    assert ask(found, at=datetime(2026, 11, 25, 13, tzinfo=UTC).timestamp()) == "calling-window"


def test_cells_end_when_their_time_is_up():
    found = guard(at="2026-11-24T20:59:59+08:00")

    assert ask(found) == "allowed"
    found._clock.advance(0.999)
    assert ask(found) == "allowed"
    found._clock.advance(0.001)
    assert ask(found) == "calling-window"
    found._clock.set("2026-11-25T08:00:00+08:00")
    assert ask(found) == "allowed"
    found._clock.set("2026-11-24T21:30:00+08:00")  # set back
    assert ask(found) == "calling-window"


def test_rules_run_only_when_a_cell_is_worked_out():
    runs = []

    @rule("counted")
    def counted(call):
        runs.append(call.at)
        return Pass(until=call.next_midnight)

    found = guard(rules=[counted])
    for _ in range(100):
        assert ask(found) == "allowed"
        assert ask(found, OTHER) == "allowed"

    assert len(runs) == 1


def test_explain_finds_for_every_rule_and_decides_the_same():
    found = guard(at="2026-11-28T10:00:00+08:00")
    explained = found.explain(MOBILE, caller=CALLER, campaign="course")
    status = {finding.rule: finding.status for finding in explained.findings}

    assert [finding.rule for finding in explained.findings] == [each.id for each in RULES]
    assert explained.decision == found.may_dial(MOBILE, caller=CALLER, campaign="course")
    assert explained.decision.reason == "rest-day"
    assert status["marketing-hours"] == "passes"
    assert status["subject-tutoring-rest-day-ban"] == "denies"
    assert status["finance-sector-licence"] == "does-not-apply"
    assert all(finding.citation for finding in explained.findings)
    assert explained.place.province == "CN-BJ"
    assert not explained


def test_next_allowed_waits_for_all_rules_at_once():
    found = guard(at="2026-09-30T21:00:00+08:00")  # the National Day holiday lasts to the 7th, the 10th is worked

    assert found.next_allowed(MOBILE, caller=CALLER, campaign="course") == pendulum.datetime(2026, 10, 8, 8, tz="Asia/Shanghai")
    assert found.next_allowed(MOBILE, caller=CALLER, campaign="notice") == pendulum.datetime(2026, 9, 30, 21, tz="Asia/Shanghai")
    assert found.next_allowed("110", caller=CALLER, campaign="notice") is None
    after = pendulum.parse("2026-10-08T09:30:00+08:00")
    assert found.next_allowed(MOBILE, caller=CALLER, campaign="course", after=after) == after


def test_a_place_that_is_told_adds_its_zones():
    found = guard(at="2026-11-24T22:30:00+08:00")  # 09:30 in New York, 06:30 in Los Angeles
    extra = '[[filings]]\nkind = "cross-border"\nfiled = 2024-01-01\n'
    found = guard(at="2026-11-24T22:30:00+08:00", extra=extra)

    for callee in ("+12025550123", "+18005550123"):  # a machine's calls
        assert ask(found, callee, "course") == "no-consent"
        found.consent(callee, proof="form 12")

    assert ask(found, "+12025550123", "course") == "allowed"
    assert ask(found, "+12025550123", "course", place="US-CA") == "calling-window"
    assert ask(found, "+18005550123", "course") == "calling-window"
    assert ask(found, "+18005550123", "course", place="US-NY") == "allowed"
    with pytest.raises(ValueError, match="place"):
        ask(found, "+12025550123", "course", place="CN-BJ")


def test_the_users_own_rules_come_last_and_never_open():
    @rule("no-tuesdays")
    def no_tuesdays(call):
        if pendulum.from_timestamp(call.at, "Asia/Shanghai").weekday() == 1:
            return Deny(until=call.next_midnight)
        return Pass(until=call.next_midnight)

    found = guard(rules=[no_tuesdays])
    denied = found.may_dial(MOBILE, caller=CALLER, campaign="course")

    assert denied.reason is Reason.CUSTOM
    assert denied.rule == "no-tuesdays"
    assert denied.retry_at == pendulum.datetime(2026, 11, 25, tz="Asia/Shanghai")
    found._clock.set("2026-11-24T21:00:00+08:00")
    assert ask(found) == "calling-window"
    assert found.next_allowed(MOBILE, caller=CALLER, campaign="course") == pendulum.datetime(2026, 11, 25, 8, tz="Asia/Shanghai")


@pytest.mark.parametrize("wrong", [lambda call: True, lambda call: 1 / 0, lambda call: Pass(until="later"), lambda call: None])
def test_a_rule_that_fails_denies_until_the_next_call(wrong):
    calls = []

    def failing(call):
        calls.append(call)
        return wrong(call)

    found = guard(rules=[rule("failing")(failing)])

    for _ in range(3):
        denied = found.may_dial(MOBILE, caller=CALLER, campaign="course")
        assert denied.reason is Reason.CUSTOM
        assert denied.rule == "failing"
    assert len(calls) == 3
    assert found.next_allowed(MOBILE, caller=CALLER, campaign="course") is None


def test_own_rules_are_named_once_and_made_rules():
    @rule("mine")
    def mine(call):
        return Pass(until=FOREVER)

    with pytest.raises(PolicyError, match="no other rule"):
        guard(rules=[mine, mine])
    with pytest.raises(PolicyError, match="no other rule"):
        guard(rules=[rule("marketing-hours")(lambda call: Pass(until=FOREVER))])
    with pytest.raises(PolicyError, match="made a rule"):
        guard(rules=[lambda call: Pass(until=FOREVER)])
    with pytest.raises(ValueError, match="without spaces"):
        rule("two words")


def test_a_stale_state_and_a_full_log_deny(tmp_path):
    store = MemoryStore()
    found = guard("version = 1\n[call_log]\nenabled = true\n" + POLICY.replace("version = 1", ""), store=store)

    assert ask(found) == "allowed"
    store.stop_log()
    assert ask(found) == "log-unavailable"
    store.go_stale(0)
    assert ask(found) == "state-stale"
    assert found.scrub([MOBILE], caller=CALLER, campaign="course").counts() == {Reason.STATE_STALE: 1}
    store.go_stale(FOREVER)
    store.stop_log(stopped=False)
    assert ask(found) == "allowed"


def test_a_deadline_passes_without_anybody_touching_it():
    store = MemoryStore()
    found = guard(store=store)
    assert ask(found) == "allowed"
    store.go_stale(found._clock() + 5)

    found._clock.advance(4.9)
    assert ask(found) == "allowed"
    found._clock.advance(0.1)
    assert ask(found) == "state-stale"


def test_the_default_guard(monkeypatch, tmp_path):
    callguard.use(None)
    monkeypatch.delenv("CALLGUARD_POLICY", raising=False)
    with pytest.raises(CallguardError, match="CALLGUARD_POLICY"):
        callguard.may_dial(MOBILE, caller=CALLER, campaign="notice")
    path = tmp_path / "callguard.toml"
    path.write_text(POLICY)
    monkeypatch.setenv("CALLGUARD_POLICY", str(path))
    assert callguard.may_dial(MOBILE, caller=CALLER, campaign="notice")
    callguard.use(guard(POLICY.replace('name = "notice"', 'name = "other"')))
    assert callguard.may_dial(MOBILE, caller=CALLER, campaign="other")
    callguard.use(None)


def test_a_guard_is_a_context_manager_and_reads_a_file(tmp_path):
    path = tmp_path / "callguard.toml"
    path.write_text(POLICY + '[state]\npath = "state"\n')

    with Guard.open(path, clock=FrozenClock(TUESDAY_TEN)) as found:
        assert ask(found) == "allowed"
        found.refuse(MOBILE)
        assert not any("in memory" in warning for warning in found.warnings)
    found.close()
    with Guard.open(path, clock=FrozenClock(TUESDAY_TEN)) as found:
        assert ask(found) == "refused"


def test_reload_swaps_everything_or_nothing(tmp_path):
    path = tmp_path / "callguard.toml"
    path.write_text(POLICY)
    found = Guard.open(path, clock=FrozenClock(TUESDAY_TEN))
    line = found.line(campaign="notice", caller=CALLER)
    found.refuse(OTHER)
    assert line.may_dial(MOBILE)
    assert ask(found, campaign="survey") == "allowed"

    path.write_text(POLICY.replace('name = "survey"', 'name = "poll"').replace("[enterprise]", "[enterprise]\nblocked = true"))
    found.reload()
    assert line.may_dial(MOBILE).reason is Reason.ENTERPRISE_BLOCKED
    assert line.may_dial(OTHER).reason is Reason.REFUSED
    with pytest.raises(PolicyError):
        ask(found, campaign="survey")

    path.write_text("version = 2")
    with pytest.raises(PolicyError):
        found.reload()
    assert line.may_dial(MOBILE).reason is Reason.ENTERPRISE_BLOCKED
    path.write_text(POLICY.replace('name = "notice"', 'name = "gone"'))
    with pytest.raises(PolicyError, match="notice"):
        found.reload()
    assert line.may_dial(MOBILE).reason is Reason.ENTERPRISE_BLOCKED


def test_the_calendar_warns_before_it_ends():
    assert any("2026" in warning for warning in guard(at="2026-12-01T10:00:00+08:00").warnings)
    assert not guard(at="2026-06-01T10:00:00+08:00").warnings


def test_many_threads_ask_while_one_refuses():
    found = guard()
    line = found.line(campaign="notice", caller=CALLER)
    numbers = [f"+8613800{i:06d}" for i in range(130_000, 130_300)]
    refused: list[str] = []
    wrong: list[str] = []
    done = threading.Event()

    def asking():
        while not done.is_set():
            wrong.extend(number for number in tuple(refused) if line.may_dial(number))

    threads = [threading.Thread(target=asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in numbers:
        assert line.may_dial(number)
        found.refuse(number)
        refused.append(number)
    done.set()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert not any(line.may_dial(number) for number in numbers)


def test_explain_holds_as_long_as_may_dial_whatever_the_freshness():
    store = MemoryStore()
    found = guard(store=store)
    store.go_stale(found._clock() + 3600)

    assert found.explain(MOBILE, caller=CALLER, campaign="course").decision == found.may_dial(
        MOBILE, caller=CALLER, campaign="course"
    )


def test_an_until_that_is_past_all_calendars_is_for_good():
    found = guard(rules=[rule("milliseconds")(lambda call: Deny(until=1e13))])
    denied = found.may_dial(MOBILE, caller=CALLER, campaign="notice")

    assert denied.reason is Reason.CUSTOM
    assert denied.retry_at is None


def test_a_rule_that_would_end_the_program_denies():
    found = guard(rules=[rule("exiting")(lambda call: raise_(SystemExit))])

    assert ask(found) == "custom"


def raise_(error):
    raise error


def test_a_rule_module_that_fails_is_a_policy_error(tmp_path, monkeypatch):
    (tmp_path / "failing_rules.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(PolicyError, match="ZeroDivisionError"):
        guard(POLICY.replace("version = 1", 'version = 1\nrules = ["failing_rules:mine"]'))
    with pytest.raises(TypeError, match="id"):
        rule(lambda call: Pass(until=FOREVER))


def test_a_provincial_licence_is_no_promise_for_another_province():
    provincial = POLICY.replace('scope = "national"', 'provinces = ["CN-GD"]')
    denied = guard(provincial).may_dial(MOBILE, caller=CALLER, campaign="notice")

    assert denied.reason is Reason.LICENCE_SCOPE
    assert denied.retry_at is None


def test_reload_finds_its_file_from_anywhere(tmp_path, monkeypatch):
    (tmp_path / "callguard.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    found = Guard.open("callguard.toml", clock=FrozenClock(TUESDAY_TEN))
    monkeypatch.chdir("/")
    found.reload()

    assert ask(found) == "allowed"


def test_no_repr_holds_a_number():
    found = guard()

    assert "85550123" not in repr(found.line(campaign="notice", caller=CALLER))
    assert "1380013" not in repr(found._generation.numbers.read(MOBILE))
    assert "Xinghe" in repr(found)


def test_a_policy_is_wanted():
    with pytest.raises(TypeError, match="Policy"):
        Guard("callguard.toml")
    assert isinstance(guard().policy, Policy)
