"""Text cut into blocks of whole records, which can be screened apart, and one of them screened."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.batch.answers import Counts
from callguard.batch.csv import LONGEST, lines_of, records_of
from callguard.batch.files import TableError
from callguard.batch.rows import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callguard.batch.forms import Form
    from callguard.batch.outputs import Encoding, Segments
    from callguard.batch.rows import RowScreening

SIZE: Final = 1 << 21  # characters
_TRIES: Final = 4
_NOTHING: Final = {"spreadsheet": 0, "folded": 0, "first_folded": None}


def blocks(rest: str, text: io.TextIOBase, delimiter: str) -> Iterator[str]:
    """Yield a text, of which the `rest` was read already, in blocks of whole records; where they are cut its characters alone tell.

    What stands in no whole record comes last, and is as it is found to whoever reads it.
    """
    marks = _Marks(delimiter)
    held, size, ended = rest, SIZE, False
    while True:
        while len(held) <= size and not ended:
            more = text.read(size + 1 - len(held))
            held, ended = held + more, not more
        if len(held) <= size:
            break
        end = marks.end(held, size)
        if end:
            yield held[:end]
            held, size = held[end:], SIZE
        elif _fails(held[:size], delimiter):
            break
        else:
            size *= 2
    if held:
        yield held


class _Marks:
    """Finds where records end, as the csv module reads them: at the ends of lines that stand in no quoted cell."""

    def __init__(self, delimiter: str) -> None:
        mark = re.escape(delimiter)
        quoted = r'"(?:[^"]++|"")*+"'
        # as far as all quoted cells are closed: a mark behind anything but a delimiter or an end of a line quotes nothing
        self._closed = re.compile(rf'[^"]*+(?:(?:(?:(?<=[{mark}\r\n])|\A){quoted}|(?<=[^{mark}\r\n])")[^"]*+)*+')
        cell = rf'(?:{quoted}[^{mark}\r\n]*+|[^"{mark}\r\n][^{mark}\r\n]*+)?+'
        self._records = re.compile(rf"(?:{cell}(?:{mark}{cell})*+(?:\r\n|\n|\r(?=[^\n])))*+")

    def end(self, text: str, size: int) -> int:
        """Return where the last whole record ends in so many characters of a text that is longer; 0 where none does."""
        before = size
        for _ in range(_TRIES):
            last = text.rfind("\n", 0, before) + 1
            last = max(last, text.rfind("\r", last, before - 1) + 1)
            before = _reach(self._closed, text, last)
            if before == last:
                return last
        return _reach(self._records, text, size)


def _reach(pattern: re.Pattern[str], text: str, size: int) -> int:
    found = pattern.match(text, 0, size)
    return 0 if found is None else found.end()


def _fails(text: str, delimiter: str) -> bool:
    """Return whether what begins so cannot be read, however it goes on."""
    try:
        for _ in records_of(lines_of(io.StringIO(text, newline="")), delimiter):
            pass
    except TableError as error:
        return error.key != "unclosed"
    return False


@attrs.frozen
class Screened:
    """One block screened: its segment of each output, what became of its rows, and how many lines it has."""

    segments: Segments
    counts: Counts
    extras: dict[str, Any]
    lines: int


def behind(error: TableError, rows: int, lines: int) -> TableError:
    """Return why a block cannot be read, with the place in the whole text, of which so many rows and lines are before it."""
    facts: dict[str, Any] = dict(error.facts)
    if "row" in facts:
        facts["row"] += rows
    if "line" in facts:
        facts["line"] = str(int(facts["line"]) + lines)
    return TableError(error.key, **facts)


class BlockScreening:
    """Screens blocks one by one, and encodes them."""

    def __init__(self, screening: Callable[[], RowScreening], encoding: Callable[[], Encoding], form: Form) -> None:
        """Take what makes the two: they are made where the first block is screened."""
        self._making, self._form = (screening, encoding), form
        self._made: tuple[RowScreening, Encoding] | None = None

    def screen(self, block: tuple[str, bool]) -> Screened:
        """Screen a block; the first, of which that is said, has what an output begins with.

        TableError where it cannot be read; its rows and lines are counted from its beginning.
        """
        if self._made is None:
            screening_of, encoding_of = self._making
            self._made = screening_of(), encoding_of()
        screening, encoding = self._made
        screening.go_on(Counts(), _NOTHING)
        text, first = block
        rows = rows_of(text, self._form)
        screening.fold(rows.lines or ())
        pieces = []
        for i in range(0, len(rows.cells), CHUNK):
            plain = None if rows.plain is None else rows.plain[i : i + CHUNK]
            pieces.append(screening.piece(rows.cells[i : i + CHUNK], plain))
        segments = [each and (bytes(each[0]), each[1]) for each in encoding.segments(pieces, first=first)]
        return Screened(segments, screening.counts, screening.extras, sum(rows.lines) if rows.lines else len(rows.cells))


@attrs.frozen(eq=False)
class Rows:
    """The records of a block: cells; how many lines each takes, None: one; how each is written, as `Cells` has it."""

    cells: list[list[str]]
    lines: list[int] | None = None
    plain: list[str | None] | None = None


def rows_of(text: str, form: Form) -> Rows:
    """Return the records of a block, the shortest way; TableError where one cannot be read."""
    newline, delimiter = form.newline, form.delimiter
    ends = text.count(newline)
    if len(text) >= LONGEST or text.count("\r") != (ends if newline == "\r\n" else 0) or text.count("\n") != ends:
        found = list(records_of(lines_of(io.StringIO(text, newline="")), delimiter))
        return Rows([cells for _, cells in found], [lines for lines, _ in found])
    written = text.split(newline)
    ended = not written[-1]
    if ended:
        written.pop()
    marked = [i for i, line in enumerate(written) if '"' in line]
    if not marked:
        return Rows(_cells(written, delimiter, 0), None, list(written))
    whole = len(written) if ended else len(written) - 1
    cells: list[list[str]] = []
    lines: list[int] = []
    plain: list[str | None] = []
    at = 0
    for first in [*marked, len(written)]:
        if first < at:  # in a record that began before
            continue
        cells += _cells(written[at:first], delimiter, at)
        plain += written[at:first]
        lines += [1] * (first - at)
        at = first
        records = records_of((written[i] + newline if i < whole else written[i] for i in range(first, len(written))), delimiter)
        while at < len(written) and '"' in written[at]:
            try:
                taken, record = next(records)
            except TableError as error:
                raise behind(error, 0, first) from error
            cells.append(record)
            plain.append(None)
            lines.append(taken)
            at += taken
    return Rows(cells, lines, plain)


def _cells(lines: list[str], delimiter: str, before: int) -> list[list[str]]:
    """Return the records of lines without quotation marks, which stand behind others; TableError where one cannot be read."""
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        try:
            return [cells for _, cells in records_of(lines, delimiter)]
        except TableError as error:
            raise behind(error, 0, before) from error
