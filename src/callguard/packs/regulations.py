"""What regulation says otherwise, read from its file: strictly, with what the pack and its requirements say."""

from __future__ import annotations

from datetime import date, time
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from callguard.packs import pack
from callguard.packs.pack import Hours
from callguard.packs.places import Source
from callguard.packs.regulation import MET_BY, STATUSES, SURE, Difference, LeftOut, Regulations
from callguard.packs.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard.packs.pack import Pack
    from callguard.packs.requirement import Requirements

OVERLAYS: Final[Mapping[str, str]] = {"cn-regulations": "cn"}  # each with the pack beside which it is shown
_SORTS: Final = ("statute", "report")
_INSTITUTIONS: Final = ("bank", "insurance", "securities", "for-profit-school", "non-profit-school")
_PARTICULARS: Final = ("name", "legal-representative", "business-scope", "registered-capital", "other")
_FIGURES: Final = ("decided_days", "renew_days", "notify_working_days", "keep_days")


@cache
def regulations(name: str = "cn-regulations") -> Regulations:
    """Return what the regulations say otherwise than a pack, read once; ValueError for an overlay that is not there."""
    from callguard.packs.requirements import requirements

    if name not in OVERLAYS:
        raise ValueError(f"there is no overlay `{name}`; accepted: {', '.join(OVERLAYS)}")
    law = OVERLAYS[name]
    return build_regulations(_data(law), pack.load(law), requirements(law), f"{law}_regulations")


def build_regulations(data: dict[str, Any], law: Pack, asked: Requirements, where: str = "regulations") -> Regulations:
    """Return the differences of their tables; ValueError says which key is wrong, what was found and what is accepted."""
    table = Table(where, data)
    found = Regulations(
        id=table.word("id", OVERLAYS),
        titles=table.text("title"),
        differences=table.each("differences", _Reader(law, asked).difference),
        left_out=table.each("left_out", lambda _, each: LeftOut(topic=each.text("topic"), why=each.text("why"))),
    )
    table.done()
    return found


@cache
def sentences(law: str = "cn") -> Mapping[str, tuple[Mapping[str, str], tuple[dict[str, Any], ...]]]:
    """Return what the regulations say, by id, with when; for requirements to tell, which must be read before the rest is."""
    table = Table(f"{law}_regulations", _data(law))

    def said(_: str, each: Table) -> tuple[Mapping[str, str], tuple[dict[str, Any], ...]]:
        return _written(each, "regulation"), tuple(each.maybe("when", list) or ())

    found = table.take("differences", dict)
    return MappingProxyType({id_: said(id_, Table(f"{table.where}.differences.{id_}", each)) for id_, each in found.items()})


def _data(law: str) -> dict[str, Any]:
    return pack.read(f"{law}_regulations.toml")


def _hours(table: Table) -> Hours | None:
    found = table.maybe("hours", dict)
    if found is None:
        return None
    inner = Table(f"{table.where}.hours", found)
    hours = Hours(start=inner.take("start", time), end=inner.take("end", time))
    inner.done()
    if hours.start >= hours.end:
        raise inner.wrong("end", hours.end, "a time after `start`")
    return hours


def _written(table: Table, key: str) -> Mapping[str, str]:
    """Return a text with the table's figures in place of their names in braces."""
    hours = _hours(table)
    figures: dict[str, Any] = {name: found for name in _FIGURES if (found := table.maybe(name, int)) is not None}
    if hours is not None:
        figures |= {"start": f"{hours.start:%H:%M}", "end": f"{hours.end:%H:%M}"}
    text = table.text(key)
    try:
        return MappingProxyType({lang: each.format(**figures) for lang, each in text.items()})
    except (KeyError, IndexError, ValueError) as error:
        raise table.wrong(key, dict(text), f"a text with {', '.join(figures) or 'nothing'} in braces") from error


@attrs.frozen
class _Reader:
    """Reads differences, with what the law asks for."""

    law: Pack
    asked: Requirements

    def difference(self, name: str, table: Table) -> Difference:
        first, sure, sources = table.maybe("from", date), table.word("sure", SURE), tuple(map(_source, table.tables("sources")))
        status = table.word("status", STATUSES)
        if (sure == "memory") == bool(sources) or (sure == "statute" and all(each.sort != "statute" for each in sources)):
            accepted = {"memory": "none, from memory", "statute": "one that is a statute", "report": "one or more"}[sure]
            raise table.wrong("sources", [each.title for each in sources], f"where `sure` is {sure}: {accepted}")
        if status == "abolished" and first is None:
            raise table.wrong("from", first, "the day on which it was abolished")
        rows = table.rows()
        if rows is None:
            raise table.wrong("rows", rows, "the article's rules that it is about")
        conditions = {each.id for requirement in self.asked.requirements.values() for each in requirement.conditions}
        return Difference(
            id=name,
            title=table.text("title"),
            article=_written(table, "article"),
            regulation=_written(table, "regulation"),
            do=_written(table, "do"),
            rows=rows,
            status=cast(Any, status),
            sure=cast(Any, sure),
            touches=self._touches(table),
            sources=sources,
            first=first,
            when=tuple(self._clause(each) for each in table.tables("when")),
            met_by=cast(Any, table.maybe_word("met_by", MET_BY)),
            drops=table.words("drops", self.asked.requirements),
            lifts=table.words("lifts", conditions),
            decided_days=table.maybe("decided_days", int),
            renew_days=table.maybe("renew_days", int),
            notify_working_days=table.maybe("notify_working_days", int),
            keep_days=table.maybe("keep_days", int),
            yearly=table.maybe("yearly", bool) is True,
            from_decision=table.words("from_decision", _PARTICULARS),
            hours=_hours(table),
        )

    def _touches(self, table: Table) -> tuple[str, ...]:
        of = {"requirement": self.asked.requirements, "duty": self.asked.duties, "rule": self.law.rules}
        accepted = tuple(f"{kind} {id_}" for kind, ids in of.items() for id_ in ids)
        found = table.words("touches", accepted)
        if not found:
            raise table.wrong("touches", list(found), "one or more of requirement, duty, rule, each with an id")
        return found

    def _clause(self, table: Table) -> Mapping[str, bool | str]:
        words = {**self.asked.words, "institution": _INSTITUTIONS}
        found: dict[str, bool | str] = {}
        for key, value in table.data.items():
            if key in self.asked.flags:
                found[key] = table.maybe(key, bool) is True
            elif key in words:
                found[key] = table.word(key, words[key])
            else:
                raise table.wrong(key, value, f"no such key, but {', '.join((*words, *sorted(self.asked.flags)))}")
        return MappingProxyType(found)


def _source(table: Table) -> Source:
    found = Source(title=table.take("title", str), url=_url(table), sort=cast(Any, table.word("sort", _SORTS)))
    table.done()
    return found


def _url(table: Table) -> str:
    found = table.take("url", str)
    if not found.startswith(("http://", "https://")):
        raise table.wrong("url", found, "an address that begins with http:// or https://")
    return found
