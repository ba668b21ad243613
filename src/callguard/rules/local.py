"""The law of the callee's place: days without calls, hours, caps and consent, by every clause that may hold; the narrowest wins."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from callguard import clock
from callguard.model import FOREVER, Reason
from callguard.rules.limits import end_of, span_of, within
from callguard.rules.rule import Answer, Deny, Pass, law, skip

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from callguard.packs import Cap, Clause
    from callguard.policy import Campaign
    from callguard.rules.rule import Attempts, Call, Callee

_ONE = timedelta(days=1)
_EARLIEST, _LATEST = 14 * 3600, -12 * 3600  # how far the world's clocks are ahead of UTC, and behind it


def clocks_of(call: Call, clause: Clause) -> Collection[str]:
    """Return the zones whose clocks a clause is judged by."""
    return call.zones | clause.zones


def dates(call: Call, clause: Clause, at: float) -> set[date]:
    """Return the dates that it may be where the callee is; where its zones are not known, every date on earth."""
    if call.zones:
        return {clock.local(name, at)[0] for name in clocks_of(call, clause)}
    return {clock.local("UTC", at + shift)[0] for shift in (_EARLIEST, _LATEST)}


def in_force(call: Call, clause: Clause, at: float) -> bool:
    """Whether a clause holds at an instant on any of the clocks."""
    return any(clause.in_force(day) for day in dates(call, clause, at))


def _edges(call: Call, clauses: Iterable[Clause]) -> list[float]:
    """Return the later instants at which a clause may come into force or go out of it, on any clock."""
    found: list[float] = []
    for clause in clauses:
        for day in (clause.first, None if clause.last is None else clause.last + _ONE):
            if day is None:
                continue
            if call.zones:
                found += [clock.start_of_day(name, day) for name in clocks_of(call, clause)]
            else:
                found += [clock.start_of_day("UTC", day) - shift for shift in (_EARLIEST, _LATEST)]
    return sorted(at for at in found if at > call.at)


def holding(call: Call, clauses: Iterable[Clause]) -> tuple[tuple[Clause, ...], float]:
    """Return the clauses in force, and the first later instant at which these are others; FOREVER where there is none."""
    clauses = tuple(clauses)

    def at(instant: float) -> tuple[Clause, ...]:
        return tuple(clause for clause in clauses if in_force(call, clause, instant))

    now = at(call.at)
    return now, next((edge for edge in _edges(call, clauses) if at(edge) != now), FOREVER)


@law("place-consent", Reason.NO_CONSENT, kind="callee")
def place_consent(call: Call, callee: Callee) -> Answer:
    """Deny where the law of the callee's place requires consent, and none holds."""
    clauses, until = holding(call, (clause for clause in call.clauses if clause.consent))
    if not clauses:
        return skip(until, clauses=[])
    scopes = ("enterprise", call.campaign.name)
    ends = [
        FOREVER if c.until is None else c.until
        for c in callee.consents
        if c.scope in scopes and (c.until is None or call.at < c.until)
    ]
    facts = {"clauses": [clause.id for clause in clauses], "consent": bool(ends)}
    if not ends:
        return Deny(Reason.NO_CONSENT, until, facts=facts, note="place")
    # a consent that ends first leaves another answer, whatever the clauses do then
    return Pass(min(max(ends), until), facts=facts)


@law("place-days", Reason.REST_DAY, reads=("campaign", "place"))
def place_days(call: Call) -> Answer:
    """Deny on days on which the law of the callee's place permits no call, by the date on each clock.

    Where zones are not known it does not apply: the hours deny.
    """
    clauses = [clause for clause in call.clauses if clause.windows is not None]
    if not clauses or not call.zones:
        return skip(clauses=[])
    names = {name for clause in clauses for name in clocks_of(call, clause)}

    def shut(at: float) -> tuple[str, ...]:
        return tuple(
            clause.id
            for clause in clauses
            if any(clause.in_force(day) and not clause.hours(day) for day in dates(call, clause, at))
        )

    def edge(at: float) -> int:
        return min(clock.next_edge(name, at, (0,)) for name in names)

    denied, until = clock.first_change(call.at, lambda at: bool(shut(at)), edge)
    found = shut(call.at)
    days = sorted({day for clause in clauses for day in dates(call, clause, call.at)})
    named = {str(day): name for day in days if (name := _holiday(clauses, day))}
    ids = list(found) or [clause.id for clause in clauses]
    facts: dict[str, Any] = {"clauses": ids, "days": named or [str(day) for day in days]}
    return Deny(Reason.REST_DAY, until, facts=facts, note="place") if denied else Pass(until, facts=facts)


def _holiday(clauses: Iterable[Clause], day: date) -> str | None:
    """Return the name of a date's holiday; `unknown` for a date whose year is not."""
    for clause in clauses:
        if clause.holidays is not None and clause.in_force(day) and clause.holidays.rests(day):
            return clause.holidays.days.get(day, "unknown")
    return None


def opened(call: Call, clauses: Collection[Clause], base: dict[str | None, tuple[int, int]], at: float) -> list[str]:
    """Return the clocks on which it is outside hours; a day without calls is left to `place-days`.

    `base` are the hours of each country where no law of the whole of it gives hours.
    """
    outside = []
    for name in sorted(call.zones.union(*(clause.zones for clause in clauses))):
        day, seconds = clock.local(name, at)
        mine = [clause for clause in clauses if name in clocks_of(call, clause) and clause.in_force(day)]
        replaced = {clause.country for clause in mine if clause.kind == "law" and not clause.within}
        hours = [clause.hours(day) for clause in mine]
        if name in call.zones:
            hours += [(span,) for country, span in base.items() if country not in replaced]
        if not all(any(start <= seconds < end for start, end in spans) for spans in hours if spans):
            outside.append(name)
    return outside


def edge_of(call: Call, clauses: Collection[Clause], base: dict[str | None, tuple[int, int]], at: float) -> int:
    """Return the first later instant at which a clock reaches the beginning or end of hours, or a date begins."""
    seconds = {0, *(second for span in base.values() for second in span)}
    for clause in clauses:
        for spans in (*(clause.windows or ()), clause.holiday_hours):
            seconds.update(second for span in spans for second in span)
    names = call.zones.union(*(clause.zones for clause in clauses))
    return min(clock.next_edge(name, at, seconds) for name in names)


def caps_of(clauses: Iterable[Clause]) -> list[tuple[Clause, Cap]]:
    """Return the caps of clauses, each with its clause."""
    return [(clause, cap) for clause in clauses for cap in clause.caps]


def counted_together(call: Call) -> tuple[Campaign, ...]:
    """Return the campaigns whose attempts count for a cap on the enterprise's: those that a clause with one is about."""
    clauses = [clause for clause, cap in caps_of(call.clauses) if cap.scope == "enterprise"]
    return tuple(
        campaign
        for campaign in call.policy.campaigns
        if any(clause.about(campaign.purpose, campaign.sector, automated=campaign.automated) for clause in clauses)
    )


@law("place-limits", Reason.ATTEMPT_LIMIT, kind="attempts")
def place_limits(call: Call, attempts: Attempts) -> Answer:
    """Deny while a cap of the law of the callee's place has been reached."""
    clauses, until = holding(call, (clause for clause in call.clauses if clause.caps))
    caps = caps_of(clauses)
    if not caps:
        return skip(until, clauses=[])
    if not attempts.complete:
        return Deny(
            Reason.ATTEMPT_LIMIT, call.at, facts={"clauses": [clause.id for clause in clauses], "known": False}, note="place"
        )
    ends = []
    shown = []
    for clause, cap in caps:
        newest = sorted(attempts.campaign if cap.scope == "campaign" else attempts.every, reverse=True)
        ends.append(end_of(call, cap.attempts, cap.per, cap.count, newest))
        counted = within(call, cap.per, cap.count, newest)
        shown.append({"clause": clause.id, "attempts": cap.attempts, "per": cap.written, "counted": counted})
    facts = {"limits": shown}
    if all(end <= call.at for end in ends):
        return Pass(until, facts=facts)
    return Deny(Reason.ATTEMPT_LIMIT, min(max(ends), until), facts=facts, note="place")


def longest(clauses: Iterable[Clause]) -> float:
    """Return how many seconds back the caps of clauses may count; 0 where there is none."""
    return max((span_of(cap.per, cap.count) for _, cap in caps_of(clauses)), default=0)


def said_by(rule: str, clause: Clause) -> bool:
    """Whether a rule reads a clause, so that the clause is where the rule is written."""
    return {
        "marketing-hours": clause.windows is not None,
        "place-days": clause.windows is not None,
        "place-consent": clause.consent,
        "place-limits": bool(clause.caps),
    }.get(rule, False)
