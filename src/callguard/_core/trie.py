"""Which planes hold a number: a trie over the decimal digits of E.164, whose leaves are blocks of ten thousand numbers.

The digits are the address: the first four, the next four and the next choose a shelf of fifty blocks, whose record, one cache line,
tells where each block's numbers stand and in which of four forms. So a number is asked for with one access to memory that is not
cached anyway. The format is told in docs/reference/index-format.md.
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

    def block(self, shelf: int, n: int) -> int:
        """Return where a record says that the numbers of a number's block stand: the first slot or line, and the code, packed.

        0 where there are none, -1 where the record makes no sense.
        """
        j = n // native.BLOCK - n // native.SHELF * native.BLOCKS
        record = native.octets_from(self._records, shelf * native.RECORD)
        code = record[8 + j]
        if code == 0:
            return 0
        if code <= native.RUN:
            at = self._first_slot(shelf) + native.runs_before(record, j)
            return -1 if at < 0 or at + code > self._slot_count else at << 8 | code
        at = self._first_line(shelf) + native.lines_before(record, j)
        lines = code - native.RUN
        if lines < 2 or lines > native.BITMAP or at < 0 or at > self._line_count - lines:
            return -1
        return at << 8 | code

    def spot(self, block: int, n: int) -> int:
        """Return where in its block a number would stand: the first slot or the byte, and the code; as `block` otherwise."""
        code = block & 255
        if block <= 0 or code <= native.RUN:
            return block
        low = n - n // native.BLOCK * native.BLOCK
        at = (block >> 8) * native.LINE
        if code == native.RUN + native.BITMAP:
            return at + (low >> 3) << 8 | code
        return at + native.line_of(code - native.RUN, low) * native.LINE << 8 | code

    def shelves(self, numbers: Any, shelves: Any, size: int) -> None:
        """Write the shelf of each of many numbers, and begin to load their records; those of numbers below 1 are -1."""
        for i in range(size):
            shelves[i] = self.shelf(numbers[i]) if numbers[i] > 0 else -1
            if shelves[i] >= 0:
                native.prefetch(self._records, shelves[i] * native.RECORD)

    def spots(self, numbers: Any, shelves: Any, spots: Any, size: int) -> None:
        """Write the spot of each of many numbers, and begin to load what is there."""
        for i in range(size):
            spot = 0
            if shelves[i] >= 0:
                spot = self.spot(self.block(shelves[i], numbers[i]), numbers[i])
                at = spot >> 8
                if spot & 255 > native.RUN:
                    native.prefetch(self._lines, at)
                elif spot > 0:
                    native.prefetch(native.octets_of(self._runs), at * 2)
                    native.prefetch(native.octets_of(self._runs), at * 2 + (spot & 255) * 2 - 1)
            spots[i] = spot

    def stand(self, numbers: Any, spots: Any, size: int) -> None:
        """Write over each spot whether its number stands there."""
        for i in range(size):
            spots[i] = self.at_spot(spots[i], numbers[i])

    def memory(self) -> Any:
        """Return what the spots of `unfold` are counted from; at least 64 bytes are readable."""
        return self._lines

    def unfold(self, shelf: int, spots: Any) -> None:
        """Write for each block of a record how many bytes behind `memory` its numbers begin, << 14, and its code.

        The code of a block that makes no sense is `ODD`.
        """
        record = native.octets_from(self._records, shelf * native.RECORD)
        slot, line = self._first_slot(shelf), self._first_line(shelf)
        gap = native.distance(native.octets_of(self._runs), self._lines)
        for j in range(native.BLOCKS):
            code = record[8 + j]
            lines = code - native.RUN
            if lines > 0:
                spot = line * native.LINE << 14 | code
                if lines < 2 or lines > native.BITMAP or line < 0 or line > self._line_count or line + lines > self._line_count:
                    spot = native.ODD
                line += lines
            else:
                spot = gap + 2 * slot << 14 | code
                if slot < 0 or slot > self._slot_count or slot + code > self._slot_count:
                    spot = native.ODD
                slot += code
                if code == 0:
                    spot = 0
            spots[j] = spot

    def at_spot(self, spot: int, n: int) -> bool:
        """Return whether the number stands at its spot."""
        if spot <= 0:
            return spot != 0
        code = spot & 255
        at = spot >> 8
        low = n - n // native.BLOCK * native.BLOCK
        if code <= native.RUN:
            return native.in_run(native.shorts_from(self._runs, at), code, low)
        code -= native.RUN
        if code == native.BITMAP:
            return self._lines[at] >> (low & 7) & 1 != 0
        return native.in_line(native.octets_from(self._lines, at), code, native.line_of(code, low), low)

    def holds(self, shelf: int, n: int) -> bool:
        """Return whether a record of a number's shelf holds it."""
        record = native.octets_from(self._records, shelf * native.RECORD)
        return native.stands(record, n, self._lines, self._line_count, self._runs, self._slot_count)

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
        shelf = self.shelf(q * native.BLOCK)
        found = []
        if shelf >= 0:
            for plane in range(self.planes):
                numbers = self.lows(shelf + plane + (self.width > 1), q % native.BLOCKS)
                if numbers:
                    bitmap = bytearray(native.BLOCK // 8)
                    for low in numbers:
                        if low >= native.BLOCK:
                            continue
                        bitmap[low >> 3] |= 1 << (low & 7)
                    found.append((1 << plane, bitmap))
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent[q] = tuple(found)
        return tuple(found)

    def lows(self, record: int, j: int) -> array[int]:
        """Return the numbers of a record's j-th block, ascending; of a block that makes no sense, all."""
        view = self._held[2][record * native.RECORD : (record + 1) * native.RECORD]
        code = view[8 + j]
        if code == 0:
            return array("H")
        if code <= native.RUN:
            at = self._first_slot(record) + sum(c for c in view[8 : 8 + j] if c <= native.RUN)
            if not 0 <= at <= self._slot_count - code:
                return array("H", range(native.BLOCK))
            return array("H", self._held[4].cast("H")[at : at + code].tobytes())
        at = self._first_line(record) + sum(c - native.RUN for c in view[8 : 8 + j] if c > native.RUN)
        size = code - native.RUN
        if not 2 <= size <= native.BITMAP or not 0 <= at <= self._line_count - size:
            return array("H", range(native.BLOCK))
        block = self._held[3][at * native.LINE : (at + size) * native.LINE]
        if size == native.BITMAP:
            return array("H", [i * 8 + k for i in range(native.BLOCK // 8) if block[i] for k in range(8) if block[i] >> k & 1])
        found = array("H")
        width = -(-native.BLOCK // size)
        for which in range(size):
            line = block[which * native.LINE : (which + 1) * native.LINE]
            head, first = (width + 255) >> 8, 0
            for bucket in range(head):
                last = line[bucket]
                if not first <= last <= native.LINE - head:
                    return array("H", range(native.BLOCK))
                found.extend(which * width + bucket * 256 + rest for rest in line[head + first : head + last])
                first = last
        return found

    def numbers(self, plane: int) -> Iterator[array[int]]:
        """Yield the numbers of a plane, ascending, in pieces of a shelf."""
        root, nodes = self._held[0].cast("I"), self._held[1].cast("I")
        room = bytearray(8 * native.SHELF) if native.COMPILED else bytearray()
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
                    piece = array("q")
                    if native.COMPILED:
                        piece.frombytes(memoryview(room)[: 8 * self.write(record, start, native.to_longs(room))])
                        if piece:
                            yield piece
                        continue
                    for j in range(native.BLOCKS):
                        if self._held[2][record * native.RECORD + 8 + j]:
                            piece.extend([start + j * native.BLOCK + low for low in self.lows(record, j)])
                    if piece:
                        yield piece

    def write(self, record: int, start: int, out: Any) -> int:
        """Write what `lows` tells of each block of a record, plus `start`, and return how many numbers that is, at most a shelf."""
        codes = native.octets_from(self._records, record * native.RECORD + 8)
        slot, line = self._first_slot(record), self._first_line(record)
        count = 0
        for j in range(native.BLOCKS):
            code = codes[j]
            lines = code - native.RUN
            if code == 0:
                pass
            elif lines <= 0:
                if 0 <= slot <= self._slot_count - code:
                    for i in range(code):
                        out[count + i] = start + self._runs[slot + i]
                    count += code
                else:
                    count = self._write_all(start, out, count)
                slot += code
            else:
                if 2 <= lines <= native.BITMAP and 0 <= line <= self._line_count - lines:
                    count = self._write_lines(native.octets_from(self._lines, line * native.LINE), lines, start, out, count)
                else:
                    count = self._write_all(start, out, count)
                line += lines
            start += native.BLOCK
        return count

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
