"""The defaults that depend on other values, filled in; only a draft without a mistake comes here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from callguard import packs, phone
from callguard.policy.callers import keys, kinds
from callguard.policy.check import ENTERPRISE, MAINLAND
from callguard.policy.model import OPT_OUT
from callguard.policy.opt_outs import over

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from callguard.policy.model import Caller, Campaign, Enterprise, OptOut, State
    from callguard.policy.tables import Draft


def resolve(draft: Draft, base: Path) -> dict[str, Any]:
    """Return the attributes of a Policy; paths are joined to the folder `base`."""
    enterprise = _enterprise(draft.enterprise, base)
    opt_out = over(draft.opt_out, OPT_OUT)
    found = keys(draft)
    scopes = (ENTERPRISE, *enterprise.scopes, *(campaign.name for campaign in draft.campaigns))
    lists = frozenset(source.name for source in draft.lists)
    return {
        "enterprise": enterprise,
        "state": draft.state and _state(draft.state, base),
        "call_log": draft.call_log and attrs.evolve(draft.call_log, key_file=_joined(base, draft.call_log.key_file)),
        "permits": draft.permits and attrs.evolve(draft.permits, key_file=_joined(base, draft.permits.key_file)),
        "opt_out": opt_out,
        "candidate": draft.candidate and base / draft.candidate.policy,
        "hcode_file": _joined(base, draft.places.hcode_file),
        "calendar_overrides": _joined(base, draft.calendar.overrides),
        "school_vacations": draft.calendar.school_vacations,
        "licences": draft.licences,
        "filings": draft.filings,
        "changes": draft.changes,
        "callers": tuple(_caller(caller, key) for caller, key in zip(draft.callers, found, strict=True)),
        "lists": tuple(attrs.evolve(source, path=base / source.path) for source in draft.lists),
        "campaigns": tuple(
            _campaign(_told(campaign, opt_out, base), enterprise.region, found, scopes, lists) for campaign in draft.campaigns
        ),
        "rules": draft.rules,
    }


def _joined(base: Path, path: Path | None) -> Path | None:
    return None if path is None else base / path


def _state(state: State, base: Path) -> State:
    return attrs.evolve(state, path=base / (state.path or "state"))


def _enterprise(enterprise: Enterprise, base: Path) -> Enterprise:
    zones = phone.country_zones(enterprise.region)
    named = (("cn",) if enterprise.region == MAINLAND else ()) if enterprise.packs is None else enterprise.packs
    return attrs.evolve(
        enterprise,
        timezone=enterprise.timezone or next(iter(zones)),
        packs=tuple(str(base / name) if packs.is_file(name) else name for name in named),
    )


def _caller(caller: Caller, key: str) -> Caller:
    return attrs.evolve(caller, key=key, kind=caller.kind or kinds(key)[0], province=caller.province or phone.caller_province(key))


def _told(campaign: Campaign, opt_out: OptOut, base: Path) -> Campaign:
    scripts = tuple(base / script for script in campaign.scripts)
    return attrs.evolve(campaign, opt_out=over(campaign.opt_out, opt_out), scripts=scripts)


def _campaign(campaign: Campaign, region: str, found: Iterable[str], every: Iterable[str], lists: frozenset[str]) -> Campaign:
    callers, scopes = frozenset(found), frozenset(every)
    honours = scopes | lists if campaign.honours is None else frozenset(campaign.honours)
    tutoring = campaign.academic_tutoring
    return attrs.evolve(
        campaign,
        academic_tutoring=campaign.sector == "education" if tutoring is None else tutoring,
        callers=callers
        if campaign.callers is None
        else frozenset(key for number in campaign.callers if (key := phone.caller_key(number, region))),
        honours_scopes=honours & scopes,
        honours_lists=honours & lists,
        blocked_regions=frozenset(campaign.blocked_regions),
    )
