"""A refusal that comes from the call itself: which outcomes, keys and replies are one, and where it is kept."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest

from callguard import DialDenied, Guard, Policy, Reason, StateError
from callguard.model import FOREVER
from callguard.policy import opt_outs
from callguard.state import sqlite as engines
from callguard.state.records import Refusal
from callguard.testing import FrozenClock, MemoryStore

POLICY = """
version = 1
[enterprise]
name = "Xinghe"
scopes = ["brand"]
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2023-05-01
expires = 2049-01-01
[[callers]]
number = "010-8555-0123"
filed = 2024-01-20
[[campaigns]]
name = "notice"
purpose = "service"
[[campaigns]]
name = "other"
purpose = "service"
honours = ["enterprise", "other"]
"""
CALLER = "010-8555-0123"
CALLEE, OTHER, THIRD = "13800130142", "13800130143", "13800130144"
DAY = "2026-11-24T10:00:00+08:00"


def guard_of(more: str = "", store=None) -> Guard:
    return Guard(Policy.from_toml(POLICY + more), clock=FrozenClock(DAY), store=store)


def reason(guard: Guard, campaign: str = "notice", callee: str = CALLEE) -> Reason:
    return guard.may_dial(callee, caller=CALLER, campaign=campaign).reason


class Broken(MemoryStore):
    """Keeps nothing while told so."""

    broken = False

    def append(self, records):
        if self.broken:
            raise StateError("the disk is full")
        return super().append(records)


class Slow(MemoryStore):
    """Keeps refusals once it is let."""

    def __init__(self):
        super().__init__()
        self.began, self.go = threading.Event(), threading.Event()

    def append(self, records):
        self.began.set()
        assert self.go.wait(30)
        return super().append(records)


def refusals(store: MemoryStore) -> list[Refusal]:
    return [record for _, record in store.follow(0) if isinstance(record, Refusal)]


# ── which outcomes, keys and replies


@pytest.mark.parametrize(
    "name", ["do-not-call", "Do Not Call", "DO_NOT_CALL", "DNC", "opt-out", "OptOut", "refused", "勿扰", "拒绝来电"]
)
def test_an_outcome_that_is_a_refusal_is_kept_however_it_is_written(name):
    guard = guard_of()

    assert guard.heard(CALLEE, campaign="notice", outcome=name)
    assert reason(guard) is Reason.REFUSED


@pytest.mark.parametrize("name", ["rejected", "answered", "not-interested", "dnc-2", "refuse", "-", "  ", "failed", "unknown"])
def test_an_outcome_that_is_none_keeps_nothing(name):
    guard = guard_of()

    assert not guard.heard(CALLEE, campaign="notice", outcome=name)
    assert reason(guard) is Reason.ALLOWED


@pytest.mark.parametrize(("status", "refused"), [(606, False), (607, True), (608, True), (609, False), (603, False), (200, False)])
def test_a_sip_reply_is_a_refusal_where_it_says_so(status, refused):
    guard = guard_of()

    assert guard.heard(CALLEE, campaign="notice", sip_status=status) is refused
    assert (reason(guard) is Reason.REFUSED) is refused


@pytest.mark.parametrize("keys", ["9", "9#", " 9 ", "0#", "0##", "*0d", "* 0 D"])
def test_an_entry_that_means_no_is_a_refusal(keys):
    guard = guard_of('[opt_out]\nkeys = ["9", "0#", "*0D"]\n')

    assert guard.heard(CALLEE, campaign="notice", keys=keys)
    assert reason(guard) is Reason.REFUSED


@pytest.mark.parametrize("keys", ["19", "99", "9*", "9##", "#9", "0", "0#*", "", "#", "8"])
def test_an_entry_that_only_contains_it_is_none(keys):
    guard = guard_of('[opt_out]\nkeys = ["9", "0#", "*0D"]\n')

    assert not guard.heard(CALLEE, campaign="notice", keys=keys)
    assert reason(guard) is Reason.ALLOWED


def test_no_key_is_a_refusal_unless_the_policy_says_which():
    assert not any(guard_of().heard(CALLEE, campaign="notice", keys=key) for key in "0123456789*#")


def test_the_names_of_a_policy_are_folded_once(monkeypatch):
    guard, folds = guard_of('[opt_out]\noutcomes = ["Nie Wieder", "NIE-MEHR"]\n'), []
    assert guard.heard(CALLEE, campaign="notice", outcome="nie wieder")
    monkeypatch.setattr(opt_outs, "fold", lambda name, fold=opt_outs.fold: folds.append(name) or fold(name))

    assert not guard.heard(CALLEE, campaign="notice", outcome="busy")
    assert guard.heard(OTHER, campaign="other", outcome="nie mehr")
    assert folds == ["busy", "nie mehr"]


def test_a_policy_knows_which_outcomes_may_refuse_in_any_of_its_campaigns():
    own = '[[campaigns]]\nname = "own"\npurpose = "service"\nopt_out = { outcomes = ["Nie Wieder"] }\n'
    policy = Policy.from_toml(POLICY + own)
    assert [policy.may_refuse(name) for name in ("DNC", "nie-wieder", "answered", "")] == [True, True, False, False]
    off = Policy.from_toml(POLICY + own + "[opt_out]\nenabled = false\n")
    assert not any(map(off.may_refuse, ("DNC", "nie-wieder")))


# ── in which scope, and how often


def test_the_scope_is_the_policys_a_campaigns_own_or_the_enterprise():
    extra = (
        '[opt_out]\nscope = "brand"\n[[campaigns]]\nname = "own"\npurpose = "service"\nopt_out = { scope = "own", keys = ["1"] }\n'
    )
    guard = guard_of(extra)

    assert guard.heard(CALLEE, campaign="notice", outcome="dnc")
    assert (reason(guard), reason(guard, "other")) == (Reason.REFUSED, Reason.ALLOWED)  # `other` does not honour `brand`
    assert guard.heard(OTHER, campaign="own", keys="1")
    assert (reason(guard, "own", OTHER), reason(guard, "other", OTHER)) == (Reason.REFUSED, Reason.ALLOWED)
    assert not guard.heard(THIRD, campaign="notice", keys="1")  # a key of another campaign's


def test_a_campaign_says_only_what_differs():
    guard = guard_of('[opt_out]\nkeys = ["9"]\n[[campaigns]]\nname = "own"\npurpose = "service"\nopt_out = { keys = [] }\n')

    assert guard.heard(CALLEE, campaign="notice", keys="9")
    assert not guard.heard(OTHER, campaign="own", keys="9")
    assert guard.heard(OTHER, campaign="own", outcome="dnc")


def test_of_a_campaign_that_is_gone_the_section_counts():
    guard = guard_of('[opt_out]\nkeys = ["9"]\n')

    assert guard.heard(CALLEE, campaign="long over", keys="9")
    assert reason(guard) is Reason.REFUSED


@pytest.mark.parametrize("where", ["[opt_out]\nenabled = false\n", None])
def test_what_is_switched_off_keeps_nothing(where):
    guard = guard_of(where or '[[campaigns]]\nname = "own"\npurpose = "service"\nopt_out = { enabled = false }\n')
    campaign = "notice" if where else "own"

    assert not guard.heard(CALLEE, campaign=campaign, outcome="dnc", sip_status=607)
    assert reason(guard, campaign) is Reason.ALLOWED


def test_a_refusal_that_stands_is_not_kept_twice_and_one_in_another_scope_is_kept():
    store = MemoryStore()
    guard = guard_of('[[campaigns]]\nname = "own"\npurpose = "service"\nopt_out = { scope = "own" }\n', store)

    for _ in range(3):
        assert guard.heard(CALLEE, campaign="notice", outcome="dnc", source="agent 7")
    assert guard.heard(CALLEE, campaign="own", outcome="dnc")
    assert [(record.scope, record.source) for record in refusals(store)] == [("enterprise", "agent 7"), ("own", "outcome dnc")]
    guard.lift_refusal(CALLEE, proof="a form")
    assert guard.heard(CALLEE, campaign="notice", keys="9", sip_status=607)
    assert [record.scope for record in refusals(store)] == ["enterprise", "own", "enterprise"]
    assert reason(guard) is Reason.REFUSED


def test_whom_nobody_can_read_has_not_refused_and_harms_nothing():
    store = MemoryStore()
    guard = guard_of(store=store)

    assert not guard.heard("no number", campaign="notice", outcome="dnc")
    assert refusals(store) == []


@pytest.mark.parametrize(
    "said", [{"outcome": 5}, {"keys": 9}, {"sip_status": "607"}, {"sip_status": True}, {"outcome": "dnc", "source": 5}]
)
def test_what_is_of_another_type_is_told(said):
    with pytest.raises(TypeError, match="accepted"):
        guard_of().heard(CALLEE, campaign="notice", **said)


def test_what_cannot_be_kept_is_a_state_error_and_kept_when_told_again():
    store = Broken()
    guard = guard_of(store=store)
    store.broken = True

    with pytest.raises(StateError):
        guard.heard(CALLEE, campaign="notice", outcome="dnc")
    store.broken = False
    assert guard.heard(CALLEE, campaign="notice", outcome="dnc")
    assert reason(guard) is Reason.REFUSED


# ── from an attempt


@contextmanager
def lasting(folder):
    """A guard whose state lasts, with a call log."""
    policy = folder / "callguard.toml"
    policy.write_text(POLICY + '[call_log]\n[opt_out]\nkeys = ["9", "0#"]\n', "utf-8")
    with Guard.open(policy, clock=FrozenClock(DAY)) as guard:
        yield guard


def outcomes(guard: Guard) -> list[str | None]:
    return [entry.outcome for entry in guard.log.search()]


def test_the_outcome_of_an_attempt_denies_the_very_next_question(tmp_path):
    with lasting(tmp_path) as guard:
        with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            attempt.outcome("do-not-call", duration=3)
            assert reason(guard) is Reason.REFUSED
        assert outcomes(guard) == ["do-not-call"]
    with lasting(tmp_path) as again:
        assert reason(again) is Reason.REFUSED


@pytest.mark.parametrize("kind", ["sqlite", "memory"])
def test_within_async_with_it_is_in_force_at_once_and_lasts_when_the_block_is_left(tmp_path, kind):
    async def call(guard):
        async with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            attempt.outcome("dnc")
            assert reason(guard) is Reason.REFUSED

    if kind == "memory":
        store = MemoryStore()
        asyncio.run(call(guard_of(store=store)))
        assert [record.scope for record in refusals(store)] == ["enterprise"]
        return
    with lasting(tmp_path) as guard:
        asyncio.run(call(guard))
        assert outcomes(guard) == ["dnc"]
    with lasting(tmp_path) as again:
        assert reason(again) is Reason.REFUSED


@pytest.mark.parametrize("is_async", [False, True])
def test_a_block_that_fails_after_a_refusal_loses_nothing(tmp_path, is_async):
    def call(guard):
        with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            attempt.outcome("dnc")
            raise RuntimeError("the line went dead")

    async def call_async(guard):
        async with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            attempt.outcome("dnc")
            raise RuntimeError("the line went dead")

    with lasting(tmp_path) as guard:
        with pytest.raises(RuntimeError, match="dead"):
            asyncio.run(call_async(guard)) if is_async else call(guard)
        assert outcomes(guard) == ["dnc"]
    with lasting(tmp_path) as again:
        assert reason(again) is Reason.REFUSED


def test_a_task_that_is_cancelled_while_a_refusal_is_kept_loses_nothing():
    store = Slow()
    guard = guard_of(store=store)

    async def call():
        async with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            attempt.outcome("dnc")

    async def run():
        task = asyncio.create_task(call())
        await asyncio.to_thread(store.began.wait, 30)
        task.cancel()
        await asyncio.sleep(0)
        store.go.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert [record.scope for record in refusals(store)] == ["enterprise"]


def test_the_loop_goes_on_while_a_refusal_is_kept():
    store = Slow()
    guard = guard_of(store=store)

    async def run():
        async with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            assert attempt.pressed("1") is False
            attempt.outcome("dnc")  # returns, though the store does not
            await asyncio.to_thread(store.began.wait, 30)
            assert (reason(guard), refusals(store)) == (Reason.REFUSED, [])
            store.go.set()
        assert len(refusals(store)) == 1

    asyncio.run(run())


def test_a_refusal_that_cannot_be_kept_is_raised_and_the_outcome_is_on_record():
    store = Broken()
    guard = guard_of("[call_log]\n", store)
    with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
        store.broken = True
        with pytest.raises(StateError):
            attempt.outcome("dnc")
        assert outcomes(guard) == ["dnc"]
        store.broken = False
        attempt.outcome("dnc")
    assert len(refusals(store)) == 1


def test_within_async_with_it_is_raised_on_leaving_and_the_outcome_is_on_record():
    store = Broken()
    guard = guard_of("[call_log]\n", store)

    async def call():
        async with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            store.broken = True
            attempt.outcome("dnc")

    with pytest.raises(StateError):
        asyncio.run(call())
    assert outcomes(guard) == ["dnc"]
    assert (reason(guard), refusals(store)) == (Reason.REFUSED, [])  # here, for as long as the process lives
    store.broken = False
    assert guard.heard(CALLEE, campaign="notice", outcome="dnc")  # known, but not kept: kept now
    assert len(refusals(store)) == 1


def test_a_refusal_of_a_call_in_the_shadow_or_of_a_denied_one_is_kept():
    guard = guard_of('[[campaigns]]\nname = "trial"\npurpose = "service"\ncallers = []\nenforce = false\n')
    with guard.attempt(CALLEE, caller=CALLER, campaign="trial") as attempt:
        assert attempt.shadow
        attempt.outcome("refused")
    assert reason(guard) is Reason.REFUSED

    denied = guard.attempt(OTHER, caller="010-8555-0199", campaign="notice")
    with pytest.raises(DialDenied):
        denied.__enter__()
    denied.outcome("refused")
    assert reason(guard, callee=OTHER) is Reason.REFUSED


def test_the_outcome_of_one_whom_nobody_can_read_is_only_recorded():
    guard = guard_of("[call_log]\n")
    denied = guard.attempt("no number", caller=CALLER, campaign="notice")
    with pytest.raises(DialDenied):
        denied.__enter__()

    denied.outcome("dnc")

    assert outcomes(guard) == ["dnc"]


def test_a_denied_async_attempt_is_told_its_refusal_without_being_left(tmp_path):
    async def call(guard):
        denied = guard.attempt(CALLEE, caller="010-8555-0199", campaign="notice")
        with pytest.raises(DialDenied):
            await denied.__aenter__()
        denied.outcome("dnc")

    with lasting(tmp_path) as guard:
        asyncio.run(call(guard))
        assert (reason(guard), outcomes(guard)) == (Reason.REFUSED, ["dnc"])


@pytest.mark.parametrize("is_async", [False, True])
def test_what_the_database_does_not_take_is_denied_on_this_host_and_sent_later(tmp_path, monkeypatch, is_async):
    """As by `refuse`: the spool of the host has it."""

    async def call_async(attempt, other):
        async with attempt:
            other.execute("BEGIN IMMEDIATE")
            attempt.outcome("dnc")

    def call(attempt, other):
        with attempt:
            other.execute("BEGIN IMMEDIATE")
            attempt.outcome("dnc")

    monkeypatch.setattr(engines, "_WAIT_S", 0.1)
    with lasting(tmp_path) as guard:
        attempt = guard.attempt(CALLEE, caller=CALLER, campaign="notice")
        with closing(sqlite3.connect(tmp_path / "state" / engines.NAME, isolation_level=None)) as other:
            with pytest.raises(StateError) as error:
                asyncio.run(call_async(attempt, other)) if is_async else call(attempt, other)
            assert error.value.spooled
            assert guard._state.view.refused(8613800130142) == {"enterprise"}
            assert guard.heard(CALLEE, campaign="notice", outcome="dnc")  # it stands, and is not spooled twice
            other.execute("ROLLBACK")
        until = time.monotonic() + 60
        while guard._state.store.warnings() or outcomes(guard) != ["dnc"]:
            assert time.monotonic() < until, guard.warnings
            time.sleep(0.02)
        assert reason(guard) is Reason.REFUSED
    with lasting(tmp_path) as again:
        assert reason(again) is Reason.REFUSED


# ── keys


@pytest.mark.parametrize(
    ("entries", "refused"),
    [
        (["9"], True), (["9#"], True), (["0", "#"], True), (["0#"], True), (["1", "9"], True), (["5", "0", "#"], True),
        (["19"], False), (["0"], False), (["0", "1", "#"], False), (["19", "#"], False), (["0", "12", "#"], False), (["1", "2"], False),
        ([""], False), (["91"], False),
    ],
)  # fmt: skip
def test_keys_whole_or_one_by_one(entries, refused):
    guard = guard_of('[opt_out]\nkeys = ["9", "0#"]\n')
    with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
        found = [attempt.pressed(entry) for entry in entries]

    assert found[-1] is refused
    assert (reason(guard) is Reason.REFUSED) is refused


def test_keys_before_entering_or_of_another_type_are_told():
    attempt = guard_of().attempt(CALLEE, caller=CALLER, campaign="notice")
    with pytest.raises(RuntimeError):
        attempt.pressed("9")
    with attempt, pytest.raises(TypeError, match="`keys` is a int"):
        attempt.pressed(9)


# ── from another process, and around a callable


def test_an_outcome_by_reference_is_kept_as_the_refusal_of_whom_the_record_names(tmp_path):
    with lasting(tmp_path) as guard:
        with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            reference = attempt.reference
        with guard.attempt(OTHER, caller=CALLER, campaign="notice") as attempt:
            attempt.outcome("answered")
        with lasting(tmp_path) as elsewhere:
            elsewhere.log.end_of(reference, "Do not call")
            assert (reason(elsewhere), reason(elsewhere, callee=OTHER)) == (Reason.REFUSED, Reason.ALLOWED)
        assert reason(guard) is Reason.REFUSED
        guard.log.end_of(attempt.reference, "busy")
        assert reason(guard, callee=OTHER) is Reason.ALLOWED
        assert outcomes(guard) == ["Do not call", "busy"]


def test_an_outcome_by_a_reference_of_another_log_is_recorded_and_told(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with lasting(tmp_path / "one") as one, lasting(tmp_path / "two") as two:
        with one.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            pass

        with pytest.raises(StateError, match="not in this log"):
            two.log.end_of(attempt.reference, "dnc")
        two.log.end_of(attempt.reference, "answered")


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(("said", "refused"), [("dnc", True), ("busy", False), (None, False)])
def test_a_wrapped_callable_tells_how_the_call_ended(is_async, said, refused):
    guard = guard_of("[call_log]\n")

    def dial(callee):
        return {"disposition": said}

    async def dial_async(callee):
        return {"disposition": said}

    wrapped = guard.wrap(
        dial_async if is_async else dial,
        callee="callee",
        caller=CALLER,
        campaign="notice",
        outcome=lambda result: result["disposition"],
    )
    found = asyncio.run(wrapped(CALLEE)) if is_async else wrapped(CALLEE)

    assert found == {"disposition": said}
    assert (reason(guard) is Reason.REFUSED) is refused
    assert outcomes(guard) == [said or "unknown"]


def test_a_wrapped_call_to_several_is_each_ones_refusal_and_every_one_is_told():
    store = Broken()
    guard = guard_of("[call_log]\n", store)
    failing = [True, False]

    @guard.wrap(callee="callees", caller=CALLER, campaign="notice", outcome=lambda _: "dnc")
    def dial(callees):
        store.broken = failing.pop(0)

    with pytest.raises(StateError):
        dial([CALLEE, OTHER])
    assert outcomes(guard) == ["dnc", "dnc"]
    dial([THIRD, "13800130145"])
    assert [reason(guard, callee=callee) for callee in (THIRD, "13800130145")] == [Reason.REFUSED] * 2


def test_what_tells_the_outcome_must_be_a_function_and_its_error_ends_the_attempt():
    guard = guard_of("[call_log]\n")
    with pytest.raises(TypeError, match="`outcome` is a str"):
        guard.wrap(lambda callee: callee, callee="callee", caller=CALLER, campaign="notice", outcome="dnc")

    with pytest.raises(KeyError):
        guard.wrap(lambda callee: {}, callee="callee", caller=CALLER, campaign="notice", outcome=lambda said: said["no"])(CALLEE)
    assert outcomes(guard) == ["unknown"]


# ── what lasts, and what is only known here


class CutOff(MemoryStore):
    """Cannot be read while told so."""

    cut = False

    def follow(self, after):
        if self.cut:
            raise StateError("the database is away")
        return super().follow(after)


def test_an_import_keeps_what_is_honoured_here_and_was_not_kept():
    store = Broken()
    guard = guard_of(store=store)

    async def call():
        async with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            store.broken = True
            attempt.outcome("dnc")

    with pytest.raises(StateError):
        asyncio.run(call())
    store.broken = False
    report = guard.refuse_many([(CALLEE, None), (CALLEE, None)])
    assert (report.taken, report.already) == (1, 1)
    assert len(refusals(store)) == 1
    assert guard.refuse_many([(CALLEE, None)]).already == 1


@pytest.mark.parametrize("how", ["cannot be read", "not looked at for too long"])
@pytest.mark.parametrize("told", ["heard", "imported"])
def test_a_refusal_that_may_have_been_lifted_elsewhere_is_kept_again(how, told):
    store = CutOff()
    here, elsewhere = guard_of(store=store), guard_of(store=store)
    elsewhere.refuse(CALLEE)
    assert reason(here) is Reason.REFUSED
    if how == "cannot be read":
        elsewhere.lift_refusal(CALLEE, proof="a form")
        store.cut = True
    else:
        store.go_stale(0)
    if told == "heard":
        assert here.heard(CALLEE, campaign="notice", outcome="dnc")
    else:
        assert here.refuse_many([(CALLEE, None)]).taken == 1

    store.cut = False
    assert len(refusals(store)) == 2
    store.go_stale(FOREVER)
    assert reason(elsewhere) is Reason.REFUSED


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("waits", [False, True])
def test_one_call_keeps_one_refusal_however_often_it_is_told(is_async, waits):
    store = MemoryStore()
    guard = guard_of('[opt_out]\nkeys = ["9"]\n', store)

    async def call():
        async with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            attempt.pressed("9")
            if waits:
                await attempt._hearing.kept()
            attempt.outcome("dnc")
            attempt.replied(607)

    if is_async:
        asyncio.run(call())
    else:
        with guard.attempt(CALLEE, caller=CALLER, campaign="notice") as attempt:
            attempt.pressed("9")
            attempt.outcome("dnc")
            attempt.replied(607)
    assert len(refusals(store)) == 1
    assert reason(guard) is Reason.REFUSED
