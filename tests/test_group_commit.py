"""Group commit: each work gets its own, none waits for ever."""

from __future__ import annotations

import contextlib
import gc
import random
import signal
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import pytest

from callguard.errors import StateError
from callguard.state.group import Group


class Ledger:
    """A database of the kind: works append to what is pending, a commit keeps all of it or none."""

    def __init__(self):
        self.kept, self.pending, self.sizes = [], [], []
        self.slow, self.broken = 0.0, None
        self.committing = threading.Lock()

    def commit(self, tickets):
        assert not self.committing.locked()  # never two at once
        with self.committing:
            self.pending = []
            for ticket in tickets:
                before = len(self.pending)
                try:
                    ticket.result = ticket.work(self.pending)
                except Exception as error:  # noqa: BLE001
                    del self.pending[before:]
                    ticket.error = error
            time.sleep(self.slow)
            if self.broken is not None:
                raise self.broken
            self.kept += self.pending
            self.sizes.append(len(tickets))


def run_all(functions):
    threads = [threading.Thread(target=function, daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sum(thread.is_alive() for thread in threads)


def adding(value):
    def work(pending):
        pending.append(value)
        return value

    return work


def hold(group, ledger):
    """Let a thread lead, and stay in its commit until the function that is returned is called."""
    entered, go = threading.Event(), threading.Event()

    def work(pending):
        entered.set()
        assert go.wait(10)

    def holding():
        with contextlib.suppress(StateError):
            group.run(work)

    thread = threading.Thread(target=holding, daemon=True)
    thread.start()
    assert entered.wait(10)

    def release():
        go.set()
        thread.join(10)
        assert not thread.is_alive()

    return release


def wait_until(true):
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_a_work_alone_leads_at_once():
    ledger = Ledger()
    group = Group(ledger.commit)

    assert group.run(adding(1)) == 1
    assert group.run(lambda _: None) is None
    assert ledger.kept == [1]
    assert ledger.sizes == [1, 1]


def test_32_threads_get_each_its_own_and_share_commits():
    ledger = Ledger()
    ledger.slow = 0.001
    group = Group(ledger.commit)
    got = {}

    def working(who):
        for n in range(50):
            value = (who, n)
            if n % 7 == 3:
                with pytest.raises(ZeroDivisionError, match=f"^{who} {n}$"):
                    group.run(failing(value))
            else:
                got[value] = group.run(adding(value))

    def failing(value):
        def work(pending):
            pending.append(value)
            raise ZeroDivisionError(f"{value[0]} {value[1]}")

        return work

    assert run_all([lambda who=who: working(who) for who in range(32)]) == 0
    assert all(value == result for value, result in got.items())
    assert sorted(ledger.kept) == sorted(got)
    assert len(got) == 32 * 43
    assert sum(ledger.sizes) == 32 * 50
    assert max(ledger.sizes) > 4
    for who in range(32):
        mine = [n for other, n in ledger.kept if other == who]
        assert mine == sorted(mine)


def test_works_are_led_in_the_order_of_their_coming():
    ledger = Ledger()
    group = Group(ledger.commit)
    release = hold(group, ledger)
    threads = []
    for n in range(10):
        threads.append(threading.Thread(target=group.run, args=(adding(n),), daemon=True))
        threads[-1].start()
        wait_until(lambda: len(group._waiting) == len(threads))
    release()
    for thread in threads:
        thread.join(10)

    assert ledger.kept == list(range(10))
    assert ledger.sizes == [1, 10]


def test_a_commit_that_raises_gives_its_error_to_all_but_those_with_their_own():
    ledger = Ledger()
    group = Group(ledger.commit)
    release = hold(group, ledger)
    errors = []

    def working(work):
        try:
            group.run(work)
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    def own(pending):
        raise KeyError("its own")

    works = [adding(0), adding(1), own, adding(3)]
    threads = [threading.Thread(target=working, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(group._waiting) == 4)
    ledger.broken = StateError("the disk is full")
    release()
    for thread in threads:
        thread.join(10)

    assert sorted(type(error).__name__ for error in errors) == ["KeyError", "StateError", "StateError", "StateError"]
    assert len({id(error) for error in errors}) == 4
    assert all(str(error) == "the disk is full" for error in errors if isinstance(error, StateError))
    assert ledger.kept == []
    ledger.broken = None
    assert group.run(adding(4)) == 4


def test_an_error_that_cannot_be_copied_still_goes_to_all():
    class OddError(Exception):
        def __init__(self, one, two):
            super().__init__(one)

    ledger = Ledger()
    group = Group(ledger.commit)
    release = hold(group, ledger)
    errors = []

    def working():
        with pytest.raises(OddError) as error:
            group.run(adding(0))
        errors.append(error.value)

    threads = [threading.Thread(target=working, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(group._waiting) == 3)
    group._commit = breaking(OddError("one", "two"))
    release()
    for thread in threads:
        thread.join(10)
    assert len(errors) == 3


def breaking(error):
    def commit(tickets):
        for ticket in tickets:
            ticket.result = "this must not be taken for a result"
        raise error

    return commit


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_leader_that_is_stopped_leaves_nobody_asleep(stop):
    """The works that it led get StateError, though they had a result: it may not last. Those behind them are led by the next."""
    ledger = Ledger()
    group = Group(ledger.commit)
    go, errors = threading.Event(), []

    def stopped(tickets):
        for ticket in tickets:
            ticket.result = "this must not be taken for a result"
        assert go.wait(10)
        group._commit = ledger.commit
        raise stop

    def working(n):
        try:
            group.run(adding(n))
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    release = hold(group, ledger)
    threads = [threading.Thread(target=working, args=(n,), daemon=True) for n in range(8)]
    for thread in threads[:4]:
        thread.start()
    wait_until(lambda: len(group._waiting) == 4)
    group._commit = stopped
    release()
    wait_until(lambda: not group._waiting)
    for thread in threads[4:]:
        thread.start()
    wait_until(lambda: len(group._waiting) == 4)
    go.set()
    for thread in threads:
        thread.join(10)

    assert not any(thread.is_alive() for thread in threads)
    assert sorted(type(error).__name__ for error in errors) == sorted([stop.__name__, *3 * ["StateError"]])
    assert "not known" in str(next(error for error in errors if isinstance(error, StateError)))
    assert sorted(ledger.kept) == [4, 5, 6, 7]
    assert group._leader is None


def test_a_commit_that_forgets_a_work_acknowledges_nothing():
    with pytest.raises(StateError):
        Group(lambda tickets: None).run(lambda _: 1)


def test_a_transaction_within_a_transaction_is_told_rather_than_waited_for():
    ledger = Ledger()
    group = Group(ledger.commit)

    with pytest.raises(StateError, match="within"):
        group.run(lambda _: group.run(adding(1)))
    assert group.run(adding(2)) == 2
    assert ledger.kept == [2]


def test_a_waiter_that_is_interrupted_takes_its_work_back():
    ledger = Ledger()
    group = Group(ledger.commit)
    release = hold(group, ledger)
    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)  # the usual one is ignored by what runs in the background
    caught = threading.Event()
    pressing = threading.Thread(target=press, args=(lambda: len(group._waiting) == 1, caught))
    pressing.start()
    try:
        group.run(adding("interrupted"))
    except KeyboardInterrupt:
        caught.set()
    pressing.join(20)
    signal.signal(signal.SIGUSR1, before)

    assert caught.is_set()
    assert group._waiting == []
    release()
    assert group.run(adding("after")) == "after"
    assert ledger.kept == ["after"]


def press(when, caught):
    wait_until(when)
    for _ in range(8):  # one that comes just before the thread falls asleep does not wake it
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
        if caught.wait(1):
            return


def test_interrupts_at_any_instant_leave_nobody_asleep():
    """In a process of its own: an interrupt that comes late must not reach whoever runs the tests."""
    command = "import test_group_commit; test_group_commit.interrupted_again_and_again()"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=Path(__file__).parent, capture_output=True, text=True, check=False, timeout=120
    )

    assert done.returncode == 0, done.stderr


def interrupted_again_and_again():
    """Interrupt the main thread again and again, wherever it is; the other threads always come through, and it can go on."""
    ledger = Ledger()
    group = Group(ledger.commit)
    over, done = threading.Event(), []

    def working(who):
        n = 0
        while not over.is_set():
            with contextlib.suppress(StateError):
                done.append(group.run(adding((who, n))))
            n += 1

    def until_interrupted():
        signal.setitimer(signal.ITIMER_REAL, chance.uniform(2e-5, 2e-3))
        until = time.monotonic() + 1
        while time.monotonic() < until:  # one that comes in a weak reference's callback is not raised
            group.run(adding("main"))

    threads = [threading.Thread(target=working, args=(who,), daemon=True) for who in range(3)]
    chance, before, interrupted = random.Random(5), sys.getswitchinterval(), 0
    sys.setswitchinterval(1e-5)
    gc.collect()
    gc.disable()
    alarm = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for thread in threads:
            thread.start()
        for _ in range(400):
            try:
                until_interrupted()  # a call: the handler covers all of it, which it does not of a loop
            except KeyboardInterrupt:
                interrupted += 1
            seen = len(done)
            until = time.monotonic() + 10
            while len(done) == seen:
                assert time.monotonic() < until, "nobody comes through any more"
                time.sleep(1e-4)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)
        sys.setswitchinterval(before)
        gc.enable()
        over.set()
        for thread in threads:
            thread.join(10)

    assert interrupted > 390
    assert not any(thread.is_alive() for thread in threads)
    assert set(done) <= set(ledger.kept)
    assert group.run(adding("last")) == "last"


def test_after_a_fork_the_child_begins_anew():
    ledger = Ledger()
    group = Group(ledger.commit)
    release = hold(group, ledger)
    leader, waiting = group._leader, group._waiting
    group.abandon()  # what the child does; here the leader goes on with what it has

    other = Ledger()
    group._commit = other.commit
    assert group.run(adding(1)) == 1
    assert other.kept == [1]
    assert group._leader is not leader
    assert group._waiting is not waiting
    release()


def test_an_error_keeps_nothing_alive():
    class Heavy:
        pass

    group = Group(Ledger().commit)
    gc.disable()
    try:
        heavy = Heavy()
        gone = weakref.ref(heavy)

        def work(_, heavy=heavy):
            raise ValueError(str(type(heavy)))

        with contextlib.suppress(ValueError):
            group.run(work)
        del work, heavy
        assert gone() is None
    finally:
        gc.enable()
