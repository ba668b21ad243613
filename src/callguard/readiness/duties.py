"""What is owed once calls are placed, and when that is due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from callguard.readiness.days import last_valid
from callguard.readiness.plan import DutyDate, Owed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.packs import Duty, Requirements
    from callguard.packs.requirement import Due
    from callguard.readiness.plan import Step
    from callguard.readiness.scenario import Scenario


def owed(scenario: Scenario, law: Requirements, steps: tuple[Step, ...], *, on: date) -> tuple[Owed, ...]:
    """Return every duty of a scenario, with the dates that follow from its steps."""
    return tuple(
        Owed(duty=duty, dates=tuple(_dates(scenario, duty, steps, on)))
        for duty in law.duties.values()
        if scenario.answers_any(duty.when)
    )


def _dates(scenario: Scenario, duty: Duty, steps: tuple[Step, ...], on: date) -> Iterator[DutyDate]:
    due = duty.due
    if due is None:
        return
    for step in steps:
        if due.of == "number" and step.held:
            yield from (_date(step.id, due, (day, day), None, on) for day in _unfiled(scenario, step, due, on))
        elif _is_of(step, due):
            since, until = _since(scenario, step)
            if since is not None:
                yield _date(step.id, due, since, until, on)


def _unfiled(scenario: Scenario, step: Step, due: Due, on: date) -> tuple[date, ...]:
    """Return the days on which numbers that are held were obtained, and are not filed; where that is not said, may not be yet."""
    held = scenario.held[step.held_by or step.id]
    if held.unfiled is not None:
        return held.unfiled
    open_ = held.since is not None and held.since + timedelta(days=due.days or 0) >= on
    return (held.since,) if held.since is not None and open_ else ()


def _is_of(step: Step, due: Due) -> bool:
    """Return whether a duty is due of a step."""
    held = step.requirement.held_by
    licence = held.licence if step.requirement.kind == "licence" and held else None
    if due.of == "number":
        return step.requirement.kind == "number"
    return licence in (("call-centre", "icp") if due.of == "telecom-licence" else ("call-centre",))


def _since(scenario: Scenario, step: Step) -> tuple[tuple[date, date] | None, date | None]:
    """Return when what a step is about is obtained, and its last valid day; None where that is not known."""
    if not step.held:
        return (step.ends.earliest.day, step.ends.latest.day), None
    held = scenario.held[step.held_by or step.id]
    return (None if held.since is None else (held.since, held.since)), step.until


def _date(of: str, due: Due, since: tuple[date, date], until: date | None, on: date) -> DutyDate:
    if due.years:
        ends = (until, until) if until else (last_valid(since[0], due.years), last_valid(since[1], due.years))
        span = timedelta(days=due.days or 0)
        return DutyDate(of=of, opens=(ends[0] - span, ends[1] - span), due=ends)
    if due.yearly:
        return DutyDate(of=of, opens=None, due=(_next(since[0], due.yearly, on), _next(since[1], due.yearly, on)))
    span = timedelta(days=due.days or 0)
    return DutyDate(of=of, opens=None, due=(since[0] + span, since[1] + span))


def _next(since: date, until: tuple[int, int], on: date) -> date:
    """Return the first last day for a report, from the year after on, that is not past."""
    year = max(since.year + 1, on.year)
    found = date(year, *until)
    return found if found >= on else date(year + 1, *until)
