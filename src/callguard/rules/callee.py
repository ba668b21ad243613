"""Whom: what is known of the callee itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.clock import earliest
from callguard.model import FOREVER, Reason
from callguard.rules.rule import Answer, Deny, Pass, law, skip

if TYPE_CHECKING:
    from callguard.rules.rule import Call, Callee, Listing


@law("invalid-number", Reason.INVALID_NUMBER, kind="callee")
def invalid_number(_call: Call, callee: Callee) -> Answer:
    """Deny what is no number that can be dialled, for good."""
    if callee.status == "invalid":
        return Deny(Reason.INVALID_NUMBER, FOREVER, facts={"status": callee.status, "note": callee.note}, note=callee.note)
    return Pass(FOREVER, facts={"status": callee.status})


@law("protected-number", Reason.PROTECTED_NUMBER, kind="callee")
def protected_number(_call: Call, callee: Callee) -> Answer:
    """Deny emergency and public-service numbers, for good."""
    if callee.status == "protected":
        return Deny(Reason.PROTECTED_NUMBER, FOREVER, facts={"status": callee.status})
    return Pass(FOREVER, facts={"status": callee.status})


@law("do-not-call-after-refusal", Reason.REFUSED, kind="callee")
def do_not_call_after_refusal(call: Call, callee: Callee) -> Answer:
    """Deny where a refusal stands in a scope that the campaign honours, or that the policy no longer declares."""
    campaign = call.campaign
    declared = call.policy.scopes
    standing = sorted(
        scope
        for scope in callee.refusals
        if scope in campaign.honours_scopes or (scope == "enterprise" and campaign.purpose == "marketing") or scope not in declared
    )
    if standing:
        return Deny(Reason.REFUSED, FOREVER, facts={"scopes": standing})
    return Pass(FOREVER, facts={"scopes": []})


@law("listed", Reason.LISTED, kind="callee")
def listed(call: Call, callee: Callee) -> Answer:
    """Deny while a suppression list that the campaign honours holds the number; `until` is the first instant at which none does."""
    mine = [entry for entry in callee.listings if entry.list in call.campaign.honours_lists]
    holding = [entry for entry in mine if _holds(entry, call.at)]
    if not holding:
        later = (e.since for e in mine if e.since is not None and e.since > call.at and (e.until is None or e.until > e.since))
        return Pass(earliest(later), facts={"lists": []})
    names = sorted({entry.list for entry in holding})
    until = call.at
    while holding:
        if any(entry.until is None for entry in holding):
            return Deny(Reason.LISTED, FOREVER, facts={"lists": names})
        until = max(entry.until for entry in holding if entry.until is not None)
        holding = [entry for entry in mine if _holds(entry, until)]
    return Deny(Reason.LISTED, until, facts={"lists": names})


def _holds(entry: Listing, at: float) -> bool:
    return (entry.since is None or entry.since <= at) and (entry.until is None or at < entry.until)


@law("consent-evidence", Reason.NO_CONSENT, kind="callee")
def consent_evidence(call: Call, callee: Callee) -> Answer:
    """Deny where the campaign requires consent and none holds; any one that still does will do."""
    if not call.campaign.require_consent:
        return skip(require_consent=False)
    scopes = ("enterprise", call.campaign.name)
    holding = [c for c in callee.consents if c.scope in scopes and (c.until is None or call.at < c.until)]
    if not holding:
        return Deny(Reason.NO_CONSENT, FOREVER, facts={"require_consent": True, "scopes": []})
    until = max(FOREVER if c.until is None else c.until for c in holding)
    return Pass(until, facts={"require_consent": True, "scopes": sorted({c.scope for c in holding})})
