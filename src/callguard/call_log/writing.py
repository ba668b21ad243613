"""Making rows: a record is sealed, made to be found, and linked to the one before it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from callguard.call_log.chain import head
from callguard.call_log.entry import AWAY, DONE, encode
from callguard.call_log.searching import blind_of
from callguard.sealing import START
from callguard.state.records import LogRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from callguard.call_log.entry import Facts
    from callguard.sealing import Keyring
    from callguard.state import Transaction

_NO_REFERENCE: Final = "the reference is none of an attempt's; accepted: what `attempt.reference` was"
_BLINDS: Final = 50_000  # blind indexes that are kept: of callers, campaigns, reasons


@attrs.frozen(slots=True)
class Reference:
    """Where a decision stands, and what it is found by: enough to say later how its call ended, in any process."""

    writer: str
    position: int
    callee: bytes | None
    caller: bytes | None
    campaign: bytes | None

    @classmethod
    def of(cls, row: LogRow) -> Self:
        """Return that of a decision's row."""
        return cls(row.writer, row.position, row.callee, row.caller, row.campaign)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `written` gave; ValueError for anything else."""
        try:
            writer, position, *blinds = json.loads(text)
            callee, caller, campaign = (None if blind is None else bytes.fromhex(blind) for blind in blinds)
        except (ValueError, TypeError, RecursionError):
            raise ValueError(_NO_REFERENCE) from None
        if not isinstance(writer, str) or type(position) is not int:
            raise ValueError(_NO_REFERENCE)
        return cls(writer, position, callee, caller, campaign)

    @property
    def written(self) -> str:
        """The reference as text."""
        blinds = [None if blind is None else blind.hex() for blind in (self.callee, self.caller, self.campaign)]
        return json.dumps([self.writer, self.position, *blinds], separators=(",", ":"))


class Pen:
    """Writes records under a keyring; `seen`, what other chains had come to, goes into the first row of its own chain."""

    def __init__(self, keyring: Keyring, seen: Mapping[str, Any]) -> None:
        self.keyring, self.seen = keyring, seen
        self._blinds: dict[str, bytes] = {}

    def decision(self, transaction: Transaction, facts: Facts) -> LogRow:
        """Write a decision, to be found by callee, caller, campaign and reason."""
        number = facts["callee"]
        return transaction.log(
            Making(
                self,
                facts,
                None if number is None else self.keyring.blind(blind_of("callee", number)),
                self.blind("caller", facts["caller"]),
                self.blind("campaign", facts["campaign"]),
                self.blind("reason", facts["reason"]),
            )
        )

    def later(self, transaction: Transaction, row: LogRow | Reference, facts: Facts) -> LogRow:
        """Write what is said of a decision later; it is found by what the decision is found by."""
        return transaction.log(Making(self, facts, row.callee, row.caller, row.campaign, self.blind("kind", facts["kind"])))

    def note(self, transaction: Transaction, facts: Facts) -> LogRow:
        """Write what was done with the log itself."""
        return transaction.log(Making(self, facts, None, None, None, self.blind("kind", facts["kind"])))

    def packed(self, row: LogRow | Reference, facts: Facts) -> bytes:
        """Return what `later` would write, as it waits in a spool."""
        blinds = [None if blind is None else blind.hex() for blind in (row.callee, row.caller, row.campaign)]
        return encode({"facts": facts, "blinds": blinds})

    def sent(self, payload: bytes) -> Callable[[Transaction], LogRow]:
        """Return the work that writes what waited in a spool."""
        kept = json.loads(payload.decode("utf-8", "surrogatepass"))
        callee, caller, campaign = (None if blind is None else bytes.fromhex(blind) for blind in kept["blinds"])
        make = Making(self, kept["facts"], callee, caller, campaign, self.blind("kind", kept["facts"]["kind"]))
        return lambda transaction: transaction.log(make)

    def blind(self, column: str, value: str) -> bytes:
        """Return a blind index under the active key, kept for the next time."""
        text = blind_of(column, value)
        found = self._blinds.get(text)
        if found is None:
            found = self.keyring.blind(text)
            if len(self._blinds) < _BLINDS:
                self._blinds[text] = found
        return found


class Making:
    """Makes the row of a record, once its place in the chain is known."""

    __slots__ = ("_callee", "_caller", "_campaign", "_facts", "_pen", "_reason")

    def __init__(
        self, pen: Pen, facts: Facts, callee: bytes | None, caller: bytes | None, campaign: bytes | None, reason: bytes | None
    ) -> None:
        self._pen, self._facts = pen, facts
        self._callee, self._caller, self._campaign, self._reason = callee, caller, campaign, reason

    def __call__(self, writer: str, position: int, previous: bytes) -> LogRow:
        """Return the row, sealed and linked."""
        pen, facts = self._pen, self._facts
        if position == 1 and "seen" not in facts and pen.seen["chains"]:
            facts = {**facts, "seen": pen.seen}
        reason = self._reason
        if facts["kind"] in DONE and facts["of"][0] != writer:
            reason = pen.blind("kind", AWAY)  # after a fork, or by the next process
        keyring = pen.keyring
        at, key = facts["at"], keyring.active
        said = head(writer, position, at, key, self._callee, self._caller, self._campaign, reason)
        sealed = keyring.seal(encode(facts), said)
        return LogRow(
            writer=writer,
            position=position,
            at=at,
            key=key,
            callee=self._callee,
            caller=self._caller,
            campaign=self._campaign,
            reason=reason,
            sealed=sealed,
            link=keyring.link(key, previous if position > 1 else START, said + sealed),
        )
