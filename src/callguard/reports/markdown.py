"""A page as Markdown with tables, as GitHub reads it; what is said stays readable as it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from callguard.reports.page import Heat, Items, Table, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.reports.page import Block, Page, Text

_MEANS: Final = re.compile(r"([\\`*_\[\]<>|~])|(&)")
_CODE: Final = re.compile("(`[^`\n]+`)")
_COLUMNS: Final = 24  # of a heat map that is written as a table
_BEGINS: Final = re.compile(r"^(\s*(?:\d+(?=[.)]))?)([#+.)-])", re.MULTILINE)  # a heading or a list


def markdown(page: Page) -> str:
    """Return a page; everything said in it is escaped."""
    lines = [f"# {_escaped(page.title)}", ""]
    for each in page.lead:
        lines += [_text(each), ""]
    for section in page.sections:
        lines += [f"## {_escaped(section.title)}", ""]
        for block in section.blocks:
            lines += [*_block(block), ""]
    if page.foot:
        lines += [_text(page.foot), ""]
    return "\n".join(lines)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Table):
        yield _row(tuple(_escaped(column) for column in block.columns))
        yield _row(("---",) * len(block.columns))
        for row in block.rows:
            yield _row(tuple(map(_text, row)))
    elif isinstance(block, Items):
        yield from (f"- {_text(each)}" for each in block.texts)
    elif isinstance(block, Heat) and len(block.columns) <= _COLUMNS:
        yield _row(("", *(_escaped(column) for column in block.columns)))
        yield _row(("---", *("---:",) * len(block.columns)))
        for strip in block.rows:
            yield _row((_escaped(strip.title), *(f"{value:,}" for value in strip.values)))
    else:
        yield from (f"- **{_escaped(row.title)}** {_escaped(row.words)}" for row in block.rows)
        if isinstance(block, Timeline):
            yield from (f"- **{_escaped(name)}** {day}" for day, name in block.marks)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: Text) -> str:
    return "".join(
        f"**{_escaped(each.text)}**" if each.tone == "strong" and each.text.strip() else _escaped(each.text) for each in text
    )


def _escaped(said: str) -> str:
    """Return a text that Markdown shows as it is, but for code; a line break within it is one of HTML's."""
    return "".join(piece.replace("|", "\\|") if i % 2 else _plain(piece) for i, piece in enumerate(_CODE.split(said)))


def _plain(said: str) -> str:
    found = _BEGINS.sub(r"\1\\\2", _MEANS.sub(lambda match: "&amp;" if match[2] else f"\\{match[1]}", said))
    return found.replace("\n", "<br>")
