"""Who shares the work of a screening: threads, or processes forked from this one, which know and follow what it does."""

from __future__ import annotations

import errno
import gc
import multiprocessing
import os
import signal
import sys
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from concurrent.futures import Future
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

    Work = Callable[[Any], Any]

# elsewhere a process is not to be forked while threads run: one process does it all
FORKS: Final = sys.platform == "linux"
_TOGETHER: Final = 512  # items that go over at once
_AHEAD: Final = 1 << 20  # bytes that wait in a pipe
_DIES_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG
T = TypeVar("T")


class Crew(Protocol):
    """Works on tasks, several at once."""

    def done(self, tasks: Iterator[Any]) -> Iterator[Any]:
        """Yield what becomes of each, in order; what a task raises is raised in its place."""


class Here:
    """Works in this thread."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def done(self, tasks: Iterator[Any]) -> Iterator[Any]:
        """Yield what becomes of each, one by one."""
        for task in tasks:
            yield _done(self._work, task)


class Threads:
    """Works in so many threads of this process. A context manager."""

    def __init__(self, work: Work, count: int) -> None:
        self._work, self._count, self._pool = work, count, ThreadPoolExecutor(count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def done(self, tasks: Iterator[Any]) -> Iterator[Any]:
        """Yield what becomes of each, in order; as many tasks are taken ahead as there are threads."""
        waiting: deque[Future[Any]] = deque()
        for task in tasks:
            waiting.append(self._pool.submit(self._work, task))
            if len(waiting) > self._count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Processes:
    """Works in so many processes, forked from this one when this is made. A context manager: none outlives it, or this process."""

    def __init__(self, work: Work, count: int) -> None:
        self._work = work
        self._pipes: list[Connection] = []
        self._processes: list[ForkProcess] = []
        try:
            for _ in range(count):
                self._start()
        except BaseException:
            self._end(kill=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._end(kill=kind is not None)

    def done(self, tasks: Iterator[Any]) -> Iterator[Any]:
        """Yield what becomes of each, in order; ChildProcessError where a process was killed."""
        idle: deque[Connection] = deque(self._pipes)
        busy: deque[Connection] = deque()
        for task in tasks:
            found = None
            if not idle:  # only now: the next task is made while all are at work
                idle.append(busy.popleft())
                found = _received(idle[-1])
            _send(idle[0], task)
            busy.append(idle.popleft())
            if found is not None:
                yield found.result()
        while busy:
            yield _received(busy.popleft()).result()

    def _start(self) -> None:
        here, there = multiprocessing.Pipe()
        self._processes.append(_forked(_serve, there, [*self._pipes, here], self._work))
        self._pipes.append(here)
        there.close()

    def _end(self, *, kill: bool) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            if kill:
                process.kill()
            process.join()


def apart(items: Iterator[T], threads: int) -> Generator[T, None, None]:
    """Yield what an iterator yields, which works ahead in a process of its own where there may be two.

    What it raises is raised here, ChildProcessError where the process was killed. It ends when this is closed.
    """
    if not FORKS or threads < 2:
        yield from items
        return
    import fcntl

    here, there = multiprocessing.Pipe(duplex=False)
    with suppress(OSError):  # it is as much as a user may have, unless much else is open
        fcntl.fcntl(there.fileno(), fcntl.F_SETPIPE_SZ, _AHEAD)
    process = _forked(_work_ahead, there, here, items)
    there.close()
    try:
        while found := _received(here).result():
            yield from found
    finally:
        here.close()
        process.kill()
        process.join()


@attrs.frozen
class _Result:
    """What became of a task: a value, or what it raised."""

    value: Any = None
    error: Exception | None = None

    @classmethod
    def of(cls, work: Work, task: Any) -> _Result:
        try:
            return cls(_done(work, task))
        except Exception as error:  # noqa: BLE001 - it is raised where the value is asked for
            return cls(error=error)

    def result(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


def _done(work: Work, task: Any) -> Any:
    """Work on a task, while no garbage is looked for: all of its rows would be looked through, again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return work(task)
    finally:
        if collects:
            gc.enable()


# ---- between processes


def _forked(target: Callable[..., None], *arguments: object) -> ForkProcess:
    process = multiprocessing.get_context("fork").Process(target=_begin, args=(os.getpid(), target, *arguments), daemon=True)
    # a break by the keyboard goes to all processes of a terminal: the one that writes ends the others
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads run that follow the state: they begin anew over there
            process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process


def _begin(parent: int, target: Callable[..., None], *arguments: object) -> None:
    """Begin in a new process, which is killed when the one that made it is."""
    import ctypes

    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    if os.getppid() == parent:
        target(*arguments)


def _serve(pipe: Connection, others: list[Connection], work: Work) -> None:
    """Work on what comes, until there is nobody who sends any more."""
    for other in others:
        other.close()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            pipe.send(_Result.of(work, pipe.recv()))


def _work_ahead(pipe: Connection, other: Connection, items: Iterator[Any]) -> None:
    other.close()
    found = _Result([None])
    with suppress(BrokenPipeError):
        while found.value:
            found = _Result.of(lambda some: list(islice(some, _TOGETHER)), items)
            pipe.send(found)


def _send(pipe: Connection, task: Any) -> None:
    try:
        pipe.send(task)
    except OSError as error:
        raise _gone() from error


def _received(pipe: Connection) -> _Result:
    try:
        found: _Result = pipe.recv()
    except (EOFError, OSError) as error:
        raise _gone() from error
    return found


def _gone() -> ChildProcessError:
    return ChildProcessError(errno.ECHILD, "a process that shared the work has ended, or was killed")
