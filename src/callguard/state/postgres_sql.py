"""Statements that are written once for both databases, as PostgreSQL and psycopg want them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_TABLES: Final = (
    "meta|scopes|records|attempts|call_log|writers|anchors|archive"  # and the views:
    "|refusals|lifts|consents|caller_statuses|list_versions"
)
_TOKENS: Final = re.compile(
    rf"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | (?P<mark>\?) | (?P<percent>%)
    | \b(?P<before>FROM|JOIN|INTO|UPDATE)(?P<space>\s+)(?P<table>{_TABLES})\b""",
    re.VERBOSE | re.IGNORECASE,
)
_PLAIN_INSERT: Final = re.compile(r"INSERT INTO (\w+) \(([\w, ]+)\) VALUES \([?, ]+\)")
_WRITES: Final = re.compile(r"\s*(?:INSERT|UPDATE|DELETE)\b(?!.*\bRETURNING\b)", re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=1024)
def translated(sql: str) -> str:
    """Return a statement with `?` as `%s`, `%` as `%%`, and callguard's tables in the schema `callguard`."""
    return _TOKENS.sub(_token, sql)


def _token(found: re.Match[str]) -> str:
    if found["mark"]:
        return "%s"
    if found["table"]:
        return f"{found['before']}{found['space']}callguard.{found['table']}"
    return found[0].replace("%", "%%")


@lru_cache(maxsize=256)
def only_writes(sql: str) -> bool:
    """Return whether a statement returns no rows in any case."""
    return _WRITES.match(sql) is not None


@lru_cache(maxsize=256)
def copied(sql: str) -> str | None:
    """Return the statement that copies in the rows of a plain insert, None for any other."""
    plain = _PLAIN_INSERT.fullmatch(sql)
    return None if plain is None else f"COPY callguard.{plain[1]} ({plain[2]}) FROM STDIN"
