"""Lists in Arrow and Parquet files: the column `number`, else the only one, and if they like `since` and `until`."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Final

from callguard import clock
from callguard.index.batches import NONE, Batch, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from callguard.index.reading import Flags, Integers, Reader

ARROW_MAGIC: Final = b"ARROW1"
PARQUET_MAGIC: Final = b"PAR1"
_ROWS: Final = 1 << 17
_PACKED: Final = 1 << 20
_EDGES: Final = ("since", "until")


def batches(path: Path, reader: Reader, timezone: str) -> Iterator[Batch]:
    """Read an Arrow file or stream, or a Parquet file, batch by batch; null is no number, and rows count from 1.

    SourceError for a file that is none, or whose column cannot be told or is no text and no integers.
    """
    pa = _library(path)
    with path.open("rb") as file:
        parquet = file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
    try:
        yield from _read(pa, path, reader, timezone, _parquet(path) if parquet else _arrow(pa, path))
    except (pa.ArrowException, OSError, KeyError) as error:
        kind = "Arrow or Parquet"
        raise SourceError(
            "table", path, f"which cannot be read as {kind} ({error})", f"a whole {kind} file", why=str(error)
        ) from error


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


def _library(path: Path) -> Any:
    try:
        import numpy as np
        import pyarrow as pa
    except ImportError as error:
        remedy = "pip install 'callguard-outbound[arrow]'"
        raise SourceError("needs-arrow", path, "a table, and what reads tables is missing", remedy) from error
    assert np
    return pa


def _parquet(path: Path) -> Iterator[tuple[Any, float]]:
    """Yield the schema, then record batches, with how much of the file has been read then, from 0 to 1."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        yield file.schema_arrow, 0
        names = _chosen(path, file.schema_arrow)
        done, rows = 0, max(file.metadata.num_rows, 1)
        for batch in file.iter_batches(_ROWS, columns=[name for name in names if name is not None]):
            done += batch.num_rows
            yield batch, done / rows


def _arrow(pa: Any, path: Path) -> Iterator[tuple[Any, float]]:
    """Do what `_parquet` does of an Arrow file or stream."""
    with pa.memory_map(str(path)) as source:
        size = max(source.size(), 1)
        if source.read(len(ARROW_MAGIC)) == ARROW_MAGIC:
            with pa.ipc.open_file(source) as file:
                yield file.schema, 0
                for i in range(file.num_record_batches):
                    yield file.get_batch(i), (i + 1) / file.num_record_batches
            return
        source.seek(0)
        with pa.ipc.open_stream(source) as stream:
            yield stream.schema, 0
            for batch in stream:
                yield batch, source.tell() / size


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


def _read(pa: Any, path: Path, reader: Reader, timezone: str, found: Iterator[tuple[Any, float]]) -> Iterator[Batch]:
    size = path.stat().st_size
    schema, before = next(found)
    number, *edges = _chosen(path, schema)
    kind = schema.field(number).type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    if not text and not pa.types.is_integer(kind):
        raise SourceError(
            "column-type", path, f"whose column `{number}` is {kind}", "text or integers", name=number, type=str(kind)
        )
    row = 0
    for whole, done in found:
        for start in range(0, whole.num_rows, _ROWS):
            part = whole.slice(start, _ROWS)
            column = part.column(number)
            if pa.types.is_dictionary(column.type):
                column = column.dictionary_decode()
            numbers = _texts(pa, column, reader) if text else _integers(pa, column, reader)
            dates = [None if name is None else part.column(name) for name in edges]
            share = before + (done - before) * (start + part.num_rows) / whole.num_rows
            yield _batch(path, numbers, dates, row, round(size * share), timezone)
            row += part.num_rows
        before = done


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


def _batch(path: Path, numbers: Integers, dates: Sequence[Any], row: int, done: int, timezone: str) -> Batch:
    """Return the batch of some numbers and their dates, rows counted behind `row`."""
    import numpy as np

    count = len(numbers)
    there = numbers > 0
    skipped = array("q", (np.flatnonzero(~there) + row + 1).tolist())
    since, bad_since = _edges(path, dates[0], count, timezone, ends=False)
    until, bad_until = _edges(path, dates[1], count, timezone, ends=True)
    dated = there & ~(np.isnan(since) & np.isnan(until))
    undated = array("q", (np.flatnonzero(there & (bad_since | bad_until)) + row + 1).tolist())
    entries = list(zip(numbers[dated].tolist(), since[dated].tolist(), until[dated].tolist(), strict=True))
    plain = there & ~dated
    return Batch(numbers if plain.all() else numbers[plain], count, done, entries, skipped, undated)


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
