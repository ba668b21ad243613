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
_NOTHING: Final = {"spreadsheet": 0, "folded": 0, "first_folded": None}


def blocks(rest: str, text: io.TextIOBase, delimiter: str) -> Iterator[str]:
    """Yield a text, of which the `rest` was read already, in blocks of whole records; where they are cut its characters alone tell.

    What stands in no whole record comes last, and is as it is found to whoever reads it.
    """
    whole = _whole(delimiter)
    held, size, ended = rest, SIZE, False
    while True:
        while len(held) <= size and not ended:
            more = text.read(size + 1 - len(held))
            held, ended = held + more, not more
        if len(held) <= size:
            break
        end = _end(held, size, whole)
        if end:
            yield held[:end]
            held, size = held[end:], SIZE
        elif _fails(held[:size], delimiter):
            break
        else:
            size *= 2
    if held:
        yield held


def _whole(delimiter: str) -> re.Pattern[str]:
    """Return what matches as many whole records as there are, as the csv module reads them."""
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]++|"")*+"[^{mark}\r\n]*+|[^"{mark}\r\n][^{mark}\r\n]*+)?+'
    return re.compile(rf"(?:{cell}(?:{mark}{cell})*+(?:\r\n|\n|\r(?=[^\n])))*+")


def _end(text: str, size: int, whole: re.Pattern[str]) -> int:
    """Return where the last whole record ends in so many characters of a text that is longer; 0 where none does."""
    if text.find('"', 0, size) >= 0:
        found = whole.match(text, 0, size)
        return 0 if found is None else found.end()
    last = text.rfind("\n", 0, size) + 1
    return max(last, text.rfind("\r", last, size - 1) + 1)


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
        records = list(records_of(lines_of(io.StringIO(text, newline="")), delimiter))
        return Rows([cells for _, cells in records], [lines for lines, _ in records])
    written = text.split(newline)
    if not written[-1]:
        written.pop()
    if '"' not in text:
        try:
            return Rows(list(csv.reader(written, delimiter=delimiter)), None, list(written))
        except csv.Error:
            pass  # told with its line below
    cells, lines, plain = [], [], []
    before = 0
    last = len(written) - 1
    ended = text.endswith(newline)
    for taken, record in records_of((line + newline if i < last or ended else line for i, line in enumerate(written)), delimiter):
        lines.append(taken)
        cells.append(record)
        plain.append(written[before] if taken == 1 and '"' not in written[before] else None)
        before += taken
    return Rows(cells, lines, plain)
