"""Callees that nobody has asked about: each call fenced, beside a pointer chase over as much memory with the same pages."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from benchmarks import data, worlds
from benchmarks.suites.floors_suite import Chase, memory
from benchmarks.timing import Latency, in_turn, loop, net, stamped
from benchmarks.worlds import World

if TYPE_CHECKING:
    from benchmarks.bench import Bench

COUNTRIES = ("cn", "us")
_RANDOM = "line.may_dial(text), random callees of live blocks"
_PAGES = {"file": "a file's mapping as the index is", "huge": "anonymous, huge pages"}


def run(bench: Bench) -> None:
    """Measure each country and size, and no list at all; every pass asks about callees of its own."""
    if bench.wants("cold.cn-0"):
        _without(bench, "cold.cn-0")
    for country in COUNTRIES:
        for size in bench.sizes:
            name = f"cold.{country}-{size}"
            if bench.wants(name) and not (bench.quick and country == "us"):
                _measure(bench, name, country, size)


def _without(bench: Bench, name: str) -> None:
    each, line = bench.count(100_000, 20_000), worlds.line(World("cn", "0"))
    callees = data.texts(data.random_callees("cn", each * bench.passes))
    found = [stamped("call", line.may_dial, callees[at : at + each]) for at in range(0, len(callees), each)]
    bench.add_latency(f"{name}.random", _RANDOM, found)


def _measure(bench: Bench, name: str, country: str, size: str) -> None:
    each, world = bench.count(100_000, 20_000), World(country, size)
    count = each * bench.passes
    kinds = {"random": data.texts(data.random_callees(country, count)), "half": data.texts(data.half_listed(country, size, count))}
    line, four = worlds.line(world), worlds.line(World(country, size, 4)) if country == "cn" else None
    found: dict[str, list[Latency]] = {}
    with ExitStack() as stack:
        chases = {pages: Chase(stack.enter_context(memory(pages, world.bytes))) for pages in _PAGES}
        for chase in chases.values():
            chase.each(each)
        for at in range(0, count, each):
            for pages, chase in chases.items():
                found.setdefault(f"chase-{pages}", []).append(chase.each(each))
            for kind, callees in kinds.items():
                found.setdefault(kind, []).append(stamped("call", line.may_dial, callees[at : at + each]))
            if four is not None:
                found.setdefault("random-4lists", []).append(stamped("call", four.may_dial, kinds["random"][at : at + each]))
    titles = {
        "random": _RANDOM,
        "random-4lists": "line.may_dial(text), random callees, the numbers on four lists",
        "half": "line.may_dial(text), half of the callees listed",
        **{f"chase-{pages}": f"pointer chase through as much memory, {words}" for pages, words in _PAGES.items()},
    }
    bench.add(f"{name}.bytes", "the index file", "MiB", [world.bytes / 2**20])
    for key, title in titles.items():
        if key in found:
            bench.add_latency(f"{name}.{key}", title, found[key])
    callees = kinds["random"]
    looped = in_turn(
        bench.passes, {"nothing": loop("nothing", None, callees), "looped": loop("call", line.may_dial, callees)}, rounds=1
    )
    bench.add(
        f"{name}.looped", "line.may_dial(text), random callees, a plain loop in which calls overlap", "ns", net(looped)["looped"]
    )
