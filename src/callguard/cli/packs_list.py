"""`callguard packs list`: every pack that ships, and whether it holds by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from callguard import packs
from callguard.cli import commands

if TYPE_CHECKING:
    import click

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "packs list", listed, [])


def listed(desk: Desk) -> int:
    """Show every pack; 0."""
    words = desk.words
    rows: list[dict[str, Any]] = [
        {"id": name, "title": packs.load(name).title(words.lang), "country": packs.load(name).mainland, "holds": "enterprise"}
        for name in packs.NAMES
    ]
    for name, law in packs.OVERLAYS.items():
        title = packs.regulations(name).titles[words.lang]
        rows.append({"id": name, "title": title, "country": packs.load(law).mainland, "holds": "shown"})
    for name in sorted(packs.SHIPPED.values()):
        pack = packs.load_place(name)
        holds = "chosen" if name in packs.BY_CHOICE else "callees"
        rows.append({"id": name, "title": pack.titles[words.lang], "country": pack.country, "holds": holds})
    if desk.json:
        desk.print_json({"packs": rows})
        return 0
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for key in ("pack", "place", "holds"):
        table.add_column(words(key))
    for row in rows:
        table.add_row(Text(row["id"], "bold"), f"{row['title']} ({row['country']})", words(f"holds-{row['holds']}"))
    desk.show(table)
    return 0
