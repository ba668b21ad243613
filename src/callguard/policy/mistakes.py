"""A mistake before it has a file and a line, and how values and key paths are shown to the person who made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any, Final, Literal

import attrs

KeyPath = tuple[str | int, ...]


class _Wrong:
    """Stands in a draft for a value that was mistaken, so that what depends on it is left unjudged."""

    def __repr__(self) -> str:
        return "WRONG"


WRONG: Final[Any] = _Wrong()


class Mistake(ValueError):  # noqa: N818 - what a person made, before it is an error
    """One value that cannot be: what was found, what is accepted, and what may have been meant."""

    def __init__(self, found: str, accepted: str, hint: str | None = None) -> None:
        super().__init__(found, accepted, hint)
        self.found, self.accepted, self.hint = found, accepted, hint


@attrs.frozen
class Placed:
    """A mistake and the key path at which it stands."""

    path: KeyPath
    found: str
    accepted: str
    hint: str | None = None
    sort: Literal["value", "unknown", "missing"] = "value"


def show(value: object) -> str:
    """Return a value as TOML would write it, shortened, or what kind of thing it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = value if len(value) <= 60 else value[:57] + "..."
        return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text) + '"'
    if isinstance(value, int | float):
        return repr(value) if len(repr(value)) <= 60 else "a huge number"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple | frozenset | set):
        return "a list" if value else "an empty list"
    return "nothing" if value is None else f"a {type(value).__name__}"


def written(path: Iterable[str | int]) -> str:
    """Return a key path as a person reads it: `campaigns[2].window.end`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = part and all(c.isascii() and (c.isalnum() or c in "-_") for c in part)
            text += ("." if text else "") + (part if bare else show(part))
    return text


def nearest(word: object, words: Iterable[str]) -> str | None:
    """Return the one of `words` that `word` was probably meant to be, None where none is near."""
    from difflib import get_close_matches

    if not isinstance(word, str):
        return None
    known = {each.casefold(): each for each in words}
    folded = word.strip().casefold()
    for writing in (folded, folded.replace("_", "-"), folded.replace("-", "_")):
        found = get_close_matches(writing, known, 1, 0.7) or [each for each in known if len(each) >= 3 and writing.startswith(each)]
        if found:
            return known[found[0]]
    return None


def meant(word: object, words: Iterable[str]) -> str | None:
    """Return the question `did you mean …?`, None where nothing is near."""
    found = nearest(word, words)
    return None if found is None else f"did you mean `{found}`?"
