"""Attempts that were let go and have no outcome yet, each by a random id; no more of them than memory has room for."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from typing import TYPE_CHECKING

from callguard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.attempt import Attempt

log = logging.getLogger("callguard.service")
_TOGETHER = 32  # attempts that end at once, whose transactions share commits


class OpenAttempts:
    """A table of entered attempts, oldest first; `ended` is told the outcome of each that ends here."""

    def __init__(self, limit: int, seconds: float, ended: Callable[[str], None]) -> None:
        """Hold at most `limit`, each at most so many seconds."""
        self._limit, self._seconds, self._ended = limit, seconds, ended
        self._open: dict[str, tuple[float, Attempt]] = {}
        self._entering = 0

    def __len__(self) -> int:
        return len(self._open)

    @property
    def full(self) -> bool:
        """Whether another one would be too many."""
        return len(self._open) + self._entering >= self._limit

    async def enter(self, attempt: Attempt) -> str:
        """Decide, count and log an attempt, and return its id; raises DialDenied."""
        self._entering += 1
        try:
            await attempt.__aenter__()
        finally:
            self._entering -= 1
        made = secrets.token_urlsafe(18)
        self._open[made] = (time.monotonic() + self._seconds, attempt)
        return made

    async def end(
        self, made: str, outcome: str | None, *, duration: float | None = None, keys: str | None = None, release: bool = False
    ) -> bool:
        """End an attempt with an outcome (None: `unknown`), and give its count back; False where none of the id is open.

        StateError where that, or the refusal that outcome or `keys` are, cannot be written; the attempt is open again then.
        """
        found = self._open.pop(made, None)
        if found is None:
            return False
        attempt = found[1]
        try:
            if release:
                await asyncio.to_thread(attempt.release)
            if keys is not None:
                attempt.pressed(keys)
            if outcome is not None:
                attempt.outcome(outcome, duration=duration)
            await attempt.__aexit__(None, None, None)
        except StateError:
            self._open[made] = found
            raise
        self._ended("released" if release else outcome or "unknown")
        return True

    async def sweep(self, now: float | None = None) -> None:
        """End as `unknown` all that have been open for too long."""
        now = time.monotonic() if now is None else now
        late = [made for made, (until, _) in self._open.items() if until <= now]
        await self._end_all(late)

    async def close(self) -> None:
        """End all as `unknown`."""
        await self._end_all(list(self._open))

    async def _end_all(self, ids: list[str]) -> None:
        for first in range(0, len(ids), _TOGETHER):
            await asyncio.gather(*map(self._end_unknown, ids[first : first + _TOGETHER]))

    async def _end_unknown(self, made: str) -> None:
        try:
            await self.end(made, None)
        except StateError:
            self._open.pop(made, None)
            self._ended("unknown")
            log.warning("the outcome of an attempt could not be written; on record it has none")
