"""`callguard lists build`: an index file from text, CSV, Arrow, Parquet or other index files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.table import Table
from rich.text import Text

from callguard import index
from callguard.cli import commands
from callguard.cli.lists import complaints, unread
from callguard.cli.lists_sources import check_target, reading, reading_options, source_of, target_of, telling
from callguard.cli.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.index import Index, Plane


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["source"], metavar="SOURCE...", nargs=-1, required=True),
        click.Option(["--out"], metavar="FILE"),
        *reading_options(),
        click.Option(["--force"], is_flag=True),
    ]
    return commands.Command(words, "lists build", build, params)


def build(
    desk: Desk,
    *,
    source: Sequence[str],
    out: str | None,
    region: str | None,
    timezone: str | None,
    integers: Any,
    memory: str | None,
    threads: str | None,
    force: bool,
) -> int:
    """Build an index file; 0 when every row was read, 1 when it is built and a row or a date was not."""
    words = desk.words
    target = target_of(desk, out)
    found = [source_of(desk, text, target.stem) for text in source]
    with telling(words):
        check_target(desk, target, [part for each in found for part in index.files(each)], force=force)
    how = reading(desk, region, timezone, integers, memory, threads)
    with telling(words), Phases(desk) as progress:
        made = index.build(found, target, **how, progress=progress)
    value = facts(made) | {"sound": not any(plane.skipped_count or plane.undated_count for plane in made.planes)}
    if desk.json:
        desk.print_json({"out": out, **value})
    else:
        desk.show(table(desk, value["planes"]), *_below(words, value["planes"]))
        desk.show(Text(words("built", path=out, **sizes(words, made)), "bold"))
    return 0 if value["sound"] else 1


def facts(made: Index) -> dict[str, Any]:
    """Return what there is to say of an index file, for machines."""
    return {
        "numbers": made.numbers,
        "bytes": made.size,
        "bytes_per_number": _each(made),
        "data": made.data,
        "made": made.made,
        "planes": [_plane(plane) for plane in made.planes],
    }


def _plane(plane: Plane) -> dict[str, Any]:
    return {
        "name": plane.name,
        "numbers": plane.numbers,
        "dated": plane.dated,
        "rows": plane.rows,
        "kept": plane.kept,
        **unread(plane),
        "sources": [
            {"source": report.source, "rows": report.rows, "kept": report.kept, **unread(report)} for report in plane.reports
        ],
    }


def _each(made: Index) -> float | None:
    return round(made.size / made.numbers, 3) if made.numbers else None


def sizes(words: Words, made: Index) -> dict[str, object]:
    """Return how large an index file is, for people."""
    each = _each(made)
    return {"n": made.numbers, "size": made.size, "each": words("none") if each is None else f"{each:,.2f}"}


def table(desk: Desk, planes: Iterable[dict[str, Any]]) -> Table:
    """Return a table of the planes of an index file."""
    words = desk.words
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    found.add_column(words("list"), no_wrap=True)
    for key in ("rows", "kept", "distinct", "with-dates"):
        found.add_column(words(key), justify="right", no_wrap=True)
    for plane in planes:
        counts = (f"{plane[key]:,}" for key in ("rows", "kept", "numbers", "dated"))
        found.add_row(Text(plane["name"], "bold"), *counts)
    return found


def _below(words: Words, planes: Iterable[dict[str, Any]]) -> Iterable[Text]:
    """Say of each source that was not wholly read what was not."""
    for plane in planes:
        for source in plane["sources"]:
            lines = complaints(words, source)
            if lines:
                yield Text.assemble((f"{plane['name']}  ", "bold"), (source["source"], "dim"))
                yield from lines
