"""One table screened from file to file: pieces into segments, segments encoded while others are decided, in order, by a journal.

What is text goes in blocks, each read, decided and encoded as a whole, by as many processes as there may be.
"""

from __future__ import annotations

from collections import Counter, deque
from contextlib import ExitStack, nullcontext
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.batch import blocks, forms, workers
from callguard.batch.answers import Counts
from callguard.batch.blocks import BlockScreening, behind
from callguard.batch.files import TableError
from callguard.batch.journal import folder_for, kept_instant
from callguard.batch.outputs import PARTS, Encoding, Lasting, Passing, Target, passes
from callguard.batch.packed import SUFFIXES as PACKED
from callguard.batch.sources import TextSource, open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from callguard.batch.asking import Asked
    from callguard.batch.blocks import Screened
    from callguard.batch.outputs import Segments
    from callguard.batch.pieces import Piece
    from callguard.batch.sources import Source
    from callguard.batch.workers import Crew
    from callguard.guard import Guard

    Progress = Callable[[int, int], None]

_ROWS: Final = 1 << 18  # of a segment of Parquet or Arrow
_TEXT_ROWS: Final = 1 << 14
_SHEET_ROWS: Final = 1 << 11  # few: others are read meanwhile
_BYTES: Final = 1 << 26
_FEW: Final = 2  # blocks that are not worth a process


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
    with ExitStack() as stack:
        source = stack.enter_context(open_source(job.source, guard, asked, lang=job.lang, sheet=job.sheet, threads=job.threads))
        form = forms.form_for(job.out, source.form)
        encoding = stack.enter_context(_encoding(guard, job, source, form))
        rows: _Blocks | _Pieces  # before anything is written: forked processes have nothing open of it
        if isinstance(source, TextSource) and encoding.lasting:
            rows = _Blocks(guard, job, source, form, stack)
        else:
            rows = _Pieces(source, form, stack.enter_context(_crew(source, form, encoding, job.threads)))
        target: Target
        if folder is None or not encoding.lasting or any(passes(out) for out in job.outs):
            target = Passing(job.outs)
        else:
            target = Lasting(job.outs, folder, _head(guard, job, asked, source, form), resume=job.resume, force=job.force)
        stack.enter_context(target)
        work = target.work
        if work is not None and work.state is not None:
            counts = work.state["counts"]
            source.go_on(Counts(counts["rows"], Counter(counts["reasons"]), counts["first_undecided"]), work.state["extras"])
        if work is None or not work.is_done:
            rows.write(target, progress(source))
            target.end(encoding.encoders)
        target.take_names()
    return source


def _encoding(guard: Guard, job: Job, source: Source, form: forms.Form) -> Encoding:
    return Encoding(form, source.shape, guard.policy.enterprise.timezone, split=job.split)


class _Blocks:
    """The blocks of a text, and who screens them."""

    def __init__(self, guard: Guard, job: Job, source: TextSource, form: forms.Form, stack: ExitStack) -> None:
        """Start the processes, where there are more than a few blocks."""
        self._source = source
        screen = BlockScreening(source.screening, lambda: _encoding(guard, job, source, form), source.form).screen
        found = source.blocks()
        first = list(islice(found, _FEW + 1))
        self._blocks = chain(first or [""], found)
        alone = not workers.FORKS or job.threads < 2 or len(first) <= _FEW
        self._crew: Crew = workers.Here(screen) if alone else stack.enter_context(workers.Processes(screen, job.threads))

    def write(self, target: Target, told: Progress) -> None:
        """Screen and write those that are not yet written."""
        source, state = self._source, {} if target.work is None else target.work.state or {}
        done, lines = state.get("blocks", 0), state.get("lines", source.before)
        left = ((block, i == 0) for i, block in enumerate(self._blocks) if i >= done)
        found: Screened
        try:
            for found in self._crew.done(left):
                source.join(found.counts, found.extras)
                done, lines = done + 1, lines + found.lines
                target.add(found.segments, source.counts.rows, _state(source) | {"blocks": done, "lines": lines})
                told(source.done, source.counts.rows)
        except TableError as error:
            raise behind(error, source.counts.rows, lines) from error


def _crew(source: Source, form: forms.Form, encoding: Encoding, threads: int) -> AbstractContextManager[Crew]:
    """Return who encodes pieces: what Python alone encodes goes to processes, what Arrow does to threads."""

    def encode(task: tuple[list[Piece], bool]) -> Segments:
        pieces, first = task
        return encoding.segments(pieces, first=first)

    many = source.by_rows and (source.total is None or source.total > _ROWS)
    if threads > 1 and form.kind == "text" and many and workers.FORKS:
        return workers.Processes(encode, threads)
    if threads > 1 and form.kind not in {"text", "excel"}:
        return workers.Threads(encode, threads)
    return nullcontext(workers.Here(encode))


class _Pieces:
    """The pieces of what is no text, and who encodes them."""

    def __init__(self, source: Source, form: forms.Form, crew: Crew) -> None:
        self._source, self._crew = source, crew
        self._most = {"text": _TEXT_ROWS, "excel": _SHEET_ROWS}.get(form.kind, _ROWS)

    def write(self, target: Target, told: Progress) -> None:
        """Encode and write those that are not yet written."""
        source = self._source
        states: deque[tuple[int, dict[str, Any]]] = deque()

        def tasks() -> Iterator[tuple[list[Piece], bool]]:
            first = not target.has_first()
            for pieces in _cut(source, self._most, told):
                if pieces or first:
                    states.append((source.counts.rows, _state(source)))
                    yield pieces, first
                    first = False

        for segments in self._crew.done(tasks()):
            target.add(segments, *states.popleft())


def _cut(source: Source, most: int, told: Progress) -> Iterator[list[Piece]]:
    """Yield pieces of so many rows together, or of many bytes; what is left comes last, if only none."""
    pieces: list[Piece] = []
    rows = size = 0
    for piece in source.pieces():
        pieces.append(piece)
        rows += len(piece)
        size += piece.size
        told(source.done, source.counts.rows)
        if rows >= most or size >= _BYTES:
            yield pieces
            pieces, rows, size = [], 0, 0
    yield pieces


def _state(source: Source) -> dict[str, Any]:
    """Return what became of the rows so far, as the journal keeps it."""
    counts = source.counts
    return {
        "counts": {"rows": counts.rows, "reasons": dict(counts.reasons), "first_undecided": list(counts.first_undecided)},
        "extras": source.extras,
    }


def _head(guard: Guard, job: Job, asked: Asked, source: Source, form: forms.Form) -> dict[str, Any]:
    """Return what a run is of, and how: all of it is the same when it goes on."""
    policy = guard.policy
    file = None if job.source == "-" else Path(job.source).resolve()
    known = None if file is None else file.stat()
    return {
        "journal": 2,
        "block": blocks.SIZE,
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
