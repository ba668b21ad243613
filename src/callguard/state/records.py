"""What is kept: refusals, lifts, consents, their ends, caller statuses, attempts; each as it happened, none changed later."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


@attrs.frozen(slots=True, kw_only=True)
class ListVersion:
    """A suppression list as a guard took it up: by its name, the digest of its index, and how many numbers it holds."""

    name: str
    digest: str
    numbers: int
    at: float


Record = Refusal | Lift | Consented | Withdrawal | StatusChange | ListVersion


@attrs.frozen(slots=True, kw_only=True)
class Attempted:
    """An attempt that counts, against the campaign's limits for the callee and the caller's for the day."""

    number: int = attrs.field(repr=mask)
    campaign: str
    caller: str
    at: float
    key: str | None = None


@attrs.frozen(slots=True, kw_only=True)
class LogRow:
    """A call-log record as it is stored: sealed, in its place in its writer's chain, found by blind indexes.

    `at` in epoch seconds is the only thing in the clear. `key` is the id of the key it is sealed under. Blind indexes are 16 bytes,
    None where there is nothing to find. `link` is the chain's, over this row and the link before it.
    """

    writer: str
    position: int
    at: float
    key: str
    callee: bytes | None
    caller: bytes | None
    campaign: bytes | None
    reason: bytes | None
    sealed: bytes = attrs.field(repr=False)
    link: bytes


@attrs.frozen(slots=True, kw_only=True)
class LogQuery:
    """Which rows of the call log are asked for: `since` <= at < `until`, and any of the blind indexes given for a column."""

    writer: str | None = None
    after: int = 0  # a position, with `writer`
    since: float | None = None
    until: float | None = None
    callee: tuple[bytes, ...] = ()
    caller: tuple[bytes, ...] = ()
    campaign: tuple[bytes, ...] = ()
    reason: tuple[bytes, ...] = ()


@attrs.frozen(slots=True, kw_only=True)
class Writer:
    """One who writes to the call log, as the register has it: how many rows, the first's link, the last's.

    `about` says which host and process it was, `began` when, in epoch seconds.
    """

    name: str
    about: str
    began: float
    count: int
    first: bytes
    last: bytes


@attrs.frozen(slots=True, kw_only=True)
class Anchor:
    """What a purge leaves of a chain: the position and link of the last row that it removed, signed by the log's key."""

    writer: str
    position: int
    link: bytes
    at: float
    key: str
    signature: bytes
