"""`callguard init`: a commented policy file to start from."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from rich.text import Text

from callguard import Policy, packs, phone
from callguard.cli import answers, commands
from callguard.cli.answers import HOME, PURPOSES, SECTORS
from callguard.cli.desk import POLICY_FILE, NotAnswered
from callguard.cli.draft import EXAMPLES, KEY_FILE, Draft, draft
from callguard.cli.log_keygen import write_key
from callguard.errors import PolicyError
from callguard.sealing import new_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_SECTOR_LICENCES = {"education": "school", "finance": "finance", "healthcare": "medical-institution"}
_OF_HOME = ("national", "province", "call_centre_issued", "sector_issued", "ai_filed", "obtained", "filed")


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
    if not target:
        raise NotAnswered(words("empty-name", option="FILE"))
    if path.is_dir():
        raise NotAnswered(words("is-folder", path=path))
    if path.exists() and not force:
        raise NotAnswered(words("exists", path=path))
    if not path.resolve().parent.is_dir():
        raise NotAnswered(words("out-folder", path=path.parent))
    made = Interview(words, given, silent=yes or desk.json).draft(path.resolve().parent.name)
    text = draft(made, words)
    try:
        policy = Policy.from_toml(text)  # what it cannot be is said before anything is written
    except PolicyError as error:
        raise PolicyError(problems=[attrs.evolve(problem, line=None) for problem in error.problems]) from None
    key = path.with_name(KEY_FILE)
    fresh = write_key(desk, key, new_key())
    path.write_text(text, encoding="utf-8")
    if desk.json:
        said = {"name": made.name, "campaigns": [campaign.name for campaign in policy.campaigns], "missing": _missing(made)}
        desk.print_json({"path": str(path), "key": str(key), "key_is_new": fresh, **said})
        return 0
    for said_key, file in (("wrote", path), ("key-new" if fresh else "key-kept", key)):
        desk.show(Text.assemble((f"{desk.marks[0]} ", "bold green"), words(said_key, path=file)))
    desk.notes([words("key-away", path=key), *_to_ignore(words, path)])
    for missing in _missing(made):
        desk.show(Text(f"  {words(f'missing-{missing}')}", "yellow"))
    desk.show(Text(f"\n{words('next')}"), Text(f"  {_next(path, made)}", "bold"))
    return 0


def _to_ignore(words: Words, path: Path) -> Iterator[str]:
    """Say what git must not take in, where the policy lies in a work tree of it."""
    if any((folder / ".git").exists() for folder in path.resolve().parents):
        yield words("git-ignore", names=f"{KEY_FILE}, state/")


def _next(path: Path, made: Draft) -> str:
    """Return the command to go on with."""
    named = [] if path == Path(POLICY_FILE) else ["--policy", str(path)]
    callee = EXAMPLES.get(made.region, EXAMPLES[""])[0] or "NUMBER"
    caller = made.callers[0] if made.callers else "NUMBER"
    return shlex.join(["callguard", *named, "explain", callee, "--campaign", made.campaign, "--caller", caller])


def _missing(made: Draft) -> list[str]:
    """Return what the law of the mainland needs and nobody has said."""
    if made.region != HOME:
        return [] if made.callers else ["callers"]
    wanted = {
        "call-centre": made.call_centre_issued,
        "sector": made.sector == "general" or made.sector_issued,
        "ai": not made.ai or made.ai_filed,
        "callers": made.callers,
        "filed": made.filed or made.obtained or not made.callers,
    }
    return [key for key, value in wanted.items() if not value]


@attrs.frozen
class Interview:
    """What is asked: only what the options do not say; silent, nothing is."""

    words: Words
    given: dict[str, Any]
    silent: bool = attrs.field(kw_only=True)

    def draft(self, folder: str) -> Draft:
        """Return the draft: what was given, else what is answered, else the default."""
        words, given, wanted = self.words, self.given, self._wanted
        if given["national"] and given["province"]:
            raise NotAnswered(words("init-national"))
        name = wanted("name", folder or "Enterprise", answers.name)
        region = wanted("region", HOME, answers.country(words))
        self._refuse(region != HOME, _OF_HOME, f"--region {region}")
        timezone = self._timezone(region)
        purpose = wanted("purpose", "marketing", answers.one_of(words, "purpose", PURPOSES))
        sector = wanted("sector", "general", answers.one_of(words, "sector", SECTORS))
        self._refuse(sector not in _SECTOR_LICENCES, ("sector_issued",), f"--sector {sector}")
        campaign = wanted("campaign", purpose, answers.campaign)
        ai = given["ai"]
        if ai is None:
            ai = not self.silent and self._prompt("ask-ai", "n", answers.yes_or_no) is True
        self._refuse(not ai, ("ai_filed",), "--no-ai")
        made: dict[str, Any] = {"provinces": self._read("province", ",".join(given["province"]), answers.provinces(words))}
        if region == HOME:
            made["call_centre_issued"] = wanted("call_centre_issued", None, answers.day)
            if made["call_centre_issued"] and not (given["national"] or made["provinces"] or self.silent):
                made["provinces"] = self._prompt("ask-province", (), answers.provinces(words))
            if sector in _SECTOR_LICENCES:
                made["sector_issued"] = wanted("sector_issued", None, answers.day)
            if ai:
                made["ai_filed"] = wanted("ai_filed", None, answers.day)
        callers = self._callers(region, timezone)
        self._refuse(not callers, ("obtained", "filed"), words("init-no-caller"))
        if callers and region == HOME:
            made["obtained"] = wanted("obtained", None, answers.day)
            made["filed"] = wanted("filed", None, answers.day_from(words, made["obtained"]))
        return Draft(
            name=name,
            region=region,
            timezone=timezone,
            campaign=campaign,
            purpose=purpose,
            sector=sector,
            sector_licence=_SECTOR_LICENCES.get(sector),
            ai=ai,
            callers=callers,
            filing_days=packs.load().filing_days,
            **made,
        )

    def _timezone(self, region: str) -> str | None:
        """Return the time zone, which must be said where the region has not exactly one."""
        zones = sorted(phone.country_zones(region))
        if self.given["timezone"] is None and len(zones) == 1:
            return None
        if self.given["timezone"] is None and self.silent:
            raise NotAnswered(self.words("init-timezone", region=region, n=len(zones), zones=", ".join(zones)))
        if self.given["timezone"] is None:
            click.echo("  " + ", ".join(zones))
        found: str = self._wanted("timezone", None, answers.zone(self.words, region), must=True)
        return found

    def _callers(self, region: str, timezone: str | None) -> tuple[str, ...]:
        read = answers.callers(region, timezone)
        given = ",".join(self.given["caller"])
        found: tuple[str, ...] = ()
        if given:
            found = self._read("caller", given, read)
        elif not self.silent:
            found = self._prompt("ask-caller", (), read)
        return found

    def _refuse(self, refuse: bool, keys: tuple[str, ...], why: str) -> None:
        """Refuse options that would vanish without a word."""
        for key in keys if refuse else ():
            if self.given[key]:
                raise NotAnswered(self.words("init-useless", option=_option(key), why=why))

    def _read(self, key: str, value: str, read: Callable[[str], Any]) -> Any:
        """Read what an option says."""
        try:
            return read(value)
        except ValueError as error:
            raise NotAnswered(self.words("bad-choice", option=_option(key), value=value, choices=error)) from None

    def _wanted(self, key: str, default: Any, read: Callable[[str], Any], *, must: bool = False) -> Any:
        value = self.given[key]
        if isinstance(value, str):
            return self._read(key, value, read)
        return default if self.silent else self._prompt("ask-" + key.replace("_", "-"), default, read, must=must)

    def _prompt(self, key: str, default: Any, read: Callable[[str], Any], *, must: bool = False) -> Any:
        """Ask until the answer can be read; an empty one is the default."""
        known = isinstance(default, str)
        while True:
            answer = click.prompt(self.words(key), default=default if known else "", show_default=known)
            if not answer.strip() and not must:
                return default
            try:
                return read(answer)
            except ValueError as error:
                click.echo(self.words("ask-again", value=answer, accepted=error))


def _option(key: str) -> str:
    return "--" + key.replace("_", "-")
