"""`callguard permit`: keys of dial permits, and one permit checked by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from callguard.cli import commands
from callguard.cli.desk import NotAnswered

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.permits import Checker, Used

PARTS: Final = ("keygen", "check")
VARIABLE: Final = "CALLGUARD_PERMIT_KEYS"
_MOST: Final = 65_536  # bytes of a file of public keys


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Family(words, "permit", PARTS)


def key_options() -> list[click.Parameter]:
    """Return the options that say by which keys permits are checked, and how numbers are read."""
    return [commands.file_option("--keys"), click.Option(["--region"], metavar="CODE", default="CN")]


def checker(desk: Desk, keys: str | None, region: str, used: Used | None = None) -> Checker:
    """Return what checks by the public keys of a file, or of the environment; NotAnswered where there are none."""
    from callguard.permits import Checker
    from callguard.phone import region as read_region

    words = desk.words
    if keys is not None:
        desk.readable(Path(keys))
        with Path(keys).open("rb") as file:
            text = file.read(_MOST).decode("utf-8-sig", "replace")
    else:
        text = os.environ.get(VARIABLE, "")
        if not text.strip():
            raise NotAnswered(words("permit-no-keys", variable=VARIABLE))
    try:
        country = read_region(region)
    except ValueError:
        raise NotAnswered(words("permit-region", text=region)) from None
    try:
        return Checker(text, used=used, region=country)
    except ValueError as error:
        raise NotAnswered(words("permit-bad-keys", place=keys or VARIABLE, why=str(error))) from None
