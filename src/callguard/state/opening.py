"""The store that a policy names, opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.state.database import Database
from callguard.state.directory import Directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.policy import Policy
    from callguard.sealing import Keyring
    from callguard.state.engine import Engine
    from callguard.state.store import Store

_STALE_S = 5.0  # of a policy without a [state]


def open_store(policy: Policy, clock: Callable[[], float], keyring: Keyring, *, threads: bool = True) -> Store:
    """Open the state of a policy: PostgreSQL by its `[state] url`, else SQLite in its folder; StateError.

    Without `threads` it knows only what it sees when it is told to `beat`.
    """
    state = policy.state
    directory = Directory(policy.state_folder)
    engine: Engine
    if state is not None and state.url is not None:
        from callguard.state.postgres import open_postgres

        engine = open_postgres(state.url)
    else:
        from callguard.state.sqlite import open_sqlite

        engine = open_sqlite(directory.path)
    try:
        stale = _STALE_S if state is None else state.max_staleness_s
        return Database(engine, directory, keyring, clock, stale, threads=threads)
    except BaseException:
        engine.close()
        directory.close()
        raise
