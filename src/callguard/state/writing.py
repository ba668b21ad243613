"""What the works of one database transaction see, and what they leave to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from callguard.errors import StateError
from callguard.state.counts import Pending, Released
from callguard.state.records import Attempted
from callguard.state.rows import CODES, check, micros, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callguard.sealing import Keyring
    from callguard.state.counts import Counts
    from callguard.state.engine import Engine, Row
    from callguard.state.reaches import Reaches
    from callguard.state.records import LogRow
    from callguard.state.rows import Packed

Mark = tuple[int | None, bytes, list[int]]

COUNTED: Final = 1
RELEASED: Final = 2

RECORD: Final = "INSERT INTO records (seq, what, number, sealed, at, stored, note, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
ATTEMPT: Final = (
    "INSERT INTO attempts (seq, kind, number, sealed, campaign, caller, at, key, of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
LOG_ROW: Final = (
    "INSERT INTO call_log (writer, position, at, key, callee, caller, campaign, reason, sealed, link)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
WRITER: Final = (
    "INSERT INTO writers (writer, about, began, count, first_link, last_link) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (writer) DO UPDATE SET count = excluded.count, last_link = excluded.last_link"
)
_KEYED: Final = (
    "SELECT seq, number, sealed, campaign, caller, at FROM attempts WHERE key IN ({}) AND at >= ?"
    " AND NOT EXISTS (SELECT 1 FROM attempts AS back WHERE back.of = attempts.seq) ORDER BY seq DESC"
)
_GIVEN_BACK: Final = (
    "SELECT at FROM attempts WHERE seq = ? AND kind = 1"
    " AND NOT EXISTS (SELECT 1 FROM attempts AS back WHERE back.of = attempts.seq)"
)


class Writing:
    """The works of one database transaction, one after another; each sees those before it.

    Begun within the transaction, with `counts` that are up to date, as far as they reach back at all.
    `link` and `position` are the head of the chain of the call log. What a work that raises has left is taken back by `back`.
    """

    def __init__(self, engine: Engine, keyring: Keyring, counts: Counts | Reaches, head: tuple[str, int, bytes]) -> None:
        self._engine = engine
        self._keyring = keyring
        self.pending = Pending(counts)
        self.campaign_attempts = self.pending.campaign_attempts
        self.caller_attempts = self.pending.caller_attempts
        self.writer, self.position, self.link = head
        self.broken: StateError | None = None  # a statement failed: nothing of the transaction can be relied on
        self._last_attempt: int | None = counts.applied if counts.span > 0 else None
        self.records: list[Packed] = []
        self.attempts: list[Row] = []
        self.rows: list[LogRow] = []
        self.statements: list[tuple[str, Sequence[object]]] = []
        self._keyed: list[tuple[int, Attempted]] = []
        self._released: list[int] = []
        self._before = self.position
        self._left: tuple[list[Any], ...] = (
            self.records,
            self.attempts,
            self.rows,
            self.statements,
            self._keyed,
            self._released,
        )

    def keyed(self, key: str, since: float) -> tuple[int, Attempted] | None:
        """Return the newest attempt with a key since an instant, and its number; released ones are none."""
        for seq, attempt in reversed(self._keyed):
            if attempt.key == key and attempt.at >= since and seq not in self._released:
                return seq, attempt
        names = stored_keys(self._keyring, key)
        for row in self.ask(_KEYED.format(", ".join("?" * len(names))), (*names, micros(since))):
            if row[0] not in self._released:
                return row[0], attempt_of(self._keyring, *row, key=key)
        return None

    def count(self, attempt: Attempted) -> int:
        """Count an attempt, and return its number."""
        seq, at = self._number(), micros(attempt.at)
        number, sealed, key = attempt.number, None, attempt.key
        # as it will be read again
        counted = Attempted(number=number, campaign=attempt.campaign, caller=attempt.caller, at=seconds(at), key=key)
        if self._keyring.active:
            sealed = self._keyring.seal(b"%d" % number, bound("attempt", seq))
        stored = None if key is None else stored_keys(self._keyring, key)[0]
        self.attempts.append((seq, COUNTED, None if sealed else number, sealed, attempt.campaign, attempt.caller, at, stored, None))
        self.pending.add(seq, counted)
        if key is not None:
            self._keyed.append((seq, counted))
        return seq

    def release(self, attempt: int) -> None:
        """Give the count of an attempt back, once."""
        if attempt in self._released:
            return
        at = next((row[6] for row in self.attempts if row[0] == attempt and row[1] == COUNTED), None)
        if at is None:
            found = self.ask(_GIVEN_BACK, (attempt,))
            if not found:
                return
            at = found[0][0]
        seq = self._number()
        self.attempts.append((seq, RELEASED, None, None, None, None, at, None, attempt))
        self.pending.add(seq, Released(attempt))
        self._released.append(attempt)

    def log(self, make: Callable[[str, int, bytes], LogRow]) -> LogRow:
        """Write the row that `make(writer, position, previous link)` returns, next in the chain."""
        row = make(self.writer, self.position + 1, self.link)
        self.rows.append(row)
        self.position, self.link = row.position, row.link
        return row

    def ask(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a query within the transaction, at once."""
        try:
            return self._engine.execute(sql, values)
        except StateError as error:
            self.broken = error
            raise

    def run(self, sql: str, values: Sequence[object]) -> None:
        """Run a statement once all works of the transaction have ended."""
        self.statements.append((sql, values))

    def mark(self) -> Mark:
        """Return where things stand, for `back`."""
        return self._last_attempt, self.link, [*map(len, self._left), len(self.pending)]

    def back(self, mark: Mark) -> None:
        """Take back what was left since a mark."""
        self._last_attempt, self.link, sizes = mark
        for kept, size in zip(self._left, sizes, strict=False):
            del kept[size:]
        self.pending.back(sizes[-1])
        self.position = self._before + len(self.rows)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.records or self.attempts or self.rows or self.statements)

    def write(self, ids: Callable[[str], int], stored: float, about: str) -> list[tuple[int, bytes]]:
        """Write all of it, and return the records, each by its number and as the tail has it.

        `ids` interns the names that records are about, `stored` is the instant at which they are, `about` tells who writes.
        """
        done: list[tuple[int, bytes]] = []
        if self.records:
            last: int = self._engine.execute("SELECT coalesce(max(seq), 0) FROM records")[0][0]
            now = micros(stored)
            made = [record_row(self._keyring, last + 1 + i, record, ids, now) for i, record in enumerate(self.records)]
            self._engine.executemany(RECORD, [row for row, _ in made])
            done = [(row[0], packed) for row, packed in made]
            self._engine.nudge()
        if self.attempts:
            self._engine.executemany(ATTEMPT, self.attempts)
        if self.rows:
            self._engine.executemany(
                LOG_ROW,
                [
                    (r.writer, r.position, micros(r.at), r.key, r.callee, r.caller, r.campaign, r.reason, r.sealed, r.link)
                    for r in self.rows
                ],
            )
            first, end = self.rows[0], self.rows[-1]
            values = (end.writer, about, micros(first.at), end.position, first.link, end.link)
            self._engine.execute(WRITER, values)
        for sql, row in self.statements:
            self._engine.execute(sql, row)
        return done

    def _number(self) -> int:
        if self._last_attempt is None:
            self._last_attempt = self.ask("SELECT coalesce(max(seq), 0) FROM attempts")[0][0]
        self._last_attempt += 1
        return self._last_attempt


def bound(kind: str, seq: int) -> bytes:
    """Return what a sealed row is bound to: its place."""
    return f"{kind}:{seq}".encode()


def record_row(keyring: Keyring, seq: int, record: Packed, ids: Callable[[str], int], stored: int) -> tuple[Row, bytes]:
    """Return the row of a record, and the record as the tail has it; sealed where a key is held."""
    (code, name, number, at, note), payload = record
    what = ids(name) * CODES + code
    if not keyring.active:
        crc = check(seq, what, number, at, stored, None if note is None else note.encode())
        return (seq, what, number, None, at, stored, note, crc), payload
    sealed = keyring.seal(payload, bound("record", seq))
    return (seq, what, None, sealed, at, stored, None, check(seq, what, 0, at, stored, sealed)), sealed


def unsealed(keyring: Keyring, sealed: bytes, place: bytes) -> bytes:
    """Open what is sealed for a place; StateError where its key is not held."""
    if not keyring.ids:
        raise StateError(f"sealed under key {sealed[:4].hex()}, which is not held: give it in what the policy's [call_log] names")
    return keyring.unseal(sealed, place)


def attempt_of(
    keyring: Keyring,
    seq: int,
    number: int | None,
    sealed: bytes | None,
    campaign: str,
    caller: str,
    at: int,
    *,
    key: str | None = None,
) -> Attempted:
    """Return the attempt of a row, found by a key; StateError where it cannot be read."""
    if sealed is not None:
        try:
            number = int(unsealed(keyring, sealed, bound("attempt", seq)))
        except ValueError:
            number = None
    if type(number) is not int:
        raise StateError(f"attempt {seq} of those that are stored cannot be read: it is damaged")
    return Attempted(number=number, campaign=campaign, caller=caller, at=seconds(at), key=key)


def stored_keys(keyring: Keyring, key: str) -> tuple[str, ...]:
    """Return what an attempt's key is stored as, now and under each key that is still held, or as it was without one."""
    found = tuple(blind.hex() for blind in keyring.blinds(f"attempt {key}")) if keyring.ids else ()
    return (*found, key)
