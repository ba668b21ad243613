"""`callguard log export`: records of the call log as CSV or Parquet, with a manifest."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.text import Text

from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.log import Asked, filters, opened, strangers

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_FORMATS: Final = (".csv", ".parquet")
_WHY: Final = "export"


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [
        commands.file_option("--out"),
        *filters(),
        click.Option(["--unmask"], is_flag=True),
        click.Option(["--why"], metavar="TEXT"),
    ]
    return commands.Command(words, "log export", export, params)


def export(desk: Desk, *, out: str | None, unmask: bool, why: str | None, **given: Any) -> int:
    """Write the records that match to a new file; 0 when it is written. That it was asked for is on record before."""
    words = desk.words
    path = _target(desk, out)
    if unmask and not (why or "").strip():
        raise NotAnswered(words("log-why"))
    with opened(desk) as found:
        asked = Asked.of(desk, given, found.timezone)
        with desk.progress(words("log-exporting"), None) as progress:
            manifest = found.log.export(
                path, why=why or _WHY, masked=not unmask, progress=lambda rows: progress(0, rows), **asked.given
            )
        unknown = [] if manifest.rows else strangers(desk, found.policy, asked)
    said = {"out": out, "manifest": str(manifest.path), "rows": manifest.rows, "masked": not unmask}
    if desk.json:
        desk.print_json({**said, "sha256": manifest.said["sha256"], "digest": manifest.digest})
        return 0
    desk.show(Text.assemble((f"{desk.marks[0]} ", "bold green"), words("log-exported", n=manifest.rows, path=out)))
    desk.show(Text(f"  {words('log-manifest', path=manifest.path)}"), Text(f"  SHA-256 {manifest.said['sha256']}", "dim"))
    desk.show(Text(f"  {words('log-digest', digest=manifest.digest)}", "dim"))
    desk.notes(unknown)
    return 0


def _target(desk: Desk, out: str | None) -> Path:
    """Return the file to write, where there is none yet and one can be written."""
    words = desk.words
    if out is None:
        raise NotAnswered(words("log-out"))
    path = Path(out)
    if path.suffix.lower() not in _FORMATS:
        raise NotAnswered(words("log-out-name", out=out))
    if path.suffix.lower() == ".parquet" and find_spec("pyarrow") is None:
        raise NotAnswered(words("log-needs-arrow"))
    for each in (path, path.with_name(path.name + ".manifest.json")):
        if each.exists():
            raise NotAnswered(words("log-exists", path=each))
    if not path.absolute().parent.is_dir():
        raise NotAnswered(words("out-folder", path=path.parent))
    if not os.access(path.absolute().parent, os.W_OK):
        raise NotAnswered(words("may-not-write", path=path.parent))
    return path
