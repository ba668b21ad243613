"""What is wrong with a policy's lists, as its errors say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.errors import IndexFileError, PolicyError, Problem
from callguard.index.batches import SourceError, summed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callguard.index.batches import Report
    from callguard.policy import ListSource

_PROBLEMS = 100


def unreadable(index: int, error: SourceError | IndexFileError) -> PolicyError:
    """Return the policy's error for a list that cannot be read."""
    if isinstance(error, SourceError):
        found, accepted = f"`{error.path}`, {error.found}", error.accepted
    else:
        found, accepted = f"`{error.path}`, which {error.said}", "a sound index file"
    return PolicyError(problems=[Problem(key=f"lists[{index}].path", found=found, accepted=accepted)])


def check(source: ListSource, index: int, reports: Iterable[Report]) -> None:
    """Do nothing for a list that may have rows that could not be read, or has none; PolicyError for any other."""
    report = summed(reports)
    if not source.strict or not (report.skipped_count or report.undated_count):
        return
    skipped = set(report.skipped)
    raise PolicyError(
        problems=[
            Problem(
                key=f"lists[{index}]",
                file=str(source.path),
                line=line,
                found="a row that is no number" if line in skipped else "a `since` or `until` that cannot be read",
                accepted="a number in each row, and dates or instants with their offset, since the list is strict",
            )
            for line in sorted(report.skipped + report.undated)[:_PROBLEMS]
        ]
    )
