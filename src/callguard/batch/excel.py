"""Sheets of Excel workbooks, read as rows of text and written."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time
from io import BytesIO
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any, Final

from callguard.batch.files import TableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAGIC: Final = b"PK\x03\x04"
_MOST: Final = 1_048_576  # rows of a sheet
_STRINGS: Final = 1 << 30  # bytes of a workbook's texts, which are in memory as a whole
_EXACT: Final = 10**15  # below it a cell keeps every digit of a whole number
_HELD: Final = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]*")


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
    """Return a cell as text: whole numbers by their digits, others so that they are no phone number, instants in ISO 8601.

    All numbers of a cell are floating-point ones, whichever way a file writes them: some write 13800000000 as 1.38E10.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return str(value)


class Workbook:
    """A workbook of one sheet, written row by row; whole only at its end."""

    def __init__(self) -> None:
        """TableError where the extra is not installed."""
        try:
            import xlsxwriter
        except ImportError as error:
            raise TableError("needs-excel") from error
        self._folder = TemporaryDirectory(prefix="callguard-")  # rows stand there until all are written
        self._written = BytesIO()
        self._book = xlsxwriter.Workbook(self._written, {"constant_memory": True, "tmpdir": self._folder.name})
        self._sheet = self._book.add_worksheet("callguard")
        self._rows = 0

    def write(self, lines: Iterable[list[Any]]) -> None:
        """Write rows; TableError where a sheet has no room for them, or a cell for a text."""
        text, number = self._sheet.write_string, self._sheet.write_number
        for line in lines:
            row = self._rows
            self._rows += 1
            if self._rows > _MOST:
                raise TableError("sheet-full", most=_MOST)
            for column, value in enumerate(line):
                if isinstance(value, int | float) and abs(value) < _EXACT:
                    failed = number(row, column, value)
                else:
                    written = str(value)  # never a formula, nor a number that Excel would round
                    failed = not _HELD.fullmatch(written) or (written and text(row, column, written))
                if failed:  # it cuts off a text that is too long, and leaves out a column that is too many: no cell may be lost
                    raise TableError("cell", row=row)

    def ended(self) -> bytes:
        """Return the workbook's bytes."""
        self._book.close()
        self._folder.cleanup()
        return self._written.getvalue()

    def close(self) -> None:
        """Let go of what was written, where it is not a whole workbook."""
        if not self._book.fileclosed:
            self._book.fileclosed = True
            self._sheet.row_data_fh.close()
            self._folder.cleanup()
