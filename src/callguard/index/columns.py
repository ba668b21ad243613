"""Lists in Arrow and Parquet files: the column `number`, else the only one, and if they like `since` and `until`."""

from __future__ import annotations

from array import array
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import clock
from callguard.index.batches import NONE, Batch, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from callguard.index.batches import Part
    from callguard.index.reading import Flags, Integers, Reader

ARROW_MAGIC: Final = b"ARROW1"
PARQUET_MAGIC: Final = b"PAR1"
_ROWS: Final = 1 << 17
_PART: Final = 1 << 20  # rows of small row groups that are read together
_PACKED: Final = 1 << 20
_EDGES: Final = ("since", "until")


def parts(path: Path, reader: Reader, timezone: str, most: int) -> Iterator[Part]:
    """Yield what reads the parts of an Arrow file or stream, or of a Parquet file; null is no number, and rows count from 1.

    Row groups of up to `most` rows are decoded where their part is read, larger ones here. SourceError, here or there, for a file
    that is none, or whose column cannot be told or is no text and no integers.
    """
    pa = library(path)
    with path.open("rb") as file:
        packed = file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
    with _told(path):
        yield from _parquet(path, reader, timezone, most) if packed else _arrow(pa, path, reader, timezone)


def expected(path: Path) -> int:
    """Return how many rows a table has: at most as many as bytes, unless it is packed and does not say."""
    size = path.stat().st_size
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        return size
    try:
        return int(parquet.read_metadata(path).num_rows)
    except (ArrowException, OSError):
        return max(size, _PACKED)


def library(path: Path) -> Any:
    """Return PyArrow; SourceError where it, or NumPy, is not installed."""
    try:
        import numpy as np
        import pyarrow as pa
    except ImportError as error:
        remedy = "pip install 'callguard-outbound[arrow]'"
        raise SourceError("needs-arrow", path, "a table, and what reads tables is missing", remedy) from error
    assert np
    return pa


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what a broken table raises into a SourceError."""
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError, KeyError) as error:
        kind = "Arrow or Parquet"
        raise SourceError(
            "table", path, f"which cannot be read as {kind} ({error})", f"a whole {kind} file", why=str(error)
        ) from error


def _parquet(path: Path, reader: Reader, timezone: str, most: int) -> Iterator[Part]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        table = _Table.of(path, file.schema_arrow, reader, timezone)
        metadata = file.metadata
        counts = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
        done, rows = 0, max(sum(counts), 1)
        for groups in _together(counts, min(most, _PART)):
            count = sum(counts[i] for i in groups)
            if count <= most:
                yield partial(table.groups, metadata, groups, done / rows, (done + count) / rows)
                done += count
                continue
            for batch in file.iter_batches(_ROWS, row_groups=groups, columns=table.columns):
                done += batch.num_rows
                yield partial(table.read, batch, done / rows)


def _together(counts: list[int], most: int) -> Iterator[list[int]]:
    """Yield which row groups are read in one part: several while they are `most` rows or less together, else one."""
    found: list[int] = []
    rows = 0
    for i, count in enumerate(counts):
        if found and rows + count > most:
            yield found
            found, rows = [], 0
        found.append(i)
        rows += count
    if found:
        yield found


def _arrow(pa: Any, path: Path, reader: Reader, timezone: str) -> Iterator[Part]:
    with pa.memory_map(str(path)) as source:
        size = max(source.size(), 1)
        if source.read(len(ARROW_MAGIC)) == ARROW_MAGIC:
            with pa.ipc.open_file(source) as file:
                table, count = _Table.of(path, file.schema, reader, timezone), file.num_record_batches
                for i in range(count):
                    yield from table.slices(file.get_batch(i), i / count, (i + 1) / count)
            return
        source.seek(0)
        with pa.ipc.open_stream(source) as stream:
            table, before = _Table.of(path, stream.schema, reader, timezone), 0.0
            for batch in stream:
                done = source.tell() / size
                yield from table.slices(batch, before, done)
                before = done


def _chosen(path: Path, schema: Any) -> tuple[str, str | None, str | None]:
    """Return the columns of the number, of `since` and of `until`; SourceError where that of the number cannot be told."""
    plain = {name.strip().lower(): name for name in reversed(schema.names)}
    number = plain.get("number")
    if number is None:
        if len(schema.names) != 1:
            names = ", ".join(f"`{name}`" for name in schema.names)
            raise SourceError(
                "no-column", path, f"with the columns {names or 'none'}", "a column `number`, or only one", names=names
            )
        return schema.names[0], None, None
    return number, plain.get("since"), plain.get("until")


@attrs.frozen(slots=True, eq=False)
class _Table:
    """Reads the record batches of a table: the column of the number, those of its edges, None for one that is not there."""

    path: Path
    reader: Reader
    timezone: str
    number: str
    edges: tuple[str | None, str | None]
    text: bool
    size: int

    @classmethod
    def of(cls, path: Path, schema: Any, reader: Reader, timezone: str) -> _Table:
        """Return what reads tables of a schema; SourceError where the column of the number is none."""
        import pyarrow as pa

        number, *edges = _chosen(path, schema)
        kind = schema.field(number).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        if not text and not pa.types.is_integer(kind):
            raise SourceError(
                "column-type", path, f"whose column `{number}` is {kind}", "text or integers", name=number, type=str(kind)
            )
        return cls(path, reader, timezone, number, (edges[0], edges[1]), text, path.stat().st_size)

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""
        return [self.number, *(name for name in self.edges if name is not None)]

    def groups(self, metadata: Any, groups: list[int], before: float, done: float) -> list[Batch]:
        """Read row groups of a Parquet file, of which a share has been read `before`, and is `done` behind them."""
        from pyarrow import parquet

        found: list[Batch] = []
        rows = max(sum(metadata.row_group(i).num_rows for i in groups), 1)
        count = 0
        with _told(self.path), parquet.ParquetFile(self.path, metadata=metadata) as file:
            for batch in file.iter_batches(_ROWS, row_groups=groups, columns=self.columns, use_threads=False):
                count += batch.num_rows
                found += self.read(batch, before + (done - before) * count / rows)
        return found

    def slices(self, whole: Any, before: float, done: float) -> Iterator[Part]:
        """Yield what reads the parts of a record batch."""
        step = (done - before) / max(whole.num_rows, 1)
        for start in range(0, whole.num_rows, _ROWS):
            part = whole.slice(start, _ROWS)
            yield partial(self.read, part, before + step * (start + part.num_rows))

    def read(self, part: Any, done: float) -> tuple[Batch, ...]:
        """Read a record batch."""
        import pyarrow as pa

        with _told(self.path):
            column = part.column(self.number)
            if pa.types.is_dictionary(column.type):
                column = column.dictionary_decode()
            numbers = _texts(pa, column, self.reader) if self.text else _integers(pa, column, self.reader)
            dates = [None if name is None else part.column(name) for name in self.edges]
            return (_batch(self.path, numbers, dates, round(self.size * done), self.timezone),)


def _integers(pa: Any, column: Any, reader: Reader) -> Integers:
    """Return the numbers of a column of integers, 0 where there is none."""
    import pyarrow.compute as pc

    found: Integers = pc.fill_null(column.cast(pa.int64(), safe=False), 0).to_numpy(zero_copy_only=False)
    return reader.integers(found)


def _texts(pa: Any, column: Any, reader: Reader) -> Integers:
    """Return the numbers of a column of texts, 0 where there is none."""
    import numpy as np
    import pyarrow.compute as pc

    column = pc.fill_null(column.cast(pa.large_string()), "")
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    octets = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    found = reader.cells(octets, ends[:-1], ends[1:] - ends[:-1])
    rest = np.flatnonzero(found == 0)
    if len(rest):
        for i, written in zip(rest, column.take(pa.array(rest)).to_pylist(), strict=True):
            found[i] = reader.text(written.strip())
    return found


class _Entries:
    """Numbers with their instants, which become objects when they are asked for."""

    __slots__ = ("_columns",)

    def __init__(self, *columns: Any) -> None:
        """Take the numbers, and as many beginnings and ends."""
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns[0])

    def __iter__(self) -> Iterator[tuple[int, float, float]]:
        return zip(*(column.tolist() for column in self._columns), strict=True)

    def __contains__(self, entry: object) -> bool:
        return entry in tuple(self)


def _batch(path: Path, numbers: Integers, dates: Sequence[Any], done: int, timezone: str) -> Batch:
    """Return the batch of some numbers and their dates."""
    import numpy as np

    count = len(numbers)
    there = numbers > 0
    skipped = array("q", (np.flatnonzero(~there) + 1).tolist())
    since, bad_since = _edges(path, dates[0], count, timezone, ends=False)
    until, bad_until = _edges(path, dates[1], count, timezone, ends=True)
    dated = there & ~(np.isnan(since) & np.isnan(until))
    undated = array("q", (np.flatnonzero(there & (bad_since | bad_until)) + 1).tolist())
    entries = _Entries(numbers[dated], since[dated], until[dated])
    plain = there & ~dated
    return Batch(numbers if plain.all() else numbers[plain], count, done, entries, skipped, undated, count)


def _edges(path: Path, column: Any, count: int, timezone: str, *, ends: bool) -> tuple[Any, Flags]:
    """Return the instants of a column of dates, not a number where there is none, and where one could not be read."""
    import numpy as np
    import pyarrow as pa

    found, bad = np.full(count, NONE), np.zeros(count, bool)
    if column is None or column.null_count == count:
        return found, bad
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz and "UTC"), safe=False)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    values, strange = [], []
    for scalar in column.dictionary:
        instant, unread = _edge(path, scalar, timezone, ends=ends)
        values.append(instant)
        strange.append(unread)
    there = np.flatnonzero(column.indices.is_valid().to_numpy(zero_copy_only=False))
    which = column.indices.drop_null().to_numpy()
    found[there] = np.array(values)[which]
    bad[there] = np.array(strange)[which]
    return found, bad


def _edge(path: Path, scalar: Any, timezone: str, *, ends: bool) -> tuple[float, bool]:
    """Return the instant that a value means, and whether it could not be read; a timestamp without a zone is no instant."""
    try:
        value = scalar.as_py()
        if value is None or (isinstance(value, str) and not value.strip()):
            return NONE, False
        return float(clock.edge(value, timezone, ends=ends)), False
    except (ValueError, TypeError, OverflowError) as error:
        if not timezone:
            raise SourceError.needs_zone(path) from error
        return NONE, True
