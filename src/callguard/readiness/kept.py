"""A policy's state and call log, opened to be looked at, and what ails them."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import attrs

from callguard import packs
from callguard.readiness.names import both
from callguard.readiness.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from callguard.call_log import CallLog
    from callguard.policy import CallerStatus, Policy
    from callguard.rules.rule import Consent
    from callguard.state import Store


_SEALED: Final = {True: {"en": "sealed", "zh": "已加密"}, False: {"en": "not sealed", "zh": "未加密"}}


@attrs.frozen(eq=False)
class Kept:
    """A policy's state: the store, the log in it (None: the policy has none), and what has been recorded of callers."""

    store: Store
    log: CallLog | None
    statuses: dict[str, CallerStatus]
    scopes: tuple[str, ...]
    consents: Mapping[int, tuple[Consent, ...]]

    @classmethod
    def of(cls, policy: Policy, store: Store, log: CallLog | None) -> Kept:
        """Read what a store holds; StateError where it cannot be read."""
        from callguard.state.view import View

        view = View()
        store.fill(view)
        scopes = tuple(scope for scope in view.scopes if scope not in policy.scopes)
        return cls(store, log, dict(view.statuses), scopes, view.consents)


def is_there(policy: Policy) -> bool:
    """Return whether a policy has a state that could be opened, without making one."""
    from callguard.state.sqlite import NAME

    return (policy.state is not None and policy.state.url is not None) or (policy.state_folder / NAME).exists()


@contextmanager
def opened(policy: Policy, clock: Callable[[], float] = time.time) -> Iterator[Kept]:
    """Open a policy's state; StateError or PolicyError where it, or its key, cannot be had."""
    from callguard.call_log import CallLog
    from callguard.sealing import Keyring
    from callguard.state.opening import open_store

    log = policy.call_log
    keyring = (
        Keyring.plain()
        if log is None or not log.enabled
        else Keyring.find(log, None if policy.file is None else policy.file.absolute().parent)
    )
    store = open_store(policy, clock, keyring)
    try:
        yield Kept.of(policy, store, None if log is None else CallLog(store, keyring, policy, clock, writes=False))
    finally:
        store.close()


def not_looked_at(why: str) -> Remark:
    """Return the remark that state and log were not looked at."""
    return Remark(kind=packs.inspected().remarks["state-unknown"], severity="unknown", what="state", facts={"why": both(why)})


def _where(policy: Policy, kept: Kept) -> dict[str, str]:
    """Return what kind of store it is, and where this host has it; never the address of a database, which may hold a password."""
    if not kept.store.lasting:
        return {"en": "in memory, until the process ends", "zh": "仅在内存中, 随进程结束而消失"}
    if policy.state is not None and policy.state.url is not None:
        return {"en": f"PostgreSQL, with {policy.state_folder} here", "zh": f"PostgreSQL, 本机目录 {policy.state_folder}"}
    return {"en": f"SQLite in {policy.state_folder}", "zh": f"SQLite, 位于 {policy.state_folder}"}


def ailments(policy: Policy, kept: Kept) -> Iterator[Remark]:
    """Yield where the store is, what it warns of, and the scopes of refusals that the policy no longer declares."""
    from callguard.model import Notice

    remarks = packs.inspected().remarks
    is_sealed = kept.log is not None and bool(kept.log.keyring.active)
    said = {"where": _where(policy, kept), "sealed": _SEALED[is_sealed]}
    yield Remark(kind=remarks["state-kept"], severity="note", what="state", facts=said)
    for key, facts in kept.store.warnings():
        notice = Notice(key, **facts)
        why = {lang: notice.message_in(lang) for lang in ("en", "zh")}
        yield Remark(kind=remarks["state-warning"], severity="due", what="state", name=key, facts={"why": why})
    for scope in kept.scopes:
        yield Remark(kind=remarks["scope-undeclared"], severity="note", what="state", name=scope, facts={"scope": scope})
