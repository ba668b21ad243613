"""Arrow record batches screened: their own columns handed on as they are, the decisions beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard import clock
from callguard.batch import columns
from callguard.batch.answers import ADDED, UNDECIDED, Answers, Counts
from callguard.batch.asking import Asked, Deciding, Lines, Taken, take
from callguard.batch.files import TableError
from callguard.batch.vectors import Answered, Book, answer_columns, fits, groups, numbers, texts_of, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callguard.guard import Guard


def library() -> Any:
    """Return PyArrow; TableError that names the extra where it, or NumPy, is not installed."""
    try:
        import numpy as np
        import pyarrow as pa
    except ImportError as error:
        raise TableError("needs-arrow") from error
    assert np
    return pa


def scrub_batches(
    reader: Any,
    guard: Guard,
    *,
    campaign: str | None = None,
    caller: str | None = None,
    at: Any = None,
    column: str | None = None,
    campaign_column: str | None = None,
    caller_column: str | None = None,
    place_column: str | None = None,
    at_column: str | None = None,
    lang: str = "en",
    encoded: bool = False,
    threads: int = 1,
) -> Any:
    """Screen whatever has the Arrow C stream interface, as it is read: returns a `pyarrow.RecordBatchReader` of the same rows.

    Columns are handed on without a copy, `callguard_reason`, `callguard_message` and `callguard_retry_at` stand behind them: text,
    text that is null where the call may be placed, and an instant in UTC; `encoded` makes the texts dictionaries. A row decides
    as `may_dial` does, all at one instant unless `at_column` tells each its own. Columns go by name, or by place from 1 on.
    TableError where a column is not there or is of another type, ValueError and PolicyError for what a program may not pass.
    """
    pa = library()
    when = None if at is None else clock.instant(at)
    asked = Asked(campaign, caller, when, column, campaign_column, caller_column, place_column, at_column)
    source = stream_of(reader)
    screening = Screening(guard, asked, source.schema, iter(source), lang=lang, threads=threads)
    schema = screening.schema(encoded=encoded)
    batches = (screening.with_answers(batch, answered, encoded=encoded) for batch, answered in screening)
    return pa.RecordBatchReader.from_batches(schema, batches)


def stream_of(reader: Any) -> Any:
    """Return a reader of what has the Arrow C stream interface; TypeError where it has not."""
    pa = library()
    if isinstance(reader, pa.RecordBatchReader):
        return reader
    if isinstance(reader, pa.RecordBatch):
        return pa.RecordBatchReader.from_batches(reader.schema, [reader])
    if not hasattr(reader, "__arrow_c_stream__"):
        accepted = "accepted: what has the Arrow C stream interface, as tables of PyArrow, Polars, pandas and DuckDB"
        raise TypeError(f"the batches are a {type(reader).__name__}; {accepted}")
    return pa.RecordBatchReader.from_stream(reader)


class Screening:
    """Record batches screened one by one; iterating gives each with what its rows are told.

    `counts` is what became of the rows so far, `floats` how many numbers were floating-point ones, which are never read.
    """

    def __init__(
        self,
        guard: Deciding,
        asked: Asked,
        schema: Any,
        batches: Iterator[Any],
        *,
        lang: str = "en",
        threads: int = 1,
        taken: Taken | None = None,
    ) -> None:
        """Choose the columns, by as many first batches as have a row in them; TableError where they cannot be chosen.

        Where they were `taken` before, no batch is read yet.
        """
        self._guard, self._asked, self._schema, self._threads = guard, asked, schema, threads
        self._timezone = guard.policy.enterprise.timezone
        self.at = guard.now() if asked.at is None else asked.at
        self._lines, self._answers = Lines(guard, asked), Answers(lang)
        self._first: list[Any] = []
        self._batches = batches
        self.taken = self._take() if taken is None else taken
        self._kept = [i for i, name in enumerate(schema.names) if name not in ADDED]
        self._checked_types()
        self.counts, self.floats = Counts(), 0

    def schema(self, *, encoded: bool) -> Any:
        """Return the schema with the columns of the answers behind the others."""
        pa = library()
        text = pa.dictionary(pa.int32(), pa.string()) if encoded else pa.string()
        added = [pa.field(ADDED[0], text), pa.field(ADDED[1], text), pa.field(ADDED[2], pa.timestamp("us", "UTC"))]
        return pa.schema([*(self._schema.field(i) for i in self._kept), *added], metadata=self._schema.metadata)

    def __iter__(self) -> Iterator[tuple[Any, Answered]]:
        return map(self._screened, self.batches())

    def batches(self) -> Iterator[Any]:
        """Yield the batches that are left, undecided."""
        while self._first:
            yield self._first.pop(0)
        yield from self._batches

    def begin_again(self, batches: Iterator[Any]) -> None:
        """Screen other batches of the table, by the columns that were chosen."""
        self._first, self._batches = [], batches

    def with_answers(self, batch: Any, answered: Answered, *, encoded: bool) -> Any:
        """Return a batch with the columns of the answers behind its own, of which none is copied."""
        pa = library()
        added = answer_columns(pa, answered, encoded=encoded)
        return pa.RecordBatch.from_arrays([*(batch.column(i) for i in self._kept), *added], schema=self.schema(encoded=encoded))

    # ---- choosing

    def _take(self) -> Taken:
        for batch in self._batches:
            self._first.append(batch)
            if batch.num_rows:
                break
        header = self._schema.names
        return take(self._asked, self._guard, header, self._number(header))

    def _number(self, header: Sequence[str]) -> columns.Choice:
        name = self._asked.column
        shown = ", ".join(header)
        if name is not None:
            try:
                index = columns.find(header, name)
            except ValueError:
                raise TableError("no-column", name=name, columns=shown) from None
            return columns.Choice(index, header[index], "named")
        rows: list[list[str]] = []
        if self._first and self._first[-1].num_rows:
            sample = self._first[-1].slice(0, columns.SAMPLE)
            rows = [list(row) for row in zip(*(texts_of(column) for column in sample.columns), strict=True)]
        found = columns.choose(header, rows, self._lines.reads)
        if found is None:
            raise TableError("no-numbers", columns=shown)
        return found

    def _checked_types(self) -> None:
        for what, index in {"number": self.taken.number.index, **self.taken.told}.items():
            field = self._schema.field(index)
            if not fits(library(), field.type, what):
                raise TableError("column-type", name=field.name, type=str(field.type))

    # ---- deciding

    def _screened(self, batch: Any) -> tuple[Any, Answered]:
        answered = self._answered(batch)
        before = self.counts.rows
        self.floats += answered.floats
        import numpy as np

        for i, n in enumerate(np.bincount(answered.which, minlength=len(answered.answers)).tolist()):
            if n:
                answer = answered.answers[i]
                first = np.flatnonzero(answered.which == i)[:8] + before + 1 if answer.reason == UNDECIDED else ()
                self.counts.add(answer.reason, (int(row) for row in first), n)
        return batch, answered

    def _answered(self, batch: Any) -> Answered:
        book = Book(self._answers, batch.num_rows)
        floats = 0
        for rows, part, values, found in self.groups(batch):
            floats = found
            self._group(book, rows, part, values)
        return book.answered(floats)

    def groups(self, batch: Any) -> Iterator[tuple[Any, Any, dict[str, Any], int]]:
        """Yield the rows of which the same is told, None for all, their numbers, what is told, and the whole batch's floats."""
        pa = library()
        column, floats = numbers(pa, batch.column(self.taken.number.index))
        if self.taken.told and str(column.type) == "string_view":
            column = column.cast(pa.large_string())  # of views no rows are taken out
        said = [(name, *told(pa, batch.column(index), name, self._timezone)) for name, index in self.taken.told.items()]
        for rows, values in groups(said, batch.num_rows):
            yield rows, (column if rows is None else column.take(pa.array(rows))), values, floats

    def _group(self, book: Book, rows: Any, part: Any, values: dict[str, Any]) -> None:
        """Decide the rows of which the same is told, all of them where `rows` is None."""
        found = self._lines.decided(part, values, values.get("instant", self.at), self._threads)
        if isinstance(found, str):
            book.undecided(rows, found)
        else:
            book.decided(rows, found)
