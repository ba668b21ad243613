"""Builds an index from its sources: reads them, sorts in little memory, and encodes slice by slice."""

from __future__ import annotations

import io
from contextlib import contextmanager
from operator import itemgetter
from typing import IO, TYPE_CHECKING

from callguard.errors import IndexFileError
from callguard.index.encoding import Encoding, begun
from callguard.index.further import Further
from callguard.index.gathering import gather
from callguard.index.header import check_order
from callguard.index.opened import Index
from callguard.index.opened import open as open_index
from callguard.index.reading import MANY, Reader, has_numpy
from callguard.index.sorting import Pile
from callguard.index.sources import expected, files
from callguard.index.writing import Beside, ImageWriter, MemoryWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from typing_extensions import Buffer

    from callguard.index.batches import Report, Source
    from callguard.index.gathering import Check
    from callguard.index.header import Header
    from callguard.index.opened import Progress
    from callguard.phone import NumberPlan


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
    reports: dict[str, list[Report]] = {source.name: [] for source in sources}
    names = list(reports)
    placed = sorted(((source, names.index(source.name)) for source in sources), key=itemgetter(1))
    most = sum(expected(source) for source in sources)
    with Pile(len(names), memory=memory, expected=most, folder=folder, arrays=has_numpy(worth=most >= MANY)) as pile:
        reader = Reader(numbers)
        read = gather(placed, pile, reader, timezone, memory=memory, threads=threads, progress=progress, check=check)
        for (source, _), seen in zip(placed, read, strict=True):
            reports[source.name] += seen
        further = Further(pile.planes, pile.joined, has_entries=pile.has_entries)
        yield pile, further, begun(key, reports, further)


def _encode(
    pile: Pile, further: Further, header: Header, writer: ImageWriter | MemoryWriter, progress: Progress | None
) -> tuple[Header, dict[str, Buffer]]:
    """Encode all numbers, and return the header with their counts, and the sections that do not grow."""
    encoding = Encoding(header, further, writer)
    done = 0
    for count, gathered, entries in pile.slices():
        encoding.add(gathered, entries)
        done += count
        if progress is not None:
            progress(done, pile.gathered, "encode")
    return encoding.finish()
