"""Files packed by gzip or Zstandard, read as what is in them; a damaged one is said, never taken for one that ends."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import IO, Any, Final, Literal

from callguard.batch.files import HEAD, TableError

Packing = Literal["gzip", "zstd"]
_MAGIC: Final[dict[bytes, Packing]] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
SUFFIXES: Final[dict[str, Packing]] = {".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd"}


def packing(file: IO[bytes]) -> Packing | None:
    """Return how a file is packed, by its first bytes."""
    head = file.read(4)
    file.seek(0)
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


def unpacked(file: IO[bytes], kind: Packing) -> IO[bytes]:
    """Return what is in a packed file, to be read from the beginning, and again after `seek(0)`; TableError where it is damaged."""
    return io.BufferedReader(_Unpacking(file, kind), HEAD)


def packed(data: bytes, kind: Packing | None) -> bytes:
    """Return bytes packed, so that what stands behind other packed bytes continues them; always the same for the same bytes."""
    if kind == "gzip":
        return gzip.compress(data, 6, mtime=0)
    if kind == "zstd":
        return bytes(_zstd_codec().compress(data, asbytes=True))
    return data


class _Unpacking(io.RawIOBase):
    def __init__(self, file: IO[bytes], kind: Packing) -> None:
        self._file, self._kind = file, kind
        self._inside: Any = _opened(file, kind)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return 0

    def seek(self, offset: int, whence: int = 0) -> int:
        if offset or whence:
            raise io.UnsupportedOperation("a packed file is read from its beginning")
        self._file.seek(0)
        self._inside = _opened(self._file, self._kind)
        return 0

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._inside.read(min(len(buffer), HEAD))
        except (EOFError, zlib.error, OSError) as error:
            raise TableError("packed", kind=self._kind) from error
        buffer[: len(data)] = data
        return len(data)


def _opened(file: IO[bytes], kind: Packing) -> Any:
    if kind == "gzip":
        return gzip.GzipFile(fileobj=file, mode="rb")
    from callguard.batch.arrow import library

    pa = library()
    return pa.CompressedInputStream(pa.PythonFile(_Kept(file), mode="r"), "zstd")


class _Kept:
    """A file that who reads it does not close."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        """Leave it open."""


def _zstd_codec() -> Any:
    from callguard.batch.arrow import library

    return library().Codec("zstd", compression_level=3)
