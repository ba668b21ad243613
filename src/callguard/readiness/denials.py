"""What the rules deny, now or soon: of the enterprise and its campaigns, of its numbers, and of both together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard import packs
from callguard.readiness import names, reached
from callguard.readiness.ahead import LASTING, NOBODY, Denial
from callguard.readiness.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.policy import Caller, Campaign
    from callguard.readiness.ahead import Ahead
    from callguard.readiness.remark import Severity

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
        yield from reached.campaign(ahead, campaign)
    yield from reached.numbers(ahead)


def _enterprise(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is denied whatever the number: once for all campaigns for which it is the same."""
    found: dict[tuple[Denial, bool], list[str]] = {}
    for campaign in ahead.policy.campaigns or (NOBODY,):
        for rule in _OF_CAMPAIGNS:
            denial = ahead.denial(rule, campaign)
            if denial is not None:
                found.setdefault((denial, campaign.enforce), []).append(campaign.name)
    for (denial, enforced), campaigns in found.items():
        of_all = not next(rule for rule in LASTING if rule.id == denial.rule).reads - {"enterprise"}
        named = tuple(name for name in campaigns if name)
        yield Remark(
            kind=packs.inspected().remarks[denial.rule],
            severity=_severity(denial, enforced=enforced),
            what="enterprise" if of_all else "campaign",
            name="" if of_all else ", ".join(named),
            campaigns=named,
            day=denial.since,
            resumes=denial.resumes,
            reason=denial.reason,
            facts=denial.facts,
        )


def _severity(denial: Denial, *, enforced: bool) -> Severity:
    """Return how bad a denial is: what a campaign does not enforce stops none of its calls."""
    if not enforced:
        return "violation"
    return "stops-calls" if denial.since is None else "will-stop"


def _caller(ahead: Ahead, caller: Caller) -> Iterator[Remark]:
    """Yield what is denied whatever the campaign; a number that the policy itself calls suspended or reclaimed is only noted."""
    using = [each for each in ahead.policy.campaigns if caller.key in each.callers]
    enforced = not using or any(each.enforce for each in using)
    for rule in _OF_CALLERS:
        denial = ahead.denial(rule, caller=caller)
        if denial is None:
            continue
        said = caller.status != "active" and denial.rule == "number-reclaimed"
        yield Remark(
            kind=packs.inspected().remarks[denial.rule],
            severity="note" if said or caller.status != "active" else _severity(denial, enforced=enforced),
            what="caller",
            name=names.caller(caller),
            campaigns=tuple(each.name for each in using),
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
