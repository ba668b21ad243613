"""Files that are screened: text, packed or not, workbooks, Parquet and Arrow, told by what is in them."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

from callguard.batch import columns, excel, packed
from callguard.batch import csv as tables
from callguard.batch.arrow import Screening, library
from callguard.batch.asking import Lines
from callguard.batch.files import TableError, opened
from callguard.batch.footer import MAGIC as PARQUET
from callguard.batch.forms import Form
from callguard.batch.pieces import Batch, Shape
from callguard.batch.rows import RowScreening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callguard.batch.answers import Counts
    from callguard.batch.asking import Asked, Taken
    from callguard.batch.pieces import Piece
    from callguard.guard import Guard

_ARROW: Final = b"ARROW1"
_STREAM: Final = b"\xff\xff\xff\xff"  # how each message of an Arrow stream begins
_END: Final = b"\xff\xff\xff\xff\0\0\0\0"  # what ends one
_ROWS: Final = 1 << 17


class Source:
    """One table that is screened: how it was read, which columns were taken, and its pieces; a context manager.

    `total` is its size in bytes, or in rows where `by_rows`, None where that is not known; `done` how much of it was read.
    """

    form: Form
    shape: Shape
    taken: Taken
    counts: Counts
    at: float
    total: int | None = None
    by_rows = False
    header = True
    sheet: str | None = None

    def __init__(self) -> None:
        self.open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns that were read."""
        raise NotImplementedError

    @property
    def done(self) -> int:
        """How much of `total` was read."""
        raise NotImplementedError

    @property
    def extras(self) -> dict[str, Any]:
        """What else there is to say of the rows so far, to be kept when a run breaks off."""
        raise NotImplementedError

    def go_on(self, counts: Counts, extras: dict[str, Any]) -> None:
        """Take what an earlier run found as what became of the rows so far; before `pieces`."""
        raise NotImplementedError

    def pieces(self) -> Iterator[Piece]:
        """Yield the rows behind those that `counts` already has."""
        raise NotImplementedError


def open_source(name: str, guard: Guard, asked: Asked, *, lang: str = "en", sheet: str | None = None, threads: int = 1) -> Source:
    """Open a file, or standard input for `-`, and choose its columns; TableError where it is no table that can be screened."""
    with ExitStack() as stack:
        raw, size = stack.enter_context(opened(name))
        if size is None:
            found: Source = _RowSource(raw, raw, None, guard, asked, lang)
        else:
            head = raw.read(len(_ARROW))
            raw.seek(0)
            if head.startswith((PARQUET, _ARROW, _STREAM)):
                found = _ArrowSource(name, head, guard, asked, lang, threads)
            elif head.startswith(excel.MAGIC):
                found = _SheetSource(raw, size, guard, asked, lang, sheet)
            else:
                kind = packed.packing(raw)
                inside = raw if kind is None else packed.unpacked(raw, kind)
                found = _RowSource(raw, inside, size, guard, asked, lang, kind)
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
        found = self._screening
        return {"spreadsheet": found.spreadsheet, "folded": found.folded, "first_folded": found.first_folded}

    def go_on(self, counts: Counts, extras: dict[str, Any]) -> None:
        self._screening.counts = self.counts = counts
        for name in ("spreadsheet", "folded", "first_folded"):
            setattr(self._screening, name, extras[name])

    def pieces(self) -> Iterator[Piece]:
        for _ in islice(self._records, self.counts.rows):
            pass
        return self._screening.pieces(self._records)


class _RowSource(_Rows):
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

    @property
    def done(self) -> int:
        return self._raw.tell() if self.total is not None else 0


class _SheetSource(_Rows):
    """A sheet of a workbook: its first row that is not empty names the columns, where no cell of it is a number."""

    def __init__(self, raw: IO[bytes], size: int, guard: Guard, asked: Asked, lang: str, sheet: str | None) -> None:
        super().__init__()
        self.total = size
        self.form = Form("excel")
        self.sheet, records = excel.rows(raw, sheet)
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
        if head.startswith(_STREAM):
            kind = "stream"
        self.form = Form(kind)  # type: ignore[arg-type]
        self._read, self._skip = 0, 0
        try:
            reader = _READERS[kind](pa, self._path, self.open)
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

    def _batches(self, skip: int) -> Iterator[Any]:
        """Yield the batches behind some rows, none of them long; TableError where the file is damaged, with the row."""
        pa = library()
        row = skip
        try:
            for batch in self._reader.batches(skip):
                for start in range(0, batch.num_rows, _ROWS):
                    part = batch.slice(start, _ROWS)
                    yield part
                    row += part.num_rows
        except (pa.ArrowException, OSError, ValueError) as error:
            raise TableError("damaged", kind=self._kind, row=row + 1) from error


class _Reader:
    """Reads record batches; `rows` is how many rows there are, None where that is not known."""

    schema: Any
    rows: int | None = None

    def batches(self, skip: int) -> Iterator[Any]:
        """Yield the batches behind some rows."""
        raise NotImplementedError


class _Parquet(_Reader):
    def __init__(self, pa: Any, path: Path, stack: ExitStack) -> None:
        from pyarrow import parquet

        assert pa
        self._file = stack.enter_context(parquet.ParquetFile(path, page_checksum_verification=True))
        self.schema = self._file.schema_arrow
        self.rows = int(self._file.metadata.num_rows)

    def batches(self, skip: int) -> Iterator[Any]:
        """Yield the batches of each row group, behind some rows."""
        for i in range(self._file.metadata.num_row_groups):
            rows = self._file.metadata.row_group(i).num_rows
            if rows <= skip:
                skip -= rows
                continue
            for batch in self._file.iter_batches(_ROWS, row_groups=[i]):
                if skip < batch.num_rows:
                    yield batch.slice(skip)
                skip = max(skip - batch.num_rows, 0)


class _ArrowFile(_Reader):
    def __init__(self, pa: Any, path: Path, stack: ExitStack) -> None:
        self._file = stack.enter_context(pa.ipc.open_file(stack.enter_context(pa.memory_map(str(path)))))
        self.schema = self._file.schema

    def batches(self, skip: int) -> Iterator[Any]:
        """Yield the batches behind some rows; each is validated first, since offsets that lie would lead anywhere."""
        for i in range(self._file.num_record_batches):
            batch = self._file.get_batch(i)
            batch.validate(full=True)
            if skip < batch.num_rows:
                yield batch.slice(skip)
            skip = max(skip - batch.num_rows, 0)


class _ArrowStream(_Reader):
    def __init__(self, pa: Any, path: Path, stack: ExitStack) -> None:
        self._pa, self._source = pa, stack.enter_context(pa.memory_map(str(path)))
        with pa.ipc.open_stream(self._source) as stream:
            self.schema = stream.schema

    def batches(self, skip: int) -> Iterator[Any]:
        """Yield the batches behind some rows, validated as those of a file."""
        source = self._source
        source.seek(0)
        with self._pa.ipc.open_stream(source) as stream:
            for batch in stream:
                batch.validate(full=True)
                if skip < batch.num_rows:
                    yield batch.slice(skip)
                skip = max(skip - batch.num_rows, 0)
            size = source.size()
            if source.tell() != size or source.read_at(len(_END), size - len(_END)) != _END:
                raise ValueError("a stream that does not say that it has ended, or goes on behind its end")


_READERS: Final[dict[str, Callable[[Any, Path, ExitStack], _Reader]]] = {
    "parquet": _Parquet,
    "arrow": _ArrowFile,
    "stream": _ArrowStream,
}
