"""Rows of text screened: the records of a CSV file or a sheet, in memory that does not grow with the file."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from callguard.batch.answers import UNDECIDED, Answer, Answers, Counts
from callguard.batch.asking import Lines, take
from callguard.batch.instants import instant
from callguard.batch.pieces import Cells
from callguard.deciding.many import OWN
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callguard.batch.asking import Asked
    from callguard.batch.columns import Choice
    from callguard.guard import Guard
    from callguard.model import Decision

CHUNK: Final = 4_096
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

    def pieces(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Cells]:
        """Yield the records, each with the number of lines that it takes, with what they are told."""
        while chunk := list(islice(records, CHUNK)):
            yield self._piece(chunk)

    def _piece(self, chunk: list[tuple[int, list[str]]]) -> Cells:
        rows = [cells for _, cells in chunk]
        number = self.taken.number.index
        callees = [cells[number] if number < len(cells) else "" for cells in rows]
        answers = self._decided(callees, rows)
        known: dict[Answer, int] = {}
        which = [known.setdefault(answer, len(known)) for answer in answers]
        before = self.counts.rows
        invalid = Reason.INVALID_NUMBER.value
        for row, answer in enumerate(answers):
            if answer.reason == invalid:
                self.spreadsheet += _SPREADSHEET.match(callees[row]) is not None
            self.counts.add(answer.reason, (before + row + 1,) if answer.reason == UNDECIDED else ())
        for row, (lines, _) in enumerate(chunk):
            if lines > 1:
                self.folded += 1
                self.first_folded = self.first_folded or before + row + 1
        return Cells(rows, which, list(known), before + 1)

    def _decided(self, callees: list[str], rows: list[list[str]]) -> list[Answer]:
        """Return what each row is told: all that say the same of campaign, caller and instant at once."""
        told = list(self.taken.told.values())
        if not told:
            return self._group(callees, {})
        groups: dict[Told, list[int]] = {}
        for row, cells in enumerate(rows):
            said: Told = tuple(cells[i].strip() if i < len(cells) else "" for i in told)
            groups.setdefault(said, []).append(row)
        found: list[Answer] = [self._answers.undecided("place")] * len(rows)
        for said, members in groups.items():
            values = dict(zip(self.taken.told, said, strict=True))
            for row, answer in zip(members, self._group([callees[i] for i in members], values), strict=True):
                found[row] = answer
        return found

    def _group(self, callees: list[str], told: dict[str, str]) -> list[Answer]:
        line = self._lines.of(told.get("campaign"), told.get("caller"))
        at = instant(told["instant"], self._timezone) if "instant" in told else self.at
        if isinstance(line, str) or at is None:
            return [self._answers.undecided(line if isinstance(line, str) else "instant")] * len(callees)
        place = told.get("place")
        if not place:
            decided = line.decisions(callees, at=at)
            answers = [self._answers.of(decision) for decision in decided.decisions]
            return [answers[i] if i != OWN else self._answers.of(decided.others[row]) for row, i in enumerate(decided.which)]
        found = []
        for callee in callees:
            try:
                decision: Decision = line.may_dial(callee, at=at, place=place)
            except ValueError:
                found.append(self._answers.undecided("place"))
            else:
                found.append(self._answers.of(decision))
        return found
