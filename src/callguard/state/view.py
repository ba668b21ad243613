"""What the log amounts to: who has refused what, which consents are on record, what became of callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.rules.rule import Consent
from callguard.state.records import Consented, Lift, Refusal, StatusChange, Withdrawal

if TYPE_CHECKING:
    from callguard.policy import CallerStatus
    from callguard.state.records import Record


class View:
    """The records of a store, applied in the order of the log; the last one wins."""

    def __init__(self) -> None:
        self.refusals: dict[int, frozenset[str]] = {}
        self.consents: dict[int, tuple[Consent, ...]] = {}
        self.statuses: dict[str, CallerStatus] = {}
        self._lifted: dict[tuple[int, str], float] = {}

    def apply(self, record: Record) -> None:
        """Take one record in. An imported refusal that happened before its scope's newest lift changes nothing; a tie refuses."""
        match record:
            case Refusal(number=number, scope=scope, at=at, imported=imported):
                if not imported or at >= self._lifted.get((number, scope), at):
                    self.refusals[number] = self.refusals.get(number, frozenset()) | {scope}
            case Lift(number=number, scope=scope, at=at):
                self._lifted[number, scope] = max(at, self._lifted.get((number, scope), at))
                left = self.refusals.get(number, frozenset()) - {scope}
                if left:
                    self.refusals[number] = left
                else:
                    self.refusals.pop(number, None)
                self.consents[number] = (*self.consents.get(number, ()), Consent(scope))
            case Consented(number=number, scope=scope, until=until):
                self.consents[number] = (*self.consents.get(number, ()), Consent(scope, until))
            case Withdrawal(number=number, scope=scope):
                self.consents[number] = tuple(c for c in self.consents.get(number, ()) if c.scope != scope)
            case StatusChange(caller=caller, status=status):
                self.statuses[caller] = status
