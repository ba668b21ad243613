"""A store, and the view of it that one guard keeps up with the log."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Protocol

from callguard.errors import StateError
from callguard.state import forking
from callguard.state.records import Refusal, StatusChange
from callguard.state.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard._core.line import Known
    from callguard.state.records import Record
    from callguard.state.store import Store


class Told(Protocol):
    """What keeps answers that rest on a view."""

    def forget(self, caller: str) -> None:
        """Let go of the answers about a caller, whose status has changed."""
        ...


class Followed:
    """What one guard knows of its store; one thread applies records at a time, any may ask meanwhile."""

    def __init__(self, store: Store) -> None:
        """Bring the view up to all that the store holds; StateError where it cannot be read, and the store is closed then."""
        self.store = store
        self.view = View()
        self._ahead: set[tuple[int, str]] = set()  # refusals that are honoured here and not kept yet
        self._told: weakref.WeakSet[Told] = weakref.WeakSet()
        self._applying = threading.Lock()
        self._noting = threading.Lock()
        try:
            self.mark = store.fill(self.view)
        except BaseException:
            store.close()
            raise
        forking.register(self)
        self._note()

    def tell(self, told: Told) -> None:
        """Tell something of every caller whose status changes from now on, for as long as it lives."""
        self._told.add(told)

    def follow(self, known: Known, wait: float = -1) -> bool | None:
        """Apply what the store has and the view has not, and note in `known` how far that is.

        False where the log cannot be read, None where another thread applies for longer than `wait` seconds (less than 0: however
        long): `known` stays behind then.
        """
        if not self._applying.acquire(timeout=wait):
            return None
        try:
            known.applied = self.mark
            for mark, record in self.store.follow(self.mark):
                self.view.apply(record)
                if isinstance(record, StatusChange):
                    for told in tuple(self._told):
                        told.forget(record.caller)
                self.mark = known.applied = mark
        except StateError:
            return False
        finally:
            self._applying.release()
        self._note()
        return True

    def _note(self) -> None:
        """Have a checkpoint written beside all else, where it is due and none is being written."""
        if self.store.checkpoint_due(self.mark, self.view) and self._noting.acquire(blocking=False):
            try:
                threading.Thread(target=self._write, name="callguard checkpoint", daemon=True).start()
            except RuntimeError:  # no thread to be had
                self._noting.release()

    def _write(self) -> None:
        try:
            self.store.checkpoint(self.view, self.mark)
        except StateError:
            pass  # the next start reads the log instead
        finally:
            self._noting.release()

    def append(self, records: Sequence[Record]) -> int:
        """Keep records, lasting when this returns; StateError where that cannot be."""
        try:
            mark = self.store.append(records)
        except StateError as error:
            if error.spooled:
                self._are_kept(records)
            raise
        self._are_kept(records)
        return mark

    def _are_kept(self, records: Sequence[Record]) -> None:
        self._ahead.difference_update((each.number, each.scope) for each in records if isinstance(each, Refusal))

    def deny(self, refusal: Refusal) -> None:
        """Honour a refusal in this process before it is kept, which must follow at once.

        It waits while another thread applies records: as long as reading them takes.
        """
        with self._applying:
            if refusal.scope not in self.view.refused(refusal.number):
                self._ahead.add((refusal.number, refusal.scope))
                self.view.apply(refusal)

    def stands(self, number: int, scope: str) -> bool:
        """Return whether a number is known to have refused in a scope, by a refusal that somebody has kept."""
        return (number, scope) not in self._ahead and scope in self.view.refused(number)

    def before_fork(self) -> None:
        """Let nothing be half applied while a process forks."""
        self._applying.acquire()

    def after_fork(self, *, child: bool) -> None:
        """Go on; in the child with a lock of its own."""
        if child:
            self._applying, self._noting = threading.Lock(), threading.Lock()
        else:
            self._applying.release()
