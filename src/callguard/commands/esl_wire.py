"""FreeSWITCH's event socket, read and written without any I/O: bytes in, messages out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import attrs

from callguard.commands.ami_wire import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_LINE: Final = 16 * 1024
MOST_HEADERS: Final = 128
LARGEST_BODY: Final = 1024 * 1024
LARGEST_HEAD: Final = 256 * 1024
LARGEST_ANSWER: Final = 64 * 1024 * 1024

_NAME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9_\-]{0,79}")
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_LENGTH: Final = re.compile(r"[0-9]{1,9}")


@attrs.frozen
class Command:
    """What a client sends: a line, its headers, a body."""

    line: str = attrs.field(repr=False)
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    body: bytes = attrs.field(default=b"", repr=False)

    @property
    def verb(self) -> str:
        """The first word, in lower case."""
        return self.line.partition(" ")[0].lower()

    @property
    def rest(self) -> str:
        """What comes behind the first word."""
        return self.line.partition(" ")[2].strip(" ")

    def get(self, name: str) -> str:
        """Return a header; empty where there is none."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")

    def encode(self) -> bytes:
        """Write it as it was read: what is passed on is what was decided."""
        head = [f"{self.verb} {self.rest}".rstrip(" "), *(f"{name}: {value}" for name, value in self.headers)]
        if self.body:
            head.append(f"Content-Length: {len(self.body)}")
        return ("\n".join(head) + "\n\n").encode("utf-8", "surrogateescape") + self.body


class CommandReader:
    """Reads what clients send."""

    def __init__(self) -> None:
        self.broken: str | None = None
        self._rest = bytearray()
        self._lines: list[bytes] = []
        self._wanted = 0

    def feed(self, data: bytes) -> list[Command]:
        """Return the messages that are complete; what is none ends the stream, and `broken` says why."""
        found: list[Command] = []
        if self.broken is None:
            try:
                found.extend(self._read(data))
            except Broken as why:
                self.broken = str(why)
        return found

    @property
    def idle(self) -> bool:
        """Whether nothing of a further message has come."""
        return not (self._rest or self._lines or self._wanted)

    def _read(self, data: bytes) -> Iterator[Command]:
        self._rest += data
        begin = 0
        while True:
            if self._wanted:
                if len(self._rest) - begin < self._wanted:
                    break
                body = bytes(self._rest[begin : begin + self._wanted])
                begin += self._wanted
                yield self._made(body)
                continue
            end = self._rest.find(b"\n", begin)
            if (end if end >= 0 else len(self._rest)) - begin > LONGEST_LINE:
                raise Broken("line too long")
            if end < 0:
                break
            line = bytes(self._rest[begin:end]).removesuffix(b"\r")
            begin = end + 1
            if self._line(line):
                yield self._made(b"")
        del self._rest[:begin]

    def _line(self, line: bytes) -> bool:
        """Take a line; return whether it ended a message that has no body."""
        if _CONTROL.search(line):
            raise Broken("a control character")
        if line:
            self._lines.append(line)
            if len(self._lines) > MOST_HEADERS:
                raise Broken("too many headers")
            return False
        self._wanted = _length([_header(each) for each in self._lines[1:]])
        return bool(self._lines) and not self._wanted

    def _made(self, body: bytes) -> Command:
        line = self._lines[0].decode("utf-8", "surrogateescape").strip(" ")
        headers = tuple(header for header in map(_header, self._lines[1:]) if header[0].lower() != "content-length")
        self._lines, self._wanted = [], 0
        return Command(line, headers, body)


def one(data: bytes) -> Command:
    """Read what is to be one message and nothing more; Broken for anything else."""
    reader = CommandReader()
    found = reader.feed(data)
    if reader.broken is not None:
        raise Broken(reader.broken)
    if len(found) != 1 or not reader.idle:
        raise Broken("not one message")
    return found[0]


def _header(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not _NAME.fullmatch(name):
        raise Broken("a line that is no header")
    return name.decode("ascii"), value.strip(b" ").decode("utf-8", "surrogateescape")


def _length(headers: list[tuple[str, str]]) -> int:
    told = [value for name, value in headers if name.lower() == "content-length"]
    if len(told) > 1 or (told and not _LENGTH.fullmatch(told[0])):
        raise Broken("a length that is none")
    length = int(told[0]) if told else 0
    if length > LARGEST_BODY:
        raise Broken("a body too large")
    return length


@attrs.frozen
class Answer:
    """What the switch sends, a reply or an event: its bytes as they came, its headers, its body."""

    raw: bytes = attrs.field(repr=False)
    headers: dict[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    @property
    def is_reply(self) -> bool:
        """Whether it answers a command; else it is an event, a log line or a notice."""
        return self.headers.get("content-type") in {"command/reply", "api/response"}

    @property
    def text(self) -> str:
        """What is replied."""
        return self.body.decode("utf-8", "replace") if self.body else self.headers.get("reply-text", "")


class AnswerReader:
    """Reads what the switch sends."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._looked = 0
        self._head: tuple[dict[str, str], int, int] | None = None  # headers, where the body begins, where it ends

    def feed(self, data: bytes) -> list[Answer]:
        """Return the messages that are complete; Broken for one without an end."""
        found: list[Answer] = []
        self._rest += data
        while self._head is not None or self._read_head():
            assert self._head is not None
            headers, begin, end = self._head
            if len(self._rest) < end:
                break
            raw = bytes(self._rest[:end])
            del self._rest[:end]
            self._head = None
            found.append(Answer(raw, headers, raw[begin:]))
        return found

    def _read_head(self) -> bool:
        at = self._rest.find(b"\n\n", max(self._looked - 1, 0))
        self._looked = 0 if at >= 0 else len(self._rest)
        if max(at, self._looked) > LARGEST_HEAD:
            raise Broken("an answer without an end")
        if at < 0:
            return False
        headers = _headers(self._rest[:at].decode("utf-8", "replace"))
        told = headers.get("content-length", "0")
        length = int(told) if _LENGTH.fullmatch(told) else -1
        if not 0 <= length <= LARGEST_ANSWER:
            raise Broken("a length that is none")
        self._head = headers, at + 2, at + 2 + length
        return True


def event_of(answer: Answer) -> dict[str, str]:
    """Return an event's headers, their names in lower case, its own body as `_body`; empty for what is no plain or JSON event."""
    media, text = answer.headers.get("content-type"), answer.body.decode("utf-8", "replace")
    if media == "text/event-json":
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        return {name.lower(): value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
    if media != "text/event-plain":
        return {}
    head, _, body = text.partition("\n\n")
    return _headers(head) | {"_body": body}


def _headers(head: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in head.split("\n"):
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), unquote(value.strip()))
    return headers


def reply(text: str) -> bytes:
    """Write a reply to a command."""
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def notice(text: str) -> bytes:
    """Write that the connection ends, and why."""
    body = f"{text}\n".encode()
    return f"Content-Type: text/disconnect-notice\nContent-Length: {len(body)}\n\n".encode() + body


def rejection(text: str) -> bytes:
    """Write that there is no connection to be had."""
    body = f"{text}\n".encode()
    return f"Content-Type: text/rude-rejection\nContent-Length: {len(body)}\n\n".encode() + body
