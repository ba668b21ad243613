"""The law as data: each place's rules with their citations, its values, and its calendar."""

from __future__ import annotations

from callguard.packs.calendar import Calendar, Day, calendar, frozen, overrides_of
from callguard.packs.calendar import build as build_calendar
from callguard.packs.inspected import Inspected, RemarkText, build_inspected, inspected
from callguard.packs.pack import NAMES, Hours, Pack, RuleText, SectorLicence, build, load
from callguard.packs.place_file import pack_of
from callguard.packs.place_file import read_pack as read_place
from callguard.packs.places import (
    BY_CHOICE,
    DAYS_FILE,
    NO_LAW,
    SHIPPED,
    Cap,
    Clause,
    LocalLaw,
    PlacePack,
    by_default,
    is_file,
    load_place,
    local_law,
)
from callguard.packs.regulation import Difference, Regulations
from callguard.packs.regulations import OVERLAYS, build_regulations, regulations
from callguard.packs.requirement import Condition, Duty, Requirement, Requirements
from callguard.packs.requirements import build_requirements, requirements

__all__ = [
    "BY_CHOICE",
    "DAYS_FILE",
    "NAMES",
    "NO_LAW",
    "OVERLAYS",
    "SHIPPED",
    "Calendar",
    "Cap",
    "Clause",
    "Condition",
    "Day",
    "Difference",
    "Duty",
    "Hours",
    "Inspected",
    "LocalLaw",
    "Pack",
    "PlacePack",
    "Regulations",
    "RemarkText",
    "Requirement",
    "Requirements",
    "RuleText",
    "SectorLicence",
    "build",
    "build_calendar",
    "build_inspected",
    "build_regulations",
    "build_requirements",
    "by_default",
    "calendar",
    "frozen",
    "inspected",
    "is_file",
    "load",
    "load_place",
    "local_law",
    "overrides_of",
    "pack_of",
    "read_place",
    "regulations",
    "requirements",
]
