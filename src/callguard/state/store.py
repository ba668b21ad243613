"""The Store contract: what a guard needs of the place where its state lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from callguard._core.delta import Delta
    from callguard._core.line import Pulse
    from callguard.state.counts import Tallies
    from callguard.state.records import Anchor, Attempted, LogQuery, LogRow, Record, Writer
    from callguard.state.view import View

T = TypeVar("T")


class Transaction(Protocol):
    """Checking, counting and logging as one: all of it lasts when the work's store returns, none of it when the work raises."""

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return the instants of a campaign's attempts to a number that count, oldest first."""
        ...

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return the instants of a caller's attempts since an instant that count, oldest first."""
        ...

    def keyed(self, key: str, since: float) -> tuple[int, Attempted] | None:
        """Return the newest attempt with a key since an instant, and its number in the store; released ones are none."""
        ...

    def count(self, attempt: Attempted) -> int:
        """Count an attempt, and return its number in the store."""
        ...

    def release(self, attempt: int) -> None:
        """Give the count of an attempt back; once, however often it is asked."""
        ...

    def log(self, make: Callable[[str, int, bytes], LogRow]) -> LogRow:
        """Write the call-log row that `make(writer, position, previous link)` returns, next in this store's chain."""
        ...


class Store(Protocol):
    """An append-only log of records, the attempts that count, and the call log.

    Every method raises StateError when what it promises cannot be kept. Every thread may call at once.
    """

    pulse: Pulse
    lasting: bool  # whether what it holds outlives the process

    def append(self, records: Sequence[Record]) -> int:
        """Keep records, all or none, lasting when this returns; publish the new mark by the pulse, and return it."""
        ...

    def follow(self, after: int) -> Iterator[tuple[int, Record]]:
        """Yield the records after a mark, in the order of the log, each with the mark that stands once it is applied.

        The last one's mark is that of the pulse when this was called. Applying a record twice changes nothing.
        """
        ...

    def fill(self, view: View) -> int:
        """Bring an empty view up to the log, as fast as may be, and return the mark that it then stands at."""
        ...

    def beat(self) -> None:
        """See now how things stand; a store does so by itself, unless it was opened to start no threads."""
        ...

    def checkpoint_due(self, mark: int, view: View) -> bool:
        """Return whether a view at a mark has taken in so much since the last checkpoint that another is worth its while."""
        ...

    def checkpoint(self, view: View, mark: int) -> None:
        """Let the next `fill` begin with what a view knows of refusals; it is at a mark or past it, and may go on meanwhile."""
        ...

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run a work with all that was committed before it in sight, and return what it returned once that lasts.

        Works of several threads may share one transaction of the database; each sees those before it.
        """
        ...

    def later(self, kind: int, payload: bytes) -> None:
        """Keep what could not be written, lasting when this returns, and write it once that can be; see `outbox` for the kinds."""
        ...

    def replay(self, kind: int, make: Callable[[bytes], Callable[[Transaction], object]]) -> None:
        """Say how what was kept by `later` is written: `make(payload)` returns the work of a transaction."""
        ...

    def keep_attempts(self, span: float, further: Mapping[str, float] | None = None) -> None:
        """Count attempts for at least so many seconds back from now on; 0: none is asked for.

        `further` are the spans of numbers that begin with these digits, where they reach further back. StateError where earlier
        attempts cannot be read.
        """
        ...

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return what a transaction would, at most a second old; from memory."""
        ...

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return what a transaction would, at most a second old; from memory."""
        ...

    def caller_count(self, caller: str, since: float) -> int:
        """Return how many attempts of a caller since an instant count, at most a second old; from memory."""
        ...

    def campaign_counts(self, campaign: str) -> Delta | None:
        """Return how many attempts of a campaign to each number count, at most a second old; from memory. None where none does.

        The table is the store's, which keeps it up; ask for it anew each time.
        """
        ...

    def tallies(self) -> Tallies:
        """Return all that counts, as far back as it is kept, at most a second old; from memory."""
        ...

    def log_rows(self, query: LogQuery) -> Iterator[LogRow]:
        """Yield the call log's rows that match, writer by writer, each in the order of its chain."""
        ...

    def writers(self) -> tuple[Writer, ...]:
        """Return the register of those who have written to the call log, by name."""
        ...

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what a purge has left of each chain that it cut: the newest of each writer, by name."""
        ...

    def purge(self, anchors: Iterable[Anchor]) -> int:
        """Remove each chain's rows up to its anchor, that one included, keep the anchors, and return how many went."""
        ...

    def archive(self, kind: str, digest: str, body: bytes) -> None:
        """Keep a text that decisions rested on, by its hash; once, however often it is given."""
        ...

    def archived(self, digest: str) -> bytes | None:
        """Return an archived text, None where there is none."""
        ...

    def fresh_until(self) -> float:
        """Return the instant from which what is known may be out of date; 0 while it is not known at all."""
        ...

    def log_writable(self) -> bool:
        """Return whether attempts can be counted and call-log rows written, as far as was seen last."""
        ...

    def warnings(self) -> tuple[tuple[str, dict[str, object]], ...]:
        """Return what a person should know of the store: each a key of texts and its facts."""
        ...

    def close(self) -> None:
        """Let go of whatever is held open; nothing that was acknowledged is lost by it."""
        ...
