"""The memory of a checkpoint: the file itself, mapped; of a sealed one the plain parts, which never reach a disk.

They lie in the memory file system, as a file in the form of a plain checkpoint that all processes of this user share; where that
cannot be, in the process's own memory.
"""

from __future__ import annotations

import errno
import os
import time
import weakref
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import attrs

from callguard.errors import StateError
from callguard.sealing import Keyring
from callguard.state.checkpoint_form import PAGE, SEAL, Head, Unfit, cuts
from callguard.state.directory import is_at
from callguard.state.directory import write as write_at

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - whose a file is there is looked at
_WAIT_S: Final = 5.0  # for another process that puts the plain parts there


def mapped(fd: int, head: Head) -> Any:
    """Map an open plain file privately."""
    import mmap

    return mmap.mmap(fd, head.length, access=mmap.ACCESS_COPY)


def unsealed(fd: int, head: Head, keyring: Keyring, path: Path) -> Any:
    """Return the plain parts of a sealed file at a path, in shared memory or in one's own; Unfit where it was changed."""
    import mmap

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
    sweep(path, head)
    kept = MEMORY / (_place(path, head.database) + head.id.hex())
    with suppress(FileNotFoundError):
        return _kept(kept, head)
    beside = kept.with_name(f"{kept.name}.new")
    made = taken(beside, _WAIT_S)
    if made is None:
        raise Unfit("others are at it")
    try:
        with suppress(FileNotFoundError):
            found = _kept(kept, head)
            beside.unlink()
            return found
        at, check = PAGE, 0
        for (part, _, size), piece in zip(cuts(head.parts), _pieces(fd, head, keyring), strict=True):
            write_at(made, piece, at)
            at += size
            if part == len(head.parts) - 1:
                check = crc32(piece, check)
        write_at(made, attrs.evolve(head, key="", check=check).page(Keyring.plain()), 0)
        beside.rename(kept)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    finally:
        os.close(made)
    return _kept(kept, head)


def _kept(kept: Path, head: Head) -> Any:
    """Map what stands in the memory file system for a sealed file; it goes with the last mapping, unless that process is killed."""
    import fcntl

    fd = opened(kept)
    try:
        _own(fd)
        plain = Head.read(fd, head.database, Keyring.plain()).of_the_same(head)
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        memory = mapped(fd, plain)
        weakref.finalize(memory, _let_go, fd, _identity(fd), kept, os.getpid())
    except BaseException:
        os.close(fd)
        raise
    return memory


def _let_go(fd: int, identity: tuple[int, int], kept: Path, pid: int) -> None:
    import fcntl

    with suppress(OSError):
        if _identity(fd) != identity:
            return  # a daemon closed it, and the number is another file's by now
        if os.getpid() == pid:
            with suppress(BlockingIOError):
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if is_at(fd, str(kept)):
                    kept.unlink()
        os.close(fd)


def _identity(fd: int) -> tuple[int, int]:
    found = os.fstat(fd)
    return found.st_dev, found.st_ino


def sweep(path: Path, head: Head) -> None:
    """Remove what stands in the memory file system for other files that were at a path than one; whoever has it mapped keeps it."""
    prefix = _place(path, head.database)
    current = prefix + head.id.hex() if head.key else None
    with suppress(OSError):
        for found in MEMORY.iterdir():
            if found.name.startswith(prefix) and (current is None or not found.name.startswith(current)):
                with suppress(OSError):
                    found.unlink()


def _place(path: Path, database: str) -> str:
    return f"callguard-{database}-{sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:8]}-"


def opened(path: Path) -> int:
    """Open a file to be read; OSError."""
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)


def taken(beside: Path, wait: float = 0) -> int | None:
    """Open an empty file to be written, as the only one who does so; None where another still does after so many seconds.

    OSError where it cannot be, or others may read it.
    """
    import fcntl

    until = time.monotonic() + wait
    while True:
        fd = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            _own(fd)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_at(fd, str(beside)):  # else it has become what it was to be, and is never to be written again
                os.ftruncate(fd, 0)
                taken, fd = fd, -1
                return taken
        except BlockingIOError:
            if time.monotonic() >= until:
                return None
            time.sleep(0.01)
        finally:
            if fd >= 0:
                os.close(fd)


def _own(fd: int) -> None:
    """Do nothing for a file that only this user may read and write; OSError for another."""
    found = os.fstat(fd)
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(errno.EPERM, "others may read or write it")
