"""`callguard packs show`: each clause of a pack, with its sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from callguard import packs
from callguard.cli import commands
from callguard.cli.desk import NotAnswered

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.packs import Clause, PlacePack

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "packs show", show, [click.Argument(["pack"], metavar="PACK")])


def show(desk: Desk, *, pack: str) -> int:
    """Show a pack that ships, or one of a file; 0, 2 where there is none."""
    if pack in packs.OVERLAYS:
        return _overlay(desk, pack)
    found = _found(desk, pack)
    lang = desk.words.lang
    if desk.json:
        clauses = [facts(clause, lang) for clause in found.clauses]
        desk.print_json(
            {"id": found.id, "country": found.country, "kind": found.kind, "title": found.titles[lang], "clauses": clauses}
        )
        return 0
    desk.show(Text.assemble((found.id, "bold"), f"  {found.titles[lang]} ({found.country})"))
    for clause in found.clauses:
        desk.show(Text(), Text.assemble((clause.id, "bold"), f"  {clause.title[lang]}"), Text(f"  {clause.text[lang]}"))
        for key, value in facts(clause, lang).items():
            if key in ("hours", "caps", "within", "from", "until") and value:
                said = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
                desk.show(Text.assemble((f"  {desk.words(f'clause-{key}')} ", "dim"), said))
        for source in clause.sources:
            desk.show(Text(f"  {source.title} <{source.url}>", "dim"))
    return 0


def _overlay(desk: Desk, name: str) -> int:
    """Show each difference of an overlay."""
    from callguard.cli import regulations_shown
    from callguard.readiness import json_form

    found, lang = packs.regulations(name), desk.words.lang
    if desk.json:
        differences = [json_form.difference(each, lang) for each in found.differences.values()]
        desk.print_json({"id": found.id, "beside": packs.OVERLAYS[name], "title": found.titles[lang], "differences": differences})
        return 0
    desk.show(Text.assemble((found.id, "bold"), f"  {found.titles[lang]}"))
    for each in found.differences.values():
        desk.show(Text(), regulations_shown.difference(desk.words, each))
    return 0


def _found(desk: Desk, name: str) -> PlacePack:
    if name in packs.SHIPPED.values():
        return packs.load_place(name)
    if not packs.is_file(name):
        raise NotAnswered(desk.words("no-pack", name=name, names=", ".join((*packs.OVERLAYS, *sorted(packs.SHIPPED.values())))))
    desk.readable(Path(name))
    try:
        return packs.read_place(Path(name))
    except ValueError as error:
        raise NotAnswered(str(error)) from error


def facts(clause: Clause, lang: str) -> dict[str, Any]:
    """Return what there is to say of a clause, as JSON has it."""
    return {
        "id": clause.id,
        "title": clause.title[lang],
        "text": clause.text[lang],
        "within": sorted(clause.within),
        "purposes": sorted(clause.purposes),
        "sectors": sorted(clause.sectors),
        "automated": clause.automated,
        "from": None if clause.first is None else str(clause.first),
        "until": None if clause.last is None else str(clause.last),
        "hours": _hours(clause),
        "holidays": None if clause.holidays is None else [clause.holidays.years[0], clause.holidays.years[-1]],
        "caps": [f"{cap.attempts} / {cap.written} ({cap.scope})" for cap in clause.caps],
        "consent": clause.consent,
        "sources": [{"title": source.title, "url": source.url, "sort": source.sort} for source in clause.sources],
    }


def _hours(clause: Clause) -> list[str]:
    """Write the hours of each day, days with the same ones together."""
    if clause.windows is None:
        return []
    days: dict[str, list[str]] = {}
    for name, spans in zip(_WEEK, clause.windows, strict=True):
        days.setdefault(" ".join(f"{_clock(start)}–{_clock(end)}" for start, end in spans), []).append(name)
    return [f"{' '.join(names)} {hours or '–'}" for hours, names in days.items()]


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}"
