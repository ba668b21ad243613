"""Runs the command line, in this process and in another, on a copy of the example: it keeps its state beside the policy."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "examples" / "xinghe"
_FOLDER = tempfile.mkdtemp(prefix="callguard-tests-")
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
XINGHE = Path(shutil.copytree(EXAMPLE, Path(_FOLDER) / "examples" / "xinghe", ignore=shutil.ignore_patterns("state")))
POLICY = str(XINGHE / "callguard.toml")
LINE = ("--campaign", "spring-course", "--caller", "010-8555-0100", "--policy", POLICY)
OPEN, SHUT = "2026-11-24T20:59:59+08:00", "2026-11-24T21:00:00+08:00"
_DECIDE = {"LC_ALL", "LC_MESSAGES", "CALLGUARD_POLICY", "FORCE_COLOR", "COLUMNS"}


def quiet(monkeypatch):
    """Take away what would decide the language, the policy, the width."""
    for name in _DECIDE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")


def caller(capsys):
    """Return a function that runs the command line here and returns its status, what it printed, what it complained of."""
    from callguard.cli.app import run

    def call(*arguments):
        status = run(arguments)
        return status, *capsys.readouterr()

    return call


def process(*arguments, code=None, stdin=None, **environ):
    """Run the command line in a process of its own."""
    base = {name: value for name, value in os.environ.items() if name not in _DECIDE}
    start = ["-c", code] if code else ["-m", "callguard"]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env=base | {"LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8"} | environ,
    )
