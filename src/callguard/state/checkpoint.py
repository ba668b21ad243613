"""Checkpoints: what a view knows of refusals, in a file that the next start maps instead of reading the log again.

A file is written beside the old one and takes its place. It is copied while refusals go on, so that it may hold some that happened
after its mark: those are applied again. It is mapped privately: what is put into the table afterwards stays in the process, and the
rest is shared by all processes of the host. Where there is a key, the file is sealed; see `checkpoint_memory`.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import attrs

from callguard._core.delta import Masks, Slots
from callguard.errors import StateError
from callguard.memory_files import is_at, opened, put
from callguard.memory_files import write as write_at
from callguard.state.checkpoint_form import PAGE, Head, Unfit, cuts
from callguard.state.checkpoint_memory import mapped, sweep, unsealed
from callguard.state.directory import said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from callguard.sealing import Keyring
    from callguard.state.view import View

NAME: Final = "checkpoint"
_QUIET_S: Final = 30.0
_DIRTY: Final = 8 << 20  # bytes that are written before they are brought to the disk


def due(since: int, size: int, quiet: float = 0) -> bool:
    """Return whether it is time for a checkpoint: so many records since the last, so many refusals in all, seconds without another.

    Ten million refusals are written in about half a second, 170 MB; a million records are applied again in one, twenty if sealed.
    """
    return since >= 20_000 + size // 50 or (quiet >= _QUIET_S and since >= 1_000 + size // 1_000)


def standing(path: Path, database: str, keyring: Keyring) -> int:
    """Return the mark at which the checkpoint at a path stands; -1 where there is none that could be used."""
    try:
        fd = opened(path)
        try:
            return Head.read(fd, database, keyring).mark
        finally:
            os.close(fd)
    except (OSError, Unfit):
        return -1


def write(path: Path, view: View, database: str, mark: int, keyring: Keyring, *, last: int = 0) -> bool:
    """Put what a view holds into the place of the checkpoint at a path, lasting when this returns; others may put meanwhile.

    All up to `mark` is applied to the view, perhaps more. `last` is the check of the record at the mark, for `load`.
    False where another process is at it, or was for a later mark. StateError where it cannot be written: the old one stays.
    """
    heads: list[Head] = []

    def make(fd: int) -> bool:
        if standing(path, database, keyring) >= mark:
            return False
        heads.append(_write(fd, view, database, mark, keyring, last))
        return True

    try:
        put(path, make, lasting=True)
    except BlockingIOError:
        return False
    except OSError as error:
        raise StateError(f"the checkpoint `{path}` cannot be written ({said(error)}); starting takes longer without it") from error
    for head in heads:
        sweep(path, head)
    return bool(heads)


def _write(fd: int, view: View, database: str, mark: int, keyring: Keyring, last: int) -> Head:
    slots = view.delta.table()
    narrow = slots.sorts is not None
    head = Head(
        database=database, id=os.urandom(16), mark=mark, last=last, size=slots.size(), sorts=int(narrow), key=keyring.active
    )
    check, pieces, at, done = 0, 0, PAGE, 0
    memory = [memoryview(part).cast("B") for part in slots.memory()]
    # the words come first: of whatever is put meanwhile, bit, mask and scope are there by the time that these are copied
    for part, start, size in cuts(head.parts):
        piece = bytes(memory[part][start : start + size])
        check = crc32(piece, check)
        at = _put(fd, keyring.seal(piece, head.bound(pieces)), at)
        pieces += 1
        if at - done >= _DIRTY:
            os.fsync(fd)  # in steps, so that a record that others commit meanwhile need not wait for all of it
            done = at
    about = json.dumps(_about(view, check), separators=(",", ":")).encode()
    for _, start, size in cuts((len(about),)):
        at = _put(fd, keyring.seal(about[start : start + size], head.bound(pieces)), at)
        pieces += 1
    check = 0 if keyring.active else crc32(about)
    sorts = slots.sorts.count if slots.sorts is not None else 0
    head = attrs.evolve(head, used=slots.used, sorts=sorts, about=len(about), check=check)
    write_at(fd, head.page(keyring), 0)
    return head


def _about(view: View, check: int) -> dict[str, Any]:
    crowd = view.crowd
    scopes = view.scopes
    place = {scope: i for i, scope in enumerate(scopes)}
    return {
        "check": check,
        "scopes": scopes,
        "crowd": [[number, sorted(place[scope] for scope in found)] for number, found in crowd.items() if found],
    }


def _put(fd: int, piece: bytes, at: int) -> int:
    write_at(fd, piece, at)
    return at + len(piece)


def load(
    path: Path,
    view: View,
    database: str,
    keyring: Keyring,
    *,
    holds: Callable[[int, int], bool] | None = None,
    tell: Callable[[str], None] | None = None,
    shared: bool = True,
) -> int | None:
    """Begin an empty view with the checkpoint at a path, and return the mark that it stands at; None where none can be used.

    What was on record by then besides refusals is to be given to `view.apply_besides`, what came later to `view.apply`. `holds`
    tells whether the database has the record of a mark, with a check (0: not known). `tell` is told why a checkpoint is not used.
    What is this database's and cannot be used is removed. A sealed one is unsealed into memory that is `shared` with other
    processes under a name, or into this one's own, of which nothing is left whoever is killed.
    """
    try:
        fd = opened(path)
        try:
            head = Head.read(fd, database, keyring)
            reason = _used(fd, view, head, keyring, path, holds, shared=shared)
            if reason is not None and is_at(fd, str(path)):
                path.unlink()  # it would keep one of an older mark from taking its place
        finally:
            os.close(fd)
    except FileNotFoundError:
        return None
    except Unfit as unfit:
        reason = str(unfit)
    except OSError as error:
        reason = said(error)
    if reason is None:
        return head.mark
    if tell is not None:
        tell(f"the checkpoint `{path}` is not used: {reason}")
    return None


def _used(
    fd: int, view: View, head: Head, keyring: Keyring, path: Path, holds: Callable[[int, int], bool] | None, *, shared: bool
) -> str | None:
    """Begin a view with an open file of its database; return why that cannot be."""
    if keyring.active and not head.key:
        return "it is not sealed, though there is a key"
    if holds is not None and not holds(head.mark, head.last):
        return "the database does not have the record at which it stands: one of them is older than it was"
    try:
        _begin(view, head, unsealed(fd, head, keyring, path, shared=shared) if head.key else mapped(fd, head))
    except Unfit as unfit:
        return str(unfit)
    return None


def _begin(view: View, head: Head, memory: Any) -> None:
    """Give a view the parts of a file that is in memory; Unfit where they are not what was written."""
    held, at = memoryview(memory), PAGE
    parts = []
    for size in head.parts:
        parts.append(held[at : at + size])
        at += size
    check = 0
    for part, start, size in cuts(head.parts[:3]):
        check = crc32(parts[part][start : start + size], check)
    about = bytes(parts.pop())
    if not head.key and crc32(about) != head.check:
        raise Unfit("it is damaged")
    try:
        rest = json.loads(about)
        scopes: list[str] = rest["scopes"]
        crowd = {number: frozenset(scopes[i] for i in found) for number, found in rest["crowd"]}
        sound = rest["check"] == check
    except (ValueError, TypeError, KeyError, IndexError):
        sound = False
    if not sound:
        raise Unfit("it is damaged")
    view.begin(Slots(head.size, Masks(parts[2], head.sorts) if head.sorts else None, parts, head.used), scopes, crowd)
