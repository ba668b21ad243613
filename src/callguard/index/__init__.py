"""Suppression lists as one index: built from their files, mapped, asked, checked."""

from __future__ import annotations

from callguard.errors import IndexFileError
from callguard.index.ahead import processors
from callguard.index.batches import Report, Source, SourceError
from callguard.index.building import build
from callguard.index.differing import Changes, Difference, compared, differences
from callguard.index.exports import FORMS, Export
from callguard.index.merging import Merged, merge
from callguard.index.opened import FURTHER, Index
from callguard.index.opened import open as open  # noqa: A004 - as one says it
from callguard.index.planes import Plane
from callguard.index.sources import files, kind
from callguard.index.standing import for_policy, standing_before

__all__ = [
    "FORMS",
    "FURTHER",
    "Changes",
    "Difference",
    "Export",
    "Index",
    "IndexFileError",
    "Merged",
    "Plane",
    "Report",
    "Source",
    "SourceError",
    "build",
    "compared",
    "differences",
    "files",
    "for_policy",
    "kind",
    "merge",
    "open",
    "processors",
    "standing_before",
]
