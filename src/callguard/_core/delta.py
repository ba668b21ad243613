"""What has changed since an index was built: a small table of number and mask, for one writer and any readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard._core import native

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAST = 1_024  # slots of the smallest table


class Slots:
    """A table of a fixed size: numbers and masks by open addressing, and one bit a block that says whether to look here.

    Readers that hold no lock see a number only after its mask.
    """

    __slots__ = ("_bits", "_held", "_masks", "_numbers", "_shift", "_size", "used")

    def __init__(self, size: int) -> None:
        self._held = (bytearray(8 * size), bytearray(8 * size), bytearray(2 * size))
        self._numbers = native.to_longs(self._held[0])
        self._masks = native.to_longs(self._held[1])
        self._bits = native.to_octets(self._held[2])
        self._size = size
        self._shift = 64 - (size.bit_length() - 1)
        self.used = 0

    def get(self, n: int) -> int:
        """Return the mask of a number, 0 where it is not here."""
        i = native.slot_of(n // native.BLOCK, self._shift - 4)
        if not self._bits[i >> 3] >> (i & 7) & 1:
            return 0
        i = self.find(n)
        return self._masks[i] if self._numbers[i] == n else 0

    def find(self, n: int) -> int:
        """Return where a number stands, or would stand."""
        i = native.slot_of(n, self._shift)
        while self._numbers[i] != 0 and self._numbers[i] != n:
            i = i + 1 if i + 1 < self._size else 0
        return i

    def put(self, n: int, mask: int) -> None:
        """Give a number just this mask; there must be a free slot left."""
        i = self.find(n)
        self._masks[i] = mask
        if self._numbers[i] == 0:
            native.publish(self._numbers, i, n)
            self.used += 1
        i = native.slot_of(n // native.BLOCK, self._shift - 4)
        self._bits[i >> 3] |= 1 << (i & 7)

    def size(self) -> int:
        """Return how many slots there are."""
        return self._size

    def items(self) -> list[tuple[int, int]]:
        """Return each number with its mask."""
        return [(self._numbers[i], self._masks[i]) for i in range(self._size) if self._numbers[i] != 0]


class Delta:
    """Masks of numbers, `0 < n < 10**15`, 63 bits each; it grows as it is filled, and forgets nothing.

    `changed` tells whether anything was ever put into it.
    """

    __slots__ = ("_known", "changed", "slots")

    def __init__(self) -> None:
        self.changed = False
        self.slots = Slots(_LEAST)
        self._known: dict[int, int] = {}

    def get(self, n: int) -> int:
        """Return the mask of a number, 0 for most."""
        return self.slots.get(n) if native.COMPILED else self._known.get(n, 0)

    def put(self, n: int, mask: int) -> None:
        """Give a number just this mask; one writer at a time."""
        self.changed = True
        if not native.COMPILED:
            self._known[n] = mask
            return
        slots = self.slots
        if 2 * slots.used >= slots.size():
            slots = Slots(2 * slots.size())
            for number, kept in self.slots.items():
                slots.put(number, kept)
            slots.put(n, mask)
            self.slots = slots
        else:
            slots.put(n, mask)

    def items(self) -> Iterator[tuple[int, int]]:
        """Yield each number with its mask, in no order."""
        yield from self.slots.items() if native.COMPILED else tuple(self._known.items())

    def __len__(self) -> int:
        return self.slots.used if native.COMPILED else len(self._known)
