"""A hundred million rows of Parquet from file to file, beside what reads and writes them, and what joins them with the list."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks import whole
from benchmarks.worlds import World

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_ROWS, _QUICK = 100_000_000, 2_000_000
_PASSES = 3


def run(bench: Bench) -> None:
    """Measure each in turn, some passes; each pass a process of its own, whose peak of memory is the kernel's count.

    It takes minutes: only runs of the largest size have it, or those that name it.
    """
    if not bench.wants("whole") or ("100m" not in bench.sizes and not bench.only):
        return
    rows = bench.count(_ROWS, _QUICK)
    source = whole.table(rows)
    whole.numbers_listed()
    World("cn", whole.LIST).open().close()  # whose index is built before
    seconds: dict[str, list[float]] = {name: [] for name in whole.CONTENDERS}
    peaks: dict[str, list[float]] = {name: [] for name in whole.CONTENDERS}
    with TemporaryDirectory(prefix="callguard-bench-") as folder:
        for _ in range(min(bench.passes, _PASSES)):
            for name in whole.CONTENDERS:
                if not bench.wants(f"whole.{name}"):
                    continue
                out = Path(folder) / f"{name}.parquet"
                took, peak = _timed(name, source, out)
                seconds[name].append(took)
                peaks[name].append(peak)
                out.unlink()
    for name, (title, _) in whole.CONTENDERS.items():
        if seconds[name]:
            bench.add(f"whole.{name}", f"{rows // 1_000_000} M rows: {title}", "s", seconds[name])
            bench.add(f"whole.{name}.peak", f"{rows // 1_000_000} M rows: {title}, peak of memory", "MB", peaks[name])
            bench.add(f"whole.{name}.rate", f"{rows // 1_000_000} M rows: {title}", "M/s", [rows / s / 1e6 for s in seconds[name]])


def _timed(name: str, source: Path, out: Path) -> tuple[float, float]:
    """Return how long a contender takes, in seconds, and the peak of its memory, in megabytes."""
    start = perf_counter()
    child = os.posix_spawn(sys.executable, [sys.executable, "-m", "benchmarks.whole", name, str(source), str(out)], os.environ)
    _, status, used = os.wait4(child, 0)
    took = perf_counter() - start
    if status:
        raise RuntimeError(f"`{name}` ended with status {os.waitstatus_to_exitcode(status)}")
    return took, used.ru_maxrss / 1024
