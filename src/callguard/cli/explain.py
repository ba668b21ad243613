"""`callguard explain`: what every rule says of one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.table import Table
from rich.text import Text

from callguard import as_json
from callguard.cli import commands
from callguard.cli.asking import ask
from callguard.cli.verdict import verdict

if TYPE_CHECKING:
    from callguard.cli.asking import Question
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.model import Explanation, Finding

ROOMY = 110
_STYLES = {"passes": ("green", 0), "denies": ("bold red", 1), "does-not-apply": ("dim", 2)}


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [click.Argument(["callee"]), *commands.call_options(), click.Option(["--place"], metavar="PLACE")]
    return commands.Command(words, "explain", explain, params)


def explain(desk: Desk, *, callee: str, campaign: str | None, caller: str | None, at: str | None, place: str | None) -> int:
    """Ask for every rule's finding; 0 allowed, 1 denied."""
    question = ask(desk, callee, campaign=campaign, caller=caller, at=at, place=place)
    explanation = question.explain()
    if desk.json:
        desk.print_json(
            as_json.explanation(explanation, question.next_allowed(), question.timezone, desk.words.lang),
        )
    else:
        table = _table(desk, question, explanation)
        desk.show(verdict(desk, question, explanation), Text(), table, Text(), _count(desk, explanation))
        desk.notes(desk.warnings(question.guard))
    return 0 if explanation.decision else 1


def _table(desk: Desk, question: Question, explanation: Explanation) -> Table:
    """Return a table of the findings, in reason order."""
    words = desk.words
    roomy = desk.out.width >= ROOMY
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column(words("rule"), no_wrap=True)
    table.add_column(f"{words('facts')}; {words('law')}", overflow="fold")
    if roomy:
        table.add_column(words("until"), no_wrap=True)
    for finding in explanation.findings:
        style, sign = _STYLES[finding.status]
        skipped = finding.status == "does-not-apply"
        local = None if skipped else desk.local(finding.until, question.timezone)
        until = "" if local is None else words.instant(local, offset=False)
        facts = _facts(words, finding)
        if until and not roomy:
            facts += f"; {words('until')} {until}"
        row = [
            Text(desk.marks[sign], style),
            Text(finding.rule, style),
            Text(facts, style) if skipped else _seen(words, finding, facts),
        ]
        table.add_row(*row, *([Text(until)] if roomy else []))
    return table


def _seen(words: Words, finding: Finding, facts: str) -> Text:
    """Write the facts of a finding, and under them where its rule is written."""
    citation = finding.citation_in(words.lang)
    return Text("\n").join(part for part in (Text(facts), Text(citation, "dim")) if part)


def _facts(words: Words, finding: Finding) -> str:
    """Write facts on one line; what is not known is left out."""
    named = [(str(name), value) for name, value in finding.facts.items() if value not in (None, "", {})]
    return ", ".join(f"{words.fact(name, finding.rule)} {_written(words, name, value)}" for name, value in named)


def _written(words: Words, name: str, value: Any) -> str:
    """Write one fact: tables by what is in them, lists by their items."""
    if isinstance(value, bool):
        return words("true" if value else "false")
    if isinstance(value, dict):
        parts = [(str(key), item) for key, item in value.items() if item is not None and item is not False and item not in ("", [])]
        return ", ".join(f"{words.fact(key)} {_written(words, key if key.islower() else name, item)}" for key, item in parts)
    if isinstance(value, list | tuple | set | frozenset):
        ordered = sorted(map(str, value)) if isinstance(value, set | frozenset) else value
        nested = any(isinstance(item, dict) for item in value)
        return ("; " if nested else " ").join(_written(words, name, item) for item in ordered) or words("none")
    return words.value(name, str(value))


def _count(desk: Desk, explanation: Explanation) -> Text:
    """Say how many rules pass, deny and do not apply."""
    statuses = [finding.status for finding in explanation.findings]
    return Text(
        desk.words(
            "findings",
            passes=statuses.count("passes"),
            denies=statuses.count("denies"),
            skips=statuses.count("does-not-apply"),
        )
    )
