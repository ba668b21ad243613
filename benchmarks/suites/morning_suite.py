"""Eight o'clock: every answer's time is up at once, for each caller and each province, and each is worked out when first asked."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import worlds
from benchmarks.building import floors
from benchmarks.rivals import CAMPAIGN
from benchmarks.timing import Latency, latency, undisturbed

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from callguard.guard import Line

# an area code of each province of the mainland: those whose numbers have eight digits, and those with seven
_EIGHT = (10, 21, 22, 23, 20, 24, 25, 27, 28, 29, 311, 371, 431, 451, 531, 551, 571, 591, 731, 791, 851, 871, 898)
_SEVEN = (351, 471, 771, 891, 931, 951, 971, 991)
_CALLEES = [f"+86{area}85550100" for area in _EIGHT] + [f"+86{area}8550100" for area in _SEVEN]
_MONDAY = date(2026, 3, 2)


def run(bench: Bench) -> None:
    """Measure the first question of every line and province after eight, and the second."""
    if not bench.wants("morning"):
        return
    from callguard import Guard
    from callguard.testing import FrozenClock

    callers = bench.count(10_000, 500)
    callees = _CALLEES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "callguard.toml"
        worlds.write_morning(path, callers)
        clock = FrozenClock(f"{_MONDAY}T07:59:00+08:00")
        guard = Guard.open(path, clock=clock)
        lines = [guard.line(campaign=CAMPAIGN, caller=caller) for caller in worlds.callers_of(path)]
        first: list[Latency] = []
        again: list[Latency] = []
        day = _MONDAY
        for _ in range(bench.passes if bench.quick else 3):
            clock.set(f"{day}T07:59:00+08:00")
            closed = [line.may_dial(callee) for line in lines[:2] for callee in callees]
            for line in lines:
                for callee in callees:
                    line.may_dial(callee)
            clock.set(f"{day}T08:00:00+08:00")
            first.append(_asked(lines, callees))
            again.append(_asked(lines, callees))
            opened = [line.may_dial(callee) for line in lines[:2] for callee in callees]
            assert not any(closed), "all are closed before eight"
            assert all(opened), f"all are open from eight on: {opened[0].reason}"
            day += timedelta(days=1)
    title = f"{callers:,} callers × {len(callees)} provinces"
    bench.add_latency("morning.first", f"the first decision after 08:00:00, {title}", first)
    bench.add_latency("morning.again", f"the second, {title}", again)


def _asked(lines: list[Line], callees: list[str]) -> Latency:
    """Return the latencies of one question for each province from each line."""
    ticks = np.empty(len(lines) * len(callees), np.int64)
    stamp_calls, width = floors().stamp_calls, len(callees)
    asked = [line.may_dial for line in lines]
    with undisturbed():
        for i, may_dial in enumerate(asked):
            stamp_calls(may_dial, callees, ticks[i * width : (i + 1) * width])
    return latency(ticks)
