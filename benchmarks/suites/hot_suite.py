"""Hot calls: what has just been asked about, or lies in the blocks of one campaign; beside calls that do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks import data, worlds
from benchmarks.building import floors
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.timing import Timed, in_turn, loop, net
from benchmarks.worlds import World

if TYPE_CHECKING:
    from benchmarks.bench import Bench

ONES = 20_000
_TITLES = {
    "floor-one": "an empty compiled call, one argument",
    "one": "line.may_dial(text), one number again and again",
    "floor-campaign": "an empty compiled call over the campaign",
    "campaign": "line.may_dial(text), a campaign: random numbers of 2,000 blocks",
    "floor-keywords": "an empty compiled call with two keywords",
    "keywords": "guard.may_dial(text, caller=…, campaign=…), one number",
    "keywords-campaign": "guard.may_dial(text, caller=…, campaign=…), a campaign",
    "int-one": "line.may_dial(int), one number again and again",
    "int-campaign": "line.may_dial(int), a campaign",
    "written": "line.may_dial(“138 0013 0001”): text that must be read",
    "attempt": "guard.attempt: decided and counted, on the disk when it returns",
}


def all_worlds(bench: Bench) -> Iterator[tuple[str, World]]:
    """Yield the worlds of a run with their names: no list, one of each size, and four."""
    yield "0", World("cn", "0")
    for size in bench.sizes:
        yield size, World("cn", size)
        yield f"{size}-4lists", World("cn", size, 4)


def run(bench: Bench) -> None:
    """Measure each world in turn, all its calls within the same passes."""
    numbers = data.campaign("cn", bench.count(300_000, 100_000))
    for name, world in all_worlds(bench):
        if bench.wants(f"hot.{name}"):
            found = in_turn(bench.passes, _contenders(world, numbers, full=name == "0"))
            bench.add_all(f"hot.{name}", _TITLES, "ns", _net(found))


def _contenders(world: World, numbers: data.Numbers, *, full: bool) -> dict[str, Timed]:
    guard, line, empty = worlds.guard(world), worlds.line(world), floors().Empty()
    campaign, integers = data.texts(numbers), numbers.tolist()
    one = next(callee for callee in campaign if line.may_dial(callee))
    ones, told = [one] * ONES, (CALLER, CAMPAIGN)
    made = {
        "nothing-one": loop("nothing", None, ones),
        "floor-one": loop("call", empty.one, ones),
        "one": loop("call", line.may_dial, ones),
        "floor-keywords": loop("keywords", empty.keywords, ones, *told),
        "keywords": loop("keywords", guard.may_dial, ones, *told),
        "int-one": loop("call", line.may_dial, [int(one)] * ONES),
        "nothing-campaign": loop("nothing", None, campaign),
        "floor-campaign": loop("call", empty.one, campaign),
        "campaign": loop("call", line.may_dial, campaign),
        "keywords-campaign": loop("keywords", guard.may_dial, campaign, *told),
        "int-campaign": loop("call", line.may_dial, integers),
    }
    if full:

        def place(callee: str) -> None:
            with guard.attempt(callee, caller=CALLER, campaign=CAMPAIGN):
                pass

        made["written"] = loop("call", line.may_dial, ["138 0013 0001"] * 2_000)
        made["attempt"] = loop("call", place, campaign[:500])
    return made


def _net(found: dict[str, list[float]]) -> dict[str, list[float]]:
    """Return each value less the empty loop over keys of its kind."""
    campaign = {name: values for name, values in found.items() if "campaign" in name}
    others = {name: values for name, values in found.items() if "campaign" not in name}
    return net(campaign, "nothing-campaign") | net(others, "nothing-one")
