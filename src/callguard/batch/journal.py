"""What a run has written so far, in a hidden folder beside its output: a run that broke off goes on behind it, or begins anew.

The journal is lines of JSON: who wrote it, of what and how, then after each second's segments how far input and outputs are. What
stands behind the last whole line is written again, so that the outputs are those of a run that was never broken off.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from callguard.batch.files import TableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Buffer

_EVERY: Final = 1.0  # seconds between two lines


def folder_for(out: str) -> Path:
    """Return the hidden folder that belongs to an output."""
    path = Path(out).resolve()
    return path.with_name(f".{path.name[:100]}.scrub")


def kept_instant(folder: Path) -> float | None:
    """Return the instant that an unfinished run screens for; None where there is none."""
    lines = _lines(folder / "journal")
    return float(lines[0]["at"]) if lines and lines[0].get("at") is not None else None


class Work:
    """The outputs of one run while they are written.

    `rows` of the input are done, `state` is what they came to, `starts` and `notes` are those of each output's segments.
    """

    def __init__(self, folder: Path, outputs: int) -> None:
        """Use `Work.begin`."""
        self.folder = folder
        self.parts = [folder / f"{i}.part" for i in range(outputs)]
        self.rows = 0
        self.state: dict[str, Any] | None = None
        self.starts: list[list[int]] = [[] for _ in self.parts]
        self.notes: list[list[str]] = [[] for _ in self.parts]
        self.is_done = False
        self._sizes = [0] * outputs
        self._journal: IO[bytes] | None = None
        self._files: list[IO[bytes]] = []
        self._fresh: list[list[tuple[int, str]]] = [[] for _ in self.parts]
        self._told = time.monotonic()
        self._next: dict[str, Any] = {}

    @classmethod
    def begin(cls, folder: Path, head: dict[str, Any], outputs: int, *, resume: bool, force: bool) -> Work:
        """Make the folder, or with `resume` go on where an unfinished run was; `head` says of what, and how.

        TableError where another run is at it, where one was broken off and it is not said what to do, and where that was of
        something else. OSError where nothing can be written there.
        """
        self = cls(folder, outputs)
        try:
            self._begin(head, resume=resume, force=force)
        except BaseException:
            self.close()
            raise
        return self

    def _begin(self, head: dict[str, Any], *, resume: bool, force: bool) -> None:
        folder = self.folder
        journal = folder / "journal"
        lines = _lines(journal) if folder.exists() else []
        if folder.exists():
            _lock_free(journal)
            if lines and not resume and not force:
                raise TableError("unfinished", folder=folder.name)
            if not lines or not resume:
                shutil.rmtree(folder)
                lines = []
        if not lines:
            try:
                folder.mkdir(mode=0o700)
            except OSError as error:
                raise type(error)(error.errno, error.strerror, str(folder.parent)) from error
            self._open("xb")
            self._write(head)
        else:
            other = [name for name in head if lines[0].get(name) != json.loads(json.dumps(head[name]))]
            if other or lines[0].keys() != head.keys():
                raise TableError("resume-other", what=", ".join(other) or "version")
            self._go_on(lines[1:])

    def _open(self, mode: str) -> None:
        self._take_journal()
        self._files = [path.open(mode) for path in self.parts]

    def _take_journal(self) -> None:
        self._journal = (self.folder / "journal").open("ab")
        _lock(self._journal)

    def _go_on(self, lines: Sequence[dict[str, Any]]) -> None:
        journal = self.folder / "journal"
        whole = journal.read_bytes().rpartition(b"\n")[0]
        os.truncate(journal, len(whole) + 1)
        for line in lines:
            if line.get("done"):
                self.is_done = True
                break
            self.rows, self.state, self._sizes = line["rows"], line["state"], line["sizes"]
            for i, segments in enumerate(line["segments"]):
                self.starts[i] += (start for start, _ in segments)
                self.notes[i] += (note for _, note in segments)
        if self.is_done:
            self._take_journal()
            return
        for path in self.parts:
            path.touch()
        self._open("r+b")
        for file, size in zip(self._files, self._sizes, strict=True):
            file.truncate(size)
            file.seek(size)

    def add(self, segments: Sequence[tuple[Buffer, str] | None], rows: int, state: dict[str, Any]) -> None:
        """Write a segment of each output that has one; `rows` of the input are done then, and `state` is what they came to."""
        for i, segment in enumerate(segments):
            if segment is None:
                continue
            data, note = segment
            self.starts[i].append(self._sizes[i])
            self.notes[i].append(note)
            self._fresh[i].append((self._sizes[i], note))
            self._files[i].write(data)
            self._sizes[i] += memoryview(data).nbytes
        self.rows, self.state = rows, state
        if time.monotonic() - self._told >= _EVERY:
            self.tell()

    def tell(self) -> None:
        """Put on record how far the outputs are, once they are on the disk."""
        for file in self._files:
            file.flush()
            os.fsync(file.fileno())
        self._write({"rows": self.rows, "sizes": self._sizes, "segments": self._fresh, "state": self.state})
        self._fresh = [[] for _ in self.parts]
        self._told = time.monotonic()

    def _write(self, line: dict[str, Any]) -> None:
        assert self._journal is not None
        self._journal.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())

    def end(self, output: int, data: bytes) -> None:
        """Write the last bytes of an output."""
        file = self._files[output]
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        file.close()

    def take_names(self, names: Sequence[str]) -> None:
        """Give the outputs, which are whole, their names, with the mode of the files that they replace; nothing else is left."""
        if not self.is_done:
            self._write({"done": True})
        for part, name in zip(self.parts, names, strict=True):
            path, made = Path(name).resolve(), part.with_suffix(".file")
            if made.exists():
                part.unlink(missing_ok=True)
            whole = made if made.exists() else part
            if not whole.exists():  # it has its name since before the break
                continue
            if path.exists():
                whole.chmod(stat.S_IMODE(path.stat().st_mode))
            whole.replace(path)
        self.remove()

    def close(self) -> None:
        """Leave everything as it is, to go on later."""
        for file in (*self._files, self._journal):
            if file is not None:
                with suppress(OSError):
                    file.close()

    def remove(self) -> None:
        """Take everything away."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _lines(journal: Path) -> list[dict[str, Any]]:
    """Return the whole lines of a journal; the last may have been broken off."""
    try:
        data = journal.read_bytes()
    except FileNotFoundError:
        return []
    found = []
    for line in data.split(b"\n")[:-1]:
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found


def _lock(file: IO[bytes]) -> None:
    """Take the journal for this process; TableError where another has it."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise TableError("running") from error


def _lock_free(journal: Path) -> None:
    with suppress(FileNotFoundError), journal.open("rb") as file:
        _lock(file)
