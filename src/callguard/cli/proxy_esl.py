"""`callguard proxy esl`: a guard before FreeSWITCH's event socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard.cli import commands, proxy

if TYPE_CHECKING:
    import click

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "proxy esl", serve, proxy.options())


def serve(desk: Desk, **given: Any) -> int:
    """Guard until it is told to stop."""
    from callguard.commands import esl_apis, esl_commands
    from callguard.proxies.esl import EslConnection

    return proxy.serve(desk, EslConnection, frozenset({*esl_apis.TABLES.places, *esl_commands.TABLES.places}), given)
