"""The numbering plan as two flat arrays and an automaton over digits: which numbers there are, and where each may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard._core import native

if TYPE_CHECKING:
    from array import array


class Plan:
    """What the digits of an E.164 number tell.

    `outputs` and `children` are the automaton: a state's output where the number ends there, and its ten children; state 0
    is the start. An output is a place, 0 where there is no such number, plus 0x8000 where the digits may be read otherwise.
    `china` and `america` hold the same for each block, 0xFFFF where a block is not of one piece.
    """

    __slots__ = (
        "_american",
        "_arrays",
        "_child",
        "_held",
        "_kinds",
        "_narrow",
        "_output",
        "_tens",
        "_wide",
    )

    def __init__(self, outputs: array[int], children: array[int], china: array[int], america: array[int]) -> None:
        """Raise ValueError where the mainland's blocks have more than 255 outputs."""
        self._arrays = (outputs, children, china, america)
        self._output = native.shorts(outputs)
        self._child = native.shorts(children)
        self._wide = native.shorts(china)
        self._american = native.shorts(america)
        if native.COMPILED:
            self._fold(len(china))

    def _fold(self, count: int) -> None:
        """Keep the mainland's outputs as a byte for ten blocks, where they are alike, so that all stay in the processor's cache."""
        self._held = (bytearray(2 * 256), bytearray(count), bytearray(count // 10 + 1))
        kinds, narrow, tens = native.to_shorts(self._held[0]), native.to_octets(self._held[1]), native.to_octets(self._held[2])
        known = kind = 0
        for i in range(count):
            if known == 0 or kinds[kind] != self._wide[i]:
                kind = 0
                while kind < known and kinds[kind] != self._wide[i]:
                    kind += 1
                if kind == native.MIXED:
                    raise ValueError("the mainland's blocks have too many outputs; accepted: at most 255")
                if kind == known:
                    kinds[kind] = self._wide[i]
                    known += 1
            narrow[i] = kind
            if i % 10 == 0:
                tens[i // 10] = kind
            elif tens[i // 10] != kind:
                tens[i // 10] = native.MIXED
        self._kinds, self._narrow, self._tens = kinds, narrow, tens

    def _chinese(self, i: int) -> int:
        if not native.COMPILED:
            return self._wide[i]
        kind = self._tens[i // 10]
        return self._kinds[self._narrow[i] if kind == native.MIXED else kind]

    def leaf(self, n: int) -> int:
        """Return 0 where `n` is no valid number, 1 where `phone` must be asked, else its place."""
        block = n // native.BLOCK
        if native.CHINA_FROM <= block < native.CHINA_TO:  # what `_find` does, without the call
            found = self._chinese(block - native.CHINA_FROM) if native.COMPILED else self._wide[block - native.CHINA_FROM]
            if found < native.ASK:
                return found
        if n < native.SHORT:
            return 1
        found = self._find(n)
        return 1 if found >= native.ASK else found

    def leaves(self, numbers: Any, leaves: Any, size: int) -> None:
        """Write the leaf of each of many numbers; that of a number below 1 is 0."""
        for i in range(size):
            leaves[i] = self.leaf(numbers[i]) if numbers[i] > 0 else 0

    def place(self, n: int) -> int:
        """Return the place of a number, also where `leaf` is 1; 0 where there is no such number."""
        return self._find(n) & (native.ASK - 1)

    def _find(self, n: int) -> int:
        found = native.WALK
        block = n // native.BLOCK
        if native.CHINA_FROM <= block < native.CHINA_TO:
            found = self._chinese(block - native.CHINA_FROM)
        else:
            block = n // native.AMERICA_BLOCK
            if native.AMERICA_FROM <= block < native.AMERICA_TO:
                found = self._american[block - native.AMERICA_FROM]
        return self.walk(n) if found == native.WALK else found

    def walk(self, n: int) -> int:
        """Return what the automaton alone says of a number, 0 < n < 10**15: its place, and 0x8000."""
        backwards = 1  # the digits from the last on, behind a 1
        while n > 0:
            backwards = backwards * 10 + n % 10
            n //= 10
        state = 0
        while backwards > 1:
            state = self._child[state * 10 + backwards % 10]
            backwards //= 10
        return self._output[state]
