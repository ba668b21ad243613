"""What is answered when a request is not: a problem (RFC 9457) that names the field, what was found, what is accepted.

No problem says what a field held: it may be a callee.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import attrs
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEDIA: Final = "application/problem+json"

# Each code with its status and its title.
CODES: Final[dict[str, tuple[int, str]]] = {
    "unreadable": (400, "The request cannot be read"),
    "unauthorized": (401, "A bearer token is needed"),
    "foreign": (403, "The request comes from a web page, or by another host name"),
    "consents-off": (403, "This service takes no consents and lifts no refusals"),
    "not-found": (404, "There is nothing here"),
    "no-attempt": (404, "No attempt with this id is open"),
    "method": (405, "This is not done with this method"),
    "slow": (408, "The request was not here in time"),
    "key": (409, "The key was used for another call"),
    "too-large": (413, "The request is too large"),
    "media-type": (415, "The body is of another type"),
    "fields": (422, "A field cannot be as it is"),
    "internal": (500, "Something went wrong here, and nothing was allowed"),
    "busy": (503, "There are too many requests at once"),
    "state": (503, "It could not be kept"),
}


@attrs.frozen
class Wrong:
    """One field that cannot be as it is."""

    field: str
    found: str
    accepted: str


class Trouble(Exception):  # noqa: N818 - it is an answer
    """A request that is answered with a problem."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        """Take a code of CODES, what to say of it, and further members."""
        super().__init__(code)
        self.code, self.detail, self.errors = code, detail, tuple(errors)
        self.headers, self.members = headers, members

    @property
    def status(self) -> int:
        """The status of the response."""
        return CODES[self.code][0]

    def response(self) -> Response:
        """Return the problem."""
        status, title = CODES[self.code]
        told = {"type": "about:blank", "title": title, "status": status, "code": self.code, "detail": self.detail}
        if self.errors:
            told["errors"] = [attrs.asdict(error) for error in self.errors]
        return Response(json.dumps({**told, **self.members}), status, self.headers, MEDIA)


def wrong(*errors: Wrong) -> Trouble:
    """Return the trouble of fields that cannot be as they are."""
    detail = "; ".join(f"`{error.field}`: found {error.found}; accepted: {error.accepted}" for error in errors)
    return Trouble("fields", detail, errors=errors)


def elsewhere(field: str = "place") -> Trouble:
    """Return the trouble of a place that cannot be the callee's."""
    return wrong(Wrong(field, "a place that is not in the callee's own country", "a place of the callee's own country"))


def of_status(status: int, headers: Mapping[str, str] | None) -> Trouble:
    """Return the trouble of what the framework answers with a status."""
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (headers or {}).get("allow") or (headers or {}).get("Allow") or ""
        return Trouble("method", f"accepted: {allowed}", headers=headers)
    return Trouble("not-found", "accepted: what `/openapi.json` describes")
