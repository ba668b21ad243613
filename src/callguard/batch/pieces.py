"""Some rows of a table with what each is told, as cells of text or as a record batch, and each as the other."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from callguard.batch.answers import ADDED
from callguard.batch.arrow import library
from callguard.batch.files import TableError
from callguard.batch.vectors import Answered, answer_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from callguard.batch.answers import Answer


@attrs.frozen(eq=False)
class Shape:
    """The columns of a table that are written: their names, where each stood, how many there were; the schema of what is Arrow."""

    names: tuple[str, ...]
    kept: tuple[int, ...]
    width: int
    schema: Any = None

    @classmethod
    def of(cls, header: Sequence[str], schema: Any = None) -> Shape:
        """Return the shape of a table: all columns but those that an earlier screening added."""
        kept = tuple(i for i, name in enumerate(header) if name not in ADDED)
        return cls(tuple(header[i] for i in kept), kept, len(header), schema)

    def arrow(self, *, encoded: bool, decode: bool = False) -> Any:
        """Return the schema with the answers; `encoded` as dictionaries, `decode` the table's own dictionaries as their values."""
        pa = library()
        if self.schema is None:
            fields = [pa.field(name, pa.string()) for name in self.names]
        else:
            fields = [self.schema.field(i) for i in self.kept]
        if decode:
            fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in fields]
        text = pa.dictionary(pa.int32(), pa.string()) if encoded else pa.string()
        added = [pa.field(ADDED[0], text), pa.field(ADDED[1], text), pa.field(ADDED[2], pa.timestamp("us", "UTC"))]
        return pa.schema([*fields, *added], metadata=None if self.schema is None else self.schema.metadata)


class Piece(Protocol):
    """Some rows, with what each is told."""

    def __len__(self) -> int: ...

    @property
    def size(self) -> int:
        """About how many bytes they take."""

    def only(self, kept: Callable[[Answer], bool]) -> Piece:
        """Return the rows that are told what is `kept`."""

    def lines(self, shape: Shape, timezone: str) -> Iterator[list[Any]]:
        """Yield each row's cells with the answers behind them, and behind these cells that no column has; null is empty text."""

    def batch(self, shape: Shape, schema: Any) -> Any:
        """Return a record batch of a schema that the shape gave."""


@attrs.frozen(eq=False)
class Cells:
    """Rows of text: `which` of the `answers` each is told; `first` is the number of the first row, from 1.

    `plain` is how each stands in a text, without its end, where it would be written just so; None where it would not.
    """

    cells: list[list[str]]
    which: list[int]
    answers: list[Answer]
    first: int
    plain: list[str | None] | None = None

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def size(self) -> int:
        """About how many bytes they take."""
        return sum(60 + sum(map(len, row)) for row in self.cells)

    def only(self, kept: Callable[[Answer], bool]) -> Cells:
        """Return the rows that are told what is `kept`."""
        good = [kept(answer) for answer in self.answers]
        rows = [i for i, index in enumerate(self.which) if good[index]]
        if len(rows) == len(self.cells):
            return self
        plain = None if self.plain is None else [self.plain[i] for i in rows]
        return Cells([self.cells[i] for i in rows], [self.which[i] for i in rows], self.answers, self.first, plain)

    def lines(self, shape: Shape, timezone: str) -> Iterator[list[Any]]:
        """Yield each row's cells with the answers behind them, and behind these what no column has."""
        told = [[answer.reason, answer.message, answer.retry_at(timezone)] for answer in self.answers]
        kept, width = shape.kept, shape.width
        whole = len(kept) == width
        for cells, index in zip(self.cells, self.which, strict=True):
            row = cells + [""] * (width - len(cells)) if len(cells) < width else cells
            yield [*(row[:width] if whole else [row[i] for i in kept]), *told[index], *row[width:]]

    def batch(self, shape: Shape, schema: Any) -> Any:
        """Return a record batch; TableError for a row with more cells than there are columns, and for bytes that are no text."""
        import numpy as np

        pa = library()
        for i, cells in enumerate(self.cells):
            if any(cell.strip() for cell in cells[shape.width :]):
                raise TableError("ragged", row=self.first + i)
        columns = [[row[i] if i < len(row) else "" for row in self.cells] for i in shape.kept]
        encoded = pa.types.is_dictionary(schema.field(len(shape.kept)).type)
        told = answer_columns(pa, Answered(np.array(self.which, np.int32), self.answers), encoded=encoded)
        try:
            arrays = [pa.array(column, pa.string()) for column in columns]
        except UnicodeEncodeError:
            bad = next(i for i, cells in enumerate(self.cells) if not _is_text(cells))
            raise TableError("bytes", row=self.first + bad) from None
        return pa.RecordBatch.from_arrays([*arrays, *told], schema=schema)


@attrs.frozen(eq=False)
class Batch:
    """A record batch, and what its rows are told."""

    table: Any
    answered: Answered
    first: int

    def __reduce__(self) -> tuple[Any, ...]:
        """Be sent to another process as the rows that it has, and not as those that it is a part of."""
        return _read, (bytes(self.table.schema.serialize()), bytes(self.table.serialize()), self.answered, self.first)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def size(self) -> int:
        """About how many bytes they take."""
        return int(self.table.nbytes)

    def only(self, kept: Callable[[Answer], bool]) -> Batch:
        """Return the rows that are told what is `kept`."""
        import numpy as np

        good = np.array([kept(answer) for answer in self.answered.answers], bool)
        mask = good[self.answered.which] if len(good) else np.zeros(len(self), bool)
        if mask.all():
            return self
        told = Answered(self.answered.which[mask], self.answered.answers)
        return Batch(self.table.filter(library().array(mask)), told, self.first)

    def lines(self, shape: Shape, timezone: str) -> Iterator[list[Any]]:
        """Yield each row's cells with the answers behind them."""
        told = [[answer.reason, answer.message, answer.retry_at(timezone)] for answer in self.answered.answers]
        for cells, index in zip(self.own(shape), self.answered.which.tolist(), strict=True):
            yield [*("" if cell is None else cell for cell in cells), *told[index]]

    def own(self, shape: Shape) -> Iterator[tuple[Any, ...]]:
        """Yield each row's cells; null is None."""
        columns = [self.table.column(i) for i in shape.kept]
        plain = library().types
        cells = (plain.is_string(c.type) or plain.is_large_string(c.type) or plain.is_integer(c.type) for c in columns)
        return zip(*(c.to_pylist() if p else map(_cell, c.to_pylist()) for c, p in zip(columns, cells, strict=True)), strict=True)

    def batch(self, shape: Shape, schema: Any) -> Any:
        """Return a record batch: the columns as they are, and the answers."""
        pa = library()
        encoded = pa.types.is_dictionary(schema.field(len(shape.kept)).type)
        columns = [self.table.column(i) for i in shape.kept]
        for i, column in enumerate(columns):
            if pa.types.is_dictionary(column.type) and not pa.types.is_dictionary(schema.field(i).type):
                columns[i] = column.dictionary_decode()
        return pa.RecordBatch.from_arrays([*columns, *answer_columns(pa, self.answered, encoded=encoded)], schema=schema)


def _read(schema: bytes, table: bytes, answered: Answered, first: int) -> Batch:
    ipc = library().ipc
    return Batch(ipc.read_record_batch(table, ipc.read_schema(library().py_buffer(schema))), answered, first)


def _is_text(cells: list[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True


def _cell(value: Any) -> Any:
    """Return a value as a cell: text and numbers as they are, nothing for null, instants in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str | int | float):
        return value
    return str(value)
