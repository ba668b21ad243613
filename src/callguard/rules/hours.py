"""When: rest days, and the hours of the wall clock, in every zone that the callee may be in."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from callguard import clock
from callguard.model import FOREVER, Reason
from callguard.policy.model import DAYS
from callguard.rules.local import edge_of, opened
from callguard.rules.rule import Answer, Deny, Pass, law, skip
from callguard.rules.week import Span, is_open, until_change

if TYPE_CHECKING:
    from datetime import date, time

    from callguard.packs import Clause, Day
    from callguard.rules.rule import Call

_WEEK = frozenset(range(7))
_SHOWN = 8  # zones that the facts name; a number may have more than forty


@law("subject-tutoring-rest-day-ban", Reason.REST_DAY, reads=("campaign", "place"))
def subject_tutoring_rest_day_ban(call: Call) -> Answer:
    """Deny academic tutoring marketed to the mainland on a rest day or school vacation, by the date in each zone.

    `provisional` on a day of the year after the last notice; that it is counts as part of the answer, whose end is `until`.
    """
    campaign, mainland = call.campaign, call.pack.mainland
    tutoring = campaign.purpose == "marketing" and campaign.sector == "education" and campaign.academic_tutoring
    if not tutoring or mainland not in call.place.countries:
        return skip(purpose=campaign.purpose, sector=campaign.sector, academic_tutoring=campaign.academic_tutoring)
    zones = call.zones | {call.pack.calendar_zone}
    provinces = call.place.provinces or {None}

    def dates(at: float) -> set[date]:
        return {clock.local(name, at)[0] for name in zones}

    def on_vacation(day: date) -> bool:
        return any(call.calendar.vacation(province, day) for province in provinces)

    def answer(at: float) -> tuple[bool, bool]:
        here = dates(at)
        days = [call.calendar.day(day) for day in here]
        return any(day.rest for day in days) or any(map(on_vacation, here)), any(day.provisional for day in days)

    def edge(at: float) -> int:
        return min(clock.next_edge(name, at, (0,)) for name in zones)

    (denied, provisional), until = answer(call.at), clock.first_change(call.at, answer, edge)[1]
    facts = {"days": {str(day): _shown(call.calendar.day(day), on_vacation(day)) for day in sorted(dates(call.at))}}
    if denied:
        return Deny(Reason.REST_DAY, until, facts=facts, provisional=provisional)
    return Pass(until, facts=facts, provisional=provisional)


def _shown(day: Day, vacation: bool) -> dict[str, Any]:
    return {"kind": day.kind, "name": day.name, "provisional": day.provisional, "vacation": vacation}


def _seconds(start: time, end: time) -> tuple[int, int]:
    """Return a window in whole seconds of the day, narrowed where it begins or ends within one."""
    fraction = start.microsecond / 1_000_000
    return (
        ceil(start.hour * 3600 + start.minute * 60 + start.second + fraction),
        end.hour * 3600 + end.minute * 60 + end.second,
    )


def _wall(name: str, at: float) -> str:
    day, seconds = clock.local(name, at)
    whole = int(seconds)
    return f"{day} {DAYS[day.weekday()]} {whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def _answer(call: Call, spans: tuple[Span, ...], facts: dict[str, Any], *, every: bool) -> Answer:
    """Answer for windows that every zone's wall clock must be in: in `every` one of them, else in any."""
    if not call.zones:
        return Deny(Reason.CALLING_WINDOW, FOREVER, facts={**facts, "zones": 0}, note="zones-unknown")
    shut = [name for name in sorted(call.zones) if not is_open(spans, call.at + clock.offset_at(name, call.at), every=every)]
    inside, until = until_change(call.zones, call.at, spans, every=every)
    facts["zones"] = len(call.zones)
    facts["local"] = {name: _wall(name, call.at) for name in (shut or sorted(call.zones))[:_SHOWN]}
    return Pass(until, facts=facts) if inside else Deny(Reason.CALLING_WINDOW, until, facts=facts)


@law("marketing-hours", Reason.CALLING_WINDOW, reads=("campaign", "place"))
def marketing_hours(call: Call) -> Answer:
    """Deny marketing outside the hours of the callee's place, or where its zones are unknown.

    Where that place has law of its own, its hours hold; for other purposes only what it says of them.
    """
    clauses = [clause for clause in call.clauses if clause.windows is not None]
    if call.campaign.purpose != "marketing" and not clauses:
        return skip(purpose=call.campaign.purpose)
    if clauses:
        return _local(call, clauses)
    hours = {call.pack.window(country) for country in call.place.countries}
    spans = tuple((*_seconds(window.start, window.end), _WEEK) for window in hours)
    return _answer(call, spans, {"windows": [f"{window.start}–{window.end}" for window in hours]}, every=True)


def _local(call: Call, clauses: list[Clause]) -> Answer:
    """Answer by the clauses of the callee's place, and by the hours that hold without."""
    marketing = call.campaign.purpose == "marketing"
    windows = {country: call.pack.window(country) for country in call.place.countries} if marketing else {}
    base = {country: _seconds(window.start, window.end) for country, window in windows.items()}
    facts: dict[str, Any] = {"clauses": [clause.id for clause in clauses], "zones": len(call.zones)}
    if not call.zones:
        return Deny(Reason.CALLING_WINDOW, FOREVER, facts=facts, note="zones-unknown")
    shut = opened(call, clauses, base, call.at)
    _, until = clock.first_change(
        call.at, lambda at: not opened(call, clauses, base, at), lambda at: edge_of(call, clauses, base, at)
    )
    facts["local"] = {name: _wall(name, call.at) for name in (shut or sorted(call.zones))[:_SHOWN]}
    return Deny(Reason.CALLING_WINDOW, until, facts=facts) if shut else Pass(until, facts=facts)


@law("campaign-window", Reason.CALLING_WINDOW, reads=("campaign", "place"))
def campaign_window(call: Call) -> Answer:
    """Deny outside the campaign's own windows, whatever its purpose, or where the callee's zones are unknown."""
    if not call.campaign.windows:
        return skip(windows=[])
    spans = tuple((*_seconds(w.start, w.end), frozenset(DAYS.index(day) for day in w.days)) for w in call.campaign.windows)
    shown = [f"{' '.join(window.days)} {window.start}–{window.end}" for window in call.campaign.windows]
    return _answer(call, spans, {"windows": shown}, every=False)
