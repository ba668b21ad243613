"""The log of records as the database has it: read again as records, or as the tail takes them; each row checked."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from callguard._core.native import number_in, place_in
from callguard.errors import StateError
from callguard.state.records import Lift, Refusal
from callguard.state.rows import CODES, check, record_of, text_of, unpack
from callguard.state.view import SHARED
from callguard.state.writing import bound, unsealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callguard.sealing import Keyring
    from callguard.state.engine import Engine, Row
    from callguard.state.records import Record
    from callguard.state.view import View

_ROWS: Final = "SELECT seq, what, number, sealed, at, stored, note, crc FROM records WHERE seq > ? AND seq <= ? ORDER BY seq"
# of what is not sealed, in two thirds of the time: what it is and the number as one word, and no `seq`, which its check tells
_BARE: Final = (
    "SELECT CAST(what AS bigint) << 50 | number, at, stored, note, crc FROM records WHERE seq > ? AND seq <= ? ORDER BY seq"
)
_BESIDES: Final = (
    "SELECT seq, what, number, sealed, at, stored, note, crc FROM records WHERE what % 8 > 2 AND seq <= ? ORDER BY seq"
)
_PAGE: Final = 5_000


class Entries:
    """Reads the records of a database; every thread may."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring
        self.place = str(getattr(engine, "place", "the database"))
        self._names: dict[int, str] = {}
        self._ids: dict[str, int] = {}

    def interning(self, ask: Callable[..., list[Row]]) -> Interning:
        """Return what gives names their ids within a transaction, in which `ask` runs a statement."""
        return Interning(self._ids, ask)

    def keep(self, interning: Interning) -> None:
        """Remember the ids of a transaction that was committed."""
        self._ids |= interning.fresh
        self._names |= {id_: name for name, id_ in interning.fresh.items()}

    def records(self, after: int, upto: int) -> Iterator[tuple[int, Record]]:
        """Yield the records after one number and up to another; StateError where one is missing or damaged."""
        for row in self._pages(after, upto):
            yield row[0], self.record(row)

    def payloads(self, after: int, upto: int) -> list[tuple[int, bytes]]:
        """Return the records after one number and up to another, each as the tail has it; StateError as `records`."""
        return [(row[0], self._payload(row)) for row in self._pages(after, upto)]

    def unpacked(self, seq: int, payload: bytes) -> Record:
        """Return the record of a payload of the tail's; StateError where it cannot be read."""
        if payload[:1] == b"[" and payload[2:4] == b',"':  # it was put there by somebody without a key
            return unpack(payload)
        return unpack(unsealed(self._keyring, payload, bound("record", seq)))

    def besides(self, view: View, upto: int) -> set[int]:
        """Take in what is on record besides refusals, which the view has from a checkpoint; return whose refusals were lifted."""
        lifted = set()
        for rows in self._engine.stream(_BESIDES, (upto,)):
            for row in rows:
                record = self.record(row)
                view.apply_besides(record)
                if isinstance(record, Lift):
                    lifted.add(record.number)
        return lifted

    def holds(self, seq: int, crc: int) -> bool:
        """Return whether a record is there, with a check; 0 for any."""
        found = self._engine.read("SELECT crc FROM records WHERE seq = ?", (seq,))
        return bool(found) and crc in (0, found[0][0])

    def fill(self, view: View, after: int, upto: int, lifted: set[int]) -> None:
        """Bring a view that is up to one number up to another, in large steps; StateError where a record is missing or damaged.

        `lifted` are the numbers of which a refusal was lifted before.
        """
        bits: dict[int, int] = {}  # by `what` of a row, of those that may go by in bulk
        opened_bits: dict[tuple[int, str], int] = {}  # by code and scope of one that was opened
        expected = after + 1
        view.delta.reserve(len(view.delta) + upto - after)
        bare = not self._keyring.active
        for rows in self._engine.stream(_BARE if bare else _ROWS, (after, upto)):
            first, expected = expected, expected + len(rows)
            if not bare and (rows[0][0] != first or rows[-1][0] != expected - 1):
                raise self._missing(next((first + i for i, row in enumerate(rows) if row[0] != first + i), first))
            if not bare and all(row[3] is not None for row in rows):
                self._take(view, self._opened(rows), opened_bits, lifted)
                continue
            i = 0
            while i < len(rows):
                i = view.delta.fill(rows, bits, lifted, i, first)
                if i == len(rows):
                    break
                row = self._whole(first + i, rows[i]) if bare else rows[i]
                record = self.record(row)
                bit = _applied(view, record, lifted)
                if bit:
                    bits[row[1]] = bit
                i += 1
        if expected <= upto:
            raise self._missing(expected)

    def _opened(self, rows: list[Row]) -> list[Any]:
        """Return the columns of rows that are all sealed; StateError where one is damaged."""
        try:
            bodies = self._keyring.unseal_many((row[3], bound("record", row[0])) for row in rows)
            found: list[Any] = json.loads(b"[%s]" % b",".join(bodies))
            assert len(found) == len(rows)
        except (StateError, ValueError, TypeError, AttributeError, AssertionError):
            for row in rows:
                self.record(row)  # which says which one it is
            raise
        return found

    def _take(self, view: View, opened: list[Any], bits: dict[tuple[int, str], int], lifted: set[int]) -> None:
        """Take in records by their columns, as `Delta.fill` takes in rows; what they say is as sure as their seals."""
        get, put = view.delta.get, view.delta.put
        for code, name, number, at, note in opened:
            bit = bits.get((code, name), 0)
            if bit and (bit > 0 or number not in lifted):
                mask = get(number)
                if mask | abs(bit) != mask:
                    put(number, mask | abs(bit))
                continue
            bit = _applied(view, record_of(code, name, number, at, note), lifted)
            if bit:
                bits[code, name] = bit

    def record(self, row: Row) -> Record:
        """Return the record of a row; StateError where it is damaged, or sealed under a key that is not held."""
        seq, what, number, sealed, at, stored, note, crc = row
        try:
            kept = sealed if note is None else note.encode()
            if check(seq, what, number, at, stored, kept) != crc:
                raise self._damaged(seq)
            if sealed is not None:
                return unpack(unsealed(self._keyring, sealed, bound("record", seq)))
            return record_of(what % CODES, self._name(what // CODES), number, at, note)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise self._damaged(seq) from None

    def _whole(self, seq: int, bare: Row) -> Row:
        """Return all of a row by its number and what was fetched of one that should be it; StateError where it is not there."""
        word, at, stored, note, crc = bare
        if word is not None:
            what, number = place_in(word), number_in(word)
            with suppress(TypeError, AttributeError):  # a damaged one
                if check(seq, what, number, at, stored, None if note is None else note.encode()) == crc:
                    return seq, what, number, None, at, stored, note, crc
        found = self._engine.read(_ROWS, (seq - 1, seq))
        if not found:
            raise self._missing(seq)
        return found[0]

    def _payload(self, row: Row) -> bytes:
        """Return a row as the tail has it."""
        seq, what, number, sealed, at, stored, note, crc = row
        kept = sealed if note is None else note.encode()
        if check(seq, what, number, at, stored, kept) != crc:
            raise self._damaged(seq)
        if sealed is not None:
            return bytes(sealed)
        return text_of((what % CODES, self._name(what // CODES), number, at, note)).encode()

    def _pages(self, after: int, upto: int) -> Iterator[Row]:
        while after < upto:
            rows = self._engine.read(f"{_ROWS} LIMIT {_PAGE}", (after, upto))
            for row in rows:
                if row[0] != after + 1:
                    break
                yield row
                after += 1
            else:
                if rows:
                    continue
            raise self._missing(after + 1)

    def _name(self, id_: int) -> str:
        name = self._names.get(id_)
        if name is None:
            known: dict[Any, Any] = dict(self._engine.read("SELECT id, name FROM scopes"))
            self._names = known
            self._ids |= {name: id_ for id_, name in known.items()}
            name = known[id_]
        return name

    def _damaged(self, seq: int) -> StateError:
        return StateError(f"record {seq} of {self.place} is damaged; put a sound copy in its place")

    def _missing(self, seq: int) -> StateError:
        return StateError(f"record {seq} of {self.place} is missing; put a sound copy in its place")


def _applied(view: View, record: Record, lifted: set[int]) -> int:
    """Take one record in; return the bit of a refusal whose like may go by in bulk, else 0.

    Negative where a lift of its number may be newer than it: it was imported.
    """
    view.apply(record)
    if isinstance(record, Lift):
        lifted.add(record.number)
    elif isinstance(record, Refusal) and view.bit(record.scope) != SHARED:
        return -view.bit(record.scope) if record.imported else view.bit(record.scope)
    return 0


class Interning:
    """Gives names their ids within one transaction; `fresh` are those that others may not know yet."""

    def __init__(self, known: dict[str, int], ask: Callable[..., list[Row]]) -> None:
        self._known = known
        self._ask = ask
        self.fresh: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        """Return the id of a name."""
        found = self._known.get(name) or self.fresh.get(name)
        if found is None:
            rows = self._ask("SELECT id FROM scopes WHERE name = ?", (name,))
            if rows:
                found = rows[0][0]
            else:
                found = self._ask("SELECT coalesce(max(id), 0) + 1 FROM scopes")[0][0]
                self._ask("INSERT INTO scopes (id, name) VALUES (?, ?)", (found, name))
            self.fresh[name] = found
        return found
