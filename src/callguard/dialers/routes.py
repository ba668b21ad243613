"""The requests of a voice API: which place calls and how these are read, which do no harm, which are denied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote

import attrs

from callguard.dialers.bodies import field
from callguard.judging import Denied
from callguard.targets import Target, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from callguard.dialers.knowing import Known

READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
_SEGMENT: Final = re.compile(r"(?:[A-Za-z0-9_\-.:~@+=,!$]|%(?:2B|3A|40|3D|2C|20|23|2A|7E))+", re.IGNORECASE)
_ANY: Final = "{}"

Allows: TypeAlias = "Callable[[str], bool]"
Carry: TypeAlias = "Callable[[Known], bool]"
Named: TypeAlias = "Callable[[Any], list[tuple[str, str | None]]]"


def _nobody(_: Any) -> list[tuple[str, str | None]]:
    return []


@attrs.frozen(kw_only=True)
class Reading:
    """What a request asks for: whom it calls, from which number, and where a reference may be put.

    `once` is the field under which the API takes a request that is sent again for the same one. `carry` writes what is known of
    the calls into the body, and returns whether there was room; `named` finds the calls' ids, and their numbers, in the answer.
    """

    targets: tuple[Target, ...]
    caller_id: str | None = attrs.field(default=None, repr=False)
    once: str | None = None
    carry: Carry | None = attrs.field(default=None, repr=False)  # it holds the body
    named: Named = _nobody


Reader: TypeAlias = "Callable[[dict[str, Any], Allows], Reading]"
NOBODY: Final = Reading(targets=())


@attrs.frozen(kw_only=True)
class Api:
    """A voice API. Requests are named as `POST /calls/{}/actions/transfer`, `{}` for any one part of a path.

    `root` is the part of its paths that all have; `denial` writes its form of error.
    """

    name: str
    hosts: frozenset[str]
    root: str
    places: Mapping[str, tuple[Reader, str]]
    harmless: Mapping[str, str]
    unknown: Mapping[str, str]
    denial: Callable[[Denied], dict[str, Any]]
    _shapes: Mapping[tuple[str, int], list[tuple[str, ...]]] = attrs.field(init=False, repr=False)

    @_shapes.default
    def _by_shape(self) -> dict[tuple[str, int], list[tuple[str, ...]]]:
        found: dict[tuple[str, int], list[tuple[str, ...]]] = {}
        for name in (*self.places, *self.harmless, *self.unknown):
            verb, _, path = name.partition(" ")
            parts = tuple(path.strip("/").split("/"))
            found.setdefault((verb, len(parts)), []).append(parts)
        for shape in found.values():
            shape.sort(key=lambda parts: [part == _ANY for part in parts])  # what is written out comes before what is any
        return found

    def request(self, verb: str, raw_path: str) -> str | None:
        """Return the name of a request that is in a table; None for any other, and for a path that may be read in two ways."""
        path = raw_path
        while self.root and path.startswith(f"{self.root}/"):
            path = path.removeprefix(self.root)
        parts = path.removeprefix("/").split("/")
        if not path.startswith("/") or not all(_SEGMENT.fullmatch(part) and part.strip(".") for part in parts):
            return None
        for form in self._shapes.get((verb, len(parts)), ()):
            if all(_fits(part, written) for part, written in zip(parts, form, strict=True)):
                return f"{verb} /{'/'.join(form)}"
        return None

    def reader(self, name: str | None, allows: Allows) -> Reader | None:
        """Return how a request is read, None where it is passed; Denied where it is unknown, and not allowed by name."""
        if name is not None and name in self.places:
            return self.places[name][0]
        if name is None or (name not in self.harmless and not allows(name)):
            raise Denied("command-unknown")
        return None


def _fits(part: str, form: str) -> bool:
    if _ANY not in form:
        return unquote(part) == form
    before, _, after = form.partition(_ANY)
    return len(part) > len(before) + len(after) and part.startswith(before) and part.endswith(after)


def without(fields: dict[str, Any], allows: Allows, *names: str) -> None:
    """Deny a request that has one of these fields, which mean more than can be decided, unless they are allowed by name."""
    for name in names:
        if field(fields, name) and not allows(name):
            raise Denied("command-unreadable", name)


def text(value: Any) -> str | None:
    """Return a text, None for none; Unreadable for anything else."""
    if value is None or isinstance(value, str):
        return value or None
    raise Unreadable("a caller that is no text")


def requests(verb: str, paths: str, why: str) -> dict[str, str]:
    """Give many requests of one verb, whose paths are separated by blanks, one reason."""
    return {f"{verb} {path}": why for path in paths.split()}
