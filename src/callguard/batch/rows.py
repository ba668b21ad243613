"""Rows of text screened: the records of a CSV file or a sheet, in memory that does not grow with the file."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from callguard.batch.answers import UNDECIDED, Answers, Counts, in_order
from callguard.batch.asking import Lines, take
from callguard.batch.instants import instant
from callguard.batch.pieces import Cells
from callguard.deciding.many import ELSEWHERE, OWN
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from callguard.batch.answers import Answer
    from callguard.batch.asking import Asked
    from callguard.batch.columns import Choice
    from callguard.batch.csv import Record
    from callguard.deciding.many import Decided
    from callguard.guard import Guard

CHUNK: Final = 4_096
_FIRST: Final = 8
_LOOKED_AT: Final = {UNDECIDED, Reason.INVALID_NUMBER.value}
_SPREADSHEET: Final = re.compile(r"""\s*(?:'.*\d|=\s*["'+\d]|[-+]?\d+(?:\.\d+)?[eE]\+?\d+\s*$|\+?\d{5,}\.0*\s*$)""", re.DOTALL)
Told = tuple[str, ...]


class RowScreening:
    """Records screened some thousands at a time; iterating gives pieces.

    `counts` is what became of the rows so far, `spreadsheet` how many cells are as a spreadsheet leaves them, its own text or
    rounded, `folded` how many records have more than one line.
    """

    def __init__(self, guard: Guard, asked: Asked, header: Sequence[str], number: Choice, lines: Lines, *, lang: str) -> None:
        """Choose the columns that tell what is not fixed; TableError where they cannot be chosen."""
        self.taken = take(asked, guard, header, number)
        self.at = guard.now() if asked.at is None else asked.at
        self._lines, self._answers = lines, Answers(lang)
        self._timezone = guard.policy.enterprise.timezone
        self.counts = Counts()
        self.spreadsheet = self.folded = 0
        self.first_folded: int | None = None

    @property
    def extras(self) -> dict[str, Any]:
        """What else there is to say of the rows so far."""
        return {"spreadsheet": self.spreadsheet, "folded": self.folded, "first_folded": self.first_folded}

    def go_on(self, counts: Counts, extras: Mapping[str, Any]) -> None:
        """Go on as if the rows so far had come to this."""
        self.counts = counts
        self.spreadsheet, self.folded, self.first_folded = extras["spreadsheet"], extras["folded"], extras["first_folded"]

    def join(self, counts: Counts, extras: Mapping[str, Any]) -> None:
        """Count rows that another screening has screened, behind these."""
        first = extras["first_folded"]
        if self.first_folded is None and first is not None:
            self.first_folded = self.counts.rows + first
        self.spreadsheet += extras["spreadsheet"]
        self.folded += extras["folded"]
        self.counts.join(counts)

    def pieces(self, records: Iterator[Record]) -> Iterator[Cells]:
        """Yield the records, each with the number of lines that it takes, with what they are told."""
        while chunk := list(islice(records, CHUNK)):
            self.fold([lines for lines, _ in chunk])
            yield self.piece([cells for _, cells in chunk])

    def fold(self, lines: Sequence[int]) -> None:
        """Count the records of several lines among the next ones."""
        for row, each in enumerate(lines):
            if each > 1:
                self.folded += 1
                self.first_folded = self.first_folded or self.counts.rows + row + 1

    def piece(self, rows: list[list[str]], plain: list[str | None] | None = None) -> Cells:
        """Return the next rows with what they are told; `plain` is how each may be written as it stands, as `Cells` has it."""
        callees = self.callees(rows)
        book = _Book(self._answers, len(rows))
        for members, numbers, told in self.groups(rows, callees):
            self._group(book, members, numbers, told)
        before = self.counts.rows
        found = Counter(book.which)
        for index, n in found.items():
            reason = book.answers[index].reason
            members = [row for row, each in enumerate(book.which) if each == index] if reason in _LOOKED_AT else []
            self.counts.add(reason, [before + row + 1 for row in members[:_FIRST]] if reason == UNDECIDED else (), n)
            if reason == Reason.INVALID_NUMBER.value:
                self.spreadsheet += sum(_SPREADSHEET.match(callees[row]) is not None for row in members)
        order = in_order(book.answers, found)
        slots = {index: slot for slot, index in enumerate(order)}
        return Cells(rows, [slots[index] for index in book.which], [book.answers[index] for index in order], before + 1, plain)

    def callees(self, rows: list[list[str]]) -> list[str]:
        """Return the number of each row, as it is written there."""
        number = self.taken.number.index
        return [cells[number] if number < len(cells) else "" for cells in rows]

    def groups(self, rows: list[list[str]], callees: list[str]) -> Iterator[tuple[Sequence[int], list[str], dict[str, str]]]:
        """Yield the rows of which the same is told, their numbers, and what is told of campaign, caller, place and instant."""
        told = list(self.taken.told.values())
        if not told:
            yield range(len(rows)), callees, {}
            return
        groups: dict[Told, list[int]] = {}
        for row, cells in enumerate(rows):
            said: Told = tuple(cells[i].strip() if i < len(cells) else "" for i in told)
            groups.setdefault(said, []).append(row)
        for said, members in groups.items():
            yield members, [callees[row] for row in members], dict(zip(self.taken.told, said, strict=True))

    def _group(self, book: _Book, rows: Sequence[int], callees: list[str], told: dict[str, str]) -> None:
        at = instant(told["instant"], self._timezone) if "instant" in told else self.at
        found = self._lines.decided(callees, told, at)
        if isinstance(found, str):
            book.undecided(rows, found)
        else:
            book.decided(rows, found)


class _Book:
    """Which of the answers each row has."""

    def __init__(self, answers: Answers, rows: int) -> None:
        self.which = [0] * rows
        self.answers: list[Answer] = []
        self._told = answers
        self._known: dict[Answer, int] = {}

    def _index(self, answer: Answer) -> int:
        found = self._known.get(answer)
        if found is None:
            found = self._known[answer] = len(self.answers)
            self.answers.append(answer)
        return found

    def undecided(self, rows: Sequence[int], key: str) -> None:
        index = self._index(self._told.undecided(key))
        for row in rows:
            self.which[row] = index

    def decided(self, rows: Sequence[int], decided: Decided) -> None:
        index = [self._index(self._told.of(decision)) for decision in decided.decisions]
        if ELSEWHERE in decided.which:
            index += [self._index(self._told.undecided("place"))] * (ELSEWHERE + 1 - len(index))
        others = decided.others
        if not others and len(rows) == len(self.which):
            self.which = [index[which] for which in decided.which]
            return
        for i, (row, which) in enumerate(zip(rows, decided.which, strict=True)):
            self.which[row] = index[which] if which != OWN else self._index(self._told.of(others[i]))
