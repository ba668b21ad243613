"""The mirror of a database's attempts in memory: brought up to date by transactions, exactly, and by each heartbeat."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from callguard.clock import DAY
from callguard.state.counts import Counts, Released
from callguard.state.reaches import Reaches
from callguard.state.rows import micros, seconds
from callguard.state.writing import COUNTED, attempt_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from callguard.sealing import Keyring
    from callguard.state.counts import Pending
    from callguard.state.engine import Row

    Ask = Callable[..., list[Row]]

_ROWS: Final = "SELECT seq, kind, number, sealed, campaign, caller, at, of FROM attempts WHERE seq > ?"
_PAGE: Final = 10_000


class Mirror:
    """Holds `counts`, which is exchanged whole for one that reaches further back; no database is asked under the lock."""

    def __init__(self, keyring: Keyring, clock: Callable[[], float]) -> None:
        self._keyring = keyring
        self._clock = clock
        self.lock = threading.Lock()
        self.counts: Counts | Reaches = Counts()
        self._spans: dict[str, float] = {"": 0}

    def reach(self, span: float, ask: Ask, further: Mapping[str, float] = {}) -> None:
        """Keep attempts for at least so many seconds back, those to numbers that begin so `further`, read by `ask`."""
        wanted = {"": span, **further}
        spans = {digits: max(self._spans.get(digits, 0), wanted.get(digits, 0)) for digits in {*self._spans, *wanted}}
        if spans == self._spans:
            return
        counts: Counts | Reaches = Counts() if len(spans) == 1 else Reaches(spans)
        if isinstance(counts, Counts):
            counts.keep(spans[""])
        span = max(spans.values())
        newest = ask("SELECT max(at) FROM attempts")[0][0]
        if newest is not None:
            since = micros(min(self._clock(), seconds(newest)) - span - DAY)
            first = ask("SELECT min(seq + 0) FROM attempts WHERE at >= ?", (since,))[0][0]
            counts.applied = ask("SELECT max(seq) FROM attempts")[0][0] if first is None else first - 1
        self._up(counts, ask)
        with self.lock:
            self.counts, self._spans = counts, spans

    def up(self, ask: Ask) -> Counts | Reaches:
        """Take in what `ask` has in sight, and return the counts; within a transaction they are exact then."""
        counts = self.counts
        self._up(counts, ask)
        return counts

    def keep(self, pending: Pending) -> None:
        """Take in what was committed just now."""
        with self.lock:
            pending.keep()

    def _up(self, counts: Counts | Reaches, ask: Ask) -> None:
        while counts.span > 0:
            rows = ask(f"{_ROWS} ORDER BY seq LIMIT {_PAGE}", (counts.applied,))
            events = [(row[0], self._event(*row)) for row in rows]
            with self.lock:
                for seq, event in events:
                    counts.apply(seq, event)
            if len(rows) < _PAGE:
                break

    def _event(
        self, seq: int, kind: int, number: int | None, sealed: bytes | None, campaign: str, caller: str, at: int, of: int
    ) -> Any:
        if kind != COUNTED:
            return Released(of)
        return attempt_of(self._keyring, seq, number, sealed, campaign, caller, at)
