"""What the rules deny, now or soon: of the enterprise and its campaigns, of its numbers, and of both together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard import packs
from callguard.model import Reason
from callguard.readiness import names
from callguard.readiness.ahead import LASTING, NOBODY, Denial
from callguard.readiness.reach import PLACED, PLACES, PROVINCES, Reach
from callguard.readiness.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.policy import Caller, Campaign
    from callguard.readiness.ahead import Ahead
    from callguard.readiness.remark import Severity
    from callguard.rules.rule import Rule

_OF_CAMPAIGNS: Final = tuple(rule for rule in LASTING if rule.reads <= {"enterprise", "campaign"})
_OF_CALLERS: Final = tuple(rule for rule in LASTING if rule.reads & {"caller", "kind"} and not rule.reads & {"campaign", "place"})
_OF_PAIRS: Final = tuple(rule for rule in LASTING if {"campaign", "caller"} <= rule.reads)
_FILING: Final = "number-filing-30-days"


def denials(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is denied on the days that are looked at."""
    yield from _enterprise(ahead)
    for caller in ahead.policy.callers:
        yield from _caller(ahead, caller)
    for campaign in ahead.policy.campaigns:
        yield from _pairs(ahead, campaign)
        yield from _nowhere(ahead, campaign)
        yield from _reach(ahead, campaign)


def _enterprise(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is denied whatever the number: once for all campaigns for which it is the same."""
    found: dict[Denial, list[str]] = {}
    for campaign in ahead.policy.campaigns or (NOBODY,):
        for rule in _OF_CAMPAIGNS:
            denial = ahead.denial(rule, campaign)
            if denial is not None:
                found.setdefault(denial, []).append(campaign.name)
    for denial, campaigns in found.items():
        of_all = not next(rule for rule in LASTING if rule.id == denial.rule).reads - {"enterprise"}
        named = tuple(name for name in campaigns if name)
        yield Remark(
            kind=packs.inspected().remarks[denial.rule],
            severity=_severity(denial),
            what="enterprise" if of_all else "campaign",
            name="" if of_all else ", ".join(named),
            campaigns=named,
            day=denial.since,
            resumes=denial.resumes,
            reason=denial.reason,
            facts=denial.facts,
        )


def _severity(denial: Denial) -> Severity:
    return "stops-calls" if denial.since is None else "will-stop"


def _caller(ahead: Ahead, caller: Caller) -> Iterator[Remark]:
    """Yield what is denied whatever the campaign; a number that the policy itself calls suspended or reclaimed is only noted."""
    campaigns = tuple(each.name for each in ahead.policy.campaigns if caller.key in each.callers)
    for rule in _OF_CALLERS:
        denial = ahead.denial(rule, caller=caller)
        if denial is None:
            continue
        said = caller.status != "active" and denial.rule == "number-reclaimed"
        yield Remark(
            kind=packs.inspected().remarks[denial.rule],
            severity="note" if said or caller.status != "active" else _severity(denial),
            what="caller",
            name=names.caller(caller),
            campaigns=campaigns,
            day=denial.since,
            resumes=denial.resumes,
            reason=denial.reason,
            facts=denial.facts,
        )


def _pairs(ahead: Ahead, campaign: Campaign) -> Iterator[Remark]:
    """Yield which of a campaign's numbers are not for its purpose: a note, as others may serve it."""
    for rule in _OF_PAIRS:
        found = [
            (caller, denial)
            for caller in ahead.policy.callers
            if caller.key in campaign.callers and (denial := ahead.denial(rule, campaign, caller)) is not None
        ]
        for caller, denial in found:
            yield Remark(
                kind=packs.inspected().remarks[denial.rule],
                severity="note",
                what="caller",
                name=names.caller(caller),
                campaigns=(campaign.name,),
                day=denial.since,
                resumes=denial.resumes,
                reason=denial.reason,
                facts=denial.facts,
            )


def _stopped(ahead: Ahead, campaign: Campaign, caller: Caller) -> dict[str, list[Rule]]:
    """Return which rules that look at the place deny a number's calls to each province, on the first day."""
    return {
        code: [rule for rule in PLACED if ahead.steps(rule, campaign, caller, place)[0][1] is not None]
        for code, place in PROVINCES.items()
    }


def _nowhere(ahead: Ahead, campaign: Campaign) -> Iterator[Remark]:
    """Yield of each number by which rules it may call no province at all, whatever else serves the campaign."""
    for caller in ahead.policy.callers:
        if caller.key not in campaign.callers or caller.status != "active":
            continue
        stopped = _stopped(ahead, campaign, caller)
        if not all(stopped.values()):
            continue
        for rule in PLACED:
            where = next((code for code, rules in stopped.items() if rule in rules), None)
            denial = None if where is None else ahead.denial(rule, campaign, caller, PROVINCES[where])
            if denial is not None:
                yield Remark(
                    kind=packs.inspected().remarks[rule.id],
                    severity="stops-calls",
                    what="caller",
                    name=names.caller(caller),
                    campaigns=(campaign.name,),
                    resumes=denial.resumes,
                    reason=denial.reason,
                    facts=denial.facts,
                )


def _reach(ahead: Ahead, campaign: Campaign) -> Iterator[Remark]:
    """Yield that a campaign can call nobody, or fewer than there are, or fewer from a day on."""
    steps = list(Reach(ahead, campaign).days())
    first = steps[0][1]
    yield from _limited(ahead, campaign, first)
    unserved = next((i for i, (_, served, _) in enumerate(steps) if not served), None)
    if unserved is not None:
        at, _, reasons = steps[unserved]
        later = next((ahead.day(at) for at, served, _ in steps[unserved:] if served), None)
        yield Remark(
            kind=packs.inspected().remarks["campaign-unserved"],
            severity="will-stop" if unserved else "stops-calls",
            what="campaign",
            name=campaign.name,
            campaigns=(campaign.name,),
            day=ahead.day(at) if unserved else None,
            resumes=later,
            facts={"reasons": names.reasons(reasons or (Reason.CALLER_UNKNOWN,))},
        )
    fewer = next(((at, served) for at, served, _ in steps if served and first - served), None)
    if fewer is not None:
        gone = [code for code in PLACES if code in first - fewer[1]]
        yield Remark(
            kind=packs.inspected().remarks["reach-shrinks"],
            severity="will-stop",
            what="campaign",
            name=campaign.name,
            campaigns=(campaign.name,),
            day=ahead.day(fewer[0]),
            facts={"names": names.several(map(_place, gone)), "places": gone},
        )


def _place(code: str) -> dict[str, str]:
    """Return what a place is called; the one that stands for all that are abroad, so."""
    return {"en": "other countries", "zh": "其他国家或地区"} if code == "US" else names.region(code)


def _limited(ahead: Ahead, campaign: Campaign, served: frozenset[str]) -> Iterator[Remark]:
    """Yield that some provinces cannot be called, and how the rules that say so are met."""
    wanted = {code for code in PROVINCES if code not in campaign.blocked_regions}
    here = [code for code in PROVINCES if code in served]
    if served and wanted - served:
        all_of_them = [_stopped(ahead, campaign, caller) for caller in ahead.policy.callers if caller.key in campaign.callers]
        limiting = {rule.id: None for stopped in all_of_them for code in wanted - served for rule in stopped[code]}
        kinds = [packs.inspected().remarks[id_] for id_ in limiting]
        yield Remark(
            kind=packs.inspected().remarks["reach-limited"],
            severity="note",
            what="campaign",
            name=campaign.name,
            campaigns=(campaign.name,),
            facts={
                "served": len(here),
                "names": names.several(names.region(code) for code in here),
                "places": here,
                "rules": list(limiting),
                "mend": {lang: " ".join(kind.mend[lang] for kind in kinds) for lang in ("en", "zh")},
            },
            rows=tuple(sorted({row for kind in kinds for row in kind.rows})),
        )
