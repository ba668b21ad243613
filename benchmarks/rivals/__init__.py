"""What users would pick instead, one a file: each opens on the same numbers and is asked about the same callees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs

if TYPE_CHECKING:
    from benchmarks.data import Numbers

CALLER = "010-8555-0123"
CAMPAIGN = "notice"


@attrs.frozen
class Rival:
    """Something else that may be asked: over at most `most` numbers, since more would take too long, or too much memory.

    `opened(numbers, folder)` yields what is asked: a function of one argument (`call`), or a container (`member`). `keys` says
    whether that takes the text of a callee or its number. `decides`: whether it answers the whole question, or membership alone;
    callguard holds the same numbers beside it.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    opened: Callable[[Numbers, Path], AbstractContextManager[Any]]
    shape: Literal["call", "member"] = "call"
    keys: Literal["text", "number"] = "text"
    decides: bool = False
    most: str = "10m"

    @property
    def missing(self) -> tuple[str, ...]:
        """The packages that are not installed."""
        return tuple(name for name in self.needs if find_spec(name) is None)


def all_rivals() -> Iterator[Rival]:
    """Yield every rival."""
    from benchmarks.rivals import by_hand, casbin, cedar, opa, postgres, roaring, sets, sqlite, valkey

    yield from (sets.NUMBERS, sets.TEXTS, roaring.RIVAL, sqlite.RIVAL, valkey.RIVAL, postgres.RIVAL, by_hand.RIVAL)
    yield from (casbin.RIVAL, cedar.RIVAL, opa.RIVAL)
