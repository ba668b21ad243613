"""The law as data: each place's rules with their citations, its values, and its calendar."""

from __future__ import annotations

from callguard.packs.calendar import Calendar, Day, calendar, frozen, overrides_of
from callguard.packs.calendar import build as build_calendar
from callguard.packs.inspected import Inspected, RemarkText, build_inspected, inspected
from callguard.packs.pack import NAMES, Hours, Pack, RuleText, SectorLicence, build, load
from callguard.packs.requirement import Condition, Duty, Requirement, Requirements
from callguard.packs.requirements import build_requirements, requirements

__all__ = [
    "NAMES",
    "Calendar",
    "Condition",
    "Day",
    "Duty",
    "Hours",
    "Inspected",
    "Pack",
    "RemarkText",
    "Requirement",
    "Requirements",
    "RuleText",
    "SectorLicence",
    "build",
    "build_calendar",
    "build_inspected",
    "build_requirements",
    "calendar",
    "frozen",
    "inspected",
    "load",
    "overrides_of",
    "requirements",
]
