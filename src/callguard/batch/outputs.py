"""What a run writes: one output, or one each for rows allowed, denied and unread; passed through, or kept by a journal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, Self

from callguard.batch import forms
from callguard.batch.files import TableError, written
from callguard.batch.journal import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from callguard.batch.answers import Answer
    from callguard.batch.pieces import Piece, Shape

Segments = Sequence[tuple[Any, str] | None]  # of each output its bytes and a note, None where it gets no row

PARTS: Final = ("allowed", "denied", "unread")
_KEPT: Final[dict[str, Callable[[Answer], bool]]] = {
    "allowed": lambda answer: answer.allowed,
    "denied": lambda answer: not answer.allowed and not answer.unread,
    "unread": lambda answer: answer.unread,
}


class Encoding:
    """Turns pieces into the segments of each output."""

    def __init__(self, form: forms.Form, shape: Shape, timezone: str, *, split: bool) -> None:
        self._parts = [_KEPT[part] for part in PARTS] if split else [None]
        self.encoders = [forms.encoder(form, shape, timezone) for _ in self._parts]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self.encoders:
            each.close()

    @property
    def lasting(self) -> bool:
        """Whether segments stand by themselves."""
        return self.encoders[0].lasting

    def segments(self, pieces: Sequence[Piece], *, first: bool) -> Segments:
        """Return the bytes of pieces; the `first` have what each output begins with."""
        found: list[tuple[Any, str] | None] = []
        for encoder, keep in zip(self.encoders, self._parts, strict=True):
            kept = pieces if keep is None else [part for part in (piece.only(keep) for piece in pieces) if len(part)]
            found.append(encoder.segment(kept, first=first) if kept or first else None)
        return found


class Target(Protocol):
    """Takes segments in their order."""

    work: Work | None

    def __enter__(self) -> object: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    def has_first(self) -> bool:
        """Return whether the outputs have their beginnings."""

    def add(self, segments: Segments, rows: int, state: dict[str, Any]) -> None:
        """Write a segment of each output; `rows` of the input are done then, and `state` is what they came to."""

    def end(self, encoders: Sequence[forms.Encoder]) -> None:
        """Write what the outputs end with."""

    def take_names(self) -> None:
        """Give the outputs their names."""


class Passing:
    """Outputs that are written straight through."""

    work: Work | None = None

    def __init__(self, names: Sequence[str]) -> None:
        with ExitStack() as stack:
            self._files: list[IO[bytes]] = [stack.enter_context(written(name)) for name in names]
            self._open = stack.pop_all()
        self._sizes = [0] * len(names)
        self._starts: list[list[int]] = [[] for _ in names]
        self._notes: list[list[str]] = [[] for _ in names]

    def __enter__(self) -> object:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give the files their names, or take them away."""
        self._open.__exit__(kind, error, trace)

    def has_first(self) -> bool:
        """Return whether the outputs have their beginnings."""
        return bool(self._starts[0])

    def add(self, segments: Segments, rows: int, state: dict[str, Any]) -> None:  # noqa: ARG002 - as what lasts
        """Write a segment of each output."""
        for i, segment in enumerate(segments):
            if segment is not None:
                self._starts[i].append(self._sizes[i])
                self._notes[i].append(segment[1])
                self._files[i].write(segment[0])
                self._sizes[i] += memoryview(segment[0]).nbytes

    def end(self, encoders: Sequence[forms.Encoder]) -> None:
        """Write what the outputs end with."""
        for i, each in enumerate(encoders):
            self._files[i].write(each.ending(self._starts[i], self._notes[i]))

    def take_names(self) -> None:
        """They have their names, or get them when they are closed."""


class Lasting:
    """Outputs that a journal is kept of."""

    def __init__(self, names: Sequence[str], folder: Path, head: dict[str, Any], *, resume: bool, force: bool) -> None:
        """Begin, or go on; TableError and OSError as `Work.begin`."""
        self._names = names
        self.work: Work | None = Work.begin(folder, head, len(names), resume=resume, force=force)
        self._work = self.work

    def __enter__(self) -> object:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Take away what could never be finished; keep the rest for later."""
        if kind is not None and issubclass(kind, TableError):
            self._work.remove()
        else:
            self._work.close()

    def has_first(self) -> bool:
        """Return whether the outputs have their beginnings."""
        return bool(self._work.starts[0])

    def add(self, segments: Segments, rows: int, state: dict[str, Any]) -> None:
        """Write a segment of each output, and put it on record."""
        self._work.add(segments, rows, state)

    def end(self, encoders: Sequence[forms.Encoder]) -> None:
        """Write what the outputs end with."""
        work = self._work
        work.tell()
        for i, each in enumerate(encoders):
            work.end(i, each.ending(work.starts[i], work.notes[i]))
            each.finish(work.parts[i])

    def take_names(self) -> None:
        """Give the outputs their names; nothing else is left."""
        self._work.take_names(self._names)


def passes(out: str) -> bool:
    """Return whether an output is no file that can be written beside: standard output, a pipe, a device."""
    return out == "-" or (Path(out).exists() and not Path(out).is_file())
