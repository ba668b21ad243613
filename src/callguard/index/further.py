"""Numbers with a beginning or an end, or on a list beyond the last bit: they get entries, and a mark that says to look there."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from callguard.index.batches import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from callguard.index.sorting import Entry

    Joined = Callable[[Any, Iterable[int]], Any]  # the numbers of two, ascending, each once

MOST: Final = 63  # planes with a bit
_by_number: Final = itemgetter(0, 1)


class Further:
    """Turns the numbers and entries of some lists into planes with a bit and entries, slice by slice.

    `bits` is how many of the lists have a bit of their own; `marked` whether one more plane marks the numbers that have entries.
    `numbers` and `dated` count distinct numbers and entries of each list. `places` say how entries name the lists: the marking
    plane stands behind those with a bit.
    """

    def __init__(self, planes: int, joined: Joined, *, has_entries: bool) -> None:
        self._joined = joined
        fits = planes + has_entries <= MOST
        self.bits = planes if fits else MOST - 1
        self.marked = has_entries or not fits or not planes
        self.places = [plane if plane < self.bits else plane + 1 for plane in range(planes)]
        self.numbers = [0] * planes
        self.dated = [0] * planes

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
                planes[plane] = self._joined(numbers, dated[plane])
            self.numbers[plane] += len(planes[plane])
        if self.marked:
            entries.sort(key=_by_number)  # a list's entry that holds always comes behind its others
            marked = dict.fromkeys(entry[0] for entry in entries)
            planes = [*planes[: self.bits], self._joined(array("q"), marked)]
        for _, plane, _, _ in entries:
            self.dated[plane] += 1
        return planes, [(number, self.places[plane], since, until) for number, plane, since, until in entries]


def _has(numbers: Sequence[int], number: int) -> bool:
    i = bisect_left(numbers, number)
    return i < len(numbers) and numbers[i] == number
