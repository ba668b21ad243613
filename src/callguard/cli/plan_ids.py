"""What can be held or meant to be applied for, as people name it: by its id, or by what it is called in either language."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from callguard import packs
from callguard.cli import answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from callguard.cli.words import Words
    from callguard.packs import Requirement

_BESIDE: Final = re.compile(r"\(([^)]*)\)")  # what stands in parentheses
_LEFT_OUT: Final = re.compile(r"[\s《》“”\"'-]|业务经营|^the\b")


def ids() -> tuple[str, ...]:
    """Return every id."""
    return tuple(packs.requirements().requirements)


def known(words: Words) -> str:
    """Return every id, in Chinese with what it is called."""
    found = packs.requirements().requirements
    return ", ".join(id_ if words.lang == "en" else f"{id_} {each.title['zh']}" for id_, each in found.items())


def read(words: Words, text: str) -> str:
    """Return the id that a text names; ValueError with those there are, where it names none, or several."""
    found = _named().get(_folded(text), set()) | ({text.strip()} & set(ids()))
    if len(found) != 1:
        raise ValueError(", ".join(sorted(found)) or known(words))
    return found.pop()


def held(words: Words, text: str) -> tuple[str, date | None]:
    """Return the id that `ID` or `ID=DATE` names, and the date; ValueError for others."""
    name, _, since = text.partition("=")
    return read(words, name), answers.day(since)


@cache
def _named() -> dict[str, set[str]]:
    """Return what each thing may be called, and its ids."""
    found: dict[str, set[str]] = {}
    for id_, each in packs.requirements().requirements.items():
        for name in _names(each):
            found.setdefault(_folded(name), set()).add(id_)
    return found


def _names(found: Requirement) -> Iterator[str]:
    """Yield the titles of a requirement, without what stands in parentheses, and that alone; and its document, where it has one."""
    documents = packs.requirements().documents
    papers = [documents[found.documents[0]]] if found.kind == "document" and len(found.documents) == 1 else []
    for titles in (found.title, *found.names.values(), *papers):
        for title in titles.values():
            yield title
            yield _BESIDE.sub("", title)
            yield from _BESIDE.findall(title)


def _folded(name: str) -> str:
    return _LEFT_OUT.sub("", name.replace("（", "(").replace("）", ")").casefold())
