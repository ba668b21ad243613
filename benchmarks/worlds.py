"""Policies and lists on disk, and the guards that `Guard.open` makes of them: what a user has, in several sizes."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np

from benchmarks import data
from benchmarks.building import kept
from benchmarks.rivals import CALLER, CAMPAIGN
from callguard import phone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callguard import Guard
    from callguard.guard import Line
    from callguard.index import Index

_YEAR = datetime.now(UTC).year - 1  # licences end five years after their issue
_HEAD = f"""version = 1
[enterprise]
name = "Benchmark"
integers = "e164"
[[licences]]
kind = "call-centre"
scope = "national"
issued = {_YEAR}-01-01
[[filings]]
kind = "cross-border"
filed = {_YEAR}-01-01
[state]
path = "state"
"""
LIMITED = "limited"  # the campaign with a limit
_CAMPAIGN = f"""[[campaigns]]
name = "{CAMPAIGN}"
purpose = "service"
"""


def _caller(number: str) -> str:
    return f'[[callers]]\nnumber = "{number}"\nfiled = {_YEAR}-01-01\n'


@attrs.frozen
class World:
    """Numbers of a country and size, on one list or parted among several, each an Arrow file of int64 in random order."""

    country: str
    size: str
    lists: int = 1

    @property
    def folder(self) -> Path:
        """Where its policy and lists are kept between runs."""
        return kept() / f"{self.country}-{self.size}-{self.lists}-{phone.data_version()}"

    @property
    def policy(self) -> Path:
        """Its policy file; written, with the lists, where it is not there yet."""
        path = self.folder / "callguard.toml"
        if not path.exists():
            self.folder.mkdir(exist_ok=True)
            names = self._write_lists() if data.SIZES[self.size] else []
            parts = [f'[[lists]]\nname = "{Path(name).stem}"\npath = "{name}"\n' for name in names]
            _save(path, _HEAD + _caller(CALLER) + "".join(parts) + _CAMPAIGN)
        return path

    def _write_lists(self) -> list[str]:
        print(f"  writing lists of {self.size} {self.country.upper()} numbers, once", file=sys.stderr, flush=True)
        numbers = data.shuffled(self.country, self.size)
        which = np.random.default_rng(8).integers(0, self.lists, len(numbers), np.int8)
        names = [f"list-{i + 1}.arrow" for i in range(self.lists)]
        for i, name in enumerate(names):
            write_arrow(self.folder / name, numbers if self.lists == 1 else numbers[which == i])
        return names

    def write_apart(self, path: Path) -> None:
        """Write the policy of the same lists, whose state is kept beside it: for refusals, which must not stay."""
        from callguard import Policy

        sources = Policy.load(self.policy).lists
        parts = [f'[[lists]]\nname = "{source.name}"\npath = "{source.path.absolute()}"\n' for source in sources]
        _save(path, _HEAD + _caller(CALLER) + "".join(parts) + _CAMPAIGN)

    def open(self) -> Guard:
        """Open its guard anew."""
        from callguard import Guard

        return Guard.open(self.policy)

    @property
    def bytes(self) -> int:
        """The length of its index file: as much memory may be touched when numbers are looked up."""
        return index(self).size


@cache
def plan() -> phone.NumberPlan:
    """Return the number plan that the policies name: integers are numbers in E.164."""
    return phone.NumberPlan("CN", "e164")


@cache
def index(world: World) -> Index:
    """Return the index of a world's lists, the file that its guard maps, built where it does not stand."""
    from callguard.index import for_policy
    from callguard.policy import Policy

    policy = Policy.load(world.policy)
    found = for_policy(policy, plan(), folder=policy.state_folder / "index")
    assert found.numbers == data.SIZES[world.size], "every number of the lists is in the index"
    return found


@cache
def guard(world: World) -> Guard:
    """Return a world's guard, open from then on."""
    return world.open()


@cache
def line(world: World) -> Line:
    """Return its line, its answers checked, the pages of the index touched, the answers of all places worked out."""
    found = guard(world).line(campaign=CAMPAIGN, caller=CALLER)
    quiet()
    size = data.SIZES[world.size]
    if size:
        numbers = data.listed(world.country, world.size)
        touched = np.ascontiguousarray(numbers[:: max(size // 1_000_000, 1)])
        found.scrub(touched)
        _check(found, world)
    for callee in data.texts(data.random_callees(world.country, 20_000, seed=99)):
        found.may_dial(callee)
    return found


def _check(line: Line, world: World) -> None:
    """Raise AssertionError where a number is not told to be listed that is, or the other way about, alone or among many."""
    from callguard import Reason

    numbers, held = data.half_listed(world.country, world.size, 4_000, seed=13), data.listed(world.country, world.size)
    where = np.minimum(np.searchsorted(held, numbers), len(held) - 1)
    right = (np.asarray(held[where]) == numbers).tolist()
    texts = data.texts(numbers)
    assert [line.may_dial(callee).reason is Reason.LISTED for callee in texts] == right, "may_dial knows the listed"
    for callees in (numbers, texts):
        assert [code == Reason.LISTED.code for code in line.scrub(callees).codes] == right, "scrub knows the listed"


def quiet() -> None:
    """Wait until nothing is verified in the background any more."""
    for thread in threading.enumerate():
        if thread.name.startswith("callguard-verify"):
            thread.join()


def write_arrow(path: Path, numbers: data.Numbers) -> None:
    """Write numbers as an Arrow file of one int64 column."""
    import pyarrow as pa

    part = path.with_suffix(".part")
    schema = pa.schema([("number", pa.int64())])
    with pa.ipc.new_file(part, schema) as file:
        for at in range(0, len(numbers), 1_000_000):
            file.write_batch(pa.record_batch([pa.array(numbers[at : at + 1_000_000])], schema=schema))
    part.replace(path)


def write_morning(path: Path, callers: int) -> None:
    """Write the policy of a campaign that markets from many callers, which may begin at eight."""
    parts = [_caller(f"010-{8_555_0000 + i:08d}") for i in range(callers)]
    text = f'[[campaigns]]\nname = "{CAMPAIGN}"\npurpose = "marketing"\n'
    _save(path, _HEAD + "".join(parts) + text)


def write_indexed(path: Path, index: Path) -> None:
    """Write the policy of a world whose only list is an index file."""
    _save(path, _HEAD + _caller(CALLER) + f'[[lists]]\nname = "list-1"\npath = "{index.absolute()}"\n' + _CAMPAIGN)


def write_full(path: Path, world: World, *, logged: bool) -> None:
    """Write the policy of a world whose list is an index file, its state beside it; `logged`: with a call log and its key."""
    write_state(path, sealed=logged)
    found = index(world).path
    assert found is not None
    text = path.read_text("utf-8").replace(
        "[[callers]]", f'[[lists]]\nname = "list-1"\npath = "{found.absolute()}"\n[[callers]]', 1
    )
    _save(path, text)


def write_state(path: Path, url: str | None = None, *, sealed: bool = True) -> None:
    """Write the policy of a campaign without a limit and one with; `url` of a database, `sealed`: with a call log and its key."""
    from callguard.sealing import new_key

    path.parent.mkdir(parents=True, exist_ok=True)
    parts = ["" if url is None else f'url = "{url}"\n']
    if sealed:
        key = path.with_name("callguard.key")
        key.touch(mode=0o600)
        key.write_text(f"{new_key()}\n", encoding="ascii")
        parts.append('[call_log]\nkey_file = "callguard.key"\n')
    limited = _CAMPAIGN.replace(CAMPAIGN, LIMITED) + 'limits = [{ attempts = 2, per = "1 day" }]\n'
    _save(path, _HEAD + "".join(parts) + _caller(CALLER) + _CAMPAIGN + limited)


def callers_of(path: Path) -> Iterable[str]:
    """Yield the callers of such a policy."""
    from callguard import Policy

    return (caller.number for caller in Policy.load(path).callers)


def _save(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
