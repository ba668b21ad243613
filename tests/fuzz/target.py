"""What is fuzzed: a function that takes bytes, does what the library does with them, and fails where a promise is broken."""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS: Final = Path(__file__).parent / "seeds"
PATIENCE_S: Final = 5.0  # of processor time that one input may take
NAMES: Final = {
    "ami": "actions of Asterisk's manager, through the guard on the wire, and what Asterisk answers",
    "esl": "commands of FreeSWITCH's event socket, through the guard on the wire, and what FreeSWITCH replies",
    "sip": "addresses in SIP's headers",
    "permits": "permits, and the references of attempts",
    "http": "requests to the sidecar, through its ASGI application",
}


@attrs.frozen
class Target:
    """A target by its name: `check` raises AssertionError for a broken promise; `tokens` are pieces that make inputs mean something."""

    name: str
    check: Callable[[bytes], None]
    tokens: tuple[bytes, ...]
    longest: int = 4_096
    close: Callable[[], None] = lambda: None  # lets go of what it works with, which it makes again when it is needed

    @property
    def seeds(self) -> list[bytes]:
        """What it begins from, in the order of their names."""
        return [path.read_bytes() for path in sorted((SEEDS / self.name).iterdir())]

    def run(self, data: bytes) -> None:
        """Check one input, and that it takes no longer than it may."""
        begun = time.process_time()
        self.check(data)
        took = time.process_time() - begun
        assert took < PATIENCE_S, f"{len(data)} bytes took {took:.1f} seconds"


def target(name: str) -> Target:
    """Return a target; its file is read only now, so that it may be instrumented."""
    found: Target = importlib.import_module(f"fuzz.{name}_target").TARGET
    return found
