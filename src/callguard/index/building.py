"""Builds an index from its sources: reads them, sorts in little memory, and encodes slice by slice."""

from __future__ import annotations

import io
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Final

import attrs

from callguard import phone
from callguard._core.encode import Encoder
from callguard.errors import IndexFileError
from callguard.index.ahead import in_order, limits
from callguard.index.batches import ENTRY, Tally
from callguard.index.further import Further
from callguard.index.header import Header, StoredPlane, check_order
from callguard.index.opened import FURTHER, Index
from callguard.index.opened import open as open_index
from callguard.index.reading import Reader, has_numpy
from callguard.index.sorting import Pile
from callguard.index.sources import expected, files, parts
from callguard.index.sources import reports as reports_of
from callguard.index.writing import Beside, ImageWriter, MemoryWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from callguard.index.batches import Batch, Part, Report, Source
    from callguard.index.opened import Progress
    from callguard.phone import NumberPlan

    Check = Callable[[Source, tuple[Report, ...]], object]

MANY: Final = 500_000  # numbers from which on NumPy is worth its loading
_PACKED: Final = 1 << 15


def build(
    sources: Sequence[Source],
    out: Path | None,
    *,
    numbers: NumberPlan,
    timezone: str,
    memory: int = 1 << 30,
    threads: int = 1,
    progress: Progress | None = None,
    key: str = "",
    check: Check | None = None,
) -> Index:
    """Build an index of planes named by their sources, several of one name together; into the file `out`, or in memory.

    A source that is a folder is all files in it. `threads` read at a time, as many as there is memory for; the index, and what is
    said of it, is the same for any number of them. `memory` is about how many bytes are used for sorting; what is more waits in a
    file beside `out`. `progress` is told how many are done, of how many, and of what: bytes that are read (`read`), numbers that
    are encoded (`encode`). `check` is shown what was read of each source. `timezone` is that of dates without an offset, empty
    where none is known. `key` names what the index is made of; without it, it is a digest of the file.

    The file is written beside its name, and takes it when all is on the disk. SourceError or IndexFileError for a source that
    cannot be read, OSError where the system says no.
    """
    if out is not None:
        check_order(out)
        if out.exists() and not out.is_file():
            raise IndexFileError("no-file", out, "is no file, and cannot become one")
    folder = None if out is None else out.resolve().parent
    found = [part for source in sources for part in files(source)]
    with _gathered(found, numbers, timezone, memory, threads, progress, key, check, folder) as (pile, further, header):
        if out is None:
            kept = MemoryWriter()
            counted, others = _encode(pile, further, header, kept, progress)
            return Index(counted, kept.finish(others))
        with Beside(out) as beside:
            writer = ImageWriter(beside.file, header.room(), beside.aside)
            writer.finish(*_encode(pile, further, header, writer, progress))
            beside.put()
    return open_index(out)


def build_image(
    sources: Sequence[Source],
    image: IO[bytes],
    *,
    numbers: NumberPlan,
    timezone: str,
    spill: Path,
    memory: int = 1 << 30,
    progress: Progress | None = None,
    key: str = "",
    check: Check | None = None,
) -> None:
    """Write the bytes of the index file that `build` would make into an open file, and nothing of them elsewhere.

    What sorting has no memory for waits in a file in the folder `spill`, which has no name.
    """
    with _gathered(sources, numbers, timezone, memory, 1, progress, key, check, spill) as (pile, further, header):
        writer = ImageWriter(image, header.room(), io.BytesIO)
        writer.finish(*_encode(pile, further, header, writer, progress))


@contextmanager
def _gathered(
    sources: Sequence[Source],
    numbers: NumberPlan,
    timezone: str,
    memory: int,
    threads: int,
    progress: Progress | None,
    key: str,
    check: Check | None,
    folder: Path | None,
) -> Iterator[tuple[Pile, Further, Header]]:
    """Read all sources, and give what is to be encoded, and the header as far as it is known."""
    names = list(dict.fromkeys(source.name for source in sources))
    sources = sorted(sources, key=lambda source: names.index(source.name))  # a plane's sources one behind the other
    most = sum(expected(source) for source in sources)
    with Pile(len(names), memory=memory, expected=most, folder=folder, arrays=has_numpy(worth=most >= MANY)) as pile:
        threads, rows = limits(threads, memory)
        every = _parts(sources, Reader(numbers), timezone, rows)
        reports = _read(sources, in_order(every, threads), pile, names, progress, check)
        further = Further(pile)
        stored = [StoredPlane(name, reports=tuple(reports[name])) for name in names]
        yield (
            pile,
            further,
            Header(
                key,
                planes=(*stored[: further.bits], *([StoredPlane(FURTHER)] if further.marked else [])),
                beyond=tuple(stored[further.bits :]),
                data=phone.data_version(),
                made=datetime.now(UTC).isoformat(timespec="seconds"),
            ),
        )


def _parts(sources: Sequence[Source], reader: Reader, timezone: str, rows: int) -> Iterator[Batch | Part | None]:
    """Yield the parts of each source, and None behind them."""
    for source in sources:
        yield from parts(source, reader, timezone, rows)
        yield None


def _read(
    sources: Sequence[Source],
    found: Generator[Sequence[Batch] | None],
    pile: Pile,
    names: list[str],
    progress: Progress | None,
    check: Check | None,
) -> dict[str, list[Report]]:
    """Gather the numbers of all sources, and return what was read, by planes."""
    reports: dict[str, list[Report]] = {name: [] for name in names}
    sizes = [source.path.stat().st_size for source in sources]
    total, before = sum(sizes), 0
    with closing(found):
        for source, size in zip(sources, sizes, strict=True):
            tally, plane = Tally(source.label or source.path.name), names.index(source.name)
            for batches in iter(partial(next, found), None):
                for batch in batches:
                    tally.add(batch)
                    pile.add(plane, batch)
                    if progress is not None:
                        progress(before + batch.done, total, "read")
            before += size
            seen = reports_of(source) or (tally.report(),)
            if check is not None:
                check(source, seen)
            reports[source.name] += seen
    return reports


def _encode(
    pile: Pile, further: Further, header: Header, writer: ImageWriter | MemoryWriter, progress: Progress | None
) -> tuple[Header, dict[str, Any]]:
    """Encode all numbers, and return the header with their counts, and the sections that do not grow."""
    encoder = Encoder(len(header.planes), writer.stream("lines"), writer.stream("runs"))
    stream = writer.stream("dated")
    done = 0
    for count, gathered, entries in pile.slices():
        planes, dated = further.slice(gathered, entries) if further.marked else (gathered, [])
        encoder.add(planes)
        for at in range(0, len(dated), _PACKED):
            stream.write(b"".join(ENTRY.pack(*entry) for entry in dated[at : at + _PACKED]))
        done += count
        if progress is not None:
            progress(done, pile.gathered, "encode")
    root, nodes, records = encoder.finish()
    if not further.marked:
        further.numbers = list(encoder.counts)
    counted = [
        attrs.evolve(plane, numbers=further.numbers[i], dated=further.dated[i])
        for i, plane in enumerate(plane for plane in (*header.planes, *header.beyond) if plane.name != FURTHER)
    ]
    marking = (attrs.evolve(header.planes[-1], numbers=encoder.counts[-1]),) if further.marked else ()
    planes_of, beyond = (*counted[: further.bits], *marking), tuple(counted[further.bits :])
    return attrs.evolve(header, numbers=encoder.numbers, planes=planes_of, beyond=beyond), {
        "root": root,
        "nodes": nodes,
        "records": records,
    }
