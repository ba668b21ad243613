"""`callguard bench`: how fast this machine answers, by the user's own policy and lists; nothing is counted or kept."""

from __future__ import annotations

import gc
import os
import platform
import statistics
from importlib.util import find_spec
from random import Random
from time import perf_counter_ns
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

import attrs
from rich import box
from rich.table import Table
from rich.text import Text

import callguard
from callguard import Guard, phone
from callguard.cli import commands

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import click

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.guard import Line
    from callguard.phone import NumberPlan

PASSES: Final = 5
BLOCKS: Final = 2_000  # of a campaign
LIVE: Final = 20_000  # blocks that random callees are of
CALLS: Final = 100_000
ROWS: Final = 200_000
_BLOCK: Final = 10_000
_LOOP_NS: Final = 100_000_000
_TRIES: Final = 400_000
_MOBILE: Final = range(861_300_000, 862_000_000)  # blocks of the mainland's mobile numbers
_STAGES: Final = 6


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "bench", bench, commands.call_options()[:2])


@attrs.frozen(kw_only=True)
class Measured:
    """What was measured: nanoseconds a call, rows a second, milliseconds."""

    empty: float
    one: float
    campaign: float
    random: tuple[float, float, float]
    scrub: dict[str, float]
    opened: float


def bench(desk: Desk, *, campaign: str | None, caller: str | None) -> int:
    """Measure, and show it; 0 when it could be measured."""
    path = desk.path
    guard = desk.guard()
    found, number = desk.line(guard.policy, campaign, caller)
    enterprise = guard.policy.enterprise
    line = guard.line(campaign=found.name, caller=number)
    with desk.progress(desk.words("measuring"), _STAGES) as progress:
        measured = _measure(
            line, phone.NumberPlan(enterprise.region, enterprise.integers), lambda: Guard.open(path).close(), progress
        )
    core = "compiled" if callguard.compiled() else "interpreted"
    if desk.json:
        desk.print_json(_json(measured) | {"campaign": found.name, "core": core, "python": platform.python_version()})
        return 0
    head = desk.words("bench-head", campaign=found.name, lists=len(guard.policy.lists))
    where = f"{desk.words(core)}, Python {platform.python_version()}, {platform.machine()}"
    desk.show(Text(head, "bold"), Text(where, "dim"), Text(), _table(desk.words, measured))
    desk.notes(desk.warnings(guard))
    return 0


def _measure(line: Line, plan: NumberPlan, reopen: Callable[[], object], progress: Callable[[int, int], None]) -> Measured:
    """Measure one thing after the other, each in some seconds."""
    chance = Random(7)  # noqa: S311 - the same callees every time
    blocks = _blocks(plan, chance)
    dialled = blocks[:BLOCKS]
    random = _callees(blocks, chance, CALLS)
    may_dial = line.may_dial
    for callee in _callees(blocks, chance, 2 * len(blocks)):  # so that pages and answers of all places are there
        may_dial(callee)
    progress(1, 0)
    empty = _each(_nothing, random[:1] * CALLS)
    one = _each(may_dial, random[:1] * CALLS)
    progress(2, 0)
    campaign = _each(may_dial, _callees(dialled, chance, CALLS))
    progress(3, 0)
    latencies = _latencies(may_dial, random)
    progress(4, len(random))
    scrub = _scrubs(line, blocks, chance)
    progress(5, ROWS)
    opened = _median([_seconds(reopen) * 1e3 for _ in range(3)])
    progress(_STAGES, ROWS)
    return Measured(empty=empty, one=one, campaign=campaign, random=latencies, scrub=scrub, opened=opened)


def _nothing(callee: object) -> None:
    """Return at once."""


def _blocks(plan: NumberPlan, chance: Random) -> list[int]:
    """Return random blocks of ten thousand numbers of the enterprise's country; of the mainland, of its mobile numbers."""
    leaf, found, country = plan.core.leaf, set[int](), str(plan.national)
    for _ in range(_TRIES):
        if len(found) >= LIVE:
            break
        if country == "86":
            number = chance.choice(_MOBILE) * _BLOCK
        else:
            number = int(country + "".join(chance.choices("0123456789", k=chance.randint(8, 10))))
        if 0 < number < 10**15 and leaf(number) > 1:
            found.add(number // _BLOCK)
    return sorted(found, key=lambda _: chance.random()) or [*_MOBILE[:BLOCKS]]


def _callees(blocks: Sequence[int], chance: Random, count: int) -> list[str]:
    """Return random numbers of blocks, as text."""
    return [f"+{chance.choice(blocks) * _BLOCK + chance.randrange(_BLOCK)}" for _ in range(count)]


def _each(function: Callable[[Any], object], callees: list[str]) -> float:
    """Return the nanoseconds of a call, net of the empty loop: the median of some passes."""
    # the interpreter adapts a function's code to what it calls first, so that each has code of its own
    loop = FunctionType(_loop.__code__.replace(co_name="loop"), globals())
    probe = callees[:1_000]
    each = max(loop(function, probe) / len(probe), 1.0)
    callees = callees[: max(int(_LOOP_NS / each), len(probe))]
    gc.disable()
    try:
        return _median([(loop(function, callees) - _empty_loop(callees)) / len(callees) for _ in range(PASSES)])
    finally:
        gc.enable()


def _loop(function: Callable[[Any], object], callees: list[str]) -> int:
    start = perf_counter_ns()
    for callee in callees:
        function(callee)
    return perf_counter_ns() - start


def _empty_loop(callees: list[str]) -> int:
    start = perf_counter_ns()
    for _ in callees:
        pass
    return perf_counter_ns() - start


def _latencies(function: Callable[[Any], object], callees: list[str]) -> tuple[float, float, float]:
    """Return what half, 99 in 100 and 999 in 1,000 calls take at most, each timed by itself, less what timing takes."""
    clock = perf_counter_ns
    took = [0] * len(callees)
    gc.disable()
    try:
        for i in range(len(took)):
            start = clock()
            took[i] = clock() - start
        nothing = _median(took)
        for i, callee in enumerate(callees):
            start = clock()
            function(callee)
            took[i] = clock() - start
    finally:
        gc.enable()
    took.sort()
    half, most, nearly = (max(took[int(len(took) * share)] - nothing, 0.0) for share in (0.5, 0.99, 0.999))
    return half, most, nearly


def _scrubs(line: Line, blocks: Sequence[int], chance: Random) -> dict[str, float]:
    """Return the rows a second of a list of text, and where NumPy is installed of an array, by one thread and by all."""
    texts = _callees(blocks, chance, ROWS)
    found = {"text": _rate(lambda: line.scrub(texts))}
    if find_spec("numpy") is not None:
        import numpy as np

        numbers = np.array([int(text) for text in texts], np.int64)
        found["int64"] = _rate(lambda: line.scrub(numbers))
        threads = os.cpu_count() or 1
        if threads > 1 and callguard.compiled():
            found[f"int64 × {threads}"] = _rate(lambda: line.scrub(numbers, threads=threads))
    return found


def _rate(scrub: Callable[[], object]) -> float:
    return ROWS / _median([_seconds(scrub) for _ in range(PASSES)])


def _seconds(function: Callable[[], object]) -> float:
    start = perf_counter_ns()
    function()
    return (perf_counter_ns() - start) / 1e9


def _median(values: Sequence[float]) -> float:
    return float(statistics.median(values))


def _json(measured: Measured) -> dict[str, Any]:
    half, most, nearly = measured.random
    return {
        "empty_call_ns": round(measured.empty, 1),
        "one_ns": round(measured.one, 1),
        "campaign_ns": round(measured.campaign, 1),
        "random_ns": {"p50": round(half), "p99": round(most), "p99.9": round(nearly)},
        "scrub_rows_per_s": {name: round(rate) for name, rate in measured.scrub.items()},
        "open_ms": round(measured.opened, 2),
    }


def _table(words: Words, measured: Measured) -> Table:
    """Return what was measured, beside how often an empty call fits in."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("", no_wrap=True)
    for key in ("bench-takes", "bench-times", "per-second"):
        table.add_column(words(key), justify="right", no_wrap=True)
    times = [("bench-empty", measured.empty), ("speed-again", measured.one), ("bench-campaign", measured.campaign)]
    times += zip(("bench-p50", "bench-p99", "bench-p999"), measured.random, strict=True)
    for key, took in times:
        rate = f"{_rounded(1e9 / took):,}" if took and not key.startswith("bench-p") else ""
        table.add_row(words(key), _written(took), f"{took / max(measured.empty, 0.1):,.1f} ×", rate)
    for name, each in measured.scrub.items():
        kind, _, threads = name.partition(" × ")
        label = words("bench-threads", n=int(threads)) if threads else words(f"bench-{kind}")
        table.add_row(label, _written(1e9 / each), "", f"{_rounded(each):,}")
    table.add_row(words("bench-open"), _written(measured.opened * 1e6), "", "")
    return table


def _written(took: float) -> str:
    """Write nanoseconds with three figures, in the unit that suits."""
    for size, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")):
        if took >= size or unit == "ns":
            return f"{float(f'{took / size:.3g}'):g} {unit}"
    raise AssertionError("nanoseconds are the last")


def _rounded(rate: float) -> int:
    """Return a rate to three figures: more would be a pretence."""
    return int(float(f"{rate:.3g}"))
