"""The law as data: each place's rules with their citations, its values, and its calendar."""

from __future__ import annotations

from callguard.packs.calendar import Calendar, Day, calendar, frozen, overrides_of
from callguard.packs.calendar import build as build_calendar
from callguard.packs.pack import NAMES, Hours, Pack, RuleText, SectorLicence, build, load

__all__ = [
    "NAMES",
    "Calendar",
    "Day",
    "Hours",
    "Pack",
    "RuleText",
    "SectorLicence",
    "build",
    "build_calendar",
    "calendar",
    "frozen",
    "load",
    "overrides_of",
]
