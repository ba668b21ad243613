"""Files of Parquet and Arrow, read batch by batch from any row on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import ExitStack
    from pathlib import Path

STREAM: Final = b"\xff\xff\xff\xff"  # how each message of an Arrow stream begins
_END: Final = b"\xff\xff\xff\xff\0\0\0\0"  # what ends one
ROWS: Final = 1 << 17


class Reader(ABC):
    """Reads record batches; `rows` is how many rows there are, None where that is not known."""

    schema: Any
    rows: int | None = None

    @abstractmethod
    def batches(self, skip: int) -> Iterator[Any]:
        """Yield the batches behind some rows."""


class _Parquet(Reader):
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
            for batch in self._file.iter_batches(ROWS, row_groups=[i]):
                if skip < batch.num_rows:
                    yield batch.slice(skip)
                skip = max(skip - batch.num_rows, 0)


class _ArrowFile(Reader):
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


class _ArrowStream(Reader):
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


READERS: Final[dict[str, Callable[[Any, Path, ExitStack], Reader]]] = {
    "parquet": _Parquet,
    "arrow": _ArrowFile,
    "stream": _ArrowStream,
}
