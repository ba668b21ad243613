"""How often: a campaign's limits to one callee, and a caller's planned volume."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from callguard import clock
from callguard.model import FOREVER, Reason
from callguard.rules.rule import Answer, Deny, Pass, law, skip

if TYPE_CHECKING:
    from callguard.policy.model import Caller, Campaign, Limit
    from callguard.rules.rule import Attempts, Call

_HOUR = 3600


@law("no-malicious-or-harassing-calls", Reason.ATTEMPT_LIMIT, kind="attempts")
def no_malicious_or_harassing_calls(call: Call, attempts: Attempts) -> Answer:
    """Deny while a limit of the campaign's has been reached; `until` is the first instant at which none has."""
    limits = call.campaign.limits
    if not limits:
        return skip(limits=[])
    newest = sorted(attempts.campaign, reverse=True)
    ends = [end_of(call, limit.attempts, limit.per, limit.count, newest) for limit in limits]
    facts: dict[str, Any] = {
        "limits": [
            {"attempts": limit.attempts, "per": limit.written, "counted": within(call, limit.per, limit.count, newest)}
            for limit in limits
        ]
    }
    if all(end <= call.at for end in ends):
        return Pass(FOREVER, facts=facts)
    return Deny(Reason.ATTEMPT_LIMIT, max(ends), facts=facts)


def fewest(campaign: Campaign, caller: Caller | None) -> tuple[int | None, int | None]:
    """Return how few attempts to a callee, and how few of the caller's, may make a rule deny; None: however many will not."""
    return min((limit.attempts for limit in campaign.limits), default=None), None if caller is None else caller.daily_attempts


def span(limit: Limit) -> int:
    """Return how many seconds back a limit may count."""
    return span_of(limit.per, limit.count)


def span_of(per: str, count: int) -> int:
    """Return how many seconds back attempts may count: a rolling span, or calendar days and one more."""
    return count * _HOUR if per == "rolling" else (count + 1) * clock.DAY


def within(call: Call, per: str, count: int, newest: list[float]) -> int:
    """Return how many attempts count now, those dated later included."""
    if per == "rolling" or not call.zones:
        return sum(at > call.at - span_of(per, count) for at in newest)
    back = timedelta(days=count - 1)
    start = min(clock.start_of_day(name, clock.local(name, call.at)[0] - back) for name in call.zones)
    return sum(at >= start for at in newest)


def end_of(call: Call, permitted: int, per: str, count: int, newest: list[float]) -> float:
    """Return the first instant at which fewer count than are permitted, as things stand; it may be past."""
    if permitted < 1:
        return FOREVER
    if len(newest) < permitted:
        return call.at
    decisive = newest[permitted - 1]
    if per == "rolling" or not call.zones:
        return decisive + span_of(per, count)
    forward = timedelta(days=count)
    return max(clock.start_of_day(name, clock.local(name, decisive)[0] + forward) for name in call.zones)


@law("number-usage-plan-volume", Reason.ATTEMPT_LIMIT, kind="attempts")
def number_usage_plan_volume(call: Call, attempts: Attempts) -> Answer:
    """Deny a caller that has placed its planned volume in the enterprise's day."""
    cap = None if call.caller is None else call.caller.daily_attempts
    if cap is None:
        return skip(daily_attempts=None)
    name = call.enterprise.timezone
    start = clock.start_of_day(name, call.today)
    counting = sorted((at for at in attempts.caller if at >= start), reverse=True)
    facts = {"daily_attempts": cap, "counted": len(counting), "today": str(call.today)}
    if len(counting) < cap:
        return Pass(FOREVER, facts=facts)
    if cap < 1:
        return Deny(Reason.ATTEMPT_LIMIT, FOREVER, facts=facts)
    decisive = clock.local(name, counting[cap - 1])[0]
    return Deny(Reason.ATTEMPT_LIMIT, call.midnight_after(decisive), facts=facts)
