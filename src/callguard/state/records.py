"""What is kept: refusals, lifts, consents, their ends, caller statuses, attempts; each as it happened, none changed later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from callguard.phone import mask

if TYPE_CHECKING:
    from callguard.policy import CallerStatus


@attrs.frozen(slots=True, kw_only=True)
class Refusal:
    """A callee wants no calls; `at` is when that happened, as evidence. `imported`: somebody else says when."""

    number: int = attrs.field(repr=mask)
    scope: str
    at: float
    source: str | None = None
    imported: bool = False


@attrs.frozen(slots=True, kw_only=True)
class Lift:
    """A refusal of one scope ends, by the proof of a newer consent, which it counts as too."""

    number: int = attrs.field(repr=mask)
    scope: str
    at: float
    proof: str


@attrs.frozen(slots=True, kw_only=True)
class Consented:
    """A callee agreed to calls, until an instant or for good."""

    number: int = attrs.field(repr=mask)
    scope: str
    at: float
    proof: str
    until: float | None = None


@attrs.frozen(slots=True, kw_only=True)
class Withdrawal:
    """All consents of one scope end."""

    number: int = attrs.field(repr=mask)
    scope: str
    at: float


@attrs.frozen(slots=True, kw_only=True)
class StatusChange:
    """What became of a caller number, by its key."""

    caller: str
    status: CallerStatus
    at: float


Record = Refusal | Lift | Consented | Withdrawal | StatusChange


@attrs.frozen(slots=True, kw_only=True)
class Attempted:
    """An attempt that counts, against the campaign's limits for the callee and the caller's for the day."""

    number: int = attrs.field(repr=mask)
    campaign: str
    caller: str
    at: float
    key: str | None = None


@attrs.frozen(slots=True, kw_only=True)
class Entry:
    """A call-log record: the decision that `attempt` took before the call, and how the call ended."""

    at: float
    caller: str
    callee: int | None = attrs.field(repr=lambda number: "None" if number is None else mask(number))
    campaign: str
    purpose: str
    reason: str
    rule: str | None
    shadow: bool
    place: str | None = None
    told: str | None = None
    policy: str = ""
    data: str = ""
    outcome: str | None = None
    duration: float | None = None
    ended: float | None = None


Outcome = Literal["answered", "no-answer", "busy", "rejected", "voicemail", "failed", "unknown"]
