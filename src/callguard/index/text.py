"""Lists in text files: one number a line, or a CSV whose header names `number` and, if it likes, `since` and `until`."""

from __future__ import annotations

import csv
import io
from array import array
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from callguard import clock
from callguard.index.batches import NONE, Batch, SourceError
from callguard.index.reading import has_numpy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from callguard.index.batches import Part
    from callguard.index.reading import Integers, Reader

    Columns = tuple[int, int | None, int | None]  # of number, since, until
    Edge = Callable[[str], tuple[float, bool]]

_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_EDGES: Final = ("since", "until")
_CHUNK: Final = 1 << 20  # characters
_FIELD: Final = 131_072  # the longest cell that `csv` reads
MANY: Final = 1 << 20  # bytes from which on NumPy is worth its loading
_NEWLINE, _RETURN, _COMMA, _QUOTE = b'\n\r,"'


def parts(path: Path, reader: Reader, timezone: str) -> Iterator[Part]:
    """Read a text file chunk by chunk, and yield what reads the rows of each.

    A row that is no number is skipped, a date that cannot be read holds without it. SourceError for a file in an unknown encoding,
    OSError for one that cannot be opened.
    """
    encoding, size = _encoding(path), path.stat().st_size
    arrays = has_numpy(worth=size >= MANY)
    edges = (_edge(path, timezone, ends=False), _edge(path, timezone, ends=True))
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as file:
        columns, line = _header(file.readline()), 1
        if columns is None:
            file.seek(0)
            line = 0
        while text := _chunk(file):
            yield partial(_read, text, line, raw.tell(), _Rows(columns, reader, edges), arrays=arrays)
            line = 0


def _read(text: str, line: int, done: int, rows: _Rows, *, arrays: bool) -> tuple[Batch]:
    """Read the rows of a chunk, behind so many lines that stand before them."""
    if arrays and text.count("\r") == text.count("\r\n"):
        line += rows.read_array(text, line)
    else:
        line += rows.read(io.StringIO(text, newline=""), line)
    return (rows.batch(done, line),)


def _chunk(file: io.TextIOWrapper) -> str:
    text = file.read(_CHUNK)
    return text if text.endswith("\n") else text + file.readline()


def _encoding(path: Path) -> str:
    for encoding in _ENCODINGS:
        try:
            with path.open(encoding=encoding, newline="") as file:
                while file.read(_CHUNK):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise SourceError("encoding", path, "in an unknown encoding", "text in UTF-8 or GB 18030")


def _header(row: str) -> Columns | None:
    """Return where the columns of a header stand, None for a row that is no header."""
    try:
        header = [cell.strip().lower() for cell in next(csv.reader([row]), [])]
    except csv.Error:
        return None
    if "number" not in header:
        return None
    since, until = (header.index(name) if name in header else None for name in _EDGES)
    return header.index("number"), since, until


def _edge(path: Path, timezone: str, *, ends: bool) -> Edge:
    """Return what reads a `since` or an `until`: the instant that it means, and whether it could not be read."""

    @cache
    def edge(text: str) -> tuple[float, bool]:
        if not text:
            return NONE, False
        try:
            return float(clock.edge(text, timezone, ends=ends)), False
        except ValueError as error:
            if not timezone:
                raise SourceError.needs_zone(path) from error
            return NONE, True

    return edge


class _Rows:
    """Reads the rows of one chunk."""

    def __init__(self, columns: Columns | None, reader: Reader, edges: tuple[Edge, Edge]) -> None:
        self.columns, self.reader, self.edges = columns, reader, edges
        self.numbers = array("q")
        self.fast: Integers | None = None
        self.dated: list[tuple[int, float, float]] = []
        self.skipped: list[int] = []
        self.undated: list[int] = []
        self.count = 0

    def batch(self, done: int, lines: int) -> Batch:
        """Return what was read."""
        numbers: object = self.numbers
        if self.fast is not None:
            import numpy as np

            numbers = np.concatenate((self.fast, np.frombuffer(self.numbers, np.int64))) if self.numbers else self.fast
        return Batch(numbers, self.count, done, self.dated, self.skipped, self.undated, lines)

    def read(self, rows: Iterable[str], line: int) -> int:
        """Read rows behind a line, and return how many lines they are."""
        if self.columns is not None:
            return self._read_cells(rows, line, self.columns)
        lines = count = 0
        number_of, keep = self.reader.text, self.numbers.append
        for lines, row in enumerate(rows, 1):
            text = row.strip()
            if text:
                count += 1
                number = number_of(text)
                if number:
                    keep(number)
                else:
                    self.skipped.append(line + lines)
        self.count += count
        return lines

    def _read_cells(self, rows: Iterable[str], line: int, columns: Columns) -> int:
        """Read rows of a CSV; those without quotes and dates, whose number is one, at once, and the others by `_row`."""
        column, *dates = columns
        edges = [date for date in dates if date is not None]
        lines = count = 0
        number_of, keep = self.reader.text, self.numbers.append
        for lines, row in enumerate(rows, 1):
            if '"' not in row and len(row) <= _FIELD:
                cells = row.split(",")
                size = len(cells)
                for date in edges:
                    if date < size and cells[date].strip():
                        break
                else:
                    number = number_of(cells[column].strip()) if column < size else 0
                    if number:
                        keep(number)
                        count += 1
                        continue
            count += self._row(line + lines, row, columns)
        self.count += count
        return lines

    def _row(self, line: int, row: str, columns: Columns) -> int:
        """Read a row of a CSV and return 1, 0 where there is nothing in it.

        Row by row, so that a quote that is never closed hides no number behind it.
        """
        if '"' in row or len(row) > _FIELD:
            try:
                cells = next(csv.reader([row]), [])
            except csv.Error:
                cells = [""]
        else:
            cells = row.rstrip("\r\n").split(",")
        count = len(cells)
        number, since, until = [cells[i].strip() if i is not None and i < count else "" for i in columns]
        if not number and not (row.strip() and row.strip(" ,;\t\r\n")):
            return 0
        found = self.reader.text(number)
        if not found:
            self.skipped.append(line)
        elif since or until:
            (start, bad_start), (end, bad_end) = self.edges[0](since), self.edges[1](until)
            if bad_start or bad_end:
                self.undated.append(line)
            if start == start or end == end:  # noqa: PLR0124 - not NaN
                self.dated.append((found, start, end))
            else:
                self.numbers.append(found)
        else:
            self.numbers.append(found)
        return 1

    def read_array(self, text: str, line: int) -> int:
        """Do what `read` does, with NumPy: the plain rows together, the others one by one."""
        import numpy as np

        data = np.frombuffer(text.encode(), np.uint8)
        ends = np.flatnonzero(data == _NEWLINE)
        if data[-1] != _NEWLINE:
            ends = np.append(ends, len(data))
        begins = np.concatenate(([0], ends[:-1] + 1))
        stops = ends - ((ends > begins) & (data[ends - 1] == _RETURN))
        starts, sizes = (begins, stops - begins) if self.columns is None else self._cells(data, begins, stops)
        found = self.reader.cells(data, starts, sizes)
        plain = found > 0
        if 2 * np.count_nonzero(plain) < len(plain):  # then row by row is faster
            return self.read(io.StringIO(text, newline=""), line)
        self.fast = found[plain]
        self.count += len(self.fast)
        for i in np.flatnonzero(~plain):
            self.read([data[begins[i] : ends[i] + 1].tobytes().decode()], line + int(i))
        return len(ends)

    def _cells(self, data: NDArray[np.uint8], begins: Integers, stops: Integers) -> tuple[Integers, Integers]:
        """Return where the cell of the number starts in each row, and its size; 0 where the row is to be read by itself."""
        import numpy as np

        commas = np.append(np.flatnonzero(data == _COMMA), len(data))
        before = np.searchsorted(commas, begins)

        def cell(column: int) -> tuple[Integers, Integers]:
            last = len(commas) - 1
            start = begins if column == 0 else commas[np.minimum(before + column - 1, last)] + 1
            return start, np.minimum(commas[np.minimum(before + column, last)], stops) - start

        assert self.columns is not None
        number, *dates = self.columns
        starts, sizes = cell(number)
        strange = (sizes <= 0) | (stops - begins > _FIELD)
        for column in dates:
            if column is not None:
                strange |= cell(column)[1] > 0
        quotes = np.flatnonzero(data == _QUOTE)
        strange[np.searchsorted(begins, quotes, "right") - 1] = True
        return np.where(strange, begins, starts), np.where(strange, 0, sizes)
