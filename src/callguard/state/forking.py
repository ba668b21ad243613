"""Forks: what must be at rest while a process forks, and what a child begins anew; in one order for all of a state."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class Forked(Protocol):
    """What is told of forks; none of it may raise."""

    def before_fork(self) -> None:
        """Come to rest, and stay so."""
        ...

    def after_fork(self, *, child: bool) -> None:
        """Go on; in the child with nothing that the parent's threads hold or use."""
        ...


FOLLOWING, ASKING, COUNTING = range(3)  # who holds a lock of one of these may wait for a lock of a later one
_all: tuple[weakref.WeakSet[Forked], ...] = tuple(weakref.WeakSet() for _ in range(3))
_resting: list[Forked] = []
_one = threading.Lock()  # several threads may fork at once


def register(forked: Forked, level: int = FOLLOWING) -> None:
    """Tell something of every fork from now on, for as long as it lives."""
    _all[level].add(forked)


def _before() -> None:
    _one.acquire()
    for level in _all:
        for forked in tuple(level):
            forked.before_fork()
            _resting.append(forked)


def _in_parent() -> None:
    while _resting:
        _resting.pop().after_fork(child=False)
    _one.release()


def _in_child() -> None:
    global _one  # noqa: PLW0603 - those who wait for the parent's are not there
    _one = threading.Lock()
    resting = tuple(_resting)  # in the order in which they came to rest: what a later one begins may need an earlier one
    _resting.clear()
    for forked in resting:
        forked.after_fork(child=True)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
