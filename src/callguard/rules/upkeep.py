"""callguard itself: whether it can know, and whether it can record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.model import FOREVER, Reason
from callguard.rules.rule import Answer, Deny, Pass, law, skip

if TYPE_CHECKING:
    from callguard.rules.rule import Call, Upkeep


@law("state-stale", Reason.STATE_STALE, kind="upkeep")
def state_stale(call: Call, upkeep: Upkeep) -> Answer:
    """Deny from the instant on at which what is known of refusals may be too old; no passing of time mends that.

    Nor does it mend an index that was found damaged: what the lists say is not known.
    """
    if upkeep.damage is not None:
        return Deny(Reason.STATE_STALE, FOREVER, facts={"fresh": False, "damage": upkeep.damage}, note="index")
    facts = {"fresh": call.at < upkeep.fresh_until}
    return Pass(upkeep.fresh_until, facts=facts) if facts["fresh"] else Deny(Reason.STATE_STALE, FOREVER, facts=facts)


@law("usage-log", Reason.LOG_UNAVAILABLE, kind="upkeep")
def usage_log(call: Call, upkeep: Upkeep) -> Answer:
    """Deny while a call log is asked for and cannot be written; no passing of time mends that."""
    log = call.policy.call_log
    if log is None or not log.enabled:
        return skip(call_log=False)
    facts = {"call_log": True, "writable": upkeep.log_writable}
    return Pass(FOREVER, facts=facts) if upkeep.log_writable else Deny(Reason.LOG_UNAVAILABLE, FOREVER, facts=facts)
