"""`callguard lists merge`: a new version of an index file, by what is to be added and removed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from rich import box
from rich.table import Table
from rich.text import Text

from callguard import index
from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.lists import complaints, unread
from callguard.cli.lists_build import facts, sizes
from callguard.cli.lists_sources import check_target, reading, reading_options, source_of, target_of, telling
from callguard.cli.most_removed import ExceededError, MostRemoved
from callguard.cli.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.index import Merged, Report, Source

_COUNTS = ("before", "numbers", "added", "removed", "redated", "there", "absent", "both")


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["base"], metavar="BASE"),
        click.Option(["--add"], metavar="FILE", multiple=True),
        click.Option(["--remove"], metavar="FILE", multiple=True),
        click.Option(["--out"], metavar="FILE"),
        click.Option(["--max-removed"], metavar="SHARE"),
        *reading_options(),
        click.Option(["--force"], is_flag=True),
    ]
    return commands.Command(words, "lists merge", merge, params)


def merge(
    desk: Desk,
    *,
    base: str,
    add: Sequence[str],
    remove: Sequence[str],
    out: str | None,
    max_removed: str | None,
    region: str | None,
    timezone: str | None,
    integers: Any,
    memory: str | None,
    threads: str | None,
    force: bool,
) -> int:
    """Write a new version; 0 when every row was read, 1 when one was not, 3 when too much would be gone."""
    words = desk.words
    desk.readable(Path(base))
    target = target_of(desk, out)
    if not add and not remove:
        raise NotAnswered(words("merge-nothing"))
    most = MostRemoved.read(desk, max_removed)
    with telling(words):
        adds, removes = _sources(desk, base, add), _sources(desk, base, remove)
        parts = [part for each in (*adds, *removes) for part in index.files(each)]
        check_target(desk, target, [index.Source("", Path(base)), *parts], force=force)
    how = reading(desk, region, timezone, integers, memory, threads)

    def check(merged: Sequence[Merged]) -> None:
        for each in merged:
            most.check(each.name, each.removed, each.before)

    try:
        with telling(words), Phases(desk) as progress:
            made, merged = index.merge(Path(base), target, add=adds, remove=removes, **how, progress=progress, check=check)
    except ExceededError as error:
        text = words("merge-refused", text=most.said(words, error))
        if desk.json:
            desk.print_json({"out": None, "base": base, "error": text})
        return most.refused(desk, text)
    lists = [_list(each) for each in merged]
    sound = not any(
        report["skipped_count"] or report["undated_count"] for each in lists for report in each["adds"] + each["removes"]
    )
    if desk.json:
        found = facts(made)
        del found["planes"]
        desk.print_json({"out": out, "base": base, **found, "lists": lists, "sound": sound})
    else:
        desk.show(_table(words, lists), *_below(words, lists))
        desk.show(Text(words("built", path=out, **sizes(words, made)), "bold"))
    return 0 if sound else 1


def _sources(desk: Desk, base: str, texts: Sequence[str]) -> list[Source]:
    """Return what is to be added or removed, each for a list of the base."""
    if not texts:
        return []
    with closing(index.open(base)) as old:
        names = [plane.name for plane in old.planes]
    found = [source_of(desk, text, names[0] if len(names) == 1 else "") for text in texts]
    for source in found:
        if not source.name:
            raise NotAnswered(desk.words("merge-which", path=source.path, names=", ".join(names) or desk.words("none")))
    return found


def _list(merged: Merged) -> dict[str, Any]:
    found = attrs.asdict(merged, recurse=False)
    return {key: found[key] for key in ("name", *_COUNTS)} | {
        key: [_read(report) for report in found[key]] for key in ("adds", "removes")
    }


def _read(report: Report) -> dict[str, Any]:
    return {"source": report.source, "rows": report.rows, "kept": report.kept, **unread(report)}


def _table(words: Words, lists: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(words("list"), no_wrap=True)
    keys = ("before", "added", "removed", "redated", "numbers")
    for key in keys:
        table.add_column(words("now" if key == "numbers" else key), justify="right", no_wrap=True)
    for each in lists:
        table.add_row(Text(each["name"], "bold"), *(f"{each[key]:,}" for key in keys))
    return table


def _below(words: Words, lists: Sequence[dict[str, Any]]) -> Iterator[Text]:
    """Say what changed nothing, what contradicted itself, and what could not be read."""
    for each in lists:
        for key in ("there", "absent", "both"):
            if each[key]:
                yield Text(words(f"merge-{key}", name=each["name"], n=each[key]), "yellow" if key == "both" else "dim")
        for source in each["adds"] + each["removes"]:
            lines = complaints(words, source)
            if lines:
                yield Text.assemble((f"{each['name']}  ", "bold"), (source["source"], "dim"))
                yield from lines
