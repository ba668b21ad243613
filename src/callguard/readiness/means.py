"""What the enterprise is and has at hand: conditions of its licences and numbers, documents, filings, and what is in excess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from callguard import packs
from callguard.readiness import names
from callguard.readiness.conditions import check
from callguard.readiness.policies import told
from callguard.readiness.remark import Remark
from callguard.readiness.scenario import Scenario, Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from callguard.packs import Requirement
    from callguard.readiness.ahead import Ahead
    from callguard.readiness.plan import Checked

_KEYS: Final = {"fixed_numbers": "seats"}  # facts that the policy has under another name
_CENTRES: Final = ("call-centre-national", "call-centre-provincial")


def scenario(ahead: Ahead, **given: Any) -> Scenario:
    """Return what a policy says of itself on the first day; where it holds no call-centre licence, as if all were called."""
    said = told(ahead.policy, on=ahead.on, statuses=ahead.statuses) | given
    if not said["national"] and not said["provinces"]:
        said["national"] = True
    return Scenario(**said | {"uses": said["uses"] or (Use(purpose="service"),)})


def means(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is wanting, not known, and more than is needed."""
    found = scenario(ahead)
    law = packs.requirements()
    needed = {id_: each for id_, each in law.requirements.items() if found.answers_any(each.when)}
    if not any(each.kind == ahead.law.every_call_licence for each in ahead.policy.licences):
        needed = {id_: each for id_, each in needed.items() if id_ not in _CENTRES}
    yield from _conditions(found, needed)
    yield from _documents(ahead, needed)
    yield from _filings(ahead, found, needed)
    for id_ in found.held:
        each = law.requirements[id_]
        if id_ not in needed and each.not_needed is not None and id_ not in _CENTRES:
            facts = {"requirement": dict(each.title), "why": dict(each.not_needed)}
            yield Remark(kind=packs.inspected().remarks["not-needed"], severity="note", what="licence", name=id_, facts=facts)
    for each in needed.values():
        for caution in each.cautions:
            if each.kind != "number" and found.answers_any(caution.when):
                facts = {"requirement": dict(each.title), "caution": dict(caution.text)}
                kind = packs.inspected().remarks["caution"]
                yield Remark(kind=kind, severity="note", what="licence", name=each.id, facts=facts, rows=caution.rows)


def _conditions(found: Scenario, needed: Mapping[str, Requirement]) -> Iterator[Remark]:
    """Yield each condition that is not met, or not known to be, once whatever it is a condition of."""
    seen = set()
    for requirement in needed.values():
        for condition in requirement.conditions:
            checked = check(found, condition)
            if checked.status == "met" or condition.id in seen:
                continue
            seen.add(condition.id)
            firm = checked.status == "not-met"
            yield Remark(
                kind=packs.inspected().remarks["condition-not-met" if firm else "condition-unknown"],
                severity="violation" if firm else "unknown",
                what="enterprise",
                name=condition.id,
                facts={
                    "condition": dict(condition.title),
                    "requirement": dict(requirement.title),
                    "found": _found(checked),
                    "wanted": _wanted(found, checked),
                    "key": _KEYS.get(condition.fact, condition.fact),
                },
                rows=packs.inspected().condition_rows[condition.id],
                title=condition.title,
                citation=condition.citation,
            )


def _found(checked: Checked) -> dict[str, str]:
    value = checked.found
    if value is None:
        return {"en": "not declared", "zh": "未写明"}
    if isinstance(value, bool):
        return {"en": "yes" if value else "no", "zh": "是" if value else "否"}
    return names.both(f"{value:,}")


def _wanted(found: Scenario, checked: Checked) -> dict[str, str]:
    condition = checked.condition
    if condition.per_seats:
        assert condition.usual is not None
        assert condition.most is not None
        if found.seats is None:
            return {
                "en": f"{condition.usual} to {condition.most} for every {condition.per_seats} seats",
                "zh": f"每 {condition.per_seats} 名客服 {condition.usual}-{condition.most} 个",
            }
        usual, most = (found.seats * each // condition.per_seats for each in (condition.usual, condition.most))
        return {"en": f"{usual} for {found.seats} seats, {most} at most", "zh": f"{found.seats} 名客服 {usual} 个, 至多 {most} 个"}
    if condition.least is None:
        return {"en": "yes", "zh": "是"}
    unit = {"en": "yuan", "zh": "元"} if condition.unit == "CNY" else names.both(condition.unit or "")
    return {lang: f"≥ {condition.least:,} {text}" for lang, text in unit.items()}


def _documents(ahead: Ahead, needed: Mapping[str, Requirement]) -> Iterator[Remark]:
    """Yield the enterprise's own documents that are not at hand, or that it is not said whether they are."""
    remarks, titles = packs.inspected().remarks, packs.requirements().documents
    papers = {id_: each for id_, each in needed.items() if each.kind == "document"}
    at_hand = ahead.policy.enterprise.documents
    if at_hand is None:
        wanted = names.several(titles[id_] for each in papers.values() for id_ in each.documents)
        rows = tuple(sorted({row for each in papers.values() for row in each.rows}))
        yield Remark(
            kind=remarks["documents-unknown"], severity="unknown", what="enterprise", facts={"documents": wanted}, rows=rows
        )
        return
    for requirement in papers.values():
        missing = [titles[id_] for id_ in requirement.documents if id_ not in at_hand]
        if missing:
            facts = {"requirement": dict(requirement.title), "documents": names.several(missing)}
            yield Remark(
                kind=remarks["document-missing"],
                severity="violation",
                what="enterprise",
                name=requirement.id,
                facts=facts,
                rows=requirement.rows,
                citation=requirement.citation,
            )


def _filings(ahead: Ahead, found: Scenario, needed: Mapping[str, Requirement]) -> Iterator[Remark]:
    """Yield the filings that apply and are not declared, of those for want of which no rule denies."""
    at_hand = ahead.policy.enterprise.documents or ()
    for id_, requirement in needed.items():
        held = requirement.held_by
        if requirement.rule is not None or held is None or held.filing is None or id_ in found.held:
            continue
        if requirement.kind == "document" and at_hand and all(each in at_hand for each in requirement.documents):
            continue
        yield Remark(
            kind=packs.inspected().remarks["filing-unknown"],
            severity="unknown",
            what="filing",
            name=held.filing,
            facts={"filing": dict(requirement.title), "kind": held.filing},
            rows=requirement.rows,
            citation=requirement.citation,
        )
