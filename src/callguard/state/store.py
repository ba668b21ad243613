"""The Store contract: what a guard needs of the place where its state lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from callguard._core.line import Pulse
    from callguard.state.records import Attempted, Entry, Record


class Transaction(Protocol):
    """Checking, counting and logging as one: all of it lasts when the block ends, none of it when it raises."""

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return the instants of a campaign's attempts to a number that count, oldest first."""
        ...

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return the instants of a caller's attempts since an instant that count, oldest first."""
        ...

    def keyed(self, key: str, since: float) -> tuple[int, Attempted] | None:
        """Return the newest attempt with a key since an instant, and its number in the store."""
        ...

    def count(self, attempt: Attempted) -> int:
        """Count an attempt, and return its number in the store."""
        ...

    def log(self, entry: Entry) -> int:
        """Write a call-log record, and return its number; StateError when it cannot be written."""
        ...


class Store(Protocol):
    """An append-only log of records, the attempts that count, and the call log.

    Every method raises StateError when what it promises cannot be kept.
    """

    pulse: Pulse

    def append(self, record: Record) -> int:
        """Keep a record, lasting when this returns, publish its sequence number by the pulse, and return it."""
        ...

    def records(self, after: int = 0) -> Iterator[tuple[int, Record]]:
        """Yield the records after a sequence number, in the order of the log."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction; no other begins until it has ended."""
        ...

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return what a transaction would, at most a second old."""
        ...

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return what a transaction would, at most a second old."""
        ...

    def caller_count(self, caller: str, since: float) -> int:
        """Return how many attempts of a caller since an instant count, at most a second old."""
        ...

    def release(self, attempt: int) -> None:
        """Give the count of an attempt back."""
        ...

    def end(self, entry: int, outcome: str, duration: float | None, at: float) -> None:
        """Write how a logged call ended."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Yield the call log, oldest first."""
        ...

    def fresh_until(self) -> float:
        """Return the instant from which what is known may be out of date."""
        ...

    def log_writable(self) -> bool:
        """Return whether the call log takes records."""
        ...

    def close(self) -> None:
        """Let go of whatever is held open."""
        ...
