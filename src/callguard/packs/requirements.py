"""The requirements of a pack, read from their file: strictly, with what the pack's own rules and values say."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from callguard.packs import pack
from callguard.packs.regulations import sentences
from callguard.packs.requirement import (
    KINDS,
    UNITS,
    Authority,
    Caution,
    Condition,
    Due,
    Duty,
    HeldBy,
    Kind,
    Requirement,
    Requirements,
    Time,
    Unit,
)
from callguard.packs.tables import Table, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard.packs.pack import Pack, RuleText

_FLAGS: Final = frozenset(
    {
        *("online", "ai", "biometrics", "abroad", "hk_mo_tw", "hk_mo_tw_abroad", "branch", "foreign_capital", "outsourced"),
        "academic_tutoring",
    }
)
_SCOPES: Final = ("national", "provincial")
_OF: Final = ("called", "home")
_DUE: Final = ("number", "telecom-licence", "call-centre")


@cache
def requirements(name: str = "cn") -> Requirements:
    """Return what a pack's law asks for, read once; ValueError for a pack that is not there."""
    law = pack.load(name)
    return build_requirements(pack.read(f"{name}_requirements.toml"), law, f"{name}_requirements")


def build_requirements(data: dict[str, Any], law: Pack, where: str = "requirements") -> Requirements:
    """Return the requirements of their tables; ValueError says which key is wrong, what was found and what is accepted."""
    return _Reader(Table(where, data), law).read()


def _figure_values(table: Table) -> dict[str, Any]:
    values = dict(table.take("values", dict))
    for key, value in values.items():
        if key.endswith("_until"):
            found = Table(f"{table.where}.values.{key}", value)
            values[key] = (found.take("month", int), found.take("day", int))
            found.done()
        elif type(value) is not int or value < 1:
            raise table.wrong(f"values.{key}", value, "a whole number, 1 or more")
    return values


@attrs.define
class _Reader:
    """Reads the tables in the order in which they need each other."""

    table: Table
    law: Pack
    words: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    values: dict[str, Any] = attrs.field(factory=dict)
    groups: dict[str, list[str]] = attrs.field(factory=dict)
    conditions: Mapping[str, Condition] = attrs.field(factory=dict)
    times: Mapping[str, Time] = attrs.field(factory=dict)
    authorities: Mapping[str, Authority] = attrs.field(factory=dict)
    documents: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    facts: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    ids: tuple[str, ...] = ()

    def read(self) -> Requirements:
        table, law = self.table, self.law
        needs = law.sector_licences.values()
        self.words = {
            "scope": _SCOPES,
            "sector": ("general", *dict.fromkeys(need.sector for need in needs)),
            "purpose": tuple(sorted(frozenset().union(*law.purposes.values()))),
            "product": ("none", *dict.fromkeys(need.product for need in needs if need.product)),
            "number": tuple(law.channels),
        }
        self.values = _figure_values(table)
        self.facts = self._texts("facts")
        self.documents = self._texts("documents")
        self.times = table.each("times", self._time)
        self.authorities = table.each("authorities", self._authority)
        self.conditions = table.each("conditions", self._condition)
        self.ids = tuple(table.take("requirements", dict))
        self.groups = table.take("groups", dict)
        for i, (name, members) in enumerate(self.groups.items()):
            Table(f"{table.where}.groups", {name: members}).words(name, (*self.ids, *tuple(self.groups)[:i]))
        found = table.each("requirements", self._requirement)
        _no_circle(table, found)
        duties = table.each("duties", self._duty)
        table.done()
        return Requirements(
            requirements=found,
            duties=duties,
            documents=self.documents,
            facts=self.facts,
            words=MappingProxyType(self.words),
            flags=_FLAGS,
        )

    def _texts(self, key: str) -> Mapping[str, Mapping[str, str]]:
        found = self.table.take(key, dict)
        return MappingProxyType({name: text_of(f"{self.table.where}.{key}.{name}", each) for name, each in found.items()})

    def _time(self, name: str, table: Table) -> Time:
        least, most = table.take("least", int), table.take("most", int)
        if most < least:
            raise table.wrong("most", most, f"{least} or more, as `least`")
        unit = cast(Unit, table.word("unit", UNITS))
        return Time(id=name, least=least, most=most, unit=unit, citation=table.text("citation"))

    def _authority(self, name: str, table: Table) -> Authority:
        title = text_of(table.where, {"en": table.take("en", str), "zh": table.take("zh", str)})
        return Authority(id=name, title=title, of=cast(Any, table.maybe_word("of", _OF)))

    def _condition(self, name: str, table: Table) -> Condition:
        fact = table.word("fact", self.facts)
        least, unit, per_seats = table.maybe("least", int), table.maybe("unit", str), table.maybe("per_seats", int)
        usual, most = (table.take(key, int) if per_seats else None for key in ("usual", "most"))
        if least and not unit:
            raise table.wrong("unit", unit, "text, beside `least`")
        firm = table.maybe("firm", bool)
        return Condition(
            id=name,
            fact=fact,
            title=self.facts[fact],
            citation=table.text("citation"),
            least=least,
            unit=unit,
            per_seats=per_seats,
            usual=usual,
            most=most,
            firm=firm is not False,
        )

    def _requirement(self, name: str, table: Table) -> Requirement:
        rule = self._rule(table)
        held, time = table.maybe("held_by", dict), table.maybe_word("time", self.times)
        names = table.maybe("names", dict) or {}
        return Requirement(
            id=name,
            kind=cast(Kind, table.word("kind", KINDS)),
            rule=None if rule is None else rule.id,
            **self._said(table, rule),
            authority=self.authorities[table.word("authority", self.authorities)],
            when=self._when(table, None if rule is None else rule.id),
            held_by=None if held is None else self._held(Table(f"{table.where}.held_by", held)),
            time=None if time is None else self.times[time],
            conditions=tuple(self.conditions[each] for each in table.words("conditions", self.conditions)),
            documents=table.words("documents", self.documents),
            instead=table.words("instead", self.ids),
            depends=self._depends(table.words("depends", (*self.ids, *self.groups))),
            cautions=tuple(self._caution(each) for each in table.tables("cautions")),
            names=MappingProxyType({key: text_of(f"{table.where}.names.{key}", text) for key, text in names.items()}),
            not_needed=table.maybe_text("not_needed"),
            differs=self._differs(table.words("differs", sentences())),
        )

    def _differs(self, ids: tuple[str, ...]) -> Mapping[str, str] | None:
        """Return what regulations say otherwise, one behind the other."""
        said = [sentences()[id_][0] for id_ in ids]
        marks = {"en": " ", "zh": ""}
        return MappingProxyType({lang: mark.join(each[lang] for each in said) for lang, mark in marks.items()}) if said else None

    def _duty(self, name: str, table: Table) -> Duty:
        rule = self._rule(table)
        figures = {key: self._value(table, f"figures.{key}", value) for key, value in (table.maybe("figures", dict) or {}).items()}
        text, due = table.text("text"), table.maybe("due", dict)
        for lang, each in text.items():
            try:
                each.format(**figures)
            except (KeyError, IndexError, ValueError) as error:
                raise table.wrong(f"text.{lang}", each, f"a text with {', '.join(figures) or 'nothing'} in braces") from error
        return Duty(
            id=name,
            rule=None if rule is None else rule.id,
            **self._said(table, rule),
            text=MappingProxyType({lang: each.format(**_shown(figures)) for lang, each in text.items()}),
            figures=MappingProxyType(figures),
            when=self._when(table, None),
            due=None if due is None else self._due(Table(f"{table.where}.due", due)),
        )

    def _said(self, table: Table, rule: RuleText | None) -> dict[str, Any]:
        """Return title, citation and rows: the table's, else the rule's."""
        rows = table.rows()
        if rule is None:
            return {"title": table.text("title"), "citation": table.text("citation"), "rows": rows or ()}
        return {
            "title": table.maybe_text("title") or rule.title,
            "citation": table.maybe_text("citation") or rule.citation,
            "rows": rule.rows if rows is None else rows,
        }

    def _rule(self, table: Table) -> RuleText | None:
        found = table.maybe_word("rule", self.law.rules)
        return None if found is None else self.law.rules[found]

    def _when(self, table: Table, rule: str | None) -> tuple[Mapping[str, bool | str], ...]:
        """Return the clauses: the table's, else those of the sector whose licence it is."""
        clauses = tuple(self._clause(each) for each in table.tables("when"))
        need = None if rule is None else self.law.sector_licences.get(rule)
        if clauses or need is None:
            return clauses
        return ({"sector": need.sector, "product": need.product or "none"},)

    def _clause(self, table: Table) -> Mapping[str, bool | str]:
        found: dict[str, bool | str] = {}
        for key in table.data:
            if key in _FLAGS:
                flag = table.maybe(key, bool)
                assert flag is not None
                found[key] = flag
            elif key in self.words:
                found[key] = table.word(key, self.words[key])
            else:
                raise table.wrong(key, table.data[key], f"no such key, but {', '.join((*self.words, *sorted(_FLAGS)))}")
        return MappingProxyType(found)

    def _held(self, table: Table) -> HeldBy:
        found = HeldBy(
            licence=table.maybe("licence", str),
            filing=table.maybe_word("filing", tuple(self.law.filings.values())),
            scope=cast(Any, table.maybe_word("scope", _SCOPES)),
        )
        table.done()
        return found

    def _caution(self, table: Table) -> Caution:
        """Return a caution: its own, or what regulations say where they say it otherwise."""
        rows, difference = table.rows() or (), table.maybe_word("difference", sentences())
        if difference is None:
            text = text_of(table.where, {"en": table.take("en", str), "zh": table.take("zh", str)})
            found = Caution(text=text, rows=rows, when=self._when(table, None), citation=table.maybe_text("citation"))
        else:
            text, when = sentences()[difference]
            found = Caution(text=text, rows=rows, when=tuple(self._clause(Table(table.where, each)) for each in when))
        table.done()
        return found

    def _due(self, table: Table) -> Due:
        found = {
            key: self._value(table, key, table.take(key, str)) if key in table.data else None for key in ("days", "years", "yearly")
        }
        of = table.word("of", _DUE)
        table.done()
        return Due(of=cast(Any, of), **found)

    def _value(self, table: Table, key: str, name: Any) -> Any:
        """Return a value of this file or of the pack, by its name; `a.b` is b of a."""
        if isinstance(name, str) and name in self.values:
            return self.values[name]
        found: Any = self.law
        for part in str(name).split("."):
            found = getattr(found, part, None)
        if found is None:
            raise table.wrong(key, name, f"a value of the pack, or {', '.join(self.values)}")
        return found

    def _depends(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the requirements that some names mean, those of groups included."""
        found: dict[str, None] = {}
        for name in names:
            found.update(dict.fromkeys(self._depends(tuple(self.groups[name])) if name in self.groups else (name,)))
        return tuple(found)


def _shown(figures: Mapping[str, Any]) -> dict[str, str]:
    return {key: f"{value:%H:%M}" if hasattr(value, "hour") else f"{value:,}" for key, value in figures.items()}


def _no_circle(table: Table, found: Mapping[str, Requirement]) -> None:
    """Do nothing where no requirement waits for itself; ValueError names the first that does."""
    settled: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise table.wrong(f"requirements.{name}.depends", " > ".join((*above, name)), "requirements that do not wait for it")
        if name not in settled:
            for each in found[name].depends:
                visit(each, (*above, name))
            settled.add(name)

    for name in found:
        visit(name, ())
