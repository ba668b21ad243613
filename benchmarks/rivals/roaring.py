"""pyroaring's 64-bit bitmap: membership, and nothing else."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.rivals import Rival

if TYPE_CHECKING:
    from benchmarks.data import Numbers


def bitmap(numbers: Numbers) -> Any:
    """Return the numbers as a BitMap64."""
    from pyroaring import BitMap64

    values = array("Q")
    values.frombytes(np.asarray(numbers).astype(np.uint64).tobytes())
    return BitMap64(values)


def serialized(numbers: Numbers) -> int:
    """Return the bytes of its serialized form, the shorter of that as it comes and that with runs."""
    made = bitmap(numbers)
    plain = len(made.serialize())
    if hasattr(made, "run_optimize"):
        made.run_optimize()
    return min(plain, len(made.serialize()))


@contextmanager
def _opened(numbers: Numbers, _: Path) -> Iterator[Any]:
    yield bitmap(numbers)


RIVAL = Rival("roaring", "pyroaring BitMap64, membership alone", ("pyroaring",), _opened, "member", "number", most="100m")
