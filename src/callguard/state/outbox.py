"""What a host keeps in its spool while the database cannot be written, and sends once it can."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from callguard.errors import StateError
from callguard.state.rows import columns, packed, record_of, text_of
from callguard.state.spool import REFUSAL
from callguard.state.writing import unsealed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callguard.sealing import Keyring
    from callguard.state.directory import Directory
    from callguard.state.records import Record
    from callguard.state.spool import Spool
    from callguard.state.tail import Tail
    from callguard.state.writing import Writing

    Replay = Callable[[bytes], Callable[[Any], object]]

RELEASE: Final = 2  # the kinds of what waits, beside refusals; kept in files, so that a number never changes its meaning
OUTCOME: Final = 3
_ID: Final = 16
_MOST: Final = 500  # entries that are sent in one transaction
_SENT: Final = "sent:"


class Outbox:
    """A spool whose entries are sealed and sent once: each has a name, which the database keeps until the entry is dropped."""

    def __init__(self, spool: Spool, directory: Directory, tail: Tail, keyring: Keyring) -> None:
        self._spool = spool
        self._directory = directory
        self._tail = tail
        self._keyring = keyring
        self._replays: dict[int, Replay] = {RELEASE: _releasing}
        self._done: list[str] = []  # names that the database need not keep any more

    def refuse(self, records: Sequence[Record]) -> None:
        """Keep refusals as one entry, and say by the mark that there is one; the caller needs no lock. StateError."""
        plain = text_of([columns(record) for record in records]).encode()
        with self._directory.lock():
            self._put(REFUSAL, plain)
            self.tell()

    def keep(self, kind: int, payload: bytes) -> None:
        """Keep an entry of another kind. StateError."""
        with self._directory.lock():
            self._put(kind, payload)

    def replay(self, kind: int, make: Replay) -> None:
        """Say how entries of a kind are sent: `make` returns the work of a transaction for a payload."""
        self._replays[kind] = make

    def tell(self) -> None:
        """Publish how many refusals wait; the caller holds the directory's lock."""
        self._tail.publish([], self.mark(self._tail.mark() >> 16))

    def mark(self, seq: int) -> int:
        """Return the mark that stands once everything up to a number is committed; the caller holds the directory's lock."""
        return max(seq, 0) << 16 | self._spool.refusals()

    def refused(self) -> tuple[int, list[list[Record]]]:
        """Return the mark, and the refusals that wait, entry by entry."""
        with self._directory.lock():
            mark, items = self._tail.mark(), self._spool.items()
        return mark, [self._records(payload) for kind, payload in items if kind == REFUSAL]

    def look(self) -> int:
        """Return how many entries wait; mend the mark where somebody died between the spool and it."""
        with self._directory.lock():
            if self._spool.refusals() != self._tail.mark() & 0xFFFF:
                self.tell()
            return len(self._spool.items())

    def send(self, run: Callable[[Callable[[Writing], list[bytes]]], list[bytes]]) -> bool:
        """Send what waits by a transaction that `run` begins, then drop it; return whether anything was sent."""
        sent = run(self._resend)
        if sent:
            with self._directory.lock():
                left = self._spool.items()
                count = 0
                while count < min(len(sent), len(left)) and left[count][1] == sent[count]:
                    count += 1
                self._spool.drop(count)
                self.tell()
            self._done = [_name(payload) for payload in sent]
        return bool(sent)

    def _resend(self, writing: Writing) -> list[bytes]:
        """Do again what waits, as far as this process knows how, and return the entries that are done with."""
        with self._directory.lock():  # within the transaction: nobody else sends now
            items = self._spool.items()[:_MOST]
        known = {key for (key,) in writing.ask("SELECT key FROM meta WHERE key LIKE ?", (f"{_SENT}%",))} if items else set()
        before = max((i + 1 for i, (_, payload) in enumerate(items) if _name(payload) in known), default=0)
        done = before
        for kind, payload in items[before:]:
            if kind == REFUSAL:
                writing.records.extend(map(packed, self._records(payload)))
            elif kind in self._replays:
                self._replays[kind](self._opened(payload))(writing)
            else:
                break
            done += 1
        for name in self._done:
            writing.run("DELETE FROM meta WHERE key = ?", (name,))
        if done > before:
            writing.run("INSERT INTO meta (key, value) VALUES (?, ?)", (_name(items[done - 1][1]), str(done)))
        return [payload for _, payload in items[:done]]

    def _put(self, kind: int, plain: bytes) -> None:
        id_ = os.urandom(_ID)
        sealed = self._keyring.seal(plain, b"spool:" + id_)
        self._spool.put(kind, id_ + (b"1" if self._keyring.active else b"0") + sealed)

    def _opened(self, payload: bytes) -> bytes:
        kept = payload[_ID + 1 :]
        return unsealed(self._keyring, kept, b"spool:" + payload[:_ID]) if payload[_ID : _ID + 1] == b"1" else kept

    def _records(self, payload: bytes) -> list[Record]:
        try:
            return [record_of(*found) for found in json.loads(self._opened(payload))]
        except (ValueError, TypeError, KeyError):
            raise StateError("a refusal in the host's spool cannot be read: it is damaged") from None


def _name(payload: bytes) -> str:
    return _SENT + payload[:_ID].hex()


def _releasing(payload: bytes) -> Callable[[Writing], None]:
    attempt = int(payload)
    return lambda writing: writing.release(attempt)
