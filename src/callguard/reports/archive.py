"""One archive of several files, with a manifest by which a file that was changed, taken out or put in is found."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path  # noqa: TC003 - attrs resolves the types
from typing import IO, TYPE_CHECKING, Any, Final

import attrs

from callguard.call_log.exporting import Unsealed, sealed, unsealed
from callguard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callguard.sealing import Keyring

MANIFEST: Final = "manifest.json"
_FORMAT: Final = "callguard bundle 1"
_AT_ONCE: Final = 1 << 20
_MOST: Final = 1 << 24  # bytes of a manifest
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@attrs.frozen(kw_only=True)
class Part:
    """A file of an archive: its name there, its content or where that is, and what it is."""

    name: str
    content: bytes | Path = attrs.field(repr=False)
    about: str

    def opened(self) -> IO[bytes]:
        """Open the content."""
        import io

        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


@attrs.frozen(kw_only=True)
class Checked:
    """What became of an archive since it was written: the names of files that are not as they were; it is true where none is.

    `signed`: its manifest is by who holds the key. Else a change by mistake is found, not one by who made the manifest anew.
    """

    said: Mapping[str, Any]
    signed: bool
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether it is as it was written."""
        return not (self.changed or self.missing or self.extra)


def write(path: Path, parts: Iterable[Part], said: Mapping[str, Any], keyring: Keyring, *, at: float) -> Mapping[str, Any]:
    """Write an archive for its owner alone, whole or not at all, and return its manifest; FileExistsError where there is a file.

    The same parts at the same instant are the same bytes.
    """
    beside = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    stamp = datetime.fromtimestamp(int(at), UTC).timetuple()[:6]
    files = []
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for part in sorted(parts, key=lambda part: part.name):
                    with part.opened() as source, archive.open(_entry(part.name, stamp), "w", force_zip64=True) as target:
                        digest, size = _copy(source, target)
                    files.append({"name": part.name, "about": part.about, "bytes": size, "sha256": digest})
                whole = sealed({"format": _FORMAT, **said, "files": files}, keyring)
                archive.writestr(_entry(MANIFEST, stamp), json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)  # which replaces nothing
    finally:
        beside.unlink(missing_ok=True)
    return whole


def _entry(name: str, stamp: tuple[int, ...]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, stamp)  # type: ignore[arg-type]
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _copy(source: IO[bytes], target: IO[bytes] | None) -> tuple[str, int]:
    """Copy a file, and return its SHA-256 and size."""
    found, size = sha256(), 0
    while data := source.read(_AT_ONCE):
        found.update(data)
        size += len(data)
        if target is not None:
            target.write(data)
    return found.hexdigest(), size


def check(path: Path, keyring: Keyring) -> Checked:
    """Hold an archive against its manifest; StateError where it is none, or its manifest is not as it was written."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(path, archive, keyring)
            said = manifest.said
            there = [entry.filename for entry in archive.infolist()]
            wanted = {str(each["name"]): each for each in said["files"]}
            changed = [name for name, each in wanted.items() if name in there and not _is(archive, name, each)]
            changed += [name for name in wanted if there.count(name) > 1 and name not in changed]
    except OSError as error:
        raise StateError(f"`{path}` cannot be read: {error.strerror or error}") from error
    except (*_DAMAGED, KeyError, TypeError, ValueError) as error:
        raise StateError(f"`{path}` is no bundle, or its manifest cannot be read ({type(error).__name__})") from error
    extra = sorted({*there} - {*wanted, MANIFEST}) + [MANIFEST] * (there.count(MANIFEST) > 1)
    missing = sorted({*wanted} - {*there})
    return Checked(
        said=said,
        signed=manifest.signed is True and bool(keyring.active),
        changed=tuple(sorted(changed)),
        missing=tuple(missing),
        extra=tuple(extra),
    )


def _is(archive: zipfile.ZipFile, name: str, wanted: Mapping[str, Any]) -> bool:
    try:
        with archive.open(name) as file:
            return _copy(file, None) == (wanted["sha256"], wanted["bytes"])
    except _DAMAGED:
        return False


def _manifest(path: Path, archive: zipfile.ZipFile, keyring: Keyring) -> Unsealed:
    if archive.getinfo(MANIFEST).file_size > _MOST:
        raise ValueError(MANIFEST)
    found = unsealed(json.loads(archive.read(MANIFEST)), keyring)
    if not found.whole or found.signed is False:
        raise StateError(f"the manifest of `{path}` is not as it was written: its hash or its signature does not fit")
    if found.said["format"] != _FORMAT:
        raise ValueError(found.said["format"])
    return found
