"""A folder of tables screened into another, one file for each; those that are done are passed over when a run goes on."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.batch import forms, workers
from callguard.batch.files import TableError
from callguard.batch.journal import folder_for
from callguard.batch.running import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callguard.batch.running import Job, Progress
    from callguard.batch.sources import Source
    from callguard.guard import Guard

_KEPT: Final = ".callguard-scrub"
_SHORT: Final = 1 << 23  # bytes of a file that one process alone screens


@attrs.frozen
class Done:
    """What became of one file of a folder: its counts by reason, or why it could not be screened; `before`: in an earlier run.

    `at` is the instant that the folder is screened for, None where a column tells it.
    """

    name: str
    at: float | None
    rows: int = 0
    reasons: dict[str, int] = attrs.field(factory=dict)
    outs: tuple[str, ...] = ()
    error: TableError | None = None
    before: bool = False


def tables_in(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of the tables in a folder and below, and of the other files; hidden ones are neither."""
    found: list[str] = []
    others: list[str] = []
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                (found if forms.known(name) else others).append(str((Path(here) / name).relative_to(folder)))
    return found, others


def run_folder(guard: Guard, job: Job, names: list[str], progress: Callable[[str | None, int | None], Progress]) -> Iterator[Done]:
    """Screen each table into a file of the same name in the folder OUT, all for one instant, and yield what became of it.

    Short ones come first, side by side, in their order; then each of the others, by all processors. `progress` is asked for what
    is told of how far the short ones are together, for None, and each of the others, with how much it is in all, None where that
    is not known. TableError where an earlier run was broken off and it is not said what to do, or was of something else. A table
    that cannot be screened is told, and the others are.
    """
    kept = Path(job.out) / _KEPT
    job, done = _begin(guard, job, kept)
    left: list[str] = []
    for name in names:
        if _is_done(job, name, done):
            outs = tuple(_part(job, Path(), name).outs)
            yield Done(name, job.asked.at, done[name]["rows"], done[name]["reasons"], outs, before=True)
        else:
            left.append(name)
    short, long = _parted(job, left)
    failed = False
    with (kept / "done").open("a", encoding="utf-8") as record:
        for found in chain(
            _side_by_side(guard, job, kept, short, progress),
            (_screened(guard, job, kept, name, partial(_told, progress, name)) for name in long),
        ):
            if found.error is None:
                line = {"name": found.name, "stamp": _stamp(job, found.name), "rows": found.rows, "reasons": found.reasons}
                record.write(json.dumps(line) + "\n")
                record.flush()
                os.fsync(record.fileno())
            failed = failed or found.error is not None
            yield found
    if not failed:
        shutil.rmtree(kept, ignore_errors=True)


def _parted(job: Job, names: list[str]) -> tuple[list[str], list[str]]:
    """Return the tables that are short enough for one process, where several can be at work, and the rest."""
    short: list[str] = []
    long: list[str] = []
    for name in names:
        (short if (Path(job.source) / name).stat().st_size <= _SHORT else long).append(name)
    return (short, long) if workers.FORKS and job.threads > 1 and len(short) > 1 else ([], names)


def _told(progress: Callable[[str | None, int | None], Progress], name: str, source: Source) -> Progress:
    return progress(name, source.total)


def _side_by_side(
    guard: Guard, job: Job, kept: Path, names: list[str], progress: Callable[[str | None, int | None], Progress]
) -> Iterator[Done]:
    """Screen tables by as many processes as there may be, each one by one of them."""
    if not names:
        return
    alone = attrs.evolve(job, threads=1)
    sizes = [(Path(job.source) / name).stat().st_size for name in names]
    told, size, rows = progress(None, sum(sizes)), 0, 0

    def screened(name: str) -> Done:
        return _screened(guard, alone, kept, name, lambda _: lambda _done, _rows: None)

    with workers.Processes(screened, min(job.threads, len(names))) as crew:
        for found, more in zip(crew.done(iter(names)), sizes, strict=True):
            size, rows = size + more, rows + found.rows
            told(size, rows)
            yield found


def _begin(guard: Guard, job: Job, kept: Path) -> tuple[Job, dict[str, dict[str, Any]]]:
    """Return the job with its instant, and what is done already."""
    head = {"of": _of(guard, job), "at": job.asked.at}
    run_file = kept / "run"
    if run_file.exists() and not job.resume and not job.force:
        raise TableError("unfinished", folder=kept.name)
    if run_file.exists() and job.resume:
        before = json.loads(run_file.read_text(encoding="utf-8"))
        if before["of"] != head["of"] or head["at"] not in {None, before["at"]}:
            raise TableError("resume-other", what="policy, options")
        asked = attrs.evolve(job.asked, at=None if job.asked.at_column else before["at"])
        lines = (kept / "done").read_text(encoding="utf-8").split("\n")[:-1] if (kept / "done").exists() else []
        return attrs.evolve(job, asked=asked, force=True), {line["name"]: line for line in map(json.loads, lines)}
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True, mode=0o700)
    if job.asked.at is None and job.asked.at_column is None:
        job = attrs.evolve(job, asked=attrs.evolve(job.asked, at=guard.now()))
    beside = kept / "run.part"
    beside.write_text(json.dumps(head | {"at": job.asked.at}), encoding="utf-8")
    beside.replace(run_file)
    return job, {}


def _of(guard: Guard, job: Job) -> str:
    """Return what tells one run from another."""
    file = guard.policy.file
    said = [attrs.asdict(attrs.evolve(job.asked, at=None)), job.lang, job.split, str(Path(job.source).resolve())]
    said += [[plane.name, plane.numbers, plane.dated] for plane in guard.lists]
    policy = b"" if file is None else file.read_bytes()
    return sha256(json.dumps(said).encode() + policy).hexdigest()


def _stamp(job: Job, name: str) -> list[int]:
    found = (Path(job.source) / name).stat()
    return [found.st_size, found.st_mtime_ns]


def _part(job: Job, kept: Path, name: str) -> Job:
    out = Path(job.out) / name
    return attrs.evolve(
        job,
        source=str(Path(job.source) / name),
        out=str(out),
        folder=kept / folder_for(sha256(name.encode()).hexdigest()[:16]).name,
    )


def _is_done(job: Job, name: str, done: dict[str, dict[str, Any]]) -> bool:
    """Return whether a file was done before, and has not changed since."""
    known = name in done and done[name]["stamp"] == _stamp(job, name)
    return known and all(Path(out).is_file() for out in _part(job, Path(), name).outs)


def _screened(guard: Guard, job: Job, kept: Path, name: str, progress: Callable[[Source], Progress]) -> Done:
    part = _part(job, kept, name)
    Path(part.out).parent.mkdir(parents=True, exist_ok=True)
    part = attrs.evolve(part, resume=job.resume and part.folder is not None and part.folder.exists())
    try:
        source = run(guard, part, progress)
    except TableError as error:
        error.facts["path"] = part.source
        return Done(name, job.asked.at, error=error)
    return Done(name, job.asked.at, source.counts.rows, dict(source.counts.reasons), tuple(part.outs))
