"""What is said of the parts of a plan: spans of days, authorities, conditions, duties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard import packs
from callguard.cli.verdict import province

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.cli.words import Words
    from callguard.readiness import Checked, DutyDate, Owed, Plan, Reckoned, Span, Step


def span(words: Words, between: Span) -> str:
    """Return the earliest and the latest of some days."""
    early, late = day(between.earliest), day(between.latest)
    return early if early == late else words("plan-between", first=early, last=late)


def day(found: Reckoned) -> str:
    """Return a day; `~` before one that rests on a provisional calendar, `>` before one that is later than shown."""
    return f"{'>' if found.beyond else '~' if found.provisional else ''}{found.day}"


def authority(words: Words, step: Step) -> str:
    """Return with whom it is applied for, and where that is."""
    title = step.requirement.authority.title[words.lang]
    return f"{title} ({province(words, step.place)})" if step.place else title


def status(words: Words, step: Step) -> str:
    """Return what is to be done of a step."""
    key = "plan-ready-document" if step.status == "ready" else f"plan-{step.status}"
    return words(key, day=step.until) if step.status == "renew" else words(key)


def taking(words: Words, step: Step) -> str:
    """Return how long a step takes, where that is named."""
    time = step.requirement.time if step.status == "apply" else None
    return "" if time is None else words(f"plan-{time.unit}", least=time.least, most=time.most)


def condition(words: Words, checked: Checked) -> str:
    """Return what must be true."""
    of = checked.condition
    title = of.title[words.lang]
    if of.per_seats:
        return words("plan-quota", usual=of.usual, most=of.most, n=of.per_seats)
    return title if of.least is None else f"{title} ≥ {of.least:,} {_unit(words, of.unit or '')}"


def found(words: Words, checked: Checked) -> str:
    """Return what is true, as far as it was said."""
    value = checked.found
    if isinstance(value, bool) or value is None:
        return words("plan-not-said") if value is None else words("true" if value else "false")
    return f"{value:,}" if checked.condition.unit is None else f"{value:,} {_unit(words, checked.condition.unit)}"


def _unit(words: Words, unit: str) -> str:
    return words("plan-yuan") if unit == "CNY" else unit


def dues(words: Words, owed: Owed) -> str:
    """Return when a duty is due, by the shortest times: once where several fall on one day."""
    return "\n".join(dict.fromkeys(_due(words, each) for each in owed.dates))


def _due(words: Words, date: DutyDate) -> str:
    if date.opens is not None:
        return words("plan-window", first=date.opens[0], last=date.due[0])
    return words("plan-by", day=date.due[0])


def documents(words: Words, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what is to be had ready or applied for, and the documents that are wanted."""
    names = packs.requirements().documents
    for step in plan.steps:
        wanted = _wanted(plan, step)
        if not step.held and wanted:
            yield step.title[words.lang], "; ".join(names[id_][words.lang] for id_ in wanted)


def _wanted(plan: Plan, step: Step) -> tuple[str, ...]:
    """Return the documents of a step; of a licence also those that this enterprise is asked for besides, which stand before it."""
    own = step.requirement.documents
    if step.requirement.kind != "licence" or not own:
        return own
    before = [plan.step(id_).requirement for id_ in step.waits_for]
    return tuple(dict.fromkeys((*own, *(id_ for each in before if each.kind == "document" for id_ in each.documents))))


def cautions(words: Words, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what is to be thought of, and of which step."""
    for step in plan.steps:
        texts = [each.text[words.lang] for each in step.cautions]
        if step.requirement.differs and not step.held and not plan.scenario.regulations:  # else said under its own title
            texts.append(step.requirement.differs[words.lang])
        yield from ((step.title[words.lang], text) for text in texts)
