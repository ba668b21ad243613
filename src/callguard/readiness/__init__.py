"""What must be applied for before the first call, `plan(scenario)`; what a policy, its state and log lack, `inspect(policy)`."""

from __future__ import annotations

from callguard.readiness.days import Reckoned, Span
from callguard.readiness.inspecting import inspect
from callguard.readiness.kept import Kept, opened
from callguard.readiness.otherwise import Answer, Otherwise
from callguard.readiness.plan import Checked, DutyDate, Note, NotNeeded, Owed, Plan, Step
from callguard.readiness.planning import plan
from callguard.readiness.policies import scenario_of
from callguard.readiness.remark import SEVERITIES, Inspection, Remark, Severity
from callguard.readiness.scenario import Held, Scenario, Use

__all__ = [
    "SEVERITIES",
    "Answer",
    "Checked",
    "DutyDate",
    "Held",
    "Inspection",
    "Kept",
    "NotNeeded",
    "Note",
    "Otherwise",
    "Owed",
    "Plan",
    "Reckoned",
    "Remark",
    "Scenario",
    "Severity",
    "Span",
    "Step",
    "Use",
    "inspect",
    "opened",
    "plan",
    "scenario_of",
]
