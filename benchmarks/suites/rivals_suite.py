"""What users would pick instead, each beside callguard in the same passes: cold with a fence around each call, campaigns looped."""

from __future__ import annotations

import gc
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from benchmarks import data, worlds
from benchmarks.building import kept
from benchmarks.rivals import Rival, all_rivals
from benchmarks.timing import in_turn, loop, net, stamped
from benchmarks.worlds import World

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_COLD_S = 0.3  # for slow rivals, of one pass


def run(bench: Bench) -> None:
    """Measure each rival at each size that it is asked to hold."""
    for size in bench.sizes:
        for rival in all_rivals():
            name = f"rivals.{size}.{rival.name}"
            if not bench.wants(name) or data.SIZES[size] > data.SIZES[rival.most]:
                continue
            if rival.missing:
                bench.skip(name, f"not installed: {', '.join(rival.missing)}")
                continue
            try:
                _measure(bench, name, rival, size, World("cn", size))
            except Exception as error:  # noqa: BLE001 - a rival that fails says so, and the others are measured
                bench.skip(name, f"{type(error).__name__}: {error}")
            gc.collect()


def _keys(rival: Rival, callees: list[str]) -> list[Any]:
    """Return the callees as the rival takes them; text stays the same objects."""
    return [int(callee) for callee in callees] if rival.keys == "number" else callees


def _measure(bench: Bench, name: str, rival: Rival, size: str, ours: World) -> None:
    line, held = worlds.line(ours), data.words(ours.size)
    campaign = data.texts(data.campaign("cn", bench.count(300_000, 100_000)))
    with rival.opened(data.listed("cn", size), kept()) as asked:
        probe = _keys(rival, data.texts(data.random_callees("cn", 200, seed=77)))
        start = perf_counter_ns()
        for key in probe:
            _ask(rival, asked, key)
        each = (perf_counter_ns() - start) / len(probe)
        most = bench.count(100_000, 20_000)
        samples = min(most, max(int(_COLD_S * 1e9 / each), 1_000))
        callees = data.texts(data.random_callees("cn", most * bench.passes))
        theirs, mine = [], []
        for at in range(0, most * bench.passes, most):
            mine.append(stamped("call", line.may_dial, callees[at : at + most]))
            theirs.append(stamped(rival.shape, asked, _keys(rival, callees[at : at + samples])))
        bench.add_latency(f"{name}.cold", f"{rival.title}; cold", theirs)
        bench.add_latency(f"{name}.cold-callguard", f"line.may_dial(text), {held}, cold, in the same passes", mine)
        keys = _keys(rival, campaign)
        found = net(
            in_turn(
                bench.passes,
                {
                    "nothing": loop("nothing", None, campaign),
                    "campaign": loop(rival.shape, asked, keys),
                    "campaign-callguard": loop("call", line.may_dial, campaign),
                },
                rounds=3,
            )
        )
        bench.add(f"{name}.campaign", f"{rival.title}; campaign", "ns", found["campaign"])
        title = f"line.may_dial(text), {held}, campaign, in the same passes"
        bench.add(f"{name}.campaign-callguard", title, "ns", found["campaign-callguard"])


def _ask(rival: Rival, asked: Any, key: Any) -> object:
    return key in asked if rival.shape == "member" else asked(key)
