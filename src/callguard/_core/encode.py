"""Writes what `trie.Trie` reads: sorted numbers become records of shelves, and blocks in the form that suits each."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Protocol

from callguard._core import native

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Sink(Protocol):
    """What takes bytes as they come: a file, or what looks like one. They must be used before `write` returns."""

    def write(self, data: memoryview, /) -> object:
        """Take bytes."""
        ...


_BUFFER = 1 << 20


class Encoder:
    """Takes the numbers of some planes slice by slice, and writes lines and runs as it goes; the rest is what `finish` returns.

    `numbers` counts the distinct numbers so far, `counts` those of each plane.
    """

    __slots__ = (
        "_group",
        "_held",
        "_last",
        "_line",
        "_line_fill",
        "_line_sink",
        "_lines",
        "_lows",
        "_nodes",
        "_records",
        "_root",
        "_run_fill",
        "_run_sink",
        "_runs",
        "_slot",
        "counts",
        "numbers",
        "planes",
        "width",
    )

    def __init__(self, planes: int, lines: Sink, runs: Sink) -> None:
        """Raise ValueError for other than 1 to 63 planes."""
        if not 1 <= planes <= 63:
            raise ValueError(f"{planes} planes; accepted: 1 to 63")
        self.planes = planes
        self.width = 1 if planes == 1 else planes + 1
        self.numbers = 0
        self.counts = [0] * planes
        self._line_sink, self._run_sink = lines, runs
        self._held = (bytearray(_BUFFER), bytearray(_BUFFER), bytearray(2 * native.BLOCK))
        self._lines = native.to_octets(self._held[0])
        self._runs = native.to_shorts(self._held[1])
        self._lows = native.to_shorts(self._held[2])
        self._line = self._slot = self._line_fill = self._run_fill = 0
        self._root, self._nodes, self._records = array("I", bytes(40_000)), array("I"), bytearray()
        self._group, self._last = 0, -1

    def add(self, planes: list[Buffer]) -> None:
        """Take a slice: for each plane an ascending buffer of distinct int64.

        A slice begins and ends at a multiple of 10,000,000, behind the one before; ValueError for numbers out of order.
        """
        if len(planes) != self.planes:
            raise ValueError(f"{len(planes)} buffers for {self.planes} planes")
        streams = [memoryview(buffer).cast("B").cast("q") for buffer in planes]
        for plane in range(self.planes):
            self.counts[plane] += len(streams[plane])
        if self.planes > 1:
            joint = streams[0]
            for stream in streams[1:]:
                joint = self._merged(joint, stream)
            streams.insert(0, joint)
        self.numbers += len(streams[0])
        starts = [0] * self.width
        while starts[0] < len(streams[0]):
            shelf = streams[0][starts[0]] // native.SHELF
            record = self._record(shelf)
            first = starts[0]
            starts[0] = self._shelf(streams[0], first, shelf, record)
            whole = streams[0][first : starts[0]]
            for plane in range(1, self.width):
                first = starts[plane]
                after = first + len(whole)
                if streams[plane][first:after] == whole:  # most shelves have the numbers of one list alone
                    self._same(record, record + plane)
                    starts[plane] = after
                else:
                    starts[plane] = self._shelf(streams[plane], first, shelf, record + plane)
        if [len(stream) for stream in streams] != starts:
            raise ValueError("the numbers of a plane are not ascending")

    def finish(self) -> tuple[array[int], array[int], bytearray]:
        """Write what is left, and return root, nodes and records."""
        self._flush()
        self._line_sink.write(memoryview(bytes(native.LINE)))
        self._run_sink.write(memoryview(bytes(native.LINE)))
        return self._root, self._nodes, self._records

    def _flush(self) -> None:
        self._line_sink.write(memoryview(self._held[0])[: self._line_fill])
        self._run_sink.write(memoryview(self._held[1])[: 2 * self._run_fill])
        self._line_fill = self._run_fill = 0

    def _merged(self, one: memoryview, other: memoryview) -> memoryview:
        """Return the ascending numbers of two ascending buffers, each once."""
        both = bytearray(8 * (len(one) + len(other)))
        size = self._merge(one, len(one), other, len(other), both)
        return memoryview(both)[: 8 * size].cast("q")

    def _merge(self, one: Buffer, ones: int, other: Buffer, others: int, both: bytearray) -> int:
        a, b, out = native.longs(one), native.longs(other), native.to_longs(both)
        i = k = size = 0
        while i < ones or k < others:
            if k >= others or (i < ones and a[i] < b[k]):
                out[size] = a[i]
                i += 1
            else:
                if i < ones and a[i] == b[k]:
                    i += 1
                out[size] = b[k]
                k += 1
            size += 1
        return size

    def _record(self, shelf: int) -> int:
        """Return the first record of a shelf, making room for its group where it is the first there."""
        if not 0 <= shelf < 2_000_000_000 or shelf <= self._last:
            raise ValueError("the numbers are not ascending, or none of E.164")
        group = shelf // native.SHELVES
        if self._last < 0 or group != self._last // native.SHELVES:
            high, rest = divmod(group, 10_000)
            if not self._root[high]:
                self._nodes.frombytes(bytes(40_000))
                self._root[high] = len(self._nodes) // 10_000
            self._group += 1
            self._nodes[(self._root[high] - 1) * 10_000 + rest] = self._group
            self._records += bytes(native.RECORD * native.SHELVES * self.width)
        self._last = shelf
        return ((self._group - 1) * native.SHELVES + shelf % native.SHELVES) * self.width

    def _same(self, record: int, other: int) -> None:
        """Let another record tell of the same numbers."""
        at, to = record * native.RECORD, other * native.RECORD
        self._records[to : to + native.RECORD] = self._records[at : at + native.RECORD]

    def _shelf(self, numbers: memoryview, i: int, shelf: int, record: int) -> int:
        """Write the record of a shelf, of the numbers from the i-th on; return the first number behind it."""
        if max(self._line_fill, 2 * self._run_fill) + native.BLOCKS * native.BITMAP * native.LINE > _BUFFER:
            self._flush()
        return self._write(numbers, len(numbers), i, shelf * native.BLOCKS, self._records, record * native.RECORD)

    def _write(self, numbers: memoryview, count: int, i: int, block: int, records: bytearray, at: int) -> int:
        values, out, lows = native.longs(numbers), native.to_octets(records), self._lows
        for k in range(8):
            out[at + k] = self._line >> 8 * k & 255
        for k in range(6):
            out[at + 58 + k] = self._slot >> 8 * k & 255
        for j in range(native.BLOCKS):
            start = (block + j) * native.BLOCK
            size = 0
            while i < count and values[i] < start + native.BLOCK:
                low = values[i] - start
                if low < 0 or (size and low <= lows[size - 1]):
                    raise ValueError("the numbers are not ascending")
                lows[size] = low
                size += 1
                i += 1
            if size:
                out[at + 8 + j] = self._block(size)
        return i

    def _block(self, size: int) -> int:
        """Write a block in the form that suits it, and return its code."""
        lows = self._lows
        if size <= native.RUN:
            for i in range(size):
                self._runs[self._run_fill + i] = lows[i]
            self._run_fill += size
            self._slot += size
            return size
        lines = (size + native.LINE - 1) // native.LINE
        lines = max(lines, 2)
        while lines < native.BITMAP and not self._fits(lines, size):
            lines += 1
        lines = min(lines, native.BITMAP)
        out, at = self._lines, self._line_fill
        for i in range(lines * native.LINE):
            out[at + i] = 0
        if lines == native.BITMAP:
            for i in range(size):
                out[at + (lows[i] >> 3)] |= 1 << (lows[i] & 7)
        else:
            self._bytes(lines, size)
        self._line_fill += lines * native.LINE
        self._line += lines
        return native.RUN + lines

    def _fits(self, lines: int, size: int) -> bool:
        """Return whether no line gets more numbers than it has room for."""
        lows = self._lows
        width = (native.BLOCK + lines - 1) // lines
        room = native.LINE - ((width + 255) >> 8)
        i = 0
        for which in range(lines):
            first = i
            while i < size and lows[i] < (which + 1) * width:
                i += 1
            if i - first > room:
                return False
        return True

    def _bytes(self, lines: int, size: int) -> None:
        """Write lines of bytes: the ends of the buckets, then what each number has beyond its bucket's start."""
        lows, out = self._lows, self._lines
        width = (native.BLOCK + lines - 1) // lines
        head = (width + 255) >> 8
        i = 0
        for which in range(lines):
            at = self._line_fill + which * native.LINE
            start, count = which * width, 0
            for bucket in range(head):
                stop = start + (bucket + 1) * 256
                stop = min(stop, start + width)
                while i < size and lows[i] < stop:
                    out[at + head + count] = (lows[i] - start) & 255
                    count += 1
                    i += 1
                out[at + bucket] = count
