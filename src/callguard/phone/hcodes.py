"""Newer provinces of Chinese mobile numbers, by their first seven digits: the user's own, or the `phone` package's."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from callguard.phone.regions import PROVINCES, region

if TYPE_CHECKING:
    from pathlib import Path

FIRST: Final = 1_300_000
LAST: Final = 1_999_999
_ACCEPTED: Final = "`prefix,province` with a prefix of seven digits from 1300000 to 1999999 and a mainland province"


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


def installed_hcodes() -> dict[int, str]:
    """Return the table of the `phone` package where the extra `hcode` is installed, else nothing."""
    from importlib import resources

    try:
        data = resources.files("phone").joinpath("phone.dat").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        return {}
    return _table(data)


def _table(data: bytes) -> dict[int, str]:
    """Read phone.dat: after eight bytes of head texts ended by NUL, then rows of prefix, offset of its text, and operator."""
    (start,) = struct.unpack_from("<i", data, 4)
    names: dict[int, str | None] = {}
    codes = {short: code for code, (short, _, _) in PROVINCES.items()}
    found: dict[int, str] = {}
    for prefix, offset, _ in struct.iter_unpack("<iiB", data[start : start + (len(data) - start) // 9 * 9]):
        if offset not in names:
            text = data[offset : data.index(b"\0", offset)].decode("utf-8", "replace")
            names[offset] = codes.get(text.partition("|")[0])
        province = names[offset]
        if province and FIRST <= prefix <= LAST:
            found[prefix] = province
    return found
