"""Who shares the work of a screening: threads, or processes forked from this one, which know and follow what it does."""

from __future__ import annotations

import errno
import gc
import multiprocessing
import signal
import sys
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar

from callguard.batch.files import TableError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from concurrent.futures import Future
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

# elsewhere a process is not to be forked while threads run: one process does it all
FORKS: Final = sys.platform == "linux"
_TOGETHER: Final = 512  # items that go over at once
_AHEAD: Final = 1 << 20  # bytes that wait in a pipe
T = TypeVar("T")


class Work(Protocol):
    """Makes something of some rows; the `first` are what an output begins with."""

    def __call__(self, rows: Any, *, first: bool) -> Any:
        """Return what becomes of them."""


class Crew(Protocol):
    """Works on rows, several at once."""

    def done(self, tasks: Iterator[tuple[Any, bool]]) -> Iterator[Any]:
        """Yield what becomes of each, in order; a task is rows, and whether they are the first."""


class Here:
    """Works in this thread."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def done(self, tasks: Iterator[tuple[Any, bool]]) -> Iterator[Any]:
        """Yield what becomes of each, one by one."""
        for rows, first in tasks:
            yield _done(self._work, rows, first=first)


class Threads:
    """Works in so many threads of this process. A context manager."""

    def __init__(self, work: Work, count: int) -> None:
        self._work, self._count, self._pool = work, count, ThreadPoolExecutor(count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def done(self, tasks: Iterator[tuple[Any, bool]]) -> Iterator[Any]:
        """Yield what becomes of each, in order; as many tasks are taken ahead as there are threads."""
        waiting: deque[Future[Any]] = deque()
        for rows, first in tasks:
            waiting.append(self._pool.submit(self._work, rows, first=first))
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

    def done(self, tasks: Iterator[tuple[Any, bool]]) -> Iterator[Any]:
        """Yield what becomes of each, in order; ChildProcessError where a process was killed."""
        idle: deque[Connection] = deque(self._pipes)
        busy: deque[Connection] = deque()
        for task in tasks:
            found = None
            if not idle:  # only now: the next task is made while all are at work
                idle.append(busy.popleft())
                found = (_received(idle[-1]),)
            _send(idle[0], task)
            busy.append(idle.popleft())
            if found is not None:
                yield found[0]
        while busy:
            yield _received(busy.popleft())

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


def _done(work: Work, rows: Any, *, first: bool) -> Any:
    """Return what becomes of rows, while no garbage is looked for: all of the rows would be looked through, again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return work(rows, first=first)
    finally:
        if collects:
            gc.enable()


def _serve(pipe: Connection, others: list[Connection], work: Work) -> None:
    """Work on what comes, until there is nobody who sends any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it goes to all processes of a terminal: the one that writes ends the others
    for other in others:
        other.close()  # else they would stay open when the process that writes is killed
    while True:
        try:
            rows, first = pipe.recv()
        except (EOFError, OSError):
            return
        found = _done(work, rows, first=first)
        with suppress(OSError):
            pipe.send(found)


def apart(items: Iterator[T], threads: int) -> Generator[T, None, None]:
    """Yield what an iterator yields, which works ahead in a process of its own where there may be two.

    TableError as the iterator raises it, ChildProcessError where the process was killed. It ends when the iterator is closed.
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
        while True:
            found: list[T]
            found, failed = _received(here)
            if failed is not None:
                raise TableError(failed[0], **failed[1])
            if not found:
                return
            yield from found
    finally:
        here.close()
        process.kill()
        process.join()


def _work_ahead(pipe: Connection, other: Connection, items: Iterator[Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    other.close()
    found: list[Any] = [None]
    failed = None
    with suppress(OSError):
        while found and failed is None:
            try:
                found = list(islice(items, _TOGETHER))
            except TableError as error:
                failed = error.key, error.facts
            pipe.send((found, failed))


def _forked(target: Callable[..., None], *arguments: object) -> ForkProcess:
    process = multiprocessing.get_context("fork").Process(target=target, args=arguments, daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads run that follow the state: they begin anew over there
        process.start()
    return process


def _send(pipe: Connection, task: tuple[Any, bool]) -> None:
    try:
        pipe.send(task)
    except OSError as error:
        raise _gone() from error


def _received(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except (EOFError, OSError) as error:
        raise _gone() from error


def _gone() -> ChildProcessError:
    return ChildProcessError(errno.ECHILD, "a process that shared the work has ended, or was killed")
