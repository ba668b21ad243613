"""Who calls: the enterprise itself, and the licences it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard.model import FOREVER, Reason
from callguard.rules import dates
from callguard.rules.rule import Answer, Deny, Pass, Rule, law, skip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from callguard.policy.model import Licence
    from callguard.rules.rule import Call

_ELSEWHERE = "not the law of the enterprise's place"


@law("enterprise-blacklisted", Reason.ENTERPRISE_BLOCKED, reads=("enterprise",))
def enterprise_blacklisted(call: Call) -> Answer:
    """Deny every call of an enterprise that is blacklisted or told to stop."""
    facts = {"blocked": call.enterprise.blocked}
    return Deny(Reason.ENTERPRISE_BLOCKED, FOREVER, facts=facts) if call.enterprise.blocked else Pass(FOREVER, facts=facts)


def _missing(call: Call, kind: str) -> Answer:
    found = dates.held(call, kind)
    facts = {"licence": kind, "held": len(found)}
    return Pass(FOREVER, facts=facts) if found else Deny(Reason.LICENCE_MISSING, FOREVER, facts=facts)


def _facts(call: Call, kind: str, found: Sequence[Licence]) -> dict[str, Any]:
    return {"licence": kind, "today": str(call.today), "held": [dates.shown(call, licence) for licence in found]}


def _expired(call: Call, kind: str) -> Answer:
    found = dates.held(call, kind)
    if not found:
        return skip(licence=kind, held=0)
    holds, until = dates.by_day(call, dates.edges(call, found), lambda day: bool(dates.valid(call, found, day)))
    facts = _facts(call, kind, found)
    return Pass(until, facts=facts) if holds else Deny(Reason.LICENCE_EXPIRED, until, facts=facts)


@law("call-center-licence", Reason.LICENCE_MISSING, reads=("enterprise",))
def call_center_licence(call: Call) -> Answer:
    """Deny every call of an enterprise that holds no call-centre licence at all."""
    return _missing(call, call.pack.every_call_licence) if call.own_law else skip(why=_ELSEWHERE)


@law("icp-licence", Reason.LICENCE_MISSING, reads=("enterprise", "campaign"))
def icp_licence(call: Call) -> Answer:
    """Deny a call started online where no ICP licence is held at all."""
    if not call.own_law or not call.campaign.online:
        return skip(online=call.campaign.online)
    return _missing(call, call.pack.online_licence)


@law("call-center-licence-validity", Reason.LICENCE_EXPIRED, reads=("enterprise",))
def call_center_licence_validity(call: Call) -> Answer:
    """Deny while none of the call-centre licences held is valid."""
    return _expired(call, call.pack.every_call_licence) if call.own_law else skip(why=_ELSEWHERE)


@law("licence-before-operation", Reason.LICENCE_EXPIRED, reads=("enterprise", "campaign"))
def licence_before_operation(call: Call) -> Answer:
    """Deny a call started online while none of the ICP licences held is valid."""
    if not call.own_law or not call.campaign.online:
        return skip(online=call.campaign.online)
    return _expired(call, call.pack.online_licence)


@law("local-licence-province-scope", Reason.LICENCE_SCOPE, reads=("enterprise", "place"))
def local_licence_province_scope(call: Call) -> Answer:
    """Deny while none of the valid call-centre licences covers the callee's province, or it is unknown."""
    if not call.own_law:
        return skip(why=_ELSEWHERE)
    found = dates.held(call, call.pack.every_call_licence)

    def covered(day: date) -> bool | None:
        valid = dates.valid(call, found, day)
        if not valid:
            return None
        if any(not licence.provinces for licence in valid):
            return True
        provinces = call.place.provinces
        return bool(provinces) and call.in_mainland and provinces <= {p for licence in valid for p in licence.provinces}

    covers, until = dates.by_day(call, dates.edges(call, found), covered)
    if covers is False:  # only a day on which a licence covers the province is worth waiting for
        until = dates.by_day(call, dates.edges(call, found), lambda day: covered(day) is True)[1]
    facts: dict[str, Any] = {"provinces": sorted(call.place.provinces), "mainland": call.in_mainland}
    facts["licences"] = [dates.shown(call, licence) for licence in dates.valid(call, found, call.today)]
    if covers is None:
        return skip(until, **facts)
    return Pass(until, facts=facts) if covers else Deny(Reason.LICENCE_SCOPE, until, facts=facts)


def _sector(id_: str) -> Rule:
    @law(id_, Reason.SECTOR_LICENCE_MISSING, reads=("enterprise", "campaign"))
    def sector_licence(call: Call) -> Answer:
        """Deny a campaign of the sector while the sector's own licence is missing or not valid."""
        need = call.pack.sector_licences[id_]
        campaign = call.campaign
        if not call.own_law or campaign.sector != need.sector or campaign.product != need.product:
            return skip(sector=campaign.sector, product=campaign.product)
        found = dates.held(call, need.licence)
        holds, until = dates.by_day(call, dates.edges(call, found), lambda day: bool(dates.valid(call, found, day)))
        facts = _facts(call, need.licence, found)
        return Pass(until, facts=facts) if holds else Deny(Reason.SECTOR_LICENCE_MISSING, until, facts=facts)

    return sector_licence


finance_sector_licence = _sector("finance-sector-licence")
education_licence = _sector("education-licence")
medical_institution_licence = _sector("medical-institution-licence")
medical_device_licence = _sector("medical-device-licence")
drug_licence = _sector("drug-licence")
