"""From a scenario to a plan: which requirements apply, in which order, from when until when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

import attrs

from callguard import packs
from callguard.readiness.conditions import check
from callguard.readiness.days import Reckoned, Span, after, last, last_valid
from callguard.readiness.duties import owed
from callguard.readiness.otherwise import otherwise
from callguard.readiness.plan import Note, NotNeeded, Plan, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from callguard.packs import Calendar, Requirement, Requirements
    from callguard.readiness.scenario import Held, Scenario

_NUMBER: Final = "number"


def plan(scenario: Scenario, *, on: date, calendar: Calendar | None = None) -> Plan:
    """Return what must be applied for when applications begin on a day; ValueError for a day of no known calendar."""
    calendar = packs.calendar() if calendar is None else calendar
    if calendar.day(on).kind == "unknown":
        years = calendar.covered
        accepted = f"a day from {years.start}-01-01 to {years.stop}-12-31, whose working days are known"
        raise ValueError(f"`on` is {on}; accepted: {accepted}")
    law = packs.requirements()
    needed = {id_: each for id_, each in law.requirements.items() if scenario.answers_any(each.when)}
    found = _plan(scenario, law, needed, calendar, on)
    if not scenario.regulations:
        return found

    def again(dropped: frozenset[str]) -> Plan:
        return _plan(scenario, law, {id_: each for id_, each in needed.items() if id_ not in dropped}, calendar, on)

    return attrs.evolve(found, differences=otherwise(found, again))


def _plan(scenario: Scenario, law: Requirements, needed: Mapping[str, Requirement], calendar: Calendar, on: date) -> Plan:
    """Return the plan of some requirements."""
    steps = _ordered(list(_steps(scenario, needed, calendar, on)), needed)
    numbers = [step for step in steps if step.requirement.kind == _NUMBER]
    before = last((step.ends for step in steps if step.requirement.kind != _NUMBER), since=on)
    first_call = _first(before, numbers, on)
    steps = tuple(attrs.evolve(step, status="renew") if _ends_before(step, first_call) else step for step in steps)
    first = min(numbers, key=lambda step: (step.ends.earliest.day, step.ends.latest.day), default=None)
    return Plan(
        on=on,
        scenario=scenario,
        steps=steps,
        not_needed=tuple(_not_needed(scenario, law, needed, steps)),
        gaps=_gaps(scenario, steps),
        duties=owed(scenario, law, steps, on=on),
        first_call=first_call,
        first_number=None if first is None else first.id,
        complete=last((step.ends for step in steps), since=on),
        notes=tuple(_notes(scenario, steps, numbers, calendar, on)),
    )


def _held(scenario: Scenario, id_: str, on: date) -> Held | None:
    """Return what is held of a requirement, with its last day, unless it has ended, or is for other provinces."""
    found = scenario.held.get(id_)
    if found is None or not found.covers(scenario.provinces):
        return None
    until = _until(found, id_)
    return None if until is not None and until < on else attrs.evolve(found, until=until)


def _until(held: Held, id_: str) -> date | None:
    """Return the last day of what is held; of a call-centre licence, where it is not said, by the law."""
    law, held_by = packs.load(), packs.requirements().requirements[id_].held_by
    if held.until is None and held.since and held_by and held_by.licence == law.every_call_licence:
        return last_valid(held.since, law.licence_years)
    return held.until


def _ends_before(step: Step, first_call: Span) -> bool:
    """Return whether what is held may have ended when the first call can be placed."""
    return step.until is not None and step.until < first_call.latest.day


def _lapsed(scenario: Scenario, id_: str, on: date) -> date | None:
    """Return the last day of what was said to be held, and is no more."""
    held = scenario.held.get(id_)
    until = scenario.lapsed.get(id_) if held is None else _until(held, id_)
    return until if until is not None and until < on else None


def _steps(scenario: Scenario, needed: Mapping[str, Requirement], calendar: Calendar, on: date) -> Iterator[Step]:
    """Yield the steps; what each waits for is reckoned first, and once."""
    made: dict[str, Step] = {}

    def step(id_: str) -> Step:
        if id_ not in made:
            made[id_] = _step(scenario, needed[id_], [step(each) for each in needed[id_].depends if each in needed], calendar, on)
        return made[id_]

    for id_ in needed:
        yield step(id_)


def _step(scenario: Scenario, requirement: Requirement, before: list[Step], calendar: Calendar, on: date) -> Step:
    here = Span(Reckoned(on), Reckoned(on))
    met = next(((id_, held) for id_ in (requirement.id, *requirement.instead) if (held := _held(scenario, id_, on))), None)
    status: Literal["held", "renew", "ready", "apply"]
    if met is None:
        status = "ready" if requirement.kind == "document" else "apply"
        starts = last((each.ends for each in before), since=on)
        ends = after(calendar, starts, requirement.time)
    else:
        status, since = "held", met[1].since
        starts = ends = here if since is None or since <= on else Span(Reckoned(since), Reckoned(since))
    of = requirement.authority.of
    return Step(
        requirement=requirement,
        title=requirement.names.get(scenario.institution or "", requirement.title),
        status=status,
        place=None if of is None else scenario.place if of == "home" else _called(scenario),
        waits_for=tuple(each.id for each in before),
        starts=starts,
        ends=ends,
        conditions=() if met else tuple(check(scenario, condition) for condition in requirement.conditions),
        cautions=tuple(each for each in requirement.cautions if scenario.answers_any(each.when)),
        count=None if requirement.number is None else scenario.numbers.get(requirement.number),  # type: ignore[call-overload]
        held_by=None if met is None or met[0] == requirement.id else met[0],
        until=None if met is None else met[1].until,
    )


def _called(scenario: Scenario) -> str | None:
    """Return the one province that is called."""
    return scenario.provinces[0] if len(scenario.provinces) == 1 else None


def _ordered(steps: list[Step], needed: Mapping[str, Requirement]) -> tuple[Step, ...]:
    """Return the steps by when they can begin, each behind all it waits for."""
    places = {id_: i for i, id_ in enumerate(needed)}
    left, done, found = list(steps), set[str](), list[Step]()
    while left:
        free = [step for step in left if done.issuperset(step.waits_for)]
        step = min(free, key=lambda step: (step.starts.earliest.day, step.starts.latest.day, places[step.id]))
        left.remove(step)
        done.add(step.id)
        found.append(step)
    return tuple(found)


def _first(before: Span, numbers: list[Step], on: date) -> Span:
    """Return when the first number may call: all that is no number is there, and the number is."""
    if not numbers:
        return before
    each = [last((before, step.ends), since=on) for step in numbers]
    return Span(min((span.earliest for span in each), key=_day), min((span.latest for span in each), key=_day))


def _day(reckoned: Reckoned) -> date:
    return reckoned.day


def _not_needed(
    scenario: Scenario, law: Requirements, needed: Mapping[str, Requirement], steps: tuple[Step, ...]
) -> Iterator[NotNeeded]:
    """Yield what does not apply; what stands in for something that does is no surplus."""
    used = {step.held_by for step in steps}
    for id_, each in law.requirements.items():
        if id_ not in needed:
            assert each.not_needed is not None
            surplus: Literal["held", "intended"] | None = "held" if id_ in scenario.held else None
            if surplus is None and id_ in scenario.intended:
                surplus = "intended"
            yield NotNeeded(requirement=each, why=each.not_needed, surplus=None if id_ in used else surplus)


def _gaps(scenario: Scenario, steps: tuple[Step, ...]) -> tuple[str, ...]:
    if not scenario.intended:
        return ()
    return tuple(step.id for step in steps if step.status == "apply" and step.id not in scenario.intended)


def _named(steps: list[tuple[Step, date | None]]) -> dict[str, str]:
    """Return what steps are called, each with a day where there is one."""
    return {
        lang: mark.join(step.title[lang] + (f" ({day})" if day else "") for step, day in steps)
        for lang, mark in (("en", "; "), ("zh", "、"))
    }


def _notes(scenario: Scenario, steps: tuple[Step, ...], numbers: list[Step], calendar: Calendar, on: date) -> Iterator[Note]:
    yield Note("not-before")
    renewed: list[tuple[Step, date | None]] = [(step, step.until) for step in steps if step.status == "renew"]
    lapsed: list[tuple[Step, date | None]] = [
        (step, day) for step in steps if not step.held and (day := _lapsed(scenario, step.id, on))
    ]
    uncounted: list[tuple[Step, date | None]] = [(step, None) for step in steps if step.uncounted]
    for key, found in (("renew-first", renewed), ("lapsed", lapsed), ("uncounted", uncounted)):
        if found:
            yield Note(key, {"names": _named(found)})
    if any(step.requirement.kind in ("filing", "number") and "call-centre" in "".join(step.waits_for) for step in steps):
        yield Note("special-after-basic")
    if len(scenario.provinces) > 1 and scenario.scope == "national":
        yield Note("several-provinces")
    if scenario.hk_mo_tw and scenario.hk_mo_tw_abroad:
        yield Note("hk-mo-tw-abroad")
    if not numbers:
        yield Note("no-number")
    days = [each for step in steps for each in (step.ends.earliest, step.ends.latest)]
    if any(each.provisional for each in days):
        yield Note("provisional", {"year": calendar.covered.stop})
    if any(each.beyond for each in days):
        yield Note("beyond", {"day": date(calendar.covered.stop + 1, 1, 1) - timedelta(days=1)})
