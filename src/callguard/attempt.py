"""Placing a call: checked, counted and logged in one transaction, before it is placed."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from callguard import clock
from callguard.deciding import answers
from callguard.deciding.placing import denied_anyway, not_kept, place, without
from callguard.errors import DialDenied, PolicyError, StateError
from callguard.finishing import finish
from callguard.hearing import Hearing
from callguard.model import Decision, Reason
from callguard.observing import Observers, Seen
from callguard.state.outbox import RELEASE
from callguard.state.records import Attempted

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from callguard.deciding import Bound, Generation
    from callguard.deciding.answers import Question
    from callguard.hearing import Hears
    from callguard.model import Verdict
    from callguard.observing import Ended
    from callguard.rules.rule import Attempts
    from callguard.state import Transaction
    from callguard.state.records import LogRow

KEY_HOLDS: Final = clock.DAY
_TRIES: Final = 20
_PATIENCE_S: Final = 0.05


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
        hears: Hears,
        observers: Observers | None = None,
    ) -> None:
        if key is not None and not isinstance(key, str):
            raise TypeError(f"`key` is a {type(key).__name__}; accepted: text, or None")
        self._bind = bind
        self._callee = callee
        self._caller = caller
        self._place = place
        self._key = key
        self._hearing = Hearing(hears, callee)
        self._decision: Decision | None = None
        self._shadow = False
        self._counted: int | None = None
        self._row: LogRow | None = None
        self._released = False
        self._issue: Callable[[], str] | None = None  # what signs the permit
        self._permit: str | None = None
        self._outcome: tuple[str, float | None] | None = None
        self._later = False
        self._verdict: Verdict | None = None
        self._observers = Observers() if observers is None else observers
        self._began = 0
        self._watching: tuple[Callable[[Ended], None], ...] = ()
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

    @property
    def candidate(self) -> Verdict | None:
        """What the candidate says that the policy names; None without one, and where the call could not be kept or handed on."""
        return self._verdict

    def __enter__(self) -> Self:
        if self._decision is not None:
            raise RuntimeError("an attempt is one call; ask the guard for another")
        self._began = time.time_ns()
        generation, bound = self._bind()
        self._generation, self._hearing.campaign = generation, bound.campaign.name
        try:
            decision = self._transacted(generation, bound)
            if self._row is not None and (decision or self._shadow):
                decision = self._handed_on(generation, bound, decision)
        except StateError as error:
            # what its transaction had counted and logged is not kept: there is nothing to give back
            self._shadow, self._row, self._counted = False, None, None
            self._verdict = None
            self._decision = not_kept(answers.ask(generation, bound, self._callee, None, self._place))
            self._seen(bound)
            raise DialDenied(self._decision) from error
        self._decision = decision
        self._seen(bound)
        if not decision and not self._shadow:
            raise DialDenied(decision)
        return self

    def _seen(self, bound: Bound) -> None:
        """Tell those who watch what was decided."""
        if not self._observers:
            return
        seen = Seen.of(bound.campaign.name, self.decision, self._verdict, shadow=self._shadow, began=self._began)
        watching = self._observers.entered(seen)
        self._watching = watching if seen.placed else ()

    def _transacted(self, generation: Generation, bound: Bound) -> Decision:
        """Decide within a transaction, on all that is known by then; without one, what it could neither change nor keep."""
        question = answers.ask(generation, bound, self._callee, None, self._place)
        denied = None if self._key is not None else denied_anyway(question)
        if denied is not None:
            return denied
        answers.look_back(question)
        for _ in range(_TRIES):
            decision = generation.store.transact(partial(self._decide, generation, bound))
            if decision is not None:
                return decision
            generation.catch_up()
        raise StateError("what is known of refusals could not be brought up to date")

    def _decide(self, generation: Generation, bound: Bound, transaction: Transaction) -> Decision | None:
        # a fork waits for transactions, and whoever applies records waits for the fork: not for long, then
        if not generation.catch_up(_PATIENCE_S):
            return None
        # asked anew: it may have waited for others, and the hour is that of the call
        question = answers.ask(generation, bound, self._callee, None, self._place, caught_up=True)
        question.callee = generation.callee(question.reading)
        at = question.at
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
            attempts = without(attempts, earlier.at)
        decision, self._shadow = place(question, attempts)
        if generation.candidate is not None:
            own = None if before is None else before[1].at
            self._verdict = generation.candidate.decide(question, transaction, self._callee, self._caller, self._place, own)
        permit = self._prepare_permit(question, decision, number, caller)
        try:
            self._row = self._log(question, transaction, attempts, decision, permit)
        except StateError:
            if decision or self._shadow:
                self._shadow, self._verdict = False, None
                return Decision(Reason.LOG_UNAVAILABLE, "usage-log")
            return decision
        self._counted = None
        if before is None and (decision or self._shadow):
            attempt = Attempted(number=number, campaign=bound.campaign.name, caller=caller, at=at, key=self._key)
            self._counted = transaction.count(attempt)
        return decision

    def _prepare_permit(self, question: Question, decision: Decision, number: int, caller: str) -> str | None:
        """Draw the id of the permit that a call which is let go may be given, in hex; None where there will be none."""
        permits, campaign, at = question.generation.permits, question.bound.campaign.name, question.at
        self._issue = None
        if permits is None or not (decision or self._shadow):
            return None
        id_ = permits.new_id(self._key, number, caller, campaign)
        # no longer than the decision holds; one that holds for its own instant alone says nothing of the next
        until = decision.until_s if decision and decision.until_s is not None and decision.until_s > at else None
        self._issue = partial(permits.issue, callee=number, caller=caller, campaign=campaign, now=at, until=until, id_=id_)
        return id_.hex()

    def _log(
        self, question: Question, transaction: Transaction, attempts: Attempts, decision: Decision, permit: str | None = None
    ) -> LogRow | None:
        """Write the decision to the call log, where there is one."""
        generation = question.generation
        if generation.log is None:
            return None
        return generation.log.write(
            transaction,
            number=question.reading.number,
            caller=self._caller if question.bound.caller is None else question.bound.caller.key,
            call=question.call(),
            callee=question.callee or generation.callee(question.reading),
            attempts=attempts,
            upkeep=answers.upkeep(question),
            decision=decision,
            shadow=self._shadow,
            mark=generation.known.applied,
            key=self._key,
            permit=permit,
            candidate=self._verdict,
        )

    def _handed_on(self, generation: Generation, bound: Bound, decision: Decision) -> Decision:
        """Hand the record on where the policy says so; where that fails, give the count back and put the denial on record."""
        log = generation.log
        assert log is not None
        assert self._row is not None
        try:
            log.hand_on(self._row, bound.caller)
        except StateError:
            denied, counted, first = Decision(Reason.LOG_UNAVAILABLE, "usage-log"), self._counted, self._row
            self._shadow, self._counted, self._verdict = False, None, None
            question = answers.ask(generation, bound, self._callee, None, self._place)

            def take_back(transaction: Transaction) -> Decision:
                if counted is not None:
                    transaction.release(counted)
                if first is not None:
                    log.release(transaction, first, question.at)
                self._row = self._log(question, transaction, answers.known_attempts(question, transaction), denied)
                return denied

            try:
                return generation.store.transact(take_back)
            except StateError:
                if counted is not None:
                    with suppress(StateError):  # else it counts, though the call is not placed
                        generation.store.later(RELEASE, b"%d" % counted)
                return denied
        return decision

    def outcome(self, name: str, *, duration: float | None = None) -> None:
        """Record how the call ended: `answered`, `no-answer`, `busy`, `rejected`, `voicemail`, `failed` or a name of one's own.

        A name that the policy's `opt_out` has is the callee's refusal, which lasts when this returns. Within `async with` it is in
        force in this process then, is kept beside the loop at once, and lasts when the block is left. Where it cannot be kept,
        StateError (within `async with` on leaving); the outcome is recorded all the same.
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
        try:
            self._hearing.hear(outcome=name, apart=self._later)
        finally:
            if not self._later:
                self._record()

    def pressed(self, keys: str) -> bool:
        """Take keys that the callee pressed, and keep them as a refusal where the policy's `opt_out` says so; whether it does.

        Several keys at once are one entry, which is compared as a whole. Of keys told one by one the last ones decide. It is kept,
        and StateError raised, as by `outcome`. RuntimeError before entering.
        """
        _ = self.decision
        return self._hearing.pressed(keys, apart=self._later)

    def replied(self, sip_status: int) -> bool:
        """Take the callee's final SIP reply, and keep it as a refusal as `pressed` does: 607 and 608, unless the policy differs."""
        _ = self.decision
        return self._hearing.hear(sip_status=sip_status, apart=self._later)

    def at_once(self) -> None:
        """Keep what is told from now on before `outcome`, `pressed` and `replied` return, in a loop too, which then waits."""
        self._later = False

    @property
    def reference(self) -> str | None:
        """A text by which another process may record the outcome: `guard.log.end_of(reference, "answered")`; None without a log."""
        if self._row is None:
            return None
        from callguard.call_log.writing import Reference

        return Reference.of(self._row).written

    def permit(self) -> str:
        """Return the permit to dial: a text that the call carries in a header or variable, for the trunk to check.

        It is good for the policy's `lifetime` from entering on, and no longer than the decision holds; for one call. Asked again,
        or of another attempt with the same `key`, it is the same one. RuntimeError before entering, for a call that was denied, and
        after `release`; PolicyError where the policy names no key in [permits].
        """
        decision = self.decision
        if not (decision or self._shadow) or self._released:
            raise RuntimeError("the call may not be placed: it was denied, or its count was given back; there is no permit for it")
        if self._issue is None:
            raise PolicyError("the policy names no key for permits; accepted: [permits] with `key_env` or `key_file`")
        if self._permit is None:
            self._permit = self._issue()
        return self._permit

    def release(self) -> None:
        """Give back the count of a call that never left; its record stays. A key's count is its first attempt's to give back."""
        _ = self.decision
        self._released = True
        if self._counted is not None:
            counted, self._counted = self._counted, None
            log, row, at = self._generation.log, self._row, self._generation.clock()

            def give_back(transaction: Transaction) -> None:
                transaction.release(counted)
                if log is not None and row is not None:
                    log.release(transaction, row, at)

            try:
                self._generation.store.transact(give_back)
            except StateError:
                self._generation.store.later(RELEASE, b"%d" % counted)

    def _record(self) -> None:
        log, row = self._generation.log, self._row
        if log is not None and row is not None and self._outcome is not None:
            log.end(row, *self._outcome, self._generation.clock())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._outcome is None:
            self._outcome = ("unknown" if kind is None else "failed", None)
        elif not self._later:
            self._over()
            return
        try:
            self._record()
        finally:
            self._over()

    def _over(self) -> None:
        """Tell those who watch how it ended, once."""
        watching, self._watching = self._watching, ()
        if watching and self._outcome is not None:
            self._observers.ended(watching, self._outcome[0], released=self._released)

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
                await finish(self._give_up)
            raise
        except DialDenied:
            self._later = False  # nobody will leave what was not entered
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
        try:
            self._record()
        finally:
            self._over()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            await self._hearing.kept()
        finally:
            await finish(partial(self.__exit__, kind, error, trace))
        self._later = False
