"""What the log amounts to: who has refused what, which consents are on record, what became of callers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard._core.delta import Delta
from callguard.rules.rule import Consent
from callguard.state.records import Consented, Lift, Refusal, StatusChange, Withdrawal

if TYPE_CHECKING:
    from callguard.policy import CallerStatus
    from callguard.state.records import Record

SHARED: Final = 1 << 62  # the bit of all scopes behind the first 62


class View:
    """The records of a store, applied in the order of the log; the last one wins.

    Refusals stand in `delta`, a bit for each scope, so that the hot path reads them where they are kept.
    """

    def __init__(self) -> None:
        self.delta = Delta()
        self.consents: dict[int, tuple[Consent, ...]] = {}
        self.statuses: dict[str, CallerStatus] = {}
        self._bits: dict[str, int] = {}
        self._crowd: dict[int, frozenset[str]] = {}
        self._lifted: dict[tuple[int, str], float] = {}

    def bit(self, scope: str) -> int:
        """Return the bit of a scope, the same for as long as the view lives; past the first 62 they share `SHARED`."""
        return self._bits.setdefault(scope, min(1 << len(self._bits), SHARED))

    def refused(self, number: int) -> frozenset[str]:
        """Return the scopes in which a number has refused."""
        mask = self.delta.get(number)
        if not mask:
            return frozenset()
        crowd = self._crowd.get(number, frozenset()) if mask & SHARED else frozenset()
        return crowd | {scope for scope, bit in self._bits.items() if mask & bit and bit != SHARED}

    def apply(self, record: Record) -> None:
        """Take one record in. An imported refusal that happened before its scope's newest lift changes nothing; a tie refuses."""
        match record:
            case Refusal(number=number, scope=scope, at=at, imported=imported):
                if not imported or at >= self._lifted.get((number, scope), at):
                    self._mark(number, scope, refused=True)
            case Lift(number=number, scope=scope, at=at):
                self._lifted[number, scope] = max(at, self._lifted.get((number, scope), at))
                self._mark(number, scope, refused=False)
                self.consents[number] = (*self.consents.get(number, ()), Consent(scope))
            case Consented(number=number, scope=scope, until=until):
                self.consents[number] = (*self.consents.get(number, ()), Consent(scope, until))
            case Withdrawal(number=number, scope=scope):
                self.consents[number] = tuple(c for c in self.consents.get(number, ()) if c.scope != scope)
            case StatusChange(caller=caller, status=status):
                self.statuses[caller] = status

    def _mark(self, number: int, scope: str, *, refused: bool) -> None:
        bit, mask = self.bit(scope), self.delta.get(number)
        if bit == SHARED:
            crowd = self._crowd.get(number, frozenset())
            crowd = crowd | {scope} if refused else crowd - {scope}
            self._crowd[number] = crowd
            refused = bool(crowd)
        changed = mask | bit if refused else mask & ~bit
        if changed != mask:
            self.delta.put(number, changed)
