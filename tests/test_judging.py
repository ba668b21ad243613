"""What places calls for others: every callee of a command is decided, in a loop or without one, and who is called for what."""

import asyncio
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from callguard import PolicyError, StateError
from callguard.attempt import Attempt
from callguard.dialers import httpx, twilio
from callguard.judging import Ask, Denied, Judge, calling
from callguard.targets.asterisk import channels
from callguard.testing import MemoryStore
from samples import CALLER, MOBILE, guard

LOG = "[call_log]\nenabled = true\n"
ALLOWED, OTHER, POLICE = MOBILE, "13800130003", "110"


def ask(*numbers, **said):
    return Ask(tuple(target for number in numbers for target in channels(f"PJSIP/{number}@trunk")), **said)


@pytest.fixture
def judge():
    with guard(extra=LOG) as made:
        yield Judge(guard=made, campaign="course", caller=CALLER)


def ends(judge):
    """Return how each call that was allowed ended, and whether its count was given back."""
    return [(entry.outcome, entry.released is not None) for entry in judge.guard.log.search(reason="allowed")]


def place(judge, asked, *, loop):
    if loop:
        return asyncio.run(judge.place(asked))
    return judge.place_sync(asked)


def settle(placing, *said, loop, **more):
    if loop:
        asyncio.run(placing.settle(*said, **more))
    else:
        placing.settle_sync(*said, **more)


@pytest.mark.parametrize("loop", [True, False])
def test_every_callee_is_counted_and_its_end_is_recorded(judge, loop):
    placing = place(judge, ask(ALLOWED, OTHER), loop=loop)
    settle(placing, "answered", loop=loop)

    assert ends(judge) == [("answered", False)] * 2


@pytest.mark.parametrize("loop", [True, False])
def test_one_denial_stops_all_and_gives_back_what_was_counted(judge, loop):
    with pytest.raises(Denied) as denied:
        place(judge, ask(ALLOWED, POLICE), loop=loop)

    assert denied.value.reason == "protected-number"
    assert denied.value.decision.reason == "protected-number"
    assert ends(judge) == [("failed", True)]


def test_what_is_said_around_a_call_comes_before_the_default_and_after_the_command(judge):
    with calling(campaign="no-such-campaign"), pytest.raises(Denied, match="policy-failure"):
        judge.place_sync(ask(ALLOWED))
    with calling(campaign="no-such-campaign"):
        judge.place_sync(ask(ALLOWED, campaign="course")).settle_sync("answered")
    with calling(caller="010-8555-0199"), calling(campaign="course"), pytest.raises(Denied) as denied:
        judge.place_sync(ask(ALLOWED))

    assert denied.value.decision is not None
    assert denied.value.reason.startswith("caller")
    judge.place_sync(ask(ALLOWED)).settle_sync("busy")
    assert sorted(str(entry.outcome) for entry in judge.guard.log.search(reason="allowed")) == ["answered", "busy"]


def test_without_a_campaign_or_a_caller_nothing_is_placed():
    with guard(extra=LOG) as made:
        with pytest.raises(Denied, match="campaign-missing"):
            Judge(guard=made, caller=CALLER).place_sync(ask(ALLOWED))
        with pytest.raises(Denied, match="caller-missing"):
            Judge(guard=made, campaign="course").place_sync(ask(ALLOWED))


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"allow": "Setvar"}, TypeError, "`allow` is a text; accepted: a list of names"),
        ({"internal": "PJSIP/1000"}, TypeError, "`internal` is a text; accepted: a list of patterns"),
        ({"internal": ["PJSIP/("]}, re.error, "unterminated"),
        ({"campaign": "no-such"}, PolicyError, "no-such"),
    ],
)
def test_what_a_judge_is_given_is_looked_at_at_once(given, error, said):
    with guard() as made:
        for make in (Judge, twilio.http_client, httpx.transport):
            with pytest.raises(error, match=said):
                make(**{"guard": made} | given)
        assert Judge(guard=made, internal=["PJSIP/1000", re.compile("user/.*")]).is_inside(channels("PJSIP/1000")[0])


class Broken(MemoryStore):
    """Keeps no refusal."""

    def append(self, records):
        raise StateError("the disk is full")


@pytest.mark.parametrize("loop", [True, False])
def test_an_outcome_that_cannot_be_kept_gives_back_what_was_counted_all_the_same(loop, caplog):
    with guard(extra=LOG, store=Broken()) as made:
        placing = place(Judge(guard=made, campaign="course", caller=CALLER), ask(ALLOWED, OTHER), loop=loop)
        settle(placing, "dnc", released=True, loop=loop)

        assert [(entry.outcome, entry.released is not None) for entry in made.log.search()] == [("dnc", True)] * 2
        assert made._generation.store.campaign_attempts("course", 86 * 10**11 + int(ALLOWED)) == ()
    assert [record.getMessage() for record in caplog.records] == ["an outcome could not be kept: StateError"] * 2


def test_who_is_cancelled_while_it_settles_settles_all_the_same(judge, monkeypatch):
    placing = place(judge, ask(ALLOWED, OTHER), loop=False)

    async def run():
        real, reached, going = Attempt.release, asyncio.Event(), threading.Event()
        here = asyncio.get_running_loop()

        def slow(self):
            here.call_soon_threadsafe(reached.set)
            assert going.wait(30)
            real(self)

        monkeypatch.setattr(Attempt, "release", slow)
        task = asyncio.ensure_future(placing.settle("failed", released=True))
        await reached.wait()
        task.cancel()
        going.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert ends(judge) == [("failed", True)] * 2


def a_pool_that_is_full(loop, going):
    """Keep every thread of a loop's own busy until an event is set."""
    loop.set_default_executor(ThreadPoolExecutor(1))
    return loop.run_in_executor(None, going.wait, 30)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("late", [False, True])
def test_who_is_cancelled_while_counts_are_given_back_gives_them_back_all_the_same(judge, monkeypatch, times, late):
    """Also where the thread that is to do it has not begun, and where the loop ends."""

    async def run():
        real, here, denied, going = Attempt.__aenter__, asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        async def enter(self):
            try:
                await real(self)
            except Exception:
                a_pool_that_is_full(here, going)
                denied.set()
                raise

        monkeypatch.setattr(Attempt, "__aenter__", enter)
        task = asyncio.ensure_future(judge.place(ask(ALLOWED, OTHER, POLICE)))
        await denied.wait()
        for _ in range(times):
            await asyncio.sleep(0)
            task.cancel()
        if late:
            await asyncio.wait([task])
        going.set()

    asyncio.run(run())
    assert ends(judge) == [("failed", True)] * 2


@pytest.mark.parametrize("how", ["settle", "pressed"])
def test_what_waits_for_a_thread_is_done_though_who_asked_for_it_is_cancelled(how):
    with guard(extra=LOG + '[opt_out]\nkeys = ["9"]\n') as made:
        judge = Judge(guard=made, campaign="course", caller=CALLER)
        placing = judge.place_sync(ask(ALLOWED))

        async def run():
            going = threading.Event()
            a_pool_that_is_full(asyncio.get_running_loop(), going)
            task = asyncio.ensure_future(placing.settle("busy") if how == "settle" else placing.pressed("9"))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            going.set()

        asyncio.run(run())
        if how == "settle":
            assert ends(judge) == [("busy", False)]
        else:
            assert made.may_dial(ALLOWED, caller=CALLER, campaign="course").reason == "refused"


def test_an_attempt_that_is_cancelled_twice_while_it_is_entered_gives_its_count_back(judge, monkeypatch):
    real, begun, going = Attempt.__enter__, threading.Event(), threading.Event()

    def enter(self):
        begun.set()
        assert going.wait(30)
        return real(self)

    monkeypatch.setattr(Attempt, "__enter__", enter)

    async def run():
        task = asyncio.ensure_future(judge.place(ask(ALLOWED)))
        await asyncio.to_thread(begun.wait, 30)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        going.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert ends(judge) == [("failed", True)]
