"""The same core without its compiled half: what a user has where no compiler was.

As a module of its own it is the process that runs it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import callguard
from benchmarks import data
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.timing import in_turn, loop, net
from benchmarks.worlds import World

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_TITLES = {
    "one": "line.may_dial(text), interpreted, one number",
    "campaign": "line.may_dial(text), interpreted, a campaign",
    "python": "an empty Python function",
}


def run(bench: Bench) -> None:
    """Measure a copy of the package that has no compiled module in it."""
    root = Path(__file__).parent.parent.parent
    for size in ("0", *(size for size in bench.sizes if size != "0")):
        if not bench.wants(f"pure.{size}"):
            continue
        policy = World("cn", size).policy
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(
                Path(callguard.__file__).parent,
                Path(folder) / "callguard",
                ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"),
            )
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.suites.pure_suite", str(policy), str(bench.passes)],
                capture_output=True,
                text=True,
                check=True,
                cwd=root,
                env=os.environ | {"PYTHONPATH": os.pathsep.join((folder, str(root)))},
            )
        bench.add_all(f"pure.{size}", _TITLES, "ns", json.loads(done.stdout))


def _main(policy: str, passes: int) -> None:
    from benchmarks.suites.floors_suite import empty_function
    from callguard import Guard

    assert not callguard.compiled(), "the copy is interpreted"
    line = Guard.open(policy).line(campaign=CAMPAIGN, caller=CALLER)
    campaign = data.texts(data.campaign("cn", 20_000))
    one = next(callee for callee in campaign if line.may_dial(callee))
    ones = [one] * 20_000
    contenders = {
        "nothing": loop("nothing", None, ones),
        "one": loop("call", line.may_dial, ones),
        "campaign": loop("call", line.may_dial, campaign),
        "python": loop("call", empty_function, ones),
    }
    print(json.dumps(net(in_turn(passes, contenders))))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
