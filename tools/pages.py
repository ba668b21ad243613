"""Writes pages of the documentation that are made from the code, or says which are not what they would be."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_or_check(made: Mapping[Path, str]) -> None:
    """Write each page to its file; with `--check` on the command line only compare, and exit with 1 where one is stale."""
    names = ", ".join(path.name for path in made)
    if "--check" not in sys.argv[1:]:
        for path, text in made.items():
            path.write_text(text, encoding="utf-8")
        print(f"{next(iter(made)).parent.name}: {names}")
        return
    stale = [path.name for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text]
    print(f"{', '.join(stale)}: run {sys.argv[0]}" if stale else f"{names}: as they would be made")
    sys.exit(1 if stale else 0)
