"""A denial that no count can change, and of which nothing is written, waits for no transaction; every other attempt has one."""

from __future__ import annotations

from contextlib import suppress

import pytest

from callguard import DialDenied, Guard
from callguard.testing import FrozenClock
from samples import CALLER, MOBILE, OTHER, POLICY, TUESDAY_TEN

LOG = "[call_log]\n"


@pytest.fixture
def opened(tmp_path):
    """Open guards whose state lasts, which note their transactions: each with a folder of its own."""
    guards = []

    def open_(more="", name="one"):
        path = tmp_path / name / "callguard.toml"
        path.parent.mkdir()
        path.write_text(POLICY + more)
        (path.parent / "next.toml").write_text(POLICY)
        guard = Guard.open(path, clock=FrozenClock(TUESDAY_TEN))
        guards.append(guard)
        guard.refuse(OTHER)
        store, guard.transactions = guard._generation.store, []
        real = store.transact
        store.transact = lambda work: guard.transactions.append(work) or real(work)
        return guard

    yield open_
    for guard in guards:
        guard.close()


def place(guard, callee=MOBILE, campaign="notice", caller=CALLER, **more):
    """Return the reason, whether the call goes, and how many transactions that took."""
    before = len(guard.transactions)
    attempt = guard.attempt(callee, caller=caller, campaign=campaign, **more)
    with suppress(DialDenied), attempt:
        pass
    decision = attempt.decision
    told = decision.reason.value, decision.rule, decision.retry_s, decision.until_s, bool(decision) or attempt.shadow
    return told, len(guard.transactions) - before


DENIED = [
    {"callee": "110"},
    {"callee": "no number"},
    {"callee": OTHER},
    {"callee": OTHER, "campaign": "shadow"},
    {"campaign": "vip"},
    {"caller": "010-8555-0199"},
]


@pytest.mark.parametrize("call", DENIED, ids=str)
def test_a_denial_that_no_count_can_change_takes_no_transaction(opened, call):
    plain, logged = opened(), opened(LOG, "two")
    denied, transactions = place(plain, **call)

    assert transactions == 0
    told, transactions = place(logged, **call)
    assert (told, transactions) == (denied, 1)  # of which a record is written
    assert not denied[-1]


def test_at_night_it_is_denied_without_and_let_go_with_one_where_the_campaign_does_not_enforce(opened):
    guard = opened()
    guard._clock.set("2026-11-24T23:00:00+08:00")

    assert place(guard, campaign="course")[1] == 0
    told, transactions = place(guard, campaign="shadow")
    assert (told[0], told[-1], transactions) == ("calling-window", True, 1)


def test_what_counts_or_may_be_written_takes_one(opened):
    guard, beside = opened(), opened("[candidate]\npolicy = 'next.toml'\n", "two")

    assert place(guard, campaign="survey")[1] == 1
    told, transactions = place(guard, campaign="survey")
    assert (told[0], transactions) == ("attempt-limit", 1)
    assert place(guard, OTHER, key="a")[1] == 1
    assert place(beside, OTHER)[1] == 1


def test_it_waits_for_nobody_who_writes(opened):
    guard = opened()
    engine = guard._generation.store._engine
    with engine.transaction():
        assert place(guard, OTHER)[0][0] == "refused"
    assert guard.transactions == []
