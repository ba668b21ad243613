"""What has been filed with the authorities, and what must be recorded for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard.model import FOREVER, Reason
from callguard.rules import dates
from callguard.rules.rule import Answer, Deny, Pass, law, skip

if TYPE_CHECKING:
    from datetime import date

    from callguard.policy.model import Licence
    from callguard.rules.rule import Call


def _filed(call: Call, need: str, instead: tuple[Licence, ...] = (), **facts: object) -> Answer:
    """Deny until the filing counts, or a licence that stands in for it is valid."""
    kind = call.pack.filings[need]
    filings = dates.filed(call, kind)

    def holds(day: date) -> bool:
        return any(filing.filed <= day for filing in filings) or bool(dates.valid(call, instead, day))

    found, until = dates.by_day(call, dates.edges(call, instead, filings), holds)
    seen: dict[str, Any] = {"filing": kind, "filed": sorted(str(f.filed) for f in filings), "today": str(call.today), **facts}
    return Pass(until, facts=seen) if found else Deny(Reason.FILING_MISSING, until, facts=seen)


@law("finance-marketing-filing", Reason.FILING_MISSING, reads=("enterprise", "campaign"))
def finance_marketing_filing(call: Call) -> Answer:
    """Deny finance marketing that has not been filed."""
    need = call.pack.sector_licences["finance-sector-licence"]
    if not call.own_law or call.campaign.sector != need.sector or call.campaign.purpose != "marketing":
        return skip(sector=call.campaign.sector, purpose=call.campaign.purpose)
    return _filed(call, "finance_marketing")


@law("ai-business-filing", Reason.FILING_MISSING, reads=("enterprise", "campaign"))
def ai_business_filing(call: Call) -> Answer:
    """Deny automated calling that has not been filed."""
    if not call.own_law or not call.campaign.automated:
        return skip(automated=call.campaign.automated)
    return _filed(call, "automated")


@law("biometric-filing", Reason.FILING_MISSING, reads=("enterprise", "campaign"))
def biometric_filing(call: Call) -> Answer:
    """Deny the use of biometrics that has not been filed."""
    if not call.own_law or not call.campaign.biometrics:
        return skip(biometrics=call.campaign.biometrics)
    return _filed(call, "biometrics")


@law("cross-border-telecom-qualification", Reason.FILING_MISSING, reads=("enterprise", "place"))
def cross_border_telecom_qualification(call: Call) -> Answer:
    """Deny a callee abroad where neither the filing nor the gateway licence holds; no country counts as abroad."""
    near = {call.pack.mainland, *call.pack.apart}
    abroad = sorted(country or "" for country in call.place.countries if country not in near)
    if not call.own_law or not abroad:
        return skip(countries=list(call.place.countries))
    gateways = dates.held(call, call.pack.abroad_licence)
    return _filed(call, "abroad", gateways, abroad=abroad, gateways=[dates.shown(call, licence) for licence in gateways])


@law("hk-mo-tw-filing", Reason.FILING_MISSING, reads=("enterprise", "place"))
def hk_mo_tw_filing(call: Call) -> Answer:
    """Deny a callee in Hong Kong, Macau or Taiwan where the filing of its own does not hold."""
    apart = sorted(country for country in call.place.countries if country in call.pack.apart)
    if not call.own_law or not apart:
        return skip(countries=list(call.place.countries))
    return _filed(call, "apart", countries=apart)


@law("mvno-realtime-record-filing", Reason.LOG_REQUIRED, reads=("enterprise", "kind"))
def mvno_realtime_record_filing(call: Call) -> Answer:
    """Deny a virtual operator's number where no call log records as it dials."""
    if call.caller is None or not call.own_law or call.caller.kind not in call.pack.recorded_callers:
        return skip(kind=None if call.caller is None else call.caller.kind)
    log = call.policy.call_log
    facts = {"kind": call.caller.kind, "call_log": log is not None, "enabled": log is not None and log.enabled}
    return Pass(FOREVER, facts=facts) if facts["enabled"] else Deny(Reason.LOG_REQUIRED, FOREVER, facts=facts)
