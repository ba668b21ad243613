"""A page to be read, before it has a form: sections of tables, lists and timelines.

Texts are plain until a form escapes them; what stands between backquotes in them is code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    from datetime import date

Tone = Literal["", "strong", "dim", "good", "warn", "bad"]
Lang = Literal["en", "zh"]


@attrs.frozen
class Said:
    """A piece of a text and how it is meant; a form may show the tone, and no sense hangs on it."""

    text: str
    tone: Tone = ""


Text = tuple[Said, ...]  # a line break within is a line break


def text(*parts: str | tuple[str, Tone]) -> Text:
    """Return a text of its pieces."""
    return tuple(Said(part) if isinstance(part, str) else Said(*part) for part in parts)


@attrs.frozen(kw_only=True)
class Table:
    """Rows under named columns; the first cell of a row says what the row is about."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]


@attrs.frozen(kw_only=True)
class Items:
    """Texts one below the other."""

    texts: tuple[Text, ...]


@attrs.frozen(kw_only=True)
class Bar:
    """Days from `first` to `last`, both included; what is outside the line is cut off. `light`: it may last so long."""

    first: date
    last: date
    tone: Tone = ""
    light: bool = False


@attrs.frozen(kw_only=True)
class Span:
    """One row of a timeline: what it is about, its bars, and in words what these show."""

    title: str
    words: str
    bars: tuple[Bar, ...]


@attrs.frozen(kw_only=True)
class Timeline:
    """Rows on one axis of days, from `first` to `last`; `marks` are days with a name that cross all rows."""

    first: date
    last: date
    rows: tuple[Span, ...]
    marks: tuple[tuple[date, str], ...] = ()


@attrs.frozen(kw_only=True)
class Strip:
    """One row of a heat map: what it is about, in words what it shows, and its numbers."""

    title: str
    words: str
    values: tuple[int, ...]


@attrs.frozen(kw_only=True)
class Heat:
    """Numbers by row and column as a picture, the larger the darker, `most` the darkest.

    `columns` names each column; `ticks` are those that are written above it, by their place.
    """

    columns: tuple[str, ...]
    ticks: tuple[tuple[int, str], ...]
    rows: tuple[Strip, ...]
    most: int


@attrs.frozen(kw_only=True)
class Share:
    """One bar: what it is about, in words how much that is, and how long it is, 0 to 1 of the width."""

    title: str
    words: str
    share: float
    tone: Tone = ""


@attrs.frozen(kw_only=True)
class Bars:
    """Shares one below the other."""

    rows: tuple[Share, ...]


Block = Table | Items | Timeline | Heat | Bars


@attrs.frozen(kw_only=True)
class Section:
    """A part of a page under a heading."""

    title: str
    blocks: tuple[Block, ...]
    tone: Tone = ""


@attrs.frozen(kw_only=True)
class Page:
    """A whole page. `lead` are its first lines, `foot` its last."""

    title: str
    lang: Lang
    lead: tuple[Text, ...]
    sections: tuple[Section, ...]
    foot: Text = ()
