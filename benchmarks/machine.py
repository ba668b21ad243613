"""What was measured on: processor, kernel, pages, interpreter, compiler; and what a process keeps to itself."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import re
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.building import NotBuilt, compiler_version, floors
from callguard import compiled

_PACKAGES = ("callguard-outbound", "Cython", "numpy", "pyarrow", "phonenumbers")


def _first(path: str, pattern: str) -> str | None:
    try:
        found = re.search(pattern, Path(path).read_text("utf-8", errors="replace"), re.MULTILINE)
    except OSError:
        return None
    return found[1].strip() if found else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def about() -> dict[str, Any]:
    """Return what a reader needs to judge the figures by."""
    memory = _first("/proc/meminfo", r"^MemTotal:\s+(\d+) kB")
    flags = _first("/proc/cpuinfo", r"^flags\s*:(.*)$") or ""
    try:
        counter = floors().COUNTER
    except NotBuilt:
        counter = None
    return {
        "processor": _first("/proc/cpuinfo", r"^model name\s*:(.*)$") or platform.processor() or platform.machine(),
        "family": "/".join(_first("/proc/cpuinfo", rf"^{name}\s*:(.*)$") or "?" for name in ("cpu family", "model")),
        "cores": os.cpu_count(),
        "virtual": "hypervisor" in flags.split(),
        "cache": _first("/proc/cpuinfo", r"^cache size\s*:(.*)$"),
        "memory_gib": round(int(memory) / 2**20, 1) if memory else None,
        "system": " ".join((platform.system(), *re.findall(r"^[\d.]*\d", platform.release()))),
        "page_bytes": os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else None,
        "huge_pages": _first("/sys/kernel/mm/transparent_hugepage/enabled", r"\[(\w+)\]"),
        "clock": _first("/sys/devices/system/clocksource/clocksource0/current_clocksource", r"(\w+)"),
        "counter": counter,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "compiler": compiler_version(),
        "core": "compiled" if compiled() else "interpreted",
        "packages": {name: _version(name) for name in _PACKAGES},
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def private_bytes() -> int | None:
    """Return the bytes that this process alone keeps in memory (USS), without what it would give back; None where nobody tells."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    try:
        text = Path("/proc/self/smaps_rollup").read_text("ascii")
    except OSError:
        return None
    return 1024 * sum(map(int, re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+) kB", text, re.MULTILINE)))


def huge_bytes(address: int) -> int | None:
    """Return how much of the mapping that begins at an address stands in huge pages; None where the system does not tell."""
    try:
        text = Path("/proc/self/smaps").read_text("ascii", errors="replace")
    except OSError:
        return None
    for block in re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", text, flags=re.MULTILINE):
        if block.startswith(f"{address:x}-"):
            return 1024 * sum(map(int, re.findall(r"^(?:AnonHugePages|FilePmdMapped):\s+(\d+) kB", block, re.MULTILINE)))
    return None
