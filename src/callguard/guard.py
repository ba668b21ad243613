"""Guard: the front over the rooms below."""

from __future__ import annotations

import threading
import weakref
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, Literal, Self

from attrs import evolve

from callguard import clock as clocks
from callguard import phone
from callguard._core import line as core
from callguard.attempt import Attempt
from callguard.deciding import Generation, answers
from callguard.deciding.lines import Line
from callguard.deciding.notices import notices
from callguard.errors import PolicyError
from callguard.policy import Policy
from callguard.state import MemoryStore, View
from callguard.state.records import Consented, Lift, Refusal, StatusChange, Withdrawal
from callguard.wrapping import wrap as wrap_dial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime
    from os import PathLike
    from typing import TypeAlias

    import pendulum

    from callguard.deciding import Bound
    from callguard.deciding.many import ScrubResult
    from callguard.index import Plane
    from callguard.index.opened import Progress
    from callguard.model import Decision, Explanation, Finding, Notice
    from callguard.policy import Caller, CallerStatus, Licence
    from callguard.rules.rule import Rule
    from callguard.state import Store
    from callguard.state.records import Record

    At: TypeAlias = datetime | float | None

__all__ = ["Guard", "Line"]

_STATUSES = ("active", "suspended", "reclaimed")
_LINES = 100_000


class Guard(core.Desk):
    """Says whether a call may be placed, and why not; every thread may ask at once.

    `Guard(policy)` keeps its state in memory, for as long as the process lives. `rules` are the user's own, `clock` returns epoch
    seconds. A context manager.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        rules: Iterable[Rule] = (),
        clock: Callable[[], float] | None = None,
        store: Store | None = None,
        _lasting: bool = False,
        _progress: Progress | None = None,
    ) -> None:
        super().__init__(self._kept)
        if not isinstance(policy, Policy):
            raise TypeError(f"the policy is a {type(policy).__name__}; accepted: a Policy, as `Policy.load(path)` returns")
        self._clock = time if clock is None else clock
        self._rules = tuple(rules)
        self._store: Store = MemoryStore() if store is None else store
        self._view = View()
        self._write = threading.RLock()
        self._applying = threading.Lock()
        self._lasting = _lasting
        self._named = str(policy.file)
        self._file = None if policy.file is None else policy.file.absolute()
        self._generation = self._bind(policy, _progress)
        self._follow()
        self._all_lines: weakref.WeakSet[Line] = weakref.WeakSet()
        self._closed = False

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        *,
        rules: Iterable[Rule] = (),
        clock: Callable[[], float] | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Read a policy file and guard by it; PolicyError lists every mistake of the file.

        Lists that are new are read into an index beside the policy's state, which `progress(done, total, what)` is told of.
        """
        return cls(Policy.load(Path(path)), rules=rules, clock=clock, _lasting=True, _progress=progress)

    def _bind(self, policy: Policy, progress: Progress | None = None) -> Generation:
        """Bind a policy, and begin to check the index that it maps."""
        generation = Generation(
            policy, self._rules, self._view, self._store, self._clock, follow=self._follow, lasting=self._lasting, progress=progress
        )
        if generation.index is not None and generation.index.path is not None:
            generation.index.verify_in_background(generation.is_damaged)
        return generation

    def _follow(self) -> None:
        """Apply the records that the store has and this guard has not."""
        with self._applying:
            generation = self._generation
            for number, record in self._store.records(generation.known.applied):
                self._view.apply(record)
                if isinstance(record, StatusChange):
                    generation.forget(record.caller)
                generation.known.applied = number

    def __repr__(self) -> str:
        return f"<Guard of {self.policy.enterprise.name}, {len(self.policy.campaigns)} campaigns>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the state; nothing may be asked afterwards that needs it."""
        if not self._closed:
            self._closed = True
            if self._generation.index is not None:
                self._generation.index.stop_verifying()
            self._store.close()

    @property
    def policy(self) -> Policy:
        """The policy that is in force."""
        return self._generation.policy

    @property
    def lists(self) -> tuple[Plane, ...]:
        """The suppression lists as they were read."""
        return tuple(self._generation.lists.values())

    @property
    def warnings(self) -> tuple[Notice, ...]:
        """What a person should know: what is kept in memory only, what ends or is due soon, rows that could not be read."""
        return tuple(notices(self._generation, self._clock()))

    def licences_until(self) -> tuple[tuple[Licence, date | None], ...]:
        """Return each licence with its last valid day, by the law where the policy names none; None where it does not end."""
        return answers.last_days(self._generation, self._clock())

    # --- asking

    def line(self, *, campaign: str, caller: str) -> Line:
        """Bind a campaign and a caller once; PolicyError for an unknown campaign, an unknown caller is denied when asked."""
        _check_text(campaign=campaign, caller=caller)
        with self._write:
            found = Line(campaign, caller, self._generation)
            self._all_lines.add(found)
        return found

    if TYPE_CHECKING:  # it stands in the core, so that asking enters no function of Python's

        def may_dial(self, callee: str | int, *, caller: str, campaign: str, at: At = None, place: str | None = None) -> Decision:
            """Say whether a call may be placed; PolicyError, ValueError and TypeError for what a program may not pass."""

    def _kept(self, campaign: str, caller: str) -> Line:
        """Return the line of a pair, kept when its caller is the policy's; reloading lets go of them all."""
        _check_text(campaign=campaign, caller=caller)
        line = self.kept(campaign, caller)
        if isinstance(line, Line):
            return line
        if self.policy.caller(caller) is None:
            return Line(campaign, caller, self._generation)
        with self._write:
            if self.count() >= _LINES:
                self.let_go()
            made = Line(campaign, caller, self._generation)
            self.keep(campaign, caller, made)
        return made

    def explain(self, callee: str | int, *, caller: str, campaign: str, at: At = None, place: str | None = None) -> Explanation:
        """Return every rule's finding, and the decision; raises as `may_dial` does."""
        return self._kept(campaign, caller).explain(callee, at=at, place=place)

    def next_allowed(
        self, callee: str | int, *, caller: str, campaign: str, after: At = None, place: str | None = None
    ) -> pendulum.DateTime | None:
        """Return the first instant, from `after` (now) on, at which all rules pass; None when no passing of time alone will do.

        Recorded facts are taken as they stand; 400 days are searched.
        """
        return self._kept(campaign, caller).next_allowed(callee, after=after, place=place)

    def scrub(
        self,
        callees: Any,
        *,
        caller: str,
        campaign: str,
        at: At = None,
        places: Sequence[str | None] | None = None,
        threads: int = 1,
    ) -> ScrubResult:
        """Decide many callees at one instant; see `Line.scrub`."""
        return self._kept(campaign, caller).scrub(callees, at=at, places=places, threads=threads)

    def caller_findings(self, number: str, *, at: At = None) -> tuple[Finding, ...]:
        """Return what the rules find that look at a caller alone: its status, channel, filing, log; PolicyError for another's."""
        when = self._clock() if at is None else clocks.instant(at)
        return answers.caller_findings(self._generation, self._own(number), when)

    # --- placing

    def attempt(
        self, callee: str | int, *, caller: str, campaign: str, place: str | None = None, key: str | None = None
    ) -> Attempt:
        """Return a context manager that decides, counts and logs a call before it is placed; raises DialDenied on entering.

        The same `key` within 24 hours, for the same callee, caller and campaign, counts once.
        """

        def bind() -> tuple[Generation, Bound]:
            generation = self._generation
            return generation, generation.bind(campaign, caller)

        self._kept(campaign, caller)
        return Attempt(bind, callee, caller, place, key)

    def wrap(
        self,
        dial: Callable[..., Any] | None = None,
        *,
        callee: Any,
        caller: Any,
        campaign: Any,
        on_denied: Literal["raise", "return"] | Callable[[Decision], Any] = "raise",
    ) -> Callable[..., Any]:
        """Put the guard around any sync or async callable; without `dial`, return a decorator.

        A text that names a parameter of `dial` is that parameter, a function gets its arguments; else caller and campaign are fixed
        values, which must be the policy's: PolicyError when wrapping.
        """
        if dial is None:
            return lambda found: self.wrap(found, callee=callee, caller=caller, campaign=campaign, on_denied=on_denied)

        def fixed(name: str, value: str) -> None:
            if name == "campaign":
                self.policy.campaign(value)
            elif self.policy.caller(value) is None:
                accepted = ", ".join(phone.mask(known.number) for known in self.policy.callers)
                raise PolicyError(
                    f"`caller` is neither a parameter of the wrapped callable nor one of the policy's callers: {accepted}"
                )

        return wrap_dial(dial, self.attempt, callee=callee, caller=caller, campaign=campaign, on_denied=on_denied, fixed=fixed)

    # --- recording

    def refuse(self, callee: str | int, *, scope: str = "enterprise", source: str | None = None, at: At = None) -> None:
        """Keep a callee's refusal; the very next question honours it. `at` is when it happened, as evidence.

        ValueError for what cannot be read as E.164, PolicyError for a scope that the policy does not declare.
        """
        if source is not None:
            _check_text(source=source)
        when = self._clock() if at is None else clocks.instant(at)
        with self._write:
            number = self._number(callee, scope)
            self._record(Refusal(number=number, scope=scope, at=when, source=source, imported=at is not None))

    def lift_refusal(self, callee: str | int, *, scope: str = "enterprise", proof: str) -> None:
        """End a refusal of one scope, by the proof of newer consent, as which it counts too; both stay on record."""
        with self._write:
            number = self._number(callee, scope)
            self._record(Lift(number=number, scope=scope, at=self._clock(), proof=_proof(proof)))

    def consent(self, callee: str | int, *, scope: str = "enterprise", proof: str, until: At | date | str = None) -> None:
        """Keep a callee's consent, which satisfies `require_consent` and never ends a refusal.

        `until`: an instant before which it holds, or a date, its last; both may be text in ISO 8601.
        """
        end = None if until is None else clocks.edge(until, self.policy.enterprise.timezone, ends=True)
        with self._write:
            number = self._number(callee, scope)
            self._record(Consented(number=number, scope=scope, at=self._clock(), proof=_proof(proof), until=end))

    def withdraw_consent(self, callee: str | int, *, scope: str = "enterprise") -> None:
        """End all of a callee's consents of one scope."""
        with self._write:
            number = self._number(callee, scope)
            self._record(Withdrawal(number=number, scope=scope, at=self._clock()))

    def set_caller_status(self, number: str, status: CallerStatus) -> None:
        """Say what became of a caller number: `active`, `suspended`, `reclaimed`; of this and the policy's, the stricter holds.

        PolicyError for a number that is not the policy's, ValueError for another status.
        """
        _check_text(number=number, status=status)
        if status not in _STATUSES:
            raise ValueError(f"`status` is `{status}`; accepted: {', '.join(_STATUSES)}")
        caller = self._own(number)
        with self._write:
            self._record(StatusChange(caller=caller.key, status=status, at=self._clock()))

    def _own(self, number: str) -> Caller:
        caller = self.policy.caller(number)
        if caller is None:
            known = ", ".join(phone.mask(each.number) for each in self.policy.callers)
            raise PolicyError(f"the number is none of the policy's callers; accepted: {known}")
        return caller

    def _record(self, record: Record) -> None:
        with self._write:
            self._store.append(record)
            self._follow()

    def _number(self, callee: str | int, scope: str) -> int:
        _check_text(scope=scope)
        self._generation.policy.check_scope(scope)
        reading = self._generation.numbers.read(callee)
        if reading.note == "ambiguous-integer":
            raise ValueError("the integer is both a number in E.164 and a national mobile number; accepted: the number as text")
        if reading.number is None:
            raise ValueError(
                "the callee cannot be read as a number in E.164; accepted: a number with its country code or area code"
            )
        return reading.number

    def _read_again(self, file: Path) -> Policy:
        try:
            return Policy.load(file)
        except PolicyError as error:
            raise PolicyError(problems=[evolve(problem, file=self._named) for problem in error.problems]) from None

    def reload(self) -> None:
        """Read the policy and its lists again and swap them whole; PolicyError, and nothing changed, when they cannot be read.

        A campaign that a Line is bound to must still be there.
        """
        old = self._generation.policy
        policy = old if self._file is None else self._read_again(self._file)
        with self._write:
            generation = self._bind(policy)
            lines = tuple(self._all_lines)
            for line in lines:
                generation.bind(line.campaign, line.caller)
            with self._applying:
                generation.known.applied = self._generation.known.applied
                self._generation = generation
            self.let_go()
            for line in lines:
                line.rebind(generation)


def _check_text(**values: object) -> None:
    for name, value in values.items():
        if not isinstance(value, str):
            raise TypeError(f"`{name}` is a {type(value).__name__}; accepted: text")


def _proof(proof: str) -> str:
    if not isinstance(proof, str):
        raise TypeError(f"`proof` is a {type(proof).__name__}; accepted: text that names the evidence")
    if not proof.strip():
        raise ValueError("`proof` is empty; accepted: text that names the evidence of the callee's consent")
    return proof
