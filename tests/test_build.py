"""Building the core: left interpreted where it cannot be compiled, unless it is required."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent


def build(folder, **environment):
    """Build the core in a copy, into a folder beside it; return the status and the modules that were compiled."""
    shutil.copytree(ROOT / "src/callguard/_core", folder / "src/callguard/_core", ignore=shutil.ignore_patterns("*.so", "*.pyd"))
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder)
    (folder / "src/callguard/__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "setup.py", "-q", "build_ext", "--build-lib", "built"],
        cwd=folder,
        env=os.environ | {"CALLGUARD_PURE": "0", "CALLGUARD_REQUIRE_CORE": "0"} | environment,
        capture_output=True,
        check=False,
    )
    return done.returncode, sorted(path.name for path in (folder / "built").rglob("*.so"))


@pytest.fixture
def no_compiler(tmp_path):
    """A compiler that always fails."""
    path = tmp_path / "no-compiler"
    path.write_text("#!/bin/sh\nexit 1\n", "ascii")
    path.chmod(0o755)
    return str(path)


def test_without_a_compiler_the_core_is_left_interpreted(tmp_path, no_compiler):
    assert build(tmp_path, CC=no_compiler) == (0, [])


def test_a_core_that_is_required_and_cannot_be_built_is_an_error(tmp_path, no_compiler):
    status, built = build(tmp_path, CC=no_compiler, CALLGUARD_REQUIRE_CORE="1")

    assert status != 0
    assert built == []


def test_a_pure_build_asks_no_compiler(tmp_path):
    assert build(tmp_path, CALLGUARD_PURE="1", CC="/does/not/exist") == (0, [])


def test_pure_and_required_contradict_each_other(tmp_path):
    assert build(tmp_path, CALLGUARD_PURE="1", CALLGUARD_REQUIRE_CORE="1")[0] != 0
