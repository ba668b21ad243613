"""From which number: what the enterprise declares of its callers, and what the law asks of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from callguard.model import FOREVER, Reason
from callguard.rules.rule import Answer, Deny, Pass, law, skip

if TYPE_CHECKING:
    from datetime import date

    from callguard.rules.rule import Call

_UNKNOWN = "the caller is unknown"
_ELSEWHERE = "not the law of the enterprise's place"


@law("number-legal-source", Reason.CALLER_UNKNOWN, reads=("kind",))
def number_legal_source(call: Call) -> Answer:
    """Deny a caller that is not among the policy's callers."""
    if call.caller is None:
        return Deny(Reason.CALLER_UNKNOWN, FOREVER, facts={"declared": False})
    return Pass(FOREVER, facts={"declared": True, "kind": call.caller.kind})


@law("caller-not-in-campaign", Reason.CALLER_NOT_IN_CAMPAIGN, reads=("campaign", "caller"))
def caller_not_in_campaign(call: Call) -> Answer:
    """Deny one of the enterprise's callers that is not one of this campaign's."""
    if call.caller is None:
        return skip(why=_UNKNOWN)
    facts = {"campaign": call.campaign.name, "callers": len(call.campaign.callers)}
    if call.caller.key not in call.campaign.callers:
        return Deny(Reason.CALLER_NOT_IN_CAMPAIGN, FOREVER, facts=facts)
    return Pass(FOREVER, facts=facts)


@law("number-reclaimed", Reason.CALLER_SUSPENDED, Reason.CALLER_RECLAIMED, reads=("caller",))
def number_reclaimed(call: Call) -> Answer:
    """Deny a caller that is suspended or taken back: the stricter of the policy's status and the recorded one."""
    if call.caller is None:
        return skip(why=_UNKNOWN)
    statuses = {call.caller_status, call.caller.status}
    if "reclaimed" in statuses:
        return Deny(Reason.CALLER_RECLAIMED, FOREVER, facts={"status": "reclaimed"})
    if "suspended" in statuses:
        return Deny(Reason.CALLER_SUSPENDED, FOREVER, facts={"status": "suspended"})
    return Pass(FOREVER, facts={"status": "active"})


@law("number-channel", Reason.CALLER_CHANNEL, reads=("enterprise", "caller"))
def number_channel(call: Call) -> Answer:
    """Deny a caller whose declared channel is not that of its kind; where none is declared, none is checked."""
    if call.caller is None or not call.own_law:
        return skip(why=_UNKNOWN if call.caller is None else _ELSEWHERE)
    if call.caller.channel is None:
        return skip(why="no channel is declared")
    accepted = call.pack.channels[call.caller.kind]
    facts = {"kind": call.caller.kind, "channel": call.caller.channel, "accepted": sorted(accepted)}
    if call.caller.channel not in accepted:
        return Deny(Reason.CALLER_CHANNEL, FOREVER, facts=facts)
    return Pass(FOREVER, facts=facts)


@law("number-filing-30-days", Reason.CALLER_UNFILED, reads=("enterprise", "caller"))
def number_filing_30_days(call: Call) -> Answer:
    """Deny a caller that is not obtained yet, or is not filed and past the days allowed for it."""
    if call.caller is None or not call.own_law:
        return skip(why=_UNKNOWN if call.caller is None else _ELSEWHERE)
    obtained, filed, today = call.caller.obtained, call.caller.filed, call.today
    facts: dict[str, Any] = {"obtained": _text(obtained), "filed": _text(filed), "today": str(today)}
    if obtained is not None:
        facts["day"] = (today - obtained).days
        facts["days_allowed"] = call.pack.filing_days
    if obtained is not None and obtained > today:
        return Deny(Reason.CALLER_UNFILED, call.midnight_of(obtained), facts=facts)
    if filed is not None and filed <= today:
        return Pass(FOREVER, facts=facts)
    if obtained is not None and (today - obtained).days <= call.pack.filing_days:
        last = obtained + timedelta(days=call.pack.filing_days)
        in_time = filed is not None and (filed - last).days <= 1
        return Pass(FOREVER if in_time else call.midnight_after(last), facts=facts)
    return Deny(Reason.CALLER_UNFILED, FOREVER if filed is None else call.midnight_of(filed), facts=facts)


def _text(day: date | None) -> str | None:
    return None if day is None else str(day)


@law("number-usage-plan", Reason.CALLER_PURPOSE, reads=("campaign", "caller"))
def number_usage_plan(call: Call) -> Answer:
    """Deny a purpose that is not among the caller's."""
    if call.caller is None:
        return skip(why=_UNKNOWN)
    declared = call.caller.purposes
    purposes = call.pack.purposes[call.caller.kind] if declared is None else frozenset(declared)
    facts = {"purpose": call.campaign.purpose, "purposes": sorted(purposes)}
    if call.campaign.purpose not in purposes:
        return Deny(Reason.CALLER_PURPOSE, FOREVER, facts=facts)
    return Pass(FOREVER, facts=facts)


@law("96-scope-province", Reason.CALLER_SCOPE, reads=("enterprise", "kind", "place"))
def scope_of_96(call: Call) -> Answer:
    """Deny a 96-number outside its province, or where the callee's province is unknown."""
    if call.caller is None or not call.own_law:
        return skip(why=_UNKNOWN if call.caller is None else _ELSEWHERE)
    if call.caller.kind not in call.pack.provincial_callers:
        return skip(kind=call.caller.kind)
    provinces = call.place.provinces
    facts = {"caller_province": call.caller.province, "callee_provinces": sorted(provinces), "mainland": call.in_mainland}
    if not call.in_mainland or not provinces or provinces != {call.caller.province}:
        return Deny(Reason.CALLER_SCOPE, FOREVER, facts=facts)
    return Pass(FOREVER, facts=facts)


@law("400-no-overseas-forwarding", Reason.CALLER_SCOPE, reads=("enterprise", "kind", "place"))
def no_overseas_forwarding_of_400(call: Call) -> Answer:
    """Deny a 400-number that calls, or forwards to, a place outside the mainland."""
    if call.caller is None or not call.own_law:
        return skip(why=_UNKNOWN if call.caller is None else _ELSEWHERE)
    if call.caller.kind not in call.pack.unforwarded_callers:
        return skip(kind=call.caller.kind)
    forwards_to = call.caller.forwards_to
    abroad = forwards_to is not None and forwards_to.partition("-")[0] != call.pack.mainland
    facts = {"forwards_to": forwards_to, "mainland": call.in_mainland}
    if abroad or not call.in_mainland:
        return Deny(Reason.CALLER_SCOPE, FOREVER, facts=facts)
    return Pass(FOREVER, facts=facts)
