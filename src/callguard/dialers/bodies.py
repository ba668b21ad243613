"""The bodies of requests, read so that no two readers can take them for different things.

What comes twice, is no UTF-8, is cut off, or has a number that JSON has not, is Unreadable.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

import attrs

from callguard.targets import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON: Final = "json"
FORM: Final = "form"
_TYPES: Final = {"application/json": JSON, "application/x-www-form-urlencoded": FORM}
_FORM: Final = re.compile(rb"[A-Za-z0-9_.\-*+%&=~]*")


@attrs.frozen
class Body:
    """The fields of a request, and the form in which they came."""

    fields: dict[str, Any] = attrs.field(repr=False)
    form: str

    def written(self) -> bytes:
        """Return the fields in the form in which they came, written anew."""
        if self.form == FORM:
            return urlencode(self.fields).encode()
        return json.dumps(self.fields, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def read_body(content: bytes, content_type: str) -> Body:
    """Read the body of a request; Unreadable for what is none, and for every other type."""
    kind, _, parameter = content_type.lower().replace(" ", "").partition(";")
    form = _TYPES.get(kind)
    if form is None or parameter not in ("", "charset=utf-8"):
        raise Unreadable("a body that is neither JSON nor a form, in UTF-8")
    return Body(_form(content) if form == FORM else _json(content), form)


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(found, allow_nan=False).encode()  # 1e999 and lone surrogates are read, but cannot be written
    except (ValueError, RecursionError):
        raise Unreadable("a body that is no JSON, or has a key twice") from None
    if not isinstance(found, dict):
        raise Unreadable("a body that is no object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def _no_number(_: str) -> float:
    raise ValueError("no number of JSON")


def _form(content: bytes) -> dict[str, Any]:
    if not _FORM.fullmatch(content):
        raise Unreadable("a form with unusual characters")
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, strict_parsing=bool(content), errors="strict")
    except ValueError:
        raise Unreadable("a form that cannot be read") from None
    if len(dict(pairs)) < len(pairs):
        raise Unreadable("a form that has a field twice")
    return dict(pairs)


def field(fields: dict[str, Any], name: str) -> Any:
    """Return a field, None where it is not there; Unreadable where another is written almost so."""
    plain = _plain(name)
    if any(_plain(each) == plain for each in fields if each != name):
        raise Unreadable("a field that is written in two ways")
    return fields.get(name)


def within(value: Any, *aside: str) -> Iterator[tuple[str, Any]]:
    """Yield each field of the objects in a value, its name folded as `field` compares names; those `aside` are not looked into."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, list):
            left += each
        elif isinstance(each, dict):
            for name, found in each.items():
                if name not in aside:
                    yield _plain(name), found
                    left.append(found)


def _plain(name: str) -> str:
    return re.sub(r"[_\-\s]|\[\]$", "", name.casefold())


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; Unreadable for anything else in it, or in its place."""
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        raise Unreadable("a list that is none of objects")
    return value
