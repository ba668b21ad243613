"""What callguard raises; a malformed callee is never among it, but a denial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from callguard.model import Decision


class CallguardError(Exception):
    """Whatever callguard raises of its own."""


@attrs.frozen(kw_only=True)
class Problem:
    """One mistake in a policy: where it stands, what was found there, what is accepted."""

    key: str
    found: str
    accepted: str
    file: str | None = None
    line: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        """Return `file:line: key: found …; accepted: …`, as far as each is known."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        text = f"`{self.key}`: found {self.found}; accepted: {self.accepted}"
        if self.hint:
            text += f" ({self.hint})"
        return f"{place}: {text}" if place else text


class PolicyError(CallguardError):
    """The policy cannot be read as one, or does not have what was asked for; `problems` lists every mistake."""

    def __init__(self, message: str = "", problems: Sequence[Problem] = ()) -> None:
        """Join the problems to one text, one a line, where no message is given."""
        self.problems = tuple(problems)
        super().__init__(message or "\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[PolicyError], tuple[str, tuple[Problem, ...]]]:
        """Pickle with the problems."""
        return type(self), (str(self), self.problems)


class DialDenied(CallguardError):  # noqa: N818 - the contract's name
    """The call may not be placed; `decision` says why."""

    def __init__(self, decision: Decision) -> None:
        """Carry the decision, whose sentence is the error's text."""
        self.decision = decision
        super().__init__(f"{decision.reason}: {decision.message}")

    def __reduce__(self) -> tuple[type[DialDenied], tuple[Decision]]:
        """Pickle with the decision."""
        return type(self), (self.decision,)


class StateError(CallguardError):
    """What should have lasted could not be written or read.

    `spooled`: it was refusals, which this host denies from now on, keeps in its spool, and sends once they can be written.
    """

    spooled: bool = False


class IndexFileError(CallguardError):
    """An index file cannot be used, or is damaged; `key` names why, `path` is the file, `facts` what else there is to say."""

    def __init__(self, key: str, path: Path, said: str, **facts: object) -> None:
        """Join the path and what is said of it to one text."""
        self.key, self.path, self.said, self.facts = key, path, said, facts
        super().__init__(f"`{path}` {said}")

    def __reduce__(self) -> tuple[Callable[..., IndexFileError], tuple[str, Path, str], dict[str, object]]:
        """Pickle with the facts."""
        return type(self), (self.key, self.path, self.said), {"facts": self.facts}
