"""TOML by the standard library, its complaint as a PolicyError that names the line."""

from __future__ import annotations

import re
from typing import Any, Final

from callguard.errors import PolicyError, Problem

_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")


def parse(text: str, file: str | None) -> dict[str, Any]:
    """Return the tables of a TOML text; PolicyError where it is no TOML."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = str(error)
        place = _PLACE.search(told)
        line = int(place[1]) if place and place[1] else max(len(text.splitlines()), 1)
        column = f", at column {place[2]}" if place and place[2] else ""
        reason = _PLACE.sub("", told).strip()
        found = f"what is no TOML ({reason[:1].lower()}{reason[1:]}{column})"
    except RecursionError:
        line, found = 1, "lists or tables nested too deep"
    except ValueError as error:  # an integer of more digits than Python converts
        line, found = 1, f"a value that cannot be read ({error})"
    problem = Problem(key="TOML", found=found, accepted="TOML 1.0", file=file, line=line)
    raise PolicyError(problems=[problem])
