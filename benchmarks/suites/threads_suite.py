"""Threads that ask while one refuses: no wrong answer, and none older than a refusal that has returned."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread
from time import perf_counter_ns
from typing import TYPE_CHECKING

from benchmarks import data
from benchmarks.building import kept
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.worlds import World
from callguard import Guard, Policy

if TYPE_CHECKING:
    from benchmarks.bench import Bench

ASKING = 16
_BURST = 50


def run(bench: Bench) -> None:
    """Count what is wrong, and how many questions were asked meanwhile."""
    if not bench.wants("threads"):
        return
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    try:
        runs = [Round(bench.count(10_000, 2_000), seed) for seed in range(1 if bench.quick else 3)]
        # each gives the interpreter's lock up a dozen times, and sixteen threads that never rest are waiting for it
        lasting = Round(bench.count(300, 50), 7, lasting=True)
        for each in (*runs, lasting):
            each.go()
    finally:
        sys.setswitchinterval(interval)
    took = lasting.refuse_ns / lasting.refusals / 1e3
    bench.add("threads.lasting.wrong", "the same with state on disk: wrong", "", [float(lasting.wrong)])
    bench.add("threads.lasting.late", "older than a refusal that had returned", "", [float(lasting.late)])
    bench.add("threads.lasting.refuse", "guard.refuse among them, lasting", "µs", [took])
    bench.add("threads.wrong", f"{ASKING} threads: answers that were wrong", "", [float(each.wrong) for each in runs])
    bench.add("threads.late", "answers older than a refusal that had returned", "", [float(each.late) for each in runs])
    bench.add("threads.asked", "questions asked meanwhile", "", [float(each.asked) for each in runs])
    bench.add("threads.refuse", "guard.refuse among them, in memory", "µs", [each.refuse_ns / each.refusals / 1e3 for each in runs])


class Round:
    """One guard of its own, many who ask, one who refuses number after number."""

    def __init__(self, refusals: int, seed: int, *, lasting: bool = False) -> None:
        self._folder = TemporaryDirectory(dir=kept(), prefix="threads-")
        policy = Path(self._folder.name) / "callguard.toml"
        World("cn", "0").write_apart(policy)
        self.guard = Guard.open(policy) if lasting else Guard(Policy.load(policy))
        self.line = self.guard.line(campaign=CAMPAIGN, caller=CALLER)
        numbers = list(dict.fromkeys(data.texts(data.random_callees("cn", 2 * refusals + 1_000, seed))))
        self.refused, self.never = numbers[:refusals], numbers[refusals : 2 * refusals]
        self.refusals, self.done, self.ended = refusals, 0, False
        self.wrong = self.late = self.asked = 0
        self.refuse_ns = 0
        self.seen: list[tuple[int, int, int]] = []
        self.start = Barrier(ASKING + 1)

    def go(self) -> None:
        """Run it to its end."""
        threads = [Thread(target=self._ask, args=(i,)) for i in range(ASKING)]
        for thread in threads:
            thread.start()
        self.start.wait()
        began = perf_counter_ns()
        for i, number in enumerate(self.refused, 1):
            self.guard.refuse(number)
            self.done = i
        self.refuse_ns = perf_counter_ns() - began
        self.ended = True
        for thread in threads:
            thread.join()
        self.wrong, self.late, self.asked = (sum(each[k] for each in self.seen) for k in range(3))
        self.wrong += sum(bool(self.line.may_dial(number)) for number in self.refused)
        self.guard.close()
        self._folder.cleanup()

    def _ask(self, which: int) -> None:
        wrong = late = asked = 0
        may_dial, refused, never, total = self.line.may_dial, self.refused, self.never, self.refusals
        self.start.wait()
        at = which * 37
        while not self.ended:
            for _ in range(_BURST):
                at += 1
                done = self.done
                late += bool(done and may_dial(refused[done - 1]))  # the newest that has returned
                late += bool(done and may_dial(refused[at % done]))  # any that has
                wrong += not may_dial(never[at % total])
                asked += 3
        self.seen.append((wrong, late, asked))
