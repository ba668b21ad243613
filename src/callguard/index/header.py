"""The header of an index file, and the errors of files that are none: what is read before anything else is looked at."""

from __future__ import annotations

import json
import sys
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, Protocol
from zlib import crc32

import attrs

from callguard.errors import IndexFileError
from callguard.index.batches import Report, summed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAGIC: Final = b"callguard\0index\n"
SEALED: Final = b"callguard\0sealed"  # how a sealed one begins
FORMAT: Final = 1
PAGE: Final = 4096  # where sections start
PIECE: Final = 4 << 20  # of a section, with a checksum of its own
CHECKED: Final = ("root", "nodes", "records", "lines", "runs", "dated")
SECTIONS: Final = (*CHECKED, "checks")
_FIXED: Final = Struct("<16sIIII")  # magic, format, bytes of the header, of its JSON, CRC-32
_CRC_AT: Final = 28
_LONGEST: Final = 64 << 20
_MOST: Final = 10**18  # stands for a number that is not known yet


class Readable(Protocol):
    """What bytes are read from, as they come."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, as many as there are."""
        ...


@attrs.frozen(slots=True)
class StoredPlane:
    """What the header says of a plane: distinct numbers, dated entries, and what was read of each of its sources."""

    name: str
    numbers: int = 0
    dated: int = 0
    reports: tuple[Report, ...] = ()

    def written(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        found = {"name": self.name, "numbers": self.numbers, "dated": self.dated, **_written(summed(self.reports))}
        if len(self.reports) != 1:
            found["sources"] = [{"source": report.source, **_written(report)} for report in self.reports]
        return found


@attrs.frozen(slots=True)
class Header:
    """What an index file says of itself. `beyond` are planes without a bit of their own, whose numbers all have entries."""

    key: str
    planes: tuple[StoredPlane, ...]
    beyond: tuple[StoredPlane, ...]
    data: str
    made: str
    numbers: int = 0
    sections: Mapping[str, tuple[int, int]] = attrs.field(factory=dict)
    checks_crc: int = 0

    def packed(self, size: int = 0) -> bytes:
        """Return the bytes of a header of `size` bytes; 0: as few as there may be, whatever the numbers will be."""
        text = json.dumps(attrs.asdict(self, recurse=False) | _planes(self), ensure_ascii=False, separators=(",", ":")).encode()
        size = size or -(-(_FIXED.size + len(text)) // PAGE) * PAGE
        assert _FIXED.size + len(text) <= size, "room was made for the longest numbers"
        found = bytearray(_FIXED.pack(MAGIC, FORMAT, size, len(text), 0) + text).ljust(size, b"\0")
        found[_CRC_AT : _CRC_AT + 4] = crc32(found).to_bytes(4, "little")
        return bytes(found)

    def room(self) -> int:
        """Return how many bytes the header will take at most, once its numbers are known."""
        longest = attrs.evolve(
            self,
            numbers=_MOST,
            checks_crc=_MOST,
            sections=dict.fromkeys(SECTIONS, (_MOST, _MOST)),
            planes=tuple(attrs.evolve(plane, numbers=_MOST, dated=_MOST) for plane in self.planes),
            beyond=tuple(attrs.evolve(plane, numbers=_MOST, dated=_MOST) for plane in self.beyond),
        )
        return len(longest.packed())


def read(file: Readable, path: Path, size: int) -> tuple[Header, bytes]:
    """Return the header of an open file of `size` bytes, and its bytes; IndexFileError where the file cannot be used."""
    fixed = file.read(_FIXED.size)
    if not fixed.startswith(MAGIC):
        if size < len(MAGIC) and size and MAGIC.startswith(fixed):
            raise truncated(path, size, PAGE)
        if fixed.startswith(SEALED):
            raise IndexFileError("sealed", path, "is sealed: only a guard opens it, whose policy has the key")
        raise IndexFileError("foreign", path, "is no index file of callguard")
    if len(fixed) < _FIXED.size:
        raise truncated(path, size, PAGE)
    _, number, length, text_length, crc = _FIXED.unpack(fixed)
    if number != FORMAT:
        raise IndexFileError("format", path, f"has the format {number}; this callguard reads {FORMAT}", found=number, reads=FORMAT)
    check_order(path)
    if length % PAGE or not _FIXED.size + text_length <= length <= _LONGEST:
        raise IndexFileError("header", path, "has a damaged header")
    if length > size:
        raise truncated(path, size, length)
    whole = fixed + file.read(length - _FIXED.size)
    if len(whole) != length or crc32(whole[:_CRC_AT] + bytes(4) + whole[_CRC_AT + 4 :]) != crc:
        raise IndexFileError("header", path, "has a damaged header")
    try:
        header = _header(json.loads(whole[_FIXED.size : _FIXED.size + text_length]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexFileError("header", path, "has a damaged header") from error
    _check(header, path, length, size)
    return header, whole


def check_order(path: Path) -> None:
    """Do nothing where numbers stand in memory as they do in index files; IndexFileError anywhere else."""
    if sys.byteorder != "little":
        raise IndexFileError("endian", path, "is little endian, as every index file, and this machine is not")


def _check(header: Header, path: Path, length: int, size: int) -> None:
    """Do nothing where all sections are in the file and of possible sizes."""
    end = max(offset + count for offset, count in header.sections.values())
    if end > size:
        raise truncated(path, size, end)
    if end < size:
        raise longer(path, size, end)
    width = 1 if len(header.planes) == 1 else len(header.planes) + 1
    pieces = sum(-(-header.sections[name][1] // PIECE) for name in CHECKED)
    units = {"root": 40_000, "nodes": 40_000, "records": 1_280 * width, "lines": 64, "runs": 2, "dated": 32, "checks": 4}
    sizes = {name: header.sections[name][1] for name in SECTIONS}
    sound = (
        all(offset >= length and offset % PAGE == 0 and count >= 0 for offset, count in header.sections.values())
        and all(sizes[name] % unit == 0 for name, unit in units.items())
        and sizes["root"] == units["root"]
        and sizes["lines"] >= 64
        and sizes["runs"] >= 64
        and sizes["checks"] == 4 * pieces
        and 1 <= len(header.planes) <= 63
    )
    if not sound:
        raise IndexFileError("sections", path, "has sections of impossible sizes")


def truncated(path: Path, size: int, expected: int) -> IndexFileError:
    """Return the error of a file that is shorter than it says."""
    text = f"is truncated: {size} bytes, and there should be at least {expected}"
    return IndexFileError("truncated", path, text, size=size, expected=expected)


def longer(path: Path, size: int, expected: int) -> IndexFileError:
    """Return the error of a file that is longer than it says."""
    text = f"goes on behind its end: {size} bytes, and {expected} belong to it"
    return IndexFileError("longer", path, text, size=size, expected=expected)


def _written(report: Report) -> dict[str, Any]:
    found = attrs.asdict(report)
    del found["source"]
    return found


def _planes(header: Header) -> dict[str, Any]:
    return {
        "planes": [plane.written() for plane in header.planes],
        "beyond": [plane.written() for plane in header.beyond],
    }


def _header(found: Mapping[str, Any]) -> Header:
    sections = {name: (int(found["sections"][name][0]), int(found["sections"][name][1])) for name in SECTIONS}
    return Header(
        str(found["key"]),
        tuple(_plane(plane) for plane in found["planes"]),
        tuple(_plane(plane) for plane in found.get("beyond", ())),
        str(found["data"]),
        str(found["made"]),
        int(found["numbers"]),
        sections,
        int(found["checks_crc"]),
    )


def _plane(found: Mapping[str, Any]) -> StoredPlane:
    reports = tuple(map(_report, found.get("sources", (found,))))
    return StoredPlane(str(found["name"]), int(found["numbers"]), int(found["dated"]), reports)


def _report(found: Mapping[str, Any]) -> Report:
    skipped, undated = (tuple(int(line) for line in found[key]) for key in ("skipped", "undated"))
    counts = (int(found.get(f"{key}_count", len(lines))) for key, lines in (("skipped", skipped), ("undated", undated)))
    return Report(str(found.get("source", "")), int(found["rows"]), skipped, next(counts), undated, next(counts))
