"""A slow reading of an index file, from the description of the format alone: no code of callguard's is used."""

from __future__ import annotations

import json
import math
import struct
import zlib

SECTIONS = ("root", "nodes", "records", "lines", "runs", "dated")


def sections_of(data: bytes) -> tuple[dict, dict[str, bytes]]:
    """The header's JSON, and the bytes of each section."""
    magic, number, size, length, crc = struct.unpack_from("<16sIIII", data)
    assert magic == b"callguard\0index\n"
    assert number == 1
    assert size % 4096 == 0
    assert zlib.crc32(data[:28] + bytes(4) + data[32:size]) == crc
    header = json.loads(data[32 : 32 + length])
    assert data[32 + length : size] == bytes(size - 32 - length)
    found = {}
    for name, (offset, count) in header["sections"].items():
        assert offset % 4096 == 0
        assert size <= offset <= offset + count <= len(data)
        found[name] = data[offset : offset + count]
    sums = b""
    for name in SECTIONS:
        for at in range(0, len(found[name]), 4 << 20):
            sums += struct.pack("<I", zlib.crc32(found[name][at : at + (4 << 20)]))
    assert found["checks"] == sums
    assert zlib.crc32(sums) == header["checks_crc"]
    return header, found


def read(data: bytes) -> tuple[dict, dict[str, set[int]], list[tuple[int, str, float | None, float | None]]]:
    """The header, the numbers of each plane, and the entries with a beginning or an end."""
    header, found = sections_of(data)
    names = [plane["name"] for plane in header["planes"]]
    width = 1 if len(names) == 1 else len(names) + 1
    planes = [set() for _ in range(width)]
    root = struct.unpack("<10000I", found["root"])
    nodes = struct.unpack(f"<{len(found['nodes']) // 4}I", found["nodes"])
    for high, node in enumerate(root):
        for rest in range(10_000 if node else 0):
            group = nodes[(node - 1) * 10_000 + rest]
            for t in range(20 if group else 0):
                shelf = (high * 10_000 + rest) * 20 + t
                for k in range(width):
                    at = (((group - 1) * 20 + t) * width + k) * 64
                    planes[k].update(_shelf(found, found["records"][at : at + 64], shelf))
    if width > 1:
        assert planes[0] == set().union(*planes[1:])
        del planes[0]
    for plane, numbers in zip(header["planes"], planes, strict=True):
        assert plane["numbers"] == len(numbers)
    assert header["numbers"] == len(set().union(*planes))
    names += [plane["name"] for plane in header["beyond"]]
    entries = [
        (number, names[plane], *(None if math.isnan(edge) else edge for edge in edges))
        for number, plane, *edges in struct.iter_unpack("<qqdd", found["dated"])
    ]
    return header, dict(zip(names, planes, strict=False)), entries


def _shelf(found: dict[str, bytes], record: bytes, shelf: int) -> list[int]:
    line = int.from_bytes(record[:8], "little")
    slot = int.from_bytes(record[58:64], "little")
    numbers = []
    for j, code in enumerate(record[8:58]):
        start = (shelf * 50 + j) * 10_000
        if 1 <= code <= 32:
            lows = struct.unpack_from(f"<{code}H", found["runs"], 2 * slot)
            slot += code
        elif code == 52:
            bitmap = int.from_bytes(found["lines"][64 * line : 64 * line + 1250], "little")
            assert found["lines"][64 * line + 1250 : 64 * line + 1280] == bytes(30)
            lows = [low for low in range(10_000) if bitmap >> low & 1]
            line += 20
        elif code:
            assert 34 <= code <= 51
            lows = [low for which in range(code - 32) for low in _line(found["lines"], line + which, code - 32, which)]
            line += code - 32
        else:
            lows = []
        assert list(lows) == sorted(set(lows))
        numbers += [start + low for low in lows]
    return numbers


def _line(lines: bytes, at: int, count: int, which: int) -> list[int]:
    line = lines[64 * at : 64 * at + 64]
    width = math.ceil(10_000 / count)
    buckets = math.ceil(width / 256)
    lows, first = [], 0
    for bucket, last in enumerate(line[:buckets]):
        lows += [which * width + bucket * 256 + rest for rest in line[buckets + first : buckets + last]]
        first = last
    assert not any(line[buckets + first :])
    assert all(low < 10_000 for low in lows)
    return lows
