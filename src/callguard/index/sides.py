"""Lists side by side: slices of index files and of what was gathered, each list's numbers with their entries."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from math import inf, isnan
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard._core.native import LIMIT
from callguard.errors import IndexFileError
from callguard.index.batches import NONE
from callguard.index.sorting import Run, sliced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from callguard.index.opened import Index
    from callguard.index.planes import Plane
    from callguard.index.sets import Sets
    from callguard.index.sorting import Ascending
    from callguard.index.sorting import Entry as Placed

    Entry = tuple[float | None, float | None]  # since, until
    Entries = frozenset[Entry]

PLAIN: Final[Entry] = (None, None)  # of a number that holds always
ALWAYS: Final[Entries] = frozenset({PLAIN})


@attrs.frozen(slots=True, eq=False)
class Held:
    """Some numbers of a list, ascending, and the entries of those that have other than the plain one."""

    numbers: Any
    entries: Mapping[int, Entries]

    def of(self, number: int) -> Entries:
        """Return the entries of one of the numbers."""
        return self.entries.get(number, ALWAYS)


class Numbers:
    """The numbers of a plane of an index, as a run that is taken from the front."""

    def __init__(self, pieces: Iterable[Sequence[int]]) -> None:
        self._pieces = iter(pieces)
        self._held: deque[memoryview] = deque()
        self._count = 0

    def _hold(self, items: int) -> bool:
        """Hold so many numbers, and return whether there are as many."""
        while self._count < items:
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._held.append(memoryview(piece))  # type: ignore[arg-type]
            self._count += len(piece)
        return True

    def ahead(self, items: int) -> int | None:
        """Return the number that stands so many ahead, None where there is none."""
        if not self._hold(items + 1):
            return None
        for piece in self._held:
            if items < len(piece):
                return int(piece[items])
            items -= len(piece)
        raise AssertionError

    def take(self, stop: int) -> list[memoryview]:
        """Return the numbers below another, in pieces, and go on behind them."""
        found = []
        while self._hold(1):
            piece = self._held.popleft()
            below = len(piece) if piece[-1] < stop else bisect_left(piece, stop)
            if below:
                found.append(piece[:below])
            self._count -= below
            if below < len(piece):
                self._held.appendleft(piece[below:])
                break
        return found


class _Entered(Run):
    """The entries of an index, whose places become planes; those of other places are left out."""

    def __init__(self, section: memoryview, planes: Mapping[int, int]) -> None:
        words = section.cast("B").cast("q")
        super().__init__(4, len(words) // 4, memory=words)
        self._planes = planes

    def take(self, stop: int) -> list[memoryview]:
        """Return the entries below a number, and go on behind them."""
        return [memoryview(self._placed(piece)) for piece in super().take(stop)]

    def _placed(self, piece: memoryview) -> array[int]:
        words = array("q", piece.tobytes())
        places = words[1::4]
        words[1::4] = array("q", [self._planes.get(place, -1) for place in places])
        if any(place not in self._planes for place in places):
            kept = [words[i : i + 4] for i in range(0, len(words), 4) if words[i + 1] >= 0]
            words = array("q", b"".join(kept))
        return words


@attrs.frozen(slots=True, eq=False)
class Side:
    """One list as it goes into slices: its runs, what makes one set of their pieces, and the index that it is of, None of none.

    Of an index the numbers are all of the list's; of what was gathered those that hold always.
    """

    runs: list[Ascending]
    joined: Callable[[list[memoryview]], Any]
    owner: Index | None = None


def of_index(index: Index, lists: Sequence[Plane | None], first: int, sets: Sets) -> tuple[list[Side], Ascending]:
    """Return some lists of an index, None being one that it has not, and their entries, as those of the sides from `first` on."""
    places = {plane.place: first + i for i, plane in enumerate(lists) if plane is not None}
    runs: list[list[Ascending]] = [
        [] if plane is None or not plane.bit else [Numbers(index.trie.numbers(plane.bit.bit_length() - 1))] for plane in lists
    ]
    return [Side(run, sets.joined, index) for run in runs], _Entered(index.entered, places)


def slices(sides: Sequence[Side], entered: list[Ascending], sets: Sets, size: int) -> Iterator[list[Held]]:
    """Yield what the sides hold, slice by slice; IndexFileError for an index whose numbers do not ascend, or are none."""
    start = 1
    for stop, taken, entries in sliced([side.runs for side in sides], entered, size):
        found: list[dict[int, set[Entry]]] = [{} for _ in sides]
        for number, side, since, until in entries:
            found[side].setdefault(number, set()).add((_edge(since), _edge(until)))
        held = []
        for each, pieces, mine in zip(sides, taken, found, strict=True):
            try:
                held.append(_held(each, each.joined(pieces), mine, sets))
                _check(held[-1].numbers, start, min(stop, LIMIT))
            except ValueError:
                if each.owner is None:
                    raise
                raise disordered(each.owner) from None
        yield held
        start = stop


def _check(numbers: Any, start: int, stop: int) -> None:
    if len(numbers) and not start <= numbers[0] <= numbers[-1] < stop:
        raise ValueError("the numbers are not ascending")


def _held(side: Side, numbers: Any, entries: dict[int, set[Entry]], sets: Sets) -> Held:
    if not entries:
        return Held(numbers, {})
    keys = sets.of(entries)
    if side.owner is None:
        for number in sets.common(keys, numbers):
            entries[int(number)].add(PLAIN)
    kept = {number: frozenset(found) for number, found in entries.items() if found != ALWAYS}
    return Held(sets.union(numbers, sets.without(keys, numbers)), kept)


def disordered(index: Index) -> IndexFileError:
    """Return the error of a file whose checksums are right and whose numbers are not."""
    assert index.path is not None
    return IndexFileError("disordered", index.path, "has numbers that do not ascend")


def written(held: Held, plane: int, sets: Sets) -> tuple[Any, list[Placed]]:
    """Return the numbers of a list that hold always, and its other entries, as `Further` takes them."""
    ends = [number for number, found in held.entries.items() if PLAIN not in found]
    entries = [
        (number, plane, NONE if since is None else since, NONE if until is None else until)
        for number in sorted(held.entries)
        for since, until in sorted(held.entries[number] - ALWAYS, key=_by_edges)
    ]
    return sets.without(held.numbers, sets.of(ends)), entries


def _by_edges(entry: Entry) -> tuple[float, float]:
    since, until = entry
    return -inf if since is None else since, inf if until is None else until


def _edge(value: float) -> float | None:
    return None if isnan(value) else value
