"""A pack's file, read strictly: every mistake says where it stands, what was found and what is accepted."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from callguard.packs.places import Cap, Clause, DaySet, Hours, PlacePack, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PURPOSES: Final = ("marketing", "service", "notification", "survey", "collection")
SECTORS: Final = ("general", "education", "finance", "healthcare")
_LANGUAGES: Final = ("en", "zh")
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SPAN: Final = re.compile(r"([1-9]\d{0,3}) (day|hour)s?")
_PACK: Final = ("id", "country", "kind", "title", "clauses", "days", "cases")
_CLAUSE: Final = (
    *("id", "title", "text", "within", "purposes", "sectors", "automated", "from", "until", "windows", "holidays", "on_holidays"),
    *("also_zones", "caps", "consent", "sources"),
)
_CASE: Final = ("callee", "place", "at", "purpose", "sector", "automated", "attempts", "consent", "reason")


class _At:
    """A place in the file, which says what is wrong there."""

    def __init__(self, file: str, key: str = "") -> None:
        self.file, self.key = file, key

    def __truediv__(self, step: str | int) -> _At:
        return _At(self.file, f"{self.key}[{step}]" if isinstance(step, int) else f"{self.key}.{step}" if self.key else step)

    def wrong(self, found: object, accepted: str) -> ValueError:
        said = "nothing" if found is None else str(found).lower() if isinstance(found, bool) else f"`{found}`"
        return ValueError(f"`{self.file}`: `{self.key}` is {said}; accepted: {accepted}")

    def table(self, value: Any, keys: tuple[str, ...], required: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return a table of these keys alone."""
        if not isinstance(value, dict):
            raise self.wrong(value, f"a table with {', '.join(keys)}")
        for key in value:
            if key not in keys:
                raise ValueError(f"`{self.file}`: `{(self / key).key}` is an unknown key; accepted: {', '.join(keys)}")
        for key in required:
            if key not in value:
                raise (self / key).wrong(None, f"this key, with {', '.join(required)}")
        return value

    def list(self, value: Any, what: str, least: int = 0) -> list[tuple[_At, Any]]:
        """Return the elements of a list with their places."""
        if not isinstance(value, list) or len(value) < least:
            raise self.wrong(value, f"a list of {what}{', not empty' if least else ''}")
        return [(self / n, each) for n, each in enumerate(value)]

    def text(self, value: Any, accepted: str = "text") -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(value, accepted)
        return value

    def one(self, value: Any, among: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in among:
            raise self.wrong(value, ", ".join(among))
        return value

    def flag(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.wrong(value, "true or false")
        return value

    def day(self, value: Any) -> date:
        if type(value) is not date:
            raise self.wrong(value, "a local date, as 2026-01-31")
        return value


def read_pack(path: Path) -> PlacePack:
    """Return the pack of a user's file; ValueError for what cannot be read or is mistaken."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ValueError(f"`{path}` cannot be read ({error.strerror or error}); accepted: a pack's TOML file") from error
    return pack_of_text(body, str(path))


def pack_of_text(body: bytes, name: str) -> PlacePack:
    """Return the pack of what a user's file holds; ValueError as `read_pack`."""
    import tomllib

    try:
        data = tomllib.loads(body.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"`{name}` is no TOML in UTF-8 ({error}); accepted: a pack's TOML file") from error
    return pack_of(data, name)


def pack_of(data: dict[str, Any], name: str, *, days: Mapping[str, Any] | None = None, shipped: bool = False) -> PlacePack:
    """Return the pack of its tables; `days` are further sets of holidays. Only what is `shipped` is law or a code of conduct."""
    at = _At(name)
    table = at.table(data, _PACK, ("id", "country", "title", "clauses"))
    kind: Any = (at / "kind").one(table.get("kind", "own"), ("law", "code", "own") if shipped else ("own",))
    country = _country(at / "country", table["country"])
    sets = {key: _days(at / "days" / key, each) for key, each in {**(days or {}), **_tables(at / "days", table)}.items()}
    clauses = tuple(
        _clause(where, each, kind, country, sets) for where, each in (at / "clauses").list(table["clauses"], "tables", 1)
    )
    seen: set[str] = set()
    for n, clause in enumerate(clauses):
        if clause.id in seen:
            raise (at / "clauses" / n / "id").wrong(clause.id, "an id that no other clause has")
        seen.add(clause.id)
    cases = (at / "cases").list(table.get("cases", []), "tables")
    return PlacePack(
        id=_id(at / "id", table["id"]),
        kind=kind,
        country=country,
        titles=_texts(at / "title", table["title"]),
        clauses=clauses,
        cases=tuple(MappingProxyType(_case(where, each)) for where, each in cases),
    )


def _tables(at: _At, table: dict[str, Any]) -> dict[str, Any]:
    found = table.get("days", {})
    if not isinstance(found, dict):
        raise at.wrong(found, "a table of sets of holidays, by name")
    return found


def _id(at: _At, value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise at.wrong(value, "small letters, digits and single hyphens, as `us-fl`")
    return value


def _texts(at: _At, value: Any) -> Mapping[str, str]:
    table = at.table(value, _LANGUAGES, _LANGUAGES)
    return MappingProxyType({lang: (at / lang).text(table[lang]) for lang in _LANGUAGES})


def _region(at: _At, value: Any, accepted: str) -> str:
    from callguard.phone import region

    try:
        return region(at.text(value, accepted))
    except ValueError:
        raise at.wrong(value, accepted) from None


def _country(at: _At, value: Any) -> str:
    code = _region(at, value, "an ISO 3166-1 code, as FR")
    if "-" in code:
        raise at.wrong(value, "an ISO 3166-1 code, as FR")
    return code


def _within(at: _At, value: Any, country: str) -> frozenset[str]:
    found = set()
    for where, each in at.list(value, "parts of the country", 1):
        accepted = f"a part of `{country}` as ISO 3166-2 writes it, as {country}-…"
        code = _region(where, each, accepted)
        if not code.startswith(f"{country}-"):
            raise where.wrong(each, accepted)
        found.add(code)
    return frozenset(found)


def _words(at: _At, value: Any, among: tuple[str, ...]) -> frozenset[str]:
    return frozenset(where.one(each, among) for where, each in at.list(value, f"words: {', '.join(among)}", 1))


def _clause(at: _At, value: Any, kind: Any, country: str, sets: Mapping[str, DaySet]) -> Clause:
    table = at.table(value, _CLAUSE, ("id", "title", "text", "sources") if kind != "own" else ("id", "title", "text"))
    if not {"windows", "caps", "consent"} & set(table):
        raise at.wrong(None, "at least one of windows, caps, consent")
    if "windows" not in table and {"holidays", "on_holidays", "also_zones"} & set(table):
        raise (at / "windows").wrong(None, "windows, where there are holidays or also_zones")
    first, last = (None if key not in table else (at / key).day(table[key]) for key in ("from", "until"))
    if first is not None and last is not None and last < first:
        raise (at / "until").wrong(last, f"{first} or later: `from` is its first day")
    if "on_holidays" in table and "holidays" not in table:
        raise (at / "holidays").wrong(None, "the name of a set of holidays, where there is on_holidays")
    holidays = table.get("holidays")
    if holidays is not None and holidays not in sets:
        raise (at / "holidays").wrong(holidays, f"a set in [days]: {', '.join(sets) or 'there is none'}")
    return Clause(
        id=_id(at / "id", table["id"]),
        kind=kind,
        title=_texts(at / "title", table["title"]),
        text=_texts(at / "text", table["text"]),
        country=country,
        within=_within(at / "within", table["within"], country) if "within" in table else frozenset(),
        purposes=_words(at / "purposes", table.get("purposes", ["marketing"]), PURPOSES),
        sectors=_words(at / "sectors", table["sectors"], SECTORS) if "sectors" in table else frozenset(),
        automated=(at / "automated").flag(table.get("automated", False)),
        first=first,
        last=last,
        windows=_windows(at / "windows", table["windows"]) if "windows" in table else None,
        holidays=None if holidays is None else sets[holidays],
        holiday_hours=_hours(at / "on_holidays", table.get("on_holidays", [])),
        zones=frozenset(_zone(where, each) for where, each in (at / "also_zones").list(table.get("also_zones", []), "time zones")),
        caps=tuple(_cap(where, each) for where, each in (at / "caps").list(table.get("caps", []), "tables")),
        consent=(at / "consent").flag(table.get("consent", False)),
        sources=tuple(_source(where, each) for where, each in (at / "sources").list(table.get("sources", []), "tables")),
    )


def _zone(at: _At, value: Any) -> str:
    from callguard import clock

    name = at.text(value, "a time zone, as America/Chicago")
    try:
        clock.zone(name)
    except ValueError:
        raise at.wrong(value, "a time zone, as America/Chicago") from None
    return name


def _second(at: _At, value: Any) -> int:
    if not isinstance(value, time) or value.tzinfo is not None or value.microsecond:
        raise at.wrong(value, "a time in whole seconds, as 08:00:00")
    return value.hour * 3600 + value.minute * 60 + value.second


def _span(at: _At, table: dict[str, Any]) -> tuple[int, int]:
    start, end = _second(at / "start", table["start"]), _second(at / "end", table["end"])
    if start >= end:
        raise (at / "end").wrong(table["end"], f"a time after `start`, which is {table['start']}")
    return start, end


def _hours(at: _At, value: Any) -> Hours:
    spans = [_span(where, where.table(each, ("start", "end"), ("start", "end"))) for where, each in at.list(value, "tables")]
    return tuple(sorted(spans))


def _windows(at: _At, value: Any) -> tuple[Hours, ...]:
    """Return the hours of each day of the week; a day that no window names has none."""
    week: dict[str, list[tuple[int, int]]] = {day: [] for day in WEEK}
    for where, each in at.list(value, "tables", 1):
        table = where.table(each, ("days", "start", "end"), ("start", "end"))
        span = _span(where, table)
        for day in _words(where / "days", table.get("days", list(WEEK)), WEEK):
            week[day].append(span)
    return tuple(tuple(sorted(spans)) for spans in week.values())


def _cap(at: _At, value: Any) -> Cap:
    table = at.table(value, ("attempts", "per", "scope"), ("attempts", "per", "scope"))
    attempts, per = table["attempts"], table["per"]
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        raise (at / "attempts").wrong(attempts, "a whole number from 1 on")
    found = _SPAN.fullmatch(per) if isinstance(per, str) else None
    if found is None:
        raise (at / "per").wrong(per, 'days or hours, as "30 days" (calendar days of the callee) or "24 hours" (a rolling span)')
    scope: Any = (at / "scope").one(table["scope"], ("campaign", "enterprise"))
    return Cap(attempts=attempts, per="calendar" if found[2] == "day" else "rolling", count=int(found[1]), scope=scope)


def _source(at: _At, value: Any) -> Source:
    keys = ("title", "url", "sort")
    table = at.table(value, keys, keys)
    sort: Any = (at / "sort").one(table["sort"], ("statute", "report"))
    return Source(title=(at / "title").text(table["title"]), url=(at / "url").text(table["url"]), sort=sort)


def _days(at: _At, value: Any) -> DaySet:
    table = at.table(value, ("years", "days"), ("years", "days"))
    years = []
    for where, each in (at / "years").list(table["years"], "years", 1):
        if isinstance(each, bool) or not isinstance(each, int) or not 1 < each < 10_000:
            raise where.wrong(each, "a year")
        years.append(each)
    if years != list(range(years[0], years[-1] + 1)):
        raise (at / "years").wrong(years, "years in order, without a gap")
    days: dict[date, str] = {}
    if not isinstance(table["days"], dict):
        raise (at / "days").wrong(table["days"], 'a table of dates by holiday, as `"New Year" = [2026-01-01]`')
    for name, dates in table["days"].items():
        for where, each in (at / "days" / name).list(dates, "dates", 1):
            day = where.day(each)
            if day.year not in years:
                raise where.wrong(day, f"a date from {years[0]} to {years[-1]}, the set's years")
            days[day] = name
    return DaySet(years=range(years[0], years[-1] + 1), days=MappingProxyType(days))


def _case(at: _At, value: Any) -> dict[str, Any]:
    table = dict(at.table(value, _CASE, ("callee", "at", "reason")))
    checks: dict[str, Callable[[_At, Any], Any]] = {
        "callee": _callee,
        "place": lambda where, each: _region(where, each, "an ISO 3166 code, as US-FL"),
        "at": _instant,
        "purpose": lambda where, each: where.one(each, PURPOSES),
        "sector": lambda where, each: where.one(each, SECTORS),
        "automated": lambda where, each: where.flag(each),
        "attempts": lambda where, each: [_instant(*pair) for pair in where.list(each, "instants")],
        "consent": lambda where, each: where.flag(each),
        "reason": lambda where, each: where.text(each, "`allowed`, or the reason of the denial, as `calling-window`"),
    }
    return {key: checks[key](at / key, each) for key, each in table.items()}


def _callee(at: _At, value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("+"):
        # a number is personal data: what was found is not shown
        raise ValueError(f"`{at.file}`: `{at.key}` is another value; accepted: a number with its country code, as text from + on")
    return value


def _instant(at: _At, value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise at.wrong(value, "an instant with its offset, as 2026-11-24T08:00:00+01:00")
    return value
