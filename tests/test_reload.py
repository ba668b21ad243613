"""Reloading while other things are under way: attempts, old bindings, a state that is kept otherwise from now on."""

from __future__ import annotations

import pytest

from callguard import DialDenied, Guard
from callguard.deciding.lines import Line
from callguard.errors import StateError
from callguard.testing import MemoryStore
from tests.dying import CALLER as DIALER
from tests.dying import FIRST, wait_for, write_policy
from tests.samples import CALLER, MOBILE, OTHER, guard


def test_what_was_bound_before_a_reload_follows_the_state_too():
    found = guard()
    before = Line("notice", CALLER, found._generation)  # one that nobody rebinds
    assert before.may_dial(MOBILE)
    found.reload()
    assert before.may_dial(MOBILE)
    found.refuse(OTHER)
    found.set_caller_status(CALLER, "suspended")

    assert str(before.may_dial(OTHER).reason) == "refused"
    assert str(before.may_dial(MOBILE).reason) == "caller-suspended"
    assert str(found.may_dial(MOBILE, caller=CALLER, campaign="notice").reason) == "caller-suspended"
    assert before._bound[0].known.applied == found._generation.known.applied


def test_an_attempt_under_way_ends_in_the_state_in_which_it_began(tmp_path):
    policy = write_policy(tmp_path)
    with Guard.open(policy) as found:
        store = found._state.store
        with found.attempt(f"+{FIRST}", caller=DIALER, campaign="survey") as attempt:
            policy.write_text(policy.read_text().replace('path = "state"', 'path = "other"'))
            found.reload()
            assert found._state.store is not store
            attempt.outcome("answered", duration=3)
        assert list(found.log.search()) == [], "another state, another log"
        policy.write_text(policy.read_text().replace('path = "other"', 'path = "state"'))
        found.reload()
        assert [(entry.outcome, entry.duration) for entry in found.log.search()] == [("answered", 3)]


def test_how_old_knowledge_may_be_is_taken_up_by_a_reload(tmp_path):
    policy = write_policy(tmp_path, 'path = "state"\nmax_staleness = "1h"')
    with Guard.open(policy) as found:
        found.refuse(f"+{FIRST}")
        far = found._state.store.fresh_until()
        policy.write_text(policy.read_text().replace('"1h"', '"2s"'))
        found.reload()

        assert wait_for(2, lambda: 0 < found._state.store.fresh_until() < far - 3_000) is not None
        assert str(found.may_dial(f"+{FIRST}", caller=DIALER, campaign="notice").reason) == "refused"


def test_an_attempt_whose_transaction_failed_has_nothing_to_give_back():
    class Failing(MemoryStore):
        fails = False

        def transact(self, work):
            if not self.fails:
                return super().transact(work)

            def undone(transaction):
                work(transaction)
                raise StateError("the disk is full")

            return super().transact(undone)

    store = Failing()
    found = guard(store=store)
    store.fails = True
    attempt = found.attempt(OTHER, caller=CALLER, campaign="survey")
    with pytest.raises(DialDenied):
        attempt.__enter__()
    store.fails = False
    with found.attempt(MOBILE, caller=CALLER, campaign="survey"):
        pass
    attempt.release()  # would be the other one's number

    assert str(found.may_dial(MOBILE, caller=CALLER, campaign="survey").reason) == "attempt-limit"
