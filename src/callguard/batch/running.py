"""One table screened from file to file: pieces into segments, segments encoded while others are decided, in order, by a journal."""

from __future__ import annotations

from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

import attrs

from callguard.batch import forms
from callguard.batch.answers import Counts
from callguard.batch.files import TableError, written
from callguard.batch.journal import Work, folder_for, kept_instant
from callguard.batch.packed import SUFFIXES as PACKED
from callguard.batch.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callguard.batch.answers import Answer
    from callguard.batch.asking import Asked
    from callguard.batch.pieces import Piece
    from callguard.batch.sources import Source
    from callguard.guard import Guard

    Progress = Callable[[int, int], None]
    Segments = Sequence[tuple[Any, str] | None]

_ROWS: Final = 1 << 18  # of a segment of Parquet or Arrow
_TEXT_ROWS: Final = 1 << 16
_BYTES: Final = 1 << 26
PARTS: Final = ("allowed", "denied", "unread")
_KEPT: Final[dict[str, Callable[[Answer], bool]]] = {
    "allowed": lambda answer: answer.allowed,
    "denied": lambda answer: not answer.allowed and not answer.unread,
    "unread": lambda answer: answer.unread,
}


@attrs.frozen
class Job:
    """What is screened into which file; `split`: into one each for the rows that are allowed, denied and unread."""

    source: str
    out: str
    asked: Asked
    lang: str = "en"
    sheet: str | None = None
    split: bool = False
    resume: bool = False
    force: bool = False
    threads: int = 1
    folder: Path | None = None  # where what is unfinished stands, else beside OUT

    @property
    def outs(self) -> list[str]:
        """The files that are written."""
        return [part_of(self.out, part) for part in PARTS] if self.split else [self.out]


def part_of(out: str, part: str) -> str:
    """Return the name of a part of what is written: `leads.csv.gz` becomes `leads.allowed.csv.gz`."""
    path = Path(out)
    suffixes = path.suffix
    if suffixes.lower() in PACKED and Path(path.stem).suffix:
        suffixes = Path(path.stem).suffix + suffixes
    stem = path.name[: len(path.name) - len(suffixes)] if suffixes else path.name
    return str(path.with_name(f"{stem}.{part}{suffixes}"))


def run(guard: Guard, job: Job, progress: Callable[[Source], Progress] = lambda _: lambda _done, _rows: None) -> Source:
    """Screen a file and return it, with what became of its rows; `progress` is asked once for what is told of how far it is.

    TableError for what cannot be screened, or written so: then nothing is left. Whatever else breaks it off, OSError among it,
    leaves what `resume` goes on from.
    """
    if job.resume and job.source == "-":
        raise TableError("resume-input")
    folder = job.folder or (None if job.out == "-" else folder_for(job.out))
    asked = job.asked
    if job.resume and folder is not None and asked.at is None and asked.at_column is None:
        asked = attrs.evolve(asked, at=kept_instant(folder))
    with open_source(job.source, guard, asked, lang=job.lang, sheet=job.sheet, threads=job.threads) as source:
        form = forms.form_for(job.out, source.form)
        timezone = guard.policy.enterprise.timezone
        encoders = [forms.encoder(form, source.shape, timezone) for _ in job.outs]
        with ExitStack() as stack:
            for each in encoders:
                stack.callback(each.close)
            target: _Target
            if folder is None or not encoders[0].lasting or any(_passes(out) for out in job.outs):
                target = _Passing([stack.enter_context(written(out)) for out in job.outs])
            else:
                target = _Lasting(job, folder, _head(guard, job, asked, source, form))
            stack.enter_context(target)
            if target.work is None or not target.work.is_done:
                told = progress(source)
                if target.work is not None and target.work.state is not None:
                    _restore(source, target.work.state)
                _segments(source, form, encoders, target, job.threads, told)
                target.end(encoders)
            elif target.work.state is not None:
                _restore(source, target.work.state)
            target.take_names()
    return source


def _passes(out: str) -> bool:
    """Return whether an output is no file that can be written beside: standard output, a pipe, a device."""
    return out == "-" or (Path(out).exists() and not Path(out).is_file())


def _segments(
    source: Source, form: forms.Form, encoders: Sequence[forms.Encoder], target: _Target, threads: int, told: Progress
) -> None:
    """Write the rows that are not yet written, segment by segment."""
    text = form.kind in {"text", "excel"}
    alone = threads < 2 or (text and form.packing is None)
    waiting: deque[tuple[Any, int, dict[str, Any]]] = deque()
    firsts = [not target.has_first(i) for i in range(len(encoders))]
    keeps = [_KEPT[part] for part in PARTS] if len(encoders) > 1 else [None]

    def encode(pieces: list[Piece], first: list[bool]) -> Segments:
        found: list[tuple[Any, str] | None] = []
        for i, (each, keep) in enumerate(zip(encoders, keeps, strict=True)):
            kept = pieces if keep is None else [part for part in (piece.only(keep) for piece in pieces) if len(part)]
            found.append(each.segment(kept, first=first[i]) if kept or first[i] else None)
        return found

    with ThreadPoolExecutor(threads) as pool:

        def cut(pieces: list[Piece]) -> None:
            first = list(firsts)
            firsts[:] = [False] * len(firsts)
            state = _state(source)
            done = None if alone else pool.submit(encode, pieces, first)
            waiting.append((encode(pieces, first) if done is None else done, source.counts.rows, state))
            while len(waiting) > (0 if alone else threads):
                write()

        def write() -> None:
            found, rows, state = waiting.popleft()
            target.add(found if alone else found.result(), rows, state)

        pieces: list[Piece] = []
        rows = size = 0
        for piece in source.pieces():
            pieces.append(piece)
            rows += len(piece)
            size += piece.size
            told(source.done, source.counts.rows)
            if rows >= (_TEXT_ROWS if text else _ROWS) or size >= _BYTES:
                cut(pieces)
                pieces, rows, size = [], 0, 0
        if pieces or any(firsts):
            cut(pieces)
        while waiting:
            write()


class _Target(Protocol):
    work: Work | None

    def __enter__(self) -> object: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None: ...

    def has_first(self, output: int) -> bool: ...

    def add(self, segments: Segments, rows: int, state: dict[str, Any]) -> None: ...

    def end(self, encoders: Sequence[forms.Encoder]) -> None: ...

    def take_names(self) -> None: ...


class _Passing:
    """Outputs that are written straight through."""

    work: Work | None = None

    def __init__(self, files: list[IO[bytes]]) -> None:
        self._files = files
        self._sizes = [0] * len(files)
        self._starts: list[list[int]] = [[] for _ in files]
        self._notes: list[list[str]] = [[] for _ in files]

    def __enter__(self) -> object:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None: ...

    def has_first(self, output: int) -> bool:
        return bool(self._starts[output])

    def add(self, segments: Segments, rows: int, state: dict[str, Any]) -> None:  # noqa: ARG002 - as what lasts
        for i, segment in enumerate(segments):
            if segment is not None:
                self._starts[i].append(self._sizes[i])
                self._notes[i].append(segment[1])
                self._files[i].write(segment[0])
                self._sizes[i] += memoryview(segment[0]).nbytes

    def end(self, encoders: Sequence[forms.Encoder]) -> None:
        for i, each in enumerate(encoders):
            self._files[i].write(each.ending(self._starts[i], self._notes[i]))

    def take_names(self) -> None: ...


class _Lasting:
    """Outputs that a journal is kept of."""

    def __init__(self, job: Job, folder: Path, head: dict[str, Any]) -> None:
        self._names = job.outs
        self.work: Work | None = Work.begin(folder, head, len(self._names), resume=job.resume, force=job.force)
        self._work = self.work

    def __enter__(self) -> object:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Take away what could never be finished; keep the rest for later."""
        if kind is not None and issubclass(kind, TableError):
            self._work.remove()
        else:
            self._work.close()

    def has_first(self, output: int) -> bool:
        return self._work.has_first(output)

    def add(self, segments: Segments, rows: int, state: dict[str, Any]) -> None:
        self._work.add(segments, rows, state)

    def end(self, encoders: Sequence[forms.Encoder]) -> None:
        work = self._work
        work.tell()
        for i, each in enumerate(encoders):
            work.end(i, each.ending(work.starts[i], work.notes[i]))
            each.finish(work.parts[i])

    def take_names(self) -> None:
        self._work.take_names(self._names)


def _state(source: Source) -> dict[str, Any]:
    """Return what became of the rows so far, as the journal keeps it."""
    counts = source.counts
    return {
        "rows": counts.rows,
        "reasons": dict(counts.reasons),
        "first_undecided": list(counts.first_undecided),
        "extras": source.extras,
    }


def _restore(source: Source, state: dict[str, Any]) -> None:
    source.go_on(Counts(state["rows"], Counter(state["reasons"]), list(state["first_undecided"])), state["extras"])


def _head(guard: Guard, job: Job, asked: Asked, source: Source, form: forms.Form) -> dict[str, Any]:
    """Return what a run is of, and how: all of it is the same when it goes on."""
    policy = guard.policy
    file = None if job.source == "-" else Path(job.source).resolve()
    known = None if file is None else file.stat()
    return {
        "journal": 1,
        "at": None if asked.at_column else source.at,
        "input": None if file is None or known is None else [str(file), known.st_size, known.st_mtime_ns],
        "policy": None if policy.file is None else sha256(policy.file.read_bytes()).hexdigest(),
        "lists": [[plane.name, plane.numbers, plane.dated] for plane in guard.lists],
        "campaign": asked.campaign,
        "caller": None if asked.caller is None else sha256(asked.caller.encode()).hexdigest(),
        "columns": [source.taken.number.index, source.taken.told],
        "language": job.lang,
        "sheet": job.sheet,
        "form": attrs.asdict(form),
        "outputs": [str(Path(out).resolve()) for out in job.outs],
    }
