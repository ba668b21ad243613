"""Files that are read and written: what they are, where they must not be the same, and a name taken only when all is done."""

from __future__ import annotations

import io
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

from callguard.errors import CallguardError

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD: Final = 1 << 20
_SAID: Final = {  # of what a program is told
    "no-column": "there is no column `{name}`; accepted: {columns}",
    "no-numbers": "no column reads as phone numbers; accepted: `column=` with one of {columns}",
    "column-type": "the column `{name}` is {type}; accepted: text, and integers for numbers",
    "which-campaign": "no column tells the campaign; accepted: `campaign=` or `campaign_column=`, with campaigns of {names}",
    "which-caller": "no column tells the caller; accepted: `caller=` or `caller_column=`, with callers of {callers}",
    "needs-arrow": "PyArrow and NumPy are missing: pip install 'callguard-outbound[arrow]'",
    "needs-excel": "openpyxl or XlsxWriter is missing: pip install 'callguard-outbound[excel]'",
}


class TableError(CallguardError):
    """A file cannot be screened; `key` names why, `facts` what there is to say of it."""

    def __init__(self, key: str, **facts: object) -> None:
        """Keep the key and the facts; the command line has the sentences."""
        self.key = key
        self.facts = facts
        said = _SAID.get(key, f"{key}: " + ", ".join(f"{name} {{{name}}}" for name in facts))
        super().__init__(said.format(**facts))

    def __reduce__(self) -> tuple[Any, ...]:
        """Be raised in another process with what there is to say of it."""
        return _table_error, (self.key, self.facts)


def _table_error(key: str, facts: dict[str, object]) -> TableError:
    return TableError(key, **facts)


@contextmanager
def opened(source: str) -> Iterator[tuple[IO[bytes], int | None]]:
    """Open a file, or standard input for `-`; gives its size, None where that cannot be known."""
    import sys

    if source == "-":
        yield io.BufferedReader(cast("io.RawIOBase", sys.stdin.buffer), HEAD), None
        return
    path = Path(source)
    with path.open("rb") as file:
        yield file, path.stat().st_size if path.is_file() else None


def same(target: str, source: str | Path) -> bool:
    """Return whether two names are one regular file, by a link too; `-` is what standard output, or input, is bound to."""
    with suppress(OSError, ValueError):
        first, second = _stat(target, 1), _stat(source, 0)
        return stat.S_ISREG(first.st_mode) and os.path.samestat(first, second)
    return False


def _stat(name: str | Path, descriptor: int) -> os.stat_result:
    return os.fstat(descriptor) if name == "-" else Path(name).stat()


@contextmanager
def written(target: str) -> Iterator[IO[bytes]]:
    """Open a file to be written beside its name, which it takes when all is done; standard output for `-`.

    It keeps the mode of the file that it replaces. An OSError names the folder that cannot be written into.
    """
    import sys

    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target).resolve()
    if path.exists() and not path.is_file():  # a pipe, /dev/null: nothing to rename over
        with path.open("wb") as file:
            yield file
        return
    beside = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        file = beside.open("xb")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path.parent)) from error
    try:
        with file:
            yield file
        if path.exists():
            beside.chmod(stat.S_IMODE(path.stat().st_mode))
        try:
            beside.replace(path)
        except OSError as error:
            raise type(error)(error.errno, error.strerror, str(path)) from error
    finally:
        beside.unlink(missing_ok=True)
