"""Chains: each writer links its rows, so that whoever changes, removes or moves one breaks a link; and a register of all chains.

A row's link is an HMAC, by the key that sealed it, over the link before it and all that stands in the row. The register is what
every chain has come to; its digest is short enough to be printed and kept elsewhere. The first row of each chain says what the
others had come to (`seen`), and so does every checkpoint: chains vouch for each other.

What is found without anything kept elsewhere: a row edited, removed, inserted or moved; a chain's end or a whole chain removed, as
far as any row of another chain had seen it; rows removed from the front without a purge's signed anchor; an end that the register
denies.
What needs an earlier digest, or an export's manifest: that the end of a chain which no other has seen is gone, register row and
all; that the whole store was put back to an earlier copy.
What a holder of the key could still do: write a whole other log. It would have another digest than those that were printed,
exported or handed on before. Without a key anybody could.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from callguard.errors import StateError
from callguard.sealing import BLIND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callguard.sealing import Keyring
    from callguard.state.records import Anchor, LogRow, Writer

SECOND: Final = 1_000_000  # microseconds, in which instants are stored
_HEAD: Final = struct.Struct(f">qqBHH{BLIND}s{BLIND}s{BLIND}s{BLIND}s")
_NONE: Final = bytes(BLIND)
MALFORMED: Final = (struct.error, TypeError, ValueError, AttributeError)  # what `head` raises of a row that no writer wrote
_SEEN: Final = 8  # bytes of a link by which another chain remembers it


def head(
    writer: str,
    position: int,
    at: float,
    key: str,
    callee: bytes | None,
    caller: bytes | None,
    campaign: bytes | None,
    reason: bytes | None,
) -> bytes:
    """Return all that stands in a row beside what is sealed, as bytes: the seal is bound to them, the link covers them."""
    there = (callee is not None) + 2 * (caller is not None) + 4 * (campaign is not None) + 8 * (reason is not None)
    a, b, c, d = callee or _NONE, caller or _NONE, campaign or _NONE, reason or _NONE
    if not len(a) == len(b) == len(c) == len(d) == BLIND:
        raise ValueError("a blind index has another length than all have")  # it would be cut, or filled up, unseen
    name, id_ = writer.encode(), key.encode()
    return _HEAD.pack(position, round(at * SECOND), there, len(name), len(id_), a, b, c, d) + name + id_


def head_of(row: LogRow) -> bytes:
    """Return a row's head."""
    return head(row.writer, row.position, row.at, row.key, row.callee, row.caller, row.campaign, row.reason)


def unsealed(keyring: Keyring, row: LogRow, beside: bytes | None = None) -> bytes:
    """Return what a row holds; StateError where its key is not held or it is not what was sealed. `beside`: its head."""
    if not row.key:
        return row.sealed
    if not keyring.active:
        keyring.linking(row.key)  # which says that it is not held
    try:
        return keyring.unseal(row.sealed, head_of(row) if beside is None else beside)
    except MALFORMED:
        raise StateError(f"row {row.position} of writer {row.writer} of the call log is none that a writer wrote") from None


def signed(anchor: Anchor) -> bytes:
    """Return what an anchor's signature is of."""
    return (
        b"anchor"
        + struct.pack(">qq", anchor.position, round(anchor.at * SECOND))
        + anchor.link
        + f"{anchor.writer} {anchor.key}".encode()
    )


@attrs.frozen(slots=True)
class Chain:
    """What one chain had come to: how many rows, those purged included, the first's link and the last's."""

    writer: str
    count: int
    first: bytes
    last: bytes


@attrs.frozen(slots=True)
class Register:
    """What all chains had come to, by their writers' names."""

    chains: tuple[Chain, ...]

    @classmethod
    def of(cls, writers: Sequence[Writer]) -> Self:
        """Return the register of a store's writers; those that have written nothing count for nothing."""
        chains = (Chain(each.name, each.count, each.first, each.last) for each in writers if each.count)
        return cls(tuple(sorted(chains, key=lambda chain: chain.writer)))

    @property
    def rows(self) -> int:
        """How many rows were ever written."""
        return sum(chain.count for chain in self.chains)

    @property
    def digest(self) -> str:
        """How many writers and rows, and a SHA-256 over every chain: `3-1204-9f86d0…`."""
        over = sha256(b"callguard register 1\n")
        for chain in self.chains:
            over.update(f"{chain.writer} {chain.count} {chain.first.hex()} {chain.last.hex()}\n".encode())
        return f"{len(self.chains)}-{self.rows}-{over.hexdigest()}"

    def as_json(self) -> list[list[Any]]:
        """Return it as JSON has it."""
        return [[chain.writer, chain.count, chain.first.hex(), chain.last.hex()] for chain in self.chains]

    @classmethod
    def from_json(cls, rows: object) -> Self:
        """Read what `as_json` wrote; ValueError for anything else."""
        try:
            assert isinstance(rows, list)
            chains = tuple(
                Chain(str(name), int(count), bytes.fromhex(first), bytes.fromhex(last)) for name, count, first, last in rows
            )
        except (AssertionError, TypeError, ValueError) as error:
            raise ValueError("the register is not one of an export's manifest") from error
        return cls(tuple(sorted(chains, key=lambda chain: chain.writer)))

    def seen(self, most: int | None = None) -> dict[str, Any]:
        """Return what a row says that it has seen: the digest, and of each chain the count and the beginning of the last link.

        Of `most` chains where there are more, others each time: over many rows every chain is seen.
        """
        chains: Sequence[Chain] = self.chains
        if most is not None and len(chains) > most:
            import random

            chains = random.sample(chains, most)
        return {"digest": self.digest, "chains": [[c.writer, c.count, c.last[:_SEEN].hex()] for c in chains]}


@attrs.frozen(slots=True)
class Fault:
    """What is wrong with the log: `what` names the kind of it, `writer` and `position` the row, as far as there is one.

    `facts` are what was found and what should have been.
    """

    what: str
    writer: str | None = None
    position: int | None = None
    facts: dict[str, Any] = attrs.field(factory=dict)

    def __str__(self) -> str:
        place = "" if self.writer is None else f"writer {self.writer}"
        if self.position is not None:
            place += f", row {self.position}"
        text = SAID[self.what].format(**self.facts)
        return f"{place}: {text}" if place else text

    def message_in(self, lang: str) -> str:
        """Return what is wrong in `en` or `zh`."""
        if lang == "en":
            return str(self)
        place = "" if self.writer is None else f"写入者 {self.writer}"
        if self.position is not None:
            place += f", 第 {self.position} 条"
        text = SAID_ZH[self.what].format(**self.facts)
        return f"{place}: {text}" if place else text


SAID: Final = {
    "link": "the link does not fit: this row, or the one before it, is not what was written",
    "seal": "what is sealed cannot be opened",
    "missing": "rows {first} to {last} are missing",
    "front": "the chain begins here, and no purge has left an anchor before it",
    "anchor": "the anchor of a purge is not signed by the log's key, or not of this row",
    "first": "the register names another first link",
    "last": "the register names another last link",
    "beyond": "the register knows of {count} rows only",
    "unregistered": "the register does not know this writer",
    "key": "sealed under key {key}, which is not held: the rows that it sealed cannot be checked",
    "unsealed": "the row is not sealed, though rows before it are",
    "seen": "another chain has seen {count} rows of this one",
    "changed": "another chain has seen another link here",
    "expected": "the log is not the one whose digest was given, or not all of it: {why}",
}
SAID_ZH: Final = {
    "link": "链接不符: 该条或前一条不是当初所写",
    "seal": "密封内容无法打开",
    "missing": "缺少第 {first} 至 {last} 条",
    "front": "链从此开始, 而清除未在此留下锚点",
    "anchor": "清除所留锚点不是由日志密钥签署, 或不属于该条",
    "first": "登记簿所记首个链接不同",
    "last": "登记簿所记末个链接不同",
    "beyond": "登记簿只记有 {count} 条",
    "unregistered": "登记簿中没有该写入者",
    "key": "以密钥 {key} 加密, 而未持有该密钥: 其记录无法校验",
    "unsealed": "该条未加密, 而之前的记录已加密",
    "seen": "另一条链见过该链的 {count} 条记录",
    "changed": "另一条链在此见过不同的链接",
    "expected": "与所给摘要不是同一日志, 或不完整: {why}",
}


def short_of(links: bytes) -> str:
    """Return the beginning of a link, as `seen` has it."""
    return links[:_SEEN].hex()


def held(keyring: Keyring, key: str) -> Callable[[bytes], bytes] | None:
    """Return what makes a row's link under its key, None where that is not held."""
    try:
        return keyring.linking(key)
    except StateError:
        return None
