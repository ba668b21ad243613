"""Where: the regions that a campaign does not call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.model import FOREVER, Reason
from callguard.rules.rule import Answer, Deny, Pass, law, skip

if TYPE_CHECKING:
    from callguard.rules.rule import Call


@law("region-blocked", Reason.REGION_BLOCKED, reads=("campaign", "place"))
def region_blocked(call: Call) -> Answer:
    """Deny a callee in a blocked region, or in the mainland with a province unknown while the campaign blocks provinces."""
    blocked = call.campaign.blocked_regions
    if not blocked:
        return skip(blocked=[])
    hit = sorted(blocked & call.place.regions)
    unknown = (
        call.pack.mainland in call.place.countries
        and not call.place.provinces
        and any(region.startswith(f"{call.pack.mainland}-") for region in blocked)
    )
    facts = {"blocked": sorted(blocked), "regions": sorted(call.place.regions), "in": hit, "province_unknown": unknown}
    return Deny(Reason.REGION_BLOCKED, FOREVER, facts=facts) if hit or unknown else Pass(FOREVER, facts=facts)
