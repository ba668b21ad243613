"""The article's number-usage log: one record for every decision that `attempt` takes, and how the call ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard import clock
from callguard.state.records import Entry

if TYPE_CHECKING:
    from callguard.model import Decision, Place
    from callguard.policy import Campaign, Policy
    from callguard.state import Transaction


def record(
    transaction: Transaction,
    policy: Policy,
    *,
    at: float,
    caller: str,
    callee: int | None,
    campaign: Campaign,
    decision: Decision,
    place: Place,
    shadow: bool,
    data: str,
) -> int | None:
    """Write a decision to the call log, before the call; None where the policy has no log, StateError when that fails."""
    if policy.call_log is None or not policy.call_log.enabled:
        return None
    entry = Entry(
        at=at,
        caller=caller,
        callee=callee,
        campaign=campaign.name,
        purpose=campaign.purpose,
        reason=decision.reason.value,
        rule=decision.rule,
        shadow=shadow,
        place=place.province or place.country,
        told=place.told,
        policy=policy.digest,
        data=f"{data} tzdata {clock.tz_version()}",
    )
    return transaction.log(entry)
