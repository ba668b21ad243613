"""Timing in one process: loops net of the empty loop, in turn with what they are compared with; stamps around single calls."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from time import perf_counter_ns
from types import FunctionType
from typing import Any

import attrs
import numpy as np

from benchmarks.building import floors

ROUNDS = 7
_LOOP_NS = 30_000_000
_PROBE = 500
PERCENTILES = (50.0, 99.0, 99.9)

Timed = Callable[[], float]


def _call(function: Callable[[Any], object], keys: list[Any]) -> None:
    for key in keys:
        function(key)


def _member(container: Any, keys: list[Any]) -> None:
    for key in keys:
        key in container  # noqa: B015


def _keywords(function: Callable[..., object], keys: list[Any], caller: str, campaign: str) -> None:
    for key in keys:
        function(key, caller=caller, campaign=campaign)


def _nothing(_: object, keys: list[Any]) -> None:
    for _key in keys:
        pass


_LOOPS = {"call": _call, "member": _member, "keywords": _keywords, "nothing": _nothing}


def _fresh(function: Callable[..., None]) -> Callable[..., None]:
    """Return the function with bytecode of its own: the interpreter adapts it to whatever it calls first."""
    assert isinstance(function, FunctionType)
    return FunctionType(function.__code__.replace(co_name=function.__name__), function.__globals__)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector away."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def loop(shape: str, thing: Any, keys: Sequence[Any], *told: str) -> Timed:
    """Return what times one loop over the keys, in nanoseconds a key, and counts the empty loop in.

    `shape`: `call`, `member` (`key in thing`), `keywords` with the caller and campaign told, `nothing`. What is slow gets fewer
    keys, so that a loop takes some hundredths of a second.
    """
    run, keys = _fresh(_LOOPS[shape]), list(keys)
    probe = keys[:_PROBE]
    run(thing, probe, *told)
    start = perf_counter_ns()
    run(thing, probe, *told)
    each = (perf_counter_ns() - start) / len(probe)
    if each > 1_000:
        del keys[max(int(_LOOP_NS / each), 20) :]

    def timed() -> float:
        start = perf_counter_ns()
        run(thing, keys, *told)
        return (perf_counter_ns() - start) / len(keys)

    return timed


def in_turn(passes: int, contenders: Mapping[str, Timed], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Return each contender's value in each pass: the lower quartile of some rounds, in which all take their turns.

    What a round takes longer than a quarter of them, others on the machine have taken.
    """
    found: dict[str, list[float]] = {name: [] for name in contenders}
    with undisturbed():
        for timed in contenders.values():
            timed()
        for _ in range(passes):
            seen: dict[str, list[float]] = {name: [] for name in contenders}
            for _ in range(rounds):
                for name, timed in contenders.items():
                    seen[name].append(timed())
            for name, values in seen.items():
                found[name].append(sorted(values)[len(values) // 4])
    return found


def net(found: Mapping[str, Sequence[float]], empty: str = "nothing") -> dict[str, list[float]]:
    """Return the values less those of the empty loop of the same pass."""
    return {
        name: [value - nothing for value, nothing in zip(values, found[empty], strict=True)]
        for name, values in found.items()
        if name != empty
    }


def seconds(function: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = perf_counter_ns()
    function()
    return (perf_counter_ns() - start) / 1e9


# --- stamps


@cache
def tick_ns() -> float:
    """Return the nanoseconds of one tick of the ordered counter, over a fifth of a second."""
    stamp = floors().stamp
    begun, start = stamp(), perf_counter_ns()
    while perf_counter_ns() - start < 200_000_000:
        pass
    ended, end = stamp(), perf_counter_ns()
    return float((end - start) / (ended - begun))


@attrs.frozen
class Latency:
    """How long single operations took, each between two ordered stamps, less what stamping costs: nanoseconds."""

    mean: float
    p50: float
    p99: float
    p999: float


def latency(ticks: np.ndarray[Any, Any]) -> Latency:
    """Return the latencies of stamped ticks, net of an empty stretch's own median.

    Where the counter only goes by larger steps, a value stands for all those that the step may hide.
    """
    empty = np.empty(20_000, np.int64)
    floors().stamp_nothing(empty)
    seen = np.unique(empty)
    step = int(np.diff(seen).min()) if len(seen) > 1 else 1
    nothing = float(np.median(_spread(empty, step)))
    points = (np.percentile(_spread(ticks, step), PERCENTILES) - nothing) * tick_ns()
    return Latency((float(ticks.mean()) - nothing) * tick_ns(), *map(float, points))


def _spread(ticks: np.ndarray[Any, Any], step: int) -> np.ndarray[Any, Any]:
    """Return ticks with each spread evenly over the counter's step."""
    return ticks + np.random.default_rng(0).uniform(-step / 2, step / 2, len(ticks))


def stamped(kind: str, thing: Any, keys: list[Any]) -> Latency:
    """Return the latencies of `thing(key)` (`call`) or `key in thing` (`member`) over the keys, each stamped by itself."""
    ticks = np.empty(len(keys), np.int64)
    with undisturbed():
        (floors().stamp_calls if kind == "call" else floors().stamp_members)(thing, keys, ticks)
    return latency(ticks)
