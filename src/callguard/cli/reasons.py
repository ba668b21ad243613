"""Rows by reason, as a table with bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callguard.cli.desk import Desk

_LASTING = "magenta"
_COLOURS = {
    Reason.ALLOWED: "green",
    Reason.INVALID_NUMBER: "bright_black",
    Reason.REST_DAY: "yellow",
    Reason.CALLING_WINDOW: "yellow",
    Reason.ATTEMPT_LIMIT: "yellow",
    Reason.PROTECTED_NUMBER: "red",
    Reason.REFUSED: "red",
    Reason.LISTED: "red",
}
_COUNT, _GAP, _WIDEST = 13, 3, 40  # cells of a count with its share, between columns, of the longest bar
_EIGHTHS = " ▏▎▍▌▋▊▉"


def reasons_table(desk: Desk, columns: Sequence[tuple[str, Mapping[Reason, int]]]) -> Table:
    """Return a table of how many rows have which reason: one column of counts, and a bar, for each (title, counts)."""
    words = desk.words
    shown = [reason for reason in Reason if any(counts.get(reason) for _, counts in columns)]
    label = max((cell_len(words.reason(reason)) for reason in shown), default=0)
    each = max((desk.out.width - label) // len(columns) - _GAP, _COUNT)
    wide = min(each - _COUNT - 1, _WIDEST)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(words("reason"), no_wrap=True)
    for title, _ in columns:
        table.add_column(title, width=min(each, _COUNT + 1 + _WIDEST))
    for reason in shown:
        cells = [_cell(desk, reason, counts, wide) for _, counts in columns]
        table.add_row(Text(words.reason(reason), "bold green" if reason is Reason.ALLOWED else ""), *cells)
    return table


def _cell(desk: Desk, reason: Reason, counts: Mapping[Reason, int], wide: int) -> Text:
    """Write one count, its share, and a bar as long as its share."""
    n, total = counts.get(reason, 0), sum(counts.values())
    if not n:
        return Text(f"{'–' if desk.marks[0] == '✓' else '-':>7}", "dim")
    text = Text(f"{n:>7,}{n / total:>6.1%}".rstrip())
    if wide >= 3:
        text.append(" " + bar(n / total, wide, plain=desk.marks[0] != "✓"), _COLOURS.get(reason, _LASTING))
    return text


def bar(share: float, wide: int, *, plain: bool = False) -> str:
    """Return a bar of a share of `wide` cells, to the eighth of one where the terminal has such signs; never nothing for some."""
    if plain:
        return "#" * max(round(share * wide), 1 if share else 0)
    eighths = max(round(share * wide * 8), 1 if share else 0)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
