"""Many callees at once, beside a gather with prefetch over as much memory with the same pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from benchmarks import data, worlds
from benchmarks.building import kept
from benchmarks.rivals import CALLER
from benchmarks.suites.floors_suite import gather_offsets, memory
from benchmarks.timing import Timed, in_turn
from benchmarks.worlds import LIMITED, World

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from callguard.guard import Line

GROUPS = (64, 128, 256)
_CALLED = 200  # numbers that have been called as often as the limit lets them be
_SLOW = 200.0  # nanoseconds a row, from which on fewer rows tell as much
_TITLES = {
    "gather": "gather with prefetch, one load a number, the best of groups of 64, 128, 256",
    "gather-2threads": "the same gather, two threads",
    "int64": "scrub of a NumPy int64 array",
    "int64-2threads": "scrub of a NumPy int64 array, two threads",
    "arrow-int64": "scrub of an Arrow int64 array",
    "arrow-text": "scrub of Arrow strings",
    "arrow-text-2threads": "scrub of Arrow strings, two threads",
    "list-text": "scrub of a list of text",
    "list-int": "scrub of a list of ints",
    "limited": f"scrub of a NumPy int64 array where attempts are limited, {_CALLED} of its numbers called as often as may be",
    "placed": "the decisions of Arrow strings at one place that is told of all",
    "spaced": "scrub of Arrow strings with spaces in them, 138 0013 8000",
}


def run(bench: Bench) -> None:
    """Measure each size."""
    for size in bench.sizes:
        if bench.wants(f"scrub.{size}"):
            _measure(bench, size)


def _measure(bench: Bench, size: str) -> None:
    import pyarrow as pa

    world = World("cn", size)
    line = worlds.line(world)
    numbers = data.random_callees("cn", bench.count(2_000_000, 500_000))
    start = perf_counter_ns()
    line.scrub(numbers[:20_000])
    if (perf_counter_ns() - start) / 20_000 > _SLOW:
        numbers = numbers[:100_000]
    texts = data.texts(numbers)
    arrow, arrow_integers, integers = pa.array(texts), pa.array(numbers), numbers.tolist()
    spaced = pa.array([f"{text[:-8]} {text[-8:-4]} {text[-4:]}" for text in texts])
    scrubs: dict[str, Callable[[], Any]] = {
        "int64": lambda: line.scrub(numbers),
        "int64-2threads": lambda: line.scrub(numbers, threads=2),
        "arrow-int64": lambda: line.scrub(arrow_integers),
        "arrow-text": lambda: line.scrub(arrow),
        "arrow-text-2threads": lambda: line.scrub(arrow, threads=2),
        "list-text": lambda: line.scrub(texts),
        "list-int": lambda: line.scrub(integers),
        "placed": lambda: line.decisions(arrow, place="CN-GD"),
        "spaced": lambda: line.scrub(spaced),
    }
    offsets, out = gather_offsets(max(world.bytes, 65_536), bench.count(2_000_000, 500_000))
    with _limited(world, numbers) as limited, memory("file", max(world.bytes, 65_536)) as found, ThreadPoolExecutor(2) as threads:
        scrubs["limited"] = lambda: limited.scrub(numbers)
        offsets %= found.length
        half = len(offsets) // 2

        def gathered(group: int) -> None:
            found.gather(offsets, out, group)

        def gathered_twice(group: int) -> None:
            parts = (slice(0, half), slice(half, None))
            list(threads.map(lambda part: found.gather(offsets[part], out[part], group), parts))

        contenders = {name: _a_row(function, len(numbers)) for name, function in scrubs.items()}
        for group in GROUPS:
            contenders[f"gather-{group}"] = _a_row(lambda group=group: gathered(group), len(offsets))  # type: ignore[misc]
            contenders[f"gather-2threads-{group}"] = _a_row(lambda group=group: gathered_twice(group), len(offsets))  # type: ignore[misc]
        times = in_turn(bench.passes, contenders, rounds=3)
    for kind in ("gather", "gather-2threads"):
        times[kind] = [min(groups) for groups in zip(*(times.pop(f"{kind}-{group}") for group in GROUPS), strict=True)]
    bench.add_all(f"scrub.{size}", _TITLES, "ns", times)


@contextmanager
def _limited(world: World, numbers: data.Numbers) -> Iterator[Line]:
    """Yield a line whose campaign has a limit, some numbers called already."""
    from callguard import DialDenied, Guard

    with TemporaryDirectory(dir=kept(), prefix="scrub-") as folder:
        path = Path(folder) / "callguard.toml"
        worlds.write_full(path, world, logged=False)
        with Guard.open(path) as guard:
            for callee in data.texts(numbers[:: max(len(numbers) // _CALLED, 1)]):
                try:
                    for _ in range(2):
                        with guard.attempt(callee, caller=CALLER, campaign=LIMITED):
                            pass
                except DialDenied:  # it is listed
                    continue
            yield guard.line(campaign=LIMITED, caller=CALLER)


def _a_row(function: Callable[[], Any], rows: int) -> Timed:
    def timed() -> float:
        start = perf_counter_ns()
        function()
        return (perf_counter_ns() - start) / rows

    return timed
