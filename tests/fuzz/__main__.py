"""Fuzzes targets, one after the other: `python -m fuzz [TARGET…] --minutes 12`; with `--input FILE`, checks that one."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

from fuzz.target import NAMES, target

_DONE = re.compile(r"#(?P<runs>\d+)\s+DONE\s+cov: (?P<cov>\d+) ft: (?P<ft>\d+) corp: (?P<corp>\d+)")
_LAST = re.compile(r"#(?P<runs>\d+)\s+\S+\s+cov: (?P<cov>\d+) ft: (?P<ft>\d+) corp: (?P<corp>\d+)")
_BROKEN = re.compile(r"Test unit written to (?P<file>\S+)")


def main() -> int:
    """Say what each target came to on a line that begins with `fuzz:`; 1 where one found something, else 0."""
    parser = argparse.ArgumentParser("python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*NAMES, []], help=", ".join(NAMES))
    parser.add_argument("--minutes", type=float, default=12.0, help="for each target")
    parser.add_argument("--folder", type=Path, default=Path("build") / "fuzz", help="for what it finds; the corpus grows there")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000, help="of its random choices")
    parser.add_argument("--input", type=Path, help="check this input, and fuzz nothing")
    told = parser.parse_args()
    names = told.targets or list(NAMES)
    if told.input is not None:
        for name in names:
            target(name).run(told.input.read_bytes())
            print(f"{name}: nothing is wrong with it")
        return 0
    told.folder.mkdir(parents=True, exist_ok=True)
    lines = [_fuzz(name, told.folder.absolute(), told.minutes, told.seed) for name in names]
    print("\n".join(lines), flush=True)
    return 1 if any("FOUND" in line for line in lines) else 0


def _fuzz(name: str, folder: Path, minutes: float, seed: int) -> str:
    """Fuzz one target; what libFuzzer says is kept in the folder, and the line that says what came of it is returned."""
    said = folder / f"{name}.log"
    begun = time.monotonic()
    with said.open("wb") as log:
        command = [sys.executable, "-m", "fuzz.one", name, str(folder), str(max(1, round(minutes * 60))), str(seed)]
        status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
    text = said.read_text("utf-8", "replace")
    last = _DONE.search(text) or next(reversed(list(_LAST.finditer(text))), None)
    told = (
        "nothing was run"
        if last is None
        else (
            f"{int(last['runs']):,} executions in {time.monotonic() - begun:.0f} s, {last['cov']} edges, {last['ft']} features,"
            f" {last['corp']} inputs kept, seed {seed}"
        )
    )
    broken = _BROKEN.search(text)
    found = "nothing found" if broken is None and status == 0 else f"FOUND, status {status}: {broken['file'] if broken else said}"
    line = f"fuzz: {name:8} {told}; {found}"
    print(line, flush=True)
    return line


if __name__ == "__main__":
    raise SystemExit(main())
