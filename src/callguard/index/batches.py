"""What is read of a source at a time, and what there is to say of a source that was read."""

from __future__ import annotations

from array import array
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.errors import CallguardError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    Part = Callable[[], Sequence["Batch"]]  # reads a part of a source, in whatever thread

ENTRY: Final = Struct("<qqdd")  # number, plane, since, until; not a number where there is none
NONE: Final = float("nan")
KEPT: Final = 1_000  # of the lines that were not read


class SourceError(CallguardError):
    """A source of numbers cannot be read as one; `key` names why, `found` and `accepted` say it."""

    def __init__(self, key: str, path: Path, found: str, accepted: str, **facts: object) -> None:
        """Keep the facts, for texts in other languages."""
        self.key, self.path, self.found, self.accepted, self.facts = key, path, found, accepted, facts
        super().__init__(f"`{path}`, {found}; accepted: {accepted}")

    @classmethod
    def needs_zone(cls, path: Path) -> SourceError:
        """Return the error for dates without an offset, where no time zone is known."""
        return cls("needs-zone", path, "with dates and no time zone that they are in", "instants with their offset, or a time zone")

    @classmethod
    def unreadable(cls, path: Path, error: OSError) -> SourceError:
        """Return the error for a file of which the system says no."""
        found = cls("unreadable", path, error.strerror or str(error), "a file that can be read")
        found.__cause__ = error
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with the facts."""
        return type(self), (self.key, self.path, self.found, self.accepted), {"facts": self.facts}


@attrs.frozen(slots=True)
class Source:
    """A file of numbers, or a folder of them, and the plane that they are on; reports name it by `label`, else by its file."""

    name: str
    path: Path
    label: str = ""


@attrs.frozen(slots=True, eq=False)
class Batch:
    """Some rows of a source: int64 `numbers` that hold always, `dated` ones with their instants, and the lines not read.

    `lines` says how many lines of the source it is, of which `skipped` and `undated` count from 1; `done` how many bytes of the
    source have been read with it.
    """

    numbers: Any
    rows: int
    done: int
    dated: Collection[tuple[int, float, float]] = ()
    skipped: Sequence[int] = ()
    undated: Sequence[int] = ()
    lines: int = 0


@attrs.frozen(slots=True)
class Report:
    """What was read of one source: how many rows, and the first lines that were no number or whose dates could not be read."""

    source: str = ""
    rows: int = 0
    skipped: tuple[int, ...] = ()
    skipped_count: int = 0
    undated: tuple[int, ...] = ()
    undated_count: int = 0

    @property
    def kept(self) -> int:
        """How many rows were kept."""
        return self.rows - self.skipped_count


@attrs.define(slots=True)
class Tally:
    """Counts what is read of one source."""

    source: str
    rows: int = 0
    lines: int = 0
    skipped: array[int] = attrs.field(factory=lambda: array("q"))
    skipped_count: int = 0
    undated: array[int] = attrs.field(factory=lambda: array("q"))
    undated_count: int = 0

    def add(self, batch: Batch) -> None:
        """Count a batch."""
        self.rows += batch.rows
        self.skipped_count += len(batch.skipped)
        self.undated_count += len(batch.undated)
        self.skipped.extend(self.lines + line for line in batch.skipped[: KEPT - len(self.skipped)])
        self.undated.extend(self.lines + line for line in batch.undated[: KEPT - len(self.undated)])
        self.lines += batch.lines

    def report(self) -> Report:
        """Return what there is to say."""
        return Report(self.source, self.rows, tuple(self.skipped), self.skipped_count, tuple(self.undated), self.undated_count)


def summed(reports: Iterable[Report]) -> Report:
    """Return what there is to say of several sources of one plane."""
    found = tuple(reports)
    if len(found) == 1:
        return found[0]
    return Report(
        "",
        sum(report.rows for report in found),
        tuple(line for report in found for line in report.skipped)[:KEPT],
        sum(report.skipped_count for report in found),
        tuple(line for report in found for line in report.undated)[:KEPT],
        sum(report.undated_count for report in found),
    )
