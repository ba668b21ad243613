"""Inputs made of others: lines doubled, moved and joined, tokens put in, numbers exchanged, bytes turned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_NUMBER = re.compile(rb"[0-9]+")
NUMBERS = (
    b"110",
    b"119",
    b"13800130003",
    b"+8613800130002",
    b"13800130001",
    b"0",
    b"-1",
    b"1024",
    b"99999999999999999999",
    b"1e400",
)
_LONG = (40, 400, 1_015, 3_000)


def mutated(random: Random, data: bytes, tokens: Sequence[bytes], others: Sequence[bytes], longest: int) -> bytes:
    """Return another input, after one change or a few."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        data = random.choice(_WAYS)(random, data, tokens, others)
    return data[:longest]


def _put(random: Random, data: bytes, tokens: Sequence[bytes], _: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(tokens) + data[at + random.choice((0, 0, 0, 1, 4)) :]


def _repeat(random: Random, data: bytes, tokens: Sequence[bytes], _: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(data))
    piece = random.choice(tokens) if random.random() < 0.7 else data[at : at + random.randint(1, 30)]
    return data[:at] + piece * random.choice(_LONG) + data[at:]


def _number(random: Random, data: bytes, _tokens: Sequence[bytes], _others: Sequence[bytes]) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    match = random.choice(found)
    return data[: match.start()] + random.choice(NUMBERS) + data[match.end() :]


def _lines(random: Random, data: bytes, _: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    lines = data.splitlines(keepends=True)
    theirs = random.choice(others).splitlines(keepends=True) if others else lines
    at = random.randint(0, len(lines))
    way = random.randint(0, 3)
    if way == 0 and lines:
        del lines[min(at, len(lines) - 1)]
    elif way == 1 and theirs:
        lines.insert(at, random.choice(theirs))
    elif way == 2 and lines:
        lines.insert(at, random.choice(lines))
    else:
        random.shuffle(lines)
    return b"".join(lines)


def _joined(random: Random, data: bytes, _: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    other = random.choice(others) if others else data
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


def _turned(random: Random, data: bytes, _tokens: Sequence[bytes], _others: Sequence[bytes]) -> bytes:
    if not data:
        return bytes([random.randrange(256)])
    at = random.randrange(len(data))
    return data[:at] + bytes([random.choice((data[at] ^ 1 << random.randrange(8), random.randrange(256)))]) + data[at + 1 :]


def _cut(random: Random, data: bytes, _tokens: Sequence[bytes], _others: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + data[at + random.choice((1, 1, 2, 8, 64)) :]


_WAYS = (_put, _put, _put, _repeat, _number, _number, _lines, _lines, _joined, _turned, _cut)
