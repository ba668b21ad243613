"""`callguard scrub`: a CSV file screened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from callguard.batch import csv as tables
from callguard.batch import files
from callguard.cli import commands
from callguard.cli.desk import NotAnswered, masked
from callguard.cli.reasons import reasons_table
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.batch.csv import Summary
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.policy import Policy

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
        click.Option(["--force"], is_flag=True),
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
    force: bool,
) -> int:
    """Screen a file; 0 when it is screened, whatever the answers."""
    words = desk.words
    if out is None:
        raise NotAnswered(words("same-file"))
    _check_source(desk, source)
    _check_folder(desk, out)
    guard = desk.guard()
    _check_target(desk, guard.policy, source, out, force=force)
    found, number = desk.line(guard.policy, campaign, caller)
    timezone = guard.policy.enterprise.timezone
    when = desk.instant(at, timezone)
    line = guard.line(campaign=found.name, caller=number)
    try:
        with files.opened(source) as (raw, size):
            table = tables.open_table(raw, line, column=column, place_column=place_column, whole=size is not None)
            with files.written(out) as target, desk.progress(words("screening"), size) as progress:
                summary = tables.screen(table, line, target, at=when, lang=words.lang, timezone=timezone, progress=progress)
    except files.TableError as error:
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
    head = words("screened", n=summary.rows, name=name, campaign=found.name, at=words.instant(local))
    desk.show(Text(head, "bold"), *(Text(text, "dim") for text in _how(words, summary)), stderr=aside)
    if summary.rows:
        desk.show(Text(), reasons_table(desk, [(words("rows"), summary.counts)], undecided=summary.undecided), Text(), stderr=aside)
    if out != "-":
        desk.show(Text(words("written", path=out)))
    desk.notes([*_notes(words, summary), *desk.warnings(guard)])
    return 0


def _check_source(desk: Desk, source: str) -> None:
    """Do nothing for a file that can be read, or standard input."""
    if not source:
        raise NotAnswered(desk.words("empty-name", option="IN"))
    if source != "-" and (Path(source).is_dir() or not Path(source).exists() or Path(source).is_file()):
        desk.readable(Path(source))


def _check_folder(desk: Desk, out: str) -> None:
    """Do nothing where a file can be written beside the name."""
    words, path = desk.words, Path(out)
    if not out:
        raise NotAnswered(words("empty-name", option="--out"))
    if out == "-":
        return
    if path.is_dir():
        raise NotAnswered(words("is-folder", path=out))
    folder = path.resolve().parent
    if not folder.is_dir():
        raise NotAnswered(words("out-folder", path=path.parent))
    if not (path.exists() and not path.is_file()) and not os.access(folder, os.W_OK):
        raise NotAnswered(words("may-not-write", path=folder))


def _check_target(desk: Desk, policy: Policy, source: str, out: str, *, force: bool) -> None:
    """Do nothing where nothing is lost: what is read is never overwritten, and another file only where that is said."""
    parts = [*(found.path for found in policy.lists), policy.hcode_file, policy.calendar_overrides]
    for key, names in (("out-input", [source]), ("out-policy", [desk.path]), ("out-part", parts)):
        for name in names:
            if name is not None and files.same(out, name):
                raise NotAnswered(desk.words("out-same", what=desk.words(key), path=name))
    if out != "-" and not force and Path(out).is_file():
        raise NotAnswered(desk.words("exists", path=out))


def _how(words: Words, summary: Summary) -> Iterator[str]:
    """Say how the file was read."""
    yield words(f"took-{summary.column.how}", column=masked(summary.column.name))
    yield words(
        "read-as",
        encoding=_ENCODINGS.get(summary.encoding, summary.encoding),
        delimiter=_DELIMITERS.get(summary.delimiter, summary.delimiter),
    )
    if not summary.header:
        yield words("no-header")
    if summary.place_column is not None:
        yield words("places-from", column=masked(summary.place_column))


def _notes(words: Words, summary: Summary) -> Iterator[str]:
    """Say what a person should know of the file."""
    if summary.undecided:
        more = summary.undecided > len(summary.first_undecided)
        yield words("undecided", n=summary.undecided, rows=words.rows(summary.first_undecided, more=more))
    if summary.spreadsheet:
        yield words("spreadsheet", n=summary.spreadsheet)
    if summary.folded:
        yield words("folded", n=summary.folded, first=str(summary.first_folded))
    blocked = summary.counts.get(Reason.REGION_BLOCKED, 0)
    if blocked and summary.place_column is None:
        yield words("place-hint", n=blocked)


def _counts(summary: Summary) -> Iterator[tuple[str, int]]:
    yield from summary.counts.items()
    if summary.undecided:
        yield tables.UNDECIDED, summary.undecided


def _json(summary: Summary) -> dict[str, Any]:
    """Return what became of a file for machines."""
    return {
        "rows": summary.rows,
        "allowed": summary.allowed,
        "denied": summary.rows - summary.allowed - summary.undecided,
        "undecided": summary.undecided,
        "undecided_rows": summary.first_undecided,
        "counts": {str(reason): n for reason, n in _counts(summary)},
        "column": summary.column.name,
        "column_index": summary.column.index,
        "column_found_by": summary.column.how,
        "place_column": summary.place_column,
        "encoding": summary.encoding,
        "delimiter": summary.delimiter,
        "header": summary.header,
        "folded_records": summary.folded,
        "spreadsheet_cells": summary.spreadsheet,
    }
