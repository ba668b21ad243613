"""A candidate: a policy that decides each attempt beside the live one, on the same state, and stops nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard.deciding import answers
from callguard.deciding.placing import place, without
from callguard.deciding.question import Question
from callguard.model import FAILED, NO_CAMPAIGN, Verdict
from callguard.rules.rule import Callee

if TYPE_CHECKING:
    from callguard.deciding.generation import Generation
    from callguard.phone import Reading
    from callguard.policy import Policy
    from callguard.state import Transaction


class Candidate:
    """A policy bound beside the live one, to the same state; `problem` says why it could not be, or failed last.

    `policy` is there where its file could be read, bound or not. Nothing that it does reaches who asks: it reads, and neither
    counts nor writes nor raises.
    """

    def __init__(
        self, generation: Generation | None, law: str | None = None, *, policy: Policy | None = None, problem: str | None = None
    ) -> None:
        self.generation, self.law, self.policy, self.problem = generation, law, policy, problem

    def decide(
        self, live: Question, transaction: Transaction, callee: Any, caller: str, told: str | None, own: float | None
    ) -> Verdict:
        """Say what the candidate makes of a question of the live policy; `own` is when the call was counted before, by its key."""
        if self.generation is None:
            return Verdict(reason=FAILED, law=self.law)
        try:
            return self._decide(self.generation, live, transaction, callee, caller, told, own)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - nothing of a candidate harms the call
            self.problem = type(error).__name__
            return Verdict(reason=FAILED, law=self.law)

    def _decide(
        self,
        generation: Generation,
        live: Question,
        transaction: Transaction,
        callee: Any,
        caller: str,
        told: str | None,
        own: float | None,
    ) -> Verdict:
        campaign = live.bound.campaign.name
        if not generation.policy.has(campaign):
            return Verdict(reason=NO_CAMPAIGN, law=self.law)
        bound = generation.bind(campaign, caller)
        same = generation.numbers is live.generation.numbers
        reading = live.reading if same else generation.numbers.read(callee)
        # the view is one for both, and was brought up by the live policy
        generation.is_behind = live.generation.is_behind
        question = Question(generation, bound, reading, generation.place_id(reading, told), live.at, live=True)
        question.callee = _callee(generation, reading, live)
        attempts = answers.known_attempts(question, transaction)
        if own is not None:
            attempts = without(attempts, own)
        decision, shadow = place(question, attempts)
        return Verdict(reason=decision.reason.value, rule=decision.rule, shadow=shadow, law=self.law)


def _callee(generation: Generation, reading: Reading, live: Question) -> Callee:
    """Return what is on record of a callee, as the live policy saw it; the lists are the candidate's own."""
    number, seen = reading.number, live.callee
    if number is None or seen is None or number != live.reading.number:
        return generation.callee(reading)
    return Callee(
        status=reading.status,
        note=reading.note,
        refusals=seen.refusals,
        listings=() if generation.index is None else generation.index.listings(number),
        consents=seen.consents,
    )
