"""The numbering plan as two flat arrays and an automaton over digits: which numbers there are, and where each may be."""

from __future__ import annotations

from array import array

CHINA_BLOCK = 10_000
CHINA_FROM = 861_300_000  # the mainland's mobile numbers, in blocks
CHINA_TO = 862_000_000
AMERICA_BLOCK = 1_000_000
AMERICA_FROM = 12_000  # North America's, in blocks: an area code and one digit
AMERICA_TO = 20_000
SHORT = 100_000_000  # shorter E.164 numbers may be a short code behind a country or area code
ASK = 0x8000
WALK = 0xFFFF


class Plan:
    """What the digits of an E.164 number tell.

    `outputs` and `children` are the automaton: a state's output where the number ends there, and its ten children; state 0
    is the start. An output is a place, 0 where there is no such number, plus `ASK` where the digits may be read otherwise.
    `china` and `america` hold the same for each block, `WALK` where a block is not of one piece.
    """

    __slots__ = ("_america", "_children", "_china", "_outputs")

    def __init__(self, outputs: array[int], children: array[int], china: array[int], america: array[int]) -> None:
        self._outputs = outputs
        self._children = children
        self._china = china
        self._america = america

    def leaf(self, n: int) -> int:
        """Return 0 where `n` is no valid number, 1 where `phone` must be asked, else its place."""
        block = n // CHINA_BLOCK
        if CHINA_FROM <= block < CHINA_TO:  # what `_find` does, without the call
            found = self._china[block - CHINA_FROM]
            if found < ASK:
                return found
        if n < SHORT:
            return 1
        found = self._find(n)
        return 1 if found >= ASK else found

    def place(self, n: int) -> int:
        """Return the place of a number, also where `leaf` is 1; 0 where there is no such number."""
        return self._find(n) & (ASK - 1)

    def _find(self, n: int) -> int:
        found = WALK
        block = n // CHINA_BLOCK
        if CHINA_FROM <= block < CHINA_TO:
            found = self._china[block - CHINA_FROM]
        else:
            block = n // AMERICA_BLOCK
            if AMERICA_FROM <= block < AMERICA_TO:
                found = self._america[block - AMERICA_FROM]
        return self.walk(n) if found == WALK else found

    def walk(self, n: int) -> int:
        """Return what the automaton alone says of a number: its place, and `ASK`."""
        assert 0 < n < 10**15, "only E.164 is admitted"
        state = 0
        children = self._children
        for character in str(n).encode():
            state = children[state * 10 + character - 48]
        return self._outputs[state]

    def with_china(self, places: dict[int, int]) -> Plan:
        """Return the plan with other places for some seven-digit mobile blocks; blocks that are not there stay so."""
        china = array("H", self._china)
        for prefix, place in places.items():
            i = prefix + 860_000_000 - CHINA_FROM
            if 0 <= i < len(china) and 2 <= china[i] < ASK:
                china[i] = place
        return Plan(self._outputs, self._children, china, self._america)
