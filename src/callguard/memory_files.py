"""Files that all processes of this user share: made once, under a lock, and put into their place whole.

Those in the memory file system hold what may stand on no disk. They are mapped by all who need them, and go with the last of them.
"""

from __future__ import annotations

import errno
import os
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - whose a file is there is looked at
_WAIT_S: Final = 5.0  # for another process that makes a file
_PAUSE_S: Final = 0.01
_TRIES: Final = 5


@attrs.frozen(eq=False)
class Shared:
    """A map of a file that others map, too. `let_go` takes the file's name away, unless others have it; the map stays as it is.

    It is called by itself when nobody looks at the map any more, or the process ends.
    """

    memory: mmap.mmap
    let_go: Callable[[], Any]


def shared(name: str, make: Callable[[int], object], use: Callable[[int], mmap.mmap]) -> Shared:
    """Return the map that `use` gives of the file of a name in the memory file system; where it is not there, `make` writes it.

    Both get it open. OSError where that cannot be, or others may read the file; what `make` and `use` raise is passed on.
    """
    kept = MEMORY / name

    def made(fd: int) -> bool:
        if os.path.lexists(kept):
            return False
        make(fd)
        return True

    for _ in range(_TRIES):
        with suppress(FileNotFoundError):
            return _kept(kept, use)
        put(kept, made, _WAIT_S)
    raise FileNotFoundError(errno.ENOENT, "it goes as soon as it is made", str(kept))


def put(path: Path, make: Callable[[int], bool], wait: float = 0, *, lasting: bool = False) -> bool:
    """Let a file (0600) be written beside its place, and put it there; whoever is killed meanwhile leaves what stood there.

    `make` gets it open, empty and locked, and returns whether it is to be put there, which is returned. With `lasting` it outlives
    a loss of power. BlockingIOError where another still writes it after so many seconds; OSError, and nothing changed, where it
    cannot be written.
    """
    import fcntl

    beside = path.with_name(f"{path.name}.new")
    fd = taken(beside, wait)
    if fd is None:
        raise BlockingIOError(errno.EWOULDBLOCK, "another process writes it", str(path))
    try:
        if not make(fd):
            beside.unlink()
            return False
        if lasting:
            os.fsync(fd)
        beside.rename(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)  # for a child that was forked meanwhile, and has it open, too
        os.close(fd)
    if lasting:
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return True


def _kept(kept: Path, use: Callable[[int], mmap.mmap]) -> Shared:
    """Map what stands there, locked together with all others who map it; it goes with the last, unless that process is killed."""
    import fcntl

    until = time.monotonic() + _WAIT_S
    while True:
        fd = opened(kept)
        try:
            _own(fd)
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if is_at(fd, str(kept)):
                memory = use(fd)
                let_go = weakref.finalize(memory, _let_go, fd, _identity(fd), kept, os.getpid())
                fd = -1
                return Shared(memory, let_go)
        except BlockingIOError:  # who made it, or takes it away, is about to be through
            if time.monotonic() >= until:
                raise
            time.sleep(_PAUSE_S)
        finally:
            if fd >= 0:
                os.close(fd)


def _let_go(fd: int, identity: tuple[int, int], kept: Path, pid: int) -> None:
    import fcntl

    with suppress(OSError):
        if _identity(fd) != identity:
            return  # a daemon closed it, and the number is another file's by now
        if os.getpid() == pid:
            with suppress(BlockingIOError):  # who is denied this lock has lost the one it had: of several, one is the last
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if is_at(fd, str(kept)):
                    kept.unlink()
        os.close(fd)


def _identity(fd: int) -> tuple[int, int]:
    found = os.fstat(fd)
    return found.st_dev, found.st_ino


def sweep(prefix: str, current: str | None = None, *, used: bool = True) -> None:
    """Remove what stands in the memory file system under names with a prefix, but `current` and what belongs to it.

    Whoever has a file mapped keeps it. Without `used`, what others have mapped, or make, stays.
    """
    with suppress(OSError):
        for found in MEMORY.iterdir():
            if found.name.startswith(prefix) and (current is None or not found.name.startswith(current)):
                with suppress(OSError):
                    if used:
                        found.unlink()
                    else:
                        _unlink_idle(found)


def _unlink_idle(found: Path) -> None:
    import fcntl

    fd = opened(found)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_at(fd, str(found)):
            found.unlink()
    finally:
        os.close(fd)


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
            time.sleep(_PAUSE_S)
        finally:
            if fd >= 0:
                os.close(fd)


def _own(fd: int) -> None:
    """Do nothing for a file that only this user may read and write; OSError for another."""
    found = os.fstat(fd)
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(errno.EPERM, "others may read or write it")


def write(fd: int, content: bytes, at: int) -> None:
    """Write all of it, however many steps that takes; OSError."""
    done = os.pwrite(fd, content, at)
    while done < len(content):
        done += os.pwrite(fd, content[done:], at + done)


def is_at(fd: int, path: str) -> bool:
    """Return whether a path still names the file that is open; OSError."""
    try:
        at = os.lstat(path)
    except FileNotFoundError:
        return False
    held = os.fstat(fd)
    return (at.st_dev, at.st_ino) == (held.st_dev, held.st_ino)
