"""Who watches a guard at work: told of each attempt, how it ended, and what was kept; of no number."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Self

import attrs

from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callguard.model import Decision, Verdict

OUTCOMES: Final = frozenset({"answered", "no-answer", "busy", "rejected", "voicemail", "failed", "unknown"})
OTHER: Final = "other"  # of an outcome with a name of the user's own, which may hold anything


@attrs.frozen(kw_only=True)
class Seen:
    """An attempt as it was decided: `shadow` where it was denied and let go.

    `candidate` is the reason that the policy beside the live one gives, None where there is none; `changes` whether that would stop
    a call that goes, or let one go that is stopped. `began` is when entering began, in nanoseconds since the epoch.
    """

    campaign: str
    reason: Reason
    rule: str | None
    shadow: bool
    candidate: str | None
    changes: bool
    began: int

    @classmethod
    def of(cls, campaign: str, decision: Decision, verdict: Verdict | None, *, shadow: bool, began: int) -> Self:
        """Return what is told of a decision, and of the candidate's verdict beside it."""
        placed = bool(decision) or shadow
        return cls(
            campaign=campaign,
            reason=decision.reason,
            rule=decision.rule,
            shadow=shadow,
            candidate=None if verdict is None else verdict.reason,
            changes=verdict is not None and not verdict.failed and verdict.goes != placed,
            began=began,
        )

    @property
    def placed(self) -> bool:
        """Whether the call may go."""
        return self.reason is Reason.ALLOWED or self.shadow


@attrs.frozen(kw_only=True)
class Ended:
    """How an attempt ended: an outcome of the known names, else `other`; `released` where its count was given back."""

    outcome: str
    released: bool


class Observer:
    """What may watch a guard, by `guard.observe`; a class of one's own says what it wants to know.

    It is told in the thread that places the call, of several at once, and should be quick. What it raises harms no call: the
    guard's `warnings` tell of it.
    """

    def entered(self, seen: Seen) -> Callable[[Ended], None] | None:
        """Be told of an attempt as it was decided; what is returned is told how one that was placed has ended."""

    def kept(self, kind: str, count: int) -> None:
        """Be told that records of a kind were kept: `refusal`, `lift`, `consent`, `withdrawal`, `status`, `list`."""


_KINDS: Final = {
    "Refusal": "refusal",
    "Lift": "lift",
    "Consented": "consent",
    "Withdrawal": "withdrawal",
    "StatusChange": "status",
    "ListVersion": "list",
}


class Observers:
    """Those who watch one guard; none of them can harm what it does. `problem` names what the last failure of one was."""

    def __init__(self) -> None:
        """Begin with none."""
        # changed and read in single steps of the dict's: there is no lock that a fork could leave held
        self._all: dict[object, Observer] = {}
        self.problem: str | None = None

    def __bool__(self) -> bool:
        """Return whether anybody watches."""
        return bool(self._all)

    def add(self, observer: Observer) -> Callable[[], None]:
        """Tell an observer from now on; return what ends that. TypeError for what is none."""
        if not isinstance(observer, Observer):
            raise TypeError(f"the observer is a {type(observer).__name__}; accepted: a `callguard.observing.Observer`")
        place = object()
        self._all[place] = observer

        def stop() -> None:
            self._all.pop(place, None)

        return stop

    def entered(self, seen: Seen) -> tuple[Callable[[Ended], None], ...]:
        """Tell all of an attempt; return those who want to know how it ends."""
        found = []
        for observer in tuple(self._all.values()):
            try:
                told = observer.entered(seen)
            except Exception as error:  # noqa: BLE001 - no observer harms a call
                self.problem = type(error).__name__
                continue
            if told is not None:
                found.append(told)
        return tuple(found)

    def ended(self, told: Iterable[Callable[[Ended], None]], outcome: str, *, released: bool) -> None:
        """Tell how an attempt ended."""
        ended = Ended(outcome=outcome if outcome in OUTCOMES else OTHER, released=released)
        for each in told:
            try:
                each(ended)
            except Exception as error:  # noqa: BLE001 - no observer harms a call
                self.problem = type(error).__name__

    def kept(self, records: Iterable[object]) -> None:
        """Tell all which records were kept."""
        if not self._all:
            return
        counts = Counter(_KINDS[type(record).__name__] for record in records)
        for observer in tuple(self._all.values()):
            for kind, count in counts.items():
                try:
                    observer.kept(kind, count)
                except Exception as error:  # noqa: BLE001 - no observer harms what is kept
                    self.problem = type(error).__name__
