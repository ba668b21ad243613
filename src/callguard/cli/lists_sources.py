"""What the commands that make index files are told: sources, the file to write, how numbers are read, and with how much."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from callguard import clock, index, phone
from callguard.batch import files
from callguard.cli.desk import POLICY_FILE, NotAnswered
from callguard.errors import IndexFileError
from callguard.index import Source, SourceError, kind
from callguard.phone import NumberPlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_INTEGERS: Final = ("e164", "national")
_MEGABYTE: Final = 1 << 20
_LEAST, _USUAL = 16, 1_024  # megabytes for sorting
_MOST: Final = 1_000_000  # megabytes, and threads by far


def reading_options() -> list[click.Parameter]:
    """Return the options that say how sources are read."""
    return [
        click.Option(["--region"], metavar="CODE"),
        click.Option(["--timezone"], metavar="ZONE"),
        click.Option(["--integers"], type=click.Choice(_INTEGERS)),
        click.Option(["--memory"], metavar="MB"),
        click.Option(["--threads"], metavar="N"),
    ]


def reading(
    desk: Desk, region: str | None, timezone: str | None, integers: Any, memory: str | None, threads: str | None
) -> dict[str, Any]:
    """Return what these options say, as `index.build` takes it."""
    plan, zone = _reading(desk, region, timezone, integers)
    return {
        "numbers": plan,
        "timezone": zone,
        "memory": _count(desk, "--memory", memory, _LEAST, "megabytes", _USUAL) * _MEGABYTE,
        "threads": _count(desk, "--threads", threads, 1, "how-many", index.processors()),
    }


@contextmanager
def telling(words: Words) -> Iterator[None]:
    """Say what is wrong with a source or an index file, in the user's language."""
    try:
        yield
    except (SourceError, IndexFileError) as error:
        raise NotAnswered(said(words, error)) from error


def said(words: Words, error: SourceError | IndexFileError) -> str:
    """Say what is wrong with a file, in the user's language."""
    if isinstance(error, IndexFileError):
        return words(f"index-{error.key}", path=error.path, **error.facts)
    cause = error.__cause__
    why = words.os(cause) if isinstance(cause, OSError) and error.key == "unreadable" else error.facts.get("why", "")
    return words(f"source-{error.key}", path=error.path, **error.facts | {"why": why})


def target_of(desk: Desk, out: str | None) -> Path:
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


def source_of(desk: Desk, text: str, name: str) -> Source:
    """Return a source: a file or folder for the plane `name`, or NAME=FILE."""
    before, equals, after = text.partition("=")
    if equals and not Path(text).exists():
        if not before or not after:
            raise NotAnswered(desk.words("bad-source", text=text))
        name, text = before, after
    path = Path(text)
    if not text:
        raise NotAnswered(desk.words("bad-source", text=text))
    if not path.is_dir():
        desk.readable(path)
    return Source(name, path)


def check_target(desk: Desk, target: Path, found: Sequence[Source], *, force: bool) -> None:
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


def _count(desk: Desk, option: str, text: str | None, least: int, accepted: str, usual: int) -> int:
    """Return the number that an option says, `least` or more; `usual` where it is not there."""
    if text is None:
        return usual
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(_MOST)) or int(text) < least:
        said = desk.words(accepted, least=least)
        raise NotAnswered(desk.words("bad-choice", option=option, value=text, choices=said))
    return int(text)
