"""Schema versions: each a file of SQL, applied forwards only, each in one transaction."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from callguard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.state.engine import Engine


@cache
def versions(dialect: str) -> tuple[tuple[str, ...], ...]:
    """Return the statements that lead to each schema version of a dialect, `sqlite` or `postgres`, from version 1 on."""
    folder = resources.files("callguard.state") / "migrations" / dialect
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    assert [file.name for file in files] == [f"{i:04}.sql" for i in range(1, len(files) + 1)], "a version for each number"
    return tuple(statements(file.read_text(encoding="utf-8")) for file in files)


def statements(text: str) -> tuple[str, ...]:
    """Return the statements of a file; each ends with a semicolon at the end of a line, comments have lines of their own."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return tuple(part.strip() for part in code.split(";\n") if part.strip(" \n;"))


def migrate(engine: Engine, dialect: str, *, version: Callable[[], int], note: Callable[[int], None], place: str) -> None:
    """Bring a database up to the newest schema version, each in one transaction; StateError for a newer one.

    `version` returns the version that is there, 0 for none, in a transaction or outside; within one `note` sets it. Others may do
    the same at once.
    """
    steps = versions(dialect)
    found = version()
    if found > len(steps):
        raise StateError(
            f"{place} is of schema version {found}, which a newer callguard has made; this one knows up to {len(steps)}:"
            " install the newer one"
        )
    for i in range(found, len(steps)):
        with engine.transaction():
            if version() != i:  # somebody else was quicker
                continue
            for statement in steps[i]:
                engine.execute(statement)
            note(i + 1)
