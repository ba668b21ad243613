"""A store, and the view of it that one guard keeps up with the log."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from callguard.errors import StateError
from callguard.state import forking
from callguard.state.records import StatusChange
from callguard.state.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callguard._core.line import Known
    from callguard.state.records import Record
    from callguard.state.store import Store


class Followed:
    """What one guard knows of its store; one thread applies records at a time, any may ask meanwhile."""

    def __init__(self, store: Store) -> None:
        """Bring the view up to all that the store holds; StateError where it cannot be read."""
        self.store = store
        self.view = View()
        self._applying = threading.Lock()
        self._noting = threading.Lock()
        self.mark = store.fill(self.view)
        forking.register(self)
        self._note()

    def follow(self, known: Known, forget: Callable[[str], None], wait: float = -1) -> bool | None:
        """Apply what the store has and the view has not, and tell `known`; `forget` is told of callers whose status has changed.

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
                    forget(record.caller)
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
        return self.store.append(records)

    def before_fork(self) -> None:
        """Let nothing be half applied while a process forks."""
        self._applying.acquire()

    def after_fork(self, *, child: bool) -> None:
        """Go on; in the child with a lock of its own."""
        if child:
            self._applying, self._noting = threading.Lock(), threading.Lock()
        else:
            self._applying.release()
