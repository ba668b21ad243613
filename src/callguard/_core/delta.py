"""What has changed since an index was built: a table of number and mask, for one writer and any readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from callguard._core import native

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from typing_extensions import Buffer

LEAST = 1_024  # slots of the smallest table
WORD = 8  # bytes a slot
BITS = 2  # bytes a slot, of what says where to look
_FEW = 65_536  # slots that are copied while other threads wait


class Masks:
    """The different masks of a table, each with a place that it keeps; 0 is at 0."""

    __slots__ = ("_held", "_masks", "_places", "count")

    def __init__(self, held: Buffer, count: int) -> None:
        """Begin with the first `count` masks of memory that has room for `native.SORTS`."""
        self._held = (held, bytearray(4 * native.SORTS))
        self._masks = native.to_longs(held)
        self._places = native.to_shorts(self._held[1])
        self.count = 1
        while self.count < count:
            self._places[self._find(self._masks[self.count])] = self.count
            self.count += 1

    def place(self, mask: int) -> int:
        """Return the place of a mask, given to it now where it has none; -1 where there is no room."""
        if mask == 0:
            return 0
        i = self._find(mask)
        if self._places[i] == 0:
            if self.count >= native.SORTS:
                return -1
            self._masks[self.count] = mask
            self._places[i] = self.count
            self.count += 1
        return self._places[i]

    def _find(self, mask: int) -> int:
        i = native.slot_of(mask, 50)
        while self._places[i] != 0 and self._masks[self._places[i]] != mask:
            i = (i + 1) & (2 * native.SORTS - 1)
        return i

    def memory(self) -> Any:
        """Return the memory in which they stand."""
        return self._held[0]


class Slots:
    """A table of a fixed size: numbers and masks by open addressing, and one bit a block that says whether to look here.

    A word is a number and, from the 50th bit on, the place of its mask, so that readers that hold no lock see both at once. A table
    without `sorts` is wide: it has a mask a slot, and its readers see a number only after its mask.
    """

    __slots__ = ("_bits", "_held", "_masks", "_octets", "_shift", "_size", "_words", "sorts", "used")

    def __init__(self, size: int, sorts: Masks | None, memory: Sequence[Buffer] | None = None, used: int = 0) -> None:
        """Begin with `used` numbers that stand in memory (words, bits, masks), as that of another table was while it was filled.

        There a number may stand once more behind where it is found, which is passed over.
        """
        if memory is None:
            masks = bytearray(WORD * size) if sorts is None else sorts.memory()
            memory = (bytearray(WORD * size), bytearray(BITS * size), masks)
        self._held = tuple(memory)
        self._words = native.to_longs(self._held[0])
        self._octets = native.octets(self._held[0])
        self._bits = native.to_octets(self._held[1])
        self._masks = native.to_longs(self._held[2])
        self._size = size
        self._shift = 64 - (size.bit_length() - 1)
        self.sorts = sorts
        self.used = used

    def get(self, n: int) -> int:
        """Return the mask of a number, 0 where it is not here."""
        i = native.slot_of(n // native.BLOCK, self._shift - 4)
        if not self._bits[i >> 3] >> (i & 7) & 1:
            return 0
        return self.mask_at(self.find(n), n)

    def mask_at(self, i: int, n: int) -> int:
        """Return the mask of a slot, 0 where it does not hold the number."""
        word = self._words[i]
        if native.number_in(word) != n:
            return 0
        return self._masks[i] if self.sorts is None else self._masks[native.place_in(word)]

    def find(self, n: int) -> int:
        """Return where a number stands, or would stand."""
        i = native.slot_of(n, self._shift)
        while self._words[i] != 0 and native.number_in(self._words[i]) != n:
            i = i + 1 if i + 1 < self._size else 0
        return i

    def put(self, n: int, mask: int) -> bool:
        """Give a number just this mask; there must be a free slot left. False, and nothing done, where only a wide table could."""
        return self.write(self.find(n), n, mask)

    def write(self, i: int, n: int, mask: int) -> bool:
        """Do what `put` does, where the number was found."""
        word = n
        if self.sorts is None:
            self._masks[i] = mask
        else:
            place = self.sorts.place(mask)
            if place < 0:
                return False
            word = native.word_of(n, place)
        self._look_for(n)
        if self._words[i] == 0:
            self.used += 1
        native.publish(self._words, i, word)
        return True

    def add(self, n: int, mask: int) -> bool:
        """Add to a number's mask, as `put` gives it one."""
        i = self.find(n)
        before = self.mask_at(i, n)
        return before | mask == before or self.write(i, n, before | mask)

    def fetch(self, n: int) -> None:
        """Begin to load what `add` will look at."""
        native.prefetch(self._octets, 8 * native.slot_of(n, self._shift))
        native.prefetch(self._bits, native.slot_of(n // native.BLOCK, self._shift - 4) >> 3)

    def has_room(self, more: int) -> bool:
        """Return whether so many more numbers may be put."""
        return 3 * (self.used + more) <= 2 * self._size

    def copy(self, other: Slots) -> None:
        """Take in all that stands in another table, whose masks have the same places here, if this one is not wide."""
        for i in range(other._size):
            word = other._words[i]
            n = native.number_in(word)
            if word != 0 and other.find(n) == i:
                at = self.find(n)
                if self.sorts is None:
                    self._masks[at] = other.mask_at(i, n)
                    word = n
                self._words[at] = word
                self.used += 1
                self._look_for(n)

    def _look_for(self, n: int) -> None:
        i = native.slot_of(n // native.BLOCK, self._shift - 4)
        if not self._bits[i >> 3] >> (i & 7) & 1:
            self._bits[i >> 3] |= 1 << (i & 7)

    def size(self) -> int:
        """Return how many slots there are."""
        return self._size

    def memory(self) -> Any:
        """Return the memory of the words, of the bits and of the masks."""
        return self._held

    def items(self) -> list[tuple[int, int]]:
        """Return each number with its mask."""
        found = []
        for i in range(self._size):
            n = native.number_in(self._words[i])
            if n != 0 and self.find(n) == i:
                found.append((n, self.mask_at(i, n)))
        return found


class Delta:
    """Masks of numbers, `0 < n < 10**15`, 63 bits each; it grows as it is filled, and forgets nothing.

    `changed` tells whether anything was ever put into it. Compiled, all stands in `slots`; interpreted, only what it began with.
    """

    __slots__ = ("_known", "changed", "slots")

    def __init__(self) -> None:
        self.changed = False
        self.slots = _empty(LEAST)
        self._known: dict[int, int] = {}

    def get(self, n: int) -> int:
        """Return the mask of a number, 0 for most."""
        if native.COMPILED:
            return self.slots.get(n)
        found = self._known.get(n, -1)
        return found if found >= 0 else self.slots.get(n) if self.slots.used else 0

    def put(self, n: int, mask: int) -> None:
        """Give a number just this mask; one writer at a time."""
        self.changed = True
        if not native.COMPILED:
            self._known[n] = mask
            return
        self._make_room(1)
        if not self.slots.put(n, mask):
            self._widen(n, mask)

    def fill(self, rows: list[Any], bits: dict[int, int], apart: Collection[int] = (), start: int = 0, first: int = 0) -> int:
        """Add to masks what rows of a database say, from the `start`-th on, and return the place of the first that is not taken.

        A row is a tuple (seq, what, number, at, stored, note, check), or has a None before `at`. Faster to fetch is (word, at,
        stored, note, check), by `native.word_of(number, what)`; `first` is the first row's seq then. Taken are those whose `what`
        has a bit and whose check is right; where the bit is negative, only if the number is not one of `apart`.
        """
        count = len(rows)
        held = bytearray(WORD * (6 + 4 * native.TOGETHER))
        values = native.to_longs(held)
        numbers = native.longs_from(values, 6)
        masks = native.longs_from(values, 6 + native.TOGETHER)
        kinds = native.longs_from(values, 6 + 2 * native.TOGETHER)
        kind_bits = native.longs_from(kinds, native.TOGETHER)
        note: str | None = None
        checked = 0  # of the note
        limit = native.LIMIT
        while start < count:
            self._make_room(native.TOGETHER)
            size = min(native.TOGETHER, count - start)
            i = 0
            while i < size:
                row = rows[start + i]
                values[0] = first + start + i
                if not native.integers(row, values):
                    break
                n = values[2]
                kind = values[1] & (native.TOGETHER - 1)
                bit = kind_bits[kind] if kinds[kind] == values[1] else 0
                if bit == 0:
                    bit = bits.get(values[1], 0)
                    kinds[kind], kind_bits[kind] = values[1], bit
                text = row[len(row) - 2]
                if text is None:
                    check = 0
                elif isinstance(text, str):
                    if note is None or text != note:
                        note, checked = text, crc32(text.encode("utf-8", "surrogatepass"))
                    check = checked
                else:
                    break
                if bit == 0 or n <= 0 or n >= limit or native.row_check(values, check) != values[5]:
                    break
                if bit < 0 and n in apart:
                    break
                numbers[i] = n
                masks[i] = bit if bit > 0 else -bit
                self.slots.fetch(n)
                i += 1
            size = i
            for i in range(size):
                self._add(numbers[i], masks[i])
            start += size
            if size < native.TOGETHER:
                break
        return start

    def count(self, numbers: Buffer) -> None:
        """Add 1 to the mask of each of many numbers, as int64, as often as it is among them; what is no number is passed over."""
        found = native.longs(numbers)
        count = memoryview(numbers).nbytes // WORD
        start = 0
        while start < count:
            self._make_room(native.TOGETHER)
            size = min(native.TOGETHER, count - start)
            if native.COMPILED:
                for i in range(start, start + size):
                    self.slots.fetch(found[i])
            for i in range(start, start + size):
                n = found[i]
                if 0 < n < native.LIMIT:
                    self.put(n, self.get(n) + 1)
            start += size

    def _add(self, n: int, mask: int) -> None:
        self.changed = True
        if not native.COMPILED:
            self._known[n] = self.get(n) | mask
        elif not self.slots.add(n, mask):
            self._widen(n, self.slots.get(n) | mask)

    def reserve(self, count: int) -> None:
        """Make room for so many numbers in all."""
        if native.COMPILED and 3 * count > 2 * self.slots.size():
            self.slots = self._copied(_size_for(count), wide=False)

    def _make_room(self, more: int) -> None:
        """See that so many more numbers can be put; readers go on in the table that was."""
        if native.COMPILED and not self.slots.has_room(more):
            self.slots = self._copied(2 * self.slots.size(), wide=False)

    def _widen(self, n: int, mask: int) -> None:
        slots = self._copied(self.slots.size(), wide=True)
        slots.put(n, mask)
        self.slots = slots

    def _copied(self, size: int, *, wide: bool) -> Slots:
        sorts = self.slots.sorts
        if sorts is not None and not wide:
            sorts = Masks(bytearray(sorts.memory()), sorts.count)  # so that nothing holds on to the memory of the table before
        slots = Slots(size, None if wide else sorts)
        if self.slots.size() <= _FEW:
            slots.copy(self.slots)
            return slots
        state = native.release()
        slots.copy(self.slots)
        native.acquire(state)
        return slots

    def begin(self, slots: Slots) -> None:
        """Begin with what stands in a table, which is written to from now on where it is compiled; nothing was put before."""
        self.slots = slots
        self.changed = slots.used > 0

    def table(self) -> Slots:
        """Return a table of all, to be read while others put: the table itself where it is compiled, else a copy."""
        if native.COMPILED:
            return self.slots
        items = list(self.items())
        slots = _empty(_size_for(len(items)))
        for number, mask in items:
            if not slots.put(number, mask):
                slots, narrow = Slots(slots.size(), None), slots
                slots.copy(narrow)
                slots.put(number, mask)
        return slots

    def items(self) -> Iterator[tuple[int, int]]:
        """Yield each number with its mask, in no order, as they stand when the first is asked for."""
        known = self._known.copy()
        yield from known.items()
        for number, mask in self.slots.items():
            if number not in known:
                yield number, mask

    def __len__(self) -> int:
        return self.slots.used if native.COMPILED else sum(1 for _ in self.items())


def _empty(size: int) -> Slots:
    return Slots(size, Masks(bytearray(WORD * native.SORTS), 1))


def _size_for(count: int) -> int:
    """Return of how many slots a table for so many numbers is."""
    size = LEAST
    while 3 * count > 2 * size:
        size *= 2
    return size
