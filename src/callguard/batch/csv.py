"""CSV files screened row by row, in memory that does not grow with the file."""

from __future__ import annotations

import codecs
import csv
import io
import os
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

import attrs

from callguard import clock
from callguard.batch import columns
from callguard.errors import CallguardError
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from callguard.guard import Line

ADDED: Final = ("callguard_reason", "callguard_message", "callguard_retry_at")
CHUNK: Final = 4_096
_HEAD: Final = 1 << 20
_DELIMITERS: Final = ",\t;|"
_NOT_TEXT: Final = {
    b"PK\x03\x04": "a spreadsheet or another zip file",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
    b"ARROW1": "an Arrow file",
    b"%PDF": "a PDF",
}


class TableError(CallguardError):
    """A file cannot be screened; `key` names why, `facts` what there is to say of it."""

    def __init__(self, key: str, **facts: object) -> None:
        """Keep the key and the facts; the command line has the sentences."""
        self.key = key
        self.facts = facts
        super().__init__(f"{key}: " + ", ".join(f"{name} {value}" for name, value in facts.items()))


@attrs.define
class Summary:
    """What became of a file: how it was read, and how many rows have which reason."""

    column: columns.Choice
    encoding: str
    delimiter: str
    header: bool
    place_column: str | None = None
    rows: int = 0
    counts: dict[Reason, int] = attrs.field(factory=dict)
    places_unread: int = 0
    folded: int = 0  # records of more than one line: often a quotation mark that is never closed
    first_folded: int | None = None

    @property
    def allowed(self) -> int:
        """How many rows may be called."""
        return self.counts.get(Reason.ALLOWED, 0)


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
    records: Iterator[tuple[int, list[str]]]
    raw: IO[bytes]
    text: io.TextIOWrapper  # kept: when it goes, it closes the file


def open_table(
    raw: IO[bytes], line: Line, *, column: str | None = None, place_column: str | None = None, whole: bool = True
) -> Table:
    """Read the head of a CSV file and choose its columns; TableError where there is no text, no row, no such column."""
    encoding = _encoding(raw, whole=whole)
    text = io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline="")
    head = list(islice(text, 1_000))
    if not head:
        raise TableError("empty")
    delimiter = _delimiter(head)
    records = _records(chain(head, text), delimiter)
    first = next((record for record in records if any(cell.strip() for cell in record[1])), None)
    if first is None:
        raise TableError("empty")
    sample = list(islice(records, columns.SAMPLE))

    def reads(values: Sequence[str]) -> list[bool]:
        return [code != Reason.INVALID_NUMBER.code for code in bytes(line.scrub(list(values)).codes)]

    named = columns.has_header(first[1], reads)
    header = tuple(first[1]) if named else tuple(str(i) for i in range(1, len(first[1]) + 1))
    body = sample if named else [first, *sample]
    choice = _column(header, [cells for _, cells in body], reads, column)
    place = None if place_column is None else _find(header, place_column)
    newline = "\r\n" if head[0].endswith("\r\n") else "\n"
    return Table(header, named, choice, place, encoding, delimiter, newline, chain(body, records), raw, text)


def screen(
    table: Table,
    line: Line,
    out: IO[bytes],
    *,
    at: float,
    lang: str = "en",
    timezone: str = "UTC",
    progress: Callable[[int, int], None] = lambda _bytes, _rows: None,
) -> Summary:
    """Write every row of a table with its reason, sentence and `retry_at`, all of one instant; returns what became of it."""
    summary = Summary(table.column, table.encoding, table.delimiter, table.named)
    kept = [i for i, name in enumerate(table.header) if not (table.named and name in ADDED)]
    summary.place_column = None if table.place is None else table.header[table.place]
    text = io.TextIOWrapper(out, encoding=table.encoding, errors="surrogateescape", newline="", write_through=False)
    writer = csv.writer(text, delimiter=table.delimiter, lineterminator=table.newline)
    writer.writerow([*(table.header[i] for i in kept), *ADDED])
    width = len(table.header)
    counts: dict[int, int] = {}
    while chunk := list(islice(table.records, CHUNK)):
        callees = [cells[table.column.index] if table.column.index < len(cells) else "" for _, cells in chunk]
        places = None if table.place is None else [cells[table.place] if table.place < len(cells) else "" for _, cells in chunk]
        codes, told, unread = _codes(line, callees, places, at)
        summary.places_unread += unread
        for (lines, row), code, callee, place in zip(chunk, codes, callees, told, strict=True):
            counts[code] = counts.get(code, 0) + 1
            if lines > 1:
                summary.folded += 1
                summary.first_folded = summary.first_folded or summary.rows + 1
            summary.rows += 1
            cells = row + [""] * (width - len(row))
            answer = ("allowed", "", "")
            if code:
                decision = line.may_dial(callee, at=at, place=place)
                answer = (decision.reason.value, decision.message_in(lang), _written(decision.retry_at, timezone))
            writer.writerow([*(cells[i] for i in kept), *answer, *cells[width:]])
        progress(table.raw.tell() if table.raw.seekable() else 0, summary.rows)
    text.flush()
    text.detach()
    summary.counts = {Reason.from_code(code): n for code, n in sorted(counts.items())}
    return summary


@contextmanager
def opened(source: str) -> Iterator[tuple[IO[bytes], int | None]]:
    """Open a file, or standard input for `-`; gives its size, None where that cannot be known."""
    import sys

    if source == "-":
        yield io.BufferedReader(cast("io.RawIOBase", sys.stdin.buffer), _HEAD), None
        return
    path = Path(source)
    with path.open("rb") as file:
        yield file, path.stat().st_size if path.is_file() else None


@contextmanager
def written(target: str) -> Iterator[IO[bytes]]:
    """Open a file to be written beside its name, which it takes when all is done; standard output for `-`."""
    import sys

    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target).resolve()
    if path.exists() and not path.is_file():  # a pipe, /dev/null: nothing to rename over
        with path.open("wb") as file:
            yield file
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            yield file
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _encoding(raw: IO[bytes], *, whole: bool) -> str:
    """Return the encoding of a file, which is read through once where it can be; of a pipe by its head."""
    head: bytes = raw.read(_HEAD) if whole else raw.peek(_HEAD)[:_HEAD]  # type: ignore[attr-defined]
    for magic, what in _NOT_TEXT.items():
        if head.startswith(magic):
            raise TableError("not-text", what=what)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        found = "utf-16"
    else:
        found = "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else "utf-8"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            part = head
            while part:
                decoder.decode(part)
                part = raw.read(_HEAD) if whole else b""
            decoder.decode(b"", final=whole)
        except UnicodeDecodeError:
            found = "gb18030"
    if whole:
        raw.seek(0)
    return found


def _delimiter(head: Sequence[str]) -> str:
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


def _records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of lines that it takes; TableError where a record cannot end."""
    reader = csv.reader(lines, delimiter=delimiter)
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError("record", line=before + 1, error=error) from error
        yield reader.line_num - before, cells
        before = reader.line_num


def _find(header: Sequence[str], name: str) -> int:
    """Return the index of a column that the user named."""
    try:
        return columns.find(header, name)
    except ValueError:
        raise TableError("no-column", name=name, columns=", ".join(header)) from None


def _column(
    header: Sequence[str], rows: Sequence[list[str]], reads: Callable[[Sequence[str]], list[bool]], name: str | None
) -> columns.Choice:
    """Return the column of numbers."""
    if name is not None:
        index = _find(header, name)
        return columns.Choice(index, header[index], "named")
    found = columns.choose(header, rows, reads)
    if found is None:
        raise TableError("no-numbers", columns=", ".join(header))
    return found


def _codes(line: Line, callees: list[str], places: list[str] | None, at: float) -> tuple[bytes, list[str | None], int]:
    """Return the reason codes, the places as taken, and how many were not: no place, or one of another country."""
    if places is None:
        return bytes(line.scrub(callees, at=at).codes), [None] * len(callees), 0
    told: list[str | None] = [place.strip() or None for place in places]
    try:
        return bytes(line.scrub(callees, at=at, places=told).codes), told, 0
    except ValueError:
        if len(callees) == 1:
            return bytes(line.scrub(callees, at=at).codes), [None], 1
    half = len(callees) // 2
    first, second = (_codes(line, callees[part], places[part], at) for part in (slice(half), slice(half, None)))
    return first[0] + second[0], first[1] + second[1], first[2] + second[2]


def _written(at: datetime | None, timezone: str) -> str:
    """Return an instant in ISO 8601 with the zone's offset; empty where there is none."""
    return "" if at is None else clock.datetime_of(at.timestamp(), timezone).isoformat()
