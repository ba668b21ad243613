"""Sorted distinct numbers as sets: with NumPy, or without."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEW: Final = 16  # times as few as others, so that they are looked for one by one


class Sets:
    """What is done with buffers of ascending, distinct int64; with NumPy where `arrays` says so."""

    __slots__ = ("arrays",)

    def __init__(self, *, arrays: bool) -> None:
        self.arrays = arrays

    def of(self, numbers: Iterable[int]) -> Any:
        """Return some numbers as a set."""
        found = array("q", sorted(set(numbers)))
        if not self.arrays:
            return found
        import numpy as np

        return np.frombuffer(found, np.int64) if found else np.empty(0, np.int64)

    def joined(self, pieces: list[memoryview]) -> Any:
        """Return pieces that stand one behind the other as one set; ValueError where they do not ascend."""
        if not self.arrays:
            whole = array("q", b"".join(pieces))
            if any(whole[i] >= whole[i + 1] for i in range(len(whole) - 1)):
                raise ValueError("the numbers are not ascending")
            return whole
        import numpy as np

        found = np.frombuffer(b"".join(pieces), np.int64)
        if (found[1:] <= found[:-1]).any():
            raise ValueError("the numbers are not ascending")
        return found

    def same(self, one: Any, other: Any) -> bool:
        """Return whether two sets have the same numbers."""
        return len(one) == len(other) and bytes(memoryview(one).cast("B")) == bytes(memoryview(other).cast("B"))

    def without(self, one: Any, other: Any) -> Any:
        """Return the numbers of one that the other has not."""
        if not len(one) or not len(other):
            return one
        if not self.arrays:
            gone = set(other)
            return array("q", [n for n in one if n not in gone])
        return one[~self._stands(one, other)]

    def apart(self, one: Any, other: Any) -> tuple[Any, Any]:
        """Return the numbers that only one has, and those that only the other has."""
        few = min(len(one), len(other)) < max(len(one), len(other)) // _FEW
        if not self.arrays or few:
            return self.without(one, other), self.without(other, one)
        import numpy as np

        whole = np.concatenate((one, other))
        whole.sort(kind="stable")  # which merges runs
        alone = np.ones(len(whole), bool)
        twice = whole[1:] == whole[:-1]
        alone[1:] &= ~twice
        alone[:-1] &= ~twice
        found = whole[alone]
        first = self._stands(found, one)
        return found[first], found[~first]

    def common(self, one: Any, other: Any) -> Any:
        """Return the numbers that both have."""
        if not self.arrays:
            both = set(other)
            return array("q", [n for n in one if n in both])
        return one[self._stands(one, other)]

    def union(self, one: Any, other: Any) -> Any:
        """Return the numbers that one of them has, or both."""
        if not len(one) or not len(other):
            return one if len(one) else other
        if not self.arrays:
            return array("q", sorted({*one, *other}))
        import numpy as np

        more = self.without(other, one)
        return np.insert(one, np.searchsorted(one, more), more) if len(more) else one

    def _stands(self, one: Any, other: Any) -> Any:
        """Return which numbers of one the other has; the fewer are looked for among the more."""
        import numpy as np

        found = np.zeros(len(one), bool)
        if not len(one) or not len(other):
            return found
        if len(other) < len(one):
            at = np.minimum(np.searchsorted(one, other), len(one) - 1)
            found[at[one[at] == other]] = True
        else:
            at = np.minimum(np.searchsorted(other, one), len(other) - 1)
            found = other[at] == one
        return found
