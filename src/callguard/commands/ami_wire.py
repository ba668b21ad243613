"""The Asterisk Manager Interface, read and written without any I/O: bytes in, messages out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_LINE: Final = 1024  # Asterisk's own limits
MOST_HEADERS: Final = 128
LARGEST_ANSWER: Final = 4 * 1024 * 1024

_NAME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9_\-]{0,79}")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Broken(ValueError):  # noqa: N818 - what the stream is
    """What came is no message; nothing of it may be passed on, and nothing after it read. The text says why, not what it was."""


@attrs.frozen
class Action:
    """What a client asks: its headers in their order."""

    headers: tuple[tuple[str, str], ...] = attrs.field(repr=False)

    def get(self, name: str) -> str:
        """Return the first header of a name, as Asterisk reads it; empty where there is none."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        """Return every header of a name."""
        return [value for known, value in self.headers if known.lower() == name.lower()]

    @property
    def name(self) -> str:
        """What is asked for, in lower case."""
        return self.get("Action").lower()

    def encode(self) -> bytes:
        """Write it as it was read: what is passed on is what was decided."""
        return "".join(f"{name}: {value}\r\n" for name, value in self.headers).encode("utf-8", "surrogateescape") + b"\r\n"


class ActionReader:
    """Reads what clients send."""

    def __init__(self) -> None:
        self.broken: str | None = None
        self._rest = b""
        self._headers: list[tuple[str, str]] = []

    def feed(self, data: bytes) -> list[Action]:
        """Return the messages that are complete; what is none ends the stream, and `broken` says why."""
        found: list[Action] = []
        if self.broken is None:
            try:
                found.extend(self._read(data))
            except Broken as why:
                self.broken = str(why)
        return found

    def _read(self, data: bytes) -> Iterator[Action]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            text = line.removesuffix(b"\r")
            if len(text) > LONGEST_LINE - 2:
                raise Broken("line too long")
            if text:
                self._headers.append(_header(text))
                if len(self._headers) > MOST_HEADERS:
                    raise Broken("too many headers")
            elif self._headers:
                yield Action(tuple(self._headers))
                self._headers = []
        if len(self._rest) > LONGEST_LINE:
            raise Broken("line too long")


def _header(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not _NAME.fullmatch(name):
        raise Broken("a line that is no header")
    if _CONTROL.search(value):
        raise Broken("a control character")
    value = value.strip(b" \t")
    if len(name) + len(": ") + len(value) > LONGEST_LINE - 2:  # as it is passed on; a blank may have been left out
        raise Broken("line too long")
    return name.decode("ascii"), value.decode("utf-8", "surrogateescape")


@attrs.frozen
class Answer:
    """What the switch says, an answer or an event: its bytes as they came, and its headers as far as they are any."""

    raw: bytes = attrs.field(repr=False)
    headers: dict[str, str] = attrs.field(repr=False)

    def get(self, name: str) -> str:
        """Return a header; empty where there is none."""
        return self.headers.get(name.lower(), "")


class AnswerReader:
    """Reads what the switch sends: first its greeting, one line, then answers and events."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._looked = 0
        self._greeted = False

    def feed(self, data: bytes) -> list[Answer]:
        """Return the messages that are complete; Broken for one without an end."""
        found: list[Answer] = []
        self._rest += data
        while (end := self._end()) > 0:
            raw = bytes(self._rest[:end])
            del self._rest[:end]
            self._greeted, self._looked = True, 0
            found.append(Answer(raw, _headers(raw)))
        if len(self._rest) > LARGEST_ANSWER:
            raise Broken("an answer without an end")
        return found

    def _end(self) -> int:
        """Return where the first message ends; 0 where it has not yet."""
        # what old versions answer to a command holds blank lines of its own
        follows = self._rest.startswith(b"Response: Follows\r\n")
        mark = b"\r\n" if not self._greeted else b"--END COMMAND--\r\n\r\n" if follows else b"\r\n\r\n"
        at = self._rest.find(mark, max(self._looked - len(mark), 0))
        self._looked = len(self._rest)
        return at + len(mark) if at >= 0 else 0


def _headers(raw: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), value.strip())
    return found


def error(message: str, action_id: str = "") -> bytes:
    """Write an answer that says no."""
    action = f"ActionID: {action_id}\r\n" if action_id else ""
    return f"Response: Error\r\n{action}Message: {message}\r\n\r\n".encode("utf-8", "surrogateescape")
