"""Attempts that count further back to some numbers than to others, as the law of the callees' places has it."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from callguard.state.counts import Counts, Released, Tallies, by_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard.state.counts import ByNumber
    from callguard.state.records import Attempted


class Reaches:
    """Several `Counts` behind the face of one: `spans` are seconds by the digits that numbers begin with, "" for all others."""

    def __init__(self, spans: Mapping[str, float]) -> None:
        self.applied = 0
        self.span = max(spans.values(), default=0)
        by_span: dict[float, Counts] = {}
        self._by_digits: dict[str, Counts] = {}
        for digits, span in spans.items():
            counts = self._by_digits[digits] = by_span.setdefault(max(span, spans[""]), Counts())
            counts.keep(max(span, spans[""]))
        self._parts = tuple(by_span.values())
        self._longest = max(map(len, spans))

    def _of(self, number: int) -> Counts:
        text = str(number)
        return next(self._by_digits[text[:size]] for size in range(self._longest, -1, -1) if text[:size] in self._by_digits)

    def apply(self, seq: int, event: Attempted | Released) -> None:
        """Take in the event with a number, which is higher than all before; those that were seen change nothing."""
        if seq <= self.applied:
            return
        if isinstance(event, Released):
            for part in self._parts:
                part.apply(seq, event)
        else:
            self._of(event.number).apply(seq, event)
        self.applied = seq

    def attempt(self, seq: int) -> tuple[str, int, str, float] | None:
        """Return campaign, number, caller and instant of an attempt that counts; None where it does not, or no longer."""
        return next((found for part in self._parts if (found := part.attempt(seq)) is not None), None)

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return the instants of a campaign's attempts to a number, oldest first; perhaps some older than the span."""
        return self._of(number).campaign_attempts(campaign, number)

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return the instants of a caller's attempts since an instant, oldest first."""
        return tuple(merge(*(part.caller_attempts(caller, since) for part in self._parts)))

    def caller_count(self, caller: str, since: float) -> int:
        """Return how many attempts of a caller since an instant count."""
        return sum(part.caller_count(caller, since) for part in self._parts)

    def by_number(self, campaign: str) -> ByNumber | None:
        """Return the table of a campaign, begun or a piece further; None where no attempt counts. Nobody applies meanwhile."""
        return by_number(self._parts, campaign)

    def tallies(self) -> Tallies:
        """Return what counts now; a number is in one part alone."""
        parts = [part.tallies() for part in self._parts]
        campaigns: dict[str, dict[int, float | tuple[float, ...]]] = {name: {} for part in parts for name in part.campaigns}
        for part in parts:
            for name, numbers in part.campaigns.items():
                campaigns[name] |= numbers
        callers = {caller for part in parts for caller in part.callers}
        return Tallies(campaigns, {caller: tuple(merge(*(part.callers.get(caller, ()) for part in parts))) for caller in callers})
