"""`callguard init`: a commented policy file to start from."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from rich.text import Text

from callguard import Policy, packs
from callguard.cli import commands
from callguard.cli.desk import POLICY_FILE, NotAnswered
from callguard.cli.draft import Draft, draft
from callguard.policy.model import Purpose, Sector

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

PURPOSES, SECTORS = get_args(Purpose), get_args(Sector)
_SECTOR_LICENCES = {"education": "school", "finance": "finance", "healthcare": "medical-institution"}


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["target"], metavar="[FILE]", required=False, default=POLICY_FILE),
        click.Option(["--name"], metavar="TEXT"),
        click.Option(["--region"], metavar="CODE"),
        click.Option(["--timezone"], metavar="ZONE"),
        click.Option(["--campaign"], metavar="NAME"),
        click.Option(["--purpose"], metavar="PURPOSE"),
        click.Option(["--sector"], metavar="SECTOR"),
        click.Option(["--ai/--no-ai"], default=None),
        click.Option(["--national"], is_flag=True),
        click.Option(["--province"], metavar="PROVINCE", multiple=True),
        click.Option(["--call-centre-issued"], metavar="DATE"),
        click.Option(["--sector-issued"], metavar="DATE"),
        click.Option(["--ai-filed"], metavar="DATE"),
        click.Option(["--caller"], metavar="NUMBER", multiple=True),
        click.Option(["--obtained"], metavar="DATE"),
        click.Option(["--filed"], metavar="DATE"),
        click.Option(["--yes", "-y"], is_flag=True),
        click.Option(["--force"], is_flag=True),
    ]
    return commands.Command(words, "init", init, params)


def init(desk: Desk, *, target: str, yes: bool, force: bool, **given: Any) -> int:
    """Ask, or take what the options say, and write a policy that can be read."""
    words, path = desk.words, Path(target)
    if path.exists() and not force:
        raise NotAnswered(words("exists", path=path))
    if not path.resolve().parent.is_dir():
        raise NotAnswered(words("out-folder", path=path.parent))
    made = _ask(desk, given, silent=yes or desk.json, folder=path.resolve().parent.name)
    text = draft(made, words)
    policy = Policy.from_toml(text)  # what it cannot be is said before anything is written
    path.write_text(text, encoding="utf-8")
    if desk.json:
        campaigns = [campaign.name for campaign in policy.campaigns]
        desk.print_json({"path": str(path), "name": made.name, "campaigns": campaigns, "missing": _missing(made)})
        return 0
    desk.show(Text.assemble((f"{desk.marks[0]} ", "bold green"), words("wrote", path=path)))
    for key in _missing(made):
        desk.show(Text(f"  {words(f'missing-{key}')}", "yellow"))
    number = made.callers[0] if made.callers else "NUMBER"
    desk.show(Text(f"\n{words('next')}"), Text(f"  {_next(path)} --campaign {made.campaign} --caller {number}", "bold"))
    return 0


def _next(path: Path) -> str:
    named = "" if path == Path(POLICY_FILE) else f"--policy {path} "
    return f'callguard {named}explain "138 0013 0100"'


def _missing(made: Draft) -> list[str]:
    """Return what the law of the mainland needs and nobody has said."""
    if made.region != "CN":
        return []
    wanted = {
        "call-centre": made.call_centre_issued,
        "sector": made.sector == "general" or made.sector_issued,
        "ai": not made.ai or made.ai_filed,
        "callers": made.callers,
        "filed": made.filed or made.obtained or not made.callers,
    }
    return [key for key, value in wanted.items() if not value]


def _ask(desk: Desk, given: dict[str, Any], *, silent: bool, folder: str) -> Draft:
    """Return the draft: what was given, else what is answered, else the default."""
    words = desk.words

    def wanted(key: str, default: Any, read: Callable[[str], Any] = str) -> Any:
        value = given[key]
        if isinstance(value, str):
            try:
                return read(value)
            except ValueError as error:
                option = "--" + key.replace("_", "-")
                raise NotAnswered(words("bad-choice", option=option, value=value, choices=error)) from None
        return default if silent else _prompt(words, words("ask-" + key.replace("_", "-")), default, read)

    def day(text: str) -> date | None:
        try:
            return date.fromisoformat(text.strip()) if text.strip() else None
        except ValueError:
            raise ValueError("YYYY-MM-DD") from None

    name = wanted("name", folder or "Enterprise")
    region = wanted("region", "CN").strip().upper()
    purpose = wanted("purpose", "marketing", _one_of(PURPOSES))
    sector = wanted("sector", "general", _one_of(SECTORS))
    campaign = wanted("campaign", purpose)
    ai = given["ai"] if given["ai"] is not None else not silent and click.confirm(words("ask-ai"), default=False)
    made: dict[str, Any] = {"provinces": tuple(given["province"])}
    if region == "CN":
        made["call_centre_issued"] = wanted("call_centre_issued", None, day)
        if made["call_centre_issued"] and not (given["national"] or made["provinces"] or silent):
            made["provinces"] = _prompt(words, words("ask-province"), (), _parted)
        if sector in _SECTOR_LICENCES:
            made["sector_issued"] = wanted("sector_issued", None, day)
        if ai:
            made["ai_filed"] = wanted("ai_filed", None, day)
    callers = given["caller"] or (() if silent else _prompt(words, words("ask-caller"), (), _parted))
    if callers and region == "CN":
        made["obtained"] = wanted("obtained", None, day)
        made["filed"] = wanted("filed", None, day)
    return Draft(
        name=name,
        region=region,
        timezone=given["timezone"],
        campaign=campaign,
        purpose=purpose,
        sector=sector,
        sector_licence=_SECTOR_LICENCES.get(sector),
        ai=ai,
        callers=tuple(callers),
        filing_days=packs.load().filing_days,
        **made,
    )


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    """Return a reader of one of some words."""

    def read(text: str) -> str:
        if text.strip() not in choices:
            raise ValueError(", ".join(choices))
        return text.strip()

    return read


def _parted(text: str) -> tuple[str, ...]:
    """Return what stands between commas, Western or Chinese."""
    return tuple(part.strip() for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip())


def _prompt(words: Words, text: str, default: Any, read: Callable[[str], Any]) -> Any:
    """Ask until the answer can be read; an empty one is the default."""
    known = isinstance(default, str)
    while True:
        answer = click.prompt(text, default=default if known else "", show_default=known)
        if not answer.strip():
            return default
        try:
            return read(answer)
        except ValueError as error:
            click.echo(words("ask-again", value=answer, accepted=error))
