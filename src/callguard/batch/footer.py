"""The footers of Parquet files read and written, so that row groups encoded apart become one file by copying their bytes.

A footer is a struct in Thrift's compact protocol; it is kept as it was read but for offsets, counts and the schema of Arrow.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

MAGIC: Final = b"PAR1"
_TAIL: Final = 8  # bytes of the footer's length and the magic behind it
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_ROWS, _GROUPS, _PAIRS = 3, 4, 5  # of FileMetaData
_COLUMNS, _GROUP_OFFSET, _ORDINAL = 1, 5, 7  # of RowGroup
_CHUNK_OFFSET, _META, _OFFSET_INDEX, _COLUMN_INDEX = 2, 3, 4, 6  # of ColumnChunk
_PAGES: Final = (9, 10, 11, 14)  # of ColumnMetaData: data, index and dictionary pages, Bloom filter
_MOST: Final = 1 << 15  # row groups that have an ordinal

Fields = dict[int, tuple[int, Any]]  # by their number: type and value


@attrs.frozen
class _Listed:
    kind: int
    values: list[Any]


def cut(file: bytes | memoryview) -> tuple[memoryview, bytes]:
    """Return what stands between the magic and the footer of a Parquet file, and the footer."""
    whole = memoryview(file)
    size = int.from_bytes(whole[-_TAIL:-4], "little")
    return whole[len(MAGIC) : -_TAIL - size], bytes(whole[-_TAIL - size : -_TAIL])


def joined(parts: Iterable[tuple[int, bytes]], arrow_schema: bytes | None) -> bytes:
    """Return the end of a file made of parts: where the bytes of each begin, and its footer; `arrow_schema` is what readers see."""
    first: Fields | None = None
    rows = 0
    groups: list[Fields] = []
    for start, footer in parts:
        found = _Reading(footer).struct()
        first = found if first is None else first
        rows += found[_ROWS][1]
        for group in found[_GROUPS][1].values:
            _move(group, start - len(MAGIC), len(groups))
            groups.append(group)
    assert first is not None
    first[_ROWS] = (_I64, rows)
    first[_GROUPS] = (_LIST, _Listed(_STRUCT, groups))
    if arrow_schema is not None and _PAIRS in first:
        for pair in first[_PAIRS][1].values:
            if pair[1][1] == b"ARROW:schema":
                pair[2] = (_BINARY, arrow_schema)
    written = bytearray()
    _write_struct(written, first)
    return bytes(written) + len(written).to_bytes(4, "little") + MAGIC


def _move(group: Fields, by: int, ordinal: int) -> None:
    """Let a row group stand `by` bytes further on."""
    _shift(group, (_GROUP_OFFSET,), by)
    if _ORDINAL in group:
        if ordinal < _MOST:
            group[_ORDINAL] = (_I16, ordinal)
        else:
            del group[_ORDINAL]
    for chunk in group[_COLUMNS][1].values:
        _shift(chunk, (_CHUNK_OFFSET, _OFFSET_INDEX, _COLUMN_INDEX), by)
        if _META in chunk:
            _shift(chunk[_META][1], _PAGES, by)


def _shift(fields: Fields, names: tuple[int, ...], by: int) -> None:
    for name in names:
        kind, value = fields.get(name, (0, 0))
        if value:
            fields[name] = (kind, value + by)


class _Reading:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def struct(self) -> Fields:
        found: Fields = {}
        last = 0
        while head := self._byte():
            kind, step = head & 15, head >> 4
            last = last + step if step else self._zigzag()
            found[last] = (kind, kind == _TRUE if kind in {_TRUE, _FALSE} else self._value(kind))
        return found

    def _value(self, kind: int) -> Any:
        if kind in {_TRUE, _FALSE, _BYTE}:
            return self._byte()
        if kind in {_I16, _I32, _I64}:
            return self._zigzag()
        if kind == _DOUBLE:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in {_LIST, _SET}:
            head = self._byte()
            size = head >> 4
            size = self._varint() if size == 15 else size
            return _Listed(head & 15, [self._value(head & 15) for _ in range(size)])
        if kind == _STRUCT:
            return self.struct()
        raise ValueError(f"a footer with a field of type {kind}; accepted: what Parquet's has")

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, size: int) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]

    def _varint(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7

    def _zigzag(self) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)


def _write_struct(out: bytearray, fields: Fields) -> None:
    last = 0
    for name, (kind, value) in sorted(fields.items()):
        step = name - last
        if 0 < step < 16:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            _write_varint(out, name << 1)
        last = name
        if kind not in {_TRUE, _FALSE}:
            _write(out, kind, value)
    out.append(0)


def _write(out: bytearray, kind: int, value: Any) -> None:
    if kind in {_TRUE, _FALSE, _BYTE}:
        out.append(value)
    elif kind in {_I16, _I32, _I64}:
        _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)
    elif kind == _DOUBLE:
        out += struct.pack("<d", value)
    elif kind == _BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind in {_LIST, _SET}:
        size = len(value.values)
        out.append((min(15, size)) << 4 | value.kind)
        if size >= 15:
            _write_varint(out, size)
        for each in value.values:
            _write(out, value.kind, each)
    else:
        _write_struct(out, value)


def _write_varint(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
