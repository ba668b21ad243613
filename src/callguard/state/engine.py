"""What a database must do for a store: few words, so that two databases mean the same by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

Row = tuple[Any, ...]


class Engine(Protocol):
    """One database; its statements are written with `?`, and every error of its driver is a StateError here.

    `transaction`, `execute` and `executemany` are for one thread at a time, which holds the store's lead; the rest for any thread.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Begin to write, as the only one anywhere, and commit at the end of the block; roll back when it raises."""
        ...

    def execute(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement within the transaction, and return its rows."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once for each row within the transaction."""
        ...

    def read(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a query on a connection that never writes, and return its rows: everything committed before is in sight."""
        ...

    def stream(self, sql: str, values: Sequence[object] = ()) -> Iterator[list[Row]]:
        """Run a query on a connection of its own, and yield its rows in large lists, of one state of the database."""
        ...

    def identity(self) -> object:
        """Return what tells this database's files from others that might stand in their place; None for a server."""
        ...

    def nudge(self) -> None:
        """Tell, within the transaction, whoever waits in `wait` on other connections that there is something new."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait so long at most for a nudge, and return whether there was one; without a way to be told, just wait."""
        ...

    def abandon(self) -> None:
        """After a fork, in the child: forget the parent's connections without a word to the database; later calls open new ones."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...
