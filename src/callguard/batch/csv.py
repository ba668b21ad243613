"""CSV files read: their encoding, their delimiter, their columns, and their records as they come."""

from __future__ import annotations

import codecs
import csv
import io
from contextlib import suppress
from itertools import chain, count, islice
from typing import IO, TYPE_CHECKING, Final

import attrs

from callguard.batch import columns
from callguard.batch.files import HEAD, TableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Record = tuple[int, list[str]]  # how many lines it takes, and its cells
LONGEST: Final = 1 << 24  # characters of a line
_DELIMITERS: Final = ",\t;|"
_NOT_TEXT: Final = {
    b"PK\x03\x04": "a spreadsheet or another zip file",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
    b"ARROW1": "an Arrow file",
    b"%PDF": "a PDF",
}
_CONTROLS: Final = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1a"))


@attrs.frozen
class Table:
    """A CSV file opened: its columns, and its records still to be read."""

    header: tuple[str, ...]
    named: bool
    column: columns.Choice
    place: int | None
    encoding: str
    delimiter: str
    newline: str
    records: Iterator[Record]
    before: int  # lines that stand before the records
    read: Sequence[str] = ()  # the lines that were read so far
    raw: IO[bytes] | None = None
    text: io.TextIOWrapper | None = None  # kept: when it goes, it closes the file


def open_table(
    raw: IO[bytes],
    reads: Callable[[Sequence[str]], list[bool]],
    *,
    column: str | None = None,
    place_column: str | None = None,
    whole: bool = True,
) -> Table:
    """Read the head of a CSV file and choose its columns, by what `reads` tells of values: whether they are numbers.

    TableError where there is no text, no row, no such column.
    """
    encoding = encoding_of(raw, whole=whole)
    text = io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline="")
    lines = lines_of(text)
    head = list(islice(lines, 1_000))
    if not head:
        raise TableError("empty")
    delimiter = delimiter_of(head)
    newline = "\r\n" if head[0].endswith("\r\n") else "\n"
    read: list[str] = []
    choosing = True

    def fed() -> Iterator[str]:
        for line in chain(head, lines):
            if choosing:
                read.append(line)
            yield line

    found = table_of(records_of(fed(), delimiter), reads, column=column, place_column=place_column)
    choosing = False
    read += head[len(read) :]
    return attrs.evolve(found, encoding=encoding, delimiter=delimiter, newline=newline, read=read, raw=raw, text=text)


def table_of(
    records: Iterator[Record],
    reads: Callable[[Sequence[str]], list[bool]],
    *,
    column: str | None = None,
    place_column: str | None = None,
) -> Table:
    """Choose the columns of records, by the first that is not empty and some behind it; TableError as `open_table`."""
    before = 0
    for first in records:
        if any(cell.strip() for cell in first[1]):
            break
        before += first[0]
    else:
        raise TableError("empty")
    sample = list(islice(records, columns.SAMPLE))
    named = columns.has_header(first[1], reads)
    header = tuple(first[1]) if named else tuple(str(i) for i in range(1, len(first[1]) + 1))
    body = sample if named else [first, *sample]
    choice = column_of(header, [cells for _, cells in body], reads, column)
    place = None if place_column is None else find(header, place_column)
    return Table(header, named, choice, place, "utf-8", ",", "\n", chain(body, records), before + (first[0] if named else 0))


def lines_of(text: io.TextIOBase) -> Iterator[str]:
    """Yield the lines of a text; TableError for one that does not end, before it fills the memory."""
    for number in count(1):
        line = text.readline(LONGEST)
        if not line:
            return
        if len(line) == LONGEST and not line.endswith("\n"):
            raise TableError("line", line=str(number), most=LONGEST >> 20)
        yield line


def encoding_of(raw: IO[bytes], *, whole: bool) -> str:
    """Return the encoding of a file, which is read through once where it can be; of a pipe by its head."""
    head: bytes = raw.read(HEAD) if whole else raw.peek(HEAD)[:HEAD]  # type: ignore[attr-defined]
    for magic, what in _NOT_TEXT.items():
        if head.startswith(magic):
            raise TableError("not-text", what=what)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        found = "utf-16"
    else:
        found = "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else "utf-8"
        decoder = codecs.getincrementaldecoder("utf-8")()
        part = head
        while True:
            controls = len(part) - len(part.translate(None, _CONTROLS))
            if b"\0" in part or controls > max(3, len(part) // 50):
                raise TableError("binary")
            if found != "gb18030":
                try:
                    decoder.decode(part, final=whole and not part)
                except UnicodeDecodeError:
                    found = "gb18030"
            if not part or not whole:
                break
            part = raw.read(HEAD)
    if whole:
        raw.seek(0)
    return found


def delimiter_of(head: Sequence[str]) -> str:
    """Return the delimiter that cuts the most of the first rows into as many cells as the very first, more than one."""
    best, found = 0, ","
    for delimiter in _DELIMITERS:
        widths: list[int] = []
        with suppress(csv.Error):  # told with its line when the rows are read
            widths += (len(cells) for cells in csv.reader(head[:50], delimiter=delimiter))
        same = sum(width == widths[0] for width in widths)
        if same > best and widths[0] > 1:
            best, found = same, delimiter
    return found


def records_of(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Yield each record with the number of lines that it takes; TableError where a record cannot be read, or never ends."""
    ended = False

    def fed() -> Iterator[str]:
        nonlocal ended
        yield from lines
        ended = True

    reader = csv.reader(fed(), delimiter=delimiter)
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError("record", line=str(before + 1), error=error) from error
        if ended:  # the reader looks behind the last line only when a quotation mark is still open
            raise TableError("unclosed", line=str(before + 1))
        yield reader.line_num - before, cells
        before = reader.line_num


def find(header: Sequence[str], name: str) -> int:
    """Return the index of a column that the user named."""
    try:
        return columns.find(header, name)
    except ValueError:
        raise TableError("no-column", name=name, columns=", ".join(header)) from None


def column_of(
    header: Sequence[str], rows: Sequence[list[str]], reads: Callable[[Sequence[str]], list[bool]], name: str | None
) -> columns.Choice:
    """Return the column of numbers."""
    if name is not None:
        index = find(header, name)
        return columns.Choice(index, header[index], "named")
    found = columns.choose(header, rows, reads)
    if found is None:
        raise TableError("no-numbers", columns=", ".join(header))
    return found
