"""What holds by the enterprise's local dates: a day's value, and the instant at which it changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar

from callguard.model import FOREVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callguard.packs import Pack
    from callguard.policy.model import Filing, Licence
    from callguard.rules.rule import Call

Value = TypeVar("Value")
_ONE = timedelta(days=1)


def by_day(call: Call, edges: Iterable[date], value: Callable[[date], Value]) -> tuple[Value, float]:
    """Return today's value and the first instant at which it differs; it may change on `edges` only."""
    now = value(call.today)
    for edge in sorted({day for day in edges if day > call.today}):
        if value(edge) != now:
            return now, call.midnight_of(edge)
    return now, FOREVER


def last_day(call: Call, licence: Licence) -> date:
    """Return a licence's last valid day by the law of a call."""
    return last_day_by(call.pack, licence)


def last_day_by(pack: Pack, licence: Licence) -> date:
    """Return a licence's last valid day: the one written, else by the law of call-centre licences, else none (`date.max`)."""
    if licence.expires is not None:
        return licence.expires
    if licence.kind != pack.every_call_licence:
        return date.max
    year = licence.issued.year + pack.licence_years
    if year > date.max.year:
        return date.max
    try:
        anniversary = licence.issued.replace(year=year)
    except ValueError:
        anniversary = date(year, 3, 1)  # that of 29 February
    return anniversary - _ONE


def held(call: Call, kind: str) -> tuple[Licence, ...]:
    """Return the policy's licences of a kind, whatever their dates."""
    return tuple(licence for licence in call.policy.licences if licence.kind == kind)


def filed(call: Call, kind: str) -> tuple[Filing, ...]:
    """Return the policy's filings of a kind, whatever their dates."""
    return tuple(filing for filing in call.policy.filings if filing.kind == kind)


def valid(call: Call, licences: Iterable[Licence], day: date) -> tuple[Licence, ...]:
    """Return the licences that are valid on a day."""
    return tuple(licence for licence in licences if licence.issued <= day <= last_day(call, licence))


def edges(call: Call, licences: Iterable[Licence], filings: Iterable[Filing] = ()) -> list[date]:
    """Return the dates on which licences begin or have ended, and filings begin to count."""
    found = [licence.issued for licence in licences]
    found += [last + _ONE for licence in licences if (last := last_day(call, licence)) != date.max]
    return found + [filing.filed for filing in filings]


def shown(call: Call, licence: Licence) -> dict[str, str | list[str] | None]:
    """Return what people are shown of a licence."""
    last = last_day(call, licence)
    return {
        "number": licence.number,
        "issued": str(licence.issued),
        "last_day": None if last == date.max else str(last),
        "provinces": list(licence.provinces),
    }
