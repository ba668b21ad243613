"""What differs between two index files: counts, and the numbers to whoever takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.index.reading import MANY, has_numpy
from callguard.index.sets import Sets
from callguard.index.sides import Held, of_index, slices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callguard.index.opened import Index, Progress
    from callguard.index.planes import Plane

    Take = Callable[[Sequence["Changes"]], object]

_SLICE: Final = 1 << 20


@attrs.define(slots=True)
class Difference:
    """How two versions of a list differ: how many distinct numbers the `old` has and the `new`, on how many they agree, and not.

    `same` are on both with the same entries, `redated` on both with others. `old` or `new` is None where there is no such list.
    """

    name: str
    old: int | None = 0
    new: int | None = 0
    same: int = 0
    added: int = 0
    removed: int = 0
    redated: int = 0

    @property
    def differs(self) -> bool:
        """Whether anything does."""
        return bool(self.added or self.removed or self.redated or self.old is None or self.new is None)

    @property
    def shrinks(self) -> float:
        """The share of the old list's numbers that are not on the new one, from 0 to 1."""
        return self.removed / self.old if self.old else 0.0


@attrs.frozen(slots=True, eq=False)
class Changes:
    """What changed on a list in a slice of the numbers: those added, removed, and on both with other entries.

    `arrived` are those added and those with other entries, as the new list has them; `gone` those removed and the same ones:
    the old list without what is gone and with what arrived is the new one.
    """

    added: Any
    removed: Any
    redated: Any
    arrived: Held
    gone: Held


def differences(
    old: Index, new: Index, *, only: str | None = None, take: Take | None = None, progress: Progress | None = None
) -> tuple[Difference, ...]:
    """Return how the lists of two indexes differ, each beside that of its name, or the only one of each whatever they are named.

    `only` names the list that is looked at; ValueError where neither has it. `take` is given the changes of all lists slice by
    slice, ascending. Both are read through once, and no checksum is: `verify` what may be damaged. `progress` is told how many
    numbers are compared, of how many (`compare`). IndexFileError where the numbers of one do not ascend.
    """
    pairs = _pairs(old, new, only)
    sets = Sets(arrays=has_numpy(worth=old.numbers + new.numbers >= MANY))
    olds, old_entries = of_index(old, [one for _, one, _ in pairs], 0, sets)
    news, new_entries = of_index(new, [other for _, _, other in pairs], len(pairs), sets)
    found = [Difference(name, None if one is None else 0, None if other is None else 0) for name, one, other in pairs]
    done, total = 0, sum(plane.numbers for _, *both in pairs for plane in both if plane is not None)
    for held in slices([*olds, *news], [old_entries, new_entries], sets, _SLICE):
        changes = [_changes(held[i], held[len(pairs) + i], sets) for i in range(len(pairs))]
        for i, (difference, change) in enumerate(zip(found, changes, strict=True)):
            _count(difference, change, len(held[i].numbers), len(held[len(pairs) + i].numbers))
        if take is not None:
            take(changes)
        done += sum(len(side.numbers) for side in held)
        if progress is not None:
            progress(min(done, total), total, "compare")
    return tuple(found)


def compared(old: Index, new: Index, only: str | None = None) -> list[str]:
    """Return the names of the lists that `differences` compares, in their order; ValueError where neither has the one named."""
    return [name for name, _, _ in _pairs(old, new, only)]


def _pairs(old: Index, new: Index, only: str | None) -> list[tuple[str, Plane | None, Plane | None]]:
    """Return the lists, those of the new index first, each with its plane there and here."""
    if len(old.planes) == len(new.planes) == 1 and only in {None, old.planes[0].name, new.planes[0].name}:
        return [(new.planes[0].name, old.planes[0], new.planes[0])]
    before, after = ({plane.name: plane for plane in index.planes} for index in (old, new))
    names = list(dict.fromkeys([*after, *before]))
    if only is not None and only not in names:
        raise ValueError(f"there is no list `{only}`; accepted: {', '.join(f'`{name}`' for name in names) or 'none'}")
    return [(name, before.get(name), after.get(name)) for name in names if only in {None, name}]


def _changes(old: Held, new: Held, sets: Sets) -> Changes:
    none = sets.of(())
    added, removed = (none, none) if sets.same(old.numbers, new.numbers) else sets.apart(new.numbers, old.numbers)
    dated = {number for number in {*old.entries, *new.entries} if old.of(number) != new.of(number)}
    redated = sets.common(sets.common(sets.of(dated), old.numbers), new.numbers) if dated else none
    arrived = sets.union(added, redated)
    entries = {number: new.entries[number] for number in map(int, sets.common(sets.of(new.entries), arrived))}
    return Changes(added, removed, redated, Held(arrived, entries), Held(sets.union(removed, redated), {}))


def _count(difference: Difference, change: Changes, old: int, new: int) -> None:
    if difference.old is not None:
        difference.old += old
    if difference.new is not None:
        difference.new += new
    difference.added += len(change.added)
    difference.removed += len(change.removed)
    difference.redated += len(change.redated)
    difference.same += new - len(change.added) - len(change.redated)
