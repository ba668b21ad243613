"""What the numbers were applied for with, through whom, when, and what their kinds are for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import packs
from callguard.readiness import names
from callguard.readiness.ahead import LASTING
from callguard.readiness.means import scenario
from callguard.readiness.remark import Remark
from callguard.readiness.scenario import Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.packs import Requirement
    from callguard.policy import Caller, CallerKind
    from callguard.readiness.ahead import Ahead
    from callguard.readiness.scenario import Scenario

_SCENARIO = "scenario-statement"
_FILING: Final = next(rule for rule in LASTING if rule.id == "number-filing-30-days")


def numbers(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is wanting of the numbers that are in use."""
    callers = [each for each in ahead.policy.callers if ahead.status(each) != "reclaimed" and each.status != "reclaimed"]
    kinds = {each.number: each for each in packs.requirements().requirements.values() if each.number}
    alone = _alone(ahead)
    yield from _undeclared(ahead, callers)
    for caller in callers:
        yield from _documents(caller, kinds[caller.kind])
        yield from _too_early(ahead, caller)
        yield from _filing(ahead, caller)
        yield from _uses(ahead, caller, kinds[caller.kind], alone)
    log = ahead.policy.call_log
    recorded = [each for each in callers if each.kind in ahead.law.recorded_callers]
    if recorded and log is not None and log.enabled and log.hand_on_url is None and log.hand_on_command is None:
        yield _remark("records-not-handed-on", "log", facts={"n": len(recorded)}, severity="violation")


def _remark(id_: str, what: Any, **more: Any) -> Remark:
    return Remark(kind=packs.inspected().remarks[id_], what=what, **more)


def _undeclared(ahead: Ahead, callers: list[Caller]) -> Iterator[Remark]:
    """Yield of how many numbers something is not said, once for all of them."""
    for id_, found in (
        ("caller-documents-unknown", [each for each in callers if each.documents is None]),
        ("channel-unknown", [each for each in callers if each.channel is None]),
    ):
        if found:
            campaigns = tuple(c.name for c in ahead.policy.campaigns if any(each.key in c.callers for each in found))
            rows = {} if id_ == "channel-unknown" else {"rows": _rows(found)}
            yield _remark(id_, "caller", severity="unknown", facts={"n": len(found)}, campaigns=campaigns, **rows)


def _rows(callers: list[Caller]) -> tuple[int, ...]:
    """Return the rows of the documents that some kinds of numbers are applied for with."""
    kinds = {each.kind for each in callers}
    of = {"400": 36, "virtual": 46}
    return (*sorted(row for kind, row in of.items() if kind in kinds), 50)


def _documents(caller: Caller, requirement: Requirement) -> Iterator[Remark]:
    if caller.documents is None:
        return
    titles = packs.requirements().documents
    said = {*caller.documents, *([_SCENARIO] if caller.scenario else [])}
    missing = [titles[id_] for id_ in requirement.documents if id_ not in said]
    if missing:
        facts = {"documents": names.several(missing)}
        name = names.caller(caller)
        yield _remark("caller-document-missing", "caller", severity="violation", name=name, facts=facts, rows=_rows([caller]))


def _too_early(ahead: Ahead, caller: Caller) -> Iterator[Remark]:
    issued = [each.issued for each in ahead.policy.licences if each.kind == ahead.law.every_call_licence]
    if caller.obtained is not None and issued and caller.obtained < min(issued):
        facts = {"obtained": caller.obtained, "issued": min(issued)}
        yield _remark("number-before-licence", "caller", severity="unknown", name=names.caller(caller), facts=facts)


def _filing(ahead: Ahead, caller: Caller) -> Iterator[Remark]:
    """Yield that a number was filed late, or is still to be; not where denials say from which day on it can call no more."""
    if caller.obtained is None or caller.obtained > ahead.on:
        return
    day = caller.obtained + timedelta(days=ahead.law.filing_days)
    more = {
        "name": names.caller(caller),
        "day": day,
        "campaigns": tuple(each.name for each in ahead.policy.campaigns if caller.key in each.callers),
    }
    if caller.filed is not None and caller.filed <= ahead.on:
        if caller.filed > day:
            facts = {"obtained": caller.obtained, "filed": caller.filed}
            yield _remark("number-filed-late", "caller", severity="note", facts=facts, **more)
    elif ahead.denial(_FILING, caller=caller) is None:
        yield _remark("number-filing", "caller", severity="due", facts={"obtained": caller.obtained}, **more)


def _uses(
    ahead: Ahead, caller: Caller, requirement: Requirement, alone: dict[tuple[CallerKind, str], Scenario]
) -> Iterator[Remark]:
    """Yield for what a kind of number is not usual, of the campaigns that use it."""
    for caution in requirement.cautions:
        found = [
            each
            for each in ahead.policy.campaigns
            if caller.key in each.callers and alone[caller.kind, each.name].answers_any(caution.when)
        ]
        if found:
            yield _remark(
                "number-use",
                "caller",
                severity="note",
                name=names.caller(caller),
                campaigns=tuple(each.name for each in found),
                facts={"caution": dict(caution.text)},
                rows=caution.rows,
                citation=caution.citation or requirement.citation,
            )


def _alone(ahead: Ahead) -> dict[tuple[CallerKind, str], Scenario]:
    """Return, for each kind of number and campaign, what is done by these alone."""
    base = scenario(ahead)
    return {
        (kind, campaign.name): attrs.evolve(
            base,
            uses=(Use(purpose=campaign.purpose, sector=campaign.sector, product=campaign.product),),
            numbers={kind: 1},
            ai=campaign.automated,
        )
        for kind in {each.kind for each in ahead.policy.callers}
        for campaign in ahead.policy.campaigns
    }
