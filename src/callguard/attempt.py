"""Placing a call: checked, counted and logged in one transaction, before it is placed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Self

import attrs

from callguard import call_log, clock, phone
from callguard.deciding import answers
from callguard.errors import DialDenied, StateError
from callguard.model import Decision, Reason
from callguard.rules import Deny
from callguard.state.records import Attempted

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from callguard.deciding import Bound, Generation
    from callguard.deciding.answers import Question
    from callguard.rules.rule import Attempts
    from callguard.state import Transaction

KEY_HOLDS: Final = clock.DAY
_ENFORCED: Final = frozenset({Reason.PROTECTED_NUMBER, Reason.REFUSED, Reason.LISTED, Reason.STATE_STALE, Reason.LOG_UNAVAILABLE})


class Attempt:
    """A call that is about to be placed; a context manager, sync and async.

    Entering decides, counts and logs; it raises DialDenied when the call may not be placed, or cannot be counted or written.
    Leaving without an outcome records `unknown`, by an exception `failed`.
    """

    def __init__(
        self,
        bind: Callable[[], tuple[Generation, Bound]],
        callee: str | int,
        caller: str,
        place: str | None,
        key: str | None,
    ) -> None:
        if key is not None and not isinstance(key, str):
            raise TypeError(f"`key` is a {type(key).__name__}; accepted: text, or None")
        self._bind = bind
        self._callee = callee
        self._caller = caller
        self._place = place
        self._key = key
        self._decision: Decision | None = None
        self._shadow = False
        self._counted: int | None = None
        self._entry: int | None = None
        self._outcome: tuple[str, float | None] | None = None
        self._later = False
        self._apart = threading.Lock()
        self._entered = False
        self._abandoned = False

    @property
    def decision(self) -> Decision:
        """What was decided on entering; RuntimeError before."""
        if self._decision is None:
            raise RuntimeError("the attempt has not been entered; use it in a `with` or `async with`")
        return self._decision

    @property
    def shadow(self) -> bool:
        """Whether the call was let go although it was denied, since its campaign does not enforce."""
        return self._shadow

    def __enter__(self) -> Self:
        if self._decision is not None:
            raise RuntimeError("an attempt is one call; ask the guard for another")
        generation, bound = self._bind()
        question = answers.ask(generation, bound, self._callee, None, self._place)
        self._store, self._clock = generation.store, generation.clock
        try:
            with generation.store.transaction() as transaction:
                decision = self._decide(question, transaction)
        except StateError as error:
            self._decision = Decision(Reason.STATE_STALE, "state-stale")
            raise DialDenied(self._decision) from error
        self._decision = decision
        if not decision and not self._shadow:
            raise DialDenied(decision)
        return self

    def _decide(self, question: Question, transaction: Transaction) -> Decision:
        generation, bound, at = question.generation, question.bound, question.at
        number = question.reading.number or 0
        caller = self._caller if bound.caller is None else bound.caller.key
        attempts = answers.known_attempts(question, transaction)
        before = None if self._key is None else transaction.keyed(self._key, at - KEY_HOLDS)
        if before is not None:
            earlier = before[1]
            if (earlier.number, earlier.campaign, earlier.caller) != (number, bound.campaign.name, caller):
                raise ValueError(
                    "`key` was used for another callee, caller or campaign within 24 hours; accepted: a key for each call"
                )
            attempts = _without(attempts, earlier.at)
        decision = answers.decide(question, attempts)
        if not decision and not bound.campaign.enforce:
            stopping = _enforced(question, attempts)
            self._shadow = stopping is None
            decision = decision if stopping is None else stopping
        try:
            self._entry = call_log.record(
                transaction,
                generation.policy,
                at=at,
                caller=caller,
                callee=question.reading.number,
                campaign=bound.campaign,
                decision=decision,
                place=question.place,
                shadow=self._shadow,
                data=f"phonenumbers {phone.data_version()}",
            )
        except StateError:
            if decision or self._shadow:
                self._shadow = False
                return Decision(Reason.LOG_UNAVAILABLE, "usage-log")
            return decision
        if before is None and (decision or self._shadow):
            attempt = Attempted(number=number, campaign=bound.campaign.name, caller=caller, at=at, key=self._key)
            self._counted = transaction.count(attempt)
        return decision

    def outcome(self, name: str, *, duration: float | None = None) -> None:
        """Record how the call ended: `answered`, `no-answer`, `busy`, `rejected`, `voicemail`, `failed` or a name of one's own.

        `duration` in seconds. ValueError for an empty name or a negative duration, TypeError for other types; the last one stands.
        """
        if not isinstance(name, str):
            raise TypeError(f"the outcome is of type {type(name).__name__}; accepted: its name, as `answered`")
        if not name.strip():
            raise ValueError("the outcome has no name; accepted: `answered`, `no-answer`, `busy` … or a name of your own")
        if duration is not None and (isinstance(duration, bool) or not isinstance(duration, int | float)):
            raise TypeError(f"`duration` is a {type(duration).__name__}; accepted: seconds")
        if duration is not None and not duration >= 0:
            raise ValueError("`duration` is negative; accepted: seconds from 0 on")
        _ = self.decision
        self._outcome = (name, duration)
        if not self._later:
            self._record()

    def release(self) -> None:
        """Give back the count of a call that never left; its record stays. A key's count is its first attempt's to give back."""
        _ = self.decision
        if self._counted is not None:
            self._store.release(self._counted)
            self._counted = None

    def _record(self) -> None:
        if self._entry is not None and self._outcome is not None:
            self._store.end(self._entry, *self._outcome, self._clock())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._outcome is None:
            self._outcome = ("unknown" if kind is None else "failed", None)
        elif not self._later:
            return
        self._record()

    async def __aenter__(self) -> Self:
        import asyncio

        self._later = True
        try:
            await asyncio.to_thread(self._enter_apart)
        except asyncio.CancelledError:
            with self._apart:
                self._abandoned = True
                entered = self._entered
            if entered:
                await asyncio.to_thread(self._give_up)
            raise
        return self

    def _enter_apart(self) -> None:
        """Enter in a thread of its own, whose task may be cancelled while it is at it."""
        self.__enter__()
        with self._apart:
            self._entered = True
            abandoned = self._abandoned
        if abandoned:
            self._give_up()

    def _give_up(self) -> None:
        """Give back the count of a call that will never be placed."""
        self.release()
        self._outcome = ("failed", None)
        self._record()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        import asyncio

        await asyncio.to_thread(self.__exit__, kind, error, trace)
        self._later = False


def _enforced(question: Question, attempts: Attempts) -> Decision | None:
    """Return the first denial, whichever come before it, of those that are enforced even where the campaign does not enforce."""
    for answered in answers.every_answer(question, attempts):
        if isinstance(answered[1], Deny) and answered[1].reason in _ENFORCED:
            return answers.settle([answered])
    return None


def _without(attempts: Attempts, at: float) -> Attempts:
    """Leave one attempt's own count out."""

    def left(instants: tuple[float, ...]) -> tuple[float, ...]:
        if at not in instants:
            return instants
        i = instants.index(at)
        return instants[:i] + instants[i + 1 :]

    return attrs.evolve(attempts, campaign=left(attempts.campaign), caller=left(attempts.caller))
