"""Write the page of the documentation that has the tables of the guards on the wire.

python tools/proxy_tables.py            # write docs/reference/proxy-commands.md
python tools/proxy_tables.py --check    # exit 1 when it is not what the tables say
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pages import write_or_check

from callguard.commands import ami_commands, ari_commands, esl_apis, esl_apps, esl_commands
from callguard.judging.denied import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callguard.commands.tables import Tables

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "proxy-commands.md"


def pages() -> dict[Path, str]:
    """The page, by its file."""
    return {PAGE: page()}


def page() -> str:
    """Return the page."""
    return "\n".join(
        [
            "<!-- made by tools/proxy_tables.py from the tables; not edited by hand -->",
            "",
            "# Commands on the wire",
            "",
            "What `callguard proxy` and the guards in clients do with each command; case does not matter. What is in no table",
            "is denied `command-unknown`, as the third table is, unless `--allow NAME` has it. [How to put a guard before a",
            "switch](../guide/proxies.md).",
            "",
            *section("Asterisk: actions of the manager", ami_commands.TABLES, "action"),
            *section("Asterisk: operations of ARI", ari_commands.TABLES, "operation"),
            *section("FreeSWITCH: commands of the event socket", esl_commands.TABLES, "command"),
            *section("FreeSWITCH: APIs, by `api` and `bgapi`", esl_apis.TABLES, "API"),
            "## Applications",
            "",
            "What an `Originate` runs when the first leg has answered, and what `sendmsg`, `&app(…)` and `uuid_broadcast` run.",
            "`Dial`, `bridge`, `att_xfer` and `transfer` are decided; `set` and `export` are passed where the variable only says",
            "something, `conference` where it only joins a room. These call nobody; any other is denied unless `--allow app:NAME`",
            "has",
            "it.",
            "",
            "| switch | applications |",
            "| --- | --- |",
            f"| Asterisk | {names(sorted(ami_commands.APPLICATIONS))} |",
            f"| FreeSWITCH | {names(sorted({*esl_apps.CALLS_NOBODY, 'play_and_get_digits'}))} |",
            "",
            "## Reasons of the guard's own",
            "",
            "All other reasons are [the policy's](reasons.md).",
            "",
            "| reason | when |",
            "| --- | --- |",
            *(f"| `{reason}` | {why} |" for reason, why in OWN.items()),
            "",
        ]
    )


def section(title: str, tables: Tables[Any], kind: str) -> list[str]:
    """Return the three tables of a protocol."""
    return [
        f"## {title}",
        "",
        "### Places calls: decided",
        "",
        f"| {kind} | how |",
        "| --- | --- |",
        *(f"| `{name}` | {why} |" for name, (_, why) in tables.places.items()),
        "",
        "### Harmless: passed",
        "",
        *rows(tables.harmless, kind),
        "### Unknown: denied, unless it is allowed by name",
        "",
        *rows(tables.unknown, kind),
    ]


def rows(table: Mapping[str, str], kind: str) -> list[str]:
    """Return the commands of a table, those with one reason in one row."""
    merged: dict[str, list[str]] = {}
    for why, found in groupby(table.items(), key=lambda row: row[1]):
        merged.setdefault(why, []).extend(name for name, _ in found)
    return [f"| {kind} | why |", "| --- | --- |", *(f"| {names(sorted(found))} | {why} |" for why, found in merged.items()), ""]


def names(found: Iterable[str]) -> str:
    """Write names as code."""
    return " ".join(f"`{name}`" for name in found)


if __name__ == "__main__":
    write_or_check(pages())
