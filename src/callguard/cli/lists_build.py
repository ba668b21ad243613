"""`callguard lists build`: an index file from text, CSV, Arrow, Parquet or other index files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich import box
from rich.table import Table
from rich.text import Text

from callguard import clock, index, phone
from callguard.batch import files
from callguard.cli import commands
from callguard.cli.desk import POLICY_FILE, NotAnswered
from callguard.cli.lists import complaints, unread
from callguard.cli.phases import Phases
from callguard.errors import IndexFileError
from callguard.index import Source, SourceError, kind
from callguard.phone import NumberPlan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.index import Index, Plane

_INTEGERS: Final = ("e164", "national")
_MEGABYTE: Final = 1 << 20
_LEAST, _USUAL = 16, 1_024  # megabytes for sorting


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        click.Argument(["source"], metavar="SOURCE...", nargs=-1, required=True),
        click.Option(["--out"], metavar="FILE"),
        click.Option(["--region"], metavar="CODE"),
        click.Option(["--timezone"], metavar="ZONE"),
        click.Option(["--integers"], type=click.Choice(_INTEGERS)),
        click.Option(["--memory"], metavar="MB"),
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
    force: bool,
) -> int:
    """Build an index file; 0 when every row was read, 1 when it is built and a row or a date was not."""
    words = desk.words
    target = _target(desk, out)
    found = [_source(desk, text, target.stem) for text in source]
    _check_target(desk, target, found, force=force)
    plan, zone = _reading(desk, region, timezone, integers)
    room = _megabytes(desk, memory) * _MEGABYTE
    try:
        with Phases(desk) as progress:
            made = index.build(found, target, numbers=plan, timezone=zone, memory=room, progress=progress)
    except (SourceError, IndexFileError) as error:
        raise NotAnswered(said(words, error)) from error
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


def said(words: Words, error: SourceError | IndexFileError) -> str:
    """Say what is wrong with a file, in the user's language."""
    if isinstance(error, IndexFileError):
        return words(f"index-{error.key}", path=error.path, **error.facts)
    cause = error.__cause__
    why = words.os(cause) if isinstance(cause, OSError) and error.key == "unreadable" else error.facts.get("why", "")
    return words(f"source-{error.key}", path=error.path, **error.facts | {"why": why})


def _target(desk: Desk, out: str | None) -> Path:
    """Return the file to write, where one can be written."""
    words = desk.words
    if out is None:
        raise NotAnswered(words("index-out"))
    if out in {"", "-"}:
        raise NotAnswered(words("index-out-name", out=out))
    path = Path(out)
    if path.is_dir():
        raise NotAnswered(words("is-folder", path=out))
    folder = path.resolve().parent
    if not folder.is_dir():
        raise NotAnswered(words("out-folder", path=path.parent))
    if path.exists() and not path.is_file():
        raise NotAnswered(words("index-no-file", path=out))
    if not os.access(folder, os.W_OK):
        raise NotAnswered(words("may-not-write", path=folder))
    return path


def _source(desk: Desk, text: str, name: str) -> Source:
    """Return a source: a file for the plane `name`, or NAME=FILE."""
    before, equals, after = text.partition("=")
    if equals and not Path(text).exists():
        if not before or not after:
            raise NotAnswered(desk.words("bad-source", text=text))
        name, text = before, after
    path = Path(text)
    if not text:
        raise NotAnswered(desk.words("bad-source", text=text))
    desk.readable(path)
    return Source(name, path)


def _check_target(desk: Desk, target: Path, found: Sequence[Source], *, force: bool) -> None:
    """Do nothing where nothing is lost: a source is never overwritten, and what is no index file only where that is said."""
    words = desk.words
    for source in found:
        if files.same(str(target), source.path):
            raise NotAnswered(words("out-same", what=words("out-input"), path=source.path))
    if target.exists() and not force and kind(target) != "index":
        raise NotAnswered(words("exists", path=target))


def _reading(desk: Desk, region: str | None, timezone: str | None, integers: Any) -> tuple[NumberPlan, str]:
    """Return how numbers and dates are read: as the options say, else as the policy does, else as in the mainland."""
    words = desk.words
    named = desk.policy_option or os.environ.get("CALLGUARD_POLICY")
    enterprise = desk.policy().enterprise if named or Path(POLICY_FILE).exists() else None
    if enterprise is not None and region in (None, enterprise.region):
        timezone = timezone or enterprise.timezone
    if enterprise is not None:
        region, integers = region or enterprise.region, integers or enterprise.integers
    try:
        region = phone.region(region or "CN")
        plan = NumberPlan(region, integers)
    except ValueError:
        raise NotAnswered(words("bad-choice", option="--region", value=region, choices=words("init-region"))) from None
    zones = sorted(phone.country_zones(region))
    if timezone is None:
        return plan, zones[0] if len(zones) == 1 else ""
    try:
        clock.zone(timezone)
    except ValueError:
        raise NotAnswered(words("bad-choice", option="--timezone", value=timezone, choices=words("init-zone"))) from None
    return plan, timezone


def _megabytes(desk: Desk, text: str | None) -> int:
    if text is None:
        return _USUAL
    if not text.isdecimal() or len(text) > len("1000000") or int(text) < _LEAST:
        accepted = desk.words("megabytes", least=_LEAST)
        raise NotAnswered(desk.words("bad-choice", option="--memory", value=text, choices=accepted))
    return int(text)
