"""What the compiled core has in C, read by the interpreter: the forms of a number, the clock, the parts of an index's block.

Compiled, `native.pxd` stands in for every name here. Pointers are memoryviews; where C returns early on nonsense, so does this.
"""

from __future__ import annotations

import re
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
SORTS = 8_192  # masks that a word of `delta.Slots` tells apart

_SPACED = re.compile(r"[ \t-\r()]*[+0-9][0-9 \t-\r()-]*")
_SEPARATORS = str.maketrans("", "", " \t\n\v\f\r()-")
_WORD = (1 << 64) - 1
_MIX = 0x9E37_79B9_7F4A_7C15


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


def spaced(text: str, national: int) -> int:
    """Do what `plain` does of what is left without spaces, brackets and hyphens, in a text of 32 characters at most.

    A plus stands before all digits, and a hyphen behind the first of these: so does `phone` read it, too.
    """
    if 9 <= len(text) <= 32 and text.isascii() and _SPACED.fullmatch(text):
        return plain(text.translate(_SEPARATORS), national)
    return -1


def plain_bytes(text: memoryview, size: int, national: int) -> int:
    """Do what `plain` does, of ASCII bytes."""
    try:
        return plain(str(text[:size], "ascii"), national)
    except UnicodeDecodeError:
        return -1


def spaced_bytes(text: memoryview, size: int, national: int) -> int:
    """Do what `spaced` does, of ASCII bytes."""
    try:
        return spaced(str(text[:size], "ascii"), national)
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


def octets_from(at: memoryview, i: int) -> memoryview:
    """Return what stands from the i-th byte on."""
    return at[i:]


def integers(row: object, out: memoryview) -> bool:
    """Write the integers of a row of a database, see `Delta.fill`, and return whether it has them, of 64 bits each.

    They are seq, what, number, at, stored and check; of a row of five items all but seq.
    """
    if type(row) is not tuple or len(row) not in {5, 7, 8} or (len(row) == 8 and row[3] is not None):
        return False
    values = (row[0], *row[1:3], row[4]) if len(row) == 5 else (*row[:3], *row[-4:-2], row[-1])
    if not all(type(value) is int and -(1 << 63) <= value < 1 << 63 for value in values):
        return False
    if len(row) == 5:
        values = (out[0], place_in(row[0]), number_in(row[0]), *values[1:])
    for i, value in enumerate(values):
        out[i] = value
    return True


def row_check(values: memoryview, check: int) -> int:
    """Return the check of a row by its integers, and its note's CRC-32."""
    h = values[0] & _WORD
    for value in (*values[1:5], check):
        h = ((h ^ value & _WORD) * _MIX) & _WORD
        h ^= h >> 29
    return h >> 32


def slot_of(n: int, shift: int) -> int:
    """Return a number's place in a table of `2 ** (64 - shift)` slots."""
    return (n * _MIX & _WORD) >> shift


def word_of(n: int, place: int) -> int:
    """Return a number and a place below `SORTS` as one word."""
    return place << 50 | n


def number_in(word: int) -> int:
    """Return the number of a word."""
    return word & (1 << 50) - 1


def place_in(word: int) -> int:
    """Return the place of a word."""
    return word >> 50


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


def lows_by_code(code: int) -> int:
    """Return how many numbers stand on a line of a block of some code."""
    return 0 if code <= RUN else 512 if code == RUN + BITMAP else -(-10_000 // (code - RUN))


def first_bit(bits: int) -> int:
    """Return which is the lowest bit that is set."""
    return (bits & -bits).bit_length() - 1


def place(record: memoryview, n: int, line_count: int, slot_count: int) -> int:
    """Return where a record says that a number of its shelf would stand, for `stands` and `fetch` to read.

    0 where it stands nowhere, -1 where the record makes no sense.
    """
    j, low = n // BLOCK % BLOCKS, n % BLOCK
    code = record[8 + j]
    if code == 0:
        return 0
    if code <= RUN:
        at = int.from_bytes(record[58:64], "little") + runs_before(record, j)
        return -1 if at > slot_count - code else 2 * at << 20 | low << 6 | code
    at = number_at(record, 0) + lines_before(record, j)
    if not 2 <= code - RUN <= BITMAP or not 0 <= at <= line_count - (code - RUN):
        return -1
    on, sub = divmod(low, lows_by_code(code))
    return (at + on) * LINE << 20 | sub << 6 | code


def stands(place: int, lines: memoryview, runs: memoryview) -> bool:
    """Return whether a number stands at its place; at one that makes no sense it does."""
    if place <= 0:
        return place != 0
    at, sub, code = place >> 20, place >> 6 & 0x3FFF, place & 63
    if code <= RUN:
        return sub in runs[at >> 1 : (at >> 1) + code]
    if code == RUN + BITMAP:
        return lines[at + (sub >> 3)] >> (sub & 7) & 1 != 0
    bucket, head = sub >> 8, (lows_by_code(code) + 255) >> 8
    first = head + (lines[at + bucket - 1] if bucket else 0)
    last = head + lines[at + bucket]
    return first > last or last > LINE or sub & 255 in lines[at + first : at + last]


def fetch(place: int, lines: memoryview, runs: memoryview) -> None:
    """Begin to load what `stands` will look at."""
