"""The three tables that every command is in: it places calls and is decided, is harmless and passed, or unknown and denied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

Reader = TypeVar("Reader")


@attrs.frozen
class Tables(Generic[Reader]):
    """Commands by their names in lower case.

    `places`: how whom it calls is read, and why; `harmless` and `unknown`: why. What is in none is unknown as well.
    """

    places: Mapping[str, tuple[Reader, str]]
    harmless: Mapping[str, str]
    unknown: Mapping[str, str]

    def reader(self, name: str) -> Reader | None:
        """Return how a command that places calls is read; None for any other."""
        found = self.places.get(name.lower())
        return None if found is None else found[0]

    def is_harmless(self, name: str) -> bool:
        """Return whether a command is known to place no call."""
        return name.lower() in self.harmless


def several(names: str, why: str) -> dict[str, str]:
    """Give many commands one reason."""
    return dict.fromkeys(names.lower().split(), why)


def folded(names: str) -> frozenset[str]:
    """Return names, separated by blanks, as they are compared."""
    return frozenset(names.lower().split())
