"""What campaigns leave to chance or switch off: consent, limits, enforcement, scopes and lists that they do not honour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard import packs
from callguard.readiness.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.policy import Campaign, Policy
    from callguard.readiness.ahead import Ahead

_ENTERPRISE = "enterprise"


def campaigns(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is to be remarked of how campaigns are set up."""
    for campaign in ahead.policy.campaigns:
        if campaign.purpose == "marketing" and ahead.own_law:
            if not campaign.require_consent:
                yield _remark("consent-unknown", campaign, severity="unknown")
            if not campaign.limits:
                yield _remark("no-limits", campaign, severity="note")
        if not campaign.enforce:
            yield _remark("rules-not-enforced", campaign, severity="violation")
        if not campaign.opt_out.enabled and ahead.policy.opt_out.enabled:
            yield _remark("opt-out-off", campaign, severity="violation")
        yield from _honours(ahead.policy, campaign)


def _honours(policy: Policy, campaign: Campaign) -> Iterator[Remark]:
    """Yield which scopes and lists a campaign leaves out; those of other campaigns are left out by right."""
    if _ENTERPRISE not in campaign.honours_scopes:
        yield _remark("refusals-not-honoured", campaign, severity="violation")
    own = (*policy.enterprise.scopes, campaign.name)
    left = [f"`{name}`" for name in own if name not in campaign.honours_scopes]
    left += [f"`{name}`" for name in policy.list_names if name not in campaign.honours_lists]
    if left:
        yield _remark("scopes-left-out", campaign, severity="note", facts={"names": ", ".join(left)})


def _remark(id_: str, campaign: Campaign, **more: Any) -> Remark:
    kind = packs.inspected().remarks[id_]
    return Remark(kind=kind, what="campaign", name=campaign.name, campaigns=(campaign.name,), **more)
