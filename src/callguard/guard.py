"""Guard: the front over the rooms below."""

from __future__ import annotations

import math
import threading
import weakref
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, Literal, Self

from attrs import evolve

from callguard import clock as clocks
from callguard._core import line as core
from callguard.attempt import Attempt
from callguard.binding import bind
from callguard.deciding import answers
from callguard.deciding.lines import Line
from callguard.deciding.notices import notices
from callguard.errors import PolicyError, StateError
from callguard.observing import Observers
from callguard.policy import Policy
from callguard.recording import Recording, check_text
from callguard.reloading import Watcher, files
from callguard.state import Followed, MemoryStore
from callguard.state.records import ListVersion
from callguard.wrapping import check_fixed
from callguard.wrapping import wrap as wrap_dial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime
    from os import PathLike
    from typing import TypeAlias

    import pendulum

    from callguard.call_log import CallLog
    from callguard.deciding import Bound, Generation
    from callguard.deciding.many import ScrubResult
    from callguard.index import Plane
    from callguard.index.opened import Progress
    from callguard.model import Decision, Explanation, Finding, Notice, Reason
    from callguard.observing import Observer
    from callguard.policy import Licence
    from callguard.rules.rule import Rule
    from callguard.sealing import Keyring
    from callguard.state import Store

    At: TypeAlias = datetime | float | None

__all__ = ["Guard", "Line"]

_LINES = 100_000


class Guard(core.Desk, Recording):
    """Says whether a call may be placed, and why not; every thread may ask at once.

    `Guard(policy)` keeps its state in memory, for as long as the process lives; `Guard.open(path)` beside the policy file, or where
    its `[state]` says. `rules` are the user's own, `clock` returns epoch seconds. `threads=False` is for hosts that let Python's
    threads run only while they call (Kamailio, uWSGI as it comes): none is started, call `beat` instead. A context manager.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        rules: Iterable[Rule] = (),
        clock: Callable[[], float] | None = None,
        store: Store | None = None,
        threads: bool = True,
        _lasting: bool = False,
        _progress: Progress | None = None,
    ) -> None:
        super().__init__(self._kept)
        if not isinstance(policy, Policy):
            raise TypeError(f"the policy is a {type(policy).__name__}; accepted: a Policy, as `Policy.load(path)` returns")
        self._clock = time if clock is None else clock
        self._rules = tuple(rules)
        self._lasting, self._threads = _lasting, threads
        self._given, self._write = store, threading.RLock()
        self._named = str(policy.file)
        self._file = None if policy.file is None else policy.file.absolute()
        self._all_lines: weakref.WeakSet[Line] = weakref.WeakSet()
        self._watcher: Watcher | None = None
        self._closed = False
        self._observers = Observers()
        self._state = Followed(self._store_of(policy))
        try:
            self._generation = self._bind(policy, self._state, _progress)
            self._note_lists()
        except BaseException:
            self._state.store.close()
            raise

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        *,
        rules: Iterable[Rule] = (),
        clock: Callable[[], float] | None = None,
        progress: Progress | None = None,
        threads: bool = True,
    ) -> Self:
        """Read a policy file and guard by it; PolicyError lists every mistake of the file, StateError what ails its state.

        State lasts: in the folder `state` beside the file, or where the policy's `[state]` says. Lists that are new are read into
        an index there, which `progress(done, total, what)` is told of.
        """
        return cls(Policy.load(Path(path)), rules=rules, clock=clock, threads=threads, _lasting=True, _progress=progress)

    def _store_of(self, policy: Policy) -> Store:
        """Return the store that a policy names, opened; the one that was given, or one in memory."""
        if not self._lasting:
            return MemoryStore() if self._given is None else self._given
        from callguard.state.opening import open_store

        return open_store(policy, self._clock, self._keyring(policy), threads=self._threads)

    def _keyring(self, policy: Policy) -> Keyring:
        """Return the keys that state and log are sealed with; PolicyError where the policy's call log has none."""
        from callguard.sealing import Keyring

        log = policy.call_log
        if not self._lasting or log is None or not log.enabled:
            return Keyring.plain()
        return Keyring.find(log, None if policy.file is None else policy.file.absolute().parent)

    def _bind(self, policy: Policy, state: Followed, progress: Progress | None = None) -> Generation:
        """Bind a policy, and the candidate that it names, and begin to check the indexes that they map."""
        generation = bind(
            policy,
            self._rules,
            state,
            self._clock,
            keyring=self._keyring(policy),
            folder=policy.state_folder / "index" if self._lasting else None,
            threads=self._threads,
            progress=progress,
        )
        if generation.log is not None:
            generation.log.heard = self.heard
        return generation

    def _note_lists(self) -> None:
        """Put on record which lists are in force from now on, where that can be written."""
        index = self._generation.index
        if not self._lasting or index is None:
            return
        now = self._clock()
        changed = [
            ListVersion(name=plane.name, digest=index.key or index.digest, numbers=plane.numbers, at=now)
            for plane in index.planes
            if self._state.view.lists.get(plane.name) != (index.key or index.digest)
        ]
        with suppress(StateError):
            self._state.append(changed)
            self._generation.catch_up()
            self._observers.kept(changed)

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
            if self._watcher is not None:
                self._watcher.stop()
            self._generation.let_go(closing=True)
            self._state.store.close()

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
        failed = self.reload_problem
        not_reloaded = None if failed is None else str(failed)
        return tuple(notices(self._generation, self._clock(), not_reloaded, self._observers.problem))

    def now(self) -> float:
        """Return the guard's own instant, in epoch seconds."""
        return self._clock()

    @property
    def reload_problem(self) -> Exception | None:
        """What the last change of a watched file raised, as long as no later one was taken; None where there is nothing."""
        return None if self._watcher is None else self._watcher.problem

    @property
    def ailment(self) -> Reason | None:
        """The reason for which every call is denied now, `state-stale` or `log-unavailable`; None while there is none."""
        return answers.ailment(self._generation)

    @property
    def log(self) -> CallLog | None:
        """The call log, to be searched, verified and exported; None where the policy has none."""
        return self._generation.log

    def licences_until(self) -> tuple[tuple[Licence, date | None], ...]:
        """Return each licence with its last valid day, by the law where the policy names none; None where it does not end."""
        return answers.last_days(self._generation, self._clock())

    # --- asking

    def line(self, *, campaign: str, caller: str) -> Line:
        """Bind a campaign and a caller once; PolicyError for an unknown campaign, an unknown caller is denied when asked."""
        check_text(campaign=campaign, caller=caller)
        with self._write:
            found = Line(campaign, caller, self._generation)
            self._all_lines.add(found)
        return found

    if TYPE_CHECKING:  # it stands in the core, so that asking enters no function of Python's

        def may_dial(self, callee: str | int, *, caller: str, campaign: str, at: At = None, place: str | None = None) -> Decision:
            """Say whether a call may be placed; PolicyError, ValueError and TypeError for what a program may not pass."""

    def _kept(self, campaign: str, caller: str) -> Line:
        """Return the line of a pair, kept when its caller is the policy's; reloading lets go of them all."""
        check_text(campaign=campaign, caller=caller)
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

        def bound() -> tuple[Generation, Bound]:
            generation = self._generation
            return generation, generation.bind(campaign, caller)

        self._kept(campaign, caller)
        return Attempt(bound, callee, caller, place, key, self._hears, self._observers)

    def wrap(
        self,
        dial: Callable[..., Any] | None = None,
        *,
        callee: Any,
        caller: Any,
        campaign: Any,
        on_denied: Literal["raise", "return"] | Callable[[Decision], Any] = "raise",
        outcome: Callable[[Any], str | None] | None = None,
    ) -> Callable[..., Any]:
        """Put the guard around any sync or async callable; without `dial`, return a decorator.

        A text that names a parameter of `dial` is that parameter, a function gets its arguments; else caller and campaign are fixed
        values, which must be the policy's: PolicyError when wrapping. Of several callees all must be allowed. `outcome` tells from
        the result how the call ended, for each callee's `attempt.outcome`; None, or without it, is `unknown`.
        """
        said: dict[str, Any] = {"callee": callee, "caller": caller, "campaign": campaign}
        said |= {"on_denied": on_denied, "outcome": outcome}
        if dial is None:
            return lambda found: self.wrap(found, **said)
        return wrap_dial(dial, self.attempt, fixed=partial(check_fixed, self.policy), **said)

    def _read_again(self, file: Path) -> Policy:
        try:
            return Policy.load(file)
        except PolicyError as error:
            raise PolicyError(problems=[evolve(problem, file=self._named) for problem in error.problems]) from None

    def reload(self) -> None:
        """Read the policy and its lists again and swap them whole; PolicyError or StateError, and nothing changed, if that fails.

        A campaign that a Line is bound to must still be there. Where the state's folder or database was replaced, or the policy
        names another, that is opened and read.
        """
        old = self._generation
        policy = old.policy if self._file is None else self._read_again(self._file)
        with self._write:
            state = self._state
            if self._lasting and _moved(old.policy, policy, state.store):
                state = Followed(self._store_of(policy))
            try:
                generation = self._bind(policy, state)
                lines = tuple(self._all_lines)
                for line in lines:
                    generation.bind(line.campaign, line.caller)
            except BaseException:
                if state is not self._state:
                    state.store.close()
                raise
            # a state that was moved is closed once no attempt is under way in it any more
            self._state, self._generation = state, generation
            self.let_go()
            for line in lines:
                line.rebind(generation)
            self._note_lists()
            old.let_go()

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Tell an observer of each attempt, how it ended, and what is kept, from now on; return what ends that."""
        return self._observers.add(observer)

    def beat(self) -> None:
        """See now how things stand in the state; without threads it is needed before asking, where the last is 50 ms ago or more.

        What cannot be known is no error here: questions are answered `state-stale` once `max_staleness` has passed.
        """
        self._generation.store.beat()

    def watch(self, *, every: float = 1.0) -> None:
        """Reload by itself whenever the policy file, or a list or table that it names, has changed; looks `every` so many seconds.

        A file that cannot be read as a policy changes nothing: `warnings` tells of it until one is taken. It is tried again, too,
        after longer and longer pauses of five minutes at most. RuntimeError for a guard without threads.
        """
        if not self._threads:
            raise RuntimeError("a guard without threads cannot watch; accepted: `reload()` when the policy has changed")
        if isinstance(every, bool) or not isinstance(every, int | float):
            raise TypeError(f"`every` is a {type(every).__name__}; accepted: seconds")
        if not (math.isfinite(every) and every > 0):
            raise ValueError(f"`every` is {every}; accepted: seconds, more than 0")
        with self._write:
            if self._watcher is not None:
                self._watcher.stop()
            self._watcher = Watcher(self._files, self.reload, every)

    def _files(self) -> tuple[Path, ...]:
        beside = self._generation.candidate
        return files(self.policy, None if beside is None else beside.policy)


def _moved(old: Policy, new: Policy, store: Store) -> bool:
    """Whether a policy keeps its state elsewhere or otherwise than the one before, or what is open is not known any more."""
    same = (old.state_folder, old.state, old.call_log) == (new.state_folder, new.state, new.call_log)
    return not same or store.fresh_until() <= 0
