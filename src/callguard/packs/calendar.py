"""Days off and working days of the mainland: published, provisional for the year after, unknown beyond."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import attrs

from callguard.model import Notice
from callguard.packs import pack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Kind = Literal["off", "make-up", "weekend", "work", "unknown"]
Frozen = tuple[range, "dict[date, Day]", "dict[date, str]"]  # years, their published days, statutory days
ACCEPTED: Final = '`[[days]]` with `date` (a local date), `kind` ("off" or "work") and, if wanted, `name` (text)'
_SATURDAY: Final = 5
_ONE: Final = timedelta(days=1)


class Vacation(Protocol):
    """A school vacation of one province, both days included."""

    @property
    def province(self) -> str:
        """Its ISO 3166-2 code."""

    @property
    def first(self) -> date:
        """The first day."""

    @property
    def last(self) -> date:
        """The last day."""


@attrs.frozen(slots=True)
class Day:
    """What a date is: whether people rest, whether that is a guess for the year after the last notice, and the holiday's name."""

    rest: bool
    provisional: bool
    name: str | None
    kind: Kind


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Calendar:
    """The mainland's calendar: `published` days that differ from the plain week, `statutory` days by date, overrides on top."""

    covered: range
    published: Mapping[date, Day]
    statutory: Mapping[date, str]
    overrides: Mapping[date, Day] = attrs.field(factory=dict)
    vacations: tuple[Vacation, ...] = ()
    margin_days: int
    warning_days: int

    def day(self, day: date) -> Day:
        """Return what a date is; a date of no known year is a rest day of kind `unknown`."""
        found = self.overrides.get(day)
        if found is not None:
            return found
        if day.year in self.covered:
            return self.published.get(day) or _plain(day, provisional=False)
        if day.year == self.covered.stop:
            return self._provisional(day)
        return Day(rest=True, provisional=False, name=None, kind="unknown")

    def works(self, day: date, *, cautious: bool) -> bool:
        """Whether people work on a date. In the year after the last notice `cautious` leaves out what may yet become days off."""
        found = self.day(day)
        if cautious or not found.provisional or found.kind != "off":
            return not found.rest
        return day not in self.statutory

    def _provisional(self, day: date) -> Day:
        name = self.statutory.get(day)
        if name is not None:
            return Day(rest=True, provisional=True, name=name, kind="off")
        if day.weekday() < _SATURDAY:
            for apart in range(1, self.margin_days + 1):
                near = self.statutory.get(day - apart * _ONE) or self.statutory.get(day + apart * _ONE)
                if near is not None:
                    return Day(rest=True, provisional=True, name=f"{near}前后", kind="off")
        return _plain(day, provisional=True)

    def vacation(self, province: str | None, day: date) -> bool:
        """Return whether a province's schools are on vacation; of an unknown province, whether any's are."""
        return any(v.first <= day <= v.last and province in (None, v.province) for v in self.vacations)

    @property
    def covered_until(self) -> date:
        """The last date up to which every day is certain, overrides counted."""
        day = date(self.covered.stop, 1, 1)
        while day in self.overrides:
            day += _ONE
        return day - _ONE

    def warnings(self, on: date) -> tuple[Notice, ...]:
        """Return what people should know of the calendar's end on a date: that it is near, or past."""
        last = self.covered_until
        return (Notice("calendar-ends", day=last),) if (last - on).days <= self.warning_days else ()


def _plain(day: date, *, provisional: bool) -> Day:
    weekend = day.weekday() >= _SATURDAY
    return Day(rest=weekend, provisional=provisional, name=None, kind="weekend" if weekend else "work")


@cache
def _frozen() -> Frozen:
    return frozen(pack.read("calendar_cn.toml"))


def frozen(data: dict[str, Any]) -> Frozen:
    """Return what a table of published days says: the years, their days, and the names of the statutory ones."""
    published: dict[date, Day] = {}
    for year in data["years"]:
        for name, days in year["off"].items():
            published.update(dict.fromkeys(days, Day(rest=True, provisional=False, name=name, kind="off")))
        for name, days in year["work"].items():
            published.update(dict.fromkeys(days, Day(rest=False, provisional=False, name=name, kind="make-up")))
    statutory = {day: name for days in data["statutory"].values() for name, dates in days.items() for day in dates}
    years = [year["year"] for year in data["years"]]
    return range(min(years), max(years) + 1), published, statutory


def calendar(overrides: Path | None = None, vacations: tuple[Vacation, ...] = ()) -> Calendar:
    """Return the calendar with a policy's overrides and school vacations; ValueError names the bad row of the overrides."""
    return build(_frozen(), pack.load("cn"), {} if overrides is None else read_overrides(overrides), vacations)


def build(days: Frozen, law: pack.Pack, overrides: Mapping[date, Day], vacations: Sequence[Vacation]) -> Calendar:
    """Return a calendar of published days, the law that reads them, and what a policy adds."""
    covered, published, statutory = days
    return Calendar(
        covered=covered,
        published=published,
        statutory=statutory,
        overrides=overrides,
        vacations=tuple(vacations),
        margin_days=law.provisional_margin_days,
        warning_days=law.warning_days,
    )


def read_overrides(path: Path) -> dict[date, Day]:
    """Return the days of an overrides file; ValueError says which row is wrong, what was found and what is accepted."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ValueError(f"`{path}` cannot be read ({error.strerror}); accepted: a TOML file of {ACCEPTED}") from error
    return overrides_of(body, path)


def overrides_of(body: bytes, path: Path) -> dict[date, Day]:
    """Return the days of what an overrides file holds; ValueError as `read_overrides`."""
    import tomllib

    try:
        data = tomllib.loads(body.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"`{path}` is no TOML in UTF-8 ({error}); accepted: {ACCEPTED}") from error
    rows = data.get("days", [])
    unknown = sorted(set(data) - {"days"})
    if unknown or not isinstance(rows, list):
        raise ValueError(f"`{path}`: `{unknown[0] if unknown else 'days'}` is not accepted; accepted: {ACCEPTED}")
    found: dict[date, Day] = {}
    for i, row in enumerate(rows):
        where = f"`{path}`: `days[{i}]`"
        day = _override(where, row)
        if day[0] in found:
            raise ValueError(f"{where} is {day[0]}, which an earlier row already says; accepted: each date once")
        found[day[0]] = day[1]
    return found


def _override(where: str, row: Any) -> tuple[date, Day]:
    if not isinstance(row, dict):
        raise ValueError(f"{where} is no table; accepted: {ACCEPTED}")  # noqa: TRY004
    for key in row:
        if key not in ("date", "kind", "name"):
            raise ValueError(f"{where} has `{key}`; accepted: {ACCEPTED}")
    day, kind, name = row.get("date"), row.get("kind"), row.get("name")
    if type(day) is not date:
        raise ValueError(f"{where} has `date` {_said(day)}; accepted: a local date, as 2027-02-11")
    if kind not in ("off", "work"):
        raise ValueError(f'{where} has `kind` {_said(kind)}; accepted: "off" or "work"')
    if name is not None and not isinstance(name, str):
        raise ValueError(f"{where} has `name` {_said(name)}; accepted: text")
    if kind == "off":
        return day, Day(rest=True, provisional=False, name=name, kind="off")
    return day, Day(rest=False, provisional=False, name=name, kind="make-up" if day.weekday() >= _SATURDAY else "work")


def _said(value: object) -> str:
    return "missing" if value is None else f"`{value}`"
