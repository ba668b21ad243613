"""Opening what stands: an index file, ready to answer; a guard of a policy whose list it is; a guard of lists in other files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import data, worlds
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.timing import seconds
from benchmarks.worlds import World

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_TITLES = {
    "index": "an index file that stands: mapped, and one number looked up",
    "guard": "Guard.open, the list an index file: to its first decision",
    "guard-arrow": "Guard.open, the list an Arrow file that was indexed before: to its first decision",
}


def run(bench: Bench) -> None:
    """Measure each size, again and again; what is opened is closed before the next."""
    for size in bench.sizes:
        if bench.wants(f"open.{size}"):
            _measure(bench, size)


def _measure(bench: Bench, size: str) -> None:
    from callguard import Guard
    from callguard.index import open as open_index

    world = World("cn", size)
    path = worlds.index(world).path
    assert path is not None
    policy = world.folder / "indexed.toml"
    worlds.write_indexed(policy, path)
    number = int(data.random_callees("cn", 1)[0])
    found: dict[str, list[float]] = {name: [] for name in _TITLES}

    def look() -> None:
        index = open_index(path)
        index.trie.mask(number)
        index.close()

    def ask(which: object) -> None:
        guard = Guard.open(which)  # type: ignore[arg-type]
        guard.line(campaign=CAMPAIGN, caller=CALLER).may_dial(f"+{number}")
        guard.close()

    look()
    for _ in range(max(bench.passes, 5)):
        found["index"].append(seconds(look) * 1e3)
        found["guard"].append(seconds(lambda: ask(policy)) * 1e3)
        worlds.quiet()
        found["guard-arrow"].append(seconds(lambda: ask(world.policy)) * 1e3)
        worlds.quiet()
    bench.add_all(f"open.{size}", _TITLES, "ms", found)
