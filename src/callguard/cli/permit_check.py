"""`callguard permit check`: one permit checked against the call that carries it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.permit import checker, key_options

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["text"], metavar="TEXT"),
        click.Option(["--callee"], metavar="NUMBER", required=True),
        click.Option(["--caller"], metavar="NUMBER", required=True),
        *key_options(),
        commands.file_option("--used", metavar="FOLDER"),
        commands.at_option(),
    ]
    return commands.Command(words, "permit check", check, params)


def check(
    desk: Desk, *, text: str, callee: str, caller: str, keys: str | None, region: str, used: str | None, at: str | None
) -> int:
    """Check a permit; 0 it is good for the call, 1 it is not."""
    from callguard import clock
    from callguard.permits import PermitError, UsedOnHost

    if used is not None and not Path(used).is_dir():
        raise NotAnswered(desk.words("permit-no-folder", path=used))
    asked = checker(desk, keys, region, None if used is None else UsedOnHost(used))
    now = desk.instant(at, "UTC")
    try:
        found = asked.check(text, callee=callee, caller=caller, now=now)
    except PermitError as error:
        if desk.json:
            desk.print_json({"good": False, "reason": error.reason, "message": desk.words(f"permit-{error.reason}")})
        else:
            said = (f"{desk.marks[1]} {error.reason}", "bold red")
            desk.show(Text.assemble(said, "  ", desk.words(f"permit-{error.reason}")))
        return 1
    until = clock.datetime_of(found.until, "UTC").isoformat()
    if desk.json:
        since = clock.datetime_of(found.since, "UTC").isoformat()
        value = {"good": True, "reason": None, "campaign": found.campaign, "id": found.id, "key": found.key}
        desk.print_json(value | {"since": since, "until": until})
    else:
        head = desk.words("permit-good", campaign=found.campaign, until=until)
        desk.show(Text.assemble((f"{desk.marks[0]} ", "bold green"), head), Text(f"  {found.id}", "dim"))
    return 0
