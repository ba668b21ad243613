"""Requests read: a JSON object, a form, or a query, of bounded size and in bounded time."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import parse_qsl

from callguard.service.kinds import Written
from callguard.service.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from callguard.service.limits import Limits

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
_FIELDS: Final = 30


async def given(request: Request, limits: Limits, *, in_query: bool) -> Any:
    """Return what a request gives: of its query, or of its body, by its media type; Trouble where that cannot be read."""
    query = request.scope["query_string"]
    if in_query:
        return _pairs(query)
    if query:
        raise Trouble("unreadable", "accepted: the fields in the body, and none in the address")
    body = await _body(request, limits)
    media = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media == FORM:
        return _pairs(body)
    if media != JSON:
        raise Trouble("media-type", f"accepted: `{JSON}`, `{FORM}`")
    return _json(body) if body else {}


async def _body(request: Request, limits: Limits) -> bytes:
    length = request.headers.get("content-length", "")
    too_large = Trouble("too-large", f"accepted: at most {limits.body} bytes")
    if length.isdecimal() and int(length[:20]) > limits.body:
        raise too_large
    found = bytearray()
    try:
        async with asyncio.timeout(limits.read_s):
            async for part in request.stream():
                found += part
                if len(found) > limits.body:
                    raise too_large
    except TimeoutError:
        raise Trouble(
            "slow", f"accepted: the whole body within {limits.read_s:g} seconds", headers={"connection": "close"}
        ) from None
    return bytes(found)


def _json(body: bytes) -> Any:
    try:
        return _READER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):  # what it found may be a callee
        raise Trouble("unreadable", "accepted: one JSON object in UTF-8, no name twice, numbers that are numbers") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object no name of which comes twice: whoever stands before or behind this may read the other one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _pairs(text: bytes) -> dict[str, Written]:
    """Return the fields of a form or a query."""
    try:
        pairs: Sequence[tuple[str, str]] = parse_qsl(
            text.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=_FIELDS
        )
        return {name: Written(value) for name, value in _once(list(pairs)).items()}
    except ValueError:
        raise Trouble("unreadable", f"accepted: `name=value` parted by `&`, in UTF-8, no name twice, at most {_FIELDS}") from None


_READER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
