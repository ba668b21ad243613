"""What share of a trunk's calls had a dial permit: its records read, each permit checked as of its call, and used once."""

from __future__ import annotations

import io
from collections import Counter
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Final

import attrs

from callguard import clock, phone
from callguard.batch import columns
from callguard.batch import csv as tables
from callguard.batch.files import TableError
from callguard.batch.instants import instant
from callguard.permits import PermitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callguard.permits import Checker
    from callguard.permits.used import Taken

ASTERISK: Final = ("3", "2", "10", "18")  # dst, src, start, userfield of Asterisk's CDR as CSV
USUAL: Final = ("callee", "caller", "at", "permit")
UNDATED: Final = "undated"  # a record whose instant cannot be read: whether its permit was good then is not known
_EXTENSION: Final = 6  # digits of the longest number that is nobody's outside
_DELIMITED: Final = 1_000
_PROGRESS: Final = 4_096  # calls between two words of progress


class UsedAmong:
    """Remembers every permit of the records that are read, however long ago it ended."""

    def __init__(self) -> None:
        self._ids: set[bytes] = set()

    def take(self, id_: bytes, until: float, now: float) -> Taken:  # noqa: ARG002 - as whatever remembers used permits
        """Use a permit that no record before has used."""
        if id_ in self._ids:
            return "used"
        self._ids.add(id_)
        return None


@attrs.define
class Coverage:
    """How many calls there were, how many had a permit that was good for them, and of the others why, whose, and at which hour.

    Callers are masked, but for extensions; hours are those of the zone, as `2026-11-24 10`. Callees are not kept.
    """

    calls: int = 0
    permitted: int = 0
    reasons: Counter[str] = attrs.field(factory=Counter)
    callers: Counter[str] = attrs.field(factory=Counter)
    hours: Counter[str] = attrs.field(factory=Counter)
    first_undated: list[int] = attrs.field(factory=list)

    @property
    def share(self) -> float | None:
        """The share of calls that had a permit, from 0 to 1; None where there were no calls."""
        return self.permitted / self.calls if self.calls else None


def measure(
    raw: IO[bytes],
    checker: Checker,
    names: tuple[str, str, str, str],
    *,
    timezone: str,
    whole: bool = True,
    progress: Callable[[int, int], None] = lambda _bytes, _rows: None,
) -> Coverage:
    """Read a CSV of calls: `names` are its columns of callee, caller, instant and permit, by name or by place from 1 on.

    Where all are places, the first row is a call too, unless its instant cannot be read. Instants are ISO 8601, in `timezone` where
    they have no offset, or epoch seconds. TableError for what is no such table.
    """
    text = io.TextIOWrapper(raw, encoding=tables.encoding_of(raw, whole=whole), errors="surrogateescape", newline="")
    try:
        head = list(islice(text, _DELIMITED))
        records = tables.records_of(chain(head, text), tables.delimiter_of(head))
        found = Coverage()
        for call in _calls((cells for _, cells in records if any(map(str.strip, cells))), names, timezone):
            found.calls += 1
            _count(found, checker, call, timezone)
            if not found.calls % _PROGRESS:
                progress(raw.tell() if raw.seekable() else 0, found.calls)
        return found
    finally:
        text.detach()  # the file is whoever's opened it


def _calls(rows: Iterator[list[str]], names: tuple[str, str, str, str], timezone: str) -> Iterator[list[str]]:
    """Yield callee, caller, instant and permit of each call."""
    first = next(rows, None)
    if first is None:
        raise TableError("empty")
    places = _places(first, names)
    headless = all(name.isdecimal() for name in names) and instant(first[places[2]], timezone) is not None
    for cells in chain([first] if headless else [], rows):
        yield [cells[place] if place < len(cells) else "" for place in places]


def _places(first: list[str], names: tuple[str, str, str, str]) -> list[int]:
    places = []
    for name in names:
        try:
            places.append(columns.find(first, name) if not name.isdecimal() else _place(first, name))
        except ValueError:
            raise TableError("no-column", name=name, columns=", ".join(first)) from None
    return places


def _place(first: list[str], name: str) -> int:
    if not 1 <= int(name) <= len(first):
        raise ValueError(name)
    return int(name) - 1


def _count(found: Coverage, checker: Checker, call: list[str], timezone: str) -> None:
    callee, caller, written, permit = call
    at = instant(written, timezone)
    reason = UNDATED if at is None else None
    if at is not None:
        try:
            checker.check(permit, callee=callee, caller=caller, now=at)
        except PermitError as error:
            reason = error.reason
    if reason is None:
        found.permitted += 1
        return
    found.reasons[reason] += 1
    found.callers[_shown(caller)] += 1
    if at is None:
        found.first_undated += [found.calls] if len(found.first_undated) < 8 else []
    else:
        found.hours[f"{clock.datetime_of(at, timezone):%Y-%m-%d %H}"] += 1


def _shown(caller: str) -> str:
    written = caller.strip()
    return written if written.isascii() and written.isdecimal() and len(written) <= _EXTENSION else phone.mask(written)


def busiest(counted: Counter[str], most: int) -> Iterator[tuple[str, int]]:
    """Yield those that come most often, the same number in the order of their names."""
    yield from sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:most]
