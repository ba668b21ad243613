"""Processes that share the work of a screening, each forked from this one: what it knows they know, and follow as it does."""

from __future__ import annotations

import errno
import multiprocessing
import signal
import sys
import warnings
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import attrs

from callguard.batch.files import TableError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

    from callguard.batch.blocks import BlockScreening, Screened

# elsewhere a process is not to be forked while threads run: one process does it all
FORKS: Final = sys.platform == "linux"
_TOGETHER: Final = 512  # items that go over at once
_AHEAD: Final = 1 << 20  # bytes that wait in a pipe
T = TypeVar("T")


class Workers:
    """So many processes, one at least; a single one is this one. A context manager: none outlives it, or this process."""

    def __init__(self, screening: BlockScreening, count: int) -> None:
        self._screening = screening
        self._pipes: list[Connection] = []
        self._processes: list[ForkProcess] = []
        if FORKS and count > 1:
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

    def screened(self, blocks: Iterator[tuple[str, bool]]) -> Iterator[Screened]:
        """Yield each block screened, in order, with whether it is the first; ChildProcessError where a process was killed."""
        if not self._processes:
            for text, first in blocks:
                yield self._screening.screen(text, first=first)
            return
        idle: deque[Connection] = deque(self._pipes)
        busy: deque[Connection] = deque()
        for block in blocks:
            done = None
            if not idle:  # only now: the next block is cut while all are at work
                idle.append(busy.popleft())
                done = _received(idle[-1])
            _send(idle[0], block)
            busy.append(idle.popleft())
            if done is not None:
                yield done
        while busy:
            yield _received(busy.popleft())

    def _start(self) -> None:
        here, there = multiprocessing.Pipe()
        self._processes.append(_forked(_serve, there, [*self._pipes, here], self._screening))
        self._pipes.append(here)
        there.close()

    def _end(self, *, kill: bool) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            if kill:
                process.kill()
            process.join()


def _serve(pipe: Connection, others: list[Connection], screening: BlockScreening) -> None:
    """Screen what comes, until there is nobody who sends any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it goes to all processes of a terminal: the one that writes ends the others
    for other in others:
        other.close()  # else they would stay open when the process that writes is killed
    while True:
        try:
            text, first = pipe.recv()
        except (EOFError, OSError):
            return
        found = screening.screen(text, first=first)
        segments = [None if each is None else (bytes(each[0]), each[1]) for each in found.segments]
        with suppress(OSError):
            pipe.send(attrs.evolve(found, segments=segments))


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


def _send(pipe: Connection, block: tuple[str, bool]) -> None:
    try:
        pipe.send(block)
    except OSError as error:
        raise _gone() from error


def _received(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except (EOFError, OSError) as error:
        raise _gone() from error


def _gone() -> ChildProcessError:
    return ChildProcessError(errno.ECHILD, "a process that shared the work has ended, or was killed")
