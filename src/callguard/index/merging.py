"""A new version of an index file: the lists of the one before, without what was removed and with what was added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from callguard.index.batches import SourceError, summed
from callguard.index.encoding import Encoding, begun
from callguard.index.further import Further
from callguard.index.gathering import gather
from callguard.index.header import check_order
from callguard.index.opened import Index
from callguard.index.opened import open as open_index
from callguard.index.reading import MANY, Reader, has_numpy
from callguard.index.sets import Sets
from callguard.index.sides import ALWAYS, Held, Side, of_index, slices, written
from callguard.index.sorting import Pile
from callguard.index.sources import expected, files
from callguard.index.writing import Beside, ImageWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from callguard.index.batches import Report, Source
    from callguard.index.opened import Progress
    from callguard.phone import NumberPlan


@attrs.define(slots=True)
class Merged:
    """What became of one list: how many distinct numbers it had `before`, how many `numbers` it has, and what was done with which.

    They were `added` and `removed`; `redated`, on it before and now with other entries; `there` already, as they were to be added;
    `absent`, to be removed and not on it; `both`, to be removed and added. `adds` and `removes` say what was read.
    """

    name: str
    before: int = 0
    numbers: int = 0
    added: int = 0
    removed: int = 0
    redated: int = 0
    there: int = 0
    absent: int = 0
    both: int = 0
    adds: tuple[Report, ...] = ()
    removes: tuple[Report, ...] = ()


def merge(
    base: Path,
    out: Path,
    *,
    add: Sequence[Source] = (),
    remove: Sequence[Source] = (),
    numbers: NumberPlan,
    timezone: str,
    memory: int = 1 << 30,
    threads: int = 1,
    progress: Progress | None = None,
    check: Callable[[Sequence[Merged]], object] | None = None,
) -> tuple[Index, tuple[Merged, ...]]:
    """Write the index file `out`: the lists of `base` without the numbers to remove and with those to add; say what became of each.

    Sources are named as the list of `base` that they are for. First is removed, then added: a number in both is on the list, with
    the entries of what was added alone. Of one that is there already the entries are joined, each once. Removing takes all entries
    of a number; sources with dates are none to remove by. The base is read through once, in its order; only what is added and
    removed is sorted. `check` is shown what became of the lists before the file takes its name; what it raises leaves no file.

    The other arguments, how the file is written and what is raised are those of `build`; SourceError for a source of a list that
    `base` has not, IndexFileError for a base that is damaged.
    """
    check_order(out)
    old = open_index(base)
    try:
        old.verify(progress)
        names = [plane.name for plane in old.planes]
        given = [(source, _place(old, source)) for source in add]
        given += [(source, len(names) + _place(old, source)) for source in remove]
        placed = [(part, plane) for source, plane in given for part in files(source)]
        most = sum(expected(source) for source, _ in placed)
        arrays = has_numpy(worth=most + old.numbers >= MANY)
        with Pile(2 * len(names), memory=memory, expected=most, folder=out.resolve().parent, arrays=arrays) as pile:
            removes = range(len(names), 2 * len(names))
            found = [Merged(name) for name in names]
            read = gather(
                placed, pile, Reader(numbers), timezone, memory=memory, threads=threads, progress=progress, undated=removes
            )
            for (_, plane), seen in zip(placed, read, strict=True):
                into = found[plane % len(names)]
                if plane in removes:
                    into.removes += seen
                else:
                    into.adds += seen
            with Beside(out) as beside:
                _write(old, pile, found, beside, progress)
                if check is not None:
                    check(found)
                beside.put()
    finally:
        old.close()
    return open_index(out), tuple(found)


def _place(old: Index, source: Source) -> int:
    """Return which list of the base a source is for."""
    names = [plane.name for plane in old.planes]
    if source.name not in names:
        known = ", ".join(f"`{name}`" for name in names) or "none"
        raise SourceError(
            "no-list", source.path, f"for the list `{source.name}`", f"a list of the base: {known}", name=source.name, names=known
        )
    return names.index(source.name)


def _write(old: Index, pile: Pile, found: list[Merged], beside: Beside, progress: Progress | None) -> None:
    sets, count = Sets(arrays=pile.arrays), len(found)
    runs, entered = pile.runs()
    sides = [Side(run, pile.merged) for run in runs]
    base, based = of_index(old, old.planes, 2 * count, sets)
    further = Further(
        count, lambda held, more: sets.union(held, sets.of(more)), has_entries=pile.has_entries or len(old.entered) > 0
    )
    reports = {plane.name: (*_one(plane.reports, old), *merged.adds) for plane, merged in zip(old.planes, found, strict=True)}
    header = begun("", reports, further)
    writer = ImageWriter(beside.file, header.room(), beside.aside)
    encoding = Encoding(header, further, writer)
    done, total = 0, sum(plane.numbers for plane in old.planes) + pile.gathered
    for held in slices([*sides, *base], [*entered, based], sets, pile.slice):
        planes, entries = [], []
        for i, merged in enumerate(found):
            numbers, dated = written(_merged(held[i], held[count + i].numbers, held[2 * count + i], merged, sets), i, sets)
            planes.append(numbers)
            entries += dated
        encoding.add(planes, sorted(entries, key=lambda entry: entry[:2]))
        done += sum(len(side.numbers) for side in held)
        if progress is not None:
            progress(min(done, total), total, "merge")
    writer.finish(*encoding.finish())


def _one(reports: tuple[Report, ...], old: Index) -> tuple[Report, ...]:
    """Return what was read of the base as one report, so that versions upon versions do not pile them up."""
    assert old.path is not None
    return (attrs.evolve(summed(reports), source=old.path.name),) if reports else ()


def _merged(adds: Held, gone: Any, before: Held, merged: Merged, sets: Sets) -> Held:
    """Return what a list holds in a slice, and count what became of it."""
    left = sets.without(before.numbers, gone)
    again = sets.common(adds.numbers, before.numbers)
    entries = dict(before.entries)
    for number in sets.common(sets.of(entries), gone):
        del entries[int(number)]
    touched = {*adds.entries, *map(int, sets.common(sets.of(entries), adds.numbers))}
    stay = set(map(int, sets.common(sets.of(touched), left)))
    for number in touched:
        mine = adds.of(number) | before.of(number) if number in stay else adds.of(number)
        entries.pop(number, None)
        if mine != ALWAYS:
            entries[number] = mine
    found = Held(sets.union(left, adds.numbers), entries)
    dated = sets.common(again, sets.of({*before.entries, *entries}))
    redated = sum(found.of(number) != before.of(number) for number in map(int, dated))
    hit, both = len(before.numbers) - len(left), len(sets.common(gone, adds.numbers))
    merged.before += len(before.numbers)
    merged.numbers += len(found.numbers)
    merged.added += len(adds.numbers) - len(again)
    merged.removed += hit - len(sets.common(again, gone))
    merged.redated += redated
    merged.there += len(again) - redated
    merged.absent += len(gone) - hit
    merged.both += both
    return found
