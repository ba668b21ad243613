"""Tables written as text: cells quoted where they must be, so that whoever reads them finds the same cells."""

from __future__ import annotations

import csv
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from callguard.batch.answers import ADDED
from callguard.batch.packed import packed
from callguard.batch.pieces import Batch, Cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from callguard.batch.answers import Answer
    from callguard.batch.forms import Form
    from callguard.batch.pieces import Piece, Shape

_END: Final = "\r\n"  # the csv module quotes cells for what their lines end with: what has either of the two needs it
_WITHOUT_MARK: Final = {"utf-8-sig": "utf-8"}


class Texts:
    """Encodes pieces as text."""

    lasting = True

    def __init__(self, form: Form, shape: Shape, timezone: str) -> None:
        self._form, self._shape, self._timezone = form, shape, timezone

    def segment(self, pieces: Sequence[Piece], *, first: bool) -> tuple[Any, str]:
        """Return the bytes of pieces, the `first` with the names of the columns."""
        form = self._form
        parts: list[str] = []
        writer = _writer(lambda row: parts.append(row[: -len(_END)]), form)
        if first:
            writer.writerow([*self._shape.names, *ADDED])
            parts.append(form.newline)
        for piece in pieces:
            if isinstance(piece, Cells):
                self._cells(piece, writer, parts)
            elif isinstance(piece, Batch):
                parts += self._batch(piece)
        return packed(self._encoded("".join(parts), first=first), form.packing), ""

    def _cells(self, piece: Cells, writer: Any, parts: list[str]) -> None:
        """Write rows of text; what is plain, as it stands."""
        newline, kept, width = self._form.newline, self._shape.kept, self._shape.width
        told, ends = self._told(piece.answers)
        whole, alone = len(kept) == width, len(kept) < 2
        for cells, plain, index in zip(piece.cells, piece.plain or repeat(None), piece.which, strict=False):
            if len(cells) == width and not alone:  # a row of one empty cell would be quoted, one of several is not
                if plain is not None and whole:
                    parts.append(plain)
                else:
                    writer.writerow(cells if whole else [cells[i] for i in kept])
                parts.append(ends[index])
            else:
                row = cells + [""] * (width - len(cells))
                writer.writerow([*(row[i] for i in kept), *told[index], *row[width:]])
                parts.append(newline)

    def _batch(self, piece: Batch) -> Iterator[str]:
        """Yield rows of Arrow."""
        told, ends = self._told(piece.answered.answers)
        which = piece.answered.which.tolist()
        found: list[str] = []
        if len(self._shape.kept) < 2:
            _writer(found.append, self._form).writerows(
                [*cells, *told[i]] for cells, i in zip(piece.own(self._shape), which, strict=True)
            )
            return (row[: -len(_END)] + self._form.newline for row in found)
        _writer(found.append, self._form).writerows(piece.own(self._shape))
        return (row[: -len(_END)] + ends[i] for row, i in zip(found, which, strict=True))

    def _told(self, answers: Sequence[Answer]) -> tuple[list[list[str]], list[str]]:
        """Return the cells of each answer, and how a row of it ends behind its own cells."""
        told = [[answer.reason, answer.message, answer.retry_at(self._timezone)] for answer in answers]
        ends: list[str] = []
        writer = _writer(lambda row: ends.append(row[: -len(_END)] + self._form.newline), self._form)
        writer.writerows(["", *cells] for cells in told)
        return told, ends

    def _encoded(self, text: str, *, first: bool) -> bytes:
        encoding = self._form.encoding
        if encoding == "utf-16":
            return (b"\xff\xfe" if first else b"") + text.encode("utf-16-le", "surrogateescape")
        if not first:  # the mark of the byte order stands at the beginning alone
            encoding = _WITHOUT_MARK.get(encoding, encoding)
        return text.encode(encoding, "surrogateescape")

    def ending(self, starts: Sequence[int], notes: Sequence[str]) -> bytes:  # noqa: ARG002 - as all encoders
        """Return nothing: a text may end anywhere."""
        return b""

    def close(self) -> None:
        """Nothing is open."""

    def finish(self, path: Path) -> None:
        """Nothing is left to do."""


class _Sink:
    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write


def _writer(write: Callable[[str], object], form: Form) -> Any:
    """Return what writes rows, and tells each as text that ends with `_END`."""
    return csv.writer(_Sink(write), delimiter=form.delimiter, lineterminator=_END)
