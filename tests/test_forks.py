"""A guard that is open while its process forks, and processes that open one each: parents, children and siblings know the same."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading

import pytest

from callguard import DialDenied, Guard
from tests.dying import CALLER, FIRST, wait_for, write_policy

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def reason(guard, i):
    return guard.may_dial(f"+{FIRST + i}", caller=CALLER, campaign="notice").reason.value


def place(guard, i):
    with guard.attempt(f"+{FIRST + i}", caller=CALLER, campaign="survey") as attempt:
        attempt.outcome("answered")


@pytest.fixture
def guard(tmp_path):
    with Guard.open(write_policy(tmp_path)) as found:
        yield found


class Child:
    """A forked process that runs a function, and says by a byte when it may go on and has."""

    def __init__(self, run):
        self._go, go = os.pipe()[::-1]
        told, tell = os.pipe()
        self._told = told
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.close(self._go)
                run(lambda: os.write(tell, b"."), lambda: os.read(go, 1))
                code = 0
            except BaseException as error:  # noqa: BLE001 - a child must not come back into the test
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
            finally:
                os._exit(code)
        os.close(go)
        os.close(tell)

    def hear(self):
        assert os.read(self._told, 1) == b".", "the child has died"

    def go_on(self):
        os.write(self._go, b".")

    def end(self):
        os.close(self._go)
        status = os.waitpid(self.pid, 0)[1]
        os.close(self._told)
        assert status == 0


def test_parent_and_child_know_of_each_others_refusals_at_once(guard):
    guard.refuse(f"+{FIRST}")

    def run(tell, wait):
        assert reason(guard, 0) == "refused", "what the parent knew"
        assert reason(guard, 1) == "allowed"
        guard.refuse(f"+{FIRST + 2}")
        tell()
        wait()
        assert reason(guard, 1) == "refused", "what the parent has heard since"

    child = Child(run)
    child.hear()
    assert reason(guard, 2) == "refused"
    guard.refuse(f"+{FIRST + 1}")
    child.go_on()
    child.end()


def test_a_child_writes_a_chain_of_its_own_and_shares_the_limits(guard):
    place(guard, 5)

    def run(tell, wait):
        place(guard, 5)
        tell()
        wait()
        with pytest.raises(DialDenied):
            place(guard, 5)

    child = Child(run)
    child.hear()
    with pytest.raises(DialDenied):
        place(guard, 5)
    child.go_on()
    child.end()
    assert len({entry.writer for entry in guard.log.search(number=f"+{FIRST + 5}", reason="allowed")}) == 2
    assert guard.log.verify()


def test_a_child_stays_fresh_for_longer_than_its_parents_deadline(tmp_path):
    policy = write_policy(tmp_path, 'path = "state"\nmax_staleness = "300ms"')
    with Guard.open(policy) as guard:

        def run(tell, wait):
            first = reason(guard, 1)
            stale = wait_for(1.5, lambda: reason(guard, 1) == "state-stale")
            assert (first, stale) == ("allowed", None)

        Child(run).end()


def test_a_process_that_forks_while_its_threads_write_stays_right(guard):
    over, failed = threading.Event(), []

    def writing(k):
        i = 0
        while not over.is_set():
            i += 1
            try:
                guard.refuse(f"+{FIRST + 100_000 * (k + 1) + i}")
                place(guard, 100_000 * (k + 1) + i + 50_000)
                if reason(guard, 100_000 * (k + 1) + i) != "refused":
                    failed.append("a refusal was forgotten")
            except Exception as error:  # noqa: BLE001
                failed.append(repr(error))

    def run(tell, wait):
        for i in range(5):
            guard.refuse(f"+{FIRST + 10 + i}")
            assert reason(guard, 10 + i) == "refused"
            place(guard, 20_000 + os.getpid() % 20_000 + i)

    threads = [threading.Thread(target=writing, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(8):
            Child(run).end()
    finally:
        over.set()
        for thread in threads:
            thread.join()

    assert failed == []
    assert reason(guard, 10) == "refused"
    assert guard.log.verify()


def spawned(policy, i, answers):
    with Guard.open(policy) as guard:
        guard.refuse(f"+{FIRST + i}")
        answers.put(reason(guard, i))


def test_processes_that_are_spawned_open_their_own(guard):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    processes = [context.Process(target=spawned, args=(str(guard.policy.file), i, answers)) for i in (1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert sorted(answers.get(timeout=10) for _ in processes) == ["refused", "refused"]
    assert [reason(guard, i) for i in (1, 2, 3)] == ["refused", "refused", "allowed"]
    answers.close()


def test_asyncio_dials_many_at_once_and_never_one_too_many(guard):
    async def dial(i):
        try:
            async with guard.attempt(f"+{FIRST + i % 10}", caller=CALLER, campaign="survey") as attempt:
                await asyncio.sleep(0)
                attempt.outcome("no-answer")
        except DialDenied as error:
            return error.decision.reason.value
        return "placed"

    async def all_of_them():
        return await asyncio.gather(*(dial(i) for i in range(60)))

    results = asyncio.run(all_of_them())

    assert results.count("placed") == 20
    assert results.count("attempt-limit") == 40
