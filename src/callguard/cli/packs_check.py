"""`callguard packs check`: whether a pack can be read, and its own cases come out as it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from callguard import pack_cases, packs
from callguard.cli import commands
from callguard.cli.desk import NotAnswered

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "packs check", check, [click.Argument(["file"], metavar="FILE")])


def check(desk: Desk, *, file: str) -> int:
    """Read a pack and decide its cases; 0 all as it says, 1 one is not or there is none, 2 it cannot be read."""
    words = desk.words
    if file in packs.OVERLAYS:
        return _overlay(desk, file)
    desk.readable(Path(file))
    try:
        pack, cases = pack_cases.check(Path(file))
    except ValueError as error:
        raise NotAnswered(str(error)) from error
    right = bool(cases) and all(case.right for case in cases)
    if desk.json:
        rows = [
            {"case": c.index, "at": c.at.isoformat(), "expected": c.expected, "found": c.found, "rule": c.rule, "right": c.right}
            for c in cases
        ]
        desk.print_json({"id": pack.id, "clauses": len(pack.clauses), "cases": rows, "right": right})
        return 0 if right else 1
    yes, no, _ = desk.marks
    for case in cases:
        said = words("case-right" if case.right else "case-wrong", n=case.index, at=case.at.isoformat(), expected=case.expected,
                     found=case.found, rule=case.rule or "–")  # fmt: skip
        desk.show(Text(f"{yes if case.right else no} {said}", "green" if case.right else "bold red"))
    count = (
        words("pack-read", id=pack.id, clauses=len(pack.clauses), cases=len(cases)) if cases else words("pack-no-cases", id=pack.id)
    )
    desk.show(Text(count, "dim" if right else "yellow"))
    return 0 if right else 1


def _overlay(desk: Desk, name: str) -> int:
    """Read an overlay, which has no cases as it decides nothing; 0."""
    n = len(packs.regulations(name).differences)
    if desk.json:
        desk.print_json({"id": name, "differences": n, "cases": [], "right": True})
    else:
        desk.show(Text(desk.words("differs-read", id=name, n=n), "dim"))
    return 0
