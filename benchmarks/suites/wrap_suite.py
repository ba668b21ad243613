"""The middleware: what `guard.wrap` adds to a call, and to the attempt within it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from benchmarks import states, worlds
from benchmarks.building import kept
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.timing import in_turn, loop
from callguard import Guard, Policy
from callguard.wrapping import wrap

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_KINDS = {
    "memory": "state in memory, no log",
    "lasting": "state on the disk, no log",
    "log": "state on the disk, a sealed log",
}
_CALLEES = 200_000


class Nothing:
    """An attempt that does nothing: what is left of a wrapped call is the wrapper's."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def run(bench: Bench) -> None:
    """Measure the wrapper around nothing, then around attempts of each kind."""
    if bench.wants("wrap.own") or bench.wants("wrap.bare"):
        _own(bench)
    for kind in _KINDS:
        if bench.wants(f"wrap.{kind}"):
            with tempfile.TemporaryDirectory(dir=kept(), prefix="wrap-") as name:
                _attempts(bench, kind, Path(name))


def dial(to: str) -> str:
    """Do nothing, in a dialer's place."""
    return to


def _own(bench: Bench) -> None:
    nothing = Nothing()

    def attempt(_: Any, *, caller: str, campaign: str) -> Any:  # noqa: ARG001
        return nothing

    def bare(to: str) -> str:
        with attempt(to, caller=CALLER, campaign=CAMPAIGN):
            return dial(to)

    wrapped = wrap(dial, attempt, callee="to", caller=CALLER, campaign=CAMPAIGN, on_denied="raise", fixed=lambda *_: None)
    callees = states.pool(20_000)
    found = in_turn(
        bench.passes,
        {"bare": loop("call", dial, callees), "with": loop("call", bare, callees), "wrapped": loop("call", wrapped, callees)},
    )
    own = [w - b for w, b in zip(found["wrapped"], found["with"], strict=True)]
    bench.add("wrap.bare", "a bare call of one argument, in a loop", "ns", found["bare"])
    bench.add("wrap.own", "guard.wrap over the same call in a `with guard.attempt` that does nothing", "ns", own)


def _attempts(bench: Bench, kind: str, folder: Path) -> None:
    policy = folder / "callguard.toml"
    worlds.write_state(policy, sealed=kind == "log")
    with Guard(Policy.load(policy)) if kind == "memory" else Guard.open(policy) as guard:
        callees = cycle(states.pool(bench.count(_CALLEES, 20_000)))
        wrapped = guard.wrap(dial, callee="to", caller=CALLER, campaign=CAMPAIGN)

        def attempt(to: str) -> str:
            with guard.attempt(to, caller=CALLER, campaign=CAMPAIGN):
                return dial(to)

        def fresh(call: Callable[[str], object]) -> Callable[[object], object]:
            return lambda _: call(next(callees))

        turns = range(20_000)
        found = in_turn(
            bench.passes,
            {
                "bare": loop("call", fresh(dial), turns),
                "attempt": loop("call", fresh(attempt), turns),
                "wrapped": loop("call", fresh(wrapped), turns),
            },
            rounds=bench.count(7, 3),
        )
    words = _KINDS[kind]
    over = [w - b for w, b in zip(found["wrapped"], found["bare"], strict=True)]
    more = [w - a for w, a in zip(found["wrapped"], found["attempt"], strict=True)]
    bench.add(f"wrap.{kind}.over", f"guard.wrap over the bare call; {words}", "ns", over)
    bench.add(f"wrap.{kind}.attempt", f"the same call in a `with guard.attempt`; {words}", "ns", found["attempt"])
    bench.add(f"wrap.{kind}.more", f"guard.wrap over that; {words}", "ns", more)
