"""What regulation says otherwise than a plan: beside the article's answer the one that it would give, which changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import attrs

from callguard import packs
from callguard.readiness.names import both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from callguard.packs import Difference
    from callguard.readiness.days import Reckoned, Span
    from callguard.readiness.plan import Checked, Plan
    from callguard.readiness.scenario import Scenario

    Again = Callable[[frozenset[str]], Plan]

ASKED: Final = {"en": "asked for", "zh": "须取得"}
NOT_ASKED: Final = {"en": "not asked for", "zh": "不要求"}
_OPEN: Final = {
    "not-met": {"en": "not met", "zh": "不满足"},
    "unknown": {"en": "not known", "zh": "未知"},
    "doubtful": {"en": "left open", "zh": "不确定"},
}


@attrs.frozen(kw_only=True, eq=False)
class Answer:
    """One answer that regulation would change: `of` what, what the article's is, and regulation's."""

    of: str
    title: Mapping[str, str]
    article: Mapping[str, str]
    regulation: Mapping[str, str]


@attrs.frozen(kw_only=True, eq=False)
class Otherwise:
    """A difference that applies, with the answers that it would change, where they can be reckoned."""

    difference: Difference
    answers: tuple[Answer, ...]


def applies(scenario: Scenario, difference: Difference, on: date) -> bool:
    """Return whether a difference holds on a day and is about a scenario; an institution that is not said may be any."""
    return difference.holds(on) and (not difference.when or any(_answers(scenario, clause) for clause in difference.when))


def _answers(scenario: Scenario, clause: Mapping[str, bool | str]) -> bool:
    rest = {key: value for key, value in clause.items() if key != "institution"}
    return scenario.institution in (None, clause.get("institution", scenario.institution)) and scenario.answers(rest)


def otherwise(plan: Plan, again: Again) -> tuple[Otherwise, ...]:
    """Return what regulation says otherwise than a plan; `again(ids)` plans without some requirements."""
    found = []
    for each in packs.regulations().differences.values():
        if applies(plan.scenario, each, plan.on):
            answers = tuple(_changed(plan, each, again))
            if answers or not (each.drops or each.lifts or each.decided_days):
                found.append(Otherwise(difference=each, answers=answers))
    return tuple(found)


def _changed(plan: Plan, difference: Difference, again: Again) -> Iterator[Answer]:
    yield from _dropped(plan, difference, again)
    for step, checked in plan.open_conditions:
        if checked.condition.id in difference.lifts:
            title = {lang: f"{step.title[lang]}, {text}" for lang, text in _condition(checked).items()}
            yield Answer(of=checked.condition.id, title=title, article=_OPEN[checked.status], regulation=NOT_ASKED)
    if difference.decided_days:
        yield from _decided(plan, difference, timedelta(days=difference.decided_days))
    if difference.renew_days or difference.yearly:
        yield from _due(plan, difference)
    if difference.hours is not None:
        law, duty = packs.load().marketing_window, packs.requirements().duties["marketing-hours"]
        hours = [both(f"{each.start:%H:%M}-{each.end:%H:%M}") for each in (law, difference.hours)]
        yield Answer(of=duty.id, title=duty.title, article=hours[0], regulation=hours[1])


def _dropped(plan: Plan, difference: Difference, again: Again) -> Iterator[Answer]:
    dropped = [step for step in plan.steps if step.id in difference.drops and not step.held]
    if not dropped:
        return
    for step in dropped:
        yield Answer(of=step.id, title=step.title, article=ASKED, regulation=_perhaps(difference, NOT_ASKED))
    other = again(frozenset(step.id for step in dropped))
    calls = {"en": "first call not before", "zh": "首次呼叫不早于"}, {"en": "all numbers not before", "zh": "全部号码到位不早于"}
    spans = (plan.first_call, other.first_call), (plan.complete, other.complete)
    for of, title, (ours, theirs) in zip(("first-call", "complete"), calls, spans, strict=True):
        if _days(ours) != _days(theirs):
            yield Answer(of=of, title=title, article=_span(ours), regulation=_perhaps(difference, _span(theirs)))


def _perhaps(difference: Difference, answer: Mapping[str, str]) -> Mapping[str, str]:
    """Return an answer, which is no certain one where nobody opened a text."""
    if difference.sure != "memory":
        return answer
    return {"en": f"perhaps {answer['en']}", "zh": f"或为{answer['zh']}"}


def _decided(plan: Plan, difference: Difference, span: timedelta) -> Iterator[Answer]:
    """Yield the day by which an authority decides, where that is before the longest time is over."""
    for step in plan.steps:
        if step.id in difference.touched("requirement") and step.status == "apply" and step.requirement.time:
            day = step.starts.latest.day + span
            if day < step.ends.latest.day:
                yield Answer(of=step.id, title=step.title, article=_span(step.ends), regulation=by(day))


def _due(plan: Plan, difference: Difference) -> Iterator[Answer]:
    """Yield when a duty is due, by the shortest times."""
    for owed in plan.duties:
        if owed.duty.id not in difference.touched("duty"):
            continue
        for each in owed.dates:
            due, title = each.due[0], plan.step(each.of).title
            if difference.renew_days:
                opens = each.opens[0] if each.opens else due
                latest = due - timedelta(days=difference.renew_days)
                yield Answer(of=each.of, title=title, article=between(opens, due), regulation=by(latest))
            else:
                usual = {"en": "every year, no day named", "zh": "每年, 未写日期"}
                yield Answer(of=each.of, title=title, article=usual, regulation=reported(due))


def by(day: date) -> dict[str, str]:
    """Write until when something is done."""
    return {"en": f"by {day} at the latest", "zh": f"不晚于 {day}"}


def between(first: date, last: date) -> dict[str, str]:
    """Write between which days something is done."""
    return {"en": f"{first} to {last}", "zh": f"{first} 至 {last}"}


def reported(due: date) -> dict[str, str]:
    """Write when reports are taken that are due on a day, and late ones."""
    late = date(due.year, *packs.inspected().report_grace_until)
    whole = between(date(due.year, 1, 1), due)
    return {"en": f"{whole['en']}, late ones until {late}", "zh": f"{whole['zh']}, 补报至 {late}"}


def _condition(checked: Checked) -> dict[str, str]:
    condition = checked.condition
    if condition.least is None:
        return dict(condition.title)
    units = {"en": "yuan", "zh": "元"} if condition.unit == "CNY" else both(condition.unit or "")
    return {lang: f"{text} ≥ {condition.least:,} {units[lang]}" for lang, text in condition.title.items()}


def _days(span: Span) -> tuple[date, date]:
    return span.earliest.day, span.latest.day


def _span(span: Span) -> dict[str, str]:
    early, late = _day(span.earliest), _day(span.latest)
    return both(early) if early == late else {"en": f"{early} to {late}", "zh": f"{early} 至 {late}"}


def _day(found: Reckoned) -> str:
    """Write a day with the marks of a plan: `~` provisional, `>` later than shown."""
    return f"{'>' if found.beyond else '~' if found.provisional else ''}{found.day}"
