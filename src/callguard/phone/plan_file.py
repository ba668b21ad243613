"""The compiled numbering plan: `plan.bin`, made by tools/compile_plan.py from phonenumbers' data."""

from __future__ import annotations

import sys
from array import array
from functools import cache
from typing import TYPE_CHECKING, Final

import attrs

from callguard._core.native import ASK
from callguard._core.plan import Plan
from callguard.model import Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@attrs.frozen(slots=True, eq=False, repr=False)
class Region:
    """One country or area of phonenumbers: its country code, and how many digits its national mobile numbers have."""

    country_code: int
    mobile_from: int
    mobile_to: int


NOWHERE: Final = Region(0, 0, 0)


@attrs.frozen(slots=True, eq=False, repr=False)
class PlanFile:
    """What `plan.bin` holds: `places` begins with two that are unknown, so that a leaf is an index; `arrays` make `core`."""

    version: str
    regions: Mapping[str, Region]
    places: tuple[Place, ...]
    arrays: tuple[array[int], ...]
    core: Plan

    def with_china(self, numbers: bytes, places: Sequence[int]) -> Plan:
        """Return the plan with other places for the mainland's seven-digit mobile blocks, in the order of `Plan`.

        `numbers` has a byte for each, an index of `places`; 0 leaves it as it is. Blocks that are not there stay so.
        """
        outputs, children, china, america = self.arrays
        merged = [places[number] if number and 2 <= output < ASK else output for output, number in zip(china, numbers, strict=True)]
        return Plan(outputs, children, array("H", merged), america)


@cache
def shipped() -> PlanFile:
    """Return the plan that ships with the package, read once."""
    import zlib
    from importlib import resources

    data = zlib.decompress(resources.files("callguard.phone").joinpath("plan.bin").read_bytes())
    end = data.index(b"\n\n")
    words = [line.split(" ") for line in data[:end].decode().split("\n")]
    regions = {row[1]: Region(*map(int, row[2:])) for row in words if row[0] == "region"}
    places = [_place(row) for row in words if row[0] == "place"]
    arrays = _arrays(data, end + 2, map(int, words[-1][1:]))
    return PlanFile(words[0][2], regions, (Place(None), Place(None), *places), arrays, Plan(*arrays))


def _place(row: list[str]) -> Place:
    country, province, fixed, zones, *states = row[1:]
    return Place(
        None if country == "-" else country,
        None if province == "-" else province,
        frozenset() if zones == "-" else frozenset(zones.split(",")),
        fixed == "1",
        states=frozenset(states),
    )


def _arrays(data: bytes, start: int, sizes: map[int]) -> tuple[array[int], ...]:
    found, view = [], memoryview(data)
    for size in sizes:
        part = array("H")
        part.frombytes(view[start : start + 2 * size])
        if sys.byteorder == "big":
            part.byteswap()
        found.append(part)
        start += 2 * size
    return tuple(found)
