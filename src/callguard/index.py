"""Suppression lists: read from text and CSV files, and marked plane by plane for the hot path."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import attrs

from callguard import clock
from callguard.errors import PolicyError, Problem
from callguard.model import Notice
from callguard.rules.rule import Listing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from callguard.phone import NumberPlan
    from callguard.policy import ListSource

_ENCODINGS = ("utf-8-sig", "gb18030")
_COLUMNS = ("number", "since", "until")


@attrs.frozen(slots=True, eq=False)
class ReadList:
    """One list as it was read: `plain` numbers hold always, `dated` ones by their entries; rows not read by line."""

    name: str
    path: Path
    plain: array[int]
    dated: dict[int, tuple[Listing, ...]]
    rows: int
    skipped: tuple[int, ...] = ()
    undated: tuple[int, ...] = ()

    @property
    def kept(self) -> int:
        """How many rows were kept."""
        return self.rows - len(self.skipped)

    def listings(self, number: int) -> tuple[Listing, ...]:
        """Return the entries of a number that is marked as being on this list."""
        return self.dated.get(number) or (Listing(self.name),)

    @property
    def warnings(self) -> tuple[Notice, ...]:
        """What a person should know: rows skipped, and dates that could not be read."""
        pairs = (("list-skipped", self.skipped), ("list-undated", self.undated))
        return tuple(Notice(key, name=self.name, n=len(found), lines=found) for key, found in pairs if found)


def read_list(source: ListSource, numbers: NumberPlan, timezone: str, index: int = 0) -> ReadList:
    """Read a list: one number a line, or a CSV whose header names `number` and, if it likes, `since` and `until`.

    A row that is no number is skipped and reported, a date that cannot be read holds without it; PolicyError for either where
    the list is strict, and for a file that cannot be read.
    """
    plain = array("q")
    dated: dict[int, list[Listing]] = {}
    skipped: list[int] = []
    undated: list[int] = []
    count = 0
    for line, text, edges in _rows(source.path, f"lists[{index}].path"):
        count += 1
        number = numbers.read(text).number
        if number is None:
            skipped.append(line)
            continue
        if not any(edges):
            plain.append(number)
            continue
        since, bad_since = _edge(edges[0], timezone, ends=False)
        until, bad_until = _edge(edges[1], timezone, ends=True)
        if bad_since or bad_until:
            undated.append(line)
        if since is None and until is None:
            plain.append(number)
        else:
            dated.setdefault(number, []).append(Listing(source.name, since, until))
    if source.strict and (skipped or undated):
        raise PolicyError(
            problems=[
                Problem(
                    key=f"lists[{index}]",
                    file=str(source.path),
                    line=line,
                    found="a row that is no number" if line in set(skipped) else "a `since` or `until` that cannot be read",
                    accepted="a number in each row, and dates or instants with their offset, since the list is strict",
                )
                for line in sorted(skipped + undated)[:100]
            ]
        )
    if dated:
        for number in plain:
            if number in dated:
                dated[number].append(Listing(source.name))
    return ReadList(source.name, source.path, plain, {n: tuple(e) for n, e in dated.items()}, count, tuple(skipped), tuple(undated))


def _rows(path: Path, key: str) -> Iterator[tuple[int, str, tuple[str, str]]]:
    """Yield the line, the number's text and the two edges of each row that is not empty."""
    import csv

    for encoding in _ENCODINGS:
        try:
            with path.open(encoding=encoding, newline="") as file:
                for _ in file:
                    pass
        except UnicodeDecodeError:
            continue
        except OSError as error:
            raise PolicyError(
                problems=[Problem(key=key, found=f"`{path}`, {error.strerror}", accepted="a file that can be read", file=None)]
            ) from error
        break
    else:
        raise PolicyError(
            problems=[Problem(key=key, found=f"`{path}`, in an unknown encoding", accepted="text in UTF-8 or GB 18030")]
        )
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        header = [cell.strip().lower() for cell in next(csv.reader([first]), [])]
        if "number" not in header:
            file.seek(0)
            for line, row in enumerate(file, 1):
                if row.strip():
                    yield line, row.strip(), ("", "")
            return
        places = [header.index(name) if name in header else None for name in _COLUMNS]
        for line, row in enumerate(file, 2):
            # line by line, so that a quote that is never closed hides no number behind it
            try:
                cells = next(csv.reader([row]), [])
            except csv.Error:
                cells = [""]
            if cells and (len(cells) > 1 or row.strip()):
                number, since, until = (cells[i].strip() if i is not None and i < len(cells) else "" for i in places)
                if number or row.strip(" ,;\t\r\n"):
                    yield line, number, (since, until)


def _edge(text: str, timezone: str, *, ends: bool) -> tuple[float | None, bool]:
    """Return the instant that a `since` or `until` means, and whether it could not be read; a date means its whole day."""
    if not text:
        return None, False
    try:
        return clock.edge(text, timezone, ends=ends), False
    except ValueError:
        return None, True
