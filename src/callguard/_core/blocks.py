"""Which planes hold a number: one bit a plane, in blocks of ten thousand numbers. A bit means *look further*."""

from __future__ import annotations

from array import array
from bisect import bisect_left

BLOCK = 10_000
PLANES = 64
_DENSE = 600  # numbers at which two bitmaps cost less than sorted pairs


class Block:
    """The marked numbers of one block: sorted pairs while they are few, a bitmap for each plane when they are many.

    Never changed in a way that a reader could see half of: pairs are replaced with their block, bits are set one byte at a time.
    """

    __slots__ = ("bitmaps", "lows", "masks")

    def __init__(self, lows: array[int], masks: array[int]) -> None:
        self.lows = lows
        self.masks = masks
        self.bitmaps: tuple[tuple[int, bytearray], ...] = ()
        if len(lows) > _DENSE:
            planes: dict[int, bytearray] = {}
            for i in range(len(lows)):
                low, mask = lows[i], masks[i]
                while mask:
                    plane = mask & -mask
                    planes.setdefault(plane, bytearray(BLOCK // 8))[low >> 3] |= 1 << (low & 7)
                    mask ^= plane
            self.bitmaps = tuple(planes.items())
            self.lows = array("H")
            self.masks = array("Q")

    def get(self, low: int) -> int:
        """Return the mask of planes that hold a number."""
        if self.bitmaps:
            mask = 0
            for plane, bitmap in self.bitmaps:
                if bitmap[low >> 3] >> (low & 7) & 1:
                    mask |= plane
            return mask
        lows = self.lows
        i = bisect_left(lows, low)
        return self.masks[i] if i < len(lows) and lows[i] == low else 0

    def changed(self, low: int, mask: int) -> Block:
        """Return the block in which a number has just this mask."""
        if self.bitmaps:
            byte, bit = low >> 3, 1 << (low & 7)
            for plane, bitmap in self.bitmaps:
                bitmap[byte] = bitmap[byte] | bit if mask & plane else bitmap[byte] & ~bit
                mask &= ~plane
            while mask:
                plane = mask & -mask
                bitmap = bytearray(BLOCK // 8)
                bitmap[byte] = bit
                self.bitmaps = (*self.bitmaps, (plane, bitmap))
                mask ^= plane
            return self
        i = bisect_left(self.lows, low)
        lows, masks = self.lows[:], self.masks[:]
        if i < len(lows) and lows[i] == low:
            masks[i] = mask
        else:
            lows.insert(i, low)
            masks.insert(i, mask)
        return Block(lows, masks)


class Marks:
    """The masks of all numbers, `0 < n < 10**15`; one writer at a time, any readers."""

    __slots__ = ("blocks",)

    def __init__(self) -> None:
        self.blocks: dict[int, Block] = {}

    def get(self, number: int) -> int:
        """Return the mask of planes that hold a number; 0 for most."""
        block = self.blocks.get(number // BLOCK)
        return 0 if block is None else block.get(number % BLOCK)

    def put(self, number: int, mask: int) -> None:
        """Give a number just this mask."""
        high, low = divmod(number, BLOCK)
        block = self.blocks.get(high)
        if block is None:
            block = Block(array("H"), array("Q"))
        self.blocks[high] = block.changed(low, mask)

    def fill(self, numbers: list[int], plane: int) -> None:
        """Add a plane to many numbers, in any order, before anybody reads."""
        numbers = sorted(numbers)
        i, count = 0, len(numbers)
        while i < count:
            high = numbers[i] // BLOCK
            masks: dict[int, int] = {}
            while i < count and numbers[i] // BLOCK == high:
                masks[numbers[i] % BLOCK] = plane
                i += 1
            block = self.blocks.get(high)
            if block is not None and block.bitmaps:
                for low in masks:
                    block.changed(low, block.get(low) | plane)
                continue
            if block is not None:
                for low, mask in zip(block.lows, block.masks, strict=True):
                    masks[low] = masks.get(low, 0) | mask
            lows = sorted(masks)
            self.blocks[high] = Block(array("H", lows), array("Q", [masks[low] for low in lows]))
