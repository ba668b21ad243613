"""The lists of an index, one plane each: what was read of them, and the entries of numbers with a beginning or an end."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import attrs

from callguard.clock import FOREVER
from callguard.index.batches import ENTRY, summed
from callguard.model import Notice
from callguard.rules.rule import Listing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from callguard.index.batches import Report

    Entry = tuple[float | None, float | None]
    Edges = tuple[float, float] | None


class Entries:
    """The entries of an index, sorted by number and plane: where they stand they are read, and nothing is copied."""

    __slots__ = ("_instants", "_numbers", "_whole")

    def __init__(self, section: memoryview) -> None:
        """Take the section."""
        self._whole = section.cast("B")
        self._numbers = self._whole.cast("q")
        self._instants = self._whole.cast("d")

    def of(self, number: int) -> Iterator[tuple[int, float | None, float | None]]:
        """Yield the entries of a number: plane, since, until."""
        numbers, instants = self._numbers, self._instants
        count = len(numbers) // 4
        i = bisect_left(range(count), number, key=lambda i: numbers[4 * i])
        while i < count and numbers[4 * i] == number:
            yield numbers[4 * i + 1], _instant(instants[4 * i + 2]), _instant(instants[4 * i + 3])
            i += 1

    def on(self, plane: int) -> Iterator[tuple[int, list[Entry]]]:
        """Yield the numbers that have entries on a plane, ascending, each with its entries there."""
        last = 0
        found: list[Entry] = []
        for number, where, since, until in ENTRY.iter_unpack(self._whole):
            if where == plane:
                if number != last and found:
                    yield last, found
                    found = []
                last = number
                found.append((_instant(since), _instant(until)))
        if found:
            yield last, found


@attrs.frozen(slots=True, eq=False)
class Plane:
    """One list of an index: how many distinct numbers and dated entries it has, and what was read of it and what was not.

    `place` is how entries name the list; `bit` its bit in the masks of the trie, 0 where it has none: all its numbers have entries.
    """

    name: str
    place: int
    bit: int
    numbers: int
    dated: int
    reports: tuple[Report, ...]
    _entries: Entries
    path: Path | None = None

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return summed(self.reports).rows

    @property
    def kept(self) -> int:
        """How many rows were kept."""
        return summed(self.reports).kept

    @property
    def skipped(self) -> tuple[int, ...]:
        """The first lines that were no number, 1,000 at most."""
        return summed(self.reports).skipped

    @property
    def skipped_count(self) -> int:
        """How many lines were no number."""
        return summed(self.reports).skipped_count

    @property
    def undated(self) -> tuple[int, ...]:
        """The first lines whose dates could not be read, 1,000 at most."""
        return summed(self.reports).undated

    @property
    def undated_count(self) -> int:
        """How many lines have dates that could not be read."""
        return summed(self.reports).undated_count

    @property
    def warnings(self) -> tuple[Notice, ...]:
        """What a person should know: rows skipped, and dates that could not be read."""
        return notices(self.name, summed(self.reports))

    def listings(self, number: int) -> tuple[Listing, ...]:
        """Return the entries of a number that is marked as being on this list."""
        found = tuple(Listing(self.name, since, until) for place, since, until in self._entries.of(number) if place == self.place)
        return found or (Listing(self.name),)

    def held(self, at: float) -> int:
        """Return how many distinct numbers the list holds at an instant."""
        return self.numbers - sum(not any(_holds(entry, at) for entry in entries) for _, entries in self._entries.on(self.place))

    def edges(self) -> tuple[Edges, Edges]:
        """Return the first and last instant from which entries hold, and until which; None where there is none."""
        found: list[Edges] = [None, None]
        for _, entries in self._entries.on(self.place):
            for entry in entries:
                for i, instant in enumerate(entry):
                    if instant is not None and instant < FOREVER:
                        first, last = found[i] or (instant, instant)
                        found[i] = min(first, instant), max(last, instant)
        return found[0], found[1]

    def dated_numbers(self) -> Iterator[tuple[int, list[Entry]]]:
        """Yield the numbers that have entries, ascending, each with since and until of its entries."""
        return self._entries.on(self.place)


def notices(name: str, report: Report) -> tuple[Notice, ...]:
    """Return what a person should know of a list that was read."""
    pairs = (
        ("list-skipped", report.skipped_count, report.skipped),
        ("list-undated", report.undated_count, report.undated),
    )
    return tuple(Notice(key, name=name, n=count, lines=lines) for key, count, lines in pairs if count)


def _holds(entry: Entry, at: float) -> bool:
    since, until = entry
    return (since is None or since <= at) and (until is None or at < until)


def _instant(value: float) -> float | None:
    if value != value:  # noqa: PLR0124 - not a number
        return None
    return min(FOREVER, value)
