"""What `import callguard` adds to a bare interpreter, and what it loads."""

from __future__ import annotations

import statistics
import subprocess
import sys

RUNS = 15
HEAVY = ("numpy", "pyarrow", "sqlalchemy", "holidays", "pendulum", "phonenumbers", "cattrs", "click", "rich", "sqlite3", "zoneinfo")


def _milliseconds(code: str) -> float:
    script = f"import time; start = time.perf_counter(); {code}; print((time.perf_counter() - start) * 1000)"
    return float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)


def _whole(code: str) -> float:
    from time import perf_counter

    start = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (perf_counter() - start) * 1000


def added(code: str = "import callguard") -> tuple[float, float, float]:
    """Return the least, median and greatest milliseconds that code adds to the interpreter's own start, pair by pair."""
    _whole(code)
    pairs = [_whole(code) - _whole("pass") for _ in range(RUNS)]
    return min(pairs), statistics.median(pairs), max(pairs)


def inside() -> tuple[float, float, float]:
    """Return the same as the interpreter sees it: the import statement alone."""
    runs = [_milliseconds("import callguard") for _ in range(RUNS)]
    return min(runs), statistics.median(runs), max(runs)


def loaded() -> list[str]:
    """Return which heavy modules the import brings along; none should be."""
    code = f"import sys, callguard; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
