"""What the log amounts to: who has refused what, which consents are on record, what became of callers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard._core.delta import Delta
from callguard.rules.rule import Consent
from callguard.state.records import Consented, Lift, ListVersion, Refusal, StatusChange, Withdrawal

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from callguard._core.delta import Slots
    from callguard.policy import CallerStatus
    from callguard.state.records import Record

SHARED: Final = 1 << 62  # the bit of all scopes behind the first 62


class View:
    """The records of a store, applied in the order of the log; the last one wins.

    Refusals stand in `delta`, a bit for each scope, so that the hot path reads them where they are kept.
    """

    def __init__(self) -> None:
        self.delta = Delta()
        self.consents: MutableMapping[int, tuple[Consent, ...]] = {}
        self.statuses: dict[str, CallerStatus] = {}
        self.lists: dict[str, str] = {}
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

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that have a bit, in the order in which they were given it."""
        return tuple(self._bits)

    @property
    def crowd(self) -> dict[int, frozenset[str]]:
        """What each number has refused of the scopes that share a bit, as it stands now."""
        return self._crowd.copy()

    def begin(self, slots: Slots, scopes: Sequence[str], crowd: Mapping[int, frozenset[str]]) -> None:
        """Begin an empty view with the refusals of a table, as another view had them in `delta`, `scopes` and `crowd`."""
        assert not self._bits, "a view that knows scopes has given their bits away"
        self.delta.begin(slots)
        for scope in scopes:
            self.bit(scope)
        self._crowd |= crowd

    def apply(self, record: Record) -> None:
        """Take one record in. An imported refusal that happened before its scope's newest lift changes nothing; a tie refuses."""
        match record:
            case Refusal(number=number, scope=scope, at=at, imported=imported):
                if not imported or at >= self._lifted.get((number, scope), at):
                    self._mark(number, scope, refused=True)
            case Lift(number=number, scope=scope):
                self._mark(number, scope, refused=False)
        self.apply_besides(record)

    def apply_besides(self, record: Record) -> None:
        """Take in what one record says besides who has refused, which is known by `begin`."""
        match record:
            case Lift(number=number, scope=scope, at=at, proof=proof):
                self._lifted[number, scope] = max(at, self._lifted.get((number, scope), at))
                self._agreed(number, Consent(scope, None, proof))
            case Consented(number=number, scope=scope, until=until, proof=proof):
                self._agreed(number, Consent(scope, until, proof))
            case Withdrawal(number=number, scope=scope):
                self.consents[number] = tuple(c for c in self.consents.get(number, ()) if c.scope != scope)
            case StatusChange(caller=caller, status=status):
                self.statuses[caller] = status
            case ListVersion(name=name, digest=digest):
                self.lists[name] = digest

    def _agreed(self, number: int, consent: Consent) -> None:
        before = self.consents.get(number, ())
        if consent not in before:
            self.consents[number] = (*before, consent)

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
