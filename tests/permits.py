"""Permits for the tests: a pair of keys, a signer, a policy that names the key, and a checker whose memory is its own."""

from __future__ import annotations

from callguard import Guard, Policy
from callguard.permits import Checker, Permits, new_keys
from callguard.testing import FrozenClock
from samples import CALLER, POLICY, TUESDAY_TEN

PRIVATE, PUBLIC = new_keys()
VARIABLE = "CALLGUARD_TEST_PERMIT_KEY"
PERMITTING = POLICY.replace("version = 1", f"version = 1\n[permits]\nkey_env = '{VARIABLE}'\n[call_log]\nenabled = true\n")
CALLEE = 8613800130001
NOW = 1_795_485_600.0  # TUESDAY_TEN


def permit(now=NOW, *, callee=CALLEE, caller=CALLER, campaign="course", private=PRIVATE, **more):
    """Return a permit."""
    return Permits.signing(private).issue(callee=callee, caller=caller, campaign=campaign, now=now, **more)


def checker(**more):
    """Return a checker."""
    return Checker(PUBLIC, **more)


def guard(monkeypatch, text=PERMITTING, *, at=TUESDAY_TEN, **more):
    """Return a guard whose policy names the private key."""
    monkeypatch.setenv(VARIABLE, PRIVATE)
    return Guard(Policy.from_toml(text), clock=FrozenClock(at), **more)
