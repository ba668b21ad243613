"""What a list may be read from: text, CSV, Arrow, Parquet, or another index file."""

from __future__ import annotations

import os
from array import array
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NoReturn

from callguard._core.native import LIMIT
from callguard.index import columns, opened, text
from callguard.index.batches import NONE, Batch, Source, SourceError
from callguard.index.header import MAGIC, SEALED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callguard.index.batches import Part, Report
    from callguard.index.opened import Index
    from callguard.index.planes import Entry, Plane
    from callguard.index.reading import Reader

    Kind = Literal["text", "table", "index"]

_TABLES: Final = (".arrow", ".arrows", ".feather", ".parquet")
_SHORTEST_ROW: Final = 2  # bytes of a digit and a line's end
_PLAIN: Final = (None, None)  # the entry of a number that holds always
_HIDDEN: Final = (".", "_")  # how names of what is no part of a delivery begin: `_SUCCESS`
_END: Final[tuple[int, list[Entry]]] = (LIMIT, [])


def kind(path: Path) -> Kind:
    """Return what a file is, by its first bytes, else by its name; SourceError where it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        raise SourceError.unreadable(path, error) from error
    if head in {MAGIC, SEALED}:
        return "index"
    if head.startswith((columns.ARROW_MAGIC, columns.PARQUET_MAGIC)) or path.suffix.lower() in _TABLES:
        return "table"
    return "text"


def expected(source: Source) -> int:
    """Return how many numbers a source may have, as far as that can be told without reading it."""
    found = kind(source.path)
    if found == "text":
        return source.path.stat().st_size // _SHORTEST_ROW + 1
    if found == "table":
        return columns.expected(source.path)
    return sum(plane.numbers for plane in chosen(opened.open(source.path), source.name))


def chosen(index: Index, name: str) -> tuple[Plane, ...]:
    """Return the planes of an index file that a list is read from: the one of the list's name where there is one, else all."""
    return tuple(plane for plane in index.planes if plane.name == name) or index.planes


def parts(source: Source, reader: Reader, timezone: str, most: int) -> Iterator[Batch | Part]:
    """Yield a source part by part, as a batch or what reads some in whatever thread, of up to about `most` rows.

    SourceError, here or there, for a source that cannot be read as a list, IndexFileError for a damaged index file.
    """
    found = kind(source.path)
    try:
        if found == "index":
            yield from _index(source)
        elif found == "table":
            for part in columns.parts(source.path, reader, timezone, most):
                yield partial(_read, source.path, part)
        else:
            yield from text.parts(source.path, reader, timezone)
    except OSError as error:
        raise SourceError.unreadable(source.path, error) from error


def _read(path: Path, part: Part) -> Sequence[Batch]:
    try:
        return part()
    except OSError as error:
        raise SourceError.unreadable(path, error) from error


def files(source: Source) -> list[Source]:
    """Return the sources that a folder is: its files and those of the folders below, in the order of their paths.

    What begins with `.` or `_` is left out; a source that is no folder is itself. SourceError for a folder that cannot be read, or
    in which nothing is.
    """
    whole = source.path
    if not whole.is_dir():
        return [source]

    def failed(error: OSError) -> NoReturn:
        raise SourceError.unreadable(Path(error.filename or whole), error)

    found: list[Path] = []
    for folder, below, names in os.walk(whole, onerror=failed):
        below[:] = [name for name in below if not name.startswith(_HIDDEN)]
        found += [path for name in names if not name.startswith(_HIDDEN) and (path := Path(folder, name)).is_file()]
    if not found:
        raise SourceError("empty-folder", whole, "a folder with no file in it", "a folder of lists")
    return [Source(source.name, path, path.relative_to(whole).as_posix()) for path in sorted(found)]


def reports(source: Source) -> tuple[Report, ...] | None:
    """Return what was read, and what was not, when an index file was made; None for a source of another kind."""
    if kind(source.path) != "index":
        return None
    return tuple(report for plane in chosen(opened.open(source.path), source.name) for report in plane.reports)


def _index(source: Source) -> Iterator[Batch]:
    """Read an index file, once it is known to be sound."""
    index = opened.open(source.path)
    index.verify()
    planes = chosen(index, source.name)
    total, done = max(sum(plane.numbers for plane in planes), 1), 0
    for plane in planes:
        entries = plane.dated_numbers()
        number, found = next(entries, _END)
        for piece in _pieces(index, plane):
            ended, dated = set(), []
            while number <= piece[-1]:
                dated += [(number, *_edges(entry)) for entry in found if entry != _PLAIN]
                if _PLAIN not in found:
                    ended.add(number)
                number, found = next(entries, _END)
            done += len(piece)
            yield Batch(
                array("q", [n for n in piece if n not in ended]) if ended else piece, len(piece), index.size * done // total, dated
            )


def _pieces(index: Index, plane: Plane) -> Iterator[Sequence[int]]:
    """Yield the numbers of a plane, ascending."""
    if plane.bit:
        return index.trie.numbers(plane.bit.bit_length() - 1)
    return ([number] for number, _ in plane.dated_numbers())


def _edges(entry: Entry) -> tuple[float, float]:
    since, until = entry
    return (NONE if since is None else float(since), NONE if until is None else float(until))
