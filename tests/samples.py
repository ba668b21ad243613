"""A policy that allows what it is asked, and the ways to break it."""

from __future__ import annotations

from callguard import Guard, Policy
from callguard.testing import FrozenClock

MOBILE = "13800130001"  # 138-0013: Beijing, as phonenumbers has it
OTHER = "13800130002"
CALLER = "01085550123"
TUESDAY_TEN = "2026-11-24T10:00:00+08:00"

POLICY = """
version = 1
[enterprise]
name = "Xinghe"
scopes = ["brand"]
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2023-05-01
[[licences]]
kind = "school"
issued = 2023-05-01
[[filings]]
kind = "ai"
filed = 2025-01-10
[[callers]]
number = "010-8555-0123"
filed = 2024-01-20
[[callers]]
number = "010-8555-0124"
filed = 2024-01-20
daily_attempts = 2
[[campaigns]]
name = "course"
purpose = "marketing"
sector = "education"
automated = true
[[campaigns]]
name = "notice"
purpose = "service"
honours = ["enterprise"]
[[campaigns]]
name = "survey"
purpose = "survey"
limits = [{ attempts = 1, per = "1 day" }, { attempts = 2, per = "48 hours" }]
[[campaigns]]
name = "vip"
purpose = "service"
require_consent = true
[[campaigns]]
name = "shadow"
purpose = "marketing"
enforce = false
"""


def guard(text: str = POLICY, *, at: str = TUESDAY_TEN, extra: str = "", **more: object) -> Guard:
    """A guard whose clock stands still; `guard._clock` is that clock."""
    return Guard(Policy.from_toml(text + extra), clock=FrozenClock(at), **more)


def ask(found: Guard, callee: object = MOBILE, campaign: str = "course", **more: object) -> str:
    """The reason that a guard gives, as text."""
    return str(found.may_dial(callee, caller=CALLER, campaign=campaign, **more).reason)
