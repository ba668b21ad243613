"""What is known at one moment, copied into two files: refusals, and consents, callers and attempts; a store that reads them.

The refusals stand in the form of a checkpoint, which is mapped. The rest is a head in JSON, then rows in columns of eight bytes, by
number: in the clear it is mapped, too. With a key both are sealed, and stand unsealed in the memory of each process that reads
them: these may be killed, and a name in the memory file system would outlive them.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

from callguard._core.delta import Delta
from callguard.errors import StateError
from callguard.model import FOREVER
from callguard.rules.rule import Consent
from callguard.state import checkpoint
from callguard.state.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from callguard.sealing import Keyring
    from callguard.state.counts import Tallies
    from callguard.state.records import Record
    from callguard.state.store import Transaction
    from callguard.state.view import View

_HEAD: Final = struct.Struct("<8sQ")  # how it begins, bytes of the JSON
_MAGIC: Final = b"cgcopy1\n"
_WORD: Final = 8
_PIECE: Final = 1 << 20
_SEAL: Final = 32  # bytes that a sealed piece is longer


def write(refusals: Path, rest: Path, view: View, tallies: Tallies, name: str, keyring: Keyring) -> None:
    """Copy what a view holds and what counts into two new files (0600), sealed where there is a key; `name` is of 32 hex digits.

    StateError or OSError where they cannot be written.
    """
    checkpoint.write(refusals, view, name, 0, keyring)
    plain = _packed(view, tallies)
    with open(rest, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        if not keyring.active:
            file.write(plain)
            return
        file.writelines(keyring.seal(plain[at : at + _PIECE], _bound(name, i)) for i, at in enumerate(range(0, len(plain), _PIECE)))


def _packed(view: View, tallies: Tallies) -> bytes:
    given = [(number, consent) for number, found in sorted(dict(view.consents).items()) for consent in found]
    scopes = list(dict.fromkeys(consent.scope for _, consent in given))
    place = {scope: i for i, scope in enumerate(scopes)}
    columns: list[array[Any]] = [
        array("q", (number for number, _ in given)),
        array("q", (place[consent.scope] for _, consent in given)),
        array("d", (FOREVER if consent.until is None else consent.until for _, consent in given)),
    ]
    campaigns, callers = [], []
    for name, numbers in tallies.campaigns.items():
        rows = [(n, at) for n, found in sorted(numbers.items()) for at in (found if isinstance(found, tuple) else (found,))]
        campaigns.append([name, len(rows)])
        columns += [array("q", (number for number, _ in rows)), array("d", (at for _, at in rows))]
    for caller, instants in tallies.callers.items():
        callers.append([caller, len(instants)])
        columns.append(array("d", instants))
    about = {
        "order": sys.byteorder,
        "statuses": view.statuses.copy(),
        "scopes": scopes,
        "consents": len(given),
        "campaigns": campaigns,
        "callers": callers,
    }
    text = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    text = text.ljust(-(-len(text) // _WORD) * _WORD)
    return b"".join((_HEAD.pack(_MAGIC, len(text)), text, *columns))


def _bound(name: str, piece: int) -> bytes:
    return b"copy %s %d" % (name.encode(), piece)


class Copied(MemoryStore):
    """The Store contract over a copy: what was known then is answered from, and nothing is kept.

    It is as fresh as on the day it was made, for it answers of no other. `complete`: whether attempts were copied as far back as
    the law of callees' places counts.
    """

    def __init__(self, refusals: Path, rest: Path, name: str, keyring: Keyring, *, complete: bool) -> None:
        """Open two files that `write` wrote under a name; StateError where they cannot be read, or are no longer what they were."""
        super().__init__()
        self._refusals, self._name, self._keyring, self._complete = refusals, name, keyring, complete
        self._rest = _Rest(_memory(rest, name, keyring), rest)
        self._tables: dict[str, Delta] = {}

    def fill(self, view: View) -> int:
        """Begin a view with the copy; the mark is 0, and stays."""
        said: list[str] = []
        if checkpoint.load(self._refusals, view, self._name, self._keyring, tell=said.append, shared=False) is None:
            raise StateError(said[0] if said else f"`{self._refusals}` is not there")
        view.statuses |= self._rest.about["statuses"]
        view.consents = Consents(self._rest)
        return 0

    def keep_attempts(self, span: float, further: Mapping[str, float] | None = None) -> None:  # noqa: ARG002 - the contract's
        """Do nothing where all was copied that may count; StateError where it was not."""
        if further and not self._complete:
            raise StateError("attempts were not copied as far back as the law of callees' places counts")

    def campaign_attempts(self, campaign: str, number: int) -> tuple[float, ...]:
        """Return the instants of a campaign's attempts to a number that count, oldest first."""
        found = self._rest.campaigns.get(campaign)
        if found is None:
            return ()
        numbers, instants = found
        first = bisect_left(numbers, number)
        last = first
        while last < len(numbers) and numbers[last] == number:
            last += 1
        return tuple(instants[first:last])

    def caller_attempts(self, caller: str, since: float) -> tuple[float, ...]:
        """Return the instants of a caller's attempts since an instant, oldest first."""
        found = self._rest.callers.get(caller, ())
        return tuple(found[bisect_left(found, since) :])

    def caller_count(self, caller: str, since: float) -> int:
        """Return how many attempts of a caller since an instant count."""
        found = self._rest.callers.get(caller, ())
        return len(found) - bisect_left(found, since)

    def campaign_counts(self, campaign: str) -> Delta | None:
        """Return how many attempts of a campaign to each number count; None where none does."""
        found = self._rest.campaigns.get(campaign)
        if found is None or not len(found[0]):
            return None
        table = self._tables.get(campaign)
        if table is None:
            table = Delta()
            table.reserve(len(found[0]))
            table.count(found[0])
            self._tables[campaign] = table
        return table

    def append(self, records: Sequence[Record]) -> NoReturn:  # noqa: ARG002 - the contract's
        """Keep nothing: StateError."""
        raise _read_only()

    def transact(self, work: Callable[[Transaction], Any]) -> NoReturn:  # noqa: ARG002 - the contract's
        """Count nothing: StateError."""
        raise _read_only()


class Consents(MutableMapping[int, tuple[Consent, ...]]):
    """The consents of a copy, by number; nothing is put into them."""

    def __init__(self, rest: _Rest) -> None:
        self._rest = rest

    def __getitem__(self, number: int) -> tuple[Consent, ...]:
        numbers, scopes, ends, names = *self._rest.consents, self._rest.about["scopes"]
        first, last = bisect_left(numbers, number), bisect_right(numbers, number)
        if first == last:
            raise KeyError(number)
        return tuple(Consent(names[scopes[i]], None if ends[i] >= FOREVER else ends[i]) for i in range(first, last))

    def __iter__(self) -> Iterator[int]:
        return iter(dict.fromkeys(self._rest.consents[0]))

    def __len__(self) -> int:
        return len(set(self._rest.consents[0]))

    def __setitem__(self, number: int, consents: tuple[Consent, ...]) -> NoReturn:
        raise _read_only()

    def __delitem__(self, number: int) -> NoReturn:
        raise _read_only()


class _Rest:
    """The rows of a copy's second file, where they stand in memory."""

    def __init__(self, memory: memoryview, path: Path) -> None:
        try:
            magic, length = _HEAD.unpack_from(memory)
            self.about: dict[str, Any] = json.loads(
                bytes(memory[_HEAD.size : _HEAD.size + length]).decode("utf-8", "surrogatepass")
            )
            if magic != _MAGIC or self.about["order"] != sys.byteorder:
                raise StateError(f"`{path}` is no copy of a state, or one of another version or byte order")
            at = _HEAD.size + length

            def column(kind: str, count: int) -> memoryview:
                nonlocal at
                at += _WORD * count
                return memory[at - _WORD * count : at].cast(kind)  # type: ignore[call-overload,no-any-return]

            consents = self.about["consents"]
            self.consents = (column("q", consents), column("q", consents), column("d", consents))
            self.campaigns = {name: (column("q", count), column("d", count)) for name, count in self.about["campaigns"]}
            self.callers = {caller: column("d", count) for caller, count in self.about["callers"]}
            whole = at == len(memory)
        except (struct.error, ValueError, TypeError, KeyError) as error:
            raise StateError(f"`{path}` is damaged") from error
        if not whole:
            raise StateError(f"`{path}` was cut off, or is longer than it was")


def _memory(path: Path, name: str, keyring: Keyring) -> memoryview:
    """Map a file, or unseal it."""
    try:
        with path.open("rb") as file:
            if not keyring.active:
                return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            pieces = iter(lambda: file.read(_PIECE + _SEAL), b"")
            return memoryview(b"".join(keyring.unseal(piece, _bound(name, i)) for i, piece in enumerate(pieces)))
    except (OSError, ValueError) as error:
        raise StateError(f"`{path}` cannot be read ({type(error).__name__})") from error


def _read_only() -> StateError:
    return StateError("a copy of a state is only read: nothing is kept in it, and no attempt counted")
