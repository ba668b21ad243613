"""States on disk, made once and kept between runs: refusals to start from, a log to read; threads that work; floors of a disk."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from threading import Barrier, Thread
from time import perf_counter, time
from typing import TYPE_CHECKING, Any
from zlib import crc32

from benchmarks import data, worlds
from benchmarks.building import kept
from benchmarks.rivals import CALLER
from benchmarks.worlds import LIMITED

if TYPE_CHECKING:
    from callguard import Guard

_FORM = ("sealing.py", "state/rows.py", "state/writing.py", "call_log/chain.py", "call_log/entry.py", "call_log/writing.py")
_PIECE = 100_000
_BLOCK, _BLOCKS = 4_096, 1_024  # of the file that is written to the disk
BARE = "create table bare (number bigint primary key, note text)"
FILLING = 16  # threads
SPANS = (0.5, 0.2)  # seconds that one of them works, and in a quick run


@cache
def _form() -> str:
    """Return what tells one form of what is stored from another."""
    import callguard

    package = Path(callguard.__file__).parent
    files = [package / name for name in _FORM] + sorted(package.glob("state/migrations/*/*.sql"))
    return f"{crc32(b''.join(path.read_bytes() for path in files)):08x}"


def _made(name: str, what: str, make: Callable[[Path], None]) -> Path:
    """Return the policy of a state that is kept, made where it does not stand; one of another form is let go."""
    folder = kept() / f"{name}-{_form()}"
    if not folder.exists():
        for old in kept().glob(f"{name}-*"):
            shutil.rmtree(old)
        print(f"  writing {what}, once", file=sys.stderr, flush=True)
        part = kept() / f"{name}-part"
        make(part / "callguard.toml")
        part.rename(folder)
    return folder / "callguard.toml"


def refusals(size: str, *, sealed: bool) -> Path:
    """Return the policy of a state with so many refusals, those of the list of that size, in random order."""

    def make(policy: Path) -> None:
        worlds.write_state(policy, sealed=sealed)
        _fill(policy, data.shuffled("cn", size))

    form = "sealed" if sealed else "plain"
    return _made(f"refusals-{size}-{form}", f"a state with {data.words(size)} refusals, {form}", make)


def _fill(policy: Path, numbers: data.Numbers) -> None:
    """Put refusals on record as the store does, in larger transactions than anybody's."""
    from callguard.policy import Policy
    from callguard.sealing import Keyring
    from callguard.state.directory import Directory
    from callguard.state.entries import Entries
    from callguard.state.records import Refusal
    from callguard.state.rows import micros, packed
    from callguard.state.sqlite import open_sqlite
    from callguard.state.writing import RECORD, record_row

    read = Policy.load(policy)
    keyring, now = Keyring.find(read.call_log), time()
    directory = Directory(read.state_folder)
    engine = open_sqlite(directory.path)
    try:
        ids = Entries(engine, keyring).interning(engine.execute)
        for at in range(0, len(numbers), _PIECE):
            records = [Refusal(number=n, scope="enterprise", at=now) for n in numbers[at : at + _PIECE].tolist()]
            with engine.transaction():
                rows = (record_row(keyring, at + i, packed(r), ids, micros(now))[0] for i, r in enumerate(records, 1))
                engine.executemany(RECORD, list(rows))
    finally:
        engine.close()
        directory.close()


def log(calls: int) -> Path:
    """Return the policy of a state whose call log has so many calls, each with its outcome: two rows a call."""

    def make(policy: Path) -> None:
        from callguard import Guard

        worlds.write_state(policy)
        with Guard.open(policy) as guard:
            callees = iter(pool(calls))
            threads = [Thread(target=_dial, args=(guard, callees)) for _ in range(FILLING)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert guard.log is not None
            assert guard.log.register().rows == 2 * calls, "every call is logged, and how it ended"

    return _made(f"log-{calls}", f"a call log of {calls:,} calls", make)


def _dial(guard: Guard, callees: Iterator[str]) -> None:
    for callee in callees:
        with guard.attempt(callee, caller=CALLER, campaign=LIMITED) as attempt:
            attempt.outcome("answered", duration=30.0)


def pool(size: int, seed: int = 31) -> list[str]:
    """Return so many different callees."""
    drawn = data.random_callees("cn", size + size // 100 + 100, seed)
    return list(dict.fromkeys(data.texts(drawn)))[:size]


def done_in(span: float, threads: int, work: Callable[[], Any]) -> tuple[int, float]:
    """Let threads work, again and again, for some seconds; return how often, and how long it took until all had ended."""
    start, done, failed = Barrier(threads + 1), [0] * threads, list[Exception]()

    def run(which: int) -> None:
        start.wait()
        until, times = perf_counter() + span, 0
        try:
            while perf_counter() < until:
                work()
                times += 1
        except Exception as error:  # noqa: BLE001 - raised below
            failed.append(error)
        done[which] = times

    running = [Thread(target=run, args=(i,)) for i in range(threads)]
    for thread in running:
        thread.start()
    start.wait()
    begun = perf_counter()
    for thread in running:
        thread.join()
    took = perf_counter() - begun
    if failed:
        raise failed[0]
    return sum(done), took


# --- floors


@contextmanager
def synced(path: Path) -> Iterator[Callable[[], None]]:
    """Yield what writes a block of a file that stands, and waits for the disk."""
    turn, block, sync = count(), os.urandom(_BLOCK), getattr(os, "fdatasync", os.fsync)
    with path.open("w+b") as file:
        file.write(bytes(_BLOCK * _BLOCKS))
        file.flush()
        os.fsync(file.fileno())

        def write() -> None:
            os.pwrite(file.fileno(), block, next(turn) % _BLOCKS * _BLOCK)
            sync(file.fileno())

        yield write


@contextmanager
def committed(path: Path) -> Iterator[Callable[[], None]]:
    """Yield what commits one row, with the settings that callguard has."""
    import sqlite3

    turn = count()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = full")
        database.execute(BARE)
        yield lambda: database.execute("insert into bare values (?, 'a note')", (next(turn),))  # type: ignore[func-returns-value]
