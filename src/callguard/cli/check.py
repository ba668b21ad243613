"""`callguard check`: one decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from callguard.cli import commands
from callguard.cli.asking import ask
from callguard.cli.verdict import verdict

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [click.Argument(["callee"]), *commands.call_options(), click.Option(["--place"], metavar="PLACE")]
    return commands.Command(words, "check", check, params)


def check(desk: Desk, *, callee: str, campaign: str | None, caller: str | None, at: str | None, place: str | None) -> int:
    """Ask the guard once; 0 allowed, 1 denied."""
    question = ask(desk, callee, campaign=campaign, caller=caller, at=at, place=place)
    explanation = question.explain()
    decision = explanation.decision
    if desk.json:
        desk.print_json(desk.decision(decision, question.timezone))
    else:
        desk.show(verdict(desk, question, explanation))
        desk.notes(desk.warnings(question.guard))
    return 0 if decision else 1
