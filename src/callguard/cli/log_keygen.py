"""`callguard log keygen`: a new key for state and log."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.text import Text

from callguard.cli import commands
from callguard.cli.desk import NotAnswered

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_MODE: Final = 0o600


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "log keygen", keygen, [commands.file_option("--out")])


def keygen(desk: Desk, out: str | None) -> int:
    """Print a new key, or write it to a file that nobody else may read; 0 when that is done."""
    from callguard.sealing import Keyring, new_key

    key = new_key()
    id_ = Keyring.of(key).active
    if out is None:
        if desk.json:
            desk.print_json({"key": key, "id": id_})
        else:
            click.echo(key)
            desk.notes([desk.words("key-secret", id=id_)])
        return 0
    if Path(out).is_dir():
        raise NotAnswered(desk.words("is-folder", path=out))
    if not write_key(desk, Path(out), key):
        raise NotAnswered(desk.words("key-exists", path=out))
    if desk.json:
        desk.print_json({"out": out, "id": id_})
    else:
        desk.show(Text.assemble((f"{desk.marks[0]} ", "bold green"), desk.words("key-written", path=out, id=id_)))
    return 0


def write_key(desk: Desk, path: Path, key: str) -> bool:
    """Write a key to a new file for its owner alone; False where there is one already, which is left as it is."""
    if not path.absolute().parent.is_dir():
        raise NotAnswered(desk.words("out-folder", path=path.parent))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{key}\n")
        file.flush()
        os.fsync(file.fileno())
    return True
