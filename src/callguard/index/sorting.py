"""Many numbers sorted in little memory: sorted run by run, put aside in a file when they are too many, merged in slices."""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from itertools import pairwise
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, Self

from callguard._core.native import GROUP, LIMIT
from callguard.index.batches import ENTRY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from callguard.index.batches import Batch

    Entry = tuple[int, int, float, float]

RUN: Final = 1 << 25  # numbers that are sorted at a time
LEAST: Final = 1 << 20  # bytes of memory, however little is asked for
_SLICES: Final = 1 << 16, 1 << 20  # numbers of a slice, at least and at most
_WINDOW: Final = 1 << 16
_INTERPRETED: Final = 8  # times as much memory, where Python sorts: each number is an object then
_ENTRY_COST: Final = 16  # times as much as an entry's bytes
_by_number: Final = itemgetter(0, 1)


class Ascending(Protocol):
    """Items that begin with a number, sorted by it, taken from the front."""

    def ahead(self, items: int) -> int | None:
        """Return the number of the item that stands so many items ahead, None where there is none."""
        ...

    def take(self, stop: int) -> list[memoryview]:
        """Return the items below a number, in pieces, and go on behind them."""
        ...


def sliced(
    runs: list[list[Ascending]], entry_runs: list[Ascending], size: int
) -> Iterator[tuple[int, list[list[memoryview]], list[Entry]]]:
    """Yield slice by slice: its end, a multiple of 10,000,000, the pieces of each plane's runs below, and the entries sorted.

    A slice has `size` numbers, more where the bounds want it.
    """
    every = [run for found in (*runs, entry_runs) for run in found]
    while True:
        heads = [head for run in every if (head := run.ahead(0)) is not None]
        if not heads:
            return
        step = max(size // len(heads), 1)
        reach = min((far for run in every if (far := run.ahead(step)) is not None), default=LIMIT)
        stop = max(min(heads) // GROUP + 1, reach // GROUP) * GROUP
        taken = [[piece for run in found for piece in run.take(stop)] for found in runs]
        pieces = [piece for run in entry_runs for piece in run.take(stop)]
        entries = [entry for piece in pieces for entry in ENTRY.iter_unpack(piece.cast("B"))]
        if len(entry_runs) > 1:
            entries.sort(key=_by_number)
        yield stop, taken, entries


class Run:
    """Sorted items of `words` 64-bit words that begin with a number, in memory or in a file, taken from the front."""

    def __init__(
        self, words: int, count: int, memory: memoryview | None = None, file: IO[bytes] | None = None, at: int = 0
    ) -> None:
        """Take the items, as a view of words or as what stands in a file from a byte on."""
        self.words, self.count = words, count
        self._memory, self._file, self._at, self._next = memory, file, at, 0

    def ahead(self, items: int) -> int | None:
        """Return the number of the item that stands so many items ahead, None where there is none."""
        i = self._next + items
        if i >= self.count:
            return None
        found: int = self._items(i, 1)[0]
        return found

    def take(self, stop: int) -> list[memoryview]:
        """Return the items below a number, in pieces, and go on behind them."""
        pieces = []
        while self._next < self.count:
            size = self.count - self._next if self._memory is not None else min(_WINDOW, self.count - self._next)
            window = self._items(self._next, size)
            below = bisect_left(range(size), stop, key=lambda i: window[i * self.words])
            if below:
                pieces.append(window[: below * self.words])
            self._next += below
            if below < size:
                break
        return pieces

    def _items(self, start: int, size: int) -> memoryview:
        if self._memory is not None:
            return self._memory[start * self.words : (start + size) * self.words]
        assert self._file is not None
        self._file.seek(self._at + start * self.words * 8)
        return memoryview(self._file.read(size * self.words * 8)).cast("q")


class Pile:
    """Gathers the numbers and dated entries of some planes, and gives them back ascending, slice by slice.

    At most about `memory` bytes are held at a time; what is more waits in a file in `folder`, which has no name and ends with the
    pile. `expected` is how many numbers may come at most. `arrays` says whether NumPy sorts.
    """

    def __init__(self, planes: int, *, memory: int, expected: int, folder: Path | None, arrays: bool) -> None:
        memory = max(memory, LEAST)
        self.planes, self.arrays = planes, arrays
        self.gathered = 0
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._end = 0
        self._room = max(min(memory * 3 // 4 // 8, expected), 1) if arrays else memory // (8 * _INTERPRETED)
        self._buffer: Any = self._empty()
        self._fill = self._start = 0
        self._plane = 0
        self._runs: list[list[Run]] = [[] for _ in range(planes)]
        self._held: list[tuple[int, int, int]] = []  # sorted runs in the buffer: plane, start, end
        self._entries: list[Entry] = []
        self._entry_room = memory // (ENTRY.size * _ENTRY_COST)
        self._entry_runs: list[Run] = []
        least, most = _SLICES
        self.slice = min(max(memory // 256, least), most)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    @property
    def has_entries(self) -> bool:
        """Whether there are dated entries."""
        return bool(self._entries or self._entry_runs)

    def add(self, plane: int, batch: Batch) -> None:
        """Take what was read of a source of a plane."""
        if plane != self._plane:
            self._close_run()
            self._plane = plane
        count, done = len(batch.numbers), 0
        self.gathered += count
        while done < count:
            size = min(count - done, self._room - self._fill, RUN - (self._fill - self._start))
            if self.arrays:
                self._buffer[self._fill : self._fill + size] = batch.numbers[done : done + size]
            else:
                self._buffer.extend(batch.numbers[done : done + size])
            self._fill += size
            done += size
            if self._fill == self._room:
                self._spill()
            elif self._fill - self._start == RUN:
                self._close_run()
        if batch.dated:
            self._entries.extend((number, plane, since, until) for number, since, until in batch.dated)
            if len(self._entries) >= self._entry_room:
                self._spill_entries()

    def _empty(self) -> Any:
        if self.arrays:
            import numpy as np

            return np.empty(self._room, np.int64)
        return array("q")

    def _close_run(self) -> None:
        """Sort what has come since the last run."""
        if self._fill > self._start:
            if self.arrays:
                self._buffer[self._start : self._fill].sort()
            else:
                self._buffer[self._start :] = array("q", sorted(self._buffer[self._start :]))
            self._held.append((self._plane, self._start, self._fill))
        self._start = self._fill

    def _spill(self) -> None:
        """Put the runs aside in the file."""
        self._close_run()
        for plane, start, end in self._held:
            first, count = self._end, 0
            for at in range(start, end, _SLICES[1]):
                piece = self._distinct(self._buffer[at : min(at + _SLICES[1], end)])
                self._write(memoryview(piece))
                count += len(piece)
            self._runs[plane].append(Run(1, count, file=self._file, at=first))
        self._held.clear()
        self._fill = self._start = 0
        if not self.arrays:
            del self._buffer[:]

    def _spill_entries(self) -> None:
        self._entries.sort(key=_by_number)
        first = self._end
        for at in range(0, len(self._entries), _WINDOW):
            self._write(memoryview(b"".join(ENTRY.pack(*entry) for entry in self._entries[at : at + _WINDOW])))
        self._entry_runs.append(Run(4, len(self._entries), file=self._file, at=first))
        self._entries.clear()

    def _write(self, data: memoryview) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - it lives as long as the pile
        self._file.write(data)
        self._end += data.nbytes

    def runs(self) -> tuple[list[list[Ascending]], list[Ascending]]:
        """Return all that was gathered as sorted runs: those of each plane's numbers, and those of entries."""
        self._close_run()
        view = memoryview(self._buffer)
        for plane, start, end in self._held:
            self._runs[plane].append(Run(1, end - start, memory=view[start:end]))
        self._held.clear()
        if self._entries:
            self._entries.sort(key=_by_number)
            packed = bytearray().join(ENTRY.pack(*entry) for entry in self._entries)
            self._entry_runs.append(Run(4, len(self._entries), memory=memoryview(packed).cast("q")))
            self._entries.clear()
        if self._file is not None:
            self._file.flush()
        return [list(runs) for runs in self._runs], list(self._entry_runs)

    def slices(self) -> Iterator[tuple[int, list[Any], list[Entry]]]:
        """Yield slice by slice, ascending and bounded by multiples of 10,000,000: numbers gathered, those of each plane, entries.

        Numbers of a plane are distinct, a buffer of int64; entries are sorted by number and plane, else in the order of reading.
        """
        for _, taken, entries in sliced(*self.runs(), self.slice):
            yield sum(len(piece) for pieces in taken for piece in pieces), [self.merged(pieces) for pieces in taken], entries

    def merged(self, pieces: list[memoryview]) -> Any:
        """Return the distinct numbers of sorted pieces, ascending."""
        if not self.arrays:
            return self._distinct(array("q", sorted(number for piece in pieces for number in piece)))
        import numpy as np

        found = [np.frombuffer(piece, np.int64) for piece in pieces]
        whole = found[0] if len(found) == 1 else np.concatenate(found) if found else np.empty(0, np.int64)
        if any(a[-1] >= b[0] for a, b in pairwise(found)):
            whole.sort(kind="stable")  # which merges runs
        return self._distinct(whole)

    def _distinct(self, numbers: Any) -> Any:
        """Return sorted numbers, each once."""
        if not self.arrays:
            return array("q", dict.fromkeys(numbers))
        import numpy as np

        keep = np.empty(len(numbers), bool)
        keep[:1] = True
        np.not_equal(numbers[1:], numbers[:-1], out=keep[1:])
        return numbers if keep.all() else numbers[keep]

    def joined(self, numbers: Sequence[int], more: Iterable[int]) -> Any:
        """Return the distinct numbers of a plane's slice and some more, ascending."""
        if not self.arrays:
            return array("q", sorted({*numbers, *more}))
        import numpy as np

        return np.union1d(numbers, np.fromiter(more, np.int64))
