"""What a table is written as: text, Parquet, Arrow or a workbook, each a way to turn pieces into bytes.

A file is a sequence of segments, each encoded apart, so that one can be written while others are encoded, and a run that broke
off goes on behind the last that was kept. The same pieces make the same bytes.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import attrs

from callguard.batch import footer
from callguard.batch.answers import ADDED
from callguard.batch.arrow import library
from callguard.batch.excel import Workbook
from callguard.batch.files import TableError
from callguard.batch.packed import SUFFIXES as PACKED
from callguard.batch.packed import Packing
from callguard.batch.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.batch.pieces import Piece, Shape

Kind = Literal["text", "parquet", "arrow", "stream", "excel"]
_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "text"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".arrow", ".feather", ".ipc"), "arrow"),
    ".arrows": "stream",
    ".xlsx": "excel",
}
_NOT_WRITTEN: Final = (".xls", ".xlsb", ".xlsm", ".ods", ".json", ".jsonl", ".orc", ".avro", ".zip", ".bz2", ".xz")


@attrs.frozen
class Form:
    """How a table is written; `encoding`, `delimiter` and `newline` are a text's, `packing` how it is packed."""

    kind: Kind
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\n"
    packing: Packing | None = None


def kind_of(name: str) -> tuple[Kind | None, Packing | None]:
    """Return what a file's name says that it is, and how it is packed; TableError for what is not written."""
    path = Path(name)
    packing = PACKED.get(path.suffix.lower())
    suffix = (Path(path.stem) if packing else path).suffix.lower()
    if suffix in _NOT_WRITTEN:
        raise TableError("form", suffix=suffix)
    kind = _KINDS.get(suffix)
    if packing and kind not in {None, "text"}:
        raise TableError("form", suffix=suffix + path.suffix.lower())
    return kind, packing


def known(name: str) -> bool:
    """Return whether a file's name is one of a table that is read."""
    try:
        return kind_of(name)[0] is not None
    except TableError:
        return False


def form_for(out: str, read: Form) -> Form:
    """Return how a file is written: as its name says, where that says nothing as what was read."""
    if out == "-":
        return read if read.kind == "text" and read.packing is None else attrs.evolve(read, kind="text", packing=None)
    kind, packing = kind_of(out)
    if kind is None and packing is None:
        return read
    if read.kind == "text" and kind in {"text", None}:
        return attrs.evolve(read, packing=packing)
    return Form(kind or "text", delimiter="\t" if ".tsv" in Path(out).suffixes else ",", packing=packing)


class Encoder(Protocol):
    """Turns pieces into the segments of a file."""

    lasting: bool  # whether segments stand by themselves

    def segment(self, pieces: Sequence[Piece], *, first: bool) -> tuple[Any, str]:
        """Return the bytes of a segment, and a note that is needed at the end."""

    def ending(self, starts: Sequence[int], notes: Sequence[str]) -> bytes:
        """Return the file's last bytes; `starts` are where its segments begin."""

    def close(self) -> None:
        """Let go of what is open."""

    def finish(self, path: Path) -> None:
        """Make what takes the file's name, with the suffix `.file` beside it, where the bytes that were written are not that."""


def encoder(form: Form, shape: Shape, timezone: str) -> Encoder:
    """Return what encodes a form."""
    if form.kind == "text":
        return Texts(form, shape, timezone)
    if form.kind == "excel":
        return _Excel(shape, timezone)
    return _Parquet(shape) if form.kind == "parquet" else _Arrow(shape, stream=form.kind == "stream")


class _Excel:
    lasting = False

    def __init__(self, shape: Shape, timezone: str) -> None:
        self._shape, self._timezone, self._book = shape, timezone, Workbook()

    def segment(self, pieces: Sequence[Piece], *, first: bool) -> tuple[Any, str]:
        if first:
            self._book.write([[*self._shape.names, *ADDED]])
        for piece in pieces:
            self._book.write(piece.lines(self._shape, self._timezone))
        return b"", ""

    def ending(self, starts: Sequence[int], notes: Sequence[str]) -> bytes:  # noqa: ARG002 - as all encoders
        return self._book.ended()

    def close(self) -> None:
        self._book.close()

    def finish(self, path: Path) -> None:
        """Nothing is left to do."""


class _Parquet:
    lasting = True

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._schema = shape.arrow(encoded=True)
        self._plain = shape.arrow(encoded=False)

    def segment(self, pieces: Sequence[Piece], *, first: bool) -> tuple[Any, str]:
        from pyarrow import parquet

        table = library().Table.from_batches([piece.batch(self._shape, self._schema) for piece in pieces], self._schema)
        sink = library().BufferOutputStream()
        parquet.write_table(table, sink, row_group_size=max(len(table), 1))
        body, end = footer.cut(memoryview(sink.getvalue()))
        return (footer.MAGIC + bytes(body) if first else body), b64encode(end).decode()

    def ending(self, starts: Sequence[int], notes: Sequence[str]) -> bytes:
        # the answers are encoded as dictionaries, and are plain text to whoever reads them
        schema = b64encode(memoryview(self._plain.serialize()))
        parts = [(max(start, len(footer.MAGIC)), b64decode(note)) for start, note in zip(starts, notes, strict=True)]
        return footer.joined(parts, schema)

    def close(self) -> None:
        """Nothing is open."""

    def finish(self, path: Path) -> None:
        """Nothing is left to do."""


class _Arrow:
    """Segments are messages of an Arrow stream; the file format, which has a footer, is made of the stream at the end."""

    lasting = True

    def __init__(self, shape: Shape, *, stream: bool) -> None:
        self._shape, self._stream = shape, stream
        self._schema = shape.arrow(encoded=False, decode=True)

    def segment(self, pieces: Sequence[Piece], *, first: bool) -> tuple[Any, str]:
        parts = [memoryview(self._schema.serialize())] if first else []
        parts += [memoryview(piece.batch(self._shape, self._schema).serialize()) for piece in pieces if len(piece)]
        return b"".join(parts), ""

    def ending(self, starts: Sequence[int], notes: Sequence[str]) -> bytes:  # noqa: ARG002 - as all encoders
        return b"\xff\xff\xff\xff\0\0\0\0"

    def close(self) -> None:
        """Nothing is open."""

    def finish(self, path: Path) -> None:
        if self._stream:
            return
        pa = library()
        with (
            pa.memory_map(str(path)) as source,
            pa.ipc.open_stream(source) as batches,
            pa.OSFile(str(path.with_suffix(".file")), "wb") as sink,
            pa.ipc.new_file(sink, batches.schema) as file,
        ):
            for batch in batches:
                file.write_batch(batch)
