"""The law as data: each place's rules with their citations, its values, and its calendar."""

from __future__ import annotations

from callguard.packs.calendar import Calendar, Day, calendar, frozen, overrides_of
from callguard.packs.calendar import build as build_calendar
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

__all__ = [
    "BY_CHOICE",
    "DAYS_FILE",
    "NAMES",
    "NO_LAW",
    "SHIPPED",
    "Calendar",
    "Cap",
    "Clause",
    "Day",
    "Hours",
    "LocalLaw",
    "Pack",
    "PlacePack",
    "RuleText",
    "SectorLicence",
    "build",
    "build_calendar",
    "by_default",
    "calendar",
    "frozen",
    "is_file",
    "load",
    "load_place",
    "local_law",
    "overrides_of",
    "pack_of",
    "read_place",
]
