"""What is said of the parts of a remark: its days, and what it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callguard.cli.words import Words
    from callguard.readiness import Remark


def when(words: Words, remark: Remark) -> str:
    """Return the days of a remark."""
    if remark.severity == "due" and remark.opens is not None:
        return words("inspect-between", first=remark.opens, day=remark.day)
    lines = []
    if remark.day is not None:
        key = {"will-stop": "inspect-from", "due": "inspect-by"}.get(remark.severity, "inspect-since")
        lines.append(words(key, day=remark.day))
    if remark.resumes is not None:
        lines.append(words("inspect-until", day=remark.resumes))
    return "\n".join(lines)


def of(words: Words, remark: Remark) -> str:
    """Return what a remark is of."""
    what = words(f"inspect-what-{remark.what}")
    return f"{what} {remark.name}" if remark.name else what
