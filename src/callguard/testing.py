"""For the tests of those who use callguard: a clock that stands still, and a store that can be made to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard import clock
from callguard.state import MemoryStore

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["FrozenClock", "MemoryStore"]


class FrozenClock:
    """A clock that stands still until it is told otherwise: `Guard(policy, clock=FrozenClock(at))`.

    `at` is an aware datetime, epoch seconds, or ISO 8601 text with its offset.
    """

    def __init__(self, at: datetime | float | str) -> None:
        self.now = 0.0
        self.set(at)

    def __call__(self) -> float:
        """Return the instant at which it stands, in epoch seconds."""
        return self.now

    def set(self, at: datetime | float | str) -> None:
        """Stand at another instant."""
        self.now = clock.read_instant(at) if isinstance(at, str) else clock.instant(at)

    def advance(self, seconds: float) -> None:
        """Stand some seconds later, or earlier."""
        self.now = clock.check(self.now + seconds)
