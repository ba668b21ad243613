"""Files that are screened: text, packed or not, workbooks, Parquet and Arrow, told by what is in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

import attrs

from callguard.batch import columns, excel, packed
from callguard.batch import csv as tables
from callguard.batch.arrow import Screening, library, stream_of
from callguard.batch.asking import Lines
from callguard.batch.blocks import blocks
from callguard.batch.files import TableError, opened
from callguard.batch.footer import MAGIC as PARQUET
from callguard.batch.forms import Form
from callguard.batch.pieces import Batch, Shape
from callguard.batch.readers import READERS, ROWS, STREAM
from callguard.batch.rows import CHUNK, RowScreening
from callguard.batch.workers import apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callguard.batch.answers import Counts
    from callguard.batch.asking import Asked, Taken
    from callguard.batch.pieces import Piece
    from callguard.guard import Guard

_ARROW: Final = b"ARROW1"


@attrs.frozen
class Group:
    """Rows of which the same is told: `rows` are their places among some that follow `before` others, None for all of these.

    `callees` are their numbers, as `Line.scrub` takes them; `told` is what columns tell of campaign, caller and place.
    """

    before: int
    rows: Sequence[int] | None
    callees: Any
    told: dict[str, Any]


class Table(ABC):
    """One table whose rows are looked at: which columns were taken, and the groups of its rows; a context manager.

    `total` is its size in bytes, or in rows where `by_rows`, None where that is not known; `done` how much of it was read.
    """

    taken: Taken
    counts: Counts
    at: float
    total: int | None = None
    by_rows = False

    def __init__(self) -> None:
        self.open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open.close()

    @property
    @abstractmethod
    def done(self) -> int:
        """How much of `total` was read."""

    @abstractmethod
    def groups(self) -> Iterator[Group]:
        """Yield all rows undecided, in groups of which the same is told; `counts` has how many there were, and no more."""


class Source(Table):
    """A table that is screened into a file: how it was read, too, and its pieces."""

    form: Form
    shape: Shape
    header = True
    sheet: str | None = None

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of all columns that were read."""

    @property
    @abstractmethod
    def extras(self) -> dict[str, Any]:
        """What else there is to say of the rows so far, to be kept when a run breaks off."""

    @abstractmethod
    def go_on(self, counts: Counts, extras: dict[str, Any]) -> None:
        """Take what an earlier run found as what became of the rows so far; before `pieces`."""

    @abstractmethod
    def pieces(self) -> Iterator[Piece]:
        """Yield the rows behind those that `counts` already has."""


def open_source(name: str, guard: Guard, asked: Asked, *, lang: str = "en", sheet: str | None = None, threads: int = 1) -> Source:
    """Open a file, or standard input for `-`, and choose its columns; TableError where it is no table that can be screened."""
    with ExitStack() as stack:
        raw, size = stack.enter_context(opened(name))
        if size is None:
            found: Source = TextSource(raw, raw, None, guard, asked, lang)
        else:
            head = raw.read(len(_ARROW))
            raw.seek(0)
            if head.startswith((PARQUET, _ARROW, STREAM)):
                found = _ArrowSource(name, head, guard, asked, lang, threads)
            elif head.startswith(excel.MAGIC):
                found = _SheetSource(raw, size, guard, asked, lang, sheet, threads)
            else:
                kind = packed.packing(raw)
                inside = raw if kind is None else packed.unpacked(raw, kind)
                found = TextSource(raw, inside, size, guard, asked, lang, kind)
        found.open.enter_context(stack.pop_all())
        return found


class _Rows(Source):
    """What is read as rows of text."""

    _screening: RowScreening
    _records: Iterator[tuple[int, list[str]]]

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    def _chosen(self, header: tuple[str, ...], choice: columns.Choice, guard: Guard, asked: Asked, lines: Lines, lang: str) -> None:
        self._names = header
        self._screening = RowScreening(guard, asked, header, choice, lines, lang=lang)
        self.taken, self.at, self.counts = self._screening.taken, self._screening.at, self._screening.counts
        self.shape = Shape.of(header) if self.header else Shape(header, tuple(range(len(header))), len(header))

    @property
    def extras(self) -> dict[str, Any]:
        return self._screening.extras

    def go_on(self, counts: Counts, extras: dict[str, Any]) -> None:
        self.counts = counts
        self._screening.go_on(counts, extras)

    def pieces(self) -> Iterator[Piece]:
        for _ in islice(self._records, self.counts.rows):
            pass
        return self._screening.pieces(self._records)

    def groups(self) -> Iterator[Group]:
        while rows := [cells for _, cells in islice(self._records, CHUNK)]:
            before = self.counts.rows
            self.counts.rows += len(rows)
            for members, callees, told in self._screening.groups(rows, self._screening.callees(rows)):
                yield Group(before, members, callees, told)


class TextSource(_Rows):
    """A CSV file; `raw` is what `inside` is read from."""

    def __init__(
        self,
        raw: IO[bytes],
        inside: IO[bytes],
        size: int | None,
        guard: Guard,
        asked: Asked,
        lang: str,
        packing: packed.Packing | None = None,
    ) -> None:
        super().__init__()
        self._raw, self.total = raw, size
        lines = Lines(guard, asked)
        table = tables.open_table(inside, lines.reads, column=asked.column, whole=size is not None)
        self._table, self._records, self.header = table, table.records, table.named
        self.form = Form("text", table.encoding, table.delimiter, table.newline, packing)
        self._chosen(table.header, table.column, guard, asked, lines, lang)
        self._made = (guard, attrs.evolve(asked, at=None if asked.at_column else self.at), table.header, table.column, lines, lang)

    @property
    def done(self) -> int:
        """How many bytes were read."""
        return self._raw.tell() if self.total is not None else 0

    @property
    def before(self) -> int:
        """How many lines stand before the rows."""
        return self._table.before

    def blocks(self) -> Iterator[str]:
        """Yield all rows as text, in blocks, instead of `pieces`: what becomes of each is told by `join`."""
        table = self._table
        assert table.text is not None
        return blocks("".join(table.read[table.before :]), table.text, table.delimiter)

    def screening(self) -> RowScreening:
        """Return another screening of the same columns, which has seen no row."""
        guard, asked, header, column, lines, lang = self._made
        return RowScreening(guard, asked, header, column, lines, lang=lang)

    def join(self, counts: Counts, extras: dict[str, Any]) -> None:
        """Count the rows of a block, which stands behind those before."""
        self._screening.join(counts, extras)


class _SheetSource(_Rows):
    """A sheet of a workbook: its first row that is not empty names the columns, where no cell of it is a number."""

    def __init__(self, raw: IO[bytes], size: int, guard: Guard, asked: Asked, lang: str, sheet: str | None, threads: int) -> None:
        super().__init__()
        self.total = size
        self.form = Form("excel")
        self.sheet, found = excel.rows(raw, sheet)
        records = self.open.enter_context(closing(apart(found, threads)))
        lines = Lines(guard, asked)
        table = tables.table_of(records, lines.reads, column=asked.column)
        self.header, self._records = table.named, table.records
        self._chosen(table.header, table.column, guard, asked, lines, lang)

    @property
    def done(self) -> int:
        return 0


class _ArrowSource(Source):
    """A Parquet file, an Arrow file or an Arrow stream."""

    by_rows = True

    def __init__(self, name: str, head: bytes, guard: Guard, asked: Asked, lang: str, threads: int) -> None:
        super().__init__()
        pa = library()
        self._path = Path(name)
        kind, self._kind = ("parquet", "Parquet") if head.startswith(PARQUET) else ("arrow", "Arrow")
        if head.startswith(STREAM):
            kind = "stream"
        self.form = Form(kind)  # type: ignore[arg-type]
        try:
            reader = READERS[kind](pa, self._path, self.open)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise TableError("damaged", kind=self._kind, row=1) from error
        self.total = reader.rows
        self._reader = reader
        self._screening = Screening(guard, asked, reader.schema, self._batches(0), lang=lang, threads=threads)
        self.taken, self.at, self.counts = self._screening.taken, self._screening.at, self._screening.counts
        self.shape = Shape.of(reader.schema.names, reader.schema)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._reader.schema.names)

    @property
    def done(self) -> int:
        return self.counts.rows

    @property
    def extras(self) -> dict[str, Any]:
        return {"spreadsheet": self._screening.floats, "folded": 0, "first_folded": None}

    def go_on(self, counts: Counts, extras: dict[str, Any]) -> None:
        self._screening.counts = self.counts = counts
        self._screening.floats = extras["spreadsheet"]
        if counts.rows:
            self._screening.begin_again(self._batches(counts.rows))

    def pieces(self) -> Iterator[Piece]:
        before = self.counts.rows
        for table, answered in self._screening:
            yield Batch(table, answered, before + 1)
            before += table.num_rows

    def groups(self) -> Iterator[Group]:
        return _groups(self._screening, self.counts)

    def _batches(self, skip: int) -> Iterator[Any]:
        """Yield the batches behind some rows, none of them long; TableError where the file is damaged, with the row."""
        pa = library()
        row = skip
        try:
            for batch in self._reader.batches(skip):
                for start in range(0, batch.num_rows, ROWS):
                    part = batch.slice(start, ROWS)
                    yield part
                    row += part.num_rows
        except (pa.ArrowException, OSError, ValueError) as error:
            raise TableError("damaged", kind=self._kind, row=row + 1) from error


class Batches(Table):
    """Record batches of a program, whose rows are looked at and written nowhere."""

    by_rows = True

    def __init__(self, batches: Any, guard: Guard, asked: Asked, threads: int) -> None:
        super().__init__()
        reader = stream_of(batches)
        self._screening = Screening(guard, asked, reader.schema, iter(reader), threads=threads)
        self.taken, self.at, self.counts = self._screening.taken, self._screening.at, self._screening.counts

    @property
    def done(self) -> int:
        """How many rows were read."""
        return self.counts.rows

    def groups(self) -> Iterator[Group]:
        """Yield all rows."""
        return _groups(self._screening, self.counts)


def _groups(screening: Screening, counts: Counts) -> Iterator[Group]:
    for batch in screening.batches():
        before = counts.rows
        counts.rows += batch.num_rows
        for rows, callees, told, _ in screening.groups(batch):
            yield Group(before, rows, callees, told)
