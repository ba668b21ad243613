"""A refusal that comes from the call itself: which outcomes, keys and replies are one, and where it is kept."""

from __future__ import annotations

import pytest

from callguard import Guard, Policy, Reason, StateError
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
CALLEE = "13800130142"
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
