"""The lines of keys, against tomllib's own reading and against a writer that knows where it wrote each."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callguard.policy.lines import lines_of

SCALARS = (
    "1", "-17", "0x1F", "1_000", "3.5e-7", "inf", "nan", "true", "2026-01-31", "2026-01-31 09:00:00", "2026-01-31T09:00:00.5+08:00",
    "09:00:00", '""', "''", '"# ] } , ="', "'# ] \\ \"'", '"a \\" b"', '"\\\\"', '"""a"""', '""""quoted" """', '"""""a"""""',
    '"""one\ntwo # no comment\n[three]\n"""', '"""\\\n   joined \\"""\\\n"""', "'''\n[x]\ny = 1\n'''", "''''a'''''", '"""\\\\"""',
)  # fmt: skip
KEYS = st.text(st.sampled_from("abz09-_ .#='\"[]{},é中\\\t"), max_size=4)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Every key path of what tomllib read."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path} - {()} | {found for key, each in inner for found in paths(each, (*path, key))}


class Writer:
    """A TOML text while it is written, and the line of each path."""

    def __init__(self, draw: Any) -> None:
        self.draw, self.text, self.lines = draw, "", {}

    def put(self, text: str) -> None:
        self.text += text

    def mark(self, *path: str | int) -> None:
        self.lines.setdefault(path, self.text.count("\n") + 1)

    def one(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def blank(self) -> None:
        self.put(self.one("", "", " ", "\t "))

    def gap(self) -> None:
        self.put(self.one("", "", " ", "\n", '\n  # a comment, ] } = "\n', "\r\n", "\n\n\t"))

    def key(self, word: str) -> None:
        bare = word and word.isascii() and all(c.isalnum() or c in "-_" for c in word)
        forms = [json.dumps(word), '"' + "".join(f"\\u{ord(c):04X}" for c in word) + '"']
        if bare:
            forms += [word] * 4
        if "'" not in word:
            forms.append(f"'{word}'")
        self.put(self.one(*forms))

    def fresh(self, taken: set[str]) -> str:
        word = self.draw(KEYS.filter(lambda w: w not in taken))
        taken.add(word)
        return word

    def pairs(self, base: tuple[str | int, ...], taken: set[str], end: str = "\n") -> None:
        for n in range(self.one(0, 1, 2, 3)):
            if end == ", " and n:
                self.put(", ")
            parts = [self.fresh(taken)]
            while self.one(True, False, False):
                parts.append(self.draw(KEYS))
            if end == "\n":
                self.gap()
                self.blank()
            for size, part in enumerate(parts, 1):
                self.mark(*base, *parts[:size])
                if size > 1:
                    self.blank()
                    self.put(".")
                    self.blank()
                self.key(part)
            self.blank()
            self.put("=")
            self.blank()
            self.value((*base, *parts))
            if end == "\n":
                self.put(self.one("\n", " # why\n", "\r\n"))

    def value(self, path: tuple[str | int, ...], depth: int = 0) -> None:
        kind = self.one("scalar", "scalar", "array", "table") if depth < 3 else "scalar"
        if kind == "scalar":
            self.put(self.one(*SCALARS))
        elif kind == "array":
            self.put("[")
            size = self.one(0, 1, 2, 3)
            for n in range(size):
                self.gap()
                self.mark(*path, n)
                self.value((*path, n), depth + 1)
                self.gap()
                self.put("," if n < size - 1 else self.one("", ","))
            self.gap()
            self.put("]")
        else:
            self.put("{")
            self.blank()
            self.pairs(path, set(), ", ")
            self.put(" }")

    def header(self, path: tuple[str | int, ...], *, twice: bool) -> None:
        self.gap()
        names = [part for part in path if isinstance(part, str)]
        for size in range(1, len(path) + 1):
            self.mark(*path[:size])
        self.put("[[" if twice else "[")
        self.blank()
        for n, name in enumerate(names):
            self.put("." if n else "")
            self.key(name)
            self.blank()
        self.put("]]" if twice else "]")
        self.put(self.one("\n", "  # here\n", "\r\n"))


@st.composite
def documents(draw: Any) -> tuple[str, dict[tuple[str | int, ...], int]]:
    writer = Writer(draw)
    taken: set[str] = set()
    writer.pairs((), taken)
    writer.put("\n")
    for _ in range(writer.one(0, 1, 2, 3)):
        path: tuple[str | int, ...] = (writer.fresh(taken),)
        if writer.one(True, False):
            path = (*path, writer.draw(KEYS))
        twice = writer.one(True, False)
        for n in range(writer.one(1, 2, 3) if twice else 1):
            here = (*path, n) if twice else path
            writer.header(here, twice=twice)
            inside: set[str] = set()
            writer.pairs(here, inside)
            writer.put("\n")
            for _ in range(writer.one(0, 0, 1, 2)):
                below = (*here, writer.fresh(inside))
                again = writer.one(True, False)
                for m in range(writer.one(1, 2) if again else 1):
                    deep = (*below, m) if again else below
                    writer.header(deep, twice=again)
                    writer.pairs(deep, set())
                    writer.put("\n")
    return writer.text, writer.lines


@given(documents())
def test_every_path_has_the_line_on_which_it_was_written(document: tuple[str, dict[tuple[str | int, ...], int]]):
    text, expected = document
    assert paths(tomllib.loads(text)) == set(expected), "the writer is right"

    assert expected == lines_of(text)


@given(
    st.lists(
        st.sampled_from(
            ["a", "b", ".", "=", "[", "]", "[[", "]]", "{", "}", ",", '"', "'", '"""', "'''", "\\", "\n", " ", "#", "1", "\r\n"]
        ),
        max_size=24,
    ).map("".join)
)
@example("a = [ } ]")
@example("a = {")
@example('"a')
@example('"\\q" = 1')
@example("[[a]]\n[a.b]\n[[a.c]]\n[[a]]\n[[a.c]]")
def test_no_text_makes_it_fail_and_what_tomllib_reads_it_reads(text: str):
    found = lines_of(text)

    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert paths(read) == set(found)


@pytest.mark.parametrize("depth", [100, 10_000])
def test_nesting_may_be_deeper_than_tomllib_reads(depth: int):
    text = "a = " + "[\n" * depth + "]" * depth + "\nb = 1"

    found = lines_of(text)

    assert found[("a", 0, 0, 0)] == 4
    assert depth > 100 or found[("b",)] == 102
