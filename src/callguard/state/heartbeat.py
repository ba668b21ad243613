"""A thread that does one thing again and again for an owner, for as long as there is one."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from callguard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable

_STOP_S: Final = 0.08  # how long `stop` waits for a beat to end
_REST: Final = 0.2  # the part of the time between beats that is left alone, however long a beat takes


class Heartbeat:
    """Calls an owner's method every so many seconds, and when woken, on a thread that keeps neither owner nor process alive.

    What the method raises is kept in `failure`, without its traceback, which would hold the owner, until a beat goes well.
    """

    def __init__(self, beat: Callable[[], object] | weakref.WeakMethod[Any], every: float) -> None:
        """Take a bound method, or a weak reference to one; nothing runs before `start`."""
        self._beat: weakref.WeakMethod[Any] = beat if isinstance(beat, weakref.WeakMethod) else weakref.WeakMethod(beat)
        self._every = every
        self._run: _Run | None = None
        self._starting = threading.Lock()

    @property
    def failure(self) -> BaseException | None:
        """What the last beat raised."""
        return None if self._run is None else self._run.failure

    def start(self) -> None:
        """Begin to beat, at once; does nothing while it does. StateError where no thread is to be had."""
        with self._starting:
            if self._run is not None and self._run.alive():
                return
            self._run = _Run(self._beat, self._every)
            self._run.start()
            _running.add(self._run)

    def wake(self) -> None:
        """Have the next beat now; after one that failed it comes at its time. May be called from anywhere."""
        if self._run is not None:
            self._run.wake()

    def stop(self) -> bool:
        """End after the beat that runs, and return whether that has ended: it is not waited for longer than a tenth of a second."""
        return self._run is None or self._run.stop()

    def renew(self) -> None:
        """Begin again in the child after a fork, if the parent's was beating."""
        self._starting = threading.Lock()
        run, self._run = self._run, None
        if run is not None and not run.stopping:
            self.start()


class _Run:
    """One thread and what it waits on; nothing of it leads to the owner but a weak reference."""

    def __init__(self, beat: weakref.WeakMethod[Any], every: float) -> None:
        self.failure: BaseException | None = None
        self.stopping = False
        self._beat = beat
        self._every = every
        # a bare lock, which the thread waits for: unlike an Event's it may be released from a signal's handler or a finalizer
        self._gate = threading.Lock()
        self._gate.acquire()
        self._thread = threading.Thread(target=self._go, name="callguard heartbeat", daemon=True)

    def start(self) -> None:
        try:
            self._thread.start()
        except RuntimeError as error:
            raise StateError(f"no thread to follow the state with ({error})") from error

    def alive(self) -> bool:
        return self._thread.is_alive() and not self.stopping

    def wake(self) -> None:
        with suppress(RuntimeError):  # awake already
            self._gate.release()

    def stop(self) -> bool:
        self.stopping = True
        self.wake()
        if self._thread is threading.current_thread():
            return False
        with suppress(RuntimeError):  # never started, or the interpreter is going down
            self._thread.join(_STOP_S)
        return not self._thread.is_alive()

    def _go(self) -> None:
        while not self.stopping:
            began = time.monotonic()
            beat = self._beat()
            if beat is None:
                return
            try:
                beat()
            except BaseException as error:  # noqa: BLE001 - whatever it is, the next beat may go well
                self.failure = _bare(error)
            else:
                self.failure = None
            del beat  # not held while waiting
            self._wait(began)

    def _wait(self, began: float) -> None:
        """Wait until the next beat is due, or somebody asks for it; after one that failed only `stop` does."""
        now = time.monotonic()
        due = max(began + self._every, now + _REST * self._every)
        while now < due and not (self._gate.acquire(timeout=due - now) and (self.stopping or self.failure is None)):
            now = time.monotonic()


def _bare(error: BaseException) -> BaseException:
    """Take the tracebacks from an error and those it came from: their frames hold the owner."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        at = waiting.pop()
        if at is not None and id(at) not in seen:
            seen.add(id(at))
            at.__traceback__ = None
            waiting += [at.__cause__, at.__context__]
    return error


_running: weakref.WeakSet[_Run] = weakref.WeakSet()


@atexit.register
def _end() -> None:
    """Let no beat run into an interpreter that is being taken down."""
    runs = tuple(_running)
    for run in runs:
        run.stopping = True
        run.wake()
    for run in runs:
        run.stop()
