"""`callguard proxy ami`: a guard before Asterisk's manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard.cli import commands, proxy

if TYPE_CHECKING:
    import click

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "proxy ami", serve, proxy.options())


def serve(desk: Desk, **given: Any) -> int:
    """Guard until it is told to stop."""
    from callguard.commands.ami_commands import TABLES
    from callguard.proxies.ami import AmiConnection

    return proxy.serve(desk, AmiConnection, frozenset(TABLES.places), given)
