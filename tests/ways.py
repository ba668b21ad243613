"""The known ways to place a call, each shown by a test that bears its mark: those that are marked, and what became of each in a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

MARK = "way"
ROOT = Path(__file__).parent.parent


def marked() -> set[tuple[str, str, str]]:
    """Return (dialer, call, peer) of every mark that a collection of the tests finds; AssertionError where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ways.json"
        command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-n", "0", "-m", MARK, "tests"]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "CALLGUARD_WAYS": str(path)}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
        return {tuple(json.loads(way)) for way in json.loads(path.read_text("utf-8"))}


def collected(items) -> None:
    """Write down the ways of the tests that were collected, not run."""
    found = {json.dumps(_of(mark), ensure_ascii=False): "collected" for item in items for mark in item.iter_markers(MARK)}
    _write(found)


def _of(mark) -> list[str]:
    return [*mark.args, mark.kwargs["peer"]]


def note(item) -> None:
    """Put the ways that a test shows where its report carries them, also from a worker."""
    for mark in item.iter_markers(MARK):
        item.user_properties.append((MARK, _of(mark)))


def gather(stats) -> None:
    """Write what became of each way in this run to the file that CALLGUARD_WAYS names, beside what stands there already."""
    found = {}
    for outcome in ("skipped", "passed", "failed", "error"):  # what is worst stands
        for report in stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", ()):
                key = json.dumps(value, ensure_ascii=False)
                if name == MARK and (outcome != "skipped" or key not in found):
                    found[key] = outcome
    _write(found)


def _write(found: dict[str, str]) -> None:
    named = os.environ.get("CALLGUARD_WAYS")
    if not named:
        return
    path = Path(named)
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**before, **found}, ensure_ascii=False, indent=1), "utf-8")
