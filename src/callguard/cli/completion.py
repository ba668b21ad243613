"""`callguard completion`: the shell's script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from callguard.cli import commands

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

SHELLS = ("bash", "zsh", "fish")


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "completion", completion, [click.Argument(["shell"], type=click.Choice(SHELLS))])


def completion(desk: Desk, shell: str) -> int:
    """Print the script of a shell."""
    made = get_completion_class(shell)
    assert made is not None, "click has all three"
    source = made(commands.Group(desk.words), {}, "callguard", "_CALLGUARD_COMPLETE").source()
    if desk.json:
        desk.print_json({"shell": shell, "script": source})
    else:
        click.echo(source)
    return 0
