"""Builds the floors, a small Cython module of the benchmarks' own, into the folder of what is kept between runs."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("floors.pyx")
FLAGS = ("-O2", "-fPIC", "-fwrapv", "-fno-strict-aliasing", "-Wno-unused-function")


class NotBuilt(Exception):  # noqa: N818 - what is said of the floors then
    """There is no Cython or no C compiler, or it failed."""


def kept() -> Path:
    """Return the folder of what is kept between runs: CALLGUARD_BENCH_DATA, else one beside the temporary files."""
    named = os.environ.get("CALLGUARD_BENCH_DATA")
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    folder = Path(named) if named else Path(tempfile.gettempdir()) / f"callguard-bench-{user}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def compiler() -> list[str]:
    """Return the C compiler that Python was built with, or that CC names."""
    return shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")


def compiler_version() -> str:
    """Return the first line of what the compiler says of itself."""
    try:
        said = subprocess.run([*compiler(), "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return said.partition("\n")[0].strip()


@cache
def floors() -> Any:
    """Return the compiled module; NotBuilt says why there is none."""
    try:
        import Cython
    except ImportError:
        raise NotBuilt("Cython is not installed") from None
    told = (SOURCE.read_text("utf-8"), Cython.__version__, sys.version, *compiler(), *FLAGS)
    digest = hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]
    target = kept() / f"floors-{digest}" / f"floors{sysconfig.get_config_var('EXT_SUFFIX')}"
    if not target.exists():
        _build(target)
    spec = importlib.util.spec_from_file_location("floors", target)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _build(target: Path) -> None:
    """Translate and compile the source, and put the module into its place by one rename."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        c, made = Path(folder) / "floors.c", Path(folder) / target.name
        shared = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
        steps = (
            [sys.executable, "-m", "cython", "-3", str(SOURCE), "-o", str(c)],
            [*compiler(), *FLAGS, *shared, f"-I{sysconfig.get_path('include')}", str(c), "-o", str(made)],
        )
        for step in steps:
            try:
                done = subprocess.run(step, capture_output=True, text=True, check=False)
            except OSError as error:
                raise NotBuilt(f"`{step[0]}` cannot be run: {error.strerror}") from error
            if done.returncode:
                raise NotBuilt(f"`{' '.join(step[:3])} …` failed:\n{done.stderr[-2000:]}")
        made.replace(target)
