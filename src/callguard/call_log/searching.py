"""Finding records by what is asked for, and joining decisions with their outcomes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import clock, phone
from callguard.call_log.chain import unsealed
from callguard.call_log.entry import DECISION, DONE, KINDS, REASONS, Entry, Later, Note, decode, entry_of, later_of, note_of
from callguard.sealing import Keyring
from callguard.state.records import LogQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from callguard.call_log.entry import Facts, Reference
    from callguard.model import Reason
    from callguard.policy import Policy
    from callguard.state import Store
    from callguard.state.records import LogRow

    When = date | datetime | float | str | None

WINDOW: Final = 100_000  # decisions of one chain that are held, so that their outcomes can be joined to them
_LATE: Final = clock.DAY  # how much later than a period an outcome may come and still be looked for


@attrs.frozen(slots=True, kw_only=True)
class Asked:
    """What is asked of the log: numbers as they are compared, instants in epoch seconds, `since` <= at < `until`.

    `shown` says the same to people, numbers masked.
    """

    callee: int | None = attrs.field(default=None, repr=False)
    caller: str | None = attrs.field(default=None, repr=False)
    campaign: str | None = None
    reason: Reason | None = None
    since: float | None = None
    until: float | None = None

    @classmethod
    def of(
        cls,
        policy: Policy,
        *,
        number: str | int | None = None,
        caller: str | None = None,
        campaign: str | None = None,
        reason: Reason | str | None = None,
        since: When = None,
        until: When = None,
    ) -> Asked:
        """Read what a person asks for; ValueError where that cannot be read.

        A number or a caller may be in any writing, an instant a date of the enterprise's too: `since` its first, `until` its last.
        """
        zone = policy.enterprise.timezone
        return cls(
            callee=None if number is None else _read_number(policy, number),
            caller=None if caller is None else phone.caller_key(caller, policy.enterprise.region) or caller,
            campaign=campaign,
            reason=None if reason is None else _read_reason(reason),
            since=None if since is None else clock.edge(since, zone, ends=False, name="since"),
            until=None if until is None else clock.edge(until, zone, ends=True, name="until"),
        )

    @property
    def shown(self) -> dict[str, Any]:
        """What was asked for, as it may be shown and kept: numbers masked."""
        said = {
            "number": None if self.callee is None else phone.mask(self.callee),
            "caller": None if self.caller is None else phone.mask(self.caller),
            "campaign": self.campaign,
            "reason": self.reason,
            "since": self.since,
            "until": self.until,
        }
        return {key: value for key, value in said.items() if value is not None}


def _read_number(policy: Policy, number: str | int) -> int:
    plan = phone.NumberPlan(policy.enterprise.region, policy.enterprise.integers)
    found = plan.read(number).number
    if found is None:
        raise ValueError(
            "the number to search for cannot be read as E.164; accepted: a text as people write it, or E.164 as an int"
        )
    return found


def _read_reason(reason: Reason | str) -> Reason:
    found = REASONS.get(str(reason))
    if found is None:
        raise ValueError(f"`{reason}` is no reason; accepted: {', '.join(REASONS)}")
    return found


def blind_of(column: str, value: object) -> str:
    """Return the text whose blind index stands in a column, so that equal texts of two columns look different."""
    return f"{column} {value}"


def finds(store: Store, keyring: Keyring) -> tuple[Keyring, ...]:
    """Return the keyrings whose blind indexes find all that is there: with one without a key, where rows were written without.

    Where there are none, nothing is asked for by what is no secret: the hash of a number tells the number.
    """
    if not keyring.active:
        return (keyring,)
    plain = Keyring.plain()
    told = (*(blind_of("reason", reason) for reason in REASONS), *(blind_of("kind", kind) for kind in KINDS))
    rows = store.log_rows(LogQuery(reason=tuple(map(plain.blind, told))))
    return (keyring,) if next(iter(rows), None) is None else (keyring, plain)


def query_of(keyrings: Sequence[Keyring], asked: Asked, kinds: Iterable[str] = ()) -> LogQuery:
    """Return the query for what is asked, under every key that is held; with `kinds`, rows of these kinds alone."""

    def blinds(column: str, value: object) -> tuple[bytes, ...]:
        text = blind_of(column, value)
        return () if value is None else tuple(each for keyring in keyrings for each in keyring.blinds(text))

    reasons = tuple(each for kind in kinds for each in blinds("kind", kind))
    if asked.reason is not None and not reasons:
        reasons += blinds("reason", asked.reason.value)
        reasons += tuple(each for kind in sorted(DONE) for each in blinds("kind", kind))
    return LogQuery(
        since=asked.since,
        until=None if asked.until is None else asked.until + _LATE,
        callee=blinds("callee", asked.callee),
        caller=blinds("caller", asked.caller),
        campaign=blinds("campaign", asked.campaign),
        reason=reasons,
    )


def read(keyring: Keyring, rows: Iterable[LogRow], asked: Asked, away: Iterable[LogRow] = ()) -> Iterator[Entry | Later | Note]:
    """Yield what rows hold, writer by writer in the order of each chain, decisions with the outcomes that came soon enough.

    `away` are the rows of outcomes that stand in another chain than their decisions. An outcome whose decision is out of reach
    stands for itself, unless decisions of one reason only are asked for. StateError where a row cannot be opened.
    """
    window = _Window(asked, [(row, decode(unsealed(keyring, row))) for row in away])
    for row in rows:
        yield from window.take(row, unsealed(keyring, row))
    yield from window.rest()
    yield from window.strays()


class _Window:
    """The newest decisions of one chain, which still wait for their outcomes; they are read when they leave."""

    def __init__(self, asked: Asked, away: list[tuple[LogRow, Facts]]) -> None:
        self._asked = asked
        self._writer = ""
        self._waiting: OrderedDict[int, tuple[bytes, dict[str, Any]]] = OrderedDict()
        self._away: dict[Reference, list[tuple[LogRow, Facts]]] = {}
        for row, facts in sorted(away, key=lambda each: each[0].at):
            self._away.setdefault(_reference(facts), []).append((row, facts))

    def take(self, row: LogRow, body: bytes) -> Iterator[Entry | Later | Note]:
        if row.writer != self._writer:
            yield from self.rest()
            self._writer = row.writer
        if body.startswith(DECISION):
            if self._within(row):
                self._waiting[row.position] = (body, {})
            if len(self._waiting) > WINDOW:
                yield self._leave()
            return
        facts = decode(body)
        if facts["kind"] not in DONE:
            if self._within(row):
                yield note_of(facts, row.writer, row.position)
            return
        name, of = _reference(facts)
        if name != row.writer:
            return  # among those that are away
        if of in self._waiting:
            self._waiting[of][1].update(_said(facts))
        elif self._asked.reason is None and self._within(row):
            yield later_of(facts, row.writer, row.position)

    def _leave(self) -> Entry:
        position, (body, later) = self._waiting.popitem(last=False)
        for _, facts in self._away.pop((self._writer, position), ()):
            if facts["at"] >= later.get("ended", facts["at"]):
                later.update(_said(facts))
        return entry_of(decode(body), self._writer, position, later)

    def rest(self) -> Iterator[Entry]:
        """Yield what still waits, in its order."""
        while self._waiting:
            yield self._leave()

    def strays(self) -> Iterator[Later]:
        """Yield what stands in another chain than its decision, which was not found."""
        for row, facts in (each for found in self._away.values() for each in found):
            if self._asked.reason is None and self._within(row):
                yield later_of(facts, row.writer, row.position)

    def _within(self, row: LogRow) -> bool:
        return self._asked.until is None or row.at < self._asked.until


def _reference(facts: Facts) -> Reference:
    name, position = facts["of"]
    return name, position


def _said(facts: Mapping[str, Any]) -> dict[str, Any]:
    if facts["kind"] == "release":
        return {"released": facts["at"]}
    return {"outcome": facts["outcome"], "duration": facts.get("duration"), "ended": facts["at"]}
