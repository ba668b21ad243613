"""Group commit: works of many threads share one transaction; one thread leads, the others sleep until theirs is through."""

from __future__ import annotations

import copy
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from callguard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
Given = TypeVar("Given")

_UNSET: Final = object()
_LOOK_S: Final = 0.00003


class Ticket(Generic[Given]):
    """One work that waits for a commit, which sets its `result` or its `error`."""

    __slots__ = ("_gate", "error", "lasts", "result", "taken", "thread", "work")

    def __init__(self, work: Callable[[Given], Any]) -> None:
        self.work = work
        self.result: Any = _UNSET
        self.error: BaseException | None = None
        self.thread = threading.get_ident()
        self.lasts = False  # whether what it led was committed
        self.taken: Sequence[Ticket[Given]] = ()  # those it commits, once it leads
        self._gate = threading.Lock()
        self._gate.acquire()

    def sleep(self) -> None:
        """Wait until the work is through, or is to lead."""
        self._gate.acquire()

    def wake(self) -> None:
        """End the sleep; again, or before it, does no harm."""
        with suppress(RuntimeError):  # open already
            self._gate.release()

    def fail(self, error: BaseException) -> None:
        """Give an error that hit all works alike, unless the work has one of its own."""
        if self.error is None:
            self.error = error


class Group(Generic[Given]):
    """Leads works through `commit` in the order of their coming, one group at a time.

    `commit(tickets)` sets the result or the error of each, and returns once the results last. What it raises goes to all that have
    no error of their own, whatever their result. It catches Exception from a work, and lets the rest through, as KeyboardInterrupt:
    that is the leader's, and the other works get StateError.
    """

    def __init__(self, commit: Callable[[Sequence[Ticket[Given]]], None]) -> None:
        self._commit = commit
        self.abandon()

    def abandon(self) -> None:
        """Forget all works and the leader: in the child after a fork, which has none of their threads."""
        self._lock = threading.RLock()  # a signal's handler may come back in the same thread
        self._waiting: list[Ticket[Given]] = []
        self._leader: Ticket[Given] | None = None
        self._last = 1  # how many works the last group had

    def run(self, work: Callable[[Given], T]) -> T:
        """Return what the work returned, once that lasts, or raise what it raised.

        StateError within a work of the same group, which would wait for itself.
        """
        ticket = Ticket(work)
        leader = self._leader
        if leader is not None and leader.thread == ticket.thread:
            raise StateError("a transaction was begun within another one of the same store; begin it after that has ended")
        try:
            with self._lock:
                self._waiting.append(ticket)
                if self._leader is None:
                    self._leader = ticket
            if self._leader is not ticket:
                ticket.sleep()
            if self._leader is ticket:
                self._lead(ticket)
        except BaseException:
            self._leave(ticket)
            raise
        if ticket.error is not None:
            error, ticket.error = ticket.error, None
            try:
                raise error
            finally:
                del error, ticket  # no cycle through the traceback
        result: T = ticket.result
        return result

    def _lead(self, leader: Ticket[Given]) -> None:
        self._gather()
        with self._lock:
            leader.taken, self._waiting = self._waiting, []
        self._last = len(leader.taken)
        try:
            self._commit(leader.taken)
            leader.lasts = True
        except Exception as error:  # noqa: BLE001 - it goes to all
            for ticket in leader.taken:
                ticket.fail(error if ticket is leader else _again(error))
        self._leave(leader)

    def _gather(self) -> None:
        """Wait for those of the last group who are about to come again, each look as long as some more have come."""
        there = len(self._waiting)
        while there < self._last:
            time.sleep(_LOOK_S)
            before, there = there, len(self._waiting)
            if there == before:
                return

    def _leave(self, ticket: Ticket[Given]) -> None:
        """Let the next one lead, and wake whom this one led; may be done again when it was interrupted."""
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            if self._leader is ticket:
                self._leader = self._waiting[0] if self._waiting else None
            if self._leader is not None:
                self._leader.wake()
        for other in ticket.taken:
            if not ticket.lasts or other.result is _UNSET:
                other.fail(StateError("the thread that wrote for several was stopped; it is not known whether this was kept"))
            if other is not ticket:
                other.wake()
        ticket.taken = ()


def _again(error: Exception) -> Exception:
    """Return the same error for another thread, which adds its own traceback."""
    try:
        other = copy.copy(error)
    except Exception:  # noqa: BLE001 - made of other things than its args
        return error
    if type(other) is not type(error):
        return error
    other.__cause__ = error
    return other
