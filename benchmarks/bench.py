"""One run: what is measured and how thoroughly, where figures go, and what is said meanwhile."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from benchmarks.figures import Figure, Record

if TYPE_CHECKING:
    from benchmarks.timing import Latency

PASSES, QUICK_PASSES = 5, 3
FULL, QUICK = ("1m", "10m", "100m"), ("1m",)


@attrs.define
class Bench:
    """A run over some sizes, in `passes` passes; `quick` takes smaller samples. `only`: prefixes of figures' names, else all."""

    passes: int = PASSES
    quick: bool = False
    sizes: tuple[str, ...] = FULL
    only: tuple[str, ...] = ()
    record: Record = attrs.field(factory=Record)
    say: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True)

    def count(self, full: int, quick: int) -> int:
        """Return how many samples to take."""
        return quick if self.quick else full

    def wants(self, name: str) -> bool:
        """Return whether figures whose names begin so are wanted, or any part of them."""
        return not self.only or any(name.startswith(prefix) or prefix.startswith(f"{name}.") for prefix in self.only)

    def add(self, name: str, title: str, unit: str, values: Iterable[float]) -> Figure:
        """Keep a figure, and say it."""
        figure = self.record.add(name, title, unit, values)
        self.say(f"  {name:44} {figure.median:12,.2f} {unit:5} ({figure.least:,.2f} to {figure.greatest:,.2f})")
        return figure

    def add_all(self, prefix: str, titles: Mapping[str, str], unit: str, values: Mapping[str, Sequence[float]]) -> None:
        """Keep a figure for each of some names."""
        for name, title in titles.items():
            if name in values:
                self.add(f"{prefix}.{name}", title, unit, values[name])

    def add_latency(self, name: str, title: str, passes: Sequence[Latency]) -> None:
        """Keep the mean and percentiles of single operations: one latency a pass."""
        for point, words in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9"), ("mean", "mean")):
            self.add(f"{name}.{point}", f"{title}, {words}", "ns", [getattr(each, point) for each in passes])

    def skip(self, name: str, why: str) -> None:
        """Say that something is left out, and why, without naming a place of this machine."""
        why = re.sub(r"(?<![\w.])/[\w.+-]+(?:/[\w.+-]+)+", "…", why)
        self.record.skipped[name] = why
        self.say(f"  {name}: left out, {why}")
