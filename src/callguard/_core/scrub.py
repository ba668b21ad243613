"""Many callees at one instant: a code each, one byte, worked out once for each place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard._core import native

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from callguard._core.line import Table

UNKNOWN = 255


class Sweep:
    """Gives each of many numbers its code, as far as masks and places tell; the others stay `UNKNOWN`.

    Numbers are int64, E.164 or what `table.number` would refuse, or bytes of text that end where `offsets`, 4 or 8 bytes wide, say.
    `codes` has a byte a number, `by_leaf` the code of each place. `on_list` and `refused` are the codes of what honoured planes
    hold. Ranges may be run by several threads at once.
    """

    __slots__ = (
        "_by_leaf",
        "_changed",
        "_codes",
        "_data",
        "_further",
        "_held",
        "_high",
        "_honoured",
        "_listed",
        "_listing",
        "_long_ends",
        "_low",
        "_memory",
        "_national",
        "_plan",
        "_refusals",
        "_short_ends",
        "_slots",
        "_spare",
        "_table",
        "_trie",
        "_unsure",
        "_values",
        "_wide",
        "on_list",
        "refused",
    )

    def __init__(
        self, table: Table, codes: bytearray, by_leaf: bytearray, values: Buffer | None, offsets: Buffer | None, data: Buffer | None
    ) -> None:
        nothing = bytes(native.LINE)
        self._table = table
        self._held = (codes, by_leaf, values, offsets, data, nothing)
        self._spare: list[bytearray] = []
        self._codes = native.to_octets(codes)
        self._by_leaf = native.to_octets(by_leaf)
        self._wide = 0
        if values is not None:
            self._values = native.longs(values)
        elif offsets is not None and data is not None:
            self._data = native.octets(data)
            self._wide = 4 if memoryview(offsets).itemsize == 4 else 8
            if self._wide == 4:
                self._short_ends = native.words(offsets)
            else:
                self._long_ends = native.longs(offsets)
        self.on_list = self.refused = UNKNOWN
        # what is read without the interpreter's lock
        self._plan, self._slots = table.plan, table.known.delta.slots
        self._trie: Any = table.trie
        self._listing = table.trie is not None and table.listed != 0
        self._changed = self._slots.used > 0
        self._memory = native.octets(nothing)
        if self._trie is not None and self._listing and native.COMPILED:
            self._memory = self._trie.memory()
        self._low, self._high, self._national = table.low, table.high, table.national
        self._listed, self._further, self._refusals, self._unsure = table.listed, table.further, table.refusals, table.unsure
        # whether a number that any plane holds is on a list that is honoured, and nothing more is asked
        self._honoured = False
        if table.trie is not None and self._listing and table.further == 0:
            self._honoured = table.trie.width == 1 or table.listed + 1 == 1 << table.trie.planes

    def run(self, start: int, stop: int) -> None:
        """Give the numbers from `start` to before `stop` their codes; other threads run meanwhile."""
        if not native.COMPILED:
            for i in range(start, stop):
                self._codes[i] = self._code(self._number(i))
            return
        if stop - start >= native.SPREAD:
            self._in_heaps(start, stop)
            return
        scratch = bytearray(8 * 5 * native.TOGETHER)
        numbers = native.to_longs(scratch)
        rows = native.longs_from(numbers, 4 * native.TOGETHER)
        size = native.TOGETHER
        state = native.release()
        while start < stop:
            size = min(size, stop - start)
            for i in range(size):
                numbers[i] = self._number(start + i)
                rows[i] = i
            self._group(numbers, rows, size, native.longs_from(numbers, native.TOGETHER), start)
            start += size
        native.acquire(state)

    def _in_heaps(self, start: int, stop: int) -> None:
        """Do what `run` does, heap by heap, so that the numbers of a shelf are together and its record is unfolded once for them.

        What stands in a heap is 21 bits of the shelf, whose other 10 are the heap's, 19 of where on the shelf, and 23 of the row.
        """
        try:
            scratch = self._spare.pop()
        except IndexError:
            scratch = bytearray(8 * (native.HEAPS * (native.DEEP + 1) + native.KEPT * 66 + 5 * native.TOGETHER))
        heaps = native.to_longs(scratch)
        sizes = native.longs_from(heaps, native.HEAPS * native.DEEP)
        rest = native.longs_from(sizes, native.HEAPS)
        state = native.release()
        while start < stop:
            end = stop if stop - start < native.WINDOW else start + native.WINDOW
            for i in range(native.HEAPS):
                sizes[i] = 0
            for i in range(start, end):
                n = self._number(i)
                n = max(n, 0)
                shelf = n // native.SHELF
                heap = shelf % native.HEAPS
                size = sizes[heap]
                heaps[heap * native.DEEP + size] = shelf // native.HEAPS << 42 | n - shelf * native.SHELF << 23 | i - start
                sizes[heap] = size + 1
                if size + 1 == native.DEEP:
                    sizes[heap] = 0
                    self._heap(native.longs_from(heaps, heap * native.DEEP), native.DEEP, heap, rest, start)
            for i in range(native.HEAPS):
                if sizes[i] != 0:
                    self._heap(native.longs_from(heaps, i * native.DEEP), sizes[i], i, rest, start)
            start = end
        native.acquire(state)
        self._spare.append(scratch)

    def _heap(self, heap: Any, size: int, which: int, scratch: Any, start: int) -> None:
        """Do what `run` does for the numbers of a heap."""
        tags = scratch
        for i in range(native.KEPT):
            tags[i] = -1
        shelves = 0
        for i in range(size):
            n = heap[i]
            tag = n >> 42
            if tags[tag % native.KEPT] != tag:
                tags[tag % native.KEPT] = tag
                shelves += 1
        rest = native.longs_from(scratch, native.KEPT * 66)
        done = 0
        if shelves * native.WORTH > size:
            while done < size:
                count = min(native.TOGETHER, size - done)
                for i in range(count):
                    n = heap[done + i]
                    tags[i] = ((n >> 42) * native.HEAPS + which) * native.SHELF + (n >> 23 & 0x7FFFF)
                    rest[i] = n & 0x7FFFFF
                self._group(tags, rest, count, native.longs_from(rest, native.TOGETHER), start)
                done += count
            return
        for i in range(native.KEPT):
            tags[i] = -1
        while done < size:
            count = min(native.TOGETHER, size - done)
            self._part(native.longs_from(heap, done), count, which, scratch, start)
            done += count

    def _part(self, heap: Any, size: int, which: int, scratch: Any, start: int) -> None:
        """Do it for some numbers, with the shelves that are unfolded: begin to load what each is compared with, then compare."""
        tags = scratch
        spots = native.longs_from(scratch, native.KEPT)
        runs = native.longs_from(scratch, native.KEPT * 66)
        lines = native.longs_from(runs, 2 * native.TOGETHER)
        odd = native.longs_from(lines, 2 * native.TOGETHER)
        run = line = odds = 0
        codes = native.octets_to(self._codes, start)
        looked = not self._honoured
        for i in range(size):
            n = heap[i]
            tag = n >> 42
            kept = tag % native.KEPT
            if tags[kept] != tag:
                tags[kept] = tag
                leaves = native.longs_from(spots, native.KEPT * 64)
                self._unfold(tag * native.HEAPS + which, native.longs_from(spots, kept * 64), leaves)
            low = n >> 23 & 0x7FFFF
            j = low // native.BLOCK
            low -= j * native.BLOCK
            spot = spots[kept * 64 + j]
            code = spot & 63
            if code == native.ODD:
                odd[odds] = n & 0x7FFFFF
                odds += 1
                continue
            on = native.line_by_code(code, low)
            at = (spot >> 14) + on * native.LINE
            native.prefetch(self._memory, at)
            native.prewrite(codes, n & 0x7FFFFF)
            native.prefetch(self._memory, at + native.span_by_code(code))
            word = (n & 0x7FFFFF) << 28 | (spot & 0x3FFF) << 14 | low - on * native.lows_by_code(code)
            runs[2 * run] = lines[2 * line] = at
            runs[2 * run + 1] = lines[2 * line + 1] = word
            on = code > native.RUN
            line += on
            run += 1 - on
        for i in range(run):
            word = runs[2 * i + 1]
            found = native.among(native.octets_from(self._memory, runs[2 * i]), word >> 14 & 63, word & 0x3FFF)
            code = native.either(found, self.on_list, word >> 20 & 255)
            if looked and found:
                code = self._one(self._number(start + (word >> 28)))
            codes[word >> 28] = code
        for i in range(line):
            word = lines[2 * i + 1]
            found = native.on_line(native.octets_from(self._memory, lines[2 * i]), word >> 14 & 63, word & 0x3FFF)
            code = native.either(found, self.on_list, word >> 20 & 255)
            if looked and found:
                code = self._one(self._number(start + (word >> 28)))
            codes[word >> 28] = code
        for i in range(odds):
            codes[odd[i]] = self._one(self._number(start + odd[i]))

    def _unfold(self, shelf: int, spots: Any, leaves: Any) -> None:
        """Write for each block of a shelf what `Trie.unfold` does, with the code of its place between; `ODD` for what is more."""
        record = self._trie.shelf(shelf * native.SHELF) if self._listing else -1
        if record >= 0:
            self._trie.unfold(record, spots)
        else:
            for j in range(native.BLOCKS):
                spots[j] = 0
        self._plan.shelf_leaves(shelf, leaves)
        for j in range(native.BLOCKS):
            leaf = leaves[j]
            if leaf == native.WALK or (self._changed and self._near(shelf * native.BLOCKS + j)):
                spots[j] = native.ODD
            elif leaf < 2:
                spots[j] = 255 << 6  # on a list or not, no number is told
            else:
                spots[j] |= self._by_leaf[leaf] << 6

    def _number(self, i: int) -> int:
        if self._wide == 0:
            n = self._values[i]
            return -1 if n <= 0 or n >= native.LIMIT or self._low <= n < self._high else n
        if self._wide == 4:
            first = self._short_ends[i]
            size = self._short_ends[i + 1] - first
        else:
            first = self._long_ends[i]
            size = self._long_ends[i + 1] - first
        return native.plain_bytes(native.octets_from(self._data, first), size, self._national)

    def _near(self, block: int) -> bool:
        """Return whether there may have been changes to a block."""
        i = native.slot_of(block, self._slots._shift - 4)  # noqa: SLF001 - what `Slots.get` looks at first
        return self._slots._bits[i >> 3] >> (i & 7) & 1 != 0  # noqa: SLF001

    def _code(self, n: int) -> int:
        """Return the code of one number."""
        leaf = self._table.plan.leaf(n) if n > 0 else 0
        if leaf < 2:
            return 255
        marked = self._table.marked(n)
        if marked == 0:
            return self._by_leaf[leaf]
        return self.on_list if marked == 1 else self.refused if marked == 2 else 255

    def _one(self, n: int) -> int:
        """Do what `_code` does, without the interpreter's lock."""
        if n <= 0:
            return 255
        leaf = self._plan.leaf(n)
        shelf = self._trie.shelf(n) if self._listing else -1
        return self._told(n, leaf, shelf, shelf >= 0 and self._trie.holds(shelf, n))

    def _told(self, n: int, leaf: int, shelf: int, stands: bool) -> int:
        """Return the code of a number, whose leaf is known, and whether it stands on its shelf."""
        if leaf < 2:
            return 255
        found = 0
        if self._changed:
            found = self._slots.get(n) & self._refusals
        if found != 0:
            return 255 if found & self._unsure else self.refused
        if stands:
            found = self._trie.planes_of(shelf, n) & self._listed
            if found != 0:
                return 255 if found & self._further else self.on_list
        return self._by_leaf[leaf]

    def _group(self, numbers: Any, rows: Any, size: int, scratch: Any, start: int) -> None:
        """Do what `_code` does for some numbers: first where each stands, then the load of its memory, then what is there."""
        shelves = scratch
        spots = native.longs_from(scratch, native.TOGETHER)
        leaves = native.longs_from(scratch, 2 * native.TOGETHER)
        if self._listing:
            self._trie.shelves(numbers, shelves, size)
            self._trie.spots(numbers, shelves, spots, size)
        self._plan.leaves(numbers, leaves, size)
        if self._listing:
            self._trie.stand(numbers, spots, size)
        for i in range(size):
            self._codes[start + rows[i]] = self._told(numbers[i], leaves[i], shelves[i], self._listing and spots[i] != 0)


def numbers_of(table: Table, callees: list[Any]) -> bytearray:
    """Return the number of each of many callees as int64, -1 where `table.number` cannot read it.

    TypeError for a callee that is neither text nor an int, with its row.
    """
    count = len(callees)
    found = bytearray(8 * count)
    out = native.to_longs(found)
    for i in range(count):
        n = native.plain_item(callees, i, i + 8 if i + 8 < count else i, table.national)
        if n == -2:
            callee = callees[i]
            if type(callee) is int:
                out[i] = table.number(callee)
                continue
            if isinstance(callee, bool) or not isinstance(callee, (str, int)):
                raise TypeError(f"callees[{i}] is a {type(callee).__name__}; accepted: text or an int")
            n = table.number(callee)
        out[i] = n
    return found
