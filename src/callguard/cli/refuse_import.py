"""A file of refusals taken in: which column, which rows were taken, which were there already, which could not be read and why."""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections import Counter
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from callguard import clock
from callguard.batch import csv as tables
from callguard.batch import files
from callguard.cli.desk import NotAnswered, masked
from callguard.errors import StateError
from callguard.phone import NumberPlan
from callguard.recording import ImportReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from callguard.batch.csv import Table
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_WRITTEN: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?")
_PROGRESS: Final = 4_096  # rows between two words of progress
_SHOWN: Final = 1_000
_SOURCE: Final = "import"
_AHEAD: Final = 86_400  # s: what is today somewhere may end a day from now


def take_in(desk: Desk, file: str, *, scope: str, source: str | None, column: str | None, at_column: str | None) -> int:
    """Take in a file of refusals; 0 when every row is on record, 1 when some could not be read, or a date of them."""
    _check_file(desk, file)
    guard = desk.guard()
    policy = guard.policy
    desk.scope(policy, scope)
    source = source or (_SOURCE if file == "-" else masked(Path(file).name))
    plan = NumberPlan(policy.enterprise.region, policy.enterprise.integers)
    report = ImportReport()
    try:
        with files.opened(file) as (raw, size):
            head = raw.peek(1)  # type: ignore[attr-defined]

            def reads(values: Sequence[str]) -> list[bool]:
                return [plan.read(value).number is not None for value in values]

            table = tables.open_table(raw, reads, column=column, place_column=at_column, whole=size is not None)
            with desk.progress(desk.words("importing"), size) as progress:
                rows = _Rows(table, _first_line(table, head), policy.enterprise.timezone, desk.now, progress)
                guard.refuse_many(rows.pairs(), scope=scope, source=source, report=report)
    except files.TableError as error:
        error.facts["path"] = file
        raise NotAnswered(_broken_off(desk, report, desk.table(error))) from error
    except StateError as error:
        raise NotAnswered(_broken_off(desk, report, str(error))) from error
    value = _json(table, rows, report) | {"file": file, "scope": scope, "source": source}
    if desk.json:
        desk.print_json(value)
    else:
        desk.show(*_shown(desk.words, value, table))
        desk.notes(desk.warnings(guard))
    return 0 if not report.not_taken and not rows.undated_count else 1


def _check_file(desk: Desk, file: str) -> None:
    if not file:
        raise NotAnswered(desk.words("empty-name", option="--import"))
    if file != "-":
        desk.readable(Path(file))


def _broken_off(desk: Desk, report: ImportReport, why: str) -> str:
    """Say why an import ended early, and what is on record all the same."""
    return desk.words("import-ended", why=why, n=report.taken) if report.taken else why


class _Rows:
    """The rows of a table as refusals; remembers on which line each stands, and which dates could not be read."""

    def __init__(self, table: Table, first: int, timezone: str, now: float, progress: Callable[[int, int], None]) -> None:
        self.count = self.undated_count = 0
        self.undated: list[int] = []
        self._table, self._first, self._timezone, self._now, self._progress = table, first, timezone, now, progress
        self._jumps: list[tuple[int, int]] = [(0, 0)]  # from which row on, by how much the line is ahead of the row

    def pairs(self) -> Iterator[tuple[str, float | None]]:
        """Yield each row's number and when it refused, None where the row does not say; rows without anything are none."""
        table = self._table
        number, when = table.column.index, table.place
        ahead, line = 0, self._first
        for lines, cells in table.records:
            if any(cell.strip() for cell in cells):
                if line - self.count != ahead:
                    ahead = line - self.count
                    self._jumps.append((self.count, ahead))
                self.count += 1
                if not self.count % _PROGRESS:
                    raw = table.raw
                    self._progress(raw.tell() if raw is not None and raw.seekable() else 0, self.count)
                yield cells[number] if number < len(cells) else "", self._at(cells, when, line)
            line += lines

    def line(self, row: int) -> int:
        """Return the line on which a row stands, by its place from 0."""
        return row + self._jumps[bisect_right(self._jumps, row, key=lambda jump: jump[0]) - 1][1]

    def _at(self, cells: Sequence[str], index: int | None, line: int) -> float | None:
        """Return when a row refused: a day to its end, so that it is not older than it is; what is unread or lies ahead is now."""
        text = cells[index].strip() if index is not None and index < len(cells) else ""
        if not text:
            return None
        try:
            at = _instant(text, self._timezone)
            if at <= self._now + _AHEAD:
                return clock.check(min(at, max(self._now, clock.FIRST)))
        except (ValueError, OverflowError):
            pass
        self.undated_count += 1
        if len(self.undated) < _SHOWN:
            self.undated.append(line)
        return None


def _instant(text: str, timezone: str) -> float:
    """Read an instant as people and spreadsheets write it; without an offset in a zone, without a time at its day's end."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        written = datetime.fromisoformat(text)
        return (written if written.tzinfo else written.replace(tzinfo=clock.zone(timezone))).timestamp()
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    if found[4] is None:
        return clock.edge(date(year, month, day), timezone, ends=True) - 1
    return datetime(year, month, day, hour, minute, second, tzinfo=clock.zone(timezone)).timestamp()


def _first_line(table: Table, head: bytes) -> int:
    """Return the line on which the first row stands, behind empty lines and the header."""
    reader = csv.reader(StringIO(head.decode(table.encoding, "ignore"), newline=""), delimiter=table.delimiter)
    before = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            return 1 + (reader.line_num if table.named else before)
        before = reader.line_num
    return 1


def _json(table: Table, rows: _Rows, report: ImportReport) -> dict[str, Any]:
    """Return what became of the rows, for machines."""
    return {
        "rows": rows.count,
        "taken": report.taken,
        "already": report.already,
        "skipped_count": report.not_taken,
        "skipped": [{"line": rows.line(row), "why": why} for row, why in report.skipped],
        "undated_count": rows.undated_count,
        "undated": rows.undated,
        "column": table.column.name,
        "column_found_by": table.column.how,
        "at_column": None if table.place is None else table.header[table.place],
        "encoding": table.encoding,
    }


def _shown(words: Words, value: dict[str, Any], table: Table) -> Iterator[Text]:
    """Say what became of the rows."""
    file = words("stdin") if value["file"] == "-" else value["file"]
    yield Text(words("imported", n=value["rows"], file=file, scope=value["scope"]), "bold")
    yield Text(words(f"took-{table.column.how}", column=masked(table.column.name)), "dim")
    if value["at_column"] is not None:
        yield Text(words("import-dates", column=masked(value["at_column"])), "dim")
    yield Text(f"  {words('import-taken', n=value['taken'])}", "green" if value["taken"] else "")
    if value["already"]:
        yield Text(f"  {words('import-already', n=value['already'])}")
    whys = Counter(row["why"] for row in value["skipped"])
    for why, n in whys.most_common():
        lines = words.lines([row["line"] for row in value["skipped"] if row["why"] == why])
        yield Text(f"  {words(f'import-{why}', n=n, lines=lines)}", "yellow")
    if value["skipped_count"] > len(value["skipped"]):
        yield Text(f"  {words('import-more', n=value['skipped_count'] - len(value['skipped']))}", "yellow")
    if value["undated_count"]:
        yield Text(f"  {words('import-undated', n=value['undated_count'], lines=words.lines(value['undated']))}", "yellow")
