"""The rules asked day by day ahead: what they deny on a day, and from which day on it is otherwise.

Only rules are asked whose answers last for days; hours, rest days, limits and callees are not inspected. It is the rules themselves
that are asked, by the same calls that a guard asks them by, so that an inspection cannot differ from what `may_dial` says.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import clock, packs
from callguard.model import FOREVER, Place, Reason
from callguard.policy import Campaign
from callguard.rules import RULES
from callguard.rules.findings import evaluate
from callguard.rules.rule import Call, Deny

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard.packs import Calendar
    from callguard.policy import Caller, CallerStatus, Policy
    from callguard.rules.rule import Answer, Rule

_HOURLY: Final = frozenset({Reason.REST_DAY, Reason.CALLING_WINDOW})
LASTING: Final[tuple[Rule, ...]] = tuple(rule for rule in RULES if rule.kind == "call" and not _HOURLY & set(rule.reasons))
NOBODY: Final = Campaign(name="", purpose="service")
NOWHERE: Final = Place(None)
_FIRST: Final = date(2000, 1, 1)
_END: Final = date(2050, 1, 1)  # the zone tables reach no further
MOST_DAYS: Final = 3660


Steps = tuple[tuple[float, Reason | None], ...]


@attrs.frozen(kw_only=True)
class Denial:
    """What a rule denies: from `since` on (None: already), until before `resumes` (None: time alone does not mend it)."""

    rule: str
    reason: Reason
    since: date | None
    resumes: date | None
    facts: Mapping[str, Any] = attrs.field(eq=False)


class Ahead:
    """A policy, what is known of its callers, and the days that are looked at: `on`, and `days` more."""

    def __init__(
        self, policy: Policy, *, on: date, days: int, calendar: Calendar, statuses: Mapping[str, CallerStatus] | None = None
    ) -> None:
        """Take the days; ValueError for a day that the zone tables do not reach, or too many of them."""
        if not _FIRST < on < _END:
            raise ValueError(f"`on` is {on}; accepted: a day from 2000-01-02 to 2049-12-31")
        if not 0 <= days <= MOST_DAYS:
            raise ValueError(f"`days` is {days}; accepted: 0 to {MOST_DAYS}")
        self.policy, self.calendar, self.on = policy, calendar, on
        self.until = min(on + timedelta(days=days), _END - timedelta(days=1))
        self.law = packs.load()
        self.zone = policy.enterprise.timezone
        self.statuses = statuses or {}
        self._steps: dict[tuple[object, ...], Steps] = {}
        self.start = clock.start_of_day(self.zone, on)
        self.end = clock.start_of_day(self.zone, self.until + timedelta(days=1))

    @property
    def own_law(self) -> bool:
        """Whether the mainland's law is the enterprise's own."""
        return self.law.id in self.policy.enterprise.packs

    def within(self, day: date) -> bool:
        """Return whether a day is one of those looked at."""
        return self.on <= day <= self.until

    def status(self, caller: Caller | None) -> CallerStatus:
        """Return what was recorded of a caller, as the rules take it."""
        return "active" if caller is None else self.statuses.get(caller.key, "active")

    def call(self, campaign: Campaign, caller: Caller | None, place: Place, at: float) -> Call:
        """Return what the rules are told of a call."""
        return Call(
            at=at,
            policy=self.policy,
            campaign=campaign,
            caller=caller,
            caller_status=self.status(caller),
            place=place,
            pack=self.law,
            calendar=self.calendar,
        )

    def call_of_nobody(self) -> Call:
        """Return a call of which nothing is known but the enterprise, on the first day."""
        return self.call(NOBODY, None, NOWHERE, self.start)

    def steps(self, rule: Rule, campaign: Campaign, caller: Caller, place: Place) -> Steps:
        """Return from when on a rule denies for which reason, or passes; asked once for all for whom it reads the same."""
        reads = rule.reads
        who: object = None
        if "caller" in reads:
            who = caller.key
        elif "kind" in reads:
            who = (caller.kind, caller.province, caller.forwards_to)
        key = (rule.id, campaign.name if "campaign" in reads else None, who, place if "place" in reads else None)
        found = self._steps.get(key)
        if found is None:
            made: list[tuple[float, Reason | None]] = []
            at: float = self.start
            while at < self.end:
                answer = evaluate(rule, self.call(campaign, caller, place, at))
                reason = answer.reason if isinstance(answer, Deny) else None
                if not made or made[-1][1] != reason:
                    made.append((at, reason))
                at = answer.until
            found = self._steps[key] = tuple(made)
        return found

    def denial(
        self, rule: Rule, campaign: Campaign = NOBODY, caller: Caller | None = None, place: Place = NOWHERE
    ) -> Denial | None:
        """Return what a rule denies first on the days that are looked at; None where it denies nothing on any of them."""
        at: float = self.start
        while at < self.end:
            answer = evaluate(rule, self.call(campaign, caller, place, at))
            if isinstance(answer, Deny):
                since = None if at == self.start else self.day(at)
                return Denial(
                    rule=rule.id,
                    reason=answer.reason,
                    since=since,
                    resumes=self._resumes(rule, campaign, caller, place, answer),
                    facts=answer.facts,
                )
            at = answer.until
        return None

    def _resumes(self, rule: Rule, campaign: Campaign, caller: Caller | None, place: Place, answer: Answer) -> date | None:
        """Return the day on which a denial ends, whatever it changes to before."""
        while isinstance(answer, Deny):
            at = answer.until
            if at >= min(FOREVER, clock.END):
                return None
            answer = evaluate(rule, self.call(campaign, caller, place, at))
        return self.day(at)

    def day(self, at: float) -> date:
        """Return the enterprise's date of an instant."""
        return clock.local(self.zone, at)[0]
