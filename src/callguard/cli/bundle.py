"""`callguard bundle`: what an inspector asks for, in one archive with a manifest; `bundle verify` holds one against it."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.text import Text

from callguard.cli import bundle_parts, commands, inspect_report, reports
from callguard.cli.desk import NotAnswered
from callguard.cli.log import Asked, opened
from callguard.readiness import SEVERITIES, inspect
from callguard.readiness.kept import Kept, is_there
from callguard.readiness.kept import opened as state_opened
from callguard.reports.archive import Part, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.policy import Policy

PARTS: Final = ("verify",)
_WHY: Final = "bundle"
_ALL: Final[dict[str, Any]] = {"number": None, "caller": None, "campaign": None, "reason": None}


def command(words: Words) -> click.Command:
    """Return the command."""
    params: list[click.Parameter] = [
        commands.file_option("--out"),
        click.Option(["--since"], metavar="DATE"),
        click.Option(["--until"], metavar="DATE"),
        click.Option(["--unmask"], is_flag=True),
        click.Option(["--why"], metavar="TEXT"),
    ]
    return commands.Family(words, "bundle", PARTS, bundle, params)


def bundle(desk: Desk, *, out: str | None, unmask: bool, why: str | None, since: str | None, until: str | None) -> int:
    """Gather everything into a new archive; 0 when it is written."""
    words, path = desk.words, _target(desk, out)
    if unmask and not (why or "").strip():
        raise NotAnswered(words("log-why"))
    policy = desk.policy()
    asked = Asked.of(desk, {**_ALL, "since": since, "until": until}, policy.enterprise.timezone)
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix=".callguard-", dir=path.absolute().parent) as folder:
        kept = stack.enter_context(state_opened(policy)) if is_there(policy) else None
        parts, said = [*_of_policy(desk, policy, kept, masked=not unmask)], dict[str, Any]()
        if policy.call_log is not None:
            log, said = _log(desk, Path(folder), asked, masked=not unmask, why=why)
            parts += log
        parts.append(_readme(desk, policy, parts))
        keyring = _keyring(desk, policy)
        about = {
            "enterprise": policy.enterprise.name,
            "policy": policy.digest,
            "at": desk.now,
            "masked": not unmask,
            "since": since,
            "until": until,
            **said,
        }
        manifest = write(path, parts, about, keyring, at=desk.now)
    if desk.json:
        desk.print_json({"out": out, "manifest": dict(manifest)})
        return 0
    desk.show(Text.assemble((f"{desk.marks[0]} ", "bold green"), words("bundle-written", n=len(manifest["files"]), path=out)))
    for each in manifest["files"]:
        desk.show(Text.assemble(f"  {each['name']}", (f"  {each['about']}", "dim")))
    missing = [key for key, there in (("bundle-no-state", kept), ("bundle-no-log", policy.call_log)) if there is None]
    desk.notes(words(key) for key in missing)
    return 0


def _target(desk: Desk, out: str | None) -> Path:
    """Return the archive to write, where there is none yet and one can be written."""
    words = desk.words
    if out is None:
        raise NotAnswered(words("bundle-out"))
    path = Path(out)
    if path.suffix.lower() != ".zip":
        raise NotAnswered(words("bundle-name", out=out))
    if path.exists():
        raise NotAnswered(words("bundle-exists", path=path))
    if not path.absolute().parent.is_dir():
        raise NotAnswered(words("out-folder", path=path.parent))
    if not os.access(path.absolute().parent, os.W_OK):
        raise NotAnswered(words("may-not-write", path=path.parent))
    return path


def _of_policy(desk: Desk, policy: Policy, kept: Kept | None, *, masked: bool) -> Iterator[Part]:
    """Yield what policy and state say, and the inspection."""
    from callguard import clock
    from callguard.call_log import archiving
    from callguard.readiness import remark_json
    from callguard.reports.html import html

    words, zone = desk.words, policy.enterprise.timezone
    statuses: Mapping[str, str] = {} if kept is None else kept.statuses
    yield _part(words, "policy.toml", archiving.handed_out(policy))
    yield _part(words, "numbers.csv", bundle_parts.callers(policy, statuses))
    yield _part(words, "licences.csv", bundle_parts.licences(policy, words.lang))
    if kept is not None:
        yield _part(words, "consents.csv", bundle_parts.consents(kept.consents, zone, masked=masked))
    found = inspect(policy, on=clock.local(zone, desk.now)[0], kept=kept)
    page = inspect_report.page(words, found, policy, SEVERITIES, made=reports.made(desk, zone))
    yield _part(words, "inspection.html", html(page).encode())
    value = json.dumps(remark_json.as_json(found, words.lang), ensure_ascii=False, indent=1, default=str) + "\n"
    yield _part(words, "inspection.json", value.encode())


def _log(desk: Desk, folder: Path, asked: Asked, *, masked: bool, why: str | None) -> tuple[list[Part], dict[str, Any]]:
    """Return the log's records of the time that is asked for, as `log export` writes them, and what vouches for them."""
    words = desk.words
    with opened(desk) as found, desk.progress(words("log-exporting"), None) as progress:
        file = folder / "log.csv"
        manifest = found.log.export(
            file, why=why or _WHY, masked=masked, progress=lambda rows: progress(0, rows), since=asked.since, until=asked.until
        )
    parts = [_part(words, file.name, file), _part(words, manifest.path.name, manifest.path)]
    return parts, {"rows": manifest.rows, "digest": manifest.digest}


def _part(words: Words, name: str, content: bytes | Path) -> Part:
    return Part(name=name, content=content, about=words(f"bundle-is-{name.replace('.', '-')}"))


def _readme(desk: Desk, policy: Policy, parts: list[Part]) -> Part:
    """Return what an inspector reads first: what each file is."""
    words = desk.words
    made = reports.made(desk, policy.enterprise.timezone)
    lines = [words("bundle-of", name=policy.enterprise.name), made, "", *(f"{part.name}: {part.about}" for part in parts)]
    return _part(words, "README.txt", ("\n".join([*lines, "", words("bundle-check")]) + "\n").encode())


def _keyring(desk: Desk, policy: Policy) -> Any:
    from callguard.sealing import Keyring

    return Keyring.plain() if policy.call_log is None else Keyring.find(policy.call_log, desk.path.absolute().parent)
