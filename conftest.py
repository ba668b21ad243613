"""Runs the code blocks of the documents: README.md, README.zh-CN.md, CONTRIBUTING.md, CHANGELOG.md and docs/**/*.md.

A document is one test, run from top to bottom in a folder of its own that begins as a copy of examples/xinghe. What a fence means:

- `python`: run; the blocks of a document share their names. With prompts (`>>>`) what is printed is compared.
- `toml`: read as a policy. One without `version` is a part of a policy, and is completed before it is read. When the first line is
  a comment that names a file (`# callguard.toml`), the block is also written there.
- `sh`: every line is a `callguard` command, and must answer yes or no. A `text` block right behind it is what is printed; `…` on
  a line of its own stands for any lines.
- `text NAME`: written to the file NAME.
- `console`: not run. tests/test_docs.py counts and lists these.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import chdir
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from sybil import Region, Sybil
from sybil.example import SybilFailure
from sybil.parsers.myst import PythonCodeBlockParser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sybil import Document, Example

ROOT: Final = Path(__file__).parent
_FENCE: Final = re.compile(r"^```(?P<language>\w+)(?: (?P<name>\S+))?\n(?P<source>.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED: Final = re.compile(r"# (?P<name>[\w./-]+\.toml)\n")
_SHELL: Final = 'callguard() { "$CALLGUARD_PYTHON" -m callguard "$@"; }\n'
_ANY_LINES: Final = "…"
_REST: Final = '\n[enterprise]\nname = "Xinghe Education"\n'


def fences(document: Document) -> Iterator[Region]:
    """Yield the blocks that are no Python: policies, commands and what they print, files."""
    found = list(_FENCE.finditer(document.text))
    for i, match in enumerate(found):
        language, name, source = match["language"], match["name"], match["source"]
        if language == "toml":
            yield Region(match.start(), match.end(), source, policy)
        elif language == "text" and name:
            yield Region(match.start(), match.end(), (name, source), write)
        elif language == "sh":
            after = found[i + 1] if i + 1 < len(found) else None
            shown = after is not None and after["language"] == "text" and not document.text[match.end() : after.start()].strip()
            yield Region(match.start(), match.end(), (source, after["source"] if after and shown else None), commands)


def policy(example: Example) -> None:
    """Read a policy or a part of one, and write it where it names its file."""
    import tomllib

    from callguard import Policy
    from callguard.packs.calendar import read_overrides

    text: str = example.parsed
    named = _NAMED.match(text)
    if named:
        Path(named["name"]).write_text(text, encoding="utf-8")
    data = tomllib.loads(text)
    if set(data) == {"days"} and named:
        read_overrides(Path(named["name"]))
    elif "version" in data:
        Policy.from_toml(text)
    else:
        Policy.from_toml("version = 1\n" + text + ("" if "enterprise" in data else _REST))


def write(example: Example) -> None:
    """Write a file that a later block reads."""
    name, text = example.parsed
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def commands(example: Example) -> str | None:
    """Run commands one by one; say which of them was not answered, or printed something else."""
    source, shown = example.parsed
    printed = ""
    for line in source.replace("\\\n", " ").splitlines():
        command = line.strip()
        if not command or command.startswith("#"):
            continue
        if not command.startswith("callguard "):
            return f"`{command}` is no callguard command: fence what is not run as `console`"
        done = subprocess.run(  # noqa: S603 - the commands are the documents' own
            ["/bin/sh", "-c", _SHELL + command],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env=os.environ | {"CALLGUARD_PYTHON": sys.executable, "COLUMNS": "100", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"},
        )
        if done.returncode not in (0, 1):
            return f"`{command}` ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        printed += done.stdout
    if shown is None or _alike(_lines(shown), _lines(printed)):
        return None
    return f"it printed\n{printed}\nand not\n{shown}"


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.strip().splitlines()]


def _alike(wanted: list[str], lines: list[str]) -> bool:
    """Return whether lines are as shown, `…` standing for any of them."""
    if not wanted:
        return not lines
    if wanted[0] == _ANY_LINES:
        return any(_alike(wanted[1:], lines[n:]) for n in range(len(lines) + 1))
    return bool(lines) and wanted[0] == lines[0] and _alike(wanted[1:], lines[1:])


SYBIL: Final = Sybil(parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE), fences])


def is_document(path: Path) -> bool:
    """Return whether a file is a document whose blocks are run."""
    inside = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return inside.suffix == ".md" and "_build" not in inside.parts and (len(inside.parts) == 1 or inside.parts[0] == "docs")


class DocumentFile(pytest.File):
    """One document."""

    def collect(self) -> Iterable[pytest.Item]:
        """Yield its one test, so that its blocks stay together and in order; none where nothing is to be run."""
        document = SYBIL.parse(self.path)
        if document.regions:
            yield DocumentItem.from_parent(self, name="blocks", document=document)


class DocumentItem(pytest.Item):
    """The blocks of one document, from top to bottom."""

    def __init__(self, *, document: Document, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.document = document

    def runtest(self) -> None:
        """Run every block in a folder that is taken away afterwards."""
        import callguard

        before = set(sys.modules)
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(ROOT / "examples" / "xinghe", folder, dirs_exist_ok=True)
            sys.path.insert(0, folder)
            try:
                with chdir(folder):
                    for example in self.document.examples():
                        example.evaluate()
            finally:
                sys.path.remove(folder)
                callguard.use(None)
                for name in set(sys.modules) - before:
                    if str(getattr(sys.modules[name], "__file__", "")).startswith(folder):
                        del sys.modules[name]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what went wrong in a block, and where it stands."""
        if isinstance(excinfo.value, SybilFailure):
            example = excinfo.value.example
            return f"{example.path}:{example.line}\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the document."""
        return self.path, 0, str(self.path.relative_to(ROOT))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> DocumentFile | None:
    """Take the documents."""
    if not is_document(file_path):
        return None
    found: DocumentFile = DocumentFile.from_parent(parent, path=file_path)
    return found
