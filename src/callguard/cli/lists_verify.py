"""`callguard lists verify`: whether every checksum of an index file is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.text import Text

from callguard import index
from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.lists_build import facts, sizes, table
from callguard.cli.lists_sources import said
from callguard.cli.phases import Phases
from callguard.errors import IndexFileError

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_OTHER: Final = frozenset({"foreign", "sealed", "format", "endian"})  # which say nothing of whether the file is whole


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "lists verify", verify, [click.Argument(["file"], metavar="FILE")])


def verify(desk: Desk, file: str) -> int:
    """Check an index file; 0 when every checksum is right, 1 when it is damaged, 2 when it is none that can be read."""
    words = desk.words
    desk.readable(Path(file))
    found, why = None, None
    try:
        found = index.open(file)
        with Phases(desk) as progress:
            found.verify(progress)
    except IndexFileError as error:
        why = said(words, error)
        if error.key in _OTHER:
            raise NotAnswered(why) from error
    if desk.json:
        value = {} if found is None else facts(found)
        desk.print_json({"file": file, "sound": why is None, **({} if why is None else {"error": why}), **value})
        return 0 if why is None else 1
    if found is not None:
        desk.show(table(desk, facts(found)["planes"]))
        desk.show(Text(words("index-holds", path=file, **sizes(words, found)), "dim"))
    yes, no, _ = desk.marks
    desk.show(Text(f"{yes} {words('index-sound')}", "green") if why is None else Text(f"{no} {why}", "bold red"))
    return 0 if why is None else 1
