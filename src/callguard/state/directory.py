"""The host's folder of a state: made, shown to be a local one, and locked among threads and processes."""

from __future__ import annotations

import os
import re
import threading
import time
import weakref
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from callguard.errors import StateError
from callguard.memory_files import is_at, write

try:
    import fcntl
except ImportError:  # a system without `flock`, which is told when a folder is to be made
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORKS: Final = frozenset({
    "9p", "acfs", "afs", "beegfs", "beegfs_nodev", "ceph", "cifs", "coda", "davfs", "fhgfs", "gfs", "gfs2", "glusterfs", "gpfs",
    "lizardfs", "lustre", "ncp", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs", "pvfs2", "smb2", "smb3", "smbfs",
    "vboxsf", "wekafs",
})  # fmt: skip
FUSE_NETWORKS: Final = frozenset({
    "afp", "blobfuse", "blobfuse2", "ceph", "ceph-fuse", "cifs", "curlftpfs", "davfs", "davfs2", "gcsfuse", "glusterfs", "goofys",
    "gvfsd-fuse", "hdfs", "juicefs", "JuiceFS", "lizardfs", "mfs", "moosefs", "mount-s3", "mountpoint-s3", "nfs", "rclone", "s3fs",
    "s3ql", "seaweedfs", "smbnetfs", "sshfs", "vmhgfs-fuse",
})  # fmt: skip
_MOUNTS: Final = Path("/proc/self/mountinfo")
_LONGEST_S: Final = 10.0  # how long a lock is waited for
_SHORT_S, _LONG_S = 0.0002, 0.005  # between two looks at a lock that another process holds


class Directory:
    """A folder on a local disk that all processes of a host share; only its owner may look into what callguard puts there.

    StateError at making where it cannot be used. Every thread may use it, and a forked process too.
    """

    _held: int | None = None  # the descriptor of the file that is locked

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Make the folder, with its parents, where it is not there, and the file that is locked in it."""
        if fcntl is None:
            raise StateError(
                "state that lasts needs locks that only Linux and other Unix systems have; accepted here: a MemoryStore"
            )
        self.path = Path(path).absolute()
        self._lock_path = str(self.path / "lock")
        self._refuse_network()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise self._error("cannot be made", error) from error
        self._renew()
        with self.lock():
            pass
        _all.add(self)

    def identity(self) -> tuple[int, int]:
        """Return what tells this folder from another one in its place; StateError where there is none."""
        try:
            found = self.path.stat()
        except OSError as error:
            raise self._error("cannot be read", error) from error
        return found.st_dev, found.st_ino

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only one in here, among the threads and processes of the host; a thread may do so again within.

        StateError where others hold it for longer than ten seconds.
        """
        self.forked()  # as some forks are behind Python's back
        gate = self._gate
        ends = time.monotonic() + _LONGEST_S
        if not gate.acquire(timeout=_LONGEST_S):
            raise self._busy()
        try:
            if self._depth == 0:
                self._take(ends)
            self._depth += 1
            try:
                yield
            finally:
                if self._gate is gate:
                    self._depth -= 1
        finally:
            if self._depth == 0 and self._gate is gate and self._pid == os.getpid():  # in a child nothing is held
                self._leave()
            gate.release()

    def lay(self, name: str, content: bytes, size: int, *, lasting: bool) -> None:
        """Put a file (0600) of a size, zeros after its content, in another's place, which stays whole for those who have it open.

        Its space is allocated, and with `lasting` it outlives a loss of power when this returns. The caller holds the lock.
        """
        beside = self.path / f"{name}.new"
        try:
            beside.unlink(missing_ok=True)
            fd = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                allocate(fd, 0, size)
                write(fd, content, 0)
                if lasting:
                    os.fsync(fd)
            finally:
                os.close(fd)
            beside.rename(self.path / name)
            if lasting:
                self.sync()
        except OSError as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise self._error(f"takes no file `{name}`", error) from error

    def sync(self) -> None:
        """Make the names of the folder's files last; OSError."""
        fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def forked(self) -> None:
        """Take new locks, in the child after a fork, unless that is done; the parent keeps what it holds."""
        if self._pid != os.getpid():
            self._renew()

    def _renew(self) -> None:
        self._pid = os.getpid()
        self._gate = threading.RLock()
        self._depth = 0  # how often the thread that is in has locked
        held, self._held = self._held, None
        if held is not None:
            with suppress(OSError):
                os.close(held)  # closed, not unlocked: an unlocking would be the parent's too

    def close(self) -> None:
        """Let go of the file that is locked; a later lock opens it again."""
        with self._gate:
            held, self._held = self._held, None
            if held is not None:
                os.close(held)

    def __del__(self) -> None:
        if self._held is not None:
            os.close(self._held)

    def _take(self, ends: float) -> None:
        """Lock the file at the path, until `ends` on the monotonic clock."""
        pause = _SHORT_S
        try:
            while True:
                if self._held is None:
                    self._held = _opened(self._lock_path)
                if _locked(self._held):
                    if is_at(self._held, self._lock_path):
                        return
                    # somebody has removed the file: others will lock the one that stands there now
                    held, self._held = self._held, None
                    os.close(held)
                    continue
                if time.monotonic() >= ends:
                    raise self._busy()
                time.sleep(pause)
                pause = min(2 * pause, _LONG_S)
        except OSError as error:
            raise self._error("cannot be locked", error) from error

    def _leave(self) -> None:
        if self._held is not None:
            with suppress(OSError):
                fcntl.flock(self._held, fcntl.LOCK_UN)

    def _refuse_network(self) -> None:
        found = mount_of(self.path)
        if found is not None and is_network(found[1]):
            raise StateError(
                f"the state's folder `{self.path}` lies on a network file system ({found[1]}, mounted at `{found[0]}`), where"
                " locks and shared memory do not hold; accepted: a local disk; for several hosts a database in `[state] url`"
            )

    def _busy(self) -> StateError:
        held = f"`{self._lock_path}` was held by another process or thread for longer than {_LONGEST_S:.0f} seconds"
        return StateError(f"{held}; end what hangs (`lsof` names who has it open)")

    def _error(self, what: str, error: OSError) -> StateError:
        accepted = "accepted: a folder on a local disk that this user may write to, with room"
        return StateError(f"the state's folder `{self.path}` {what} ({said(error)}); {accepted}")


def mount_of(path: Path, mounts: Path = _MOUNTS) -> tuple[str, str] | None:
    """Return where the file system of a path is mounted, and its kind; None where the system does not say.

    The path need not be there: what will hold it counts.
    """
    for ancestor in (path, *path.parents):
        with suppress(OSError):
            ancestor.stat()  # brings about what is mounted when it is first used
            break
    try:
        text = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    place = os.path.realpath(path)
    best: tuple[str, str] | None = None
    for line in text.splitlines():
        head, dash, tail = line.partition(" - ")
        fields = head.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = _OCTAL.sub(_byte, fields[4])
        within = point in {"/", place} or place.startswith(point + "/")
        if within and (best is None or len(point) >= len(best[0])):  # of two at one place the later covers the earlier
            best = point, tail.split(" ")[0]
    return best


def is_network(kind: str) -> bool:
    """Return whether a kind of file system, as mountinfo has it, is one that other hosts may write to."""
    name, _, below = kind.partition(".")
    return below in FUSE_NETWORKS | NETWORKS if name in {"fuse", "fuseblk"} else name in NETWORKS


def said(error: OSError) -> str:
    """Return what the system says of an error, without the path."""
    return error.strerror or type(error).__name__


def allocate(fd: int, start: int, size: int) -> None:
    """Give a part of a file its place on the disk, without changing what stands there; OSError where there is none."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(fd, start, size)
        except OSError as error:
            import errno

            if error.errno not in {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}:
                raise
        else:
            return
    length = os.fstat(fd).st_size
    if start + size > length:
        write(fd, bytes(start + size - length), length)


_OCTAL: Final = re.compile(r"\\([0-7]{3})")


def _byte(match: re.Match[str]) -> str:
    return chr(int(match[1], 8))


def _opened(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _locked(fd: int) -> bool:
    """Try to lock; return whether that went well. OSError."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


_all: weakref.WeakSet[Directory] = weakref.WeakSet()


def _in_child() -> None:
    for directory in tuple(_all):
        directory.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
