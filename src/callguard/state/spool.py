"""The spool: what a host keeps while its database cannot be reached, in space that the disk has given beforehand."""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self
from zlib import crc32

import attrs

from callguard.errors import StateError
from callguard.memory_files import is_at, write
from callguard.state.directory import allocate, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.state.directory import Directory

NAME: Final = "spool"
REFUSAL: Final = 1  # the kind of entry that `refusals` counts
MOST: Final = 0xFFFF  # refusals: the mark has no room to count more
STEP: Final = 65_536  # bytes that are allocated at once
START: Final = 4_096  # where the entries begin

_VERSION: Final = 1
_MAGIC: Final = b"cgspool\n"
_PLACES: Final = (0, 512)  # of the two heads, each in a sector of its own; of those that are sound the later turn counts
_HEAD: Final = struct.Struct("<8sIQQQI")  # magic, version, turn, generation, where the first entry is, crc32 of these
_HINT_AT: Final = 1_024
_HINT: Final = struct.Struct("<QQIII")  # turn, end, entries, refusals, crc32 of these: spares reading all; never waited for
_ENTRY: Final = struct.Struct("<IIH")  # crc32 of what `_CHECKED` has and the payload; bytes of the payload; kind
_CHECKED: Final = struct.Struct("<QQIH")  # generation, place, bytes, kind: no entry of another time or place is taken for one


@attrs.define(slots=True)
class _State:
    """What stands in the file: which head counts, and how far the entries go."""

    turn: int
    generation: int
    first: int
    end: int
    count: int = 0
    refusals: int = 0


class Spool:
    """Entries in the order in which they were put, lasting from then until they are dropped; the caller holds the directory's lock.

    What a writer that died has left half-written is no entry, and the next one takes its place.
    """

    _fd = -1

    def __init__(self, directory: Directory, fd: int) -> None:
        """Take over the descriptor of an open spool."""
        self._directory = directory
        self._path = str(directory.path / NAME)
        self._fd = fd

    @classmethod
    def open(cls, directory: Directory) -> Self:
        """Open a directory's spool, made where there is none; StateError where it cannot be had, or is of a newer callguard."""
        with directory.lock():
            return cls(directory, _opened(directory))

    def put(self, kind: int, payload: bytes) -> int:
        """Keep an entry, lasting when this returns, and return how many there are; StateError where it cannot be kept."""
        assert 0 <= kind <= 0xFFFF, "a kind is two bytes"
        state = self._state()
        if kind == REFUSAL and state.refusals >= MOST:
            raise self._full(f"{MOST:,} refusals wait in it")
        at, size = state.end, _ENTRY.size + len(payload)
        try:
            room = os.fstat(self._fd).st_size
            if at + size > room:
                allocate(self._fd, room, -(-(at + size - room) // STEP) * STEP)
        except OSError as error:
            raise self._full(said(error)) from error
        try:
            write(self._fd, _packed(state.generation, at, kind, payload), at)
            os.fsync(self._fd)
        except OSError as error:
            with suppress(OSError):
                write(self._fd, bytes(_ENTRY.size), at)
            raise self._error("cannot be written", error) from error
        state.end += size
        state.count += 1
        state.refusals += kind == REFUSAL
        self._hint(state)
        return state.count

    def items(self) -> list[tuple[int, bytes]]:
        """Return the entries, each its kind and payload, oldest first; StateError."""
        return [(kind, payload) for _, kind, payload in self._entries(self._state())]

    def drop(self, count: int) -> None:
        """Forget so many of the oldest entries; they stay gone when this returns. StateError where that cannot be."""
        if count <= 0:
            return
        state = self._state()
        left = self._entries(state)[count:]
        if left:
            after = _State(state.turn + 1, state.generation, left[0][0], state.end)
            after.count, after.refusals = len(left), sum(kind == REFUSAL for _, kind, _ in left)
        else:
            after = _State(state.turn + 1, state.generation + 1, START, START)
        try:
            write(self._fd, _head(after.turn, after.generation, after.first), _PLACES[after.turn % 2])
            os.fsync(self._fd)
        except OSError as error:
            raise self._error("cannot be written", error) from error
        self._hint(after)

    def refusals(self) -> int:
        """Return how many refusals wait; StateError."""
        return self._state().refusals

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; what is in it stays."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _state(self) -> _State:
        """Return what stands in the file now: others write to it, too."""
        try:
            if not is_at(self._fd, self._path):
                self._move()
            state = _read(self._fd)
        except OSError as error:
            raise self._error("cannot be read", error) from error
        if state is None:
            raise _damaged(self._directory)
        return state

    def _entries(self, state: _State) -> list[tuple[int, int, bytes]]:
        try:
            return _entries(self._fd, state)
        except OSError as error:
            raise self._error("cannot be read", error) from error

    def _hint(self, state: _State) -> None:
        body = _HINT.pack(state.turn, state.end, state.count, state.refusals, 0)[:-4]
        with suppress(OSError):
            write(self._fd, body + crc32(body).to_bytes(4, "little"), _HINT_AT)

    def _move(self) -> None:
        """Go over to the file that is there now; to a new one, with all that is held, where somebody removed this one."""
        left: list[tuple[int, int, bytes]] = []
        if not os.path.lexists(self._path):
            state = _read(self._fd)
            left = [] if state is None else _entries(self._fd, state)
        old, self._fd = self._fd, _opened(self._directory, left)
        os.close(old)

    def _full(self, found: str) -> StateError:
        return StateError(f"the spool `{self._path}` takes nothing more ({found}); it empties once the database is reached again")

    def _error(self, what: str, error: OSError) -> StateError:
        return StateError(f"the spool `{self._path}` {what} ({said(error)})")


def _opened(directory: Directory, left: Sequence[tuple[int, int, bytes]] = ()) -> int:
    """Open what is there; where nothing is, a new one that begins with what is left of another."""
    path = directory.path / NAME
    for _ in range(2):
        try:
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise StateError(f"the spool `{path}` cannot be opened ({said(error)})") from error
        else:
            if os.fstat(fd).st_size >= START:
                return fd
            os.close(fd)  # too short for any entry
        content = _content(int.from_bytes(os.urandom(6), "little"), left)
        directory.lay(NAME, content, -(-len(content) // STEP) * STEP, lasting=True)
    raise _damaged(directory)


def _content(generation: int, entries: Sequence[tuple[int, int, bytes]]) -> bytes:
    content = bytearray(_head(0, generation, START).ljust(START, b"\0"))
    for _, kind, payload in entries:
        content += _packed(generation, len(content), kind, payload)
    return bytes(content)


def _read(fd: int) -> _State | None:
    """Return what stands in a file; None where neither head is sound. OSError."""
    held = os.pread(fd, _HINT_AT + _HINT.size, 0)
    state = _read_head(held)
    if state is not None:
        _read_hint(held, state)
        while (entry := _entry(fd, state.generation, state.end)) is not None:
            state.count += 1
            state.refusals += entry[0] == REFUSAL
            state.end += _ENTRY.size + len(entry[1])
    return state


def _entries(fd: int, state: _State) -> list[tuple[int, int, bytes]]:
    """Return place, kind and payload of each entry; one that the disk has spoiled does not hide those behind it. OSError."""
    found = []
    at = state.first
    while at < state.end:
        entry = _entry(fd, state.generation, at)
        if entry is None:
            at += 1
        else:
            found.append((at, *entry))
            at += _ENTRY.size + len(entry[1])
    return found


def _entry(fd: int, generation: int, at: int) -> tuple[int, bytes] | None:
    """Return kind and payload of the entry at a place; None where there is none. OSError."""
    head = os.pread(fd, _ENTRY.size, at)
    if len(head) < _ENTRY.size:
        return None
    check, size, kind = _ENTRY.unpack(head)
    if size > os.fstat(fd).st_size - at - _ENTRY.size:
        return None
    payload = os.pread(fd, size, at + _ENTRY.size)
    return (kind, payload) if len(payload) == size and check == _check(generation, at, kind, payload) else None


def _packed(generation: int, at: int, kind: int, payload: bytes) -> bytes:
    return _ENTRY.pack(_check(generation, at, kind, payload), len(payload), kind) + payload


def _read_head(held: bytes) -> _State | None:
    """Return what the later of the sound heads says, without any entry; None where neither is sound."""
    found = None
    for place in _PLACES:
        body = held[place : place + _HEAD.size]
        if len(body) < _HEAD.size:
            continue
        magic, version, turn, generation, first, check = _HEAD.unpack(body)
        if magic != _MAGIC or check != crc32(body[:-4]):
            continue
        if version > _VERSION:
            raise StateError(f"the spool is of a newer callguard (version {version}; accepted: up to {_VERSION}); upgrade this one")
        if found is None or turn > found.turn:
            found = _State(turn, generation, first, first)
    return found


def _read_hint(held: bytes, state: _State) -> None:
    body = held[_HINT_AT : _HINT_AT + _HINT.size]
    if len(body) == _HINT.size and crc32(body[:-4]) == int.from_bytes(body[-4:], "little"):
        turn, end, count, refusals, _ = _HINT.unpack(body)
        if turn == state.turn:
            state.end, state.count, state.refusals = end, count, refusals


def _head(turn: int, generation: int, first: int) -> bytes:
    body = _HEAD.pack(_MAGIC, _VERSION, turn, generation, first, 0)[:-4]
    return body + crc32(body).to_bytes(4, "little")


def _check(generation: int, at: int, kind: int, payload: bytes) -> int:
    return crc32(payload, crc32(_CHECKED.pack(generation, at, len(payload), kind)))


def _damaged(directory: Directory) -> StateError:
    kept = "move it away, and keep it: refusals may be in it"
    return StateError(f"the spool `{directory.path / NAME}` is damaged: neither of its heads is sound; {kept}")
