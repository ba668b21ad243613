"""Builds the core where a compiler is; everywhere else it is interpreted. All else stands in pyproject.toml.

CALLGUARD_PURE=1 builds nothing; CALLGUARD_REQUIRE_CORE=1 makes a core that cannot be built an error.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup

CORE = Path("src/callguard/_core")
BUILT = Path("build/cython")
DIRECTIVES = {
    "annotation_typing": False,
    "binding": False,
    "embedsignature": True,
    "embedsignature.format": "clinic",
    "boundscheck": False,
    "cdivision": True,
    "initializedcheck": False,
    "language_level": 3,
    "wraparound": False,
}


def _are_older() -> bool:
    """Return whether C was made before a declaration was changed: of what `native.pxd` says itself, Cython does not see that."""
    changed = max(path.stat().st_mtime for path in CORE.glob("*.pxd"))
    return any(path.stat().st_mtime < changed for path in BUILT.rglob("*.c"))


def core() -> list[Extension]:
    """Return the modules of the core that have a .py beside their .pxd; none where they may be left out and cannot be built."""
    pure, required = (os.environ.get(f"CALLGUARD_{name}", "0") not in ("", "0") for name in ("PURE", "REQUIRE_CORE"))
    if pure and required:
        raise SystemExit("CALLGUARD_PURE and CALLGUARD_REQUIRE_CORE cannot both be set")
    if pure:
        return []
    flags = [] if sys.platform == "win32" else ["-O3", "-fno-semantic-interposition", "-Wno-unreachable-code"]
    names = sorted(path.stem for path in CORE.glob("*.pxd") if path.stem != "native")
    modules = [Extension(f"callguard._core.{name}", [str(CORE / f"{name}.py")], extra_compile_args=flags) for name in names]
    try:
        from Cython.Build import cythonize

        built = cythonize(modules, compiler_directives=DIRECTIVES, build_dir=str(BUILT), quiet=True, force=_are_older())
    except Exception as error:
        if required:
            raise
        print(  # noqa: T201
            f"callguard: the core is left interpreted ({type(error).__name__}: {error})", file=sys.stderr
        )
        return []
    for module in built:
        module.optional = not required  # cythonize makes extensions of its own, and forgets it
    return built


setup(ext_modules=core())
