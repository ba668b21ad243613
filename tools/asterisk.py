"""Makes a root folder that has an Asterisk, for the tests: `CALLGUARD_ASTERISK="$(python tools/asterisk.py)"`.

Debian's newest releases have none; bullseye has Asterisk 16. Its packages are fetched and unpacked by mmdebstrap, which touches
nothing of the host; needs root. The folder is kept in the user's cache, and found there the next time; it is moved there whole.
Prints the folder, or ends with 1 and a line that says what is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

SUITE: Final = "bullseye"
KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRRORS: Final = ("http://deb.debian.org/debian", "http://archive.debian.org/debian")  # it moves from the one to the other
PATIENCE_S: Final = 180
STALE_S: Final = 3600
NAME: Final = f"asterisk-{SUITE}"


class Missing(Exception):  # noqa: N818 - what it says
    """What there would have to be."""


def cache() -> Path:
    """Return the folder in which root folders are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "callguard"


def has_asterisk(root: Path) -> bool:
    """Return whether the Asterisk of a root folder runs here."""
    done = subprocess.run(["chroot", root, "/usr/sbin/asterisk", "-V"], capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.startswith("Asterisk ")


def unpack(mirror: str, root: Path) -> str:
    """Unpack Asterisk and what it needs into an empty folder; return why that failed, empty where it did not."""
    source = f"deb [signed-by={KEYS}] {mirror} {SUITE} main"
    options = ["Acquire::http::Timeout=20", "Acquire::Retries=1", 'APT::Install-Recommends "false"']
    limited = ["timeout", "--kill-after=10", str(PATIENCE_S)]
    command = [*limited, "mmdebstrap", "--variant=extract", *(f"--aptopt={each}" for each in options), "--include=asterisk"]
    done = subprocess.run([*command, SUITE, root, source], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode == 124:
        return f"not done within {PATIENCE_S} seconds"
    return "" if done.returncode == 0 else next((line for line in done.stderr.splitlines() if line.startswith("E:")), "it failed")


def made(folder: Path) -> Path:
    """Return a root folder of a cache, making it where it is not there; Missing."""
    root = folder / NAME
    if root.is_dir():
        return root
    if os.geteuid() != 0:
        raise Missing("only root may make its root folder, and start it in one")
    if shutil.which("mmdebstrap") is None:
        raise Missing("mmdebstrap is not installed")
    if not KEYS.exists():
        raise Missing(f"{KEYS} is not there: install debian-archive-keyring")
    folder.mkdir(parents=True, exist_ok=True)
    for half in folder.glob(f".{NAME}-*"):  # of one that was killed
        if time.time() - half.stat().st_mtime > STALE_S:
            shutil.rmtree(half, ignore_errors=True)
    why = []
    for mirror in MIRRORS:
        half = Path(tempfile.mkdtemp(prefix=f".{NAME}-", dir=folder))
        try:
            failed = unpack(mirror, half) or ("" if has_asterisk(half) else "what was unpacked does not run")
            if failed:
                why.append(f"{mirror}: {failed}")
                continue
            half.chmod(0o755)
            try:
                half.rename(root)
            except OSError:  # another was quicker
                if not root.is_dir():
                    raise
        finally:
            shutil.rmtree(half, ignore_errors=True)
        return root
    raise Missing("; ".join(why))


def main() -> int:
    """Print the folder."""
    try:
        root = made(cache())
    except Missing as why:
        print(f"no Asterisk for the tests: {why}", file=sys.stderr)
        return 1
    print(root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
