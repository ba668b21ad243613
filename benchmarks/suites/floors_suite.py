"""What the machine can do at all, with nothing of callguard."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.building import floors, kept
from benchmarks.machine import huge_bytes
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.timing import Latency, in_turn, latency, loop, net, tick_ns, undisturbed

if TYPE_CHECKING:
    from benchmarks import data
    from benchmarks.bench import Bench

LINE = 64
ONE = "+8613800130001"
_MEGABYTES = {"1m": (1, 16), "10m": (1, 16, 64), "100m": (1, 16, 64, 256)}
_PAGES = {"file": "a file's mapping", "small": "anonymous, 4 KiB pages", "huge": "anonymous, huge pages"}


def empty_function(_callee: object) -> None:
    """Return at once, as Python does."""


@lru_cache(maxsize=2)
def chain(length: int) -> Any:
    """Return memory of `length` bytes in which each line of 64 holds the offset of another: one random circle through all."""
    lines = length // LINE
    order = np.random.default_rng(1).permutation(lines)
    words = np.zeros(lines * LINE // 8, np.int64)
    words[order * (LINE // 8)] = np.roll(order, -1) * LINE
    return words


@contextmanager
def memory(pages: str, length: int) -> Iterator[Any]:
    """Yield a chain in memory of a kind of pages, every page touched."""
    length = max(length // LINE, 1_024) * LINE
    words = chain(length)
    if pages == "file":
        with tempfile.NamedTemporaryFile(dir=kept(), prefix="chain-") as file:
            words.tofile(file)
            file.flush()
            found = floors().Memory.mapped(file.name)
            found.touch()
            yield found
        return
    found = floors().Memory.anonymous(length, pages == "huge")
    found.fill(words.view(np.uint8))
    found.touch()
    yield found


class Chase:
    """A walk along a chain, which goes on where it ended."""

    def __init__(self, found: Any) -> None:
        self.memory = found
        self.at = 0

    def mean(self, steps: int) -> float:
        """Return the nanoseconds of a step, unfenced: each waits for the one before anyway."""
        self.at, ticks = self.memory.chase(self.at, steps)
        return float(ticks * tick_ns() / steps)

    def each(self, steps: int) -> Latency:
        """Return the latencies of single steps, each fenced."""
        ticks = np.empty(steps, np.int64)
        with undisturbed():
            self.at = self.memory.chase_each(self.at, ticks)
        return latency(ticks)


def run(bench: Bench) -> None:
    """Measure the floors by themselves; the suites measure them again beside what they bound."""
    _calls(bench)
    megabytes = max((_MEGABYTES.get(size, (1,)) for size in bench.sizes), key=len, default=(1,))
    for size in megabytes:
        for pages, words in _PAGES.items():
            name = f"floors.chase-{size}mb-{pages}"
            if not bench.wants(name):
                continue
            with memory(pages, size << 20) as found:
                chase = Chase(found)
                steps = bench.count(200_000, 50_000)
                chase.mean(steps)
                bench.add(name, f"pointer chase over {size} MiB, {words}", "ns", [chase.mean(steps) for _ in range(bench.passes)])
                bench.add_latency(
                    name, f"the same, each access fenced, {size} MiB, {words}", [chase.each(steps) for _ in range(bench.passes)]
                )
                told = huge_bytes(found.address)
                if told is not None:
                    bench.record.machine.setdefault("huge_bytes", {})[name] = told
    for pages, words in _PAGES.items():
        name = f"floors.gather-{megabytes[-1]}mb-{pages}"
        if bench.wants(name):
            _gathers(bench, name, pages, words, megabytes[-1] << 20)


def _calls(bench: Bench) -> None:
    if not bench.wants("floors.call"):
        return
    empty, keys = floors().Empty(), [ONE] * 20_000
    titles = {
        "one": "an empty compiled call, one argument",
        "keywords": "an empty compiled call, one argument and two keywords",
        "python": "an empty Python function",
        "len": "len(text)",
        "fence": "a fence: an ordered stamp",
    }
    found = in_turn(
        bench.passes,
        {
            "nothing": loop("nothing", None, keys),
            "one": loop("call", empty.one, keys),
            "keywords": loop("keywords", empty.keywords, keys, CALLER, CAMPAIGN),
            "python": loop("call", empty_function, keys),
            "len": loop("call", len, keys),
            "fence": loop("call", floors().fence, keys),
        },
    )
    bench.add_all("floors.call", titles, "ns", net(found))


def _gathers(bench: Bench, name: str, pages: str, words: str, length: int) -> None:
    with memory(pages, length) as found:
        offsets, out = gather_offsets(found.length, bench.count(2_000_000, 500_000))
        times = in_turn(bench.passes, {str(group): gather(found, offsets, out, group) for group in (32, 64, 128, 256)}, rounds=3)
        titles = {group: f"gather with prefetch over {length >> 20} MiB, {words}, groups of {group}" for group in times}
        bench.add_all(name, titles, "ns", times)


def gather_offsets(length: int, count: int) -> tuple[data.Numbers, Any]:
    """Return random offsets below `length`, and room for the bytes that are there."""
    offsets = np.random.default_rng(2).integers(0, length, count)
    return offsets, np.zeros(count, np.uint8)


def gather(found: Any, offsets: data.Numbers, out: Any, group: int) -> Any:
    """Return what times one gather, in nanoseconds a number."""
    stamp = floors().stamp

    def timed() -> float:
        begun = stamp()
        found.gather(offsets, out, group)
        return float((stamp() - begun) * tick_ns() / len(offsets))

    return timed
