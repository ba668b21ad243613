"""Reading the whole log, link by link, and saying what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.call_log.chain import MALFORMED, Fault, Register, head_of, held, short_of, signed, unsealed
from callguard.call_log.entry import decode
from callguard.call_log.searching import blind_of
from callguard.errors import StateError
from callguard.sealing import START, Keyring
from callguard.state.records import LogQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callguard.state import Store
    from callguard.state.records import Anchor, LogRow, Writer

    Progress = Callable[[int, int], None]

SEEING: Final = ("checkpoint", "export")  # kinds of notes that say what they have seen
MOST: Final = 1000  # faults that are kept; the rest are counted
_STEP: Final = 5_000  # rows between two words of progress


@attrs.frozen(slots=True, kw_only=True)
class Verified:
    """What a check of the log found: how many rows of how many chains, how many of them not sealed, and what is wrong.

    `digest` is the register's, to be printed and kept elsewhere. `wrong` counts every fault, `faults` holds the first thousand.
    """

    rows: int
    chains: int
    unsealed: int
    digest: str
    register: Register
    faults: tuple[Fault, ...]
    wrong: int

    def __bool__(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.wrong


class Verifying:
    """One check of the whole log, while writers may go on writing."""

    def __init__(self, store: Store, keyring: Keyring, *, deep: bool) -> None:
        """Prepare to read; `deep` has every seal opened, not only of rows that say what they have seen."""
        self._store, self._keyring, self._deep = store, keyring, deep
        rings = (keyring, Keyring.plain())
        self._seeing = frozenset(blind for ring in rings for kind in SEEING for blind in ring.blinds(blind_of("kind", kind)))
        self._faults: list[Fault] = []
        self._wrong = 0
        self._rows = 0
        self._unsealed = 0
        self._linking: dict[str, Callable[[bytes], bytes] | None] = {}
        self._reached: dict[str, tuple[int, bytes]] = {}  # the last row and link of each chain
        self._seen: dict[str, tuple[int, str]] = {}  # the furthest that another chain saw
        self._digests: set[str] = set()

    def run(self, expected: str | Register | None, progress: Progress | None) -> Verified:
        """Read every row; `expected` is a digest, or a register, of an earlier time."""
        had = _size_of(expected) if isinstance(expected, str) else None
        before = {writer.name: writer for writer in self._store.writers()}
        anchors = _by_writer(self._store.anchors())
        total = sum(writer.count for writer in before.values()) - sum(a.position for found in anchors.values() for a in found)
        for name, found in anchors.items():
            for anchor in found:
                self._check_anchor(name, anchor)
        chain: _Chain | None = None
        for row in self._store.log_rows(LogQuery()):
            if chain is None or row.writer != chain.name:
                self._end(chain)
                chain = _Chain(row.writer, before.get(row.writer))
                self._begin(chain, row, anchors)
            self._check(chain, row)
            self._rows += 1
            if progress is not None and not self._rows % _STEP:
                progress(self._rows, max(total, self._rows))
        self._end(chain)
        after = {writer.name: writer for writer in self._store.writers()}
        self._check_register(before, after, _by_writer(self._store.anchors()))
        self._check_seen()
        register = Register.of(tuple(before.values()))
        if isinstance(expected, Register):
            self._check_chains(expected)
        elif had is not None and expected not in {*self._digests, register.digest, Register.of(tuple(after.values())).digest}:
            self._fault("expected", why=_why(had, register))
        if progress is not None:
            progress(self._rows, self._rows)
        return Verified(
            rows=self._rows,
            chains=len(self._reached),
            unsealed=self._unsealed,
            digest=register.digest,
            register=register,
            faults=tuple(self._faults),
            wrong=self._wrong,
        )

    def _fault(self, what: str, writer: str | None = None, position: int | None = None, **facts: Any) -> None:
        self._wrong += 1
        if len(self._faults) < MOST:
            self._faults.append(Fault(what, writer, position, facts))

    def _check_anchor(self, name: str, anchor: Anchor) -> None:
        # what a purge without a key has left proves nothing once there is one: anybody could have left it
        try:
            sound = bool(anchor.key or not self._keyring.active) and self._keyring.check(
                anchor.key, signed(anchor), anchor.signature
            )
        except StateError:
            self._fault("key", name, anchor.position, key=anchor.key)
        else:
            if not sound:
                self._fault("anchor", name, anchor.position)

    def _begin(self, chain: _Chain, row: LogRow, anchors: dict[str, list[Anchor]]) -> None:
        """Find where a chain's first row hangs: on nothing, or on the anchor of a purge, which may have run just now."""
        if row.position == 1:
            return
        known = anchors.get(row.writer, [])
        if all(anchor.position != row.position - 1 for anchor in known):
            known = [*known, *(anchor for anchor in self._store.anchors() if anchor.writer == row.writer)]
        anchor = max((a for a in known if a.position < row.position), key=lambda a: a.position, default=None)
        if anchor is None:
            self._fault("front", row.writer, row.position)
            chain.position, chain.link = row.position - 1, None
            return
        chain.position, chain.link = anchor.position, anchor.link

    def _check(self, chain: _Chain, row: LogRow) -> None:
        position, key = row.position, row.key
        if position != chain.position + 1:
            self._fault("missing", row.writer, position, first=chain.position + 1, last=position - 1)
            chain.link = None
        if key:
            chain.sealed = True
        else:
            self._unsealed += 1
            if chain.sealed:
                self._fault("unsealed", row.writer, position)
        if key not in self._linking:
            self._linking[key] = held(self._keyring, key)
        link = self._linking[key]
        if link is None:
            if key not in chain.unheld:
                chain.unheld.add(key)
                self._fault("key", row.writer, position, key=key)
        else:
            try:
                beside = head_of(row)
                fits = row.link == link((chain.link or b"") + beside + row.sealed)
            except MALFORMED:
                self._fault("link", row.writer, position)
            else:
                if not fits and chain.link is not None:
                    self._fault("link", row.writer, position)
                self._open(row, beside)
        if position == 1:
            chain.first = row.link
        registered = chain.registered
        if registered is not None and position == registered.count and row.link != registered.last:
            self._fault("last", row.writer, position)
        chain.position, chain.link = position, row.link

    def _open(self, row: LogRow, beside: bytes) -> None:
        """Open a seal, where that is asked for or the row says what it has seen of chains."""
        witness = row.position == 1 or row.reason in self._seeing
        if not witness and not self._deep:
            return
        try:
            body = unsealed(self._keyring, row, beside)
            seen = decode(body).get("seen") if witness else None
        except (StateError, *MALFORMED):
            self._fault("seal", row.writer, row.position)
            return
        if seen is None:
            return
        self._digests.add(seen["digest"])
        for name, count, link in seen["chains"]:
            if count > self._seen.get(name, (0, ""))[0]:
                self._seen[name] = (count, link)

    def _end(self, chain: _Chain | None) -> None:
        if chain is None:
            return
        assert chain.link is not None
        self._reached[chain.name] = (chain.position, chain.link)
        registered = chain.registered
        if registered is not None and chain.first is not None and chain.first != registered.first:
            self._fault("first", chain.name, 1)

    def _check_register(self, before: dict[str, Writer], after: dict[str, Writer], anchors: dict[str, list[Anchor]]) -> None:
        """Compare what was read with what the register said before and says now."""
        for name, (position, link) in self._reached.items():
            now = after.get(name)
            if now is None:
                self._fault("unregistered", name)
            elif position > now.count:
                self._fault("beyond", name, position, count=now.count)
            elif name not in before and position == now.count and link != now.last:
                self._fault("last", name, position)
        for name, writer in before.items():
            position, link = self._reached.get(name, (0, START))
            newest = max(anchors.get(name, ()), key=lambda a: a.position, default=None)
            if newest is not None and newest.position > position:
                position, link = newest.position, newest.link  # all of it is purged
                if position == writer.count and link != writer.last:
                    self._fault("last", name, position)
            if position < writer.count:
                self._fault("missing", name, None, first=position + 1, last=writer.count)
            if name not in after:
                self._fault("unregistered", name)
            self._reached[name] = (position, link)

    def _check_seen(self) -> None:
        """Compare what chains say of each other with what is there."""
        for name, (count, link) in self._seen.items():
            position, last = self._reached.get(name, (0, START))
            if position < count:
                self._fault("seen", name, None, count=count)
            else:
                there = last if position == count else self._link_at(name, count)
                if there is not None and short_of(there) != link:
                    self._fault("changed", name, count)

    def _link_at(self, name: str, position: int) -> bytes | None:
        """Return a row's link; None where it was purged."""
        anchors = {anchor.position: anchor.link for anchor in self._store.anchors() if anchor.writer == name}
        if position in anchors:
            return anchors[position]
        row = next(iter(self._store.log_rows(LogQuery(writer=name, after=position - 1))), None)
        return row.link if row is not None and row.position == position else None

    def _check_chains(self, expected: Register) -> None:
        """Compare an earlier register with what is there, chain by chain."""
        for chain in expected.chains:
            position, last = self._reached.get(chain.writer, (0, START))
            there = last if position == chain.count else self._link_at(chain.writer, chain.count)
            if position < chain.count:
                why = f"it had {chain.count} rows of this writer, of which {position} are left"
                self._fault("expected", chain.writer, None, why=why)
            elif there is not None and there != chain.last:
                self._fault("expected", chain.writer, chain.count, why="it had another link here")


def _size_of(digest: str) -> tuple[int, int]:
    """Return how many writers and rows a digest is of; ValueError for what is none."""
    parts = digest.split("-")
    if len(parts) != 3 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        raise ValueError("the expected digest is none that `log verify` prints; accepted: writers-rows-hash, as 3-1204-9f86d0…")
    return int(parts[0]), int(parts[1])


def _why(had: tuple[int, int], register: Register) -> str:
    """Return what tells that a log is another than the one of a digest."""
    if had[0] > len(register.chains) or had[1] > register.rows:
        return f"it had {had[1]} rows by {had[0]} writers, and now has {register.rows} by {len(register.chains)}"
    return "no row of it remembers that digest"


@attrs.define(slots=True)
class _Chain:
    """One chain while it is read; `link` is None where the one before is not known."""

    name: str
    registered: Writer | None
    position: int = 0
    link: bytes | None = START
    first: bytes | None = None
    sealed: bool = False
    unheld: set[str] = attrs.field(factory=set)


def _by_writer(anchors: Iterable[Anchor]) -> dict[str, list[Anchor]]:
    found: dict[str, list[Anchor]] = {}
    for anchor in anchors:
        found.setdefault(anchor.writer, []).append(anchor)
    return found
