"""Placing: checked, counted and logged before the call."""

from __future__ import annotations

import asyncio
import inspect
import threading

import pendulum
import pytest

from callguard import DialDenied, PolicyError, Reason, StateError
from callguard.testing import MemoryStore
from samples import CALLER, MOBILE, OTHER, POLICY, ask, guard

LOGGED = "version = 1\n[call_log]\nenabled = true\n" + POLICY.replace("version = 1", "")


def place(found, callee=MOBILE, campaign="survey", **more):
    with found.attempt(callee, caller=CALLER, campaign=campaign, **more) as attempt:
        return attempt


def reason_of(found, *args, **more):
    with pytest.raises(DialDenied) as denied:
        place(found, *args, **more)
    return denied.value.decision.reason


def test_asking_counts_nothing_and_placing_counts():
    found = guard()
    for _ in range(5):
        assert ask(found, campaign="survey") == "allowed"
    place(found)

    assert ask(found, campaign="survey") == "attempt-limit"
    assert ask(found, OTHER, campaign="survey") == "allowed"
    assert ask(found, campaign="notice") == "allowed"
    assert reason_of(found) is Reason.ATTEMPT_LIMIT


def test_calendar_days_end_at_the_callees_midnight_and_spans_roll():
    found = guard(at="2026-11-24T23:00:00+08:00")
    place(found)
    denied = found.may_dial(MOBILE, caller=CALLER, campaign="survey")
    assert denied.retry_at == pendulum.datetime(2026, 11, 25, tz="Asia/Shanghai")

    found._clock.set("2026-11-25T00:00:00+08:00")
    place(found)
    denied = found.may_dial(MOBILE, caller=CALLER, campaign="survey")
    assert denied.retry_at == pendulum.datetime(2026, 11, 26, 23, tz="Asia/Shanghai")
    assert found.next_allowed(MOBILE, caller=CALLER, campaign="survey") == denied.retry_at
    found._clock.set("2026-11-26T22:59:59+08:00")
    assert ask(found, campaign="survey") == "attempt-limit"
    found._clock.set("2026-11-26T23:00:00+08:00")
    assert ask(found, campaign="survey") == "allowed"


def test_a_callers_own_cap_counts_all_its_attempts():
    found = guard()
    for callee in (MOBILE, OTHER):
        with found.attempt(callee, caller="01085550124", campaign="notice"):
            pass
    denied = found.may_dial("13800130003", caller="01085550124", campaign="notice")

    assert denied.reason is Reason.ATTEMPT_LIMIT
    assert denied.rule == "number-usage-plan-volume"
    assert ask(found, "13800130003", campaign="notice") == "allowed"


def test_a_released_attempt_gives_its_count_back_once():
    found = guard(LOGGED)
    with found.attempt(MOBILE, caller=CALLER, campaign="survey") as attempt:
        attempt.release()
        attempt.release()

    assert ask(found, campaign="survey") == "allowed"
    assert [entry.outcome for entry in found.log.search()] == ["unknown"]


def test_the_same_key_counts_once():
    found = guard()
    place(found, key="call-1")
    place(found, key="call-1")

    assert ask(found, campaign="survey") == "attempt-limit"
    with pytest.raises(ValueError, match="key"):
        place(found, OTHER, key="call-1")
    with pytest.raises(ValueError, match="key"):
        place(found, campaign="notice", key="call-1")
    found._clock.advance(86_401)
    place(found, OTHER, key="call-1")
    with pytest.raises(TypeError, match="key"):
        place(found, key=7)


def test_what_is_denied_is_logged_and_not_counted():
    found = guard(LOGGED)
    found.refuse(MOBILE)

    assert reason_of(found) is Reason.REFUSED
    (entry,) = found.log.search()
    assert (str(entry.reason), entry.rule, entry.shadow, entry.callee) == (
        "refused",
        "do-not-call-after-refusal",
        False,
        8613800130001,
    )
    assert found._state.store.campaign_attempts("survey", 8613800130001) == ()


def test_outcomes_are_recorded():
    found = guard(LOGGED)
    with found.attempt(MOBILE, caller=CALLER, campaign="notice") as attempt:
        attempt.outcome("answered", duration=12.5)
    place(found, campaign="notice")
    with pytest.raises(ZeroDivisionError), found.attempt(MOBILE, caller=CALLER, campaign="notice"):
        1 / 0  # noqa: B018
    with found.attempt(MOBILE, caller=CALLER, campaign="notice", place="CN-SH") as attempt:
        attempt.outcome("busy")
        attempt.outcome("machine")

    entries = list(found.log.search())
    assert [(entry.outcome, entry.duration) for entry in entries] == [
        ("answered", 12.5),
        ("unknown", None),
        ("failed", None),
        ("machine", None),
    ]
    assert (entries[-1].place.province, entries[-1].place.told) == ("CN-BJ", "CN-SH")
    assert len({entry.law for entry in entries}) == 1


@pytest.mark.parametrize(
    ("name", "duration", "error"),
    [("", None, ValueError), (7, None, TypeError), ("busy", -1, ValueError), ("busy", "1", TypeError)],
)
def test_outcomes_that_are_none(name, duration, error):
    with guard().attempt(MOBILE, caller=CALLER, campaign="notice") as attempt, pytest.raises(error):
        attempt.outcome(name, duration=duration)


def test_a_call_that_cannot_be_written_is_denied_and_not_counted():
    store = MemoryStore()
    found = guard(LOGGED, store=store)
    store.stop_log()

    assert reason_of(found) is Reason.LOG_UNAVAILABLE
    assert store.campaign_attempts("survey", 8613800130001) == ()
    store.stop_log(stopped=False)
    place(found)
    assert len(store.campaign_attempts("survey", 8613800130001)) == 1


def test_a_store_that_fails_denies():
    class Failing(MemoryStore):
        def transact(self, work):
            raise StateError("gone")

    assert reason_of(guard(store=Failing())) is Reason.STATE_STALE


def test_shadow_lets_go_and_records_but_never_those_who_refused():
    found = guard(LOGGED, at="2026-11-24T22:00:00+08:00")
    with found.attempt(MOBILE, caller=CALLER, campaign="shadow") as attempt:
        assert attempt.shadow
        assert attempt.decision.reason is Reason.CALLING_WINDOW
    found.refuse(OTHER)

    assert ask(found, campaign="shadow") == "calling-window"
    assert reason_of(found, OTHER, campaign="shadow") is Reason.REFUSED
    assert reason_of(found, "110", campaign="shadow") is Reason.PROTECTED_NUMBER
    assert [entry.shadow for entry in found.log.search()] == [True, False, False]


@pytest.mark.parametrize("number", ["+86 138 0013 80", "+8615400000001"])  # neither can be dialled, both can be refused
def test_shadow_looks_past_the_first_reason_for_those_that_are_enforced(number):
    found = guard()
    with found.attempt(number, caller=CALLER, campaign="shadow") as attempt:
        assert attempt.decision.reason is Reason.INVALID_NUMBER
    found.refuse(number)

    assert reason_of(found, number, campaign="shadow") is Reason.REFUSED


def test_shadow_never_goes_on_what_cannot_be_known():
    store = MemoryStore()
    found = guard(store=store, at="2026-11-24T22:00:00+08:00")
    store.go_stale(0)

    assert reason_of(found, campaign="shadow") is Reason.STATE_STALE


def test_only_the_attempt_that_counted_may_give_the_count_of_a_key_back():
    found = guard()
    first = place(found, key="call-1")
    with found.attempt(MOBILE, caller=CALLER, campaign="survey", key="call-1") as again:
        again.release()
    assert ask(found, campaign="survey") == "attempt-limit"
    first.release()

    assert ask(found, campaign="survey") == "allowed"


def test_an_outcome_that_comes_late_is_recorded_after_async_too():
    found = guard(LOGGED)

    async def dial():
        async with found.attempt(MOBILE, caller=CALLER, campaign="notice") as attempt:
            pass
        attempt.outcome("answered")

    asyncio.run(dial())
    assert [entry.outcome for entry in found.log.search()] == ["answered"]


def test_an_attempt_is_one_call():
    attempt = guard().attempt(MOBILE, caller=CALLER, campaign="notice")
    with pytest.raises(RuntimeError, match="not been entered"):
        attempt.outcome("busy")
    with attempt:
        assert attempt.decision
    with pytest.raises(RuntimeError, match="one call"), attempt:
        pass
    with pytest.raises(PolicyError):
        guard().attempt(MOBILE, caller=CALLER, campaign="nothing")


def test_dialers_that_race_never_take_one_too_many():
    found = guard()
    won: list[int] = []
    start = threading.Barrier(8)

    def dialing(who):
        start.wait()
        for callee in (f"1380013{i:04d}" for i in range(50)):
            try:
                with found.attempt(callee, caller=CALLER, campaign="survey"):
                    won.append(who)
            except DialDenied:
                pass

    threads = [threading.Thread(target=dialing, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 50


def test_async_attempts_count_and_never_block_the_loop():
    class Slow(MemoryStore):
        def transact(self, work):
            assert threading.current_thread() is not threading.main_thread()
            return super().transact(work)

    found = guard(LOGGED, store=Slow())

    async def dial():
        async with found.attempt(MOBILE, caller=CALLER, campaign="survey") as attempt:
            attempt.outcome("no-answer")
        with pytest.raises(DialDenied):
            async with found.attempt(MOBILE, caller=CALLER, campaign="survey"):
                pass
        with pytest.raises(ZeroDivisionError):
            async with found.attempt(OTHER, caller=CALLER, campaign="survey"):
                1 / 0  # noqa: B018

    asyncio.run(dial())
    assert [entry.outcome for entry in found.log.search()] == ["no-answer", None, "failed"]


def test_a_task_cancelled_while_it_is_decided_gives_its_count_back():
    entered, go = threading.Event(), threading.Event()

    class Held(MemoryStore):
        def transact(self, work):
            entered.set()
            go.wait(5)
            return super().transact(work)

    found = guard(store=Held())

    async def dial():
        async def one():
            async with found.attempt(MOBILE, caller=CALLER, campaign="survey"):
                raise AssertionError("cancelled before")

        task = asyncio.create_task(one())
        await asyncio.to_thread(entered.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go.set()

    asyncio.run(dial())
    assert found._state.store.campaign_attempts("survey", 8613800130001) == ()


class Dialer:
    def __init__(self):
        self.dialled = []

    def dial(self, number: str, caller_id: str = CALLER, *, job: str = "survey") -> str:
        """Place a call."""
        self.dialled.append(number)
        return f"dialled for {job}"

    async def dial_later(self, number: str) -> str:
        self.dialled.append(number)
        return "later"


@pytest.mark.way("Any Python callable", "guard.wrap around a method", peer="the callable itself")
def test_wrapping_keeps_the_signature_and_decides_before():
    dialer, found = Dialer(), guard()
    dial = found.wrap(dialer.dial, callee="number", caller="caller_id", campaign="job")

    assert dial(MOBILE) == "dialled for survey"
    with pytest.raises(DialDenied):
        dial(number=MOBILE)
    assert dial(MOBILE, job="notice") == "dialled for notice"
    assert dialer.dialled == [MOBILE, MOBILE]
    assert dial.__doc__ == "Place a call."
    assert inspect.signature(dial) == inspect.signature(dialer.dial)


@pytest.mark.way("Any Python callable", "guard.wrap as a decorator", peer="the callable itself")
def test_wrapping_as_a_decorator_with_fixed_values_and_functions():
    found = guard()
    placed = []

    @found.wrap(callee=lambda request: request["to"], caller=CALLER, campaign="survey", on_denied="return")
    def send(request):
        placed.append(request["to"])
        return "sent"

    assert send({"to": MOBILE}) == "sent"
    assert send({"to": MOBILE}).reason is Reason.ATTEMPT_LIMIT
    assert placed == [MOBILE]


def test_wrapping_with_a_function_of_the_denial():
    dial = guard().wrap(Dialer().dial, callee="number", caller=CALLER, campaign="notice", on_denied=lambda d: f"no: {d.reason}")

    assert dial("110") == "no: protected-number"


@pytest.mark.way("Any Python callable", "guard.wrap around a coroutine function", peer="the callable itself")
def test_wrapping_what_is_awaited():
    dialer, found = Dialer(), guard()
    dial = found.wrap(dialer.dial_later, callee="number", caller=CALLER, campaign="survey")
    soft = found.wrap(dialer.dial_later, callee="number", caller=CALLER, campaign="survey", on_denied="return")

    async def run():
        assert await dial(MOBILE) == "later"
        with pytest.raises(DialDenied):
            await dial(MOBILE)
        return await soft(MOBILE)

    assert inspect.iscoroutinefunction(dial)
    assert asyncio.run(run()).reason is Reason.ATTEMPT_LIMIT
    assert dialer.dialled == [MOBILE]


def test_wrapping_a_sync_callable_that_returns_what_is_awaited():
    dialer, found = Dialer(), guard(LOGGED)

    async def later(number):
        raise OSError("line down")

    def through(number, function):
        return function(number)

    sync = found.wrap(through, callee="number", caller=CALLER, campaign="notice")

    async def run():
        assert await sync(MOBILE, dialer.dial_later) == "later"
        with pytest.raises(OSError, match="line down"):
            await sync(MOBILE, later)

    asyncio.run(run())
    assert [entry.outcome for entry in found.log.search()] == ["unknown", "failed"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"callee": "nummer"}, ValueError),
        ({"caller": "01099999999"}, PolicyError),
        ({"campaign": "surve"}, PolicyError),
        ({"on_denied": "ignore"}, ValueError),
        ({"callee": 7}, ValueError),
    ],
)
def test_wrapping_is_checked_when_wrapping(wrong, error):
    right = {"callee": "number", "caller": CALLER, "campaign": "survey", "on_denied": "raise"}

    with pytest.raises(error):
        guard().wrap(Dialer().dial, **{**right, **wrong})


def test_an_exception_of_the_dialer_is_recorded_and_passed_on():
    found = guard(LOGGED)

    def dial(number):
        raise OSError("line down")

    with pytest.raises(OSError, match="line down"):
        found.wrap(dial, callee="number", caller=CALLER, campaign="notice")(MOBILE)
    assert [entry.outcome for entry in found.log.search()] == ["failed"]
