"""`callguard scrub`: a CSV file screened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from callguard.batch import csv as tables
from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.reasons import reasons_table
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.batch.csv import Summary
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_DELIMITERS = {",": "`,`", "\t": "tab", ";": "`;`", "|": "`|`"}
_ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB 18030"}


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["source"], metavar="IN"),
        *commands.call_options(),
        click.Option(["--column"], metavar="NAME"),
        click.Option(["--place-column"], metavar="NAME"),
        click.Option(["--out"], metavar="OUT"),
    ]
    return commands.Command(words, "scrub", scrub, params)


def scrub(
    desk: Desk,
    *,
    source: str,
    campaign: str | None,
    caller: str | None,
    at: str | None,
    column: str | None,
    place_column: str | None,
    out: str | None,
) -> int:
    """Screen a file; 0 when it is screened, whatever the answers."""
    words = desk.words
    if out is None:
        raise NotAnswered(words("same-file"))
    if out != "-" and not Path(out).resolve().parent.is_dir():
        raise NotAnswered(words("out-folder", path=Path(out).parent))
    if source != "-" and not Path(source).is_file():
        raise NotAnswered(words("no-file", path=source))
    guard = desk.guard()
    found, number = desk.line(guard.policy, campaign, caller)
    timezone = guard.policy.enterprise.timezone
    when = desk.instant(at, timezone)
    line = guard.line(campaign=found.name, caller=number)
    try:
        with tables.opened(source) as (raw, size):
            table = tables.open_table(raw, line, column=column, place_column=place_column, whole=size is not None)
            with tables.written(out) as target, desk.progress(words("screening"), size) as progress:
                summary = tables.screen(table, line, target, at=when, lang=words.lang, timezone=timezone, progress=progress)
    except tables.TableError as error:
        error.facts["path"] = source
        raise
    local = desk.local(when, timezone)
    assert local is not None
    if desk.json:
        value = _json(summary) | {"campaign": found.name, "at": local.isoformat(), "out": None if out == "-" else out}
        desk.print_json(value, stderr=out == "-")
        return 0
    aside = out == "-"
    name = "-" if source == "-" else Path(source).name
    head = words("screened", rows=f"{summary.rows:,}", name=name, campaign=found.name, at=words.instant(local))
    desk.show(Text(head, "bold"), *(Text(text, "dim") for text in _how(words, summary)), stderr=aside)
    if summary.rows:
        desk.show(Text(), reasons_table(desk, [(words("rows"), summary.counts)]), Text(), stderr=aside)
    if out != "-":
        desk.show(Text(words("written", path=out)))
    desk.notes([*_notes(words, summary), *desk.warnings(guard)])
    return 0


def _how(words: Words, summary: Summary) -> Iterator[str]:
    """Say how the file was read."""
    yield words(f"took-{summary.column.how}", column=summary.column.name)
    yield words(
        "read-as",
        encoding=_ENCODINGS.get(summary.encoding, summary.encoding),
        delimiter=_DELIMITERS.get(summary.delimiter, summary.delimiter),
    )
    if not summary.header:
        yield words("no-header")
    if summary.place_column is not None:
        yield words("places-from", column=summary.place_column)


def _notes(words: Words, summary: Summary) -> Iterator[str]:
    """Say what a person should know of the file."""
    if summary.places_unread:
        yield words("places-unread", n=f"{summary.places_unread:,}")
    if summary.folded:
        yield words("folded", n=f"{summary.folded:,}", first=summary.first_folded)
    blocked = summary.counts.get(Reason.REGION_BLOCKED, 0)
    if blocked and summary.place_column is None:
        yield words("place-hint", n=f"{blocked:,}")


def _json(summary: Summary) -> dict[str, Any]:
    """Return what became of a file for machines."""
    return {
        "rows": summary.rows,
        "allowed": summary.allowed,
        "denied": summary.rows - summary.allowed,
        "counts": {reason.value: n for reason, n in summary.counts.items()},
        "column": summary.column.name,
        "column_index": summary.column.index,
        "column_found_by": summary.column.how,
        "place_column": summary.place_column,
        "places_unread": summary.places_unread,
        "encoding": summary.encoding,
        "delimiter": summary.delimiter,
        "header": summary.header,
        "folded_records": summary.folded,
    }
