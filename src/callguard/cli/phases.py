"""Bars for what is done in turn: the making and checking of an index, the checking of a log."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.cli.desk import Desk

_WORTH: Final = 1_000_000  # bytes or numbers that are worth a bar


class Phases:
    """Shows a bar for each thing that is done in turn, reading, encoding, checking, where it takes long enough to be seen."""

    def __init__(self, desk: Desk, titles: str = "index", *, worth: int = _WORTH, after: float = 0.0) -> None:
        """Show them on a terminal, from `worth` bytes, numbers or records on, once `after` seconds have gone by.

        `titles` is how their texts begin.
        """
        self._desk, self._titles, self._worth = desk, titles, worth
        self._from = time.monotonic() + after
        self._stack = ExitStack()
        self._what = ""
        self._update: Callable[[int, int], None] = lambda done, rows: None  # noqa: ARG005

    def __enter__(self) -> Callable[[int, int, str], None]:
        """Return what is told of the progress."""

        def progress(done: int, total: int, what: str) -> None:
            if total < self._worth or time.monotonic() < self._from:
                return
            if what != self._what:
                self._stack.close()
                self._what = what
                self._update = self._stack.enter_context(self._desk.progress(self._desk.words(f"{self._titles}-{what}"), total))
            self._update(done, done)

        return progress

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self._stack.close()
