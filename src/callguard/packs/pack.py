"""A place's law: what each rule says, where it is written, and the values that the rules compare with."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, time

NAMES: Final = ("cn",)
_KINDS: Final = ("provincial", "unforwarded", "recorded")


@attrs.frozen(kw_only=True)
class Hours:
    """Hours of the wall clock, half-open: `start` is in, `end` is out."""

    start: time
    end: time


@attrs.frozen(kw_only=True)
class SectorLicence:
    """The licence that a sector needs; `product` None: where the campaign names no product."""

    sector: str
    licence: str
    product: str | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RuleText:
    """What a rule says: texts by language (`en`, `zh`), `rows` of the rule research that it decides, and since when.

    `unknown` says what not knowing means to the rule.
    """

    id: str
    rows: tuple[int, ...]
    title: Mapping[str, str]
    citation: Mapping[str, str]
    text: Mapping[str, str]
    unknown: Mapping[str, str]
    effective: date


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Pack:
    """One place's law; `default_window` is that of places without a pack of their own."""

    id: str
    titles: Mapping[str, str]
    source: Mapping[str, str]
    elsewhere: Mapping[str, str]
    effective: date
    rules: Mapping[str, RuleText]
    default_window: Hours
    marketing_window: Hours
    mainland: str
    apart: frozenset[str]
    calendar_zone: str
    filing_days: int
    licence_years: int
    call_log_months: int
    provisional_margin_days: int
    warning_days: int
    every_call_licence: str
    online_licence: str
    abroad_licence: str
    provincial_callers: frozenset[str]
    unforwarded_callers: frozenset[str]
    recorded_callers: frozenset[str]
    filings: Mapping[str, str]
    channels: Mapping[str, frozenset[str]]
    purposes: Mapping[str, frozenset[str]]
    sector_licences: Mapping[str, SectorLicence]

    def title(self, lang: str = "en") -> str:
        """Return the pack's title in `en` or `zh`; KeyError for another language."""
        return self.titles[lang]

    def citation(self, rule: str, lang: str = "en", *, here: bool = True) -> str:
        """Return where a rule is written, empty for one that is not the pack's; `here`: whether its law governs the call."""
        found = self.rules.get(rule)
        if found is None:
            return ""
        return found.citation[lang] if here or not found.rows else self.elsewhere[lang]

    def window(self, country: str | None) -> Hours:
        """Return the marketing hours of a country (None: of no country)."""
        return self.marketing_window if country == self.mainland else self.default_window


def read(name: str) -> dict[str, Any]:
    """Return a TOML file of this package."""
    import tomllib
    from importlib import resources

    with resources.files("callguard.packs").joinpath(name).open("rb") as file:
        return tomllib.load(file)


@cache
def load(name: str = "cn") -> Pack:
    """Return a pack, read once; ValueError for a name that is not there."""
    if name not in NAMES:
        msg = f"there is no pack `{name}`; accepted: {', '.join(NAMES)}"
        raise ValueError(msg)
    return build(read(f"{name}.toml"), read("default.toml"))


def build(data: dict[str, Any], elsewhere: dict[str, Any]) -> Pack:
    """Return a pack of its tables, and of those that hold where there is none; KeyError or TypeError for tables of other keys."""
    values = dict(data["values"])
    sets: dict[str, Any] = {key: frozenset(values.pop(key)) for key in ("apart", *(f"{kind}_callers" for kind in _KINDS))}
    tables: dict[str, Any] = {
        key: MappingProxyType({kind: frozenset(allowed) for kind, allowed in values.pop(key).items()})
        for key in ("channels", "purposes")
    }
    return Pack(
        id=data["id"],
        titles=MappingProxyType(data["title"]),
        source=MappingProxyType(data["source"]),
        elsewhere=MappingProxyType(data["elsewhere"]),
        effective=data["effective"],
        rules=MappingProxyType({id_: _text(id_, entry, data["effective"]) for id_, entry in data["rules"].items()}),
        default_window=Hours(**elsewhere["marketing_window"]),
        marketing_window=Hours(**values.pop("marketing_window")),
        filings=MappingProxyType(values.pop("filings")),
        sector_licences=MappingProxyType({id_: SectorLicence(**entry) for id_, entry in values.pop("sector_licences").items()}),
        **sets,
        **tables,
        **values,
    )


def _text(id_: str, entry: dict[str, Any], effective: date) -> RuleText:
    return RuleText(
        id=id_,
        rows=tuple(entry["rows"]),
        effective=entry.get("effective", effective),
        **{key: MappingProxyType(entry[key]) for key in ("title", "citation", "text", "unknown")},
    )
