"""Local dates, the end of licences, and the mainland's rest days, read from another source than the product's."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import chinese_calendar

FIRST_YEAR, LAST_NOTICE = 2018, 2026
STATUTORY = [  # of the year after the last notice and its neighbours, as far as they are within seven days of it
    *(date(2026, 10, day) for day in (1, 2, 3)),
    *(date(2027, *day) for day in ((1, 1), (2, 5), (2, 6), (2, 7), (2, 8), (4, 5), (5, 1), (5, 2), (6, 9), (9, 15))),
    *(date(2027, 10, day) for day in (1, 2, 3)),
    date(2028, 1, 1),
]


@functools.cache
def zone(name: str) -> ZoneInfo:
    """Return a zone of the tzdata package, never the system's."""
    folder, _, leaf = f"tzdata.zoneinfo/{name}".rpartition("/")
    with resources.files(folder.replace("/", ".")).joinpath(leaf).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def local(name: str, at: float) -> datetime:
    """Return the wall clock of a zone at an instant."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone(name))


def midnight(name: str, day: date) -> float:
    """Return the first instant of a date in a zone."""
    return datetime.combine(day, time(), zone(name)).timestamp()


def fifth_anniversary(day: date) -> date:
    """Return the same date five years on; 1 March for 29 February."""
    try:
        return day.replace(year=day.year + 5)
    except ValueError:
        return date(day.year + 5, 3, 1)


def bounds(text: str, name: str) -> tuple[float, float] | None:
    """Return the first instant of what a `since` or `until` names and the first after it; None where it cannot be read.

    An instant is its own both; a date is a local one.
    """
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return midnight(name, day), midnight(name, day + timedelta(days=1))
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if at.tzinfo is None else (at.timestamp(), at.timestamp())


def is_rest_day(day: date, overrides: dict[date, str]) -> tuple[bool, bool]:
    """Return whether a date is a rest day of the mainland, and whether that is provisional."""
    if day in overrides:
        return overrides[day] == "off", False
    if FIRST_YEAR <= day.year <= LAST_NOTICE:
        return not chinese_calendar.is_workday(day), False
    if day.year == LAST_NOTICE + 1:
        near = any(abs((day - statutory).days) <= 7 for statutory in STATUTORY)
        return near or day.weekday() >= 5, True
    return True, False
