"""Exports: the records as CSV or Parquet, with a manifest that says what they are, and that nothing of them was changed."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.call_log.chain import Register
from callguard.call_log.columns import COLUMNS, NAMES, shown, texts
from callguard.errors import StateError
from callguard.sealing import not_held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from callguard.call_log.columns import Document
    from callguard.call_log.entry import Entry, Later
    from callguard.sealing import Keyring

FORMATS: Final = ("csv", "parquet")
MANIFEST: Final = ".manifest.json"
_BATCH: Final = 10_000
_VERSION: Final = "callguard log export 1"


@attrs.frozen(slots=True, kw_only=True)
class Manifest:
    """What an export is: `said` as JSON has it, `register` what the log had come to when it was asked for."""

    path: Path
    said: Mapping[str, Any]

    @property
    def register(self) -> Register:
        """What every chain had come to."""
        return Register.from_json(self.said["register"])

    @property
    def digest(self) -> str:
        """The register's digest."""
        return str(self.said["digest"])

    @property
    def rows(self) -> int:
        """How many rows were exported."""
        return int(self.said["rows"])


def format_of(path: Path) -> str:
    """Return `csv` or `parquet`, by a file's name; ValueError for another."""
    found = path.suffix.lower().removeprefix(".")
    if found not in FORMATS:
        raise ValueError(f"`{path.name}` is no name for an export; accepted: a name that ends in .csv or .parquet")
    return found


class Export:
    """A file while it is written: beside its place and for its owner alone, until it is whole.

    FileExistsError where there is a file, or a manifest, already: evidence is not written over.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.format = path, format_of(path)
        self.manifest = path.with_name(path.name + MANIFEST)
        for each in (path, self.manifest):
            if each.exists():
                raise FileExistsError(f"`{each}` is there already; an export writes over nothing")
        self._part = path.with_name(path.name + ".part")
        self.rows = 0
        self.first: float | None = None
        self.last: float | None = None

    def write(
        self,
        entries: Iterable[Entry | Later],
        document_of: Callable[[str], Document],
        zone: str,
        *,
        masked: bool,
        progress: Callable[[int], None] | None = None,
    ) -> str:
        """Write the rows, and return the file's SHA-256; nothing is left behind by an error."""
        rows = self._counted(entries, document_of, progress, masked=masked)
        self._part.unlink(missing_ok=True)
        try:
            handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.close(handle)
            (_write_csv if self.format == "csv" else _write_parquet)(self._part, rows, zone)
            return _sha256(self._part)
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise

    def _counted(
        self,
        entries: Iterable[Entry | Later],
        document_of: Callable[[str], Document],
        progress: Callable[[int], None] | None,
        *,
        masked: bool,
    ) -> Iterator[tuple[Any, ...]]:
        from callguard.call_log.entry import Entry

        for entry in entries:
            self.rows += 1
            self.first = entry.at if self.first is None else min(self.first, entry.at)
            self.last = entry.at if self.last is None else max(self.last, entry.at)
            yield shown(entry, document_of(entry.law) if isinstance(entry, Entry) else {}, masked=masked)
            if progress is not None and not self.rows % _BATCH:
                progress(self.rows)

    def finish(self, said: dict[str, Any], keyring: Keyring) -> Manifest:
        """Put the file in its place, and its manifest beside it."""
        whole = sealed({"format": _VERSION, "file": self.path.name, "columns": list(NAMES), "rows": self.rows, **said}, keyring)
        part = self.manifest.with_name(self.manifest.name + ".part")
        part.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        for each in (self._part, part):
            with each.open("rb") as file:
                os.fsync(file.fileno())
        self._part.replace(self.path)
        part.replace(self.manifest)
        return Manifest(path=self.manifest, said=whole)

    def drop(self) -> None:
        """Leave nothing behind."""
        self._part.unlink(missing_ok=True)


def sealed(said: Mapping[str, Any], keyring: Keyring) -> dict[str, Any]:
    """Return a manifest with its own hash, and the log's signature of it under the active key."""
    body = _canonical(said)
    return {
        **said,
        "sha256_of_manifest": sha256(body).hexdigest(),
        "key": keyring.active,
        "signature": keyring.sign(b"manifest" + body).hex(),
    }


@attrs.frozen(kw_only=True)
class Unsealed:
    """What a manifest says: whether its own hash fits, and its signature; None where the key of that is not held."""

    said: dict[str, Any]
    whole: bool
    signed: bool | None


def unsealed(found: Mapping[str, Any], keyring: Keyring) -> Unsealed:
    """Read what `sealed` made; KeyError, TypeError or ValueError where that is none."""
    said = dict(found)
    own, key, signature = said.pop("sha256_of_manifest"), said.pop("key"), bytes.fromhex(said.pop("signature"))
    body = _canonical(said)
    held = not key or key in keyring.ids
    signed = keyring.check(key, b"manifest" + body, signature) if held else None
    return Unsealed(said=said, whole=sha256(body).hexdigest() == own, signed=signed)


def read_manifest(path: Path, keyring: Keyring) -> Manifest:
    """Read an export's manifest; StateError where it is none, or not as it was written, or signed under a key that is not held."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        read, key = unsealed(found, keyring), found["key"]
        Register.from_json(read.said["register"])
    except OSError as error:
        raise StateError(f"`{path}` cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StateError(f"`{path}` is no manifest of an export ({type(error).__name__})") from error
    if read.signed is None:
        raise not_held(key)
    if not (read.whole and read.signed):
        raise StateError(f"`{path}` is not as it was written: its hash or its signature does not fit")
    return Manifest(path=path, said=read.said)


def check_file(manifest: Manifest) -> bool:
    """Return whether the exported file stands beside its manifest as it was written."""
    file = manifest.path.with_name(str(manifest.said["file"]))
    return file.is_file() and _sha256(file) == manifest.said["sha256"]


def _canonical(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _sha256(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_csv(path: Path, rows: Iterable[tuple[Any, ...]], zone: str) -> None:
    import csv

    as_text = texts(zone)
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(NAMES)
        writer.writerows([turn(value) for turn, value in zip(as_text, row, strict=True)] for row in rows)


def _write_parquet(path: Path, rows: Iterable[tuple[Any, ...]], zone: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sorts = {
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "instant": pa.timestamp("us", tz=zone),
    }
    schema = pa.schema([(column.name, sorts[column.sort]) for column in COLUMNS])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            columns = [
                pa.array(
                    [None if v is None else _micros(v) for v in values] if column.sort == "instant" else values, sorts[column.sort]
                )
                for column, values in zip(COLUMNS, zip(*batch, strict=True), strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    from itertools import islice

    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        yield batch


def _micros(at: float) -> int:
    return round(min(at, 253_370_764_800) * 1_000_000)  # the year 9999 is for good
