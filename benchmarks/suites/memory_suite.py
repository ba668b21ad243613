"""What a process keeps to itself: a second one that asks a million questions, one that takes a hundred thousand refusals.

As a module of its own (`python -m benchmarks.suites.memory_suite`) it is that other process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import data, worlds
from benchmarks.building import kept
from benchmarks.machine import private_bytes
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.worlds import World

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_PIECE = 10_000


def run(bench: Bench) -> None:
    """Measure both, each in a process of its own, while this one has the same index mapped."""
    for size in bench.sizes:
        world = World("cn", size)
        name = f"memory.{size}"
        if bench.wants(name):
            questions = bench.count(1_000_000, 100_000)
            worlds.line(world).scrub(data.random_callees("cn", questions, seed=21))  # touches what the other process will
            found = _child("ask", world.policy, questions)
            bench.add(
                f"{name}.questions", f"private memory grown over {questions:,} random questions", "MB", [found["grown"] / 1e6]
            )
            bench.add(
                f"{name}.opened",
                "private memory of a process that has opened the guard, interpreter and all",
                "MB",
                [found["before"] / 1e6],
            )
    if bench.wants("memory.refusals"):
        refusals = bench.count(100_000, 20_000)
        with TemporaryDirectory(dir=kept(), prefix="memory-") as folder:
            policy = Path(folder) / "callguard.toml"
            World("cn", bench.sizes[0]).write_apart(policy)
            found = _child("refuse", policy, refusals)
        bench.add(
            "memory.refusals.private", f"private memory grown over {refusals:,} random live refusals", "MB", [found["grown"] / 1e6]
        )
        bench.add("memory.refusals.each", "guard.refuse_many, a refusal, as it is kept", "µs", [found["each"] / 1e3])


def _child(task: str, policy: Path, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.suites.memory_suite", task, str(policy), str(count)]
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _pieces(count: int, seed: int) -> Any:
    """Yield random callees in small pieces, so that they themselves take no memory that counts."""
    live = np.ascontiguousarray(data.blocks("cn"))
    chance = np.random.default_rng(seed)
    for _ in range(0, count, _PIECE):
        yield (chance.choice(live, _PIECE) * data.BLOCK + chance.integers(0, data.BLOCK, _PIECE)).tolist()


def _main(task: str, policy: str, count: int) -> None:
    from callguard import Guard

    guard = Guard.open(policy)
    line = guard.line(campaign=CAMPAIGN, caller=CALLER)
    may_dial = line.may_dial
    for numbers in _pieces(2 * _PIECE, 99):
        for number in numbers:
            may_dial(number)
    worlds.quiet()
    before = private_bytes() or 0
    start = perf_counter_ns()
    if task == "ask":
        for numbers in _pieces(count, 22):
            for number in numbers:
                may_dial(f"+{number}")
    else:
        for numbers in _pieces(count, 23):
            guard.refuse_many((number, None) for number in numbers)
    each = (perf_counter_ns() - start) / count
    print(json.dumps({"before": before, "grown": max((private_bytes() or 0) - before, 0), "each": each}))


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
