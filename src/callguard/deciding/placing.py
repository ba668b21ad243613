"""A call that is about to be placed: decided on the attempts that count, and whether its denial binds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from callguard.deciding import answers
from callguard.errors import StateError
from callguard.model import Decision, Reason
from callguard.rules.rule import Attempts, Deny
from callguard.rules.settling import ENFORCED

if TYPE_CHECKING:
    from callguard.deciding.question import Question


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


def denied_anyway(question: Question) -> Decision | None:
    """Return a denial that comes before all counts, where nothing would be written of it; None where a transaction is needed.

    A transaction of a lasting store waits for whoever writes, and makes them wait.
    """
    generation = question.generation
    if generation.log is not None or generation.candidate is not None or not generation.store.lasting:
        return None
    decision, shadow = place(question, Attempts())
    return None if decision or shadow or decision.reason.code >= Reason.ATTEMPT_LIMIT.code else decision


def without(attempts: Attempts, at: float) -> Attempts:
    """Leave one attempt's own count out."""

    def left(instants: tuple[float, ...]) -> tuple[float, ...]:
        if at not in instants:
            return instants
        i = instants.index(at)
        return instants[:i] + instants[i + 1 :]

    campaign, caller, every = map(left, (attempts.campaign, attempts.caller, attempts.every))
    return attrs.evolve(attempts, campaign=campaign, caller=caller, every=every)


def not_kept(question: Question) -> Decision:
    """Return why a call that cannot be counted or written is denied: what denies it anyway, else that nothing can be kept."""
    try:
        decision = answers.decide(question)
    except StateError:
        decision = Decision(Reason.STATE_STALE, "state-stale")
    if not decision:
        return decision
    unlogged = question.generation.log is not None and not question.generation.store.log_writable()
    return Decision(Reason.LOG_UNAVAILABLE, "usage-log") if unlogged else Decision(Reason.STATE_STALE, "state-stale")
