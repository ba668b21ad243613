"""The call log, its register and its archive, as a database has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from callguard.state.records import Anchor, LogRow, Writer
from callguard.state.rows import micros, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from callguard.state.engine import Engine, Row
    from callguard.state.records import LogQuery
    from callguard.state.writing import Writing

_COLUMNS: Final = "SELECT writer, position, at, key, callee, caller, campaign, reason, sealed, link FROM call_log"
_PAGE: Final = 5_000
_FAR_S: Final = 2.0**42  # further than any record, and within the integers of databases


class LogTables:
    """Reads what was logged; every thread may."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def rows(self, query: LogQuery) -> Iterator[LogRow]:
        """Yield the rows that match, writer by writer, each in the order of its chain."""
        if query.since is query.until is None and not (query.callee or query.caller or query.campaign or query.reason):
            yield from self._chains(query)
            return
        where, values = _where(query)
        for rows in self._engine.stream(f"{_COLUMNS} WHERE {where} ORDER BY writer, position", values):
            yield from map(_row, rows)

    def _chains(self, query: LogQuery) -> Iterator[LogRow]:
        """Yield whole chains, page by page: nobody is held up by a long reading, nor is it ended by a fork."""
        sql = f"{_COLUMNS} WHERE writer = ? AND position > ? ORDER BY position LIMIT {_PAGE}"
        for name in self._names() if query.writer is None else (query.writer,):
            after = 0 if query.writer is None else query.after
            while rows := self._engine.read(sql, (name, after)):
                yield from map(_row, rows)
                after = rows[-1][1]

    def _names(self) -> Iterator[str]:
        """Yield who has written, by name, whether the register knows of it or not."""
        name: str | None = ""
        while (name := self._engine.read("SELECT min(writer) FROM call_log WHERE writer > ?", (name,))[0][0]) is not None:
            yield name

    def writers(self) -> tuple[Writer, ...]:
        """Return the register, by name."""
        found = self._engine.read("SELECT writer, about, began, count, first_link, last_link FROM writers ORDER BY writer")
        return tuple(
            Writer(name=name, about=about, began=seconds(began), count=count, first=bytes(first), last=bytes(last))
            for name, about, began, count, first, last in found
        )

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the newest anchor of each writer, by name."""
        found = self._engine.read("SELECT writer, position, link, at, key, signature FROM anchors ORDER BY writer, position")
        newest = {row[0]: row for row in found}
        return tuple(
            Anchor(writer=writer, position=position, link=bytes(link), at=seconds(at), key=key, signature=bytes(signature))
            for writer, position, link, at, key, signature in newest.values()
        )

    def archived(self, digest: str) -> bytes | None:
        """Return an archived text as it is stored."""
        found = self._engine.read("SELECT body FROM archive WHERE hash = ?", (digest,))
        return bytes(found[0][0]) if found else None


def archiving(kind: str, digest: str, body: bytes, writing: Writing) -> None:
    """Write a text to the archive, where it is not there."""
    writing.run("INSERT INTO archive (hash, kind, body) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING", (digest, kind, body))


def purging(anchors: Iterable[Anchor], writing: Writing) -> int:
    """Remove the rows up to each anchor, keep the anchors, and return how many rows went."""
    gone = 0
    for anchor in anchors:
        place = (anchor.writer, anchor.position)
        gone += writing.ask("SELECT count(*) FROM call_log WHERE writer = ? AND position <= ?", place)[0][0]
        writing.run("DELETE FROM call_log WHERE writer = ? AND position <= ?", place)
        writing.run(
            "INSERT INTO anchors (writer, position, link, at, key, signature) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (writer, position) DO NOTHING",
            (*place, anchor.link, micros(anchor.at), anchor.key, anchor.signature),
        )
    return gone


def _where(query: LogQuery) -> tuple[str, list[object]]:
    """Return what a row must be, and the values that it is compared with."""
    parts: list[str] = []
    values: list[object] = []
    if query.writer is not None:
        parts.append("writer = ? AND position > ?")
        values += [query.writer, query.after]
    for sign, at in ((">=", query.since), ("<", query.until)):
        if at is not None:
            parts.append(f"at {sign} ?")
            values.append(micros(min(max(at, -_FAR_S), _FAR_S)))  # for good is no integer
    for name in ("callee", "caller", "campaign", "reason"):
        blinds: tuple[bytes, ...] = getattr(query, name)
        if blinds:
            parts.append(f"{name} IN ({', '.join('?' * len(blinds))})")
            values += blinds
    return " AND ".join(parts), values


def _blind(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _row(row: Row) -> LogRow:
    writer, position, at, key, callee, caller, campaign, reason, sealed, link = row
    return LogRow(
        writer=writer,
        position=position,
        at=seconds(at),
        key=key,
        callee=_blind(callee),
        caller=_blind(caller),
        campaign=_blind(campaign),
        reason=_blind(reason),
        sealed=bytes(sealed),
        link=bytes(link),
    )
