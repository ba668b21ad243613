"""Newer provinces of Chinese mobile numbers, by their first seven digits: the user's own, or the `phone` package's."""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from callguard.phone.regions import PROVINCES, region

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST: Final = 1_300_000
LAST: Final = 1_999_999
_ROW: Final = 9  # bytes of phone.dat
_ACCEPTED: Final = "`prefix,province` with a prefix of seven digits from 1300000 to 1999999 and a mainland province"


NAMES: Final = (None, *PROVINCES)


class Hcodes(Mapping[int, str]):
    """The provinces of prefixes; `numbers` has a byte for each from FIRST to LAST, an index of NAMES."""

    def __init__(self, numbers: bytes) -> None:
        self.numbers = numbers

    @classmethod
    def of(cls, provinces: Mapping[int, str]) -> Hcodes:
        """Return the same as a table; KeyError for a province that is not the mainland's."""
        return provinces if isinstance(provinces, cls) else cls(bytes(LAST - FIRST + 1)) | provinces

    def __getitem__(self, prefix: int) -> str:
        name = NAMES[self.numbers[prefix - FIRST]] if FIRST <= prefix <= LAST else None
        if name is None:
            raise KeyError(prefix)
        return name

    def __iter__(self) -> Iterator[int]:
        return (prefix for prefix, number in enumerate(self.numbers, FIRST) if number)

    def __len__(self) -> int:
        return len(self.numbers) - self.numbers.count(0)

    def __or__(self, other: Mapping[int, str]) -> Hcodes:
        """Return the provinces of both, the other's where both have one."""
        found = bytearray(self.numbers)
        number = {name: i for i, name in enumerate(NAMES)}
        for prefix, province in other.items():
            if FIRST <= prefix <= LAST:
                found[prefix - FIRST] = number[province]
        return Hcodes(bytes(found))


def read_hcodes(path: Path) -> dict[int, str]:
    """Return the provinces that a CSV `prefix,province` gives; ValueError, with the line, for a row that is not of that kind."""
    import csv

    found: dict[int, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            for row in rows:
                cells = [cell.strip() for cell in row]
                if not any(cells) or (rows.line_num == 1 and cells[:2] == ["prefix", "province"]):
                    continue
                prefix, province = _row(cells, f"{path.name}:{rows.line_num}")
                if found.setdefault(prefix, province) != province:
                    msg = f"{path.name}:{rows.line_num}: `{prefix}` has two provinces; accepted: {_ACCEPTED}, each prefix once"
                    raise ValueError(msg)
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"{path.name}: {error}; accepted: a CSV in UTF-8, {_ACCEPTED}"
        raise ValueError(msg) from error
    return found


def _row(cells: list[str], where: str) -> tuple[int, str]:
    shown = ",".join(cells)
    if len(cells) != 2 or not (cells[0].isascii() and cells[0].isdigit() and FIRST <= int(cells[0]) <= LAST):
        msg = f"{where}: found `{shown}`; accepted: {_ACCEPTED}"
        raise ValueError(msg)
    try:
        province = region(cells[1])
    except ValueError as error:
        msg = f"{where}: {error}"
        raise ValueError(msg) from None
    if province not in PROVINCES:
        msg = f"{where}: `{cells[1]}` is no mainland province; accepted: {_ACCEPTED}"
        raise ValueError(msg)
    return int(cells[0]), province


def installed_hcodes() -> Hcodes:
    """Return the table of the `phone` package where the extra `hcode` is installed, else an empty one."""
    from importlib import resources

    try:
        data = resources.files("phone").joinpath("phone.dat").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        return Hcodes.of({})
    return _table(data)


def _table(data: bytes) -> Hcodes:
    """Read phone.dat: after eight bytes of head texts ended by NUL, then rows of prefix, offset of its text, and operator.

    Rows are in ascending order, so that most stand in runs of prefixes without a gap.
    """
    (start,) = struct.unpack_from("<i", data, 4)
    rows = (len(data) - start) // _ROW
    prefixes, offsets = (_column(data, start + first, rows) for first in (0, 4))
    codes = {PROVINCES[name][0]: i for i, name in enumerate(NAMES) if name}
    number = {offset: codes.get(_text(data, offset).partition("|")[0], 0) for offset in set(offsets)}
    numbers = bytes(map(number.__getitem__, offsets))
    found = bytearray(LAST - FIRST + 1)
    row = bisect_left(prefixes, FIRST)
    while row < rows and prefixes[row] <= LAST:
        gap = bisect_right(range(row, rows), prefixes[row] - row, key=lambda i: prefixes[i] - i)
        first = prefixes[row] - FIRST
        run = numbers[row : min(row + gap, row + len(found) - first)]
        found[first : first + len(run)] = run
        row += gap
    return Hcodes(bytes(found))


def _column(data: bytes, first: int, rows: int) -> array[int]:
    """Return one number of each row: four bytes, little endian."""
    column = bytearray(4 * rows)
    for i in range(4):
        column[i::4] = data[first + i : first + i + _ROW * (rows - 1) + 1 : _ROW]
    found = array("I")
    found.frombytes(column)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _text(data: bytes, offset: int) -> str:
    return data[offset : data.index(b"\0", offset)].decode("utf-8", "replace")
