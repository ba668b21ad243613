"""Medians of several passes, net of the empty loop, all in one process."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Iterable
from time import perf_counter_ns
from typing import Any

PASSES = 7


def _pass(function: Callable[[], object]) -> int:
    start = perf_counter_ns()
    function()
    return perf_counter_ns() - start


def per_call(function: Callable[[Any], object], arguments: Iterable[Any]) -> tuple[float, float, float]:
    """Return the least, median and greatest nanoseconds a call takes, net of the loop."""
    arguments = list(arguments)

    def loop() -> None:
        for argument in arguments:
            function(argument)

    def empty() -> None:
        for _argument in arguments:
            pass

    gc.disable()
    try:
        loop()
        floor = statistics.median(_pass(empty) for _ in range(PASSES))
        runs = [(_pass(loop) - floor) / len(arguments) for _ in range(PASSES)]
    finally:
        gc.enable()
    return min(runs), statistics.median(runs), max(runs)


def per_row(function: Callable[[], object], rows: int) -> tuple[float, float, float]:
    """Return the least, median and greatest nanoseconds a row takes."""
    function()
    runs = [_pass(function) / rows for _ in range(PASSES)]
    return min(runs), statistics.median(runs), max(runs)
