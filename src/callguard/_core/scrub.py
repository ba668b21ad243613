"""Many callees at one instant: a code each, one byte, worked out once for each place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard._core import native

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from callguard._core.delta import Delta
    from callguard._core.line import Table

UNKNOWN = 255


class Sweep:
    """Gives each of many numbers its code, as far as masks and places tell; the others stay `UNKNOWN`.

    Numbers are int64, E.164 or what `table.number` would refuse, or bytes of text that end where `offsets`, 4 or 8 bytes wide, say.
    `codes` has a byte a number, `by_leaf` the code of each place. `on_list` and `refused` are the codes of what honoured planes
    hold; codes of places from `foremost` on go before these. Numbers of which `often` has `least` or more stay `UNKNOWN`, too.
    Ranges may be run by several threads at once.
    """

    __slots__ = (
        "_attempts",
        "_by_leaf",
        "_changed",
        "_codes",
        "_counting",
        "_data",
        "_further",
        "_held",
        "_high",
        "_least",
        "_listed",
        "_listing",
        "_long_ends",
        "_low",
        "_national",
        "_often",
        "_plan",
        "_refusals",
        "_short_ends",
        "_slots",
        "_table",
        "_trie",
        "_unsure",
        "_values",
        "_wide",
        "foremost",
        "on_list",
        "refused",
    )

    def __init__(
        self,
        table: Table,
        codes: bytearray,
        by_leaf: bytearray,
        values: Buffer | None,
        offsets: Buffer | None,
        data: Buffer | None,
        often: Delta | None = None,
        least: int = 1,
    ) -> None:
        self._table = table
        self._held = (codes, by_leaf, values, offsets, data)
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
        self.foremost = UNKNOWN + 1
        # what is read without the interpreter's lock
        self._plan, self._slots = table.plan, table.known.delta.slots
        self._trie: Any = table.trie
        self._listing = table.trie is not None and table.listed != 0
        self._changed = self._slots.used > 0
        self._low, self._high, self._national = table.low, table.high, table.national
        self._listed, self._further, self._refusals, self._unsure = table.listed, table.further, table.refusals, table.unsure
        self._counting, self._least = often is not None, least
        self._often = table.known.delta if often is None else often
        self._attempts = self._often.slots

    def run(self, start: int, stop: int) -> None:
        """Give the numbers from `start` to before `stop` their codes; other threads run meanwhile."""
        if not native.COMPILED:
            for i in range(start, stop):
                self._codes[i] = self.code(self._number(i))
            return
        scratch = bytearray(8 * 4 * native.TOGETHER)
        numbers = native.to_longs(scratch)
        size = native.TOGETHER
        state = native.release()
        while start < stop:
            size = min(size, stop - start)
            self._group(start, size, numbers)
            start += size
        native.acquire(state)

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
        n = native.plain_bytes(native.octets_from(self._data, first), size, self._national)
        return n if n > 0 else native.spaced_bytes(native.octets_from(self._data, first), size, self._national)

    def code(self, n: int) -> int:
        """Return the code of one number."""
        leaf = self._table.plan.leaf(n) if n > 0 else 0
        if leaf < 2 or (self._counting and self._often.get(n) >= self._least):
            return 255
        code = self._by_leaf[leaf]
        marked = 0 if code >= self.foremost else self._table.marked(n)
        if marked == 0:
            return code
        return self.on_list if marked == 1 else self.refused if marked == 2 else 255

    def _group(self, start: int, size: int, numbers: Any) -> None:
        """Do what `code` does for some numbers: first where each stands, then the load of its memory, then what is there.

        `numbers` has room for four times as many.
        """
        shelves = native.longs_from(numbers, native.TOGETHER)
        places = native.longs_from(numbers, 2 * native.TOGETHER)
        leaves = native.longs_from(numbers, 3 * native.TOGETHER)
        for i in range(size):
            numbers[i] = self._number(start + i)
            if self._counting:
                self._attempts.fetch(numbers[i])
        if self._listing:
            self._trie.shelves(numbers, shelves, size)
            self._trie.places(numbers, shelves, places, size)
        self._plan.leaves(numbers, leaves, size)
        if self._listing:
            self._trie.stand(places, size)
        for i in range(size):
            code = 255
            if leaves[i] >= 2 and not (self._counting and self._attempts.get(numbers[i]) >= self._least):
                code = self._by_leaf[leaves[i]]
                found = 0
                if self._changed and code < self.foremost:
                    found = self._slots.get(numbers[i]) & self._refusals
                if found != 0:
                    code = 255 if found & self._unsure else self.refused
                elif self._listing and places[i] != 0 and code < self.foremost:
                    found = self._trie.planes_of(shelves[i], numbers[i]) & self._listed
                    if found != 0:
                        code = 255 if found & self._further else self.on_list
            self._codes[start + i] = code


def numbers_of(table: Table, callees: list[Any]) -> bytearray:
    """Return the number of each of many callees as int64, -1 where it cannot be read here.

    TypeError for a callee that is neither text nor an int, with its row.
    """
    count = len(callees)
    found = bytearray(8 * count)
    out = native.to_longs(found)
    for i in range(count):
        n = native.plain_item(callees, i, i + 8 if i + 8 < count else i, table.national)
        if n == -2:
            callee = callees[i]
            if isinstance(callee, bool) or not isinstance(callee, (str, int)):
                raise TypeError(f"callees[{i}] is a {type(callee).__name__}; accepted: text or an int")
            n = table.number(callee)
        elif n == -1:
            n = native.spaced(callees[i], table.national)
        out[i] = n
    return found
