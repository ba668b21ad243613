"""Other places' law as data: clauses with hours, days, caps and consent, where and from when each holds, and who says so."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from callguard.model import Place

Kind = Literal["law", "code", "own"]
Hours = tuple[tuple[int, int], ...]  # from, until before, in seconds of the day
SHIPPED: Final[Mapping[str, str]] = {"AU": "au", "FR": "fr", "HK": "hk", "US": "us"}  # countries, and the packs that are theirs
BY_CHOICE: Final = frozenset({"hk"})  # voluntary codes: they hold where a policy names them
DAYS_FILE: Final = "days.toml"


@attrs.frozen(kw_only=True)
class Source:
    """Where a clause is written: `sort` is `statute` for the text of the law itself, `report` for what others write of it."""

    title: str
    url: str
    sort: Literal["statute", "report"]


@attrs.frozen(kw_only=True)
class DaySet:
    """Public holidays by date, and the years for which they are known."""

    years: range
    days: Mapping[date, str] = attrs.field(hash=False)

    def rests(self, day: date) -> bool:
        """Whether a date is a holiday; of a year that is not known, every date is."""
        return day.year not in self.years or day in self.days


@attrs.frozen(kw_only=True)
class Cap:
    """At most `attempts` to one callee in `count` calendar days (`calendar`) or hours (`rolling`).

    Of the campaign, whose calls are about one matter, or of the whole `enterprise`'s campaigns that the clause is about.
    """

    attempts: int
    per: Literal["calendar", "rolling"]
    count: int
    scope: Literal["campaign", "enterprise"]

    @property
    def written(self) -> str:
        """The span as a pack writes it."""
        unit = "day" if self.per == "calendar" else "hour"
        return f"{self.count} {unit}{'' if self.count == 1 else 's'}"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Clause:
    """One clause of a place's law.

    It holds for callees in `country`, in one of its parts `within` (empty: all of it), for campaigns of these `purposes` and
    `sectors` (empty: every), only for `automated` ones where so; from the local date `first` to `last`. `windows` are the hours of
    Monday to Sunday, None where it has none; a day without hours, or a holiday, is a day without calls. `zones` are further clocks
    on which the hours must hold.
    """

    id: str
    kind: Kind
    title: Mapping[str, str]
    text: Mapping[str, str]
    country: str
    within: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset({"marketing"})
    sectors: frozenset[str] = frozenset()
    automated: bool = False
    first: date | None = None
    last: date | None = None
    windows: tuple[Hours, ...] | None = None
    holidays: DaySet | None = None
    holiday_hours: Hours = ()
    zones: frozenset[str] = frozenset()
    caps: tuple[Cap, ...] = ()
    consent: bool = False
    sources: tuple[Source, ...] = ()

    def about(self, purpose: str, sector: str, *, automated: bool) -> bool:
        """Whether it is about campaigns of this kind."""
        return purpose in self.purposes and (not self.sectors or sector in self.sectors) and (automated or not self.automated)

    def covers(self, place: Place) -> bool:
        """Whether a callee may be where it holds: where parts of a country are not known, in each of them."""
        if self.country not in place.countries:
            return False
        parts = place.parts(self.country)
        return not self.within or not parts or bool(parts & self.within)

    def in_force(self, day: date) -> bool:
        """Whether it holds on a local date."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def hours(self, day: date) -> Hours:
        """Return the hours of a date on which it is in force; empty: a day without calls. It must have windows."""
        if self.holidays is not None and self.holidays.rests(day):
            return self.holiday_hours
        assert self.windows is not None
        return self.windows[day.weekday()]

    def citation(self, lang: str) -> str:
        """Return where it is written."""
        return f"{self.title[lang]} ({self.sources[0].title})" if self.sources else self.title[lang]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class PlacePack:
    """The clauses of one file; `cases` are what its author expects, as `callguard packs check` decides them."""

    id: str
    kind: Kind
    country: str
    titles: Mapping[str, str]
    clauses: tuple[Clause, ...]
    cases: tuple[Mapping[str, Any], ...] = ()


class LocalLaw:
    """The law of callees' places: what ships for a country, read when a callee of it is met, and `more` packs that were chosen."""

    def __init__(self, shipped: Callable[[str], PlacePack | None], more: Iterable[PlacePack] = ()) -> None:
        self._shipped = shipped
        self._more = tuple(more)
        self._found: dict[Any, tuple[Clause, ...]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without what was found for places, which is found again."""
        return LocalLaw, (self._shipped, self._more)

    def of(self, place: Place, purpose: str, sector: str, *, automated: bool) -> tuple[Clause, ...]:
        """Return every clause that may hold for a call, whatever its date."""
        key = place, purpose, sector, automated
        found = self._found.get(key)
        if found is None:
            clauses = (clause for pack in self._packs(place.countries) for clause in pack.clauses)
            found = tuple(c for c in clauses if c.about(purpose, sector, automated=automated) and c.covers(place))
            self._found[key] = found
        return found

    def _packs(self, countries: Iterable[str | None]) -> Iterable[PlacePack]:
        for country in countries:
            pack = None if country is None else self._shipped(country)
            if pack is not None:
                yield pack
        yield from self._more

    def capped(self, about: Iterable[tuple[str, str, bool]]) -> dict[str, list[Clause]]:
        """Return the clauses with caps that are about campaigns of these purposes, sectors and automation, by country."""
        kinds = tuple(about)
        found: dict[str, list[Clause]] = {}
        for pack in self._packs(SHIPPED):
            for clause in pack.clauses:
                if clause.caps and any(clause.about(purpose, sector, automated=auto) for purpose, sector, auto in kinds):
                    found.setdefault(clause.country, []).append(clause)
        return found

    @property
    def chosen(self) -> tuple[PlacePack, ...]:
        """The packs that the policy names and that would not hold without: voluntary codes, and the user's own."""
        return self._more


def is_file(name: str) -> bool:
    """Whether a pack's name is the path of a file."""
    return name.endswith(".toml")


def no_law(_country: str) -> None:
    """Say that nothing ships for a country."""


NO_LAW: Final = LocalLaw(no_law)


@cache
def load_place(name: str) -> PlacePack:
    """Return a place's pack that ships, read once; ValueError for a name that is not there."""
    if name not in SHIPPED.values():
        msg = f"there is no pack `{name}` of a place; accepted: {', '.join(sorted(SHIPPED.values()))}"
        raise ValueError(msg)
    from callguard.packs.pack import read
    from callguard.packs.place_file import pack_of

    return pack_of(read(f"{name}.toml"), f"{name}.toml", days=_days(), shipped=True)


@cache
def _days() -> dict[str, Any]:
    from callguard.packs.pack import read

    return read(DAYS_FILE)


def local_law(names: Iterable[str]) -> LocalLaw:
    """Return the law of callees' places by the packs that a policy names; ValueError for a file that is no pack."""
    from pathlib import Path

    more = []
    for name in dict.fromkeys(names):
        if name in BY_CHOICE:
            more.append(load_place(name))
        elif is_file(name):
            from callguard.packs.place_file import read_pack

            more.append(read_pack(Path(name)))
    return LocalLaw(by_default, more)


def by_default(country: str) -> PlacePack | None:
    """Return the pack that holds for callees in a country whatever the policy says; None where there is none."""
    name = SHIPPED.get(country)
    return None if name is None or name in BY_CHOICE else load_place(name)
