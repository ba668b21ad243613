"""What a field of a request may hold: how it is read, and its JSON Schema."""

from __future__ import annotations

import math
import unicodedata
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

from callguard import clock, phone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from callguard.policy import Policy

Schema = dict[str, Any]

_KINDS: Final = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
_FIRST, _LAST = "2000-01-01T00:00:00Z", "2049-12-31T23:59:59Z"
_INSTANT: Final = f"ISO 8601 with its offset, as 2026-11-24T08:00:00+08:00, or epoch seconds; {_FIRST} to {_LAST}"


class Written(str):
    """A value of a form or a query, where numbers and flags are text as well."""

    __slots__ = ()


class Unlike(Exception):  # noqa: N818 - of a value
    """A value that is not what its field takes: what was found, and what is accepted where that is not what the kind says."""

    def __init__(self, found: str, accepted: str | None = None) -> None:
        """Take both."""
        super().__init__(found)
        self.found, self.accepted = found, accepted


class Kind(Protocol):
    """What a field may hold."""

    @property
    def accepted(self) -> str:
        """What it takes, in words."""
        ...

    def read(self, value: Any, policy: Policy) -> Any:
        """Return the value as the guard takes it; Unlike for any other."""
        ...

    def schema(self, policy: Policy) -> Schema:
        """Return its JSON Schema."""
        ...


def told(value: Any) -> str:
    """Say what kind of value was found; never the value."""
    return "nothing" if value is None else _KINDS.get(type(value), "a text")


def text_of(value: Any, longest: int) -> str:
    """Return a text that can be kept anywhere; Unlike for any other value."""
    if not isinstance(value, str):
        raise Unlike(told(value))
    if len(value) > longest:
        raise Unlike(f"a text of {len(value)} characters", f"at most {longest} characters")
    if not value.isprintable() and any(unicodedata.category(sign) in {"Cs", "Cc"} for sign in value):
        raise Unlike("a text with control characters or halves of characters")
    return value


@attrs.frozen
class Text:
    """A text that is no blank."""

    accepted: str
    longest: int = 500
    pattern: str = r"\S"

    def read(self, value: Any, policy: Policy) -> str:  # noqa: ARG002 - the same for every policy
        """Return the text."""
        text = text_of(value, self.longest)
        if not text.strip():
            raise Unlike("an empty text")
        return str(text)

    def schema(self, policy: Policy) -> Schema:  # noqa: ARG002
        """Return its schema."""
        return {"type": "string", "minLength": 1, "maxLength": self.longest, "pattern": self.pattern}


@attrs.frozen
class Callee:
    """A number in any writing, or an integer in E.164; what is none is denied, not refused here."""

    accepted: str = "a number as text, in any form people write, or an integer in E.164"
    longest: int = 200

    def read(self, value: Any, policy: Policy) -> str | int:  # noqa: ARG002
        """Return the text or the integer."""
        if type(value) is int:
            return value
        if not isinstance(value, str):
            raise Unlike(told(value))
        if len(value) > self.longest:
            raise Unlike(f"a text of {len(value)} characters", f"at most {self.longest} characters")
        return str(value)

    def schema(self, policy: Policy) -> Schema:  # noqa: ARG002
        """Return its schema."""
        return {"anyOf": [{"type": "string", "maxLength": self.longest}, {"type": "integer"}]}


@attrs.frozen
class Choice:
    """One of some names; which ones, the policy may say."""

    what: str
    names: Callable[[Policy], Sequence[str]]

    @property
    def accepted(self) -> str:
        """What it takes."""
        return self.what

    def read(self, value: Any, policy: Policy) -> str:
        """Return the name."""
        names = self.names(policy)
        if isinstance(value, str) and value in names:
            return str(value)
        known = ", ".join(f"`{name}`" for name in names) or f"none: the policy has no {self.what}"
        near = get_close_matches(value, names, n=1) if isinstance(value, str) and len(value) <= 200 else []
        raise Unlike(
            "another name" if isinstance(value, str) else told(value),
            known + (f" (did you mean `{near[0]}`?)" if near else ""),
        )

    def schema(self, policy: Policy) -> Schema:
        """Return its schema, with the names of the policy in force."""
        return {"type": "string", "enum": list(self.names(policy))}


@attrs.frozen
class Instant:
    """An instant, as text or epoch seconds."""

    accepted: str = _INSTANT

    def read(self, value: Any, policy: Policy) -> float:  # noqa: ARG002
        """Return the epoch seconds."""
        if isinstance(value, str):
            try:
                return clock.check(float(value) if _is_number(value) else clock.read_instant(value))
            except (ValueError, OverflowError):
                raise Unlike("a text that is no such instant") from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unlike(told(value))
        try:
            return clock.check(float(value))
        except (ValueError, OverflowError):
            raise Unlike("a number beyond those years") from None

    def schema(self, policy: Policy) -> Schema:  # noqa: ARG002
        """Return its schema."""
        return {
            "anyOf": [
                {"type": "string", "format": "date-time", "examples": ["2026-11-24T08:00:00+08:00"]},
                {"type": "number", "minimum": clock.FIRST, "exclusiveMaximum": clock.END},
            ]
        }


@attrs.frozen
class Until:
    """The last day of something, or the instant at which it ends."""

    accepted: str = f"a date, as 2027-06-30, or {_INSTANT}"

    def read(self, value: Any, policy: Policy) -> date | str | float:
        """Return the date, or the epoch seconds."""
        if isinstance(value, str) and not _is_number(value):
            try:
                clock.edge(value, policy.enterprise.timezone, ends=True)
            except (ValueError, OverflowError):
                raise Unlike("a text that is no such date or instant") from None
            return value
        return Instant().read(value, policy)

    def schema(self, policy: Policy) -> Schema:
        """Return its schema."""
        return {"anyOf": [{"type": "string", "format": "date"}, *Instant().schema(policy)["anyOf"]]}


@attrs.frozen
class Where:
    """A country or province."""

    accepted: str = "an ISO 3166 code (`CN-GD`, `US-FL`) of the callee's own country, or a Chinese province"

    def read(self, value: Any, policy: Policy) -> str:  # noqa: ARG002
        """Return it as it was written."""
        text = text_of(value, 100)
        try:
            phone.region(text)
        except ValueError:
            raise Unlike("a text that is no place") from None
        return text

    def schema(self, policy: Policy) -> Schema:  # noqa: ARG002
        """Return its schema."""
        return {"type": "string", "minLength": 2, "maxLength": 100, "examples": ["CN-GD", "广东"]}


@attrs.frozen
class Seconds:
    """A span of time."""

    accepted: str = "seconds, from 0 on"

    def read(self, value: Any, policy: Policy) -> float:  # noqa: ARG002
        """Return the seconds."""
        if isinstance(value, str) and _is_number(value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unlike(told(value))
        if not (0 <= value <= 1e9 and math.isfinite(value)):
            raise Unlike("a number that is no span")
        return float(value)

    def schema(self, policy: Policy) -> Schema:  # noqa: ARG002
        """Return its schema."""
        return {"type": "number", "minimum": 0, "maximum": 1_000_000_000}


@attrs.frozen
class Flag:
    """Yes or no."""

    accepted: str = "true or false"

    def read(self, value: Any, policy: Policy) -> bool:  # noqa: ARG002
        """Return it."""
        if value is True or (isinstance(value, Written) and value == "true"):
            return True
        if value is False or (isinstance(value, Written) and value == "false"):
            return False
        raise Unlike(told(value))

    def schema(self, policy: Policy) -> Schema:  # noqa: ARG002
        """Return its schema."""
        return {"type": "boolean"}


def _is_number(text: str) -> bool:
    """Whether a text is a plain decimal number of a form or a query."""
    whole, _, part = text.partition(".")
    return (
        isinstance(text, Written)
        and len(text) <= 20
        and whole.isascii()
        and whole.isdigit()
        and (not part or (part.isascii() and part.isdigit()))
    )
