"""Watching a policy and its lists: what has changed on disk is read, checked and swapped whole, without anybody asking."""

from __future__ import annotations

import os
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final

from callguard import packs
from callguard.errors import CallguardError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callguard.policy import Policy

_FIRST: Final = 5  # looks until a policy that was not taken is tried again
_LONGEST: Final = 300.0  # seconds between two tries
Stamps = tuple[tuple[int, int, int] | None, ...]


def files(policy: Policy, candidate: Policy | None = None) -> tuple[Path, ...]:
    """Return every file that a policy was made of, and the candidate beside it."""
    own = (Path(name) for name in policy.enterprise.packs if packs.is_file(name))
    lists = (source.path for source in policy.lists)
    named = (policy.file, policy.hcode_file, policy.calendar_overrides, *own, *lists, policy.candidate)
    found = tuple(file for file in named if file is not None)
    return found if candidate is None else tuple(dict.fromkeys((*found, *files(candidate))))


def stamps(files: Iterable[Path]) -> Stamps:
    """Return what tells files from later ones: each one's inode, size and last change; None for a missing one."""
    return tuple(map(_stamp, files))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


class Watcher:
    """A thread that reloads when the policy or a file that it names has changed, and rested for one look.

    A policy that cannot be read changes nothing: `problem` is what was raised, until a later one is taken, and the log has the name
    of it. It is tried again, after longer and longer pauses, as what it lacked may have come since: a list that it names is not yet
    watched. Whatever is raised, watching goes on. `reload` is held weakly.
    """

    def __init__(self, files: Callable[[], tuple[Path, ...]], reload: Callable[[], None], every: float) -> None:
        self.problem: Exception | None = None
        self._files = weakref.WeakMethod(files)
        self._reload = weakref.WeakMethod(reload)
        self._every = every
        self._known = self._seen = stamps(files())
        self._pause, self._again = 0.0, 0.0
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
            files, reload = self._files(), self._reload()
            if files is None or reload is None:
                return
            seen = stamps(files())
            # two looks that see the same: nobody is in the middle of writing
            due = self.problem is not None and time.monotonic() >= self._again
            if (changing or due) and seen == self._seen:
                self._take(reload, files, again=not changing)
                changing = False
            else:
                changing = seen != self._known
            self._seen = seen
            del files, reload

    def _take(self, reload: Callable[[], None], files: Callable[[], tuple[Path, ...]], *, again: bool) -> None:
        self._known = self._seen
        try:
            reload()
            if len(self._known) != len(files()):
                self._known = stamps(files())
        except (CallguardError, OSError) as error:
            self._not_taken(error, error, again=again)
        except BaseException as error:  # noqa: BLE001 - a rule's file may raise anything, and its text may hold a number
            self._not_taken(error, CallguardError(f"a {type(error).__name__} was raised when it was read"), again=again)
        else:
            self.problem, self._pause = None, 0.0

    def _not_taken(self, error: BaseException, problem: Exception, *, again: bool) -> None:
        import logging

        known, self.problem = self.problem, problem
        self._pause = min(2 * self._pause if again else self._every * _FIRST, _LONGEST)
        self._again = time.monotonic() + self._pause
        if again and (type(problem), str(problem)) == (type(known), str(known)):
            return
        said = "what has changed was not taken up, and what was in force before still is: %s"
        logging.getLogger("callguard").warning(said, type(error).__name__)
