"""An inspection as people read it: the worst first, each remark with when, of what, and how it is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from callguard.cli import inspect_said
from callguard.readiness import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.readiness import Inspection, Remark, Severity

_COLOURS: Final[dict[Severity, str]] = {
    "stops-calls": "bold red",
    "will-stop": "red",
    "violation": "magenta",
    "due": "yellow",
    "unknown": "cyan",
    "note": "dim",
}


def show(desk: Desk, found: Inspection, severities: Sequence[Severity]) -> None:
    """Print the remarks of some severities, and how many there are of all."""
    words = desk.words
    desk.show(Text(words("inspect-head", name=found.enterprise, on=found.on, until=found.until), "bold"))
    for severity in severities:
        remarks = found.at_least(severity)
        if remarks:
            desk.show(Text(), Text(f"{words(f'inspect-{severity}')} ({len(remarks)})", _COLOURS[severity]), _table(words, remarks))
    hidden = sum(n for severity, n in found.counts.items() if severity not in severities)
    desk.show(Text(), _summary(words, found))
    if hidden:
        desk.show(Text(words("inspect-hidden", n=hidden), "dim"))


def _summary(words: Words, found: Inspection) -> Text:
    """Return how many remarks there are of each severity."""
    if not found.remarks:
        return Text(words("inspect-none"), "green")
    parts = [(f"{found.counts[severity]} {severity}", _COLOURS[severity]) for severity in SEVERITIES if found.counts[severity]]
    text = Text()
    for i, (part, style) in enumerate(parts):
        text.append(", " if i else "").append(part, style)
    return text


def _table(words: Words, remarks: Sequence[Remark]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(words("inspect-when"), no_wrap=True)
    table.add_column(words("inspect-of"), max_width=22, overflow="fold")
    table.add_column(words("inspect-says"), overflow="fold")
    for each in remarks:
        table.add_row(inspect_said.when(words, each), _of(words, each), _said(words, each))
    return table


def _of(words: Words, remark: Remark) -> Text:
    what = words(f"inspect-what-{remark.what}")
    return Text.assemble((what, "dim"), f"\n{remark.name}" if remark.name else "")


def _said(words: Words, remark: Remark) -> Text:
    """Write what is remarked: its title, which rows it is of, its text, what it concerns, and how it is mended."""
    lang = words.lang
    text = Text.assemble((remark.title[lang], "bold"), ("  " + remark.id, "dim"))
    if remark.rows:
        text.append("  " + words("inspect-rows", n=len(remark.rows), rows=", ".join(map(str, remark.rows))), "dim")
    text.append("\n" + remark.message_in(lang))
    if remark.campaigns and remark.what != "campaign":
        text.append("  " + words("inspect-campaigns", names=", ".join(remark.campaigns)), "dim")
    return text.append("\n" + remark.mend_in(lang), "dim")
