"""`callguard log verify`: every link of the call log, against the register and a digest of an earlier day."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.text import Text

from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.log import opened
from callguard.cli.phases import Phases
from callguard.errors import StateError

if TYPE_CHECKING:
    import click

    from callguard.call_log import Manifest, Verified
    from callguard.cli.desk import Desk
    from callguard.cli.log import Opened
    from callguard.cli.words import Words

_SHOWN: Final = 20
_SUFFIX: Final = ".json"
_DIGEST: Final = re.compile(r"\d+-\d+-[0-9a-f]{64}")


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "log verify", verify, [commands.file_option("--expect", metavar="DIGEST")])


def verify(desk: Desk, expect: str | None) -> int:
    """Check the whole log, and put on record what it had come to; 0 when nothing is wrong, 1 when something is."""
    if expect is not None and not expect.endswith(_SUFFIX) and not _DIGEST.fullmatch(expect):
        raise NotAnswered(desk.words("log-expect", text=expect))
    with opened(desk) as found:
        manifest = _manifest(desk, found, expect)
        with Phases(desk, "log", worth=200_000) as progress:
            verified = found.log.verify(
                expected=expect if manifest is None else manifest.register,
                progress=lambda done, total: progress(done, total, "checking"),
            )
        digest, recorded = verified.digest, None
        if verified:
            try:
                digest = found.log.checkpoint()
            except StateError as error:
                recorded = str(error)
    exported = None if manifest is None else _file(manifest)
    sound = bool(verified) and exported is not False
    if desk.json:
        desk.print_json(
            {
                "sound": sound,
                "rows": verified.rows,
                "chains": verified.chains,
                "unsealed": verified.unsealed,
                "digest": digest,
                "checkpoint": bool(verified) and recorded is None,
                "export": exported,
                "faults_count": verified.wrong,
                "faults": [
                    {"what": fault.what, "writer": fault.writer, "position": fault.position, "said": str(fault)}
                    for fault in verified.faults
                ],
            }
        )
        return 0 if sound else 1
    _show(desk, verified, digest, exported)
    if manifest is not None and exported is None:
        desk.notes([desk.words("log-export-away", path=manifest.said["file"])])
    if recorded is not None:
        desk.notes([desk.words("log-no-checkpoint", why=recorded)])
    return 0 if sound else 1


def _manifest(desk: Desk, found: Opened, expect: str | None) -> Manifest | None:
    """Return the manifest that is named in place of a digest."""
    if expect is None or not expect.endswith(_SUFFIX):
        return None
    from callguard.call_log import read_manifest

    desk.readable(Path(expect))
    return read_manifest(Path(expect), found.keyring)


def _file(manifest: Manifest) -> bool | None:
    """Return whether the exported file is as it was written; None where it is not beside its manifest."""
    from callguard.call_log import check_file

    there = manifest.path.with_name(str(manifest.said["file"])).exists()
    return check_file(manifest) if there else None


def _show(desk: Desk, verified: Verified, digest: str, exported: bool | None) -> None:
    words = desk.words
    yes, no, _ = desk.marks
    if verified:
        desk.show(Text(f"{yes} {words('log-sound', n=verified.rows, chains=verified.chains)}", "green"))
        desk.show(Text(f"  {words('log-digest', digest=digest)}"), Text(f"  {words('log-keep')}", "dim"))
    else:
        desk.show(Text(f"{no} {words('log-wrong', n=verified.wrong, rows=verified.rows, chains=verified.chains)}", "bold red"))
        for fault in verified.faults[:_SHOWN]:
            desk.show(Text(f"  {fault.message_in(words.lang)}", "red"))
        if verified.wrong > _SHOWN:
            desk.show(Text(f"  {words('log-more', n=verified.wrong - _SHOWN)}", "red"))
    if exported is not None:
        sign, style = (yes, "green") if exported else (no, "bold red")
        desk.show(Text(f"{sign} {words('log-export-whole' if exported else 'log-export-changed')}", style))
    if verified.unsealed:
        desk.notes([words("log-unsealed", n=verified.unsealed)])
