"""A policy file in words: each key with a comment that says what it is for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
from rich.cells import cell_len

from callguard.cli.comments import COMMENTS

if TYPE_CHECKING:
    from datetime import date

    from callguard.cli.words import Words


COLUMN = 40
KEY_FILE = "callguard.key"
EXAMPLES = {  # by region: a callee, a caller, a region not called in English and in Chinese; "" for all others
    "CN": ("138 0013 0100", "010-8555-0100", ("Xinjiang", "新疆")),
    "US": ("+1 202 555 0100", "+1 202 555 0123", ("US-FL", "US-FL")),
    "CA": ("+1 202 555 0100", "+1 202 555 0123", ("CA-QC", "CA-QC")),
    "": ("", "", ("US", "US")),
}


@attrs.frozen(kw_only=True)
class Draft:
    """What `init` was told."""

    name: str
    region: str
    timezone: str | None
    campaign: str
    purpose: str
    sector: str
    sector_licence: str | None
    ai: bool
    callers: tuple[str, ...]
    filing_days: int
    provinces: tuple[str, ...] = ()
    call_centre_issued: date | None = None
    sector_issued: date | None = None
    ai_filed: date | None = None
    obtained: date | None = None
    filed: date | None = None


def draft(made: Draft, words: Words) -> str:
    """Write the policy file; what is not known stands there as a comment, to be filled in."""
    lines = _Lines(words)
    lines.say("head")
    lines.add("version = 1")
    lines.table("[enterprise]", "enterprise")
    lines.key("name", made.name)
    lines.key("region", made.region, "region")
    if made.timezone:
        lines.key("timezone", made.timezone, "timezone")
    if made.region == "CN":
        _licences(lines, made)
    for number in made.callers or (None,):
        _caller(lines, made, number)
    lines.table("# [[lists]]", "lists")
    lines.add('# name = "complaints"')
    lines.add('# path = "lists/complaints.csv"', "lists-path")
    _campaign(lines, made)
    lines.table("# [state]", "state")
    lines.add('# path = "state"', "state-path")
    lines.table("[call_log]", "call-log")
    lines.note("key-file")
    lines.add(f"key_file = {toml(KEY_FILE)}")
    lines.add('# retain = "6 months"', "retain")
    return lines.text


def _licences(lines: _Lines, made: Draft) -> None:
    """Write the licences and filings that the calls need, as comments where no date is known."""
    off = "" if made.call_centre_issued else "# "
    lines.table(f"{off}[[licences]]", "licences")
    lines.add(f'{off}kind = "call-centre"', "call-centre")
    if made.provinces:
        lines.add(f"{off}provinces = {toml(list(made.provinces))}", "provinces")
    else:
        lines.add(f'{off}scope = "national"', "national")
    lines.add(f"{off}issued = {made.call_centre_issued or '2024-01-31'}", "issued")
    if made.sector_licence:
        off = "" if made.sector_issued else "# "
        lines.table(f"{off}[[licences]]")
        lines.add(f'{off}kind = "{made.sector_licence}"', "sector-licence")
        lines.add(f"{off}issued = {made.sector_issued or '2024-01-31'}")
    if made.ai:
        off = "" if made.ai_filed else "# "
        lines.table(f"{off}[[filings]]")
        lines.add(f'{off}kind = "ai"', "ai")
        lines.add(f"{off}filed = {made.ai_filed or '2024-01-31'}")


def _caller(lines: _Lines, made: Draft, number: str | None) -> None:
    """Write a number to call from."""
    off = "" if number else "# "
    lines.table(f"{off}[[callers]]", "callers" if made.region == "CN" else "callers-elsewhere")
    example = EXAMPLES.get(made.region, EXAMPLES[""])[1]
    lines.add(f"{off}number = {toml(number or example)}", None if number or example else "caller-number")
    if made.region != "CN":
        return
    lines.add(f"{off if made.obtained else '# '}obtained = {made.obtained or '2024-01-31'}", "obtained", days=made.filing_days)
    lines.add(f"{off if made.filed else '# '}filed = {made.filed or '2024-02-15'}", "filed")


def _campaign(lines: _Lines, made: Draft) -> None:
    """Write what the calls are for."""
    lines.table("[[campaigns]]", "campaigns")
    lines.key("name", made.campaign)
    lines.key("purpose", made.purpose, "purpose")
    lines.key("sector", made.sector, "sector")
    if made.sector == "education":
        lines.add("academic_tutoring = true", "tutoring")
    lines.add(f"automated = {toml(made.ai)}", "automated")
    if made.callers:
        lines.add(f"callers = {toml(list(made.callers))}")
    lines.add("# window = { start = 09:00:00, end = 20:00:00 }", "window" if made.region == "CN" else "window-elsewhere")
    lines.add('limits = [{ attempts = 1, per = "1 day" }, { attempts = 3, per = "7 days" }]', "limits")
    lines.add(f"# blocked_regions = [{toml(lines.pick(EXAMPLES.get(made.region, EXAMPLES[''])[2]))}]", "blocked")
    lines.add("# require_consent = true", "consent")


class _Lines:
    """Lines of TOML with their comments in one column."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._lines: list[str] = []

    def say(self, comment: str) -> None:
        """Write a comment of its own."""
        self._lines += [f"# {line}" for line in self._comment(comment).splitlines()]
        self._lines.append("")

    def note(self, comment: str) -> None:
        """Write a comment above the line that comes next."""
        self._lines += [f"# {line}" for line in self._comment(comment).splitlines()]

    def add(self, line: str, comment: str | None = None, **fields: object) -> None:
        """Write a line, with a comment behind it."""
        if comment is None:
            self._lines.append(line)
        elif cell_len(line) <= COLUMN:
            self._lines.append(f"{line}{' ' * (COLUMN - cell_len(line))} # {self._comment(comment, **fields)}")
        else:
            self._lines += [f"# {self._comment(comment, **fields)}", line]

    def key(self, name: str, value: str, comment: str | None = None) -> None:
        """Write a key and its text."""
        self.add(f"{name} = {toml(value)}", comment)

    def table(self, header: str, comment: str | None = None) -> None:
        """Begin a table."""
        self._lines.append("")
        if comment:
            self._lines += [f"# {line}" for line in self._comment(comment).splitlines()]
        self._lines.append(header)

    def pick(self, pair: tuple[str, str]) -> str:
        """Return a text of (English, Chinese)."""
        return self._words.pick(pair)

    def _comment(self, key: str, **fields: object) -> str:
        return self._words.pick(COMMENTS[key]).format(**fields)

    @property
    def text(self) -> str:
        """The whole file."""
        return "\n".join(self._lines) + "\n"


def toml(value: str | bool | list[str]) -> str:
    """Write a value as TOML has it; its strings are JSON's, with DEL escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
