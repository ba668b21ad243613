"""`callguard init`: a commented policy file to start from."""

from __future__ import annotations

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
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

PURPOSES, SECTORS = get_args(Purpose), get_args(Sector)
_SECTOR_LICENCES = {"education": "school", "finance": "finance", "healthcare": "medical-institution"}


def command(words: Words) -> click.Command:
    """Return the command."""
    day = commands.Day()
    params = [
        click.Argument(["target"], metavar="[FILE]", required=False, default=POLICY_FILE),
        click.Option(["--name"], metavar="TEXT"),
        click.Option(["--region"], metavar="CODE"),
        click.Option(["--timezone"], metavar="ZONE"),
        click.Option(["--campaign"], metavar="NAME"),
        click.Option(["--purpose"], type=click.Choice(PURPOSES)),
        click.Option(["--sector"], type=click.Choice(SECTORS)),
        click.Option(["--ai/--no-ai"], default=None),
        click.Option(["--national"], is_flag=True),
        click.Option(["--province"], metavar="PROVINCE", multiple=True),
        click.Option(["--call-centre-issued"], type=day, metavar="DATE"),
        click.Option(["--sector-issued"], type=day, metavar="DATE"),
        click.Option(["--ai-filed"], type=day, metavar="DATE"),
        click.Option(["--caller"], metavar="NUMBER", multiple=True),
        click.Option(["--obtained"], type=day, metavar="DATE"),
        click.Option(["--filed"], type=day, metavar="DATE"),
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

    def wanted(key: str, default: Any, kind: click.ParamType | None = None) -> Any:
        value = given[key]
        if value not in (None, (), False):
            return value
        if silent:
            return default
        return _prompt(words(f"ask-{key.replace('_', '-')}"), default, kind)

    day = commands.Day()
    name = wanted("name", folder or "Enterprise")
    region = wanted("region", "CN").upper()
    timezone = given["timezone"]
    purpose = wanted("purpose", "marketing", click.Choice(PURPOSES))
    sector = wanted("sector", "general", click.Choice(SECTORS))
    campaign = wanted("campaign", purpose)
    ai = given["ai"]
    if ai is None:
        ai = False if silent else click.confirm(words("ask-ai"), default=False)
    made: dict[str, Any] = {"national": given["national"], "provinces": tuple(given["province"])}
    if region == "CN":
        made["call_centre_issued"] = wanted("call_centre_issued", None, day)
        if not made["national"] and not made["provinces"]:
            covered = "" if silent or made["call_centre_issued"] is None else _prompt(words("ask-province"), "", None)
            made["provinces"] = tuple(
                part.strip() for part in covered.replace("、", ",").replace("，", ",").split(",") if part.strip()
            )
            made["national"] = not made["provinces"]
        if sector != "general":
            made["sector_issued"] = wanted("sector_issued", None, day)
        if ai:
            made["ai_filed"] = wanted("ai_filed", None, day)
    callers = given["caller"] or (() if silent else _callers(desk))
    if callers and region == "CN":
        made["obtained"] = wanted("obtained", None, day)
        made["filed"] = wanted("filed", None, day)
    return Draft(
        name=name,
        region=region,
        timezone=timezone,
        campaign=campaign,
        purpose=purpose,
        sector=sector,
        sector_licence=_SECTOR_LICENCES.get(sector),
        ai=ai,
        callers=tuple(callers),
        filing_days=packs.load().filing_days,
        **made,
    )


def _callers(desk: Desk) -> tuple[str, ...]:
    """Ask for numbers, parted by commas."""
    answer = _prompt(desk.words("ask-caller"), "", None)
    return tuple(part.strip() for part in answer.replace("，", ",").replace("、", ",").split(",") if part.strip())


def _prompt(text: str, default: Any, kind: click.ParamType | None) -> Any:
    """Ask one thing; an empty answer is the default."""
    known = default not in {None, ""}
    kind = kind if known or kind is None else _Optional(kind)
    answer = click.prompt(text, default=default if known else "", type=kind, show_default=known)
    return default if answer == "" else answer


class _Optional(click.ParamType):
    """A kind of answer, or none."""

    name = "answer"

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.choices = getattr(kind, "choices", None)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return None for an empty answer."""
        return None if value in ("", None) else self.kind.convert(value, param, ctx)
