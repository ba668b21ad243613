"""One question put to the guard: who is called, by which line, when."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs

from callguard import phone
from callguard.cli.desk import NotAnswered

if TYPE_CHECKING:
    from collections.abc import Callable

    import pendulum

    from callguard import Guard
    from callguard.cli.desk import Desk
    from callguard.guard import Line
    from callguard.model import Explanation
    from callguard.policy import Campaign

T = TypeVar("T")


@attrs.frozen
class Question:
    """A callee, a line and an instant; a place that cannot be is not answered."""

    desk: Desk
    guard: Guard
    callee: str
    campaign: Campaign
    caller: str
    line: Line
    at: float
    place: str | None
    timezone: str

    def explain(self) -> Explanation:
        """Return every rule's finding, and the decision."""
        return self._asked(lambda: self.line.explain(self.callee, at=self.at, place=self.place))

    def next_allowed(self) -> pendulum.DateTime | None:
        """Return the first instant at which all rules pass."""
        return self._asked(lambda: self.line.next_allowed(self.callee, after=self.at, place=self.place))

    def _asked(self, asks: Callable[[], T]) -> T:
        try:
            return asks()
        except ValueError as error:
            raise NotAnswered(self._misplaced()) from error

    def _misplaced(self) -> str:
        """Say why the place cannot be the callee's."""
        try:
            phone.region(self.place or "")
        except ValueError as error:
            near = str(error).partition("; did you mean `")[2].partition("`")[0]
            text = self.desk.words("bad-place", text=self.place)
            return f"{text}; {self.desk.words('did-you-mean', names=near)}" if near else text
        country = self.line.explain(self.callee, at=self.at).place.country
        return self.desk.words("place-elsewhere", text=self.place, country=country)


def ask(desk: Desk, callee: str, *, campaign: str | None, caller: str | None, at: str | None, place: str | None) -> Question:
    """Open the guard and put a question to it."""
    guard = desk.guard()
    found, number = desk.line(guard.policy, campaign, caller)
    timezone = guard.policy.enterprise.timezone
    line = guard.line(campaign=found.name, caller=number)
    return Question(desk, guard, callee, found, number, line, desk.instant(at, timezone), place, timezone)
