"""Anything people write as a number, read; kinds of numbers, and the places they are in."""

from __future__ import annotations

from callguard.phone.callers import caller_key, caller_kind, caller_province
from callguard.phone.hcodes import installed_hcodes, read_hcodes
from callguard.phone.masking import mask
from callguard.phone.plan_file import shipped
from callguard.phone.reading import NO_COUNTRY, NumberPlan, Reading
from callguard.phone.regions import PROVINCES, country_zones, region, zones_of

__all__ = [
    "NO_COUNTRY",
    "PROVINCES",
    "NumberPlan",
    "Reading",
    "caller_key",
    "caller_kind",
    "caller_province",
    "country_zones",
    "data_version",
    "installed_hcodes",
    "mask",
    "read_hcodes",
    "region",
    "zones_of",
]


def data_version() -> str:
    """Return the version of phonenumbers whose data are compiled in."""
    return shipped().version
