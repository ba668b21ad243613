"""The one index of a policy's lists: the file that stands is mapped, one that does not is built and kept in the state's folder."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager, suppress
from hashlib import file_digest, sha256
from typing import TYPE_CHECKING, Any, Final

from callguard import clock, phone
from callguard.errors import CallguardError, IndexFileError, StateError
from callguard.index.batches import Source, SourceError
from callguard.index.building import build, build_image
from callguard.index.folder import Folder
from callguard.index.header import FORMAT
from callguard.index.lists import check, unreadable
from callguard.index.opened import open as open_index
from callguard.index.sources import kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from callguard.index.batches import Report
    from callguard.index.opened import Index, Progress
    from callguard.phone import NumberPlan
    from callguard.policy import ListSource, Policy
    from callguard.sealing import Keyring

_READING: Final = 1  # goes up when the same rows are read as other numbers
_TRIES: Final = 5


def for_policy(
    policy: Policy,
    numbers: NumberPlan,
    progress: Progress | None = None,
    *,
    folder: Path | None = None,
    keyring: Keyring | None = None,
) -> Index:
    """Return one index of all the policy's lists, whose planes have the lists' names, in their order.

    With a `folder` it is a file in it, named by what it is made of: mapped where it stands and is sound, else built. Where the
    `keyring` has a key, the file is sealed, and nothing but what sorting has no memory for is ever on the disk in the clear.
    Otherwise it is built in memory; a list that is an index file itself, the only one and without dates, is mapped as it is.
    PolicyError for a list that cannot be read, or is strict and has rows that cannot; StateError where the file cannot be written.
    """
    alone = _alone(policy)
    if alone is not None:
        return alone
    if folder is None or not policy.lists or sys.byteorder != "little":
        sources, how = _sources(policy, numbers, "", progress)
        with _told(policy):
            for source in sources:
                kind(source.path)  # a policy's list is a file
            return _known(policy, build(sources, None, **how))
    files = Folder(folder, keyring)
    for _ in range(_TRIES):
        before = _stamps(policy)
        key = _key(policy, numbers)
        index = files.standing(key) or _written(policy, numbers, files, key, progress)
        if before == _stamps(policy):
            index.derived = True
            return _known(policy, index)
        index.close()
    raise StateError("the lists were written to again and again while they were read; try again when they rest")


def standing_before(
    policy: Policy, numbers: NumberPlan, now: Index, *, folder: Path, keyring: Keyring | None = None
) -> Index | None:
    """Return the index of the policy's lists that was in force before `now`, as long as the folder has it; its planes are named so.

    None, too, where `now` is no file of the folder. What a candidate's lists are made into does not count.
    """
    if not now.derived:
        return None
    others = []
    if policy.candidate is not None:
        with suppress(CallguardError, OSError):
            others.append(_key(type(policy).load(policy.candidate), numbers))
    return Folder(folder, keyring).before(now, others)


def _alone(policy: Policy) -> Index | None:
    """Return the index file that is the policy's only list, where it can be mapped as it is."""
    if len(policy.lists) != 1:
        return None
    (source,) = policy.lists
    try:
        if kind(source.path) != "index":
            return None
        index = open_index(source.path)
    except (SourceError, IndexFileError) as error:
        raise unreadable(0, error) from error
    if len(index.planes) != 1 or index.further:
        return None
    (plane,) = index.planes
    check(source, 0, plane.reports)
    index.known_as({plane.name: (source.name, source.path)})
    return index


def _known(policy: Policy, index: Index) -> Index:
    index.known_as({source.name: (source.name, source.path) for source in policy.lists})
    return index


def _written(policy: Policy, numbers: NumberPlan, files: Folder, key: str, progress: Progress | None) -> Index:
    sources, how = _sources(policy, numbers, key, progress)
    try:
        with _told(policy):
            return files.put(
                key, lambda path: build(sources, path, **how), lambda image: build_image(sources, image, spill=files.path, **how)
            )
    except OSError as error:
        index = files.standing(key)  # another process was faster, where a file in use cannot be replaced
        if index is not None:
            return index
        raise StateError(f"the index of the lists cannot be written: `{error.filename or files.path}`, {error.strerror}") from error


def _sources(policy: Policy, numbers: NumberPlan, key: str, progress: Progress | None) -> tuple[list[Source], dict[str, Any]]:
    """Return what an index is built of, and how."""
    places = {source.name: (i, source) for i, source in enumerate(policy.lists)}

    def checked(source: Source, reports: Sequence[Report]) -> None:
        place, found = places[source.name]
        check(found, place, reports)

    how = {"numbers": numbers, "timezone": policy.enterprise.timezone, "progress": progress, "key": key, "check": checked}
    return [Source(source.name, source.path) for source in policy.lists], how


@contextmanager
def _told(policy: Policy) -> Iterator[None]:
    """Turn the errors of files into the policy's, or the state's."""
    try:
        yield
    except (SourceError, IndexFileError) as error:
        place = next((i for i, source in enumerate(policy.lists) if source.path == error.path), None)
        raise StateError(str(error)) if place is None else unreadable(place, error) from error


def _key(policy: Policy, numbers: NumberPlan) -> str:
    """Return the digest of all that decides what the index holds."""
    enterprise = policy.enterprise
    told: list[Any] = [FORMAT, _READING, phone.data_version(), clock.tz_version()]
    told += [numbers.region, numbers.integers, enterprise.timezone]
    told += [[source.name, source.strict, _digest(i, source)] for i, source in enumerate(policy.lists)]
    return sha256(json.dumps(told).encode()).hexdigest()


def _digest(place: int, source: ListSource) -> str:
    """Return the digest of a list's file: of all of it, or of an index file's header, which holds the checksums of the rest."""
    try:
        if kind(source.path) == "index":
            return f"index {open_index(source.path).digest}"
        with source.path.open("rb") as file:
            return f"{source.path.suffix.lower()} {file_digest(file, 'sha256').hexdigest()}"
    except (SourceError, IndexFileError) as error:
        raise unreadable(place, error) from error
    except OSError as error:
        raise unreadable(place, SourceError.unreadable(source.path, error)) from error


def _stamps(policy: Policy) -> list[tuple[int, ...] | None]:
    """Return what would differ if a list had been written meanwhile."""
    found: list[tuple[int, ...] | None] = []
    for source in policy.lists:
        try:
            status = source.path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return found
