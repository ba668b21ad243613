"""How the rows of a list are read as numbers: as `NumberPlan.read` reads them, faster where the digits are plain."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from callguard._core.native import BEHIND_CHINA, CARRIER_FROM, CARRIER_TO, CHINA, LIMIT, MOBILE_FROM, MOBILE_TO, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from callguard.phone import NumberPlan

    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

AMERICA: Final = 1
_BEHIND_AMERICA: Final = 10_000_000_000
_AMERICA_FROM: Final = 12_000_000_000  # an area code begins with 2 to 9
_AMERICA_TO: Final = 20_000_000_000
_SHORTEST, _LONGEST = 8, 15  # digits behind a plus
_PLUS, _ZERO, _TWO = b"+02"


MANY: Final = 500_000  # numbers from which on NumPy is worth its loading


def has_numpy(*, worth: bool) -> bool:
    """Return whether NumPy is there, and worth its loading or loaded anyway."""
    if not worth and "numpy" not in sys.modules:
        return False
    try:
        import numpy as np
    except ImportError:
        return False
    return bool(np)


class Reader:
    """Reads rows as E.164 numbers, valid or not, wherever they can be read as one; 0 says that a row is none.

    With NumPy it reads arrays. What is not in one of the plain forms, or is no number that is certainly valid, `NumberPlan` reads.
    """

    __slots__ = ("_leaf", "_national", "_numbers")

    def __init__(self, numbers: NumberPlan) -> None:
        """Read as an enterprise of the plan's region does."""
        self._numbers = numbers
        self._national = numbers.national
        self._leaf: Callable[[int], int] = numbers.core.leaf

    def text(self, text: str) -> int:
        """Read one text."""
        number = plain(text, self._national)
        if number < 0 and self._national == AMERICA and text.isdigit() and text.isascii():
            number = int(f"1{text}") if len(text) == 10 else int(text) if len(text) == 11 and text[0] == "1" else -1
        if number > 0 and self._leaf(number) > 1:
            return number
        return self._numbers.read(text).number or 0

    def integer(self, value: int) -> int:
        """Read one integer."""
        return self._numbers.read(value).number or 0

    def integers(self, values: Integers) -> Integers:
        """Read an array of integers."""
        import numpy as np

        found = np.zeros(len(values), np.int64)
        possible = _within(values, 1, LIMIT)
        if self._numbers.integers == "national":
            done = np.zeros(len(values), bool)
            for behind in (0, BEHIND_CHINA) if self._national == CHINA else ():
                mobile = _mobile(values - behind)
                found[mobile] = values[mobile] + BEHIND_CHINA - behind
                done |= mobile
        else:
            asked = self._numbers.ambiguous
            ambiguous = _within(values, asked.start, asked.stop)
            done = _certain(values) & ~ambiguous
            if done.all():
                return values
            found[done] = values[done]
            if self._national == CHINA:
                done |= ambiguous  # which are none
        for i in np.flatnonzero(possible & ~done):
            found[i] = self.integer(int(values[i]))
        return found

    def cells(self, data: NDArray[np.uint8], starts: Integers, sizes: Integers) -> Integers:
        """Read texts that stand in `data`, ASCII or UTF-8, by where each starts and how long it is.

        0 only says that a text is in no plain form: `text` must read it.
        """
        import numpy as np

        found = np.zeros(len(starts), np.int64)
        first = np.zeros(len(starts), np.uint8)
        filled = np.flatnonzero(sizes)
        first[filled] = data[starts[filled]]
        plus = first == _PLUS
        for size in range(_SHORTEST + 1, _LONGEST + 2) if plus.any() else ():
            rows = np.flatnonzero((sizes == size) & plus)
            self._fill(found, rows, _value(data, starts[rows] + 1, size - 1))
        if self._national == CHINA:
            self._china(found, data, starts, sizes, first)
        elif self._national == AMERICA:
            rows = np.flatnonzero((sizes == 10) & (first >= _TWO))
            self._fill(found, rows, _value(data, starts[rows], 10, _BEHIND_AMERICA))
            rows = np.flatnonzero((sizes == 11) & (first == _ZERO + 1))
            self._fill(found, rows, _value(data, starts[rows], 11))
        return found

    def _china(self, found: Integers, data: NDArray[np.uint8], starts: Integers, sizes: Integers, first: NDArray[np.uint8]) -> None:
        """Read what is written as people in the mainland write it: mobile numbers, bare or behind 86, and area codes."""
        import numpy as np

        for size, behind in ((11, 0), (13, BEHIND_CHINA)):
            rows = np.flatnonzero((sizes == size) & (first > _ZERO))
            values = _value(data, starts[rows], size) - behind
            mobile = _mobile(values)
            found[rows[mobile]] = values[mobile] + BEHIND_CHINA
        for size in (10, 11, 12):
            rows = np.flatnonzero((sizes == size) & (first == _ZERO))
            self._fill(found, rows, _value(data, starts[rows] + 1, size - 1, CHINA * 10 ** (size - 1)))

    def _fill(self, found: Integers, rows: Integers, values: Integers) -> None:
        """Take the values that are certainly numbers."""
        certain = _certain(values)
        found[rows[certain]] = values[certain]
        for i in ((values > 0) & ~certain).nonzero()[0]:
            if self._leaf(int(values[i])) > 1:
                found[rows[i]] = values[i]


def _within(values: Integers, start: int, stop: int) -> Flags:
    found: Flags = (values >= start) & (values < stop)
    return found


def _mobile(values: Integers) -> Flags:
    """Return which integers are mobile numbers of the mainland, without the country code."""
    return _within(values, MOBILE_FROM, MOBILE_TO) & ~_within(values, CARRIER_FROM, CARRIER_TO)


def _certain(values: Integers) -> Flags:
    """Return which integers are read as themselves, behind a plus, whatever the region and whether they are valid."""
    return _mobile(values - BEHIND_CHINA) | _within(values, _AMERICA_FROM, _AMERICA_TO)


def _value(data: NDArray[np.uint8], starts: Any, size: int, behind: int = 0) -> Integers:
    """Return the values of texts of `size` digits, `behind` added; -1 where the first is 0 or one is no digit."""
    import numpy as np

    values = np.zeros(len(starts), np.int64)
    strange = data[starts] == _ZERO
    for i in range(size):
        digit = data[starts + i] - np.uint8(_ZERO)  # what stands before the digits wraps around
        strange |= digit > 9
        values = values * 10 + digit
    values += behind
    values[strange] = -1
    return values
