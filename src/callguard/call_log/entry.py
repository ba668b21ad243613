"""What a record of the call log holds: every fact that the rules saw, what they decided, and how the call ended.

A record is JSON in UTF-8, one object; what is absent has its plain value (false, none, nothing). `kind` says which it is:
`decision`, its `outcome` or `release` later, or a note of what was done with the log itself.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import attrs

from callguard import clock
from callguard.errors import StateError
from callguard.model import FOREVER, Place, Reason, Verdict
from callguard.phone import mask
from callguard.rules.local import caps_of
from callguard.rules.rule import Listing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from callguard.model import Decision
    from callguard.packs import Calendar
    from callguard.rules.rule import Attempts, Call, Callee, Status, Upkeep

Facts = dict[str, Any]
Reference = tuple[str, int]  # a row: its writer and its position
DONE: Final = frozenset({"outcome", "release"})  # kinds of what is said of a decision later
NOTES: Final = ("checkpoint", "export", "exported", "purge")  # kinds of what was done with the log itself
AWAY: Final = "away"  # by which what is said later is found where it stands in another chain than its decision
KINDS: Final = (*sorted(DONE), AWAY, *NOTES)
REASONS: Final = {reason.value: reason for reason in Reason}
_MINUTE: Final = 60
DECISION: Final = b'{"kind":"decision"'  # how the record of a decision begins
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def _number(value: object) -> str:
    return repr(mask(value) if isinstance(value, str | int) else value)


@attrs.frozen(slots=True, kw_only=True)
class Consent:
    """A consent that was on record: its scope, when it ends, and what proves it, where that is known."""

    scope: str
    until: float | None
    proof: str | None = attrs.field(repr=False)


@attrs.frozen(slots=True, kw_only=True)
class Entry:
    """One decision that `attempt` took, with the facts it rested on, and how the call ended.

    Instants are epoch seconds. `counted` are the campaign's attempts to the callee, None where no limit looked at them; `every`
    those of all campaigns that count together by the law of its place, and `complete` whether these could be looked up; `of_caller`
    how many the caller had placed that day, and the instant that its cap hung on. `days` are the calendar's entries of the callee's
    dates: date, kind, name, whether provisional. `mark` is the state's, `law` the hash of the archived document that names policy,
    packs and data. `permit` is the id of the dial permit that the attempt may be given, `candidate` what
    the policy beside the live one said, None where there was none.
    """

    writer: str
    position: int
    at: float
    callee: int | None = attrs.field(repr=_number)
    caller: str = attrs.field(repr=_number)
    campaign: str
    purpose: str
    reason: Reason
    rule: str | None
    retry: float | None
    provisional: bool
    shadow: bool
    status: Literal["valid", "invalid", "protected"]
    note: str | None
    refusals: frozenset[str]
    listings: tuple[Listing, ...]
    consents: tuple[Consent, ...]
    counted: tuple[float, ...] | None
    every: tuple[float, ...]
    complete: bool
    of_caller: tuple[int, float | None] | None
    caller_status: Status
    place: Place
    days: tuple[tuple[str, str, str | None, bool], ...]
    mark: int
    fresh_until: float
    writable: bool
    handed_on: bool
    damage: str | None
    law: str
    key: str | None = attrs.field(repr=False)
    permit: str | None
    candidate: Verdict | None = None
    outcome: str | None = None
    duration: float | None = None
    ended: float | None = None
    released: float | None = None

    @property
    def allowed(self) -> bool:
        """Whether the call was let go."""
        return self.reason is Reason.ALLOWED or self.shadow


@attrs.frozen(slots=True, kw_only=True)
class Later:
    """What was said of a decision so much later that it stands for itself: of which row, and what."""

    writer: str
    position: int
    at: float
    of: Reference
    outcome: str | None
    duration: float | None
    released: bool


@attrs.frozen(slots=True, kw_only=True)
class Note:
    """What was done with the log itself: `checkpoint`, `export`, `exported` or `purge`; by whom, why, and what more."""

    writer: str
    position: int
    at: float
    kind: str
    who: str
    why: str
    facts: Mapping[str, Any]


def facts_of(
    call: Call,
    callee: Callee,
    attempts: Attempts,
    upkeep: Upkeep,
    decision: Decision,
    *,
    number: int | None,
    caller: str,
    shadow: bool,
    mark: int,
    key: str | None,
    permit: str | None = None,
    candidate: Verdict | None = None,
    law: str,
) -> Facts:
    """Return the record of a decision: every fact that the rules saw."""
    campaign = call.campaign
    facts: Facts = {
        "kind": "decision",
        "at": call.at,
        "callee": number,
        "caller": caller,
        "campaign": campaign.name,
        "purpose": campaign.purpose,
        "reason": decision.reason.value,
        "place": _place(call.place),
        "mark": mark,
        "law": law,
    }
    if decision.rule is not None:
        facts["rule"] = decision.rule
    if decision.retry_s is not None:
        facts["retry"] = decision.retry_s
    if decision.provisional:
        facts["provisional"] = True
    if shadow:
        facts["shadow"] = True
    if key is not None:
        facts["key"] = key
    if permit is not None:
        facts["permit"] = permit
    if candidate is not None:
        facts["candidate"] = attrs.asdict(candidate, filter=lambda _, value: bool(value))
    if callee.status != "valid":
        facts["status"] = callee.status
    if callee.note is not None:
        facts["note"] = callee.note
    if callee.refusals:
        facts["refusals"] = sorted(callee.refusals)
    if callee.listings:
        facts["listings"] = [[each.list, each.since, each.until] for each in callee.listings]
    if callee.consents:
        facts["consents"] = [[each.scope, each.until, each.proof] for each in callee.consents]
    caps = caps_of(call.clauses) if callee.status == "valid" else []
    if campaign.limits or caps:
        facts["counted"] = attempts.campaign
    if attempts.every:
        facts["every"] = attempts.every
    if not attempts.complete:
        facts["complete"] = False
    if call.caller is not None and call.caller.daily_attempts is not None:
        facts["of_caller"] = _of_caller(call, attempts, call.caller.daily_attempts)
    if call.caller_status != "active":
        facts["caller_status"] = call.caller_status
    if call.pack.mainland in call.place.countries:
        facts["days"] = _days(call.calendar, call.zones | {call.pack.calendar_zone}, call.at // _MINUTE)
    if upkeep.fresh_until < FOREVER:
        facts["fresh_until"] = upkeep.fresh_until
    if not upkeep.log_writable:
        facts["writable"] = False
    elif decision.reason is Reason.LOG_UNAVAILABLE:
        facts["handed_on"] = False
    if upkeep.damage is not None:
        facts["damage"] = upkeep.damage
    return facts


@lru_cache(maxsize=4096)
def _place(place: Place) -> list[Any]:
    found = [place.country, place.province, sorted(place.zones), place.fixed, place.told]
    return [*found, sorted(place.states)] if place.states else found


@lru_cache(maxsize=256)
def _days(calendar: Calendar, zones: frozenset[str], minute: float) -> list[Any]:
    # no zone begins a date, or moves its clock, within a minute
    return [_day(calendar, day) for day in sorted({clock.local(name, minute * _MINUTE)[0] for name in zones})]


@lru_cache(maxsize=64)
def _day(calendar: Calendar, day: date) -> list[Any]:
    found = calendar.day(day)
    return [str(day), found.kind, found.name, found.provisional]


def _of_caller(call: Call, attempts: Attempts, cap: int) -> list[Any]:
    """Return how many attempts the caller had placed in the enterprise's day, and the instant that the cap hangs on."""
    start = call.midnight_of(call.today)
    counting = sorted((at for at in attempts.caller if at >= start), reverse=True)
    return [len(counting), counting[cap - 1] if 0 < cap <= len(counting) else None]


def encode(facts: Mapping[str, Any]) -> bytes:
    """Return a record as it is sealed."""
    return _encode(facts).encode("utf-8", "surrogatepass")


def decode(body: bytes) -> Facts:
    """Return the facts of a record; StateError for what is none."""
    try:
        facts = json.loads(body.decode("utf-8", "surrogatepass"))
        _ = facts["kind"], facts["at"]
    except (ValueError, TypeError, KeyError) as error:
        raise StateError(f"a record of the call log cannot be read ({type(error).__name__})") from None
    return cast(Facts, facts)


def entry_of(facts: Facts, writer: str, position: int, later: Mapping[str, Any]) -> Entry:
    """Return the record of a decision as a value; `later` has its outcome, duration, end and release."""
    country, province, zones, fixed, told, *states = facts["place"]
    get = facts.get
    counted, of_caller, beside = get("counted"), get("of_caller"), get("candidate")
    return Entry(
        writer=writer,
        position=position,
        at=facts["at"],
        callee=facts["callee"],
        caller=facts["caller"],
        campaign=facts["campaign"],
        purpose=facts["purpose"],
        reason=REASONS[facts["reason"]],
        rule=get("rule"),
        retry=get("retry"),
        provisional=get("provisional", False),
        shadow=get("shadow", False),
        status=get("status", "valid"),
        note=get("note"),
        refusals=frozenset(get("refusals", ())),
        listings=tuple(Listing(*each) for each in get("listings", ())),
        consents=tuple(Consent(scope=scope, until=until, proof=proof) for scope, until, proof in get("consents", ())),
        counted=None if counted is None else tuple(counted),
        every=tuple(get("every", ())),
        complete=get("complete", True),
        of_caller=None if of_caller is None else (of_caller[0], of_caller[1]),
        caller_status=get("caller_status", "active"),
        place=_as_place(country, province, tuple(zones), fixed, told, tuple(*states)),
        days=tuple(tuple(each) for each in get("days", ())),
        mark=facts["mark"],
        fresh_until=get("fresh_until", FOREVER),
        writable=get("writable", True),
        handed_on=get("handed_on", True),
        damage=get("damage"),
        law=facts["law"],
        key=get("key"),
        permit=get("permit"),
        candidate=None if beside is None else Verdict(**beside),
        **later,
    )


@lru_cache(maxsize=4096)
def _as_place(
    country: str | None, province: str | None, zones: tuple[str, ...], fixed: bool, told: str | None, states: tuple[str, ...]
) -> Place:
    return Place(country, province, frozenset(zones), fixed, told, frozenset(states))


def later_of(facts: Facts, writer: str, position: int) -> Later:
    """Return an outcome or a release as a value that stands for itself."""
    name, number = facts["of"]
    return Later(
        writer=writer,
        position=position,
        at=facts["at"],
        of=(name, number),
        outcome=facts.get("outcome"),
        duration=facts.get("duration"),
        released=facts["kind"] == "release",
    )


def note_of(facts: Facts, writer: str, position: int) -> Note:
    """Return a note as a value."""
    rest = {key: value for key, value in facts.items() if key not in ("kind", "at", "who", "why")}
    return Note(
        writer=writer,
        position=position,
        at=facts["at"],
        kind=facts["kind"],
        who=facts.get("who", ""),
        why=facts.get("why", ""),
        facts=rest,
    )
