"""Where the days of a timeline stand: as shares of its width, and which of them are written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.reports.page import Timeline

_ONE: Final = timedelta(days=1)
_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)  # months between two ticks
_MOST: Final = 7  # ticks


def share(line: Timeline, day: date) -> float:
    """Return where a day begins, 0 to 1 of the width; what is before or after the line is at its ends."""
    whole = (line.last - line.first).days + 1
    return min(max((day - line.first).days / whole, 0), 1)


def shares(line: Timeline, first: date, last: date) -> tuple[float, float]:
    """Return where some days begin, and where the last of them ends."""
    return share(line, first), share(line, last + _ONE)


def ticks(line: Timeline) -> list[tuple[date, str]]:
    """Return the first days of months that are written, few enough to be read: the year alone where every one is a January."""
    firsts = [
        date(year, month, 1)
        for year in range(line.first.year, line.last.year + 1)
        for month in range(1, 13)
        if line.first <= date(year, month, 1) <= line.last
    ]
    for step in _STEPS:
        found = [day for day in firsts if (day.year * 12 + day.month - 1) % step == 0]
        if len(found) <= _MOST:
            return [(day, f"{day:%Y}" if step >= 12 else f"{day:%Y-%m}") for day in found]
    return []
