"""Sources read into a pile: by several threads, reported on as if by one."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from callguard.index.ahead import in_order, limits
from callguard.index.batches import SourceError, Tally
from callguard.index.sources import parts
from callguard.index.sources import reports as reports_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from callguard.index.batches import Batch, Part, Report, Source
    from callguard.index.opened import Progress
    from callguard.index.reading import Reader
    from callguard.index.sorting import Pile

    Check = Callable[[Source, tuple[Report, ...]], object]


def gather(
    sources: Sequence[tuple[Source, int]],
    pile: Pile,
    reader: Reader,
    timezone: str,
    *,
    memory: int,
    threads: int = 1,
    progress: Progress | None = None,
    check: Check | None = None,
    undated: Container[int] = (),
) -> list[tuple[Report, ...]]:
    """Gather the numbers of each source into its plane of a pile, and return what was read of each.

    `check` is shown it as soon as a source has been read. SourceError for entries with dates on the planes `undated`, and for a
    source that cannot be read.
    """
    threads, rows = limits(threads if pile.arrays else 1, memory)  # Python alone reads no faster in several
    found = in_order(_parts([source for source, _ in sources], reader, timezone, rows), threads)
    sizes = [source.path.stat().st_size for source, _ in sources]
    total, before = sum(sizes), 0
    reports = []
    with closing(found):
        for (source, plane), size in zip(sources, sizes, strict=True):
            tally = Tally(source.label or source.path.name)
            for batches in iter(partial(next, found), None):
                for batch in batches:
                    if batch.dated and plane in undated:
                        raise SourceError("dated", source.path, "with dates, of numbers to be removed", "numbers without dates")
                    tally.add(batch)
                    pile.add(plane, batch)
                    if progress is not None:
                        progress(before + batch.done, total, "read")
            before += size
            seen = reports_of(source) or (tally.report(),)
            if check is not None:
                check(source, seen)
            reports.append(seen)
    return reports


def _parts(sources: Sequence[Source], reader: Reader, timezone: str, rows: int) -> Iterator[Batch | Part | None]:
    """Yield the parts of each source, and None behind them."""
    for source in sources:
        yield from parts(source, reader, timezone, rows)
        yield None
