"""Days reckoned by the calendar: working days, months, and how sure they are."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callguard.packs import Calendar
    from callguard.packs.requirement import Time

_ONE: Final = timedelta(days=1)


@attrs.frozen
class Reckoned:
    """A day: `provisional` where a year was counted whose notice is not published, `beyond` where it is later than this.

    `beyond`: the calendar ends the day before, and nothing can be counted behind it.
    """

    day: date
    provisional: bool = attrs.field(default=False, kw_only=True)
    beyond: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class Span:
    """A day with the shortest times, and with the longest."""

    earliest: Reckoned
    latest: Reckoned


def after_working_days(calendar: Calendar, start: Reckoned, n: int, *, cautious: bool = True) -> Reckoned:
    """Return the n-th working day after a day; where the calendar ends before it, the first day behind the calendar.

    `cautious`: of a year without a notice, days near holidays count as days off; else statutory ones and weekends alone do.
    """
    day, provisional = start.day, start.provisional
    while n:
        day += _ONE
        found = calendar.day(day)
        if found.kind == "unknown":
            return Reckoned(day, provisional=provisional, beyond=True)
        provisional = provisional or found.provisional
        n -= calendar.works(day, cautious=cautious)
    return Reckoned(day, provisional=provisional, beyond=start.beyond)


def after_months(day: date, months: int) -> date:
    """Return the same day of a later month, its last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_valid(since: date, years: int) -> date:
    """Return the last day of so many years: the day before the anniversary; of 29 February the last of February."""
    try:
        return since.replace(year=since.year + years) - _ONE
    except ValueError:
        return date(since.year + years, 2, 28)


def after(calendar: Calendar, start: Span, time: Time | None) -> Span:
    """Return when what begins in a span ends; what has no time ends as it begins."""
    if time is None:
        return start
    if time.unit == "months":
        return Span(*(attrs.evolve(each, day=after_months(each.day, n)) for each, n in _ends(start, time)))
    (early, least), (late, most) = _ends(start, time)
    earliest = after_working_days(calendar, early, least, cautious=False)
    return Span(earliest, after_working_days(calendar, late, most))


def _ends(start: Span, time: Time) -> tuple[tuple[Reckoned, int], tuple[Reckoned, int]]:
    return (start.earliest, time.least), (start.latest, time.most)


def last(spans: Iterable[Span], *, since: date) -> Span:
    """Return when the last of some spans is over; `since` where there is none."""
    found = list(spans)
    return Span(_last([each.earliest for each in found], since), _last([each.latest for each in found], since))


def _last(days: list[Reckoned], since: date) -> Reckoned:
    day = max((each.day for each in days), default=since)
    return Reckoned(
        max(day, since),
        provisional=any(each.provisional for each in days if each.day == day),
        beyond=any(each.beyond for each in days),
    )
