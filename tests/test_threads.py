"""Many threads ask while one refuses: no wrong answer, and none that is older than the refusal's return."""

from __future__ import annotations

import os
import random
import sys
import threading

import pytest

from callguard import Guard, Policy
from callguard.model import Reason
from callguard.testing import MemoryStore
from tests.samples import CALLER, POLICY

FIRST = 8_613_800_130_000
THREADS = 16
REFUSALS = 2_000 if os.environ.get("HYPOTHESIS_PROFILE", "dev") == "dev" else 10_000


@pytest.fixture
def hasty():
    """Let threads change places as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def ask_while(writing, check, count=THREADS):
    """Run one writer, and many that check until it has ended; return what went wrong."""
    wrong, over = [], threading.Event()

    def asking(seed):
        chance = random.Random(seed)
        while not over.is_set() and not wrong:
            try:
                check(chance)
            except BaseException as error:  # noqa: BLE001 - an AssertionError among them
                wrong.append(error)

    threads = [threading.Thread(target=asking, args=(seed,)) for seed in range(count)]
    for thread in threads:
        thread.start()
    try:
        writing()
    finally:
        over.set()
        for thread in threads:
            thread.join()
    return wrong


def test_no_answer_is_older_than_a_refusals_return(hasty):
    guard = Guard(Policy.from_toml(POLICY))
    line = guard.line(campaign="notice", caller=CALLER)
    order = list(range(FIRST, FIRST + REFUSALS))
    random.Random(3).shuffle(order)
    done: list[int] = []

    def writing():
        for number in order:
            guard.refuse(f"+{number}")
            done.append(number)

    def check(chance):
        known = len(done)
        if known:
            number = done[chance.randrange(known)]
            assert line.may_dial(f"+{number}").reason is Reason.REFUSED
            assert guard.may_dial(number, caller=CALLER, campaign="notice").reason is Reason.REFUSED
        assert line.may_dial(f"+{FIRST + REFUSALS + chance.randrange(REFUSALS)}").reason is Reason.ALLOWED

    assert ask_while(writing, check) == []
    assert len(done) == REFUSALS
    assert {line.may_dial(f"+{number}").reason for number in order} == {Reason.REFUSED}


def test_a_scrub_sees_every_refusal_that_had_returned(hasty):
    np = pytest.importorskip("numpy")
    guard = Guard(Policy.from_toml(POLICY))
    line = guard.line(campaign="notice", caller=CALLER)
    rows = np.arange(FIRST, FIRST + 40_000)
    done: list[int] = []

    def writing():
        for number in range(FIRST, FIRST + 3_000):
            guard.refuse(number)
            done.append(number)

    def check(chance):
        before = len(done)
        codes = line.scrub(rows, threads=chance.choice([1, 2, 4])).codes
        after = len(done)
        refused = codes.count(Reason.REFUSED.code)
        assert before <= refused <= after + 1
        assert set(codes[:before]) <= {Reason.REFUSED.code}
        assert codes.count(Reason.ALLOWED.code) == len(rows) - refused

    assert ask_while(writing, check, count=4) == []


def test_lifts_and_refusals_of_one_number_are_never_mixed_up(hasty):
    guard = Guard(Policy.from_toml(POLICY))
    line = guard.line(campaign="notice", caller=CALLER)
    callee = f"+{FIRST}"
    stage = [0]  # odd: refused for certain; even: being changed, or lifted for certain

    def writing():
        for _ in range(400):
            guard.refuse(callee)
            stage[0] += 1
            guard.lift_refusal(callee, proof="a newer consent")
            stage[0] += 1

    def check(_):
        before = stage[0]
        found = line.may_dial(callee).reason
        if before % 2 and stage[0] == before:
            assert found in (Reason.REFUSED, Reason.ALLOWED)  # the lift may have been published meanwhile
        assert line.may_dial(f"+{FIRST + 1}").reason is Reason.ALLOWED

    assert ask_while(writing, check) == []
    assert line.may_dial(callee).reason is Reason.ALLOWED


def test_reloading_under_questions_gives_only_whole_answers(hasty):
    guard = Guard(Policy.from_toml(POLICY))
    line = guard.line(campaign="notice", caller=CALLER)
    guard.refuse(f"+{FIRST}")

    def check(_):
        assert line.may_dial(f"+{FIRST}").reason is Reason.REFUSED
        assert guard.may_dial(f"+{FIRST + 1}", caller=CALLER, campaign="notice").reason is Reason.ALLOWED

    assert ask_while(lambda: [guard.reload() for _ in range(20)], check) == []


def test_a_guard_follows_what_another_wrote_to_their_store():
    store = MemoryStore()
    one, other = (Guard(Policy.from_toml(POLICY), store=store) for _ in range(2))
    line = other.line(campaign="notice", caller=CALLER)
    assert line.may_dial(f"+{FIRST}")

    one.refuse(f"+{FIRST}")
    assert line.may_dial(f"+{FIRST}").reason is Reason.REFUSED
    assert line.scrub([f"+{FIRST}"]).counts() == {Reason.REFUSED: 1}
    one.lift_refusal(f"+{FIRST}", proof="a newer consent")
    assert line.may_dial(f"+{FIRST}").reason is Reason.ALLOWED
    one.set_caller_status(CALLER, "suspended")
    assert line.may_dial(f"+{FIRST}").reason is Reason.CALLER_SUSPENDED
    with pytest.raises(Exception, match="suspended"), other.attempt(f"+{FIRST}", caller=CALLER, campaign="notice"):
        pass
