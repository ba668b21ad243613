"""CSV files screened row by row, in memory that does not grow with the file."""

from __future__ import annotations

import codecs
import csv
import io
import re
from contextlib import suppress
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Final

import attrs

from callguard import clock
from callguard.batch import columns
from callguard.batch.files import HEAD, TableError
from callguard.model import Decision, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from callguard.guard import Line

ADDED: Final = ("callguard_reason", "callguard_message", "callguard_retry_at")
CHUNK: Final = 4_096
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
_SPREADSHEET: Final = re.compile(r"""\s*(?:'.*\d|=\s*["'+\d]|[-+]?\d+(?:\.\d+)?[eE]\+?\d+\s*$|\+?\d{5,}\.0*\s*$)""", re.DOTALL)
UNDECIDED: Final = "undecided"  # no Reason: nothing was decided, as the row's own place cannot be read
_UNDECIDED: Final = {
    "en": "The place told for this row cannot be read, or is in another country than the number: the row was not decided.",
    "zh": "本行所写地点无法识别, 或与号码不在同一国家或地区: 未作判断。",
}
_ALLOWED: Final = Decision(Reason.ALLOWED)
_FIRST: Final = 8
_MOST: Final = 10_000


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
    undecided: int = 0  # rows whose place cannot be read; they have no reason
    first_undecided: list[int] = attrs.field(factory=list)
    spreadsheet: int = 0  # cells as a spreadsheet leaves them: its own text, or rounded
    folded: int = 0  # records of more than one line
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
    encoding = encoding_of(raw, whole=whole)
    text = io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline="")
    head = list(islice(text, 1_000))
    if not head:
        raise TableError("empty")
    delimiter = delimiter_of(head)
    records = records_of(chain(head, text), delimiter)
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
    counts: dict[Reason, int] = {}
    answers = _Answers(lang, timezone)
    while chunk := list(islice(table.records, CHUNK)):
        callees = [cells[table.column.index] if table.column.index < len(cells) else "" for _, cells in chunk]
        places = [_told(cells, table.place) for _, cells in chunk]
        for (lines, row), callee, decision in zip(chunk, callees, _decisions(line, callees, places, at), strict=True):
            summary.rows += 1
            if lines > 1:
                summary.folded += 1
                summary.first_folded = summary.first_folded or summary.rows
            if decision is None:
                summary.undecided += 1
                summary.first_undecided += [summary.rows] if summary.undecided <= _FIRST else []
                answer = (UNDECIDED, _UNDECIDED[lang], "")
            else:
                counts[decision.reason] = counts.get(decision.reason, 0) + 1
                summary.spreadsheet += decision.reason is Reason.INVALID_NUMBER and _SPREADSHEET.match(callee) is not None
                answer = answers.of(decision)
            cells = row + [""] * (width - len(row))
            writer.writerow([*(cells[i] for i in kept), *answer, *cells[width:]])
        progress(table.raw.tell() if table.raw.seekable() else 0, summary.rows)
    text.flush()
    text.detach()
    summary.counts = dict(sorted(counts.items(), key=lambda item: item[0].code))
    return summary


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


def records_of(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
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


def _told(cells: Sequence[str], place: int | None) -> str | None:
    """Return what a row says of where its callee is; None where it says nothing."""
    return cells[place].strip() or None if place is not None and place < len(cells) else None


def _decisions(line: Line, callees: list[str], places: list[str | None], at: float) -> Iterator[Decision | None]:
    """Yield each row's decision; None where its place cannot be read, since to leave it out would be a guess."""
    codes = line.scrub(callees, at=at).codes if not any(places) else None
    for i, callee in enumerate(callees):
        if codes is not None and not codes[i]:
            yield _ALLOWED
            continue
        try:
            yield line.may_dial(callee, at=at, place=places[i])
        except ValueError:
            yield None


class _Answers:
    """The three cells of a denial, worked out once for each that is the same."""

    def __init__(self, lang: str, timezone: str) -> None:
        self._lang = lang
        self._timezone = timezone
        self._known: dict[Decision, tuple[str, str, str]] = {}

    def of(self, decision: Decision) -> tuple[str, str, str]:
        """Return the reason, the sentence, and when to try again: ISO 8601 with the zone's offset, empty where there is none."""
        cells = self._known.get(decision)
        if cells is None:
            retry = "" if decision or decision.retry_s is None else clock.datetime_of(decision.retry_s, self._timezone).isoformat()
            message = "" if decision else decision.message_in(self._lang)
            cells = (decision.reason.value, message, retry)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[decision] = cells
        return cells
