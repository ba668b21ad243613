"""Sheets of Excel workbooks, read as rows of text and written."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final

from callguard.batch.files import TableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAGIC: Final = b"PK\x03\x04"
_MOST: Final = 1_048_576  # rows of a sheet
_STRINGS: Final = 1 << 30  # bytes of a workbook's texts, which are in memory as a whole
_LONGEST: Final = 32_767  # characters of a cell


def _library() -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise TableError("needs-excel") from error
    return openpyxl


def rows(file: IO[bytes], sheet: str | None) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """Return a sheet's name and its rows, as text; TableError for what is no workbook, or has several sheets and none is said."""
    openpyxl = _library()
    try:
        with zipfile.ZipFile(file) as packed:
            texts = sum(part.file_size for part in packed.infolist() if "sharedStrings" in part.filename)
        if texts > _STRINGS:
            raise TableError("workbook-large", most=_STRINGS >> 20)  # noqa: TRY301 - what is damaged is told from what is large
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        names = [found.title for found in book.worksheets if sheet is not None or not _is_empty(found)]
        name = _chosen(names, sheet)
        return name, _records(book[name])
    except TableError:
        raise
    except Exception as error:  # whatever a damaged workbook makes of the reader
        raise TableError("damaged", kind="Excel", row=1) from error


def _chosen(names: list[str], sheet: str | None) -> str:
    if sheet is not None:
        if sheet not in names:
            raise TableError("no-sheet", name=sheet, names=", ".join(names))
        return sheet
    if len(names) != 1:
        raise TableError("empty") if not names else TableError("which-sheet", names=", ".join(names))
    return names[0]


def _is_empty(sheet: Any) -> bool:
    return not any(any(value is not None for value in row) for row in sheet.iter_rows(values_only=True))


def _records(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield rows, those without anything only where others follow."""
    row, empty = 0, 0
    sheet.reset_dimensions()
    try:
        for values in sheet.iter_rows(values_only=True):
            row += 1
            cells = [_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                empty += 1
                continue
            for _ in range(empty):
                yield 1, []
            empty = 0
            yield 1, cells
    except Exception as error:  # whatever a damaged workbook makes of the reader
        raise TableError("damaged", kind="Excel", row=row + 1) from error


def _text(value: object) -> str:
    """Return a cell as text: whole numbers by their digits, others so that they are no phone number, instants in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


class Workbook:
    """A workbook of one sheet, written row by row; whole only at its end."""

    def __init__(self) -> None:
        """TableError where the extra is not installed."""
        self._book = _library().Workbook(write_only=True)
        self._sheet = self._book.create_sheet("callguard")
        self._rows = 0
        self._open = True

    def write(self, lines: Iterable[list[Any]]) -> None:
        """Write rows; TableError where a sheet has no room for them, or a cell for a text."""
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.utils.exceptions import IllegalCharacterError

        for line in lines:
            self._rows += 1
            if self._rows > _MOST:
                raise TableError("sheet-full", most=_MOST)
            cells = []
            for value in line:
                cell = WriteOnlyCell(self._sheet)
                if isinstance(value, str):
                    try:
                        if len(value) > _LONGEST:
                            raise TableError("cell", row=self._rows - 1)
                        cell.value = value
                    except IllegalCharacterError:
                        raise TableError("cell", row=self._rows - 1) from None
                    cell.data_type = "s"  # never a formula
                else:
                    cell.value = value
                cells.append(cell)
            self._sheet.append(cells)

    def ended(self) -> bytes:
        """Return the workbook's bytes."""
        written = BytesIO()
        self._open = False
        self._book.save(written)
        return written.getvalue()

    def close(self) -> None:
        """Let go of what was written, where it is not a whole workbook."""
        if self._open:
            self._open = False
            self._sheet.close()
            if self._sheet._writer is not None:  # noqa: SLF001 - it has no other way to take its temporary file away
                self._sheet._writer.cleanup()  # noqa: SLF001
