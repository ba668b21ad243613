"""State that lasts: refusals and logged attempts a second, reading the log, starting from it; beside what the disk can do.

As a module of its own (`python -m benchmarks.suites.state_suite`) it is a process that starts.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks import data, states, worlds
from benchmarks.building import kept
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.rivals import postgres as rival
from benchmarks.timing import Timed, in_turn, loop, net
from benchmarks.worlds import LIMITED

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from callguard import Guard

THREADS = {1: "one thread", 16: "16 threads"}
ROWS, QUICK_ROWS = 100_000, 20_000  # of the log that is read
_MOST = "10m"  # refusals to start from
_SEALED = "1m"  # the same, sealed
_ROUNDS = 11  # in each half of a pass of asking
_HEAVY = 3  # passes at most of what takes seconds
_WORKS = {
    "refuse": "guard.refuse",
    "attempt": "logged attempts: entering guard.attempt (checked, counted and logged)",
    "attempt-outcome": "logged attempts, each with its outcome, a second commit",
}
_TABLES = {
    "refusal": ("records", "a refusal, sealed"),
    "attempt": ("attempts", "an attempt's count, sealed, with its indexes"),
    "log-row": ("call_log", "a row of the call log, an attempt or its outcome, with its indexes"),
}


def run(bench: Bench) -> None:
    """Measure each part that is wanted."""
    with tempfile.TemporaryDirectory(dir=kept(), prefix="state-") as name:
        folder = Path(name)
        if bench.wants("state.sqlite"):
            _sqlite(bench, folder / "sqlite")
        if bench.wants("state.postgres"):
            _postgres(bench, folder / "postgres")
        if bench.wants("state.log"):
            _log(bench, folder / "log")
        if bench.wants("state.dial"):
            _dial(bench, folder / "dial")
    for size in dict.fromkeys(min(size, _MOST, key=data.SIZES.__getitem__) for size in bench.sizes):
        if bench.wants(f"state.{size}"):
            _start(bench, size)


# --- how much a second


class Dialler:
    """A guard that is told of refusals and places calls, each number once."""

    def __init__(self, guard: Guard, callees: list[str]) -> None:
        self._guard = guard
        self._callees = iter(callees)
        self.refused = self.attempts = self.outcomes = 0

    def works(self, span: float) -> Iterator[tuple[str, str, Callable[[], float]]]:
        """Yield what is measured: its name, what it is, and what does it for some seconds and returns how often a second."""
        for name, title in _WORKS.items():
            for threads, words in THREADS.items():
                yield f"{name}-{threads}", f"{title}, {words}", self._timed(name, threads, span)

    def _timed(self, name: str, threads: int, span: float) -> Callable[[], float]:
        work = {"refuse": self._refuse, "attempt": self._enter, "attempt-outcome": self._whole}[name]

        def timed() -> float:
            done, took = states.done_in(span, threads, work)
            self.refused += done if name == "refuse" else 0
            self.attempts += done if name != "refuse" else 0
            self.outcomes += done if name == "attempt-outcome" else 0
            return done / took

        return timed

    def _refuse(self) -> None:
        self._guard.refuse(next(self._callees))

    def _enter(self) -> None:
        self._guard.attempt(next(self._callees), caller=CALLER, campaign=LIMITED).__enter__()

    def _whole(self) -> None:
        with self._guard.attempt(next(self._callees), caller=CALLER, campaign=LIMITED) as attempt:
            attempt.outcome("answered", duration=30.0)

    def check(self) -> None:
        """Raise AssertionError where the log has more or fewer rows than were written."""
        log = self._guard.log
        assert log is not None
        assert log.register().rows == self.attempts + self.outcomes, "every attempt is on record, and every outcome"


def _rates(bench: Bench, engine: str, policy: Path, floors: Mapping[str, tuple[str, Callable[[], object]]]) -> Dialler:
    """Measure one database: floors and what callguard does with it take turns, pass by pass."""
    from callguard import Guard

    span = states.SPANS[bench.quick]
    titles: dict[str, str] = {}
    timed: dict[str, Callable[[], float]] = {}
    with Guard.open(policy) as guard:
        dialler = Dialler(guard, states.pool(bench.count(400_000, 60_000)))
        for name, (title, work) in floors.items():
            titles[name], timed[name] = f"{title}, nothing of callguard", _floor(work, span)
        for name, title, rate in dialler.works(span):
            titles[name], timed[name] = title, rate
        wanted = {name: rate for name, rate in timed.items() if bench.wants(f"state.{engine}.{name}")}
        for rate in wanted.values():
            rate()
        found: dict[str, list[float]] = {name: [] for name in wanted}
        for _ in range(bench.passes):
            for name, rate in wanted.items():
                found[name].append(rate())
        dialler.check()
    bench.add_all(f"state.{engine}", titles, "/s", found)
    return dialler


def _floor(work: Callable[[], object], span: float) -> Callable[[], float]:
    def timed() -> float:
        done, start = 0, perf_counter()
        while (took := perf_counter() - start) < span:
            work()
            done += 1
        return done / took

    return timed


def _bytes(bench: Bench, engine: str, ask: Callable[[str], tuple[int, int]]) -> None:
    """Keep what a row of each table takes; `ask(table)` returns its bytes, with its indexes, and its rows."""
    for name, (table, title) in _TABLES.items():
        if bench.wants(f"state.{engine}.bytes-{name}"):
            size, rows = ask(table)
            if rows:
                bench.add(f"state.{engine}.bytes-{name}", f"bytes in the database: {title}", "B", [size / rows])


def _sqlite(bench: Bench, folder: Path) -> None:
    policy = folder / "callguard.toml"
    worlds.write_state(policy)
    with ExitStack() as stack:
        floors = {
            "fsync": ("a 4 KiB pwrite and fdatasync, one thread", stack.enter_context(states.synced(folder / "floor"))),
            "commit": ("a bare commit of one row, one thread", stack.enter_context(states.committed(folder / "floor.db"))),
        }
        _rates(bench, "sqlite", policy, floors)
    try:
        _bytes(bench, "sqlite", _sizes_of(folder / "state" / "callguard.db"))
    except LookupError as why:
        bench.skip("state.sqlite.bytes", str(why))


def _sizes_of(path: Path) -> Callable[[str], tuple[int, int]]:
    """Return what tells the bytes and rows of a table of a database; LookupError from it where SQLite does not tell."""
    import sqlite3

    def ask(table: str) -> tuple[int, int]:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            try:
                names = "select name from sqlite_schema where tbl_name = ?"
                (size,) = database.execute(f"select sum(pgsize) from dbstat where name in ({names})", (table,)).fetchone()
            except sqlite3.OperationalError:
                raise LookupError("this SQLite does not tell how much a table takes (dbstat)") from None
            return size or 0, database.execute(f"select count(*) from {table}").fetchone()[0]

    return ask


def _postgres(bench: Bench, folder: Path) -> None:
    missing = [name for name in rival.NEEDS if find_spec(name) is None]
    if missing:
        bench.skip("state.postgres", f"not installed: {', '.join(missing)}")
        return
    import psycopg

    policy, turn = folder / "callguard.toml", count()
    with rival.server() as url, psycopg.connect(url, autocommit=True, prepare_threshold=0) as database:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert database.execute(f"show {setting}").fetchone() == ("on",), f"the server waits for the disk: {setting}"
        worlds.write_state(policy, url)
        database.execute(states.BARE)
        commit = lambda: database.execute("insert into bare values (%s, 'a note')", (next(turn),))  # noqa: E731
        _rates(bench, "postgres", policy, {"commit": ("a bare commit of one row, one thread", commit)})

        def ask(table: str) -> tuple[int, int]:
            told = f"select pg_total_relation_size('callguard.{table}'), (select count(*) from callguard.{table})"
            found = database.execute(told).fetchone()
            assert found is not None
            return int(found[0]), int(found[1])

        _bytes(bench, "postgres", ask)


# --- reading the log


def _log(bench: Bench, folder: Path) -> None:
    """Measure on a log of so many rows, and tell what a million would take."""
    from callguard import Guard

    calls = bench.count(ROWS, QUICK_ROWS) // 2
    shutil.copytree(states.log(calls).parent, folder)
    on = f"a million, measured on {2 * calls:,}"
    titles = {
        "verify": f"guard.log.verify, every link of every chain: rows, seconds {on}",
        "verify-deep": f"the same, every seal opened: rows, seconds {on}",
        "export-csv": f"guard.log.export to CSV: calls with their outcomes, seconds a million, measured on {calls:,}",
        "export-parquet": f"guard.log.export to Parquet: calls with their outcomes, seconds a million, measured on {calls:,}",
    }
    found: dict[str, list[float]] = {}
    with Guard.open(folder / "callguard.toml") as guard:
        log = guard.log
        assert log is not None

        def verify(*, deep: bool) -> int:
            verified = log.verify(deep=deep)
            assert verified, "the log is as it was written"
            return verified.rows

        def export(name: str) -> int:
            path = folder / name
            manifest = log.export(path, why="benchmark")
            assert manifest.rows == calls, "every call is in the export"
            path.unlink()
            manifest.path.unlink()
            return manifest.rows

        works: dict[str, Callable[[], int]] = {
            "verify": lambda: verify(deep=False),
            "verify-deep": lambda: verify(deep=True),
            "export-csv": lambda: export("log.csv"),
            "export-parquet": lambda: export("log.parquet"),
        }
        for _ in range(min(bench.passes, _HEAVY)):
            for name, work in works.items():
                if bench.wants(f"state.log.{name}"):
                    start = perf_counter()
                    rows = work()
                    found.setdefault(name, []).append((perf_counter() - start) / rows * 1e6)
    bench.add_all("state.log", titles, "s", found)


# --- asking


def _dial(bench: Bench, folder: Path) -> None:
    """Measure asking alone, with state that lasts and in memory, in turn; each has the same refusals."""
    from callguard import Guard, Policy

    policy = folder / "callguard.toml"
    worlds.write_state(policy)
    refused = states.pool(bench.count(10_000, 2_000), seed=32)
    campaign = data.texts(data.campaign("cn", bench.count(100_000, 20_000)))
    kinds = {"one": "one number", "campaign": "a campaign", "limited": "a campaign with a limit of attempts"}
    places = {"lasting": "state that lasts (SQLite, sealed)", "memory": "state in memory"}
    titles: dict[str, str] = {}
    contenders = {"nothing": loop("nothing", None, campaign)}
    with Guard.open(policy) as lasting, Guard(Policy.load(policy)) as memory:
        for guard in (lasting, memory):
            guard.refuse_many((callee, None) for callee in refused)
        asked = {
            (name, place): guard.line(campaign=LIMITED if name == "limited" else CAMPAIGN, caller=CALLER).may_dial
            for name in kinds
            for place, guard in (("lasting", lasting), ("memory", memory))
        }
        callees = [*campaign[:2_000], *refused[:2_000]]
        for name in kinds:
            told = [[asked[name, place](callee).reason for callee in callees] for place in places]
            assert told[0] == told[1], "both say the same"
        one = next(callee for callee in campaign if asked["one", "memory"](callee))
        for (name, place), may_dial in asked.items():
            if bench.wants(f"state.dial.{name}-{place}"):
                contenders[f"{name}-{place}"] = loop("call", may_dial, [one] * 20_000 if name == "one" else campaign)
                titles[f"{name}-{place}"] = f"line.may_dial(text), {kinds[name]}, {places[place]}"
        found = net(_in_both_orders(bench.passes, contenders))
    bench.add_all("state.dial", titles, "ns", found)


def _in_both_orders(passes: int, contenders: Mapping[str, Timed]) -> dict[str, list[float]]:
    """Return each contender's values; whoever asks first about some texts has to fetch them, so each does so half of the time."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(passes):
        halves = [in_turn(1, dict(order), _ROUNDS) for order in (contenders.items(), reversed(list(contenders.items())))]
        for name, values in found.items():
            values.append(sum(half[name][0] for half in halves) / len(halves))
    return found


# --- starting


def _start(bench: Bench, size: str) -> None:
    """Measure starting with so many refusals, plain and sealed."""
    for form in ("plain", "sealed"):
        if form == "sealed" and data.SIZES[size] > data.SIZES[_SEALED]:
            bench.skip(f"state.{size}.startup-log-sealed", f"measured up to {data.words(_SEALED)}")
            continue
        after, words = ("", "") if form == "plain" else ("-sealed", ", sealed")
        titles = {
            f"startup-empty{after}": f"Guard.open to the first decision, no refusals yet{words}",
            f"startup-checkpoint{after}": f"the same, so many refusals from a checkpoint{words}",
            f"startup-log{after}": f"the same, all of them read from the log{words}",
        }
        if any(bench.wants(f"state.{size}.{name}") for name in titles):
            policy = states.refusals(size, sealed=form == "sealed")
            with tempfile.TemporaryDirectory(dir=kept(), prefix="state-") as name:
                empty = Path(name) / "callguard.toml"
                worlds.write_state(empty, sealed=form == "sealed")
                found = _started(bench, size, policy, empty, sealed=form == "sealed")
            bench.add_all(f"state.{size}", titles, "s", {f"{name}{after}": values for name, values in found.items()})
            try:
                stored, rows = _sizes_of(policy.parent / "state" / "callguard.db")("records")
                bench.add(f"state.{size}.bytes-refusal{after}", f"bytes in the database: a refusal{words}", "B", [stored / rows])
            except LookupError as why:
                bench.skip(f"state.{size}.bytes-refusal{after}", str(why))


def _started(bench: Bench, size: str, policy: Path, empty: Path, *, sealed: bool) -> dict[str, list[float]]:
    """Measure processes that open a guard: on no refusals, from the log, from the checkpoint that the one before has written."""
    listed = data.listed("cn", size)
    refused = int(listed[len(listed) // 2])
    free = next(number for number in data.random_callees("cn", 1_000).tolist() if not _holds(listed, number))
    checkpoint = policy.parent / "state" / "checkpoint"
    found: dict[str, list[float]] = {}
    for turn in range(min(bench.passes, _HEAVY)):
        found.setdefault("startup-empty", []).append(_child(empty, refused, free, "allowed"))
        if not turn or not sealed:  # opening each seal takes long
            checkpoint.unlink(missing_ok=True)
            found.setdefault("startup-log", []).append(_child(policy, refused, free, "refused"))
        if checkpoint.exists():  # else there are too few for one
            found.setdefault("startup-checkpoint", []).append(_child(policy, refused, free, "refused"))
    return found


def _holds(listed: data.Numbers, number: int) -> bool:
    at = int(listed.searchsorted(number))
    return at < len(listed) and int(listed[at]) == number


def _child(policy: Path, refused: int, free: int, reason: str) -> float:
    """Return how long a process took to start, its files in the page cache; it is to say why the refused may not be called."""
    command = [sys.executable, "-m", "benchmarks.suites.state_suite", str(policy), str(refused), str(free)]
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["reasons"] == [reason, "allowed"], "it knows the refusals, and them alone"
    return float(found["seconds"])


def _main(policy: str, refused: str, free: str) -> None:
    from callguard import Guard

    begun = perf_counter()
    guard = Guard.open(policy)
    line = guard.line(campaign=CAMPAIGN, caller=CALLER)
    first = line.may_dial(f"+{refused}")
    took = perf_counter() - begun
    reasons = [answer.reason.value for answer in (first, line.may_dial(f"+{free}"))]
    for thread in threading.enumerate():  # it writes a checkpoint for the next
        if thread.name == "callguard checkpoint":
            thread.join()
    guard.close()
    print(json.dumps({"seconds": took, "reasons": reasons}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
