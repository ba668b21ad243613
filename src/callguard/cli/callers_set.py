"""`callguard callers set`: what became of a number to call from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import click

from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.refuse import done
from callguard.policy.model import CallerStatus

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

STATUSES: tuple[str, ...] = get_args(CallerStatus)  # from the mildest to the strictest


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["number"], metavar="NUMBER", shell_complete=commands.callers),
        click.Argument(["status"], type=click.Choice(STATUSES)),
    ]
    return commands.Command(words, "callers set", set_status, params)


def set_status(desk: Desk, *, number: str, status: Any) -> int:
    """Keep a caller's status; 0 when it is on record and holds, 1 when the policy's own is stricter."""
    words = desk.words
    guard = desk.guard()
    caller = guard.policy.caller(number)
    if caller is None:
        raise NotAnswered(desk.unknown_caller(guard.policy, number, "NUMBER"))
    guard.set_caller_status(number, status)
    holds = max(caller.status, status, key=STATUSES.index)
    if desk.json:
        desk.print_json({"number": caller.number, "status": status, "policy": caller.status, "holds": holds})
    else:
        done(desk, words("caller-set", number=caller.number, status=words(status)))
        desk.notes(desk.warnings(guard))
        if holds != status:
            desk.notes([words("caller-stricter", status=words(holds))])
    return 0 if holds == status else 1
