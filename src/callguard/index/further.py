"""Numbers with a beginning or an end, or on a list beyond the last bit: they get entries, and a mark that says to look there."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from callguard.index.batches import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.index.sorting import Entry, Pile

MOST: Final = 63  # planes with a bit
_by_number: Final = itemgetter(0, 1)


class Further:
    """Turns the numbers and entries of a pile's lists into planes with a bit and entries, slice by slice.

    `bits` is how many of the lists have a bit of their own; `marked` whether one more plane marks the numbers that have entries.
    `numbers` and `dated` count distinct numbers and entries of each list. `places` say how entries name the lists: the marking
    plane stands behind those with a bit.
    """

    def __init__(self, pile: Pile) -> None:
        self._pile = pile
        fits = pile.planes + pile.has_entries <= MOST
        self.bits = pile.planes if fits else MOST - 1
        self.marked = pile.has_entries or not fits or not pile.planes
        self.places = [plane if plane < self.bits else plane + 1 for plane in range(pile.planes)]
        self.numbers = [0] * pile.planes
        self.dated = [0] * pile.planes

    def slice(self, planes: list[Any], entries: list[Entry]) -> tuple[list[Any], list[Entry]]:
        """Return the numbers of each plane with a bit, the marking one last, and the entries by number and plane."""
        dated: list[list[int]] = [[] for _ in planes]
        for (number, plane), _ in groupby(entries, key=_by_number):
            dated[plane].append(number)
        for plane, numbers in enumerate(planes):
            beyond = plane >= self.bits
            always = numbers if beyond else [n for n in dated[plane] if _has(memoryview(numbers), n)]
            entries += [(int(n), plane, NONE, NONE) for n in always]
            if dated[plane]:
                planes[plane] = self._pile.joined(numbers, dated[plane])
            self.numbers[plane] += len(planes[plane])
        if self.marked:
            entries.sort(key=_by_number)  # a list's entry that holds always comes behind its others
            marked = dict.fromkeys(entry[0] for entry in entries)
            planes = [*planes[: self.bits], self._pile.joined(array("q"), marked)]
        for _, plane, _, _ in entries:
            self.dated[plane] += 1
        return planes, [(number, self.places[plane], since, until) for number, plane, since, until in entries]


def _has(numbers: Sequence[int], number: int) -> bool:
    i = bisect_left(numbers, number)
    return i < len(numbers) and numbers[i] == number
