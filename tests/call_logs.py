"""Guards whose call log is sealed, with several writers, and whose clock stands still."""

from __future__ import annotations

from contextlib import suppress

from callguard import DialDenied, Guard, Policy
from callguard.call_log import CallLog
from callguard.sealing import Keyring
from callguard.testing import FrozenClock, MemoryStore
from samples import CALLER, POLICY, TUESDAY_TEN

ONE, TWO = bytes(range(32)), bytes(range(100, 132))
FIRST, SECOND = Keyring((ONE,)), Keyring((TWO,))
ROTATED = Keyring((TWO, ONE))
PLAIN = Keyring.plain()
LOGGED = "version = 1\n[call_log]\nenabled = true\n" + POLICY.replace("version = 1", "")
NUMBERS = tuple(f"138001300{i:02}" for i in range(10, 99))


class Sealed(Guard):
    """A guard in memory whose keyring is given."""

    ring = FIRST

    def _keyring(self, policy):
        return self.ring


def sealed(ring=FIRST, text=LOGGED, *, store=None, at=TUESDAY_TEN, **more):
    """Return a guard whose log is sealed, in a store of its own unless one is given."""
    kind = type("Sealed", (Sealed,), {"ring": ring})
    return kind(Policy.from_toml(text), clock=FrozenClock(at), store=MemoryStore() if store is None else store, **more)


def call(found, callee=NUMBERS[0], campaign="notice", outcome="answered", duration=12.5, caller=CALLER, **more):
    """Place a call, or be denied; the clock goes on by a minute."""
    with suppress(DialDenied), found.attempt(callee, caller=caller, campaign=campaign, **more) as attempt:
        found._clock.advance(60)
        if outcome is not None:
            attempt.outcome(outcome, duration=duration)
    found._clock.advance(60)


def calls(found, count, **more):
    """Place calls to different numbers."""
    for i in range(count):
        call(found, NUMBERS[i % len(NUMBERS)], **more)


def other_writer(store):
    """Go on as another process would: with a chain of one's own."""
    store._renew()


def log_of(store, ring=FIRST, text=LOGGED, at="2026-11-25T10:00:00+08:00"):
    """Return the log of a store as another process would open it, later."""
    return CallLog(store, ring, Policy.from_toml(text), FrozenClock(at))


def chains(count=3, rows=4, ring=FIRST):
    """Return a store in which some writers, one after the other, have placed calls: two rows of the log each."""
    store = MemoryStore()
    for i in range(count):
        other_writer(store)
        found = sealed(ring, store=store, at=f"2026-11-24T1{i}:00:00+08:00")
        calls(found, rows // 2)
    return store
