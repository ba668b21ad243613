"""Suppression lists as one index: built from their files, mapped, asked, checked."""

from __future__ import annotations

from callguard.errors import IndexFileError
from callguard.index.ahead import processors
from callguard.index.batches import Report, Source, SourceError
from callguard.index.building import build
from callguard.index.opened import FURTHER, Index
from callguard.index.opened import open as open  # noqa: A004 - as one says it
from callguard.index.planes import Plane
from callguard.index.sources import files, kind
from callguard.index.standing import for_policy

__all__ = [
    "FURTHER",
    "Index",
    "IndexFileError",
    "Plane",
    "Report",
    "Source",
    "SourceError",
    "build",
    "files",
    "for_policy",
    "kind",
    "open",
    "processors",
]
