"""The folder of a state's index files: plain ones, or sealed ones where there is a key; and which of them have had their time."""

from __future__ import annotations

import io
import os
import re
import time
from contextlib import suppress
from functools import partial
from typing import IO, TYPE_CHECKING, Final

from callguard.clock import DAY
from callguard.errors import IndexFileError
from callguard.index import sealed
from callguard.index.opened import open as open_index

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from pathlib import Path

    from callguard.index.opened import Index
    from callguard.sealing import Keyring

_KEPT_S: Final = 7 * DAY  # that nobody has opened a file for, before it goes
_HALF_S: Final = DAY  # that a file is half written, before it goes
_MARKED_S: Final = 3_600.0  # before a use is marked again
_OURS: Final = re.compile(r"[0-9a-f]{40}\.cgx|[0-9a-f]{32}\.sealed")
_HALVES: Final = re.compile(r"\..*\.cgx\..*\.part|[0-9a-f]{32}\.sealed\.new")
_PLAIN: Final = re.compile(r"[0-9a-f]{40}\.cgx|\..*\.cgx\..*\.part")


class Folder:
    """Index files in a folder, each named by the key of what it is made of; with a keyring, by what nobody else makes of that."""

    def __init__(self, path: Path, keyring: Keyring | None) -> None:
        """Take a folder, which need not be there yet."""
        self.path = path
        self._keyring = keyring if keyring is not None and keyring.active else None

    def standing(self, key: str) -> Index | None:
        """Return the index of a key, where its file stands; None where there is none, or it cannot be used."""
        for path in self._paths(key):
            with suppress(OSError, IndexFileError):
                index = self._opened(path)
                if index.key == key:
                    self._uncovered()
                    _mark(path)
                    return index
                index.close()
        return None

    def before(self, index: Index, others: Container[str] = ()) -> Index | None:
        """Return the index whose file was used last before that of an index in the folder; None where none is left of it.

        Those of the keys `others` do not count.
        """
        found: list[tuple[float, Path]] = []
        with suppress(OSError):
            for path in self.path.iterdir():
                with suppress(OSError):
                    if _OURS.fullmatch(path.name):
                        found.append((path.stat().st_mtime, path))
        for _, path in sorted(found, reverse=True):
            with suppress(OSError, IndexFileError):
                other = self._opened(path)
                if other.key not in others and other.key != index.key:
                    return other
                other.close()
        return None

    def put(self, key: str, build: Callable[[Path], Index], build_image: Callable[[IO[bytes]], object]) -> Index:
        """Make the file of a key, in the place of any that stands there; OSError, and what building raises.

        Plain, it is what `build` makes; sealed, what `build_image` writes, which stands in memory until then.
        """
        path = self._paths(key)[0]
        self.path.mkdir(parents=True, exist_ok=True)
        if self._keyring is None:
            index = build(path)
        else:
            with io.BytesIO() as image:
                build_image(image)
                sealed.write(image, path, self._keyring, partial(self._stands, key))
            index = self.standing(key) or self._opened(path)  # which says what is wrong with it
        self._remove(_OURS, _KEPT_S)
        self._remove(_HALVES, _HALF_S)
        return index

    def _paths(self, key: str) -> list[Path]:
        """Return where the file of a key may stand, first where it is written: a key alone would tell who guesses a short list."""
        if self._keyring is None:
            return [self.path / f"{key[:40]}.cgx"]
        return [self.path / f"{blind.hex()}.sealed" for blind in self._keyring.blinds(f"index {key}")]

    def _stands(self, key: str) -> bool:
        index = self.standing(key)
        if index is not None:
            index.close()
        return index is not None

    def _opened(self, path: Path) -> Index:
        return open_index(path) if self._keyring is None else sealed.open(path, self._keyring)

    def _uncovered(self) -> None:
        """Remove what was written before there was a key."""
        if self._keyring is not None:
            self._remove(_PLAIN)

    def _remove(self, names: re.Pattern[str], age: float = 0) -> None:
        """Remove files that have not been written or marked for so many seconds; whoever has one mapped keeps it."""
        with suppress(OSError):
            now = time.time()
            for found in self.path.iterdir():
                with suppress(OSError):
                    if names.fullmatch(found.name) and (not age or found.stat().st_mtime < now - age):
                        found.unlink()


def _mark(path: Path) -> None:
    """Mark that a file is used."""
    with suppress(OSError):
        if path.stat().st_mtime < time.time() - _MARKED_S:
            os.utime(path)
