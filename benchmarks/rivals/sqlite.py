"""SQLite: a table without row ids, mapped into memory, one prepared statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from benchmarks.rivals import Rival

if TYPE_CHECKING:
    from benchmarks.data import Numbers

_PIECE = 100_000


def _fill(path: Path, numbers: Numbers) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(part)) as made:
        made.execute("pragma journal_mode = off")
        made.execute("pragma synchronous = off")
        made.execute("create table listed (number integer primary key) without rowid")
        for at in range(0, len(numbers), _PIECE):
            piece = numbers[at : at + _PIECE].tolist()
            made.executemany("insert into listed values (?)", ((number,) for number in piece))
        made.commit()
    part.replace(path)


@contextmanager
def _opened(numbers: Numbers, folder: Path) -> Iterator[Callable[[str], bool]]:
    path = folder / f"listed-{crc32(numbers):08x}.sqlite"
    if not path.exists():
        _fill(path, numbers)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.execute("pragma mmap_size = 4294967296")
        execute = database.execute

        def listed(callee: str) -> bool:
            return execute("select 1 from listed where number = ?", (int(callee),)).fetchone() is not None

        yield listed


RIVAL = Rival("sqlite", "SQLite, indexed, mapped, prepared; membership alone", ("sqlite3",), _opened)
