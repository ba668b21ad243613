"""`callguard packs`: the law that ships for callees' places, and packs of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.cli import commands

if TYPE_CHECKING:
    import click

    from callguard.cli.words import Words

PARTS: Final = ("list", "show", "check")


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Family(words, "packs", PARTS)
