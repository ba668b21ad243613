"""A page as one HTML file: nothing outside it is loaded, no script runs; for a screen of any width, and for paper."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from callguard.reports import axis, strips
from callguard.reports.page import Heat, Items, Table, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from callguard.reports.page import Bar, Block, Page, Section, Span, Text

_LANGS: Final = {"en": "en", "zh": "zh-CN"}
_CODE: Final = re.compile("`([^`\n]+)`")
_DAY: Final = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")  # which is not to be broken over two lines
_WIDE: Final = 1_000  # units of a bar's picture, which is stretched to the width there is
_LEAST: Final = 6  # of them, that a single day is wide at least
_LATE: Final = 0.8  # after which a day's name does not fit on a telephone
_FEW: Final = 4  # days of which a telephone has room for every other one


def html(page: Page) -> str:
    """Return a page; everything said in it is escaped."""
    title = escape(page.title)
    head = [
        "<!doctype html>",
        f'<html lang="{_LANGS[page.lang]}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>\n{_style()}</style>",
        "</head>",
        "<body>",
        f"<header>\n<h1>{title}</h1>",
        *(f"<p>{_text(each)}</p>" for each in page.lead),
        "</header>",
        "<main>",
    ]
    sections = [line for section in page.sections for line in _section(section)]
    foot = [f"<footer>\n<p>{_text(page.foot)}</p>\n</footer>"] if page.foot else []
    return "\n".join([*head, *sections, "</main>", *foot, "</body>", "</html>", ""])


@cache
def _style() -> str:
    return files("callguard.reports").joinpath("style.css").read_text("utf-8")


def _section(section: Section) -> Iterator[str]:
    yield f'<section class="{section.tone}">' if section.tone else "<section>"
    yield f"<h2>{escape(section.title)}</h2>"
    for block in section.blocks:
        yield from _block(block)
    yield "</section>"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Items):
        yield from ("<ul>", *(f"<li>{_text(each)}</li>" for each in block.texts), "</ul>")
    elif isinstance(block, Timeline):
        yield from _timeline(block)
    else:
        yield from strips.heat(block) if isinstance(block, Heat) else strips.bars(block)


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide">\n<table>\n<thead>\n<tr>'
    yield from (f'<th scope="col">{escape(column)}</th>' for column in table.columns)
    yield "</tr>\n</thead>\n<tbody>"
    for row in table.rows:
        yield "<tr>"
        for i, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            # the column's name is said again where a narrow screen shows a row as a block
            named = f' data-name="{escape(column)}"' if column else ""
            yield f'<th scope="row"{named}>{_text(cell)}</th>' if i == 0 else f"<td{named}>{_text(cell)}</td>"
        yield "</tr>"
    yield "</tbody>\n</table>\n</div>"


def _text(text: Text) -> str:
    return "".join(_piece(each.text, each.tone) for each in text)


def _piece(said: str, tone: str) -> str:
    written = _DAY.sub(r"<time>\g<0></time>", _CODE.sub(r"<code>\1</code>", escape(said))).replace("\n", "<br>\n")
    return f'<span class="{tone}">{written}</span>' if tone and written else written


def _timeline(line: Timeline) -> Iterator[str]:
    yield '<div class="timeline">'
    yield from _axis(line)
    for row in line.rows:
        yield f'<div class="row"><p><b>{escape(row.title)}</b> <span class="dim">{_piece(row.words, "")}</span></p>'
        yield _picture(line, row)
        yield "</div>"
    marks = [f"<b>{escape(name)}</b> {day}" for day, name in line.marks]
    if marks:
        yield f'<p class="marks">{" · ".join(marks)}</p>'
    yield "</div>"


def _axis(line: Timeline) -> Iterator[str]:
    """Yield the days that are written: each begins where its day is, or ends there where it would not fit before the edge."""
    ticks = axis.ticks(line)
    yield f'<div class="axis{" many" if len(ticks) > _FEW else ""}" aria-hidden="true">'
    for day, label in ticks:
        at = axis.share(line, day)
        late = ' class="late"' if at > _LATE else ""
        yield f'<span{late} style="left:{at * 100:.2f}%">{escape(label)}</span>'
    yield "</div>"


def _picture(line: Timeline, row: Span) -> str:
    """Return the bars of a row, with the marks behind them; what they show stands in words beside them."""
    ticks = "".join(_upright(line, day, "tick") for day, _ in axis.ticks(line))
    marks = "".join(_upright(line, day, "mark") for day, _ in line.marks)
    bars = "".join(_bars(line, row.bars))
    return (
        f'<svg viewBox="0 0 {_WIDE} 20" preserveAspectRatio="none" role="img" aria-label="{escape(f"{row.title}: {row.words}")}">'
        f"{ticks}{bars}{marks}</svg>"
    )


def _upright(line: Timeline, day: object, kind: str) -> str:
    x = round(axis.share(line, day) * _WIDE, 1)  # type: ignore[arg-type]
    return f'<line class="{kind}" x1="{x}" x2="{x}" y1="0" y2="20" vector-effect="non-scaling-stroke"/>'


def _bars(line: Timeline, bars: Iterable[Bar]) -> Iterator[str]:
    for bar in bars:
        start, end = (round(each * _WIDE, 1) for each in axis.shares(line, bar.first, bar.last))
        if start >= _WIDE or end <= 0:
            continue
        end = min(max(end, start + _LEAST), _WIDE)
        start = min(start, _WIDE - _LEAST)
        kind = " ".join(filter(None, ("bar", bar.tone, "light" if bar.light else "")))
        yield f'<rect class="{kind}" x="{start}" width="{round(end - start, 1)}" y="4" height="12"/>'
