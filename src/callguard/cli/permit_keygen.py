"""`callguard permit keygen`: a new pair of keys; the private one goes into a file, the public one is printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.log_keygen import write_key

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "permit keygen", keygen, [commands.file_option("--out", default="permit.key")])


def keygen(desk: Desk, out: str) -> int:
    """Write a new private key to a file that nobody else may read, and print its public key; 0 when that is done."""
    from callguard.permits import new_keys

    private, public = new_keys()
    if not out or Path(out).is_dir():
        raise NotAnswered(desk.words("is-folder", path=out or "."))
    if not write_key(desk, Path(out), private):
        raise NotAnswered(desk.words("key-exists", path=out))
    if desk.json:
        desk.print_json({"out": out, "public": public})
    else:
        click.echo(public)
        desk.notes([desk.words("permit-key-written", path=out)])
    return 0
