"""When a database begins from a checkpoint of refusals, and when it writes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.sealing import Keyring
    from callguard.state.directory import Directory
    from callguard.state.engine import Engine
    from callguard.state.entries import Entries
    from callguard.state.view import View

_SOME: Final = 10_000  # records that are no reason for a checkpoint yet


class Checkpointing:
    """The part of a database that keeps checkpoints in the host's folder."""

    if TYPE_CHECKING:
        _engine: Engine
        _directory: Directory
        _keyring: Keyring
        _entries: Entries
        _name: str
        _replaced: str | None
        _threads: bool

    _noted = 0  # the record at which the last checkpoint stands
    _unused: str | None = None  # why one was of no use

    def _checkpointed(self, view: View) -> tuple[int, set[int]]:
        """Begin a view with the checkpoint of refusals, where there is one; return up to which record, and whose were lifted."""
        from callguard.state import checkpoint

        def holds(mark: int, crc: int) -> bool:
            return self._entries.holds(mark >> 16, crc)

        path = self._directory.path / checkpoint.NAME
        mark = checkpoint.load(path, view, self._name, self._keyring, holds=holds, tell=self._uncheckpointed)
        if mark is None:
            return 0, set()
        self._noted = mark >> 16
        return self._noted, self._entries.besides(view, self._noted)

    def _uncheckpointed(self, why: str) -> None:
        self._unused = why

    def checkpoint(self, view: View, mark: int) -> None:
        """Let the next start begin with what a view knows of refusals, which is at a mark or past it; StateError."""
        from callguard.state import checkpoint

        seq = mark >> 16
        if self._replaced is not None or not seq:
            return
        self._noted = max(self._noted, seq)
        found = self._engine.read("SELECT crc FROM records WHERE seq = ?", (seq,))
        if found:
            path = self._directory.path / checkpoint.NAME
            checkpoint.write(path, view, self._name, seq << 16, self._keyring, last=found[0][0])

    def checkpoint_due(self, mark: int, view: View) -> bool:
        """Return whether enough has come since the last checkpoint that is known of."""
        since = (mark >> 16) - self._noted
        if since < _SOME or not self._threads:
            return False
        from callguard.state import checkpoint

        return checkpoint.due(since, len(view.delta))
