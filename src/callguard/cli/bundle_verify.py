"""`callguard bundle verify`: a bundle held against its manifest, with the policy's key or without one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from callguard.cli import commands
from callguard.cli.desk import POLICY_FILE

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.sealing import Keyring


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "bundle verify", verify, [click.Argument(["file"], metavar="FILE", type=click.Path())])


def verify(desk: Desk, file: str) -> int:
    """Check every file of a bundle; 0 when all are as they were written, 1 when one is not."""
    from callguard.reports.archive import check

    words = desk.words
    desk.readable(Path(file))
    found = check(Path(file), _keyring(desk))
    if desk.json:
        desk.print_json(
            {
                "sound": bool(found),
                "signed": found.signed,
                "changed": list(found.changed),
                "missing": list(found.missing),
                "extra": list(found.extra),
                "enterprise": found.said["enterprise"],
                "files": len(found.said["files"]),
            }
        )
        return 0 if found else 1
    for key in ("changed", "missing", "extra"):
        for name in getattr(found, key):
            desk.show(Text.assemble((f"{desk.marks[1]} ", "bold red"), words(f"bundle-{key}", name=name)))
    if found:
        said = words("bundle-sound", n=len(found.said["files"]), name=found.said["enterprise"])
        desk.show(Text.assemble((f"{desk.marks[0]} ", "bold green"), said))
    desk.notes([] if found.signed else [words("bundle-unsigned")])
    return 0 if found else 1


def _keyring(desk: Desk) -> Keyring:
    """Return the keys of the policy that is named, or stands here; who has none checks hashes alone."""
    from callguard.sealing import Keyring

    if not desk.policy_option and "CALLGUARD_POLICY" not in os.environ and not Path(POLICY_FILE).exists():
        return Keyring.plain()
    log = desk.policy().call_log
    return Keyring.plain() if log is None else Keyring.find(log, desk.path.absolute().parent)
