"""An index that is ready to answer: mapped, read into memory or just made; and what tells whether its file is damaged."""

from __future__ import annotations

import io
import mmap
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from zlib import crc32

import attrs

from callguard._core.trie import Trie
from callguard.errors import IndexFileError
from callguard.index import header as headers
from callguard.index.header import CHECKED, PIECE, Header, StoredPlane
from callguard.index.planes import Entries, Plane
from callguard.rules.rule import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Progress = Callable[[int, int, str], object]

FURTHER: Final = ""  # the plane of the numbers that have entries
_HUGE: Final = 2 << 20


class Index:
    """Numbers on planes, and their entries with a beginning or an end; in memory, or a file that is mapped read-only.

    `planes` are its lists, in the order of their bits. `further` is the bit of the numbers that have entries, 0 where none has.
    `numbers` are the distinct ones of all planes, `path` is None in memory, `size` the bytes of the file. `key` names what the
    index was made of, `digest` what its file holds. `derived` says that the file was made of others, and can be made again. Of a
    sealed file all is said of what was sealed.
    """

    def __init__(
        self, header: Header, sections: Mapping[str, memoryview], *, path: Path | None = None, size: int = 0, digest: str = ""
    ) -> None:
        """Take a header and its sections as they are."""
        self.key, self.numbers, self.data, self.made = header.key, header.numbers, header.data, header.made
        self.path, self.size, self.digest, self.derived = path, size, digest, False
        bits = len(header.planes)
        self.further = 1 << (bits - 1) if header.planes[-1].name == FURTHER else 0
        root, nodes, records, lines, runs = (sections[name] for name in ("root", "nodes", "records", "lines", "runs"))
        self.trie = Trie(root, nodes, records, lines, runs, bits)
        self._entries = Entries(sections["dated"])
        self.planes = tuple(
            Plane(found.name, i, 1 << i if i < bits else 0, found.numbers, found.dated, found.reports, self._entries, path)
            for i, found in enumerate((*header.planes, *header.beyond))
            if found.name != FURTHER
        )
        self._sections = sections
        self._checks_crc = header.checks_crc
        self._mapped: mmap.mmap | None = None
        self._let_go: Callable[[], object] | None = None
        self._closed = threading.Event()
        self._verifier: threading.Thread | None = None

    def known_as(self, names: Mapping[str, tuple[str, Path]]) -> None:
        """Give planes other names, and the files that they come from, in memory alone."""
        self.planes = tuple(
            attrs.evolve(plane, name=names[plane.name][0], path=names[plane.name][1]) if plane.name in names else plane
            for plane in self.planes
        )

    @property
    def entered(self) -> memoryview:
        """The entries as they stand in the file."""
        return self._sections["dated"]

    def dated(self, number: int) -> tuple[tuple[str, float | None, float | None], ...]:
        """Return the entries of a number: the plane's name, since and until in epoch seconds, None where there is none."""
        found = list(self._entries.of(number))
        if not found:
            return ()
        names = {plane.place: plane.name for plane in self.planes}
        return tuple((names[place], since, until) for place, since, until in found if place in names)

    def listings(self, number: int) -> tuple[Listing, ...]:
        """Return everything that the lists say of a number, in their order; whether an entry holds is for the rules to say."""
        mask = self.trie.mask(number)
        if not mask:
            return ()
        dated = self.dated(number) if mask & self.further else ()
        found: list[Listing] = []
        for plane in self.planes:
            mine = [Listing(*entry) for entry in dated if entry[0] == plane.name]
            found += mine or ([Listing(plane.name)] if mask & plane.bit else [])
        return tuple(found)

    def write(self, file: IO[bytes]) -> None:
        """Write an index in memory as the bytes of an index file, from the beginning of an open one on."""
        from callguard.index.writing import STREAMS, ImageWriter

        stored = [StoredPlane(plane.name, plane.numbers, plane.dated, plane.reports) for plane in self.planes]
        with_bits = [found for found, plane in zip(stored, self.planes, strict=True) if plane.bit]
        marking = [StoredPlane(FURTHER)] if self.further else []
        beyond = tuple(stored[len(with_bits) :])
        header = Header(self.key, (*with_bits, *marking), beyond, self.data, self.made, self.numbers)
        writer = ImageWriter(file, header.room(), io.BytesIO)
        for name in STREAMS:
            writer.stream(name).write(self._sections[name])
        writer.finish(header, {name: self._sections[name] for name in ("root", "nodes", "records")})

    def verify(self, progress: Progress | None = None) -> None:
        """Read all of the file; IndexFileError names the file, and the section whose checksum is wrong."""
        sections = self._sections  # which keep the map open, if the index is closed meanwhile
        if self.path is None or not sections:
            return
        self._check_size()
        checks = sections["checks"].cast("B")
        if crc32(checks) != self._checks_crc:
            raise self._damaged("checks")
        sums = iter(checks.cast("I"))
        done = 0
        for name in CHECKED:
            section = sections[name]
            for at in range(0, section.nbytes, PIECE):
                if self._closed.is_set():
                    return
                self._check_size()
                piece = section[at : at + PIECE]
                if crc32(piece) != next(sums):
                    raise self._damaged(name)
                done += piece.nbytes
                if progress is not None:
                    progress(done, self.size, "check")

    def verify_for(self, on_damage: Callable[[str], object]) -> None:
        """Verify, and call `on_damage` with what there is to say where the file is damaged."""
        try:
            self.verify()
        except IndexFileError as error:
            on_damage(str(error))

    def verify_in_background(self, on_damage: Callable[[str], object]) -> threading.Thread:
        """Do what `verify_for` does in a daemon thread."""
        thread = threading.Thread(target=self.verify_for, args=(on_damage,), name="callguard-verify", daemon=True)
        thread.start()
        self._verifier = thread
        return thread

    def stop_verifying(self) -> None:
        """Let go of the file's bytes that are being checked; what was found until then stands."""
        self._closed.set()
        if self._verifier is not None and self._verifier is not threading.current_thread():
            self._verifier.join()

    def _check_size(self) -> None:
        """Do nothing while the file is as long as its map; to read behind its end would end the process."""
        if self._mapped is not None and self.path is not None and self._mapped.size() < len(self._mapped):
            raise IndexFileError("cut", self.path, "was truncated while it was in use")

    def _damaged(self, section: str) -> IndexFileError:
        """Return the error; a file that was made of others is taken away, so that the next to open it makes it anew."""
        assert self.path is not None
        if self.derived:
            with suppress(OSError):
                self.path.unlink()
        return IndexFileError("damaged", self.path, f"is damaged in its section `{section}`", section=section)

    def close(self) -> None:
        """Stop verifying, and let go of the map as soon as nobody looks at it any more; the index cannot be asked again."""
        self._closed.set()
        self.let_go()
        self._sections = {}
        self.planes = ()
        del self.trie, self._entries
        if self._mapped is not None:
            with suppress(BufferError):
                self._mapped.close()

    def let_go(self) -> None:
        """Take away what stands unsealed in the memory file system, unless other processes have it; the index can be asked on."""
        if self._let_go is not None:
            self._let_go()

    def map_is(self, mapped: mmap.mmap, let_go: Callable[[], object] | None = None) -> Index:
        """Remember what the sections stand in, and what lets go of its name; return itself."""
        self._mapped, self._let_go = mapped, let_go
        return self


def open(path: Path | str, *, huge: bool = False) -> Index:  # noqa: A001 - as one says it
    """Map an index file read-only, or read it into huge pages; of a mapped one nothing but the header is looked at.

    IndexFileError for a file that is truncated, foreign, sealed, of another format, or whose header is damaged; OSError for one
    that cannot be opened.
    """
    path = Path(path)
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        header, whole = headers.read(file, path, size)
        held = _huge(file, path, size) if huge else mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    index = over(held, header, whole, path, size)
    return index if huge else index.map_is(held)


def over(held: mmap.mmap, header: Header, whole: bytes, path: Path, size: int) -> Index:
    """Return the index whose file stands in memory, with its header as it was read, and the bytes of that."""
    from hashlib import sha256

    view = memoryview(held).toreadonly()
    sections = {name: view[offset : offset + length] for name, (offset, length) in header.sections.items()}
    return Index(header, sections, path=path, size=size, digest=sha256(whole).hexdigest())


def _huge(file: IO[bytes], path: Path, size: int) -> mmap.mmap:
    """Return anonymous memory, in huge pages where the platform has them, with the whole file in it."""
    held = mmap.mmap(-1, -(-size // _HUGE) * _HUGE)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            held.madvise(mmap.MADV_HUGEPAGE)
    file.seek(0)
    with memoryview(held) as view:
        at = 0
        while at < size:
            count = file.readinto(view[at:size])  # type: ignore[attr-defined]
            if not count:
                raise IndexFileError("cut", path, "was truncated while it was in use")
            at += count
    return held
