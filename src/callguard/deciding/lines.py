"""A campaign and a caller bound once: what the core has ready, and what the rules work out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard import clock as clocks
from callguard import phone
from callguard._core import line as core
from callguard.deciding import answers, many

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import TypeAlias

    import pendulum

    from callguard.deciding.courses import Foresight
    from callguard.deciding.generation import Generation
    from callguard.deciding.many import Decided, ScrubResult
    from callguard.model import Decision, Explanation

    At: TypeAlias = datetime | float | None


class Line(core.Line):
    """A campaign and a caller bound once, ready to ask: the fastest way in. Made by `guard.line`."""

    __slots__ = ("__weakref__", "_bound", "caller", "campaign")

    if TYPE_CHECKING:

        def may_dial(self, callee: str | int, at: At = None, place: str | None = None) -> Decision:
            """Say whether a call may be placed; see `Guard.may_dial`."""

    def __init__(self, campaign: str, caller: str, generation: Generation) -> None:
        self.campaign = campaign
        self.caller = caller
        self.rebind(generation)

    def __repr__(self) -> str:
        return f"<Line {self.campaign} from {phone.mask(self.caller)}>"

    def rebind(self, generation: Generation) -> None:
        """Ask another policy from now on; PolicyError where it does not have the campaign."""
        bound = generation.bind(self.campaign, self.caller)
        self._bound = (generation, bound)
        super().__init__(bound.table, self._decide)

    def _decide(self, callee: str | int, at: At, place: str | None) -> Decision:
        generation, bound = self._bound
        generation.catch_up()
        reading = generation.numbers.read(callee)
        number = reading.number if at is None and place is None and reading.status == "valid" else None
        if number is None:
            return answers.decide(answers.ask(generation, bound, callee, at, place, reading))
        ready: Decision | None = bound.table.ready(number)
        if ready is not None:
            return ready
        decision = answers.decide(answers.ask(generation, bound, callee, at, place, reading))
        bound.learn(number, decision)
        return decision

    def explain(self, callee: str | int, *, at: At = None, place: str | None = None) -> Explanation:
        """Return every rule's finding, not only the first denial."""
        return answers.explain(answers.ask(*self._bound, callee, at, place))

    def next_allowed(self, callee: str | int, *, after: At = None, place: str | None = None) -> pendulum.DateTime | None:
        """Return the first instant, from `after` (now) on, at which all rules pass; None when no passing of time alone will do."""
        found = answers.next_allowed(answers.ask(*self._bound, callee, after, place, name="after"))
        return None if found is None else clocks.datetime_of(found)

    def scrub(self, callees: Any, *, at: At = None, places: Sequence[str | None] | None = None, threads: int = 1) -> ScrubResult:
        """Decide many callees at one instant, row by row as `may_dial` does.

        `callees`: a list of text or ints, NumPy int64 or uint64, Arrow strings or int64. `threads` at most; they help with arrays,
        and where the core is compiled.
        """
        return many.scrub(*self._bound, callees, at, places, _checked(threads))

    def decisions(
        self,
        callees: Any,
        *,
        at: At = None,
        place: str | None = None,
        places: Sequence[str | None] | None = None,
        threads: int = 1,
    ) -> Decided:
        """Decide many callees as `scrub` does, and return the whole decision of each; takes what `scrub` takes.

        `place` tells where all of them may be; ValueError for what is no region. A row whose number is of another country has
        no decision: to take it is a ValueError.
        """
        if place is not None and places is not None:
            raise ValueError("`place` and `places` are both said; accepted: one of them")
        return many.decided(*self._bound, callees, at, places, _checked(threads), place)

    def foresight(self, *, start: At, end: At, threads: int = 1) -> Foresight:
        """Return what tells of callees when each may be called in a period, from `start` until before `end`."""
        from callguard.deciding.courses import Foresight

        return Foresight(*self._bound, clocks.instant(start, "start"), clocks.instant(end, "end"), threads=_checked(threads))


def _checked(threads: int) -> int:
    if isinstance(threads, bool) or not isinstance(threads, int):
        raise TypeError(f"`threads` is a {type(threads).__name__}; accepted: a whole number from 1 on")
    if threads < 1:
        raise ValueError(f"`threads` is {threads}; accepted: a whole number from 1 on")
    return threads
