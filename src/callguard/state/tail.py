"""The tail: a file that all processes of a host map, with the mark of the last record and a ring of the newest ones."""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self
from zlib import crc32

from callguard._core.line import Pulse
from callguard.errors import StateError
from callguard.memory_files import is_at, write
from callguard.state.directory import said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from callguard.sealing import Keyring
    from callguard.state.directory import Directory

NAME: Final = "tail"
SLOTS: Final = 4_096
SLOT: Final = 256  # bytes
HEADER: Final = 4_096  # bytes before the ring; its first page is all that is mapped
SIZE: Final = HEADER + SLOTS * SLOT
MARK: Final = 64  # where the mark stands
TOUCH: Final = 256  # and what is written before it
NOT_HERE: Final = 0xFFFF  # a size that says: too long for a slot, read the log

_VERSION: Final = 1
_MAGIC: Final = b"cgtail\r\n"
_HEAD: Final = struct.Struct("<8sIII32sI")  # magic, version, slots, bytes of a slot, database, crc32 of these
_SLOT: Final = struct.Struct("<qIH")  # the record's number, crc32 of it and the rest, bytes of the payload
_ROOM: Final = SLOT - _SLOT.size
_CHECKED: Final = struct.Struct("<qH")
_MARK: Final = struct.Struct("=q")
_GONE: Final = -1  # the mark of a file that another one has taken the place of: equal to no mark, so that every question looks


class Tail:
    """One process's hold on the tail of its host; `memory` are the 8 bytes of the mark, for `Pulse`.

    What is in the ring was committed before; whoever finds something missing reads the log. The file is never shortened nor written
    anew in place, since that would kill those who have it mapped: a new one takes its name, which `mine` tells.
    """

    _fd = -1

    def __init__(self, directory: Directory, fd: int, head: bytes) -> None:
        """Map an open file that is known to be sound, and take the descriptor over."""
        import mmap

        self._path = str(directory.path / NAME)
        self._fd = fd
        self._head = head
        # kept alive by `memory` and by whoever was given it: unmapped once nobody can look any more
        self.memory = memoryview(mmap.mmap(fd, HEADER))[MARK : MARK + 8]
        self._pulse = Pulse(0.0, self.memory)

    @classmethod
    def open(cls, directory: Directory, database: str, keyring: Keyring | None = None) -> Self:  # noqa: ARG003 - payloads come sealed
        """Map a directory's tail of a database, by its id of 32 characters at most; made where there is none that is sound.

        A new one's mark is 0. StateError where it cannot be had, or is of a newer callguard.
        """
        with directory.lock():
            return cls._held(directory, database) or cls.anew(directory, database, 0)

    @classmethod
    def anew(cls, directory: Directory, database: str, mark: int) -> Self:
        """Put a new file, which begins at a mark, in the place of what is there, as for a database that went back.

        The caller holds the directory's lock. StateError.
        """
        content = (_head(database).ljust(MARK, b"\0") + _MARK.pack(mark)).ljust(HEADER, b"\0")
        path = directory.path / NAME
        old = _mapped(path)
        try:
            directory.lay(NAME, content, SIZE, lasting=False)
            if old is not None:
                with suppress(OSError):
                    write(old, _MARK.pack(_GONE), MARK)
        finally:
            if old is not None:
                os.close(old)
        tail = cls._held(directory, database)
        if tail is None:
            raise StateError(f"`{path}` was replaced while it was made; nothing but callguard may write there")
        return tail

    @staticmethod
    def of_another(directory: Directory, database: str) -> bool:
        """Return whether the tail that is there tells of records in a database of another id."""
        try:
            with (directory.path / NAME).open("rb") as file:
                found = file.read(HEADER)
        except OSError:
            return False
        head = found[: _HEAD.size]
        named = len(found) == HEADER and _version(head) == _VERSION and head != _head(database)
        return named and _MARK.unpack_from(found, MARK)[0] >> 16 > 0

    @classmethod
    def _held(cls, directory: Directory, database: str) -> Self | None:
        """Return the tail that is there; None where there is none, or none that is sound and this database's."""
        path = directory.path / NAME
        try:
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _error(path, "cannot be opened", error) from error
        try:
            found = os.pread(fd, _HEAD.size, 0)
            if os.fstat(fd).st_size >= SIZE and found == _head(database):
                tail = cls(directory, fd, found)
                fd = -1
                return tail
            version = _version(found)
            if version > _VERSION:
                found_is = f"of a newer callguard (version {version} of the file; accepted: up to {_VERSION})"
                raise StateError(f"`{path}` is {found_is}; upgrade this one, or end the other and remove the file")
        except OSError as error:
            raise _error(path, "cannot be read", error) from error
        finally:
            if fd >= 0:
                os.close(fd)
        return None

    def mark(self) -> int:
        """Return the mark that was published last."""
        return self._pulse.last()

    def publish(self, records: Sequence[tuple[int, bytes]], mark: int) -> None:
        """Put committed records, in their order, into the ring, then the mark; the caller holds the directory's lock.

        Payloads come packed and sealed. The number in a mark never goes back: where a later one stands, only what is spooled is
        taken from `mark`. StateError where the file is no longer `mine`, or the mark cannot be written; records that cannot be are
        left to the log.
        """
        if not self.mine():
            raise StateError(f"`{self._path}` is not the file any more that was opened: somebody replaced or removed it")
        with suppress(OSError):  # their slots then hold other numbers
            self._put(records[-SLOTS:])
        mark = max(mark >> 16, self.mark() >> 16) << 16 | mark & 0xFFFF
        try:
            # a page that the disk has no place for any more, as a copying file system may find, is an error here, and death below
            write(self._fd, _MARK.pack(mark), TOUCH)
        except OSError as error:
            raise _error(self._path, "cannot be written", error) from error
        self._pulse.publish(mark)

    def read(self, after_seq: int, upto_seq: int) -> list[tuple[int, bytes]] | None:
        """Return the records after one number and up to another; None where not all of them are there: then the log has them."""
        if upto_seq <= after_seq:
            return []
        if upto_seq - after_seq > SLOTS or after_seq < 0:
            return None
        try:
            held = self._slots(after_seq + 1, upto_seq - after_seq)
        except OSError:
            return None
        found: list[tuple[int, bytes]] = []
        for i in range(upto_seq - after_seq):
            slot = held[i * SLOT : (i + 1) * SLOT]
            if len(slot) < SLOT:
                return None
            seq, check, size = _SLOT.unpack_from(slot)
            payload = slot[_SLOT.size : _SLOT.size + size]
            if seq != after_seq + 1 + i or size > _ROOM or check != _check(seq, size, payload):
                return None
            found.append((seq, payload))
        return found

    def mine(self) -> bool:
        """Return whether the file at the path is the one that is mapped, whole, and this database's."""
        try:
            here = is_at(self._fd, self._path) and os.fstat(self._fd).st_size >= SIZE
            return here and os.pread(self._fd, len(self._head), 0) == self._head
        except OSError:
            return False

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; the mark can still be read by those who hold `memory`."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _slots(self, first: int, count: int) -> bytes:
        """Return so many slots from a record's on, over the ring's end; fewer bytes where the file is short. OSError."""
        before = min(count, SLOTS - first % SLOTS)
        held = os.pread(self._fd, before * SLOT, _place(first))
        return held if before == count else held + os.pread(self._fd, (count - before) * SLOT, HEADER)

    def _put(self, records: Sequence[tuple[int, bytes]]) -> None:
        slots = [_slot(seq, payload) for seq, payload in records]
        start = 0
        for i in range(1, len(records) + 1):
            if i < len(records) and records[i][0] == records[i - 1][0] + 1 and records[i][0] % SLOTS:
                continue
            write(self._fd, b"".join(slots[start:i]), _place(records[start][0]))
            start = i


def _head(database: str) -> bytes:
    name = database.encode()
    assert len(name) <= 32, "a database's id is 32 hex digits"
    head = _HEAD.pack(_MAGIC, _VERSION, SLOTS, SLOT, name, 0)
    return _HEAD.pack(_MAGIC, _VERSION, SLOTS, SLOT, name, crc32(head[:-4]))


def _version(head: bytes) -> int:
    """Return the version that a sound header names; 0 for what is none."""
    if len(head) < _HEAD.size or head[:8] != _MAGIC or crc32(head[:-4]) != int.from_bytes(head[-4:], "little"):
        return 0
    return int.from_bytes(head[8:12], "little")


def _mapped(path: Path) -> int | None:
    """Open what stands at a path, if it is a tail that others may have mapped, whatever its database."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    if os.pread(fd, len(_MAGIC), 0) == _MAGIC and os.fstat(fd).st_size >= HEADER:
        return fd
    os.close(fd)
    return None


def _slot(seq: int, payload: bytes) -> bytes:
    size = len(payload)
    if size > _ROOM:
        payload, size = b"", NOT_HERE
    return (_SLOT.pack(seq, _check(seq, size, payload), size) + payload).ljust(SLOT, b"\0")


def _check(seq: int, size: int, payload: bytes) -> int:
    return crc32(payload, crc32(_CHECKED.pack(seq, size)))


def _place(seq: int) -> int:
    return HEADER + seq % SLOTS * SLOT


def _error(path: str | Path, what: str, error: OSError) -> StateError:
    return StateError(f"`{path}` {what} ({said(error)}); with no guard open it may be removed: it is made anew from the database")
