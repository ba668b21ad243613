"""The call log read through once, record by record: what is kept of it is counts, by day, caller, place and reason."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs

from callguard import clock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from callguard.call_log import Entry
    from callguard.model import Reason
    from callguard.policy import Caller, Policy

_PLACES = 10_000  # pairs of told and known places that are counted


@attrs.define
class Counts:
    """What the records come to."""

    days: set[date] = attrs.field(factory=set)
    calls: int = 0
    allowed: int = 0
    reasons: Counter[Reason] = attrs.field(factory=Counter)
    volumes: Counter[tuple[str, date]] = attrs.field(factory=Counter)  # of callers that have a plan
    purposes: Counter[tuple[str, str]] = attrs.field(factory=Counter)  # that are not the caller's
    purposes_last: dict[tuple[str, str], date] = attrs.field(factory=dict)
    marketing: int = 0
    without_consent: int = 0
    places: Counter[tuple[str, str]] = attrs.field(factory=Counter)  # told, known

    def take(self, entries: Iterable[Entry], policy: Policy) -> None:
        """Count records, in whatever order they come."""
        zone = policy.enterprise.timezone
        callers = {caller.key: caller for caller in policy.callers}
        for entry in entries:
            day = clock.local(zone, entry.at)[0]
            self.days.add(day)
            self.calls += 1
            self._place(entry)
            if not entry.allowed:
                self.reasons[entry.reason] += 1
            elif entry.released is None:
                self.allowed += 1
                self._call(entry, day, callers.get(entry.caller))

    def _place(self, entry: Entry) -> None:
        told, known = entry.place.told, entry.place.province
        if told is None or known is None or told == known or not told.startswith("CN-"):
            return
        if len(self.places) < _PLACES or (told, known) in self.places:
            self.places[told, known] += 1

    def _call(self, entry: Entry, day: date, caller: Caller | None) -> None:
        if caller is not None and caller.daily_attempts is not None:
            self.volumes[caller.key, day] += 1
        if caller is not None and caller.purposes is not None and entry.purpose not in caller.purposes:
            key = (caller.key, entry.purpose)
            self.purposes[key] += 1
            self.purposes_last[key] = max(day, self.purposes_last.get(key, day))
        if entry.purpose == "marketing":
            self.marketing += 1
            scopes = ("enterprise", entry.campaign)
            self.without_consent += not any(
                each.scope in scopes and (each.until is None or entry.at < each.until) for each in entry.consents
            )
