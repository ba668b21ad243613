"""What must be applied for before the first call, and what is owed afterwards: `plan(scenario)` answers with a Plan."""

from __future__ import annotations

from callguard.readiness.days import Reckoned, Span
from callguard.readiness.plan import Checked, DutyDate, Note, NotNeeded, Owed, Plan, Step
from callguard.readiness.planning import plan
from callguard.readiness.policies import scenario_of
from callguard.readiness.scenario import Held, Scenario, Use

__all__ = [
    "Checked",
    "DutyDate",
    "Held",
    "NotNeeded",
    "Note",
    "Owed",
    "Plan",
    "Reckoned",
    "Scenario",
    "Span",
    "Step",
    "Use",
    "plan",
    "scenario_of",
]
