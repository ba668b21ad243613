"""A call that is about to be placed: decided on the attempts that count, and whether its denial binds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from callguard.deciding import answers
from callguard.rules.rule import Deny
from callguard.rules.settling import ENFORCED

if TYPE_CHECKING:
    from callguard.deciding.question import Question
    from callguard.model import Decision
    from callguard.rules.rule import Attempts


def place(question: Question, attempts: Attempts) -> tuple[Decision, bool]:
    """Return the decision, and whether the call is let go although it is denied, since its campaign does not enforce."""
    decision = answers.decide(question, attempts)
    if decision or question.bound.campaign.enforce:
        return decision, False
    stopping = _enforced(question, attempts)
    return (decision, True) if stopping is None else (stopping, False)


def _enforced(question: Question, attempts: Attempts) -> Decision | None:
    """Return the first denial, whichever come before it, of those that are enforced even where the campaign does not enforce."""
    for answered in answers.every_answer(question, attempts):
        if isinstance(answered[1], Deny) and answered[1].reason in ENFORCED:
            return answers.settle([answered])
    return None


def without(attempts: Attempts, at: float) -> Attempts:
    """Leave one attempt's own count out."""

    def left(instants: tuple[float, ...]) -> tuple[float, ...]:
        if at not in instants:
            return instants
        i = instants.index(at)
        return instants[:i] + instants[i + 1 :]

    return attrs.evolve(attempts, campaign=left(attempts.campaign), caller=left(attempts.caller))
