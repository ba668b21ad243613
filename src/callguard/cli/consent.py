"""`callguard consent`: a callee's consent kept, or withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from callguard import clock, phone
from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.refuse import done, proved, said

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["callee"]),
        commands.scope_option(),
        click.Option(["--proof"], metavar="TEXT"),
        click.Option(["--until"], metavar="DATE"),
        click.Option(["--withdraw"], is_flag=True),
    ]
    return commands.Command(words, "consent", consent, params)


def consent(desk: Desk, *, callee: str, scope: str, proof: str | None, until: str | None, withdraw: bool) -> int:
    """Keep a consent, or end all of one scope; 0 when that is on record."""
    words = desk.words
    for name, given in (("--proof", proof), ("--until", until)):
        if withdraw and given:
            raise NotAnswered(words("init-useless", option=name, why="--withdraw"))
    evidence = "" if withdraw else proved(desk, proof)
    guard = desk.guard()
    desk.scope(guard.policy, scope)
    timezone = guard.policy.enterprise.timezone
    end = desk.day_or_instant(until, timezone, "--until")
    if withdraw:
        said(desk, lambda: guard.withdraw_consent(callee, scope=scope))
    else:
        said(desk, lambda: guard.consent(callee, scope=scope, proof=evidence, until=end))
    shown = phone.mask(callee)
    last = None if end is None else clock.edge(end, timezone, ends=True)
    if desk.json:
        written = None if last is None or last >= clock.LAST else desk.local(last, timezone)
        ends = {} if withdraw else {"until": written and written.isoformat()}
        desk.print_json({"consented": not withdraw, "callee": shown, "scope": scope, **ends})
        return 0
    if withdraw:
        done(desk, words("consent-withdrawn", callee=shown, scope=scope))
    elif until is None:
        done(desk, words("consent-kept", callee=shown, scope=scope))
    else:
        done(desk, words("consent-kept-until", callee=shown, scope=scope, until=until.strip()))
    desk.notes([*([words("consent-past")] if last is not None and last <= desk.now else ()), *desk.warnings(guard)])
    return 0
