"""`callguard refuse`: a refusal kept, or ended by proof of newer consent; `refuse --import` takes in a list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from callguard import phone
from callguard.cli import commands
from callguard.cli.desk import NotAnswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_OF_ONE = ("callee", "at", "lift", "proof")
_OF_MANY = ("column", "at_column")
_AHEAD = 60  # s that another machine's clock may be ahead of this one's
_WRITTEN = {"callee": "CALLEE", "at_column": "--at-column"}


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["callee"], required=False),
        commands.scope_option(),
        click.Option(["--source"], metavar="TEXT"),
        commands.at_option(),
        click.Option(["--lift"], is_flag=True),
        click.Option(["--proof"], metavar="TEXT"),
        commands.file_option("--import", "file"),
        click.Option(["--column"], metavar="NAME"),
        click.Option(["--at-column"], metavar="NAME"),
    ]
    return commands.Command(words, "refuse", refuse, params)


def refuse(desk: Desk, *, file: str | None, scope: str, source: str | None, **given: Any) -> int:
    """Keep one refusal, end one, or take in a file of them; 0 when all of it is on record, 1 when a row was not read."""
    if file is not None:
        from callguard.cli.refuse_import import take_in

        _useless(desk, given, _OF_ONE, "--import")
        return take_in(desk, file, scope=scope, source=source, column=given["column"], at_column=given["at_column"])
    _useless(desk, given, _OF_MANY, desk.words("refuse-one"))
    if given["callee"] is None:
        raise NotAnswered(desk.words("missing-argument", option="CALLEE"))
    if given["lift"]:
        _useless(desk, {**given, "source": source}, ("at", "source"), "--lift")
        return _lift(desk, given["callee"], scope, given["proof"])
    if given["proof"]:
        raise NotAnswered(desk.words("refuse-no-lift"))
    return _keep(desk, given["callee"], scope, source, given["at"])


def _useless(desk: Desk, given: dict[str, Any], names: tuple[str, ...], why: str) -> None:
    """Refuse options that would vanish without a word."""
    for name in names:
        if given[name]:
            raise NotAnswered(desk.words("init-useless", option=_WRITTEN.get(name, f"--{name}"), why=why))


def _keep(desk: Desk, callee: str, scope: str, source: str | None, at: str | None) -> int:
    guard = desk.guard()
    desk.scope(guard.policy, scope)
    timezone = guard.policy.enterprise.timezone
    when = desk.instant(at, timezone)
    if when > desk.now + _AHEAD:
        raise NotAnswered(desk.words("refuse-ahead", text=at))
    said(desk, lambda: guard.refuse(callee, scope=scope, source=source, at=None if at is None else when))
    local = desk.local(when, timezone)
    assert local is not None
    shown = phone.mask(callee)
    if desk.json:
        desk.print_json({"refused": True, "callee": shown, "scope": scope, "at": local.isoformat(), "source": source})
        return 0
    done(desk, desk.words("refused-kept", callee=shown, scope=scope, at=desk.words.instant(local)))
    desk.notes(desk.warnings(guard))
    return 0


def _lift(desk: Desk, callee: str, scope: str, proof: str | None) -> int:
    evidence = proved(desk, proof)
    guard = desk.guard()
    desk.scope(guard.policy, scope)
    said(desk, lambda: guard.lift_refusal(callee, scope=scope, proof=evidence))
    shown = phone.mask(callee)
    if desk.json:
        desk.print_json({"refused": False, "callee": shown, "scope": scope})
        return 0
    done(desk, desk.words("refused-lifted", callee=shown, scope=scope))
    desk.notes(desk.warnings(guard))
    return 0


def proved(desk: Desk, proof: str | None) -> str:
    """Return what is said to prove a consent; NotAnswered where nothing is."""
    if proof is None or not proof.strip():
        raise NotAnswered(desk.words("proof-missing"))
    return proof


def said(desk: Desk, keep: Callable[[], None]) -> None:
    """Keep what is said of a callee; NotAnswered where the callee cannot be read."""
    try:
        keep()
    except ValueError as error:
        raise NotAnswered(desk.words("callee-unread")) from error


def done(desk: Desk, text: str) -> None:
    """Say what is on record now."""
    desk.show(Text.assemble((f"{desk.marks[0]} ", "bold green"), text))
