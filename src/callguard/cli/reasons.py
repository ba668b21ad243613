"""Rows by reason, as a table with bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from callguard.batch.answers import UNDECIDED
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callguard.cli.desk import Desk

_LASTING = "magenta"
_COLOURS: dict[str, str] = {
    Reason.ALLOWED: "green",
    Reason.INVALID_NUMBER: "bright_black",
    Reason.REST_DAY: "yellow",
    Reason.CALLING_WINDOW: "yellow",
    Reason.ATTEMPT_LIMIT: "yellow",
    Reason.PROTECTED_NUMBER: "red",
    Reason.REFUSED: "red",
    Reason.LISTED: "red",
}
_SHARE, _GAP, _WIDEST = 7, 3, 40  # cells of a share with its space, between columns, of the longest bar
_EIGHTHS = " ▏▎▍▌▋▊▉"


def reasons_table(desk: Desk, columns: Sequence[tuple[str, Mapping[Reason, int]]], *, undecided: int = 0) -> Table:
    """Return a table of how many rows have which reason: one column of counts, and a bar, for each (title, counts).

    `undecided` are rows beside those of the first counts.
    """
    words = desk.words
    named: list[tuple[str, dict[str, int]]] = [(title, dict(counts.items())) for title, counts in columns]
    if undecided:
        named[0][1][UNDECIDED] = undecided
    shown = [reason for reason in (*Reason, UNDECIDED) if any(counts.get(reason) for _, counts in named)]
    label = max((cell_len(words.reason(reason)) for reason in shown), default=0)
    digits = max((len(f"{n:,}") for _, counts in named for n in counts.values()), default=0)
    digits = max(digits, 6)
    count = digits + _SHARE
    each = max((desk.out.width - label) // len(columns) - _GAP, count)
    wide = min(each - count - 1, _WIDEST)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(words("reason"), no_wrap=True)
    for title, _ in columns:
        table.add_column(title, width=min(each, count + 1 + _WIDEST))
    for reason in shown:
        cells = [_cell(desk, reason, counts, digits, wide) for _, counts in named]
        table.add_row(Text(words.reason(reason), "bold green" if reason is Reason.ALLOWED else ""), *cells)
    return table


def _cell(desk: Desk, reason: str, counts: Mapping[str, int], digits: int, wide: int) -> Text:
    """Write one count, its share, and a bar as long as its share."""
    n, total = counts.get(reason, 0), sum(counts.values())
    if not n:
        return Text(f"{'–' if desk.marks[0] == '✓' else '-':>{digits}}", "dim")
    text = Text(f"{n:>{digits},} {n / total:>{_SHARE - 1}.1%}")
    if wide >= 3:
        text.append(" " + bar(n / total, wide, plain=desk.marks[0] != "✓"), _COLOURS.get(reason, _LASTING))
    return text


def bar(share: float, wide: int, *, plain: bool = False) -> str:
    """Return a bar of a share of `wide` cells, to the eighth of one where the terminal has such signs; never nothing for some."""
    if plain:
        return "#" * max(round(share * wide), 1 if share else 0)
    eighths = max(round(share * wide * 8), 1 if share else 0)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
