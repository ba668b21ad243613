"""A plan as a page to be read, and its days for calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.cli import plan_said, regulations_shown
from callguard.reports.calendar import Event
from callguard.reports.page import Bar, Items, Page, Section, Span, Table, Timeline, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.cli.words import Words
    from callguard.packs import Duty
    from callguard.readiness import Plan, Step
    from callguard.reports.page import Block, Text, Tone

_CONDITIONS: Final[dict[str, Tone]] = {"not-met": "bad", "unknown": "warn", "doubtful": "warn"}
_STATUSES: Final[dict[str, Tone]] = {"held": "good", "renew": "warn", "ready": "", "apply": "strong"}
_ALARMS: Final = (30, 7)


def page(words: Words, plan: Plan, *, made: str) -> Page:
    """Return a plan's page; `made` says by what and when it was made."""
    return Page(
        title=words("report-plan"),
        lang="zh" if words.lang == "zh" else "en",
        lead=tuple(_lead(words, plan)),
        sections=tuple(_sections(words, plan)),
        foot=text(made),
    )


def _lead(words: Words, plan: Plan) -> Iterator[Text]:
    first = plan.step(plan.first_number).title[words.lang] if plan.first_number else words("plan-no-number")
    yield text((words("plan-first", span=plan_said.span(words, plan.first_call)), "strong"), f" ({first})")
    if plan.complete != plan.first_call:
        yield text(words("plan-complete", span=plan_said.span(words, plan.complete)))
    yield text((words("plan-on", day=plan.on), "dim"))


def _sections(words: Words, plan: Plan) -> Iterator[Section]:
    lang = words.lang

    def part(key: str, *blocks: Block, tone: Tone = "") -> Section:
        return Section(title=words(key), blocks=blocks, tone=tone)

    line = _timeline(words, plan)
    if line.rows:
        yield part("report-timeline", line)
    yield part("plan-steps", _steps(words, plan))
    if plan.open_conditions:
        yield part("plan-conditions", _conditions(words, plan), tone="bad")
    if plan.gaps:
        yield part("plan-gaps", Items(texts=tuple(text(plan.step(id_).title[lang]) for id_ in plan.gaps)), tone="bad")
    for key, found in (("plan-surplus", plan.surplus), ("plan-not-needed", [each for each in plan.not_needed if not each.surplus])):
        if found:
            items = tuple(text((each.requirement.title[lang], "strong"), f" – {each.why[lang]}") for each in found)
            yield part(key, Items(texts=items), tone="warn" if key == "plan-surplus" else "")
    for key, pairs in (("plan-documents", plan_said.documents(words, plan)), ("plan-cautions", plan_said.cautions(words, plan))):
        items = tuple(text((f"{of}: ", "strong"), said) for of, said in pairs)
        if items:
            yield part(key, Items(texts=items), tone="warn" if key == "plan-cautions" else "")
    if plan.differences:
        yield part("plan-regulations", _differences(words, plan), tone="warn")
    yield part("plan-duties", _duties(words, plan))
    yield part("plan-notes", Items(texts=tuple(text(note.message_in(lang)) for note in plan.notes)))


def _title(words: Words, step: Step) -> str:
    return step.title[words.lang] + (f" × {step.count}" if step.count and step.count > 1 else "")


def _when(words: Words, step: Step) -> str:
    return plan_said.span(words, step.ends) + (" +?" if step.uncounted else "")


def _timeline(words: Words, plan: Plan) -> Timeline:
    """Return the steps that are applied for: the shortest time, and light up to the longest."""
    rows = []
    for step in plan.steps:
        if step.status != "apply":
            continue
        start, early, late = step.starts.earliest.day, step.ends.earliest.day, step.ends.latest.day
        bars = [Bar(first=start, last=early)]
        if late > early:
            bars.append(Bar(first=early, last=late, light=True))
        said = ", ".join(filter(None, (_when(words, step), plan_said.taking(words, step))))
        rows.append(Span(title=_title(words, step), words=said, bars=tuple(bars)))
    early, late = plan.first_call.earliest.day, plan.first_call.latest.day
    longest = [(late, words("report-first-late"))] if late > early else []
    marks = ((early, words("report-first")), *longest)
    return Timeline(first=plan.on, last=max(plan.complete.latest.day, late), rows=tuple(rows), marks=marks)


def _steps(words: Words, plan: Plan) -> Table:
    places = {step.id: i for i, step in enumerate(plan.steps, 1)}
    waiting = {step.id for step in plan.steps if step.status == "apply"}
    rows = []
    for step in plan.steps:
        applied = step.status == "apply"
        status = plan_said.status(words, step)
        taking, waits = plan_said.taking(words, step), (str(places[id_]) for id_ in step.waits_for if applied and id_ in waiting)
        rows.append(
            (
                text((f"{places[step.id]}. {_title(words, step)}", _STATUSES[step.status])),
                text(plan_said.authority(words, step)),
                text(status),
                text(", ".join(waits)),
                text(_when(words, step) if applied else "", (f"\n{taking}" if taking else "", "dim")),
                text((step.requirement.citation[words.lang], "dim")),
            )
        )
    keys = ("report-what", "report-authority", "status", "plan-waits", "plan-ready", "report-citation")
    return Table(columns=tuple(words(key) for key in keys), rows=tuple(rows))


def _conditions(words: Words, plan: Plan) -> Table:
    rows = tuple(
        (
            text(plan_said.condition(words, checked)),
            text(step.title[words.lang]),
            text(plan_said.found(words, checked)),
            text((words(f"plan-{checked.status}"), _CONDITIONS[checked.status])),
        )
        for step, checked in plan.open_conditions
    )
    return Table(columns=tuple(words(key) for key in ("plan-condition", "plan-of", "plan-found", "status")), rows=rows)


def _differences(words: Words, plan: Plan) -> Table:
    lang, rows = words.lang, []
    for each in plan.differences:
        found = each.difference
        answers = "".join(f"\n{answer.title[lang]}: {answer.article[lang]} → {answer.regulation[lang]}" for answer in each.answers)
        sources = "\n".join(f"{source.title} ({words(f'source-{source.sort}')})" for source in found.sources)
        rows.append(
            (
                text((found.title[lang], "strong"), f"\n{regulations_shown.standing(words, found)}"),
                text(found.article[lang]),
                text(found.regulation[lang], (answers, "strong")),
                text(found.do[lang]),
                text((sources, "dim")),
            )
        )
    keys = ("report-what", "differs-article", "differs-regulation", "differs-do", "report-citation")
    return Table(columns=tuple(words(key).rstrip(":：") for key in keys), rows=tuple(rows))


def _duties(words: Words, plan: Plan) -> Table:
    rows = tuple(
        (text((owed.duty.title[words.lang], "strong")), text(plan_said.dues(words, owed)), text(owed.duty.text[words.lang]))
        for owed in plan.duties
    )
    return Table(columns=tuple(words(key) for key in ("plan-duty", "plan-due", "plan-says")), rows=rows)


def events(words: Words, plan: Plan, *, enterprise: str) -> Iterator[Event]:
    """Yield the days of a plan, by the shortest times: applications that can begin, the first call, what is due afterwards.

    `enterprise` keeps them apart from those of others in the same calendar; empty where no policy names one.
    """
    lang = words.lang
    for step in plan.steps:
        if step.status == "apply":
            start, title = step.starts.earliest.day, _title(words, step)
            said = "\n".join(filter(None, (plan_said.authority(words, step), plan_said.taking(words, step))))
            yield Event(
                about=("plan", enterprise, "apply", step.id),
                first=start,
                last=start,
                title=words("report-apply", what=title),
                text="\n".join((said, words("report-there", span=_when(words, step)), step.requirement.citation[lang])),
            )
    day = plan.first_call.earliest.day
    span = plan_said.span(words, plan.first_call)
    yield Event(
        about=("plan", enterprise, "first"), first=day, last=day, title=words("report-first"), text=words("plan-first", span=span)
    )
    for owed in plan.duties:
        for found in owed.dates:
            what = f"{owed.duty.title[lang]}: {plan.step(found.of).title[lang]}"
            yield _due(
                owed.duty,
                ("plan", enterprise, "duty", owed.duty.id, found.of),
                what,
                found.opens and found.opens[0],
                found.due[0],
                lang,
            )


def _due(duty: Duty, about: tuple[str, ...], what: str, opens: object, due: object, lang: str) -> Event:
    said = f"{duty.text[lang]}\n{duty.citation[lang]}"
    if opens is not None:
        said = f"{opens} – {due}\n{said}"
    return Event(about=about, first=due, last=due, title=what, text=said, alarms=_ALARMS)  # type: ignore[arg-type]
