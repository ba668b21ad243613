"""What an inspection says and compares with, read from its file: strictly, with what the pack and its requirements say."""

from __future__ import annotations

import datetime as dt
from functools import cache
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from callguard.packs import pack
from callguard.packs.requirements import requirements
from callguard.packs.tables import Table, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard.packs.pack import Pack
    from callguard.packs.requirement import Requirements


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RemarkText:
    """What may be remarked: its id, the rows it is of, where that is written, what it says and how it is mended.

    `rule` is the rule of the pack that denies for it, if one does; its text is then the reason's sentence.
    """

    id: str
    rows: tuple[int, ...]
    title: Mapping[str, str]
    citation: Mapping[str, str]
    text: Mapping[str, str] | None
    mend: Mapping[str, str]
    rule: str | None = None

    @property
    def facts(self) -> frozenset[str]:
        """The facts that its texts write."""
        texts = [*(self.text or {}).values(), *self.mend.values()]
        return frozenset(name for text in texts for _, name, _, _ in Formatter().parse(text) if name)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Inspected:
    """What an inspection of one place's law says and compares with; words are in one case."""

    reviewed: dt.date
    stale_days: int
    early_days: int
    report_grace_until: tuple[int, int]
    scope_words: tuple[str, ...]
    exaggerations: tuple[str, ...]
    condition_rows: Mapping[str, tuple[int, ...]]
    remarks: Mapping[str, RemarkText]


@cache
def inspected(name: str = "cn") -> Inspected:
    """Return what an inspection by a pack says, read once; ValueError for a pack that is not there."""
    law = pack.load(name)
    return build_inspected(pack.read(f"{name}_inspection.toml"), law, requirements(name), f"{name}_inspection")


def build_inspected(data: dict[str, Any], law: Pack, asked: Requirements, where: str = "inspection") -> Inspected:
    """Return it of its tables; ValueError says which key is wrong, what was found and what is accepted."""
    table = Table(where, data)
    values = Table(f"{where}.values", table.take("values", dict))
    grace = Table(f"{where}.values.report_grace_until", values.take("report_grace_until", dict))
    conditions = {c.id: c for each in asked.requirements.values() for c in each.conditions}
    denials = table.take("denials", dict)
    for rule in denials:
        Table(f"{where}.denials", {"rule": rule}).word("rule", law.rules)
    said = _Said(law, asked)
    found = {rule: _denial(law, rule, text_of(f"{where}.denials.{rule}", mend)) for rule, mend in denials.items()}
    found |= table.each("remarks", said.remark)
    rows = Table(f"{where}.conditions", table.take("conditions", dict))
    of_conditions = {id_: tuple(rows.take(id_, list)) for id_ in conditions}
    rows.done()
    made = Inspected(
        reviewed=table.take("reviewed", dt.date),
        stale_days=values.take("stale_days", int),
        early_days=values.take("early_days", int),
        report_grace_until=(grace.take("month", int), grace.take("day", int)),
        scope_words=_folded(values, "scope_words"),
        exaggerations=_folded(values, "exaggerations"),
        condition_rows=MappingProxyType(of_conditions),
        remarks=MappingProxyType(found),
    )
    values.done()
    grace.done()
    table.done()
    return made


def _folded(table: Table, key: str) -> tuple[str, ...]:
    found = table.take(key, list)
    for i, each in enumerate(found):
        if not isinstance(each, str) or not each.strip():
            raise table.wrong(f"{key}[{i}]", each, "text")
    return tuple(each.casefold() for each in found)


def _denial(law: Pack, rule: str, mend: Mapping[str, str]) -> RemarkText:
    text = law.rules[rule]
    return RemarkText(id=rule, rows=text.rows, title=text.title, citation=text.citation, text=None, mend=mend, rule=rule)


@attrs.frozen
class _Said:
    """Reads remarks, with what the law says of what they are of."""

    law: Pack
    asked: Requirements

    def remark(self, name: str, table: Table) -> RemarkText:
        of = table.maybe("of", str)
        source = None if of is None else self._source(table, of)
        rows, title, citation = table.rows(), table.maybe_text("title"), table.maybe_text("citation")
        return RemarkText(
            id=name,
            rows=rows if rows is not None else () if source is None else source.rows,
            title=title or (table.text("title") if source is None else source.title),
            citation=citation or (table.text("citation") if source is None else source.citation),
            text=table.text("text"),
            mend=table.text("mend"),
        )

    def _source(self, table: Table, of: str) -> Any:
        kind, _, id_ = of.partition(" ")
        places: dict[str, Mapping[str, Any]] = {
            "rule": self.law.rules,
            "requirement": self.asked.requirements,
            "duty": self.asked.duties,
        }
        if kind not in places or id_ not in places[kind]:
            raise table.wrong("of", of, f"{', '.join(places)}, and the id of one")
        return places[kind][id_]
