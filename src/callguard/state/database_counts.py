"""The attempts of a database that count, as they are known in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.state.counts import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard._core.delta import Delta
    from callguard.state.counts import Tallies
    from callguard.state.engine import Engine
    from callguard.state.mirror import Mirror


class Counting:
    """The part of a database that is asked for attempts."""

    if TYPE_CHECKING:
        _engine: Engine
        _mirror: Mirror

    def keep_attempts(self, span: float, further: Mapping[str, float] | None = None) -> None:
        """Count attempts for at least so many seconds back from now on; those to numbers that begin so `further`."""
        self._mirror.reach(span, self._engine.read, further or {})

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return the instants of a campaign's attempts to a number that count, oldest first."""
        return self._mirror.counts.campaign_attempts(campaign, number)

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return the instants of a caller's attempts since an instant that count, oldest first."""
        return self._mirror.counts.caller_attempts(caller, since)

    def caller_count(self, caller: str, since: float) -> int:
        """Return how many attempts of a caller since an instant count."""
        return self._mirror.counts.caller_count(caller, since)

    def campaign_counts(self, campaign: str) -> Delta | None:
        """Return how many attempts of a campaign to each number count; None where none does."""
        return counted(self._mirror.lock, lambda: self._mirror.counts, campaign)

    def tallies(self) -> Tallies:
        """Return all that counts, as far back as it is kept."""
        return self._mirror.counts.tallies()
