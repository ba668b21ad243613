"""A national list as it is delivered: built from Parquet parts, merged with a day's changes, compared with the day before."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from benchmarks import data, worlds
from benchmarks.building import kept
from benchmarks.timing import seconds, undisturbed
from callguard import index
from callguard.index import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.bench import Bench

_PART = 1_000_000  # rows of a part
_CHANGED = 100  # one in so many numbers is added, and one removed
_LITTLE = 64 << 20  # bytes of memory, so that all but the smallest lists are put aside
_TITLES = {
    "one": "an index from Parquet parts of text in random order, written, by one thread",
    "all": "the same, by as many threads as there are processors",
    "integers": "the same of int64, by one thread",
    "integers_all": "the same of int64, by as many threads as there are processors",
    "little": "the same of int64 with 64 MiB for sorting, by one thread",
    "again": "an index from an index file, as where a policy has other lists beside it",
    "merge": "a new version, 1 % added and 1 % removed, from Parquet",
    "diff": "what differs between the two versions",
    "verify": "every checksum of an index file",
}


def run(bench: Bench) -> None:
    """Measure each size, all in turn."""
    for size in bench.sizes:
        if bench.wants(f"lists.{size}"):
            with tempfile.TemporaryDirectory(dir=kept()) as folder:
                _measure(bench, size, Path(folder))


def _measure(bench: Bench, size: str, folder: Path) -> None:
    texts, integers, old = folder / "texts", folder / "integers", folder / "old.cgx"
    changes = [folder / "added.parquet", folder / "removed.parquet"]
    _deliver(size, texts, integers, changes)
    plan, all_threads = worlds.plan(), index.processors()

    def build(source: Path, out: Path, **more: Any) -> None:
        index.build([Source("list", source)], out, numbers=plan, timezone="Asia/Shanghai", **more).close()

    def merge(out: Path) -> None:
        add, remove = ([Source("list", path)] for path in changes)
        index.merge(old, out, add=add, remove=remove, numbers=plan, timezone="Asia/Shanghai")[0].close()

    def diff() -> None:
        index.differences(index.open(old), index.open(new))

    build(integers, old)
    new = folder / "new.cgx"
    merge(new)
    work: dict[str, Callable[[Path], None]] = {
        "one": lambda out: build(texts, out),
        "all": lambda out: build(texts, out, threads=all_threads),
        "integers": lambda out: build(integers, out),
        "integers_all": lambda out: build(integers, out, threads=all_threads),
        "little": lambda out: build(integers, out, memory=_LITTLE),
        "again": lambda out: build(old, out),
        "merge": merge,
        "diff": lambda _: diff(),
        "verify": lambda _: index.open(old).verify(),
    }
    found: dict[str, list[float]] = {name: [] for name in work}
    busy: dict[str, list[float]] = {name: [] for name in work}
    with undisturbed():
        for i in range(bench.passes if data.SIZES[size] <= 10_000_000 else min(bench.passes, 3)):
            for name, function in work.items():
                out = folder / f"{name}-{i}.cgx"
                before = process_time()
                found[name].append(seconds(lambda function=function, out=out: function(out)))  # type: ignore[misc]
                busy[name].append(process_time() - before)
                out.unlink(missing_ok=True)
    bench.add_all(f"lists.{size}", _TITLES, "s", found)
    bench.add_all(f"lists.{size}.cpu", {name: f"{title}: processor time" for name, title in _TITLES.items()}, "s", busy)
    numbers = data.SIZES[size]
    bench.add(f"lists.{size}.bytes", "bytes a number of the index file", "B", [old.stat().st_size / numbers])
    parquet_bytes = sum(path.stat().st_size for path in texts.iterdir())
    bench.add(f"lists.{size}.parquet", "bytes a number of the Parquet parts of text", "B", [parquet_bytes / numbers])


def _deliver(size: str, texts: Path, integers: Path, changes: list[Path]) -> None:
    """Write a list as parts of text and of integers, and a day's changes."""
    numbers = data.shuffled("cn", size)
    for folder in (texts, integers):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    for i, at in enumerate(range(0, len(numbers), _PART)):
        part = numbers[at : at + _PART]
        national = pa.array(part - 86 * 10**11).cast(pa.string())
        parquet.write_table(pa.table({"number": national}), texts / f"part-{i:04}.parquet")
        parquet.write_table(pa.table({"number": part}), integers / f"part-{i:04}.parquet")
    drawn = np.unique(data.random_callees("cn", len(numbers) // _CHANGED, seed=12))
    for path, changed in zip(changes, (drawn, numbers[: len(numbers) // _CHANGED]), strict=True):
        parquet.write_table(pa.table({"number": changed}), path)
