"""Middleware around calls to several: every callee is decided, one denial stops the call, and nothing of it counts."""

from __future__ import annotations

import asyncio

import pytest

from callguard import DialDenied, Guard, Policy, Reason, StateError
from callguard.attempt import Attempt
from callguard.observing import Observer
from callguard.wrapping import callees
from samples import CALLER

FIRST, SECOND, THIRD = "13800130001", "13800130002", "13800130003"
POLICY = """
version = 1
[enterprise]
name = "Xinghe"
[call_log]
enabled = true
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2023-05-01
expires = 2049-01-01
[[callers]]
number = "010-8555-0123"
filed = 2024-01-20
[[campaigns]]
name = "survey"
purpose = "survey"
limits = [{ attempts = 1, per = "1 day" }]
"""


@pytest.fixture
def guard():
    with Guard(Policy.from_toml(POLICY)) as found:
        yield found


@pytest.fixture(params=["sync", "async"])
def dial(request, guard):
    """A wrapped callable of one argument that returns whom it has dialled."""
    if request.param == "sync":
        return guard.wrap(lambda to: to, callee="to", caller=CALLER, campaign="survey")

    async def later(to):
        return to

    wrapped = guard.wrap(later, callee="to", caller=CALLER, campaign="survey")
    return lambda to: asyncio.run(wrapped(to))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (FIRST, [FIRST]),
        (8613800130001, [8613800130001]),
        ([FIRST, SECOND], [FIRST, SECOND]),
        ((FIRST, [SECOND, (THIRD,)]), [FIRST, SECOND, THIRD]),
        (frozenset({FIRST}), [FIRST]),
        ([], [""]),
        (f"{FIRST}<{SECOND}", [FIRST, SECOND]),
        (f"{FIRST} < {SECOND}<", [FIRST, SECOND, ""]),
        ([f"{FIRST}<{SECOND}", THIRD], [FIRST, SECOND, THIRD]),
        (f"PJSIP/{FIRST}@trunk", [FIRST]),
        (f"PJSIP/{FIRST}@trunk&SIP/trunk/{SECOND}", [FIRST, SECOND]),
        (f"PJSIP/{FIRST}@trunk&PJSIP/1000", [FIRST, "PJSIP/1000"]),
        (f"{{a=b}}sofia/gateway/one/{FIRST}|sofia/gateway/two/{FIRST},loopback/{SECOND}/default", [FIRST, SECOND]),
        ("error/user_busy", ["error/user_busy"]),
        (f"nothing/known/{FIRST}", [f"nothing/known/{FIRST}"]),
        (f"sofia/gateway/one/${{number}}|{FIRST}", [f"sofia/gateway/one/${{number}}|{FIRST}"]),
        (f"sip:{FIRST}@trunk/x", [f"sip:{FIRST}@trunk/x"]),
        ("010/85550123", ["010/85550123"]),
        (None, [None]),
    ],
)
def test_whom_an_argument_names(written, read):
    assert callees(written) == read


def test_all_are_decided_counted_and_logged(guard, dial):
    assert dial([FIRST, SECOND]) == [FIRST, SECOND]

    assert {(entry.callee, entry.outcome) for entry in guard.log.search()} == {
        (int(f"86{number}"), "unknown") for number in (FIRST, SECOND)
    }
    for number in (FIRST, SECOND):
        with pytest.raises(DialDenied) as denied:
            dial(number)
        assert denied.value.decision.reason is Reason.ATTEMPT_LIMIT


@pytest.mark.way("Any Python callable", "guard.wrap around a function or coroutine of several callees", peer="the callable itself")
@pytest.mark.parametrize("last", ["110", "nobody", "", f"sofia/gateway/one/{THIRD}$"])
def test_one_denial_stops_the_call_and_nothing_of_it_counts(guard, dial, last):
    with pytest.raises(DialDenied) as denied:
        dial([FIRST, SECOND, last])

    assert denied.value.decision.reason in (Reason.PROTECTED_NUMBER, Reason.INVALID_NUMBER)
    assert [(str(entry.reason), entry.outcome, entry.released is not None) for entry in guard.log.search()][:2] == [
        ("allowed", "failed", True)
    ] * 2
    assert dial([FIRST, SECOND]) == [FIRST, SECOND]


def test_a_refusal_of_one_of_many_is_heard(guard, dial):
    guard.refuse(SECOND)

    for written in ([FIRST, SECOND], f"{FIRST}<{SECOND}", f"PJSIP/{FIRST}@trunk&PJSIP/{SECOND}@trunk"):
        with pytest.raises(DialDenied) as denied:
            dial(written)
        assert denied.value.decision.reason is Reason.REFUSED
    assert dial(FIRST) == FIRST


def test_what_the_dialer_raises_is_the_end_of_every_attempt(guard):
    def broken(to):
        raise OSError("line down")

    with pytest.raises(OSError, match="line down"):
        guard.wrap(broken, callee="to", caller=CALLER, campaign="survey")([FIRST, SECOND])
    assert [entry.outcome for entry in guard.log.search()] == ["failed", "failed"]


def test_an_empty_list_is_nobody(dial):
    with pytest.raises(DialDenied) as denied:
        dial([])
    assert denied.value.decision.reason is Reason.INVALID_NUMBER


def test_what_is_no_callee_is_a_mistake_of_the_program(dial):
    with pytest.raises(TypeError):
        dial([FIRST, None])
    assert dial(FIRST) == FIRST


class Watching(Observer):
    """Notes what was decided and how it ended."""

    def __init__(self):
        self.decided, self.ends = [], []

    def entered(self, seen):
        self.decided.append(str(seen.reason))
        return lambda how: self.ends.append((how.outcome, how.released))


def test_those_who_watch_are_told_the_end_of_each_that_another_ones_denial_stopped(guard, dial):
    watching = Watching()
    guard.observe(watching)
    with pytest.raises(DialDenied):
        dial([FIRST, SECOND, "110"])

    assert watching.decided == ["allowed", "allowed", "protected-number"]
    assert watching.ends == [("failed", True), ("failed", True)]


@pytest.mark.parametrize("step", ["release", "outcome", "__exit__"])
def test_what_cannot_be_taken_back_of_one_is_taken_back_of_the_others(guard, dial, monkeypatch, step):
    watching, real, failed = Watching(), getattr(Attempt, step), []
    guard.observe(watching)

    def fails_once(self, *said):
        if not failed:
            failed.append(self)
            raise StateError("the disk is full")
        return real(self, *said)

    monkeypatch.setattr(Attempt, step, fails_once)
    with pytest.raises(StateError):
        dial([FIRST, SECOND, "110"])

    assert len(failed) == 1
    left = [("failed", False)] if step == "release" else [("unknown", True)] if step == "outcome" else []
    assert sorted(watching.ends) == sorted([("failed", True), *left])


def test_what_fails_on_leaving_one_leaves_the_others(guard, dial, monkeypatch):
    watching, real, failed = Watching(), Attempt.__exit__, []
    guard.observe(watching)

    def fails_once(self, *said):
        if not failed:
            failed.append(self)
            raise StateError("the disk is full")
        return real(self, *said)

    monkeypatch.setattr(Attempt, "__exit__", fails_once)
    with pytest.raises(StateError):
        dial([FIRST, SECOND, THIRD])
    assert watching.ends == [("unknown", False)] * 2
