"""Where each key and each element of a TOML text stands; tomllib tells values without their places.

A lenient walk over the text: it believes that the text is TOML, and on one that is not it stops early.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.policy.mistakes import KeyPath

_SPACE: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANK: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_BASIC: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL: Final = re.compile(r"'[^'\n]*'")
_LONG_BASIC: Final = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")', re.DOTALL)
_LONG_LITERAL: Final = re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL)
_DEEPEST: Final = 1_000  # deeper than tomllib reads
_SCALAR: Final = re.compile(r"[^,\[\]{}#\n]*")


class _Lost(Exception):  # noqa: N818 - never leaves this room
    """The text is not TOML here."""


def lines_of(text: str) -> dict[KeyPath, int]:
    """Return the line, counted from 1, of every key path of a TOML text: each where it is first named."""
    walk = _Walk(text)
    with contextlib.suppress(_Lost):
        walk.document()
    return walk.lines


class _Walk:
    """One pass over a text; `open` are the containers being read, innermost last: their path and their next index."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self._table: KeyPath = ()
        self._counts: dict[KeyPath, int] = {}
        self._seen = (0, 1)
        self._open: list[tuple[KeyPath, int | None]] = []

    def document(self) -> None:
        """Walk headers and pairs to the end of the text."""
        while self._peek():
            if self.text[self.at] == "[":
                self._header()
            else:
                self._pair(self._table)
                self._values()

    def _header(self) -> None:
        twice = self.text.startswith("[[", self.at)
        self.at += 2 if twice else 1
        start = self.at
        parts = self._key()
        self._expect("]]" if twice else "]")
        path: KeyPath = ()
        for n, part in enumerate(parts):
            path = (*path, part)
            self._mark(path, start)
            last = n == len(parts) - 1
            if last and twice:
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts and (twice or not last):
                path = (*path, self._counts[path] - 1)
                self._mark(path, start)
        self._table = path

    def _pair(self, base: KeyPath) -> None:
        """Read `key =` and open the place of its value."""
        start = self.at
        path = base
        for part in self._key():
            path = (*path, part)
            self._mark(path, start)
        self._expect("=")
        self._open.append((path, -1))

    def _values(self) -> None:
        """Read the value that is due, and all that is open around it."""
        while self._open:
            if len(self._open) > _DEEPEST:
                raise _Lost
            path, index = self._open.pop()
            if index == -1:
                self._value(path)
            elif index is None:
                self._pairs(path)
            else:
                self._elements(path, index)

    def _value(self, path: KeyPath) -> None:
        self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
        character = self.text[self.at : self.at + 1]
        if character == "[":
            self.at += 1
            self._open.append((path, 0))
        elif character == "{":
            self.at += 1
            self._open.append((path, None))
        elif character in {'"', "'"}:
            self._string()
        else:
            found = _SCALAR.match(self.text, self.at)
            if not found or not found[0]:
                raise _Lost
            self.at = found.end()

    def _elements(self, path: KeyPath, index: int) -> None:
        """Read on in an array, at the element that is due."""
        self._between()
        if self.text[self.at] == "]":
            self.at += 1
            return
        element = (*path, index)
        self._mark(element, self.at)
        self._open.append((path, index + 1))
        self._open.append((element, -1))

    def _pairs(self, path: KeyPath) -> None:
        """Read on in an inline table, at the pair that is due."""
        self._between()
        if self.text[self.at] == "}":
            self.at += 1
            return
        self._open.append((path, None))
        self._pair(path)

    def _between(self) -> None:
        """Pass blanks, comments and one comma; stand at what follows."""
        if self._peek() and self.text[self.at] == ",":
            self.at += 1
        if not self._peek():
            raise _Lost

    def _peek(self) -> bool:
        """Pass blanks, newlines and comments; tell whether anything is left."""
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        return self.at < len(self.text)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
            for form in (_BARE, _BASIC, _LITERAL):
                if found := form.match(self.text, self.at):
                    break
            else:
                raise _Lost
            self.at = _BLANK.match(self.text, found.end()).end()  # type: ignore[union-attr]
            parts.append(_plain(found[0]))
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _string(self) -> None:
        quote = self.text[self.at]
        long = self.text.startswith(quote * 3, self.at)
        form = (_LONG_BASIC if long else _BASIC) if quote == '"' else (_LONG_LITERAL if long else _LITERAL)
        found = form.match(self.text, self.at)
        if not found:
            raise _Lost
        self.at = found.end()

    def _expect(self, sign: str) -> None:
        if not self.text.startswith(sign, self.at):
            raise _Lost
        self.at += len(sign)

    def _mark(self, path: KeyPath, at: int) -> None:
        """Keep the line of a path, unless it has one."""
        before, line = self._seen
        line += self.text.count("\n", before, at)
        self._seen = (at, line)
        self.lines.setdefault(path, line)


def _plain(key: str) -> str:
    """Return a key without its quotes and escapes."""
    if key[0] == "'":
        return key[1:-1]
    if key[0] != '"' or "\\" not in key:
        return key[1:-1] if key[0] == '"' else key
    import tomllib

    try:
        return str(tomllib.loads(f"k = {key}")["k"])
    except tomllib.TOMLDecodeError:
        raise _Lost from None
