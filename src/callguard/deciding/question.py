"""One question: a callee, read and placed, on one line at one instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from callguard import clock
from callguard.rules.rule import Call

if TYPE_CHECKING:
    from callguard.deciding.generation import Bound, Generation
    from callguard.model import Place
    from callguard.phone import Reading
    from callguard.policy import Caller, CallerStatus
    from callguard.rules.rule import Callee

_STRICTNESS: tuple[CallerStatus, ...] = ("active", "suspended", "reclaimed")


@attrs.define(slots=True, eq=False, repr=False)
class Question:
    """One callee, read and placed, asked about on one line at one instant; `live` when nobody named the instant."""

    generation: Generation
    bound: Bound
    reading: Reading
    place_id: int
    at: float
    live: bool
    callee: Callee | None = None  # what is on record, where it must be the same for all that is said of one question

    @property
    def place(self) -> Place:
        """Where the callee may be."""
        return self.generation.places[self.place_id]

    def call(self, at: float | None = None) -> Call:
        """Return what the rules are told; `at` in place of the question's own instant."""
        generation, bound = self.generation, self.bound
        status = status_of(generation, bound.caller)
        return call_of(generation, bound, self.place_id, self.at if at is None else at, status)


def ask(
    generation: Generation,
    bound: Bound,
    callee: object,
    at: object,
    place: str | None,
    reading: Reading | None = None,
    *,
    name: str = "at",
    caught_up: bool = False,
) -> Question:
    """Read a callee, unless it has been, a place and an instant; TypeError and ValueError for what a program may not pass."""
    if not caught_up:
        generation.catch_up()
    if reading is None:
        reading = generation.numbers.read(callee)  # type: ignore[arg-type]
    live = at is None
    when = clock.check(generation.clock()) if live else clock.instant(at, name)
    return Question(generation, bound, reading, generation.place_id(reading, place), when, live)


def call_of(generation: Generation, bound: Bound, place_id: int, at: float, status: CallerStatus) -> Call:
    """Return what the rules are told of a call."""
    return Call(
        at=at,
        policy=generation.policy,
        campaign=bound.campaign,
        caller=bound.caller,
        caller_status=status,
        place=generation.places[place_id],
        pack=generation.pack,
        calendar=generation.calendar,
        local_law=generation.local_law,
    )


def status_of(generation: Generation, caller: Caller | None) -> CallerStatus:
    """Return what is known of a caller: of the policy's status and what was said last, the stricter; of an unknown one, nothing."""
    if caller is None:
        return "active"
    said = generation.view.statuses.get(caller.key)
    return caller.status if said is None else max(caller.status, said, key=_STRICTNESS.index)
