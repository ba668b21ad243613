"""Lists encoded slice by slice, into whatever takes the sections of an index."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import phone
from callguard._core.encode import Encoder
from callguard.index.batches import ENTRY
from callguard.index.header import Header, StoredPlane
from callguard.index.opened import FURTHER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Buffer

    from callguard.index.batches import Report
    from callguard.index.further import Further
    from callguard.index.sorting import Entry
    from callguard.index.writing import ImageWriter, MemoryWriter

_PACKED: Final = 1 << 15


def begun(key: str, lists: Mapping[str, Sequence[Report]], further: Further) -> Header:
    """Return the header of an index of some lists, with what was read of each, before its numbers are known."""
    stored = [StoredPlane(name, reports=tuple(reports)) for name, reports in lists.items()]
    return Header(
        key,
        planes=(*stored[: further.bits], *([StoredPlane(FURTHER)] if further.marked else [])),
        beyond=tuple(stored[further.bits :]),
        data=phone.data_version(),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )


class Encoding:
    """Takes the numbers and entries of lists slice by slice, as `Further` does, and writes sections as it goes."""

    def __init__(self, header: Header, further: Further, writer: ImageWriter | MemoryWriter) -> None:
        self._header, self._further = header, further
        self._encoder = Encoder(len(header.planes), writer.stream("lines"), writer.stream("runs"))
        self._dated = writer.stream("dated")

    def add(self, gathered: list[Any], entries: list[Entry]) -> None:
        """Take a slice; ValueError for numbers out of order."""
        planes, dated = self._further.slice(gathered, entries) if self._further.marked else (gathered, [])
        self._encoder.add(planes)
        for at in range(0, len(dated), _PACKED):
            self._dated.write(b"".join(ENTRY.pack(*entry) for entry in dated[at : at + _PACKED]))

    def finish(self) -> tuple[Header, dict[str, Buffer]]:
        """Return the header with its counts, and the sections that do not grow."""
        root, nodes, records = self._encoder.finish()
        further, header = self._further, self._header
        if not further.marked:
            further.numbers = list(self._encoder.counts)
        counted = [
            attrs.evolve(plane, numbers=further.numbers[i], dated=further.dated[i])
            for i, plane in enumerate(plane for plane in (*header.planes, *header.beyond) if plane.name != FURTHER)
        ]
        marking = (attrs.evolve(header.planes[-1], numbers=self._encoder.counts[-1]),) if further.marked else ()
        planes, beyond = (*counted[: further.bits], *marking), tuple(counted[further.bits :])
        header = attrs.evolve(header, numbers=self._encoder.numbers, planes=planes, beyond=beyond)
        return header, {"root": root, "nodes": nodes, "records": records}
