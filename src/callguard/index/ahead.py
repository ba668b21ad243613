"""Parts of sources, read by several threads and given back one behind the other, as one thread would read them."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from callguard.index.batches import Batch

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from callguard.index.batches import Part

    Found = Future[Sequence[Batch]] | Sequence[Batch]

QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
EACH: Final = 32 << 20  # bytes of memory that a thread wants: what it decodes at a time, and has read ahead
_ROW: Final = 32  # bytes of a row that was read, at most: number and instants
_LEFT: Final = 4  # the share of the memory that is for what was read ahead


def processors() -> int:
    """Return how many processors this process may use: those it is bound to, or fewer where a container's quota is less."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = QUOTA.read_text().split()
        return max(min(bound, -(-int(quota) // int(period))), 1)  # `max` where there is none
    return bound


def limits(threads: int, memory: int) -> tuple[int, int]:
    """Return how many of some threads have room in the memory, and how many rows a part may have then; 0 of one thread."""
    threads = max(min(threads, memory // EACH), 1)
    return threads, memory // _LEFT // (_ROW * (threads + 1)) if threads > 1 else 0


def in_order(parts: Iterable[Batch | Part | None], threads: int) -> Generator[Sequence[Batch] | None]:
    """Yield what is read of each part, in their order; None stays as it is.

    `threads` read at a time, of one part more than they are ahead of what is taken. An error is raised in its turn, so it is the
    first in the order of the parts. Left early, no part is begun any more, and those that are being read are waited for.
    """
    if threads == 1:
        for part in parts:
            yield part if part is None else (part,) if isinstance(part, Batch) else part()
        return
    waiting: deque[Found | None] = deque()
    with _Crew(threads) as crew:
        for part in _with_error(parts):
            waiting.append(part if part is None else (part,) if isinstance(part, Batch) else crew.submit(part))
            while len(waiting) > threads + 1:
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())


class _Crew(ThreadPoolExecutor):
    """Threads that begin nothing any more when they are left."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads, "callguard-read")

    def __exit__(self, *_: object) -> None:
        self.shutdown(cancel_futures=True)


def _with_error(parts: Iterable[Batch | Part | None]) -> Iterator[Batch | Part | None]:
    """Yield the parts; what is raised by asking for one is raised by reading it, behind what is read of those before."""
    try:
        yield from parts
    except Exception as error:  # noqa: BLE001 - it is raised in its turn
        yield _Raising(error)


class _Raising:
    """A part that cannot be read."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __call__(self) -> Sequence[Batch]:
        """Raise the error."""
        raise self._error


def _result(found: Found | None) -> Sequence[Batch] | None:
    return found.result() if isinstance(found, Future) else found
