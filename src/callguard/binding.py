"""Binding a policy to a state: its law, numbers and lists, its log and permits, and the candidate beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.deciding import Generation
from callguard.deciding.beside import Candidate
from callguard.errors import CallguardError
from callguard.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from callguard.index.opened import Progress
    from callguard.rules.rule import Rule
    from callguard.sealing import Keyring
    from callguard.state import Followed


def bind(
    policy: Policy,
    rules: Sequence[Rule],
    state: Followed,
    clock: Callable[[], float],
    *,
    keyring: Keyring,
    folder: Path | None,
    threads: bool,
    progress: Progress | None = None,
) -> Generation:
    """Bind a policy and its candidate, and begin to check the indexes that they map; PolicyError or StateError where that fails.

    A candidate that cannot be bound is no error: its `problem` says why.
    """
    generation = Generation(policy, rules, state, clock, folder=folder, keyring=keyring, progress=progress)
    if policy.call_log is not None and policy.call_log.enabled:
        from callguard.call_log import CallLog

        custom = [rule.id for rule in generation.custom]
        generation.log = CallLog(state.store, keyring, policy, clock, custom=custom)
    if policy.permits is not None:
        from callguard.permits import Permits

        generation.permits = Permits.find(policy.permits, policy.enterprise.region)
    span = generation.attempts_span
    if policy.candidate is not None:
        beside = generation.candidate = _candidate(policy.candidate, generation, rules, folder, keyring, progress)
        if beside.generation is not None:
            span = max(span, beside.generation.attempts_span)
            _check_index(beside.generation, threads=threads)
    state.store.keep_attempts(span)
    _check_index(generation, threads=threads)
    return generation


def _candidate(
    file: Path, live: Generation, rules: Sequence[Rule], folder: Path | None, keyring: Keyring, progress: Progress | None
) -> Candidate:
    policy: Policy | None = None
    try:
        policy = Policy.load(file)
        found = Generation(policy, rules, live.state, live.clock, folder=folder, keyring=keyring, progress=progress)
        law = None if live.log is None else live.log.archive.keep_law(policy, [rule.id for rule in found.custom])
    except (CallguardError, OSError) as error:
        return Candidate(None, policy=policy, problem=str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever ails a candidate, the live policy goes on
        return Candidate(None, policy=policy, problem=type(error).__name__)
    return Candidate(found, law, policy=policy)


def _check_index(generation: Generation, *, threads: bool) -> None:
    index = generation.index
    if index is not None and index.path is not None:
        (index.verify_in_background if threads else index.verify_for)(generation.is_damaged)
