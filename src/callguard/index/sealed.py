"""A sealed index file: a page of header, then the bytes of an index file in pieces, each sealed by itself in its place.

What it holds is in the clear in memory alone: in the memory file system, as a file that all processes of this user map; where that
cannot be, in the process's own memory.
"""

from __future__ import annotations

import mmap
import os
from contextlib import suppress
from hashlib import sha256
from struct import Struct
from typing import IO, TYPE_CHECKING, Final, Self

import attrs

from callguard import memory_files
from callguard.errors import IndexFileError, StateError
from callguard.index import header as headers
from callguard.index.header import PAGE, SEALED
from callguard.index.opened import over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from callguard.index.opened import Index
    from callguard.sealing import Keyring

PIECE: Final = 1 << 20
SEAL: Final = 32  # bytes that a sealed piece is longer
FORMAT: Final = 1
_FIXED: Final = Struct("<16sII16sQ")  # magic, format, bytes of a piece, id, bytes of what is sealed
_DIGEST: Final = 32
_WAIT_S: Final = 60.0  # for another process that seals the same


@attrs.frozen(slots=True)
class _Head:
    """What the header says: `id` is new in each file, `length` that of the index file in it, `digest` that of its header."""

    id: bytes
    length: int
    digest: bytes

    def page(self, keyring: Keyring) -> bytes:
        """Return the header as it is written; all of it is bound to the digest, which is sealed."""
        fixed = _FIXED.pack(SEALED, FORMAT, PIECE, self.id, self.length)
        return (fixed + keyring.seal(self.digest, b"index header " + fixed)).ljust(PAGE, b"\0")

    @classmethod
    def read(cls, file: IO[bytes], path: Path, keyring: Keyring) -> Self:
        """Read the header of an open file; IndexFileError where it is none, was changed, or its key is not held."""
        page, size = file.read(PAGE), os.fstat(file.fileno()).st_size
        if not page.startswith(SEALED):
            raise IndexFileError("foreign", path, "is no sealed index file of callguard")
        if len(page) < PAGE:
            raise headers.truncated(path, size, PAGE)
        fixed, rest = page[: _FIXED.size], page[_FIXED.size :]
        _, number, piece, id_, length = _FIXED.unpack(fixed)
        if (number, piece) != (FORMAT, PIECE):
            raise IndexFileError(
                "format", path, f"has the format {number}; this callguard reads {FORMAT}", found=number, reads=FORMAT
            )
        sealed = rest[: _DIGEST + SEAL]
        head = cls(id_, length, _unsealed(sealed, b"index header " + fixed, path, keyring))
        if any(rest[len(sealed) :]):
            raise IndexFileError("header", path, "has a damaged header")
        expected = PAGE + length + SEAL * -(-length // PIECE)
        if size < expected:
            raise headers.truncated(path, size, expected)
        if size > expected:
            raise headers.longer(path, size, expected)
        return head

    def bound(self, piece: int) -> bytes:
        """Return what a piece is bound to."""
        return b"index %s %d" % (self.id.hex().encode(), piece)

    def pieces(self) -> Iterator[tuple[int, int, int]]:
        """Yield the pieces: which, where it begins in what is sealed, and how many bytes it has."""
        for i, at in enumerate(range(0, self.length, PIECE)):
            yield i, at, min(PIECE, self.length - at)


def write(image: IO[bytes], path: Path, keyring: Keyring, stands: Callable[[], bool]) -> None:
    """Seal the bytes of an index file under the active key, and put them (0600) into the place of what is at a path; OSError.

    Nothing is written where `stands` says that it is not needed any more; it is asked when nobody else writes.
    """
    size = image.seek(0, os.SEEK_END)
    image.seek(0)
    _, whole = headers.read(image, path, size)
    head = _Head(os.urandom(16), size, sha256(whole).digest())

    def make(fd: int) -> bool:
        if stands():
            return False
        memory_files.write(fd, head.page(keyring), 0)
        image.seek(0)
        for i, at, count in head.pieces():
            memory_files.write(fd, keyring.seal(image.read(count), head.bound(i)), PAGE + at + i * SEAL)
        return True

    memory_files.put(path, make, _WAIT_S, lasting=True)


def open(path: Path, keyring: Keyring, *, shared: bool = True) -> Index:  # noqa: A001 - as one says it
    """Map what is sealed in a file, from where all processes of this user share it; of a file that is there nothing is unsealed.

    Unless it is `shared`, it is unsealed into this process's own memory, of which nothing is left whoever is killed.
    IndexFileError for a file that is none, was changed, or is sealed under a key that is not held; OSError for one that cannot be
    opened.
    """
    with path.open("rb") as file:
        head = _Head.read(file, path, keyring)
        fd = file.fileno()

        def make(made: int) -> None:
            for at, piece in _pieces(fd, head, path, keyring):
                memory_files.write(made, piece, at)

        def use(kept: int) -> mmap.mmap:
            if os.fstat(kept).st_size != head.length:
                raise headers.truncated(path, os.fstat(kept).st_size, head.length)
            return mmap.mmap(kept, head.length, access=mmap.ACCESS_READ)

        if shared:
            prefix = _place(path)
            memory_files.sweep(prefix, used=False)
            with suppress(OSError, IndexFileError):
                held = memory_files.shared(prefix + head.id.hex(), make, use)
                return _index(held.memory, head, path).map_is(held.memory, held.let_go)
        own = mmap.mmap(-1, head.length)
        for at, piece in _pieces(fd, head, path, keyring):
            own[at : at + len(piece)] = piece
        return _index(own, head, path)


def _index(memory: mmap.mmap, head: _Head, path: Path) -> Index:
    """Return the index that stands in memory; IndexFileError where it is not the one that was sealed."""
    found, whole = headers.read(memory, path, head.length)
    if sha256(whole).digest() != head.digest:
        raise IndexFileError("header", path, "has a damaged header")
    return over(memory, found, whole, path, head.length)


def _pieces(fd: int, head: _Head, path: Path, keyring: Keyring) -> Iterator[tuple[int, bytes]]:
    """Yield what was sealed, and where it begins; IndexFileError where it was changed."""
    for i, at, count in head.pieces():
        yield at, _unsealed(os.pread(fd, count + SEAL, PAGE + at + i * SEAL), head.bound(i), path, keyring)


def _unsealed(sealed: bytes, bound: bytes, path: Path, keyring: Keyring) -> bytes:
    if not keyring.active:
        raise IndexFileError("sealed", path, "is sealed, and there is no key")
    try:
        return keyring.unseal(sealed, bound)
    except StateError as error:
        raise IndexFileError("sealed", path, f"cannot be unsealed: {error}") from None


def _place(path: Path) -> str:
    """Return how the names of a folder's files begin in the memory file system."""
    return f"callguard-index-{sha256(os.fsencode(os.path.realpath(path.parent))).hexdigest()[:8]}-"
