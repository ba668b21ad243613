"""What the compiled core has in C, read by the interpreter: the forms of a number, the clock, the parts of an index's block.

Compiled, `native.pxd` stands in for every name here. Pointers are memoryviews; where C returns early on nonsense, so does this.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

COMPILED = False

# an index, by its digits: blocks on shelves in groups; see trie.py
BLOCK = 10_000
BLOCKS = 50  # a shelf
SHELF = 500_000
GROUP = 10_000_000
SHELVES = 20  # a group
RECORD = 64
LINE = 64
RUN = 32  # the longest run, and the code behind which lines are counted
BITMAP = 20  # lines of a bitmap
TOGETHER = 128  # numbers looked up side by side, so that their memory is waited for together
SPREAD = 65_536  # numbers from which on they are put in heaps first, by their shelves
HEAPS = 1_024
DEEP = 1_024  # numbers of a full heap
KEPT = 64  # shelves of a heap that are unfolded at a time
WORTH = 32  # numbers a shelf for which it is unfolded
WINDOW = 1 << 23  # numbers of which each has a place in 23 bits
ODD = 63  # in place of a block's code: each of its numbers is looked up by itself

# the numbering plan; see plan.py
CHINA_FROM = 861_300_000  # the mainland's mobile numbers, in blocks
CHINA_TO = 862_000_000
AMERICA_BLOCK = 1_000_000
AMERICA_FROM = 12_000  # North America's: an area code and one digit
AMERICA_TO = 20_000
SHORT = 100_000_000  # shorter E.164 numbers may be a short code behind a country or area code
ASK = 0x8000
WALK = 0xFFFF
MIXED = 0xFF

CHINA = 86
BEHIND_CHINA = 8_600_000_000_000
MOBILE_FROM = 13_000_000_000
CARRIER_FROM = 17_900_000_000  # 179 begins carrier prefixes
CARRIER_TO = 18_000_000_000
MOBILE_TO = 20_000_000_000
LIMIT = 1_000_000_000_000_000


def plain(text: str, national: int) -> int:
    """Return the E.164 number of a text that says it in plain digits, else -1.

    Plain is a plus with 8 to 15 digits. Where `national`, the country code of the policy's region, is 86, plain are also 10 to
    12 digits behind one 0, a bare mobile number of 11 digits, and the same behind 86.
    """
    if "+1" <= text < "+:":  # a plus, and a digit that is not 0
        digits = text[1:]
        if 8 <= len(digits) <= 15 and digits.isdigit() and digits.isascii():
            return int(digits)
        return -1
    if national == CHINA and text.isdigit() and text.isascii():
        size = len(text)
        if 10 <= size <= 12 and text[0] == "0":
            return -1 if text[1] == "0" else int("86" + text[1:])
        if size == 11:
            n = int(text)
        elif size == 13:
            n = int(text) - BEHIND_CHINA
        else:
            return -1
        if MOBILE_FROM <= n < CARRIER_FROM or CARRIER_TO <= n < MOBILE_TO:
            return n + BEHIND_CHINA
    return -1


def plain_bytes(text: memoryview, size: int, national: int) -> int:
    """Do what `plain` does, of ASCII bytes."""
    try:
        return plain(str(text[:size], "ascii"), national)
    except UnicodeDecodeError:
        return -1


def plain_item(items: list[object], i: int, ahead: int, national: int) -> int:  # noqa: ARG001 - C loads the item ahead
    """Do what `plain` does, of a list's item; -2 where it is no text."""
    item = items[i]
    return plain(item, national) if type(item) is str else -2


def integer(value: object) -> int:
    """Return an int that may be a number in E.164, else -1; a bool is none."""
    return value if type(value) is int and 0 < value < LIMIT else -1


def seconds() -> int:
    """Return the wall clock's whole seconds."""
    return int(time())


def octets(held: Buffer) -> memoryview:
    """Return a buffer's bytes."""
    return memoryview(held).cast("B")


def shorts(held: Buffer) -> memoryview:
    """Return a buffer's bytes as 16-bit numbers, as far as there are whole ones."""
    return _whole(held, 2).cast("H")


def words(held: Buffer) -> memoryview:
    """Return a buffer's bytes as 32-bit numbers."""
    return _whole(held, 4).cast("I")


def longs(held: Buffer) -> memoryview:
    """Return a buffer's bytes as 64-bit numbers."""
    return _whole(held, 8).cast("q")


to_octets, to_shorts, to_longs = octets, shorts, longs  # the same, to be written to


def _whole(held: Buffer, size: int) -> memoryview:
    view = memoryview(held).cast("B")
    return view[: len(view) // size * size]


def prefetch(at: memoryview, i: int) -> None:
    """Begin to load memory that is wanted soon."""


def prewrite(at: memoryview, i: int) -> None:
    """Begin to load memory that is written to soon."""


def octets_of(at: memoryview) -> memoryview:
    """Return the bytes of 16-bit numbers."""
    return at.cast("B")


def octets_from(at: memoryview, i: int) -> memoryview:
    """Return what stands from the i-th byte on."""
    return at[i:]


def shorts_from(at: memoryview, i: int) -> memoryview:
    """Return what stands from the i-th 16-bit number on."""
    return at[i:]


def slot_of(n: int, shift: int) -> int:
    """Return a number's place in a table of `2 ** (64 - shift)` slots."""
    return (n * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) >> shift


def publish(at: memoryview, i: int, value: int) -> None:
    """Write the i-th 64-bit number behind all that was written before."""
    at[i] = value


def number_at(at: memoryview, i: int) -> int:
    """Return the signed 64-bit number that begins at the i-th byte."""
    return int.from_bytes(at[i : i + 8], "little", signed=True)


def longs_from(at: memoryview, i: int) -> memoryview:
    """Return what stands from the i-th 64-bit number on."""
    return at[i:]


def release() -> object:
    """Let other threads run, until `acquire` is given what this returns."""
    return None


def acquire(state: object) -> None:
    """Take the interpreter's lock again."""


def enter(kind: type, name: str, one: object) -> None:
    """Let `one` answer a method's calls that have one argument, told by place."""


def runs_before(record: memoryview, j: int) -> int:
    """Return how many slots of runs stand before the j-th block of a record."""
    return sum(code for code in record[8 : 8 + j] if code <= 32)


def lines_before(record: memoryview, j: int) -> int:
    """Return how many lines stand before the j-th block of a record."""
    return sum(code - 32 for code in record[8 : 8 + j] if code > 32)


def in_run(slots: memoryview, size: int, low: int) -> bool:
    """Return whether one of the first `size` slots is a number."""
    return low in slots[:size]


def line_of(lines: int, low: int) -> int:
    """Return which line of a block holds a number."""
    return low // -(-10_000 // lines)


def in_line(line: memoryview, lines: int, which: int, low: int) -> bool:
    """Return whether a line of bytes holds a number; a line that makes no sense holds it."""
    width = -(-10_000 // lines)
    sub = low - which * width
    bucket, head = sub >> 8, (width + 255) >> 8
    first = head + (line[bucket - 1] if bucket else 0)
    last = head + line[bucket]
    return True if first > last or last > 64 else sub & 255 in line[first:last]


def line_by_code(code: int, low: int) -> int:
    """Return which line of a block of some code holds a number, also of a bitmap; 0 of a run."""
    return 0 if code <= RUN else low // lows_by_code(code)


def lows_by_code(code: int) -> int:
    """Return how many numbers stand on a line of a block of some code."""
    return 0 if code <= RUN else 512 if code == RUN + BITMAP else -(-10_000 // (code - RUN))


def among(at: memoryview, size: int, low: int) -> bool:
    """Do what `in_run` does, of bytes."""
    return in_run(at[: 2 * size].cast("H"), size, low)


def on_line(line: memoryview, code: int, sub: int) -> bool:
    """Return whether a line of bytes, or of a bitmap, holds what is its `sub`-th number."""
    if code == RUN + BITMAP:
        return line[sub >> 3] >> (sub & 7) & 1 != 0
    return in_line(line, code - RUN, 0, sub)


def span_by_code(code: int) -> int:
    """Return how many bytes behind its spot a number may stand."""
    return 0 if code > RUN else 2 * code


def either(which: int, one: int, other: int) -> int:
    """Return the one where `which` is 1, the other where it is 0."""
    return one if which else other


def first_bit(bits: int) -> int:
    """Return which is the lowest bit that is set."""
    return (bits & -bits).bit_length() - 1


def distance(to: memoryview, start: memoryview) -> int:
    """Return how many bytes behind `start` another address is."""
    raise NotImplementedError


octets_to = octets_from


def stands(record: memoryview, n: int, lines: memoryview, line_count: int, runs: memoryview, slot_count: int) -> bool:
    """Return whether a record holds a number of its shelf; a record that makes no sense holds it."""
    j, low = n // BLOCK % BLOCKS, n % BLOCK
    code = record[8 + j]
    if code == 0:
        return False
    if code <= RUN:
        at = int.from_bytes(record[58:64], "little") + runs_before(record, j)
        return at > slot_count - code or in_run(runs[at:], code, low)
    code -= RUN
    at = number_at(record, 0) + lines_before(record, j)
    if not 2 <= code <= BITMAP or not 0 <= at <= line_count - code:
        return True
    if code == BITMAP:
        return lines[at * LINE + (low >> 3)] >> (low & 7) & 1 != 0
    which = line_of(code, low)
    return in_line(lines[(at + which) * LINE :], code, which, low)
