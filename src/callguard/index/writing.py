"""Writes an index file beside its name, which it takes when all of it is on the disk; or keeps the same in memory."""

from __future__ import annotations

import io
import mmap
import os
import secrets
import shutil
import stat
import tempfile
from array import array
from contextlib import ExitStack, suppress
from glob import escape
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, Self
from zlib import crc32

import attrs

from callguard.clock import DAY
from callguard.index.header import CHECKED, PAGE, PIECE, Header

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from typing_extensions import Buffer

STREAMS: Final = ("lines", "runs", "dated")  # which grow while the numbers are encoded
_COPY: Final = 1 << 20


class Sink(Protocol):
    """What takes bytes as they come."""

    def write(self, data: Buffer, /) -> object:
        """Take bytes."""
        ...


class Section:
    """Passes the bytes of a section on, and works out the checksums of its pieces."""

    def __init__(self, file: IO[bytes]) -> None:
        """Write to a file, from where it stands."""
        self.file = file
        self.length = 0
        self._done = array("I")
        self._crc = 0

    def write(self, data: Buffer, /) -> None:
        """Take bytes."""
        view = memoryview(data).cast("B")
        self.file.write(view)
        at = 0
        while at < len(view):
            part = view[at : at + PIECE - self.length % PIECE]
            self._crc = crc32(part, self._crc)
            self.length += len(part)
            at += len(part)
            if self.length % PIECE == 0:
                self._done.append(self._crc)
                self._crc = 0

    @property
    def checks(self) -> array[int]:
        """The CRC-32 of each piece."""
        return self._done + array("I", [self._crc]) if self.length % PIECE else self._done


class MemoryWriter:
    """Keeps the sections in memory."""

    def __init__(self) -> None:
        self.sections: dict[str, Any] = {name: io.BytesIO() for name in STREAMS}

    def stream(self, name: str) -> Sink:
        """Return what takes the bytes of a section that grows."""
        found: io.BytesIO = self.sections[name]
        return found

    def finish(self, others: Mapping[str, Buffer]) -> dict[str, memoryview]:
        """Return all sections, the `others` as they were given."""
        return {name: _aligned(held.getvalue()) for name, held in self.sections.items()} | {
            name: _aligned(held) for name, held in others.items()
        }


def _aligned(data: Buffer) -> memoryview:
    """Return bytes as they would be in a mapped file: from the beginning of a page on, so that no line lies in two of the cache."""
    view = memoryview(data).cast("B")
    page = mmap.mmap(-1, max(view.nbytes, 1))
    page[: view.nbytes] = view
    return memoryview(page)[: view.nbytes]


class ImageWriter:
    """Writes the bytes of an index file into an open file, from its beginning on; what grows besides waits in files of `aside`."""

    def __init__(self, file: IO[bytes], room: int, aside: Callable[[], IO[bytes]]) -> None:
        """Leave `room` bytes for the header."""
        self._file, self._room = file, room
        file.write(bytes(room))
        first, *others = STREAMS
        self._sections = {first: Section(file)} | {name: Section(aside()) for name in others}

    def stream(self, name: str) -> Sink:
        """Return what takes the bytes of a section that grows."""
        return self._sections[name]

    def finish(self, header: Header, others: Mapping[str, Buffer]) -> None:
        """Write the `others` and the header, which gets its sections and checksums here, and a digest as its key if it has none."""
        places = {STREAMS[0]: (self._room, self._sections[STREAMS[0]].length)}
        for name in STREAMS[1:]:
            section = self._sections[name]
            places[name] = (self._aligned(), section.length)
            section.file.seek(0)
            shutil.copyfileobj(section.file, self._file, _COPY)
        for name, data in others.items():
            start = self._aligned()
            self._sections[name] = section = Section(self._file)
            section.write(data)
            places[name] = (start, section.length)
        checks = b"".join(crc.to_bytes(4, "little") for name in CHECKED for crc in self._sections[name].checks)
        places["checks"] = (self._aligned(), len(checks))
        self._file.write(checks)
        self._file.seek(0)
        header = attrs.evolve(header, sections=places, checks_crc=crc32(checks), key=header.key or _digest(header, checks))
        self._file.write(header.packed(self._room))

    def _aligned(self) -> int:
        """Go on where a section may start, and return it."""
        at = self._file.tell()
        self._file.write(bytes(-at % PAGE))
        return at + -at % PAGE


class Beside:
    """A file beside a path, whose place and mode it takes once it is on the disk; left before `put`, nothing of it stays."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._stack = ExitStack()
        self._beside = self.path.with_name(f".{self.path.name[:100]}.{os.getpid()}-{secrets.token_hex(4)}.part")

    def __enter__(self) -> Self:
        """Create the file; an OSError names the folder that cannot be written into."""
        try:
            self.file: IO[bytes] = self._beside.open("xb", buffering=_COPY)
        except OSError as error:
            raise type(error)(error.errno, error.strerror, str(self.path.parent)) from error
        self._stack.callback(self._beside.unlink, missing_ok=True)
        self._stack.enter_context(self.file)
        return self

    def __exit__(self, *_: object) -> None:
        """Take away what was not finished."""
        self._stack.close()

    def aside(self) -> IO[bytes]:
        """Return a file without a name, which ends with this one."""
        return self._stack.enter_context(tempfile.TemporaryFile(dir=self.path.parent))

    def put(self) -> None:
        """Put the file into its place."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        with suppress(FileNotFoundError):
            self._beside.chmod(stat.S_IMODE(self.path.stat().st_mode))
        self._beside.replace(self.path)
        _sync_folder(self.path.parent)
        sweep(self.path, f".{escape(self.path.name[:100])}.*.part")


def sweep(path: Path, pattern: str) -> None:
    """Take away what builders that ended too early left beside a file, more than a day before it was written."""
    with suppress(OSError):
        now = path.stat().st_mtime
        for part in path.parent.glob(pattern):
            if part.stat().st_mtime < now - DAY:
                part.unlink(missing_ok=True)


def _digest(header: Header, checks: bytes) -> str:
    from hashlib import sha256

    names = "\0".join(plane.name for plane in (*header.planes, *header.beyond))
    return sha256(f"{names}\0{header.numbers}\0".encode() + checks).hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename last; where folders cannot be opened, it does so by itself."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
