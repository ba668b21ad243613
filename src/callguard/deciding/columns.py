"""What callers hand over to be scrubbed, as buffers: int64, text by its offsets, or a list of Python's objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

_TEXT: Final = ("string", "large_string", "string_view")


@attrs.frozen(slots=True, eq=False, kw_only=True)
class Column:
    """Rows of one kind: `integers`, or `offsets` and `data` of text, or `items`; `values` gives a row back as Python's object."""

    rows: int
    values: Any
    items: list[Any] | None = None
    integers: Buffer | None = None
    offsets: Buffer | None = None
    data: Buffer | None = None

    def value(self, row: int) -> Any:
        """Return a row's text or int; None for an Arrow null."""
        value = self.values[row]
        if self.items is not None:
            return value
        return value.as_py() if hasattr(value, "as_py") else int(value)

    def nulls(self) -> Iterator[int]:
        """Yield the rows that are null."""
        if self.items is None and hasattr(self.values, "is_null") and self.values.null_count:
            yield from (row for row, null in enumerate(self.values.is_null().to_pylist()) if null)


def columns(callees: Any) -> tuple[int, list[Column]]:
    """Return how many callees there are, and their columns; TypeError for callees of another kind."""
    if type(callees).__module__.partition(".")[0] == "pyarrow":
        return _arrow(callees)
    if type(callees).__module__.partition(".")[0] == "numpy":
        if callees.dtype.kind not in "iu" or callees.dtype.itemsize != 8 or callees.ndim != 1:
            raise TypeError(f"callees are a NumPy array of {callees.dtype}; accepted: int64 or uint64, of one dimension")
        whole = callees.astype(callees.dtype.newbyteorder("="), order="C", copy=False)
        return len(whole), [Column(rows=len(whole), values=callees, integers=memoryview(whole).cast("B"))] if len(whole) else []
    if isinstance(callees, str | bytes) or not hasattr(callees, "__iter__"):
        raise TypeError(f"callees are a {type(callees).__name__}; accepted: a list of text or ints, a NumPy or an Arrow array")
    listed = callees if type(callees) is list else list(callees)
    return len(listed), [Column(rows=len(listed), values=listed, items=listed)]


def _arrow(callees: Any) -> tuple[int, list[Column]]:
    import pyarrow as pa

    kind = getattr(callees, "type", None)
    if kind is None or not (str(kind) in _TEXT or kind in (pa.int64(), pa.uint64())):
        raise TypeError(f"callees are an Arrow {kind}; accepted: strings, int64 or uint64")
    chunks = callees.chunks if isinstance(callees, pa.ChunkedArray) else [callees]
    return len(callees), [_chunk(pa, chunk, str(kind)) for chunk in chunks if len(chunk)]


def _chunk(pa: Any, chunk: Any, kind: str) -> Column:
    rows = len(chunk)
    if kind == "string_view":
        chunk, kind = chunk.cast(pa.large_string()), "large_string"
    buffers = chunk.buffers()
    if kind not in _TEXT:
        values = memoryview(buffers[1]).cast("B")[8 * chunk.offset : 8 * (chunk.offset + rows)]
        return Column(rows=rows, values=chunk, integers=values)
    width = 4 if kind == "string" else 8
    offsets = memoryview(buffers[1]).cast("B")[width * chunk.offset : width * (chunk.offset + rows + 1)]
    data = memoryview(b"\0" if buffers[2] is None or not buffers[2].size else buffers[2])
    return Column(rows=rows, values=chunk, offsets=offsets.cast("I" if width == 4 else "q"), data=data)
