"""A plan as JSON has it: ids and dates for machines, titles and sentences in a language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from callguard.packs import Difference
    from callguard.readiness.days import Reckoned, Span
    from callguard.readiness.otherwise import Otherwise
    from callguard.readiness.plan import Checked, NotNeeded, Owed, Plan, Step


def as_json(plan: Plan, lang: str) -> dict[str, Any]:
    """Return a plan; `lang` is `en` or `zh`."""
    made = {
        "on": plan.on.isoformat(),
        "first_call": span(plan.first_call) | {"number": plan.first_number},
        "complete": span(plan.complete),
        "steps": [_step(step, lang) for step in plan.steps],
        "open_conditions": [{"step": step.id} | _condition(each, lang) for step, each in plan.open_conditions],
        "not_needed": [_not_needed(each, lang) for each in plan.not_needed],
        "gaps": list(plan.gaps),
        "duties": [_owed(each, lang) for each in plan.duties],
        "notes": [note.message_in(lang) for note in plan.notes],
    }
    if plan.scenario.regulations:
        made["regulations"] = [otherwise(each, lang) for each in plan.differences]
    return made


def otherwise(found: Otherwise, lang: str) -> dict[str, Any]:
    """Return what regulation says otherwise."""
    answers = [
        {"of": each.of, "title": each.title[lang], "article": each.article[lang], "regulation": each.regulation[lang]}
        for each in found.answers
    ]
    return difference(found.difference, lang) | {"answers": answers}


def difference(found: Difference, lang: str) -> dict[str, Any]:
    """Return one difference of regulation."""
    return {
        "id": found.id,
        "title": found.title[lang],
        "article": found.article[lang],
        "regulation": found.regulation[lang],
        "do": found.do[lang],
        "status": found.status,
        "from": None if found.first is None else found.first.isoformat(),
        "sure": found.sure,
        "touches": list(found.touches),
        "rows": list(found.rows),
        "sources": [{"title": each.title, "url": each.url, "sort": each.sort} for each in found.sources],
    }


def span(found: Span) -> dict[str, Any]:
    """Return a span of days."""
    return {"earliest": _reckoned(found.earliest), "latest": _reckoned(found.latest)}


def _reckoned(found: Reckoned) -> dict[str, Any]:
    return {"not_before": found.day.isoformat(), "provisional": found.provisional, "beyond_calendar": found.beyond}


def _step(step: Step, lang: str) -> dict[str, Any]:
    requirement, time = step.requirement, step.requirement.time
    return {
        "id": step.id,
        "kind": requirement.kind,
        "title": step.title[lang],
        "status": step.status,
        "held_by": step.held_by or (step.id if step.held else None),
        "valid_until": None if step.until is None else step.until.isoformat(),
        "authority": {"id": requirement.authority.id, "title": requirement.authority.title[lang], "province": step.place},
        "count": step.count,
        "waits_for": list(step.waits_for),
        "starts": span(step.starts),
        "ends": span(step.ends),
        "time": time and {"least": time.least, "most": time.most, "unit": time.unit, "citation": time.citation[lang]},
        "documents": list(requirement.documents),
        "conditions": [_condition(each, lang) for each in step.conditions],
        "cautions": [each.text[lang] for each in step.cautions],
        "differs": requirement.differs and requirement.differs[lang],
        "rule": requirement.rule,
        "citation": requirement.citation[lang],
        "rows": list(requirement.rows),
    }


def _condition(checked: Checked, lang: str) -> dict[str, Any]:
    condition = checked.condition
    return {
        "id": condition.id,
        "fact": condition.fact,
        "title": condition.title[lang],
        "status": checked.status,
        "found": checked.found,
        "least": condition.least,
        "unit": condition.unit,
        "per_seats": condition.per_seats,
        "usual": condition.usual,
        "most": condition.most,
        "citation": condition.citation[lang],
    }


def _not_needed(found: NotNeeded, lang: str) -> dict[str, Any]:
    requirement = found.requirement
    return {"id": requirement.id, "title": requirement.title[lang], "why": found.why[lang], "surplus": found.surplus}


def _owed(found: Owed, lang: str) -> dict[str, Any]:
    duty = found.duty
    return {
        "id": duty.id,
        "title": duty.title[lang],
        "text": duty.text[lang],
        "rule": duty.rule,
        "citation": duty.citation[lang],
        "rows": list(duty.rows),
        "dates": [
            {"of": each.of, "opens": None if each.opens is None else _days(each.opens), "due": _days(each.due)}
            for each in found.dates
        ],
    }


def _days(found: tuple[date, date]) -> dict[str, str]:
    return {"earliest": found[0].isoformat(), "latest": found[1].isoformat()}
