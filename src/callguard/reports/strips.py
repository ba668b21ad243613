"""Numbers as pictures of a page in HTML: heat maps and bars, each row with its words above it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.reports.page import Bars, Heat, Share, Strip

_WIDE: Final = 1_000  # units of a picture, which is stretched to the width there is
_LATE: Final = 0.8  # behind which a name would not fit before the edge
_FEW: Final = 4
_FAINTEST: Final = 0.12  # of what is more than nothing


def heat(block: Heat) -> Iterator[str]:
    """Yield a heat map; each number is said where one points at it, and the rows' words say what matters of them."""
    count = len(block.columns)
    yield '<div class="timeline">'
    yield f'<div class="axis{" many" if len(block.ticks) > _FEW else ""}" aria-hidden="true">'
    for column, label in block.ticks:
        at = column / count
        late = ' class="late"' if at > _LATE else ""
        yield f'<span{late} style="left:{at * 100:.2f}%">{escape(label)}</span>'
    yield "</div>"
    for row in block.rows:
        yield f'<div class="row"><p><b>{escape(row.title)}</b> <span class="dim">{escape(row.words)}</span></p>'
        yield _strip(block, row)
        yield "</div>"
    yield "</div>"


def _strip(block: Heat, row: Strip) -> str:
    count = len(block.columns)
    cells = []
    for i, (name, value) in enumerate(zip(block.columns, row.values, strict=True)):
        if value:
            x, end = round(i / count * _WIDE, 1), round((i + 1) / count * _WIDE, 1)
            shade = round(max(value / block.most, _FAINTEST), 2)
            title = f"<title>{escape(name)}: {value:,}</title>"
            cells.append(
                f'<rect class="bar" x="{x}" width="{round(end - x, 1)}" y="2" height="16" fill-opacity="{shade}">{title}</rect>'
            )
    ticks = "".join(
        f'<line class="tick" x1="{x}" x2="{x}" y1="0" y2="20" vector-effect="non-scaling-stroke"/>'
        for x in (round(column / count * _WIDE, 1) for column, _ in block.ticks)
    )
    return f"{_picture(row)}{''.join(cells)}{ticks}</svg>"


def _picture(row: Strip | Share) -> str:
    """Return the tag that begins a row's picture; what it shows stands in words beside it."""
    label = escape(f"{row.title}: {row.words}")
    return f'<svg viewBox="0 0 {_WIDE} 20" preserveAspectRatio="none" role="img" aria-label="{label}">'


def bars(block: Bars) -> Iterator[str]:
    """Yield bars, each with its words above it."""
    yield '<div class="timeline">'
    for row in block.rows:
        wide = round(min(max(row.share, 0), 1) * _WIDE, 1)
        kind = " ".join(filter(None, ("bar", row.tone)))
        yield f'<div class="row"><p><b>{escape(row.title)}</b> <span class="dim">{escape(row.words)}</span></p>'
        yield f'{_picture(row)}<rect class="{kind}" x="0" width="{wide}" y="5" height="10"/></svg></div>'
    yield "</div>"
