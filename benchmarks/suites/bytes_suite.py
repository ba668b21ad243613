"""Bytes a listed number: the index file whole, beside pyroaring's bitmap serialized."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import data
from benchmarks.rivals import roaring
from benchmarks.worlds import World

if TYPE_CHECKING:
    from benchmarks.bench import Bench


def run(bench: Bench) -> None:
    """Measure Chinese mobiles and US numbers of each size."""
    for country, words in (("cn", "Chinese mobiles"), ("us", "US numbers")):
        for size in bench.sizes:
            name = f"bytes.{country}-{size}"
            if not bench.wants(name):
                continue
            world, count = World(country, size), data.SIZES[size]
            bench.add(f"{name}.index", f"the index file, {words}", "B", [world.bytes / count])
            if roaring.RIVAL.missing:
                bench.skip(f"{name}.roaring", "not installed: pyroaring")
                continue
            told = roaring.serialized(data.listed(country, size)) / count
            bench.add(f"{name}.roaring", f"pyroaring BitMap64 serialized, {words}", "B", [told])
