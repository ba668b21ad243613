"""The memory of a checkpoint: the file itself, mapped; of a sealed one the plain parts, which never reach a disk.

They lie in the memory file system, as a file in the form of a plain checkpoint that all processes of this user share; where that
cannot be, in the process's own memory.
"""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zlib import crc32

import attrs

from callguard import memory_files
from callguard.errors import StateError
from callguard.memory_files import write as write_at
from callguard.sealing import Keyring
from callguard.state.checkpoint_form import PAGE, SEAL, Head, Unfit, cuts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def mapped(fd: int, head: Head) -> Any:
    """Map an open plain file privately."""
    import mmap

    return mmap.mmap(fd, head.length, access=mmap.ACCESS_COPY)


def unsealed(fd: int, head: Head, keyring: Keyring, path: Path, *, shared: bool = True) -> Any:
    """Return the plain parts of a sealed file at a path, in shared memory or in one's own; Unfit where it was changed."""
    import mmap

    if shared:
        with suppress(OSError, Unfit):
            return _shared(fd, head, keyring, path)
    memory = mmap.mmap(-1, head.length)
    at = PAGE
    for piece in _pieces(fd, head, keyring):
        memory[at : at + len(piece)] = piece
        at += len(piece)
    return memory


def _pieces(fd: int, head: Head, keyring: Keyring) -> Iterator[bytes]:
    """Yield what was sealed; Unfit where it was changed."""
    at = PAGE
    for i, (_, _, size) in enumerate(cuts(head.parts)):
        try:
            piece = keyring.unseal(os.pread(fd, size + SEAL, at), head.bound(i))
        except StateError as error:
            raise Unfit(str(error)) from None
        at += size + SEAL
        yield piece


def _shared(fd: int, head: Head, keyring: Keyring, path: Path) -> Any:
    """Map the plain file in the memory file system, made where it is not there; OSError or Unfit where that cannot be."""

    def make(made: int) -> None:
        at, check = PAGE, 0
        for (part, _, size), piece in zip(cuts(head.parts), _pieces(fd, head, keyring), strict=True):
            write_at(made, piece, at)
            at += size
            if part == len(head.parts) - 1:
                check = crc32(piece, check)
        write_at(made, attrs.evolve(head, key="", check=check).page(Keyring.plain()), 0)

    def use(kept: int) -> Any:
        return mapped(kept, Head.read(kept, head.database, Keyring.plain()).of_the_same(head))

    sweep(path, head)
    return memory_files.shared(_place(path, head.database) + head.id.hex(), make, use).memory


def sweep(path: Path, head: Head) -> None:
    """Remove what stands in the memory file system for other files that were at a path than one; whoever has it mapped keeps it."""
    prefix = _place(path, head.database)
    memory_files.sweep(prefix, prefix + head.id.hex() if head.key else None)


def _place(path: Path, database: str) -> str:
    return f"callguard-{database}-{sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:8]}-"
