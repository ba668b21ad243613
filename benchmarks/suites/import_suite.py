"""What `import callguard` adds to a bare interpreter, pair by pair."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.bench import Bench

HEAVY = ("numpy", "pyarrow", "sqlalchemy", "holidays", "pendulum", "phonenumbers", "cattrs", "click", "rich", "sqlite3", "zoneinfo")
_STATEMENTS = {
    "callguard": "import callguard",
    "guard": "from callguard import Guard",
    "attrs": "from attrs import frozen",
}


def _milliseconds(code: str) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (perf_counter() - start) * 1000


def run(bench: Bench) -> None:
    """Measure whole processes, each beside one that does nothing."""
    for name, statement in _STATEMENTS.items():
        if bench.wants(f"import.{name}"):
            _milliseconds(statement)
            pairs = [_milliseconds(statement) - _milliseconds("pass") for _ in range(bench.count(15, 5))]
            bench.add(f"import.{name}", f"{statement}, added", "ms", pairs)
    bench.record.machine["loaded"] = loaded()


def loaded() -> list[str]:
    """Return which heavy modules the import brings along; none should be."""
    code = f"import sys, callguard; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
