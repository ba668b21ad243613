"""What a rule is: a pure function from facts to `Pass(until)` or `Deny(…, until)`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import attrs

from callguard import clock
from callguard.model import FOREVER, Place, Reason
from callguard.packs.places import NO_LAW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from callguard.packs import Calendar, Clause, LocalLaw, Pack
    from callguard.policy import Caller, Campaign, Enterprise, Policy

Status = Literal["active", "suspended", "reclaimed"]


@attrs.frozen(slots=True)
class Pass:
    """The rule permits the call; `until` is the first instant at which time alone could change that."""

    until: float
    facts: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True)
    applies: bool = attrs.field(default=True, kw_only=True)
    provisional: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen(slots=True)
class Deny:
    """The rule does not permit the call; `until`, which must be given, is the first instant at which time could change that."""

    reason: Reason = Reason.CUSTOM
    until: float = attrs.field(default=cast("float", None))
    facts: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True)
    provisional: bool = attrs.field(default=False, kw_only=True)
    note: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse an answer that does not say until when."""
        if self.until is None:
            raise TypeError("`until` is required; accepted: an instant, FOREVER, or `call.at` to be asked every time")


def skip(until: float = FOREVER, **facts: object) -> Pass:
    """Return the answer of a rule that does not apply to the call, until when."""
    return Pass(until, facts=facts, applies=False)


@attrs.frozen(slots=True, kw_only=True)
class Call:
    """What a rule is told of a call: never the callee's number."""

    at: float
    policy: Policy
    campaign: Campaign
    caller: Caller | None
    caller_status: Status = "active"
    place: Place
    pack: Pack
    calendar: Calendar
    local_law: LocalLaw = NO_LAW

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Every clause of the law of the callee's place that may hold for the call, whatever its date."""
        campaign = self.campaign
        return self.local_law.of(self.place, campaign.purpose, campaign.sector, automated=campaign.automated)

    @property
    def enterprise(self) -> Enterprise:
        """The enterprise that calls."""
        return self.policy.enterprise

    @property
    def zones(self) -> frozenset[str]:
        """Every time zone that the callee may be in; empty: unknown."""
        return self.place.zones

    @property
    def today(self) -> date:
        """The enterprise's local date."""
        return clock.local(self.enterprise.timezone, self.at)[0]

    @property
    def own_law(self) -> bool:
        """Whether the pack's law is the law of the enterprise's own place."""
        return self.pack.id in self.enterprise.packs

    @property
    def in_mainland(self) -> bool:
        """Whether the callee is in the mainland, whichever of the told and known places counts."""
        return all(country == self.pack.mainland for country in self.place.countries)

    def midnight_of(self, day: date) -> int:
        """Return the first instant of a date of the enterprise's."""
        return clock.start_of_day(self.enterprise.timezone, day)

    def midnight_after(self, day: date) -> int:
        """Return the first instant after a date of the enterprise's; FOREVER after the last date there is."""
        return FOREVER if day == date.max else self.midnight_of(day + timedelta(days=1))

    @property
    def next_midnight(self) -> int:
        """The next instant at which a date begins where the callee may be, or for the enterprise."""
        names = self.zones | {self.enterprise.timezone}
        return min(clock.next_midnight(name, self.at) for name in names)


@attrs.frozen(slots=True)
class Listing:
    """One entry of a suppression list: held from `since` on, until before `until`."""

    list: str
    since: float | None = None
    until: float | None = None


@attrs.frozen(slots=True)
class Consent:
    """One consent, when it ends, and what proves it."""

    scope: str
    until: float | None = None
    proof: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(slots=True, kw_only=True)
class Callee:
    """What is known of the callee, without the number: how it was read, and what is on record.

    `refusals` are the scopes in which a refusal stands; `status` and `note` are of `phone.Reading`.
    """

    status: Literal["valid", "invalid", "protected"]
    note: str | None = None
    refusals: frozenset[str] = frozenset()
    listings: tuple[Listing, ...] = ()
    consents: tuple[Consent, ...] = ()


@attrs.frozen(slots=True, kw_only=True)
class Attempts:
    """Instants of the attempts that count: the campaign's to this callee, and all of this caller's.

    `every` are those to this callee of all campaigns that count together by the law of its place, this one included. `complete`:
    whether they could be looked up as far back as that law counts.
    """

    campaign: tuple[float, ...] = ()
    caller: tuple[float, ...] = ()
    every: tuple[float, ...] = ()
    complete: bool = True


@attrs.frozen(slots=True, kw_only=True)
class Upkeep:
    """Whether callguard itself can know and record: until when its state is fresh, and whether its log takes records.

    `damage` is what was found wrong with the index of its lists.
    """

    fresh_until: float = FOREVER
    log_writable: bool = True
    damage: str | None = None


Answer = Pass | Deny
Kind = Literal["callee", "call", "attempts", "upkeep", "custom"]
Part = Literal["enterprise", "campaign", "kind", "caller", "place"]
Reads = frozenset[Part]
EVERYTHING: Final[Reads] = frozenset({"enterprise", "campaign", "caller", "place"})


@attrs.frozen(slots=True, eq=False)
class Rule:
    """One rule: its id, the reasons it may deny for, what it looks at, and its function.

    `kind` says the arguments of `function`: `call` and `custom` take a Call; `callee` a Call and a Callee; `attempts` a Call and
    Attempts; `upkeep` a Call and an Upkeep. `reads` names the parts of a Call on which the answer of a `call` rule depends; `kind`
    is no more of the caller than whether it is known, its kind, province and `forwards_to`.
    """

    id: str
    reasons: tuple[Reason, ...]
    kind: Kind
    function: Callable[..., Answer]
    reads: Reads = EVERYTHING


def law(
    id: str,  # noqa: A002
    *reasons: Reason,
    kind: Kind = "call",
    reads: tuple[Part, ...] = (),
) -> Callable[[Callable[..., Answer]], Rule]:
    """Make a rule of a function; its text and citation stand in the pack under the same id."""
    return lambda function: Rule(id, reasons, kind, function, frozenset(reads))


def rule(id: str) -> Callable[[Callable[[Call], Answer]], Rule]:  # noqa: A002
    """Make a rule of the user's own: a function of a Call that returns `Pass(until=…)` or `Deny(until=…)`; it denies `custom`."""
    if not isinstance(id, str):
        raise TypeError(f"a rule's id is a {type(id).__name__}; accepted: text, as `no-fridays`")
    if not id or id != id.strip() or any(c.isspace() for c in id):
        msg = f"a rule's id is `{id}`; accepted: a non-empty text without spaces, as `no-fridays`"
        raise ValueError(msg)
    return lambda function: Rule(id, (Reason.CUSTOM,), "custom", function)
