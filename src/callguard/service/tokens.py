"""Bearer tokens: who may ask. Read from a file that only its owner reads, or from the environment; compared in constant time."""

from __future__ import annotations

import hmac
import os
import re
import stat
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from callguard.errors import CallguardError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VARIABLE: Final = "CALLGUARD_TOKENS"
_LEAST: Final = 16
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{16,512}=*")
_NAME: Final = re.compile(r"[\w.@-]{1,64}")
_ACCEPTED: Final = (
    f"accepted: `name = token`, a token being {_LEAST} or more of letters, digits and -._~+/, as `openssl rand -hex 32` prints"
)


class Tokens:
    """Tokens by the names of who holds them; ValueError for one that cannot be."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        """Keep the hashes of the tokens."""
        self.replace(tokens)

    def replace(self, tokens: Mapping[str, str]) -> None:
        """Accept these from now on, and no others."""
        if not tokens:
            raise ValueError(f"there is no token; {_ACCEPTED}")
        for name, token in tokens.items():
            if not _NAME.fullmatch(name) or not _TOKEN.fullmatch(token):
                raise ValueError(f"a token, or its name, cannot be one; {_ACCEPTED}")
        hashes = {name: sha256(token.encode()).digest() for name, token in tokens.items()}
        if len(set(hashes.values())) < len(hashes):
            raise ValueError("two names have one token; accepted: a token for each name")
        self._hashes = hashes

    def holder(self, header: str | None) -> str | None:
        """Return the name of who holds the token of an `Authorization` header; None where it is nobody's."""
        scheme, _, token = (header or "").partition(" ")
        given = sha256(token.strip().encode()).digest()
        found = None
        for name, known in self._hashes.items():  # all of them, so that the time tells nothing
            if hmac.compare_digest(known, given):
                found = name
        return found if scheme.lower() == "bearer" else None


def read_file(path: Path) -> dict[str, str]:
    """Read the tokens of a file, `name = token` a line; CallguardError where others may read it, or a line cannot be read."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise CallguardError(f"`{path}` may be read by others (mode {stat.S_IMODE(mode):04o}); accepted: mode 0600")
            text = file.read()
    except UnicodeDecodeError:
        raise CallguardError(f"`{path}` is no text; {_ACCEPTED}") from None
    return _read(text.splitlines(), f"`{path}`")


def read_variable(text: str) -> dict[str, str]:
    """Read tokens as the environment has them: `name=token`, several parted by commas; CallguardError where they cannot be read."""
    return _read(text.split(","), f"`{VARIABLE}`")


def _read(lines: list[str], where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for i, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, token = (part.strip() for part in text.partition("="))
        if not equals or name in found:
            raise CallguardError(f"{where}, entry {i}: found {'a name that comes twice' if equals else 'no `=`'}; {_ACCEPTED}")
        found[name] = token
    try:
        Tokens(found)
    except ValueError as error:
        raise CallguardError(f"{where}: {error}") from None
    return found
