"""Numbers of lists written into files: text, CSV, Parquet, or an index file; beside their names until they are whole."""

from __future__ import annotations

from array import array
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from callguard.clock import LAST
from callguard.index.columns import library
from callguard.index.encoding import Encoding, begun
from callguard.index.further import Further
from callguard.index.sets import Sets
from callguard.index.sides import Held, written
from callguard.index.writing import Beside, ImageWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from callguard.index.sides import Entry

FORMS: Final = (".txt", ".csv", ".parquet", ".cgx")
_ROWS: Final = 1 << 16
_FOREVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


class Export:
    """A file that takes numbers of lists slice by slice, ascending; a context manager, left before `put` nothing of it stays.

    By its suffix it is text of one number a line, CSV, Parquet (extra `arrow`) or an index file, which alone takes several lists.
    With `entries`, CSV and Parquet have the columns `since` and `until`, and a row for each entry. ValueError for another suffix,
    or lists that it does not take, SourceError where PyArrow is missing.
    """

    def __init__(self, path: Path, names: Sequence[str], *, entries: bool) -> None:
        """Take the file's name, and those of the lists."""
        self.form = path.suffix.lower()
        if self.form not in FORMS:
            raise ValueError(f"the suffix is `{path.suffix}`; accepted: {', '.join(FORMS)}")
        if len(names) != 1 and self.form != ".cgx":
            raise ValueError(f"{len(names)} lists, and only an index file takes other than one")
        if self.form == ".parquet":
            library(path)
        self._beside, self._names, self._entries = Beside(path), names, entries
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Create the file beside its name; OSError where that cannot be done."""
        self._stack.enter_context(self._beside)
        writers: dict[str, type[_Index | _Parquet | _Text]] = {".cgx": _Index, ".parquet": _Parquet}
        self._writer: _Writer = writers.get(self.form, _Text)(
            self._beside, self._names, entries=self._entries, csv=self.form == ".csv"
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Take away what was not put into its place."""
        self._stack.close()

    def add(self, held: Sequence[Held]) -> None:
        """Take what stands on each list in a slice."""
        self._writer.add(held)

    def put(self) -> None:
        """Write what is left, and put the file into its place."""
        self._writer.finish()
        self._beside.put()


class _Writer(Protocol):
    def add(self, held: Sequence[Held]) -> None: ...

    def finish(self) -> None: ...


class _Index:
    def __init__(self, beside: Beside, names: Sequence[str], *, entries: bool, csv: bool) -> None:  # noqa: ARG002
        self._sets = Sets(arrays=False)
        further = Further(len(names), lambda held, more: self._sets.union(held, self._sets.of(more)), has_entries=entries)
        header = begun("", dict.fromkeys(names, ()), further)
        self._image = ImageWriter(beside.file, header.room(), beside.aside)
        self._encoding = Encoding(header, further, self._image)

    def add(self, held: Sequence[Held]) -> None:
        self._sets = Sets(arrays=not isinstance(held[0].numbers, array))
        planes, entries = zip(*(written(found, i, self._sets) for i, found in enumerate(held)), strict=True)
        self._encoding.add(list(planes), sorted((entry for found in entries for entry in found), key=lambda entry: entry[:2]))

    def finish(self) -> None:
        self._image.finish(*self._encoding.finish())


class _Text:
    def __init__(self, beside: Beside, names: Sequence[str], *, entries: bool, csv: bool) -> None:  # noqa: ARG002
        self._file, self._dates = beside.file, entries and csv
        if csv:
            self._file.write(b"number,since,until\n" if entries else b"number\n")

    def add(self, held: Sequence[Held]) -> None:
        dates = self._dates
        for number, (since, until) in _rows(held[0], dates=dates):
            ends = f",{_said(since)},{_said(until)}" if dates else ""
            self._file.write(f"+{number}{ends}\n".encode())

    def finish(self) -> None:
        pass


class _Parquet:
    def __init__(self, beside: Beside, names: Sequence[str], *, entries: bool, csv: bool) -> None:  # noqa: ARG002
        import pyarrow as pa
        from pyarrow import parquet

        self._pa, self._dates = pa, entries
        fields = [("number", pa.string())] + [(name, pa.timestamp("us", "UTC")) for name in ("since", "until") if entries]
        self._schema = pa.schema(fields)
        self._writer = parquet.ParquetWriter(beside.file, self._schema)

    def add(self, held: Sequence[Held]) -> None:
        columns: list[list[Any]] = [[] for _ in self._schema]
        for number, edges in _rows(held[0], dates=self._dates):
            columns[0].append(f"+{number}")
            for column, edge in zip(columns[1:], edges if self._dates else (), strict=True):
                column.append(None if edge is None else _instant(edge))
            if len(columns[0]) == _ROWS:
                self._write(columns)
                columns = [[] for _ in self._schema]
        if columns[0]:
            self._write(columns)

    def _write(self, columns: list[list[Any]]) -> None:
        arrays = [self._pa.array(column, kind) for column, kind in zip(columns, self._schema.types, strict=True)]
        self._writer.write_batch(self._pa.record_batch(arrays, schema=self._schema))

    def finish(self) -> None:
        self._writer.close()


def _rows(held: Held, *, dates: bool) -> Iterator[tuple[int, Entry]]:
    """Yield the rows of some numbers: one for each of their entries, or one alone."""
    for number in held.numbers.tolist():
        if not dates or number not in held.entries:
            yield number, (None, None)
        else:
            for entry in sorted(held.entries[number], key=lambda entry: [(edge is not None, edge or 0.0) for edge in entry]):
                yield number, entry


def _instant(edge: float) -> datetime:
    return _FOREVER if edge >= LAST else datetime.fromtimestamp(max(edge, 0.0), UTC)


def _said(edge: float | None) -> str:
    """Write an instant as sources have it; the year 9999 is for good."""
    return "" if edge is None else "9999-12-31" if edge >= LAST else _instant(edge).isoformat()
