"""Which planes hold a number: a trie over the decimal digits of E.164, whose leaves are blocks of ten thousand numbers.

The digits are the address: the first four, the next four and the next choose a shelf of fifty blocks. Its record, one cache line,
tells where each block's numbers stand and in which of four forms. So a number is asked for with two accesses to memory, and the
first is mostly cached. The format is told in docs/reference/index-format.md.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from callguard._core import native

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

_RECENT = 2_048


class Trie:
    """The numbers of some planes, as five buffers hold them; none is ever written to.

    Whatever the bytes are, nothing outside them is read: a place that cannot be holds every number.
    """

    __slots__ = (
        "_group_count",
        "_held",
        "_line_count",
        "_lines",
        "_node_count",
        "_nodes",
        "_recent",
        "_records",
        "_root",
        "_runs",
        "_slot_count",
        "planes",
        "width",
    )

    def __init__(self, root: Buffer, nodes: Buffer, records: Buffer, lines: Buffer, runs: Buffer, planes: int) -> None:
        """Raise ValueError for buffers of impossible sizes."""
        # views keep their owners from being closed
        held = [memoryview(buffer).cast("B") for buffer in (root, nodes, records, lines, runs)]
        self.planes = planes
        self.width = 1 if planes == 1 else planes + 1
        self._node_count = len(held[1]) // (4 * native.BLOCK)
        self._group_count = len(held[2]) // (native.RECORD * native.SHELVES * self.width)
        self._line_count = len(held[3]) // native.LINE - 1
        self._slot_count = len(held[4]) // 2 - native.RUN
        if len(held[0]) != 4 * native.BLOCK or not 1 <= planes <= 63 or self._line_count < 0 or self._slot_count < 0:
            raise ValueError("the buffers are no trie; accepted: what `Encoder` made")
        self._held = held
        self._root = native.words(held[0])
        self._nodes = native.words(held[1])
        self._records = native.octets(held[2])
        self._lines = native.octets(held[3])
        self._runs = native.shorts(held[4])
        self._recent: dict[int, tuple[tuple[int, bytearray], ...]] = {}

    def shelf(self, n: int) -> int:
        """Return the first record of a number's shelf, -1 where nothing near it is listed."""
        shelf = n // native.SHELF
        group = shelf // native.SHELVES
        high = group // 10_000
        node = self._root[high]
        if node == 0 or node > self._node_count:
            return -1
        q = self._nodes[(node - 1) * 10_000 + group - high * 10_000]
        if q == 0 or q > self._group_count:
            return -1
        return ((q - 1 - group) * native.SHELVES + shelf) * self.width

    def shelves(self, numbers: Any, shelves: Any, size: int) -> None:
        """Write the shelf of each of many numbers, and begin to load their records; those of numbers below 1 are -1."""
        for i in range(size):
            shelves[i] = self.shelf(numbers[i]) if numbers[i] > 0 else -1
            if shelves[i] >= 0:
                native.prefetch(self._records, shelves[i] * native.RECORD)

    def places(self, numbers: Any, shelves: Any, places: Any, size: int) -> None:
        """Write what `native.place` tells of each of many numbers, and begin to load what is there."""
        for i in range(size):
            places[i] = 0
            if shelves[i] >= 0:
                record = native.octets_from(self._records, shelves[i] * native.RECORD)
                place = native.place(record, numbers[i], self._line_count, self._slot_count)
                native.fetch(place, self._lines, self._runs)
                places[i] = place

    def stand(self, places: Any, size: int) -> None:
        """Write over each place whether its number stands there."""
        for i in range(size):
            places[i] = native.stands(places[i], self._lines, self._runs)

    def holds(self, record: int, n: int) -> bool:
        """Return whether a record of a number's shelf holds it."""
        at = native.octets_from(self._records, record * native.RECORD)
        return native.stands(native.place(at, n, self._line_count, self._slot_count), self._lines, self._runs)

    def mask(self, n: int) -> int:
        """Return the planes that hold a number, 0 < n < 10**15, a bit each."""
        if not native.COMPILED:  # blocks that were unfolded before cost the interpreter less
            unfolded = self._recent.get(n // 10_000)
            if unfolded is None:
                unfolded = self._unfold(n // 10_000)
            mask, low = 0, n % 10_000
            for bit, bitmap in unfolded:
                if bitmap[low >> 3] >> (low & 7) & 1:
                    mask |= bit
            return mask
        shelf = self.shelf(n)
        if shelf < 0 or not self.holds(shelf, n):
            return 0
        return 1 if self.width == 1 else self.planes_of(shelf, n)

    def planes_of(self, shelf: int, n: int) -> int:
        """Return the planes of a number that one of them holds."""
        if self.width == 1:
            return 1
        found, bit = 0, 1
        for plane in range(self.planes):
            if self.holds(shelf + plane + 1, n):
                found |= bit
            bit += bit
        return found

    def _first_slot(self, record: int) -> int:
        return native.number_at(self._records, record * native.RECORD + 56) >> 16

    def _first_line(self, record: int) -> int:
        return native.number_at(self._records, record * native.RECORD)

    def _unfold(self, q: int) -> tuple[tuple[int, bytearray], ...]:
        shelf, j = self.shelf(q * native.BLOCK), q % native.BLOCKS
        found = []
        for plane in range(self.planes) if shelf >= 0 else ():
            at = shelf + plane + (self.width > 1)
            record = native.octets_from(self._records, at * native.RECORD)
            slot = self._first_slot(at) + native.runs_before(record, j)
            line = self._first_line(at) + native.lines_before(record, j)
            lows = bytearray(8 * native.BLOCK)
            count = self._write_block(record[8 + j], slot, line, 0, native.to_longs(lows), 0)
            if count:
                bitmap = bytearray(native.BLOCK // 8)
                for low in memoryview(lows).cast("q")[:count]:
                    if low < native.BLOCK:
                        bitmap[low >> 3] |= 1 << (low & 7)
                found.append((1 << plane, bitmap))
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent[q] = tuple(found)
        return tuple(found)

    def numbers(self, plane: int) -> Iterator[array[int]]:
        """Yield the numbers of a plane, ascending, in pieces of a shelf."""
        root, nodes = self._held[0].cast("I"), self._held[1].cast("I")
        room = bytearray(8 * native.SHELF)
        out = memoryview(room).cast("q")
        for high in range(10_000):
            if not 0 < root[high] <= self._node_count:
                continue
            for rest in range(10_000):
                group = nodes[(root[high] - 1) * 10_000 + rest]
                if not 0 < group <= self._group_count:
                    continue
                for shelf in range(native.SHELVES):
                    record = ((group - 1) * native.SHELVES + shelf) * self.width + plane + (self.width > 1)
                    start = (high * 10_000 + rest) * native.GROUP + shelf * native.SHELF
                    count = self._write(record, start, native.to_longs(room))
                    if count:
                        yield array("q", out[:count].tobytes())

    def _write(self, record: int, start: int, out: Any) -> int:
        """Write the numbers of a record, whose shelf begins with `start`, and return how many they are, at most a shelf."""
        codes = native.octets_from(self._records, record * native.RECORD + 8)
        slot, line = self._first_slot(record), self._first_line(record)
        count = 0
        for j in range(native.BLOCKS):
            code = codes[j]
            count = self._write_block(code, slot, line, start + j * native.BLOCK, out, count)
            if code <= native.RUN:
                slot += code
            else:
                line += code - native.RUN
        return count

    def _write_block(self, code: int, slot: int, line: int, start: int, out: Any, count: int) -> int:
        """Write a block's numbers behind `count` others, and return how many there are then; one that makes no sense has all."""
        lines = code - native.RUN
        if code == 0:
            return count
        if lines <= 0 and 0 <= slot <= self._slot_count - code:
            for i in range(code):
                out[count + i] = start + self._runs[slot + i]
            return count + code
        if 2 <= lines <= native.BITMAP and 0 <= line <= self._line_count - lines:
            return self._write_lines(native.octets_from(self._lines, line * native.LINE), lines, start, out, count)
        return self._write_all(start, out, count)

    def _write_lines(self, block: Any, lines: int, start: int, out: Any, count: int) -> int:
        if lines == native.BITMAP:
            for i in range(native.BLOCK // 8):
                bits = block[i]
                while bits != 0:
                    out[count] = start + i * 8 + native.first_bit(bits)
                    count += 1
                    bits &= bits - 1
            return count
        before = count
        width = native.lows_by_code(lines + native.RUN)
        head = (width + 255) >> 8
        for which in range(lines):
            first = 0
            for bucket in range(head):
                last = block[which * native.LINE + bucket]
                if first > last or last > native.LINE - head:
                    return self._write_all(start, out, before)
                while first < last:
                    out[count] = start + which * width + bucket * 256 + block[which * native.LINE + head + first]
                    count += 1
                    first += 1
        return count

    def _write_all(self, start: int, out: Any, count: int) -> int:
        for i in range(native.BLOCK):
            out[count + i] = start + i
        return count + native.BLOCK
