"""Building an index from an int64 Arrow file in random order, with the writing of its file and without, beside a sort."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import data, worlds
from benchmarks.building import kept
from benchmarks.timing import seconds, undisturbed
from benchmarks.worlds import World
from callguard.index import Source, build

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_TITLES = {
    "sort": "numpy.sort of the same array",
    "unwritten": "an index from an int64 Arrow file in random order, kept in memory",
    "written": "the same, written to a file, with fsync",
}


def run(bench: Bench) -> None:
    """Measure each size, all three in turn."""
    for size in bench.sizes:
        if bench.wants(f"build.{size}"):
            _measure(bench, size)


def _measure(bench: Bench, size: str) -> None:
    world = World("cn", size)
    source = [Source("list-1", world.policy.parent / "list-1.arrow")]
    plan = worlds.plan()
    found: dict[str, list[float]] = {name: [] for name in _TITLES}
    numbers = data.shuffled("cn", size)
    source[0].path.read_bytes()  # into the page cache
    with tempfile.TemporaryDirectory(dir=kept()) as folder, undisturbed():
        for i in range(bench.passes if data.SIZES[size] <= 10_000_000 else min(bench.passes, 3)):
            copy = np.array(numbers)
            found["sort"].append(seconds(copy.sort))
            del copy
            found["unwritten"].append(seconds(lambda: build(source, None, numbers=plan, timezone="Asia/Shanghai")))
            out = Path(folder) / f"{i}.cgx"
            found["written"].append(seconds(lambda out=out: build(source, out, numbers=plan, timezone="Asia/Shanghai")))  # type: ignore[misc]
            out.unlink()
    bench.add_all(f"build.{size}", _TITLES, "s", found)
