"""One target of a command that places calls."""

from __future__ import annotations

import re
from typing import Final

import attrs

DIGITS: Final = r"\+?[0-9]{1,24}"
_NUMBER: Final = re.compile(DIGITS)
_EXTENSION: Final = re.compile(r"[A-Za-z0-9_*#.\-]{1,80}")
_PLACE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,80}")
START: Final = "s"


class Unreadable(ValueError):  # noqa: N818 - what it is said of
    """What cannot be read for certain, and so must not be passed on; its text says why, without what was written."""


@attrs.frozen
class Target:
    """Whom a leg calls: `number` as it will be dialled, None where it is a name inside; `written` is all of it, for patterns."""

    written: str = attrs.field(repr=False)
    number: str | None = attrs.field(repr=False)


def called_again(first: tuple[Target, ...], then: tuple[Target, ...]) -> tuple[Target, ...]:
    """Return those of `then` whose number `first` calls already."""
    numbers = {target.number for target in first} - {None}
    return tuple(target for target in then if target.number in numbers)


def extension(exten: str, context: str) -> tuple[Target, ...]:
    """Read where a call is sent in the dialplan: none for `s`, a number, or a name inside, written `exten@context`."""
    if exten == START:
        return ()
    if not _EXTENSION.fullmatch(exten) and not _NUMBER.fullmatch(exten):
        raise Unreadable("an extension with unusual characters")
    if context and not _PLACE.fullmatch(context):
        raise Unreadable("a context with unusual characters")
    written = f"{exten}@{context}" if context else exten
    return (Target(written, exten if _NUMBER.fullmatch(exten) else None),)
