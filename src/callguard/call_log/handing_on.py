"""Handing a record on as it is written: to a command, or to an address of the web; the authority's real-time filing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT_S: Final = 5.0


def to_command(command: Sequence[str], body: bytes, timeout: float = TIMEOUT_S) -> None:
    """Run a command with a record as its standard input; StateError unless it ends with status 0 in time.

    What it prints is thrown away: it is no place of callguard's to repeat what may hold a number.
    """
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 - the policy's own command
            tuple(command), input=body, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise StateError(f"the record was not handed on: `{command[0]}` was not through within {timeout:g} s") from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else None
        raise StateError(f"the record was not handed on: `{command[0]}` cannot be run ({said or type(error).__name__})") from None
    if done.returncode != 0:
        raise StateError(f"the record was not handed on: `{command[0]}` ended with status {done.returncode}")


def to_url(url: str, body: bytes, timeout: float = TIMEOUT_S) -> None:
    """Post a record as JSON to an http or https address; StateError unless it is answered with a status of 200 to 299 in time.

    A user and password in the address go as basic authentication. Redirections are failures.
    """
    from base64 import b64encode
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.parse import unquote, urlsplit, urlunsplit
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Stay(HTTPRedirectHandler):
        """Takes a redirection for a failure: a post that is redirected becomes a plain question elsewhere."""

        def redirect_request(self, *_: object) -> None:
            return None

    try:
        parts = urlsplit(url)
        place, host = f"{parts.scheme}://{parts.hostname}", parts.netloc.rpartition("@")[2]
    except ValueError:
        raise StateError("the record was not handed on: the policy's `hand_on_url` is no address") from None
    if parts.scheme not in ("http", "https"):
        raise StateError(f"the record was not handed on: `{parts.scheme}` is no scheme for it; accepted: http, https")
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + b64encode(secret.encode()).decode()
    try:
        request = Request(urlunsplit(parts._replace(netloc=host)), body, headers, method="POST")  # noqa: S310 - checked above
        with build_opener(Stay).open(request, timeout=timeout) as answer:
            answer.read(1)
    except HTTPError as error:
        error.close()
        raise StateError(f"the record was not handed on: {place} answered with status {error.code}") from None
    except (OSError, HTTPException, ValueError) as error:
        cause = getattr(error, "reason", error)
        name = type(cause if isinstance(cause, Exception) else error).__name__
        raise StateError(f"the record was not handed on: {place} was not reached ({name})") from None
