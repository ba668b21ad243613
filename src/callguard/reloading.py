"""Watching a policy and its lists: what has changed on disk is read, checked and swapped whole, without anybody asking."""

from __future__ import annotations

import os
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from callguard import packs
from callguard.errors import CallguardError

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.policy import Policy

Stamps = tuple[tuple[int, int, int] | None, ...]


def files(policy: Policy) -> tuple[Path, ...]:
    """Return every file that a policy was made of."""
    own = (Path(name) for name in policy.enterprise.packs if packs.is_file(name))
    named = (policy.file, policy.hcode_file, policy.calendar_overrides, *own, *(source.path for source in policy.lists))
    return tuple(file for file in named if file is not None)


def stamps(policy: Policy) -> Stamps:
    """Return what tells a policy's files from later ones: each one's inode, size and last change; None for a missing one."""
    return tuple(map(_stamp, files(policy)))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


class Watcher:
    """A thread that reloads when the policy or a file that it names has changed, and rested for one look.

    A policy that cannot be read changes nothing: `problem` is what was raised, until a later one is taken. `reload` is held weakly.
    """

    def __init__(self, policy: Callable[[], Policy], reload: Callable[[], None], every: float) -> None:
        self.problem: Exception | None = None
        self._policy = weakref.WeakMethod(policy)
        self._reload = weakref.WeakMethod(reload)
        self._every = every
        self._known = self._seen = stamps(policy())
        self._stopped = threading.Event()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._watch, name="callguard-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()
        if self._pid == os.getpid() and threading.current_thread() is not self._thread:
            self._thread.join(timeout=5)

    def _watch(self) -> None:
        changing = False
        while not self._stopped.wait(self._every):
            policy, reload = self._policy(), self._reload()
            if policy is None or reload is None:
                return
            seen = stamps(policy())
            # two looks that see the same: nobody is in the middle of writing
            if changing and seen == self._seen:
                self._take(reload, policy)
                changing = False
            else:
                changing = seen != self._known
            self._seen = seen
            del policy, reload

    def _take(self, reload: Callable[[], None], policy: Callable[[], Policy]) -> None:
        self._known = self._seen
        try:
            reload()
        except (CallguardError, OSError) as error:
            self.problem = error
        else:
            self.problem = None
            if len(self._known) != len(files(policy())):
                self._known = stamps(policy())
