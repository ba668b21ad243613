"""Conditions held against a scenario: met, not met, left open, or not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from callguard.readiness.plan import Checked

if TYPE_CHECKING:
    from callguard.packs import Condition
    from callguard.readiness.scenario import Scenario


def check(scenario: Scenario, condition: Condition) -> Checked:
    """Return what a condition is in a scenario."""
    if condition.per_seats:
        return _quota(scenario, condition)
    found = getattr(scenario, condition.fact)
    if condition.least is None:
        return Checked(condition=condition, status="unknown" if found is None else "met" if found else "not-met", found=found)
    met = _reaches(scenario, condition.fact, found, condition.least)
    status: Literal["met", "doubtful", "not-met", "unknown"]
    status = "unknown" if met is None else "met" if met else "not-met" if condition.firm else "doubtful"
    return Checked(condition=condition, status=status, found=found)


def _reaches(scenario: Scenario, fact: str, found: float | None, least: int) -> bool | None:
    """Return whether a figure is large enough. What is paid in of the capital is registered: each tells of the other."""
    if found is not None:
        return found >= least
    if fact == "registered_capital" and (scenario.paid_in_capital or 0) >= least:
        return True
    if fact == "paid_in_capital" and scenario.registered_capital is not None and scenario.registered_capital < least:
        return False
    return None


def _quota(scenario: Scenario, condition: Condition) -> Checked:
    """Return how many numbers are to how many agents: up to the usual for certain, up to the most perhaps."""
    assert condition.per_seats
    assert condition.usual
    assert condition.most
    count = scenario.numbers.get("fixed", 0)
    status: Literal["met", "doubtful", "not-met", "unknown"] = "unknown"
    if scenario.seats is not None:
        asked = count * condition.per_seats
        usual, most = (scenario.seats * each for each in (condition.usual, condition.most))
        status = "met" if asked <= usual else "doubtful" if asked <= most else "not-met"
    return Checked(condition=condition, status=status, found=count)
