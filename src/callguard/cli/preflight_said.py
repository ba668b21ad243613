"""What `callguard preflight` says in words: the period, places and zones, who can never be called, when the list is exhausted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from callguard import clock
from callguard.batch import outlook
from callguard.cli.verdict import province

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callguard.batch.outlook import Exhaustion, Hour, Never, Outlook
    from callguard.cli.words import Words

SEVERAL: Final = 3  # zones that are named, of more


@attrs.frozen
class Day:
    """One day: its title, a short one, and the places of its hours in the outlook by the hour of the clock."""

    title: str
    short: str
    hours: dict[int, int]


def span(words: Words, found: Outlook) -> str:
    """Say which period was looked at."""
    start, end = instant(words, found, found.start), instant(words, found, found.end)
    return words("preflight-span", start=start, end=end, zone=found.timezone)


def instant(words: Words, found: Outlook, at: float) -> str:
    """Write an instant by the enterprise's clock."""
    return words.instant(clock.datetime_of(at, found.timezone), offset=False)[:-3]


def hour(words: Words, found: Outlook, index: int) -> str:
    """Write when an hour begins."""
    return instant(words, found, found.hours[index])


def days(words: Words, found: Outlook) -> list[Day]:
    """Return the days of a period, each with the places of its hours by the clock; of an hour that comes twice, the second."""
    by_title: dict[str, Day] = {}
    for i, at in enumerate(found.hours):
        local = clock.datetime_of(at, found.timezone)
        title = words.instant(local, offset=False).rpartition(" ")[0]
        by_title.setdefault(title, Day(title, f"{local:%m-%d}", {})).hours[local.hour] = i
    return list(by_title.values())


def zones(words: Words, name: str) -> str:
    """Name the zones where callees may be."""
    if not name:
        return words("preflight-no-zone")
    names = name.split(", ")
    return ", ".join(names[:SEVERAL]) + (f" +{len(names) - SEVERAL}" if len(names) > SEVERAL else "")


def place(words: Words, name: str) -> str:
    """Name a place in the user's language."""
    return province(words, name) if name else words("unknown-place")


def never(words: Words, found: Outlook, each: Never) -> str:
    """Say when the rule that stands in the way may pass."""
    return (
        words("preflight-for-good")
        if each.retry_s is None
        else words("preflight-not-before", at=instant(words, found, each.retry_s))
    )


def most(hours: Sequence[Hour]) -> int:
    """Return how many can be called in the best hour."""
    return max((each.some for each in hours), default=0)


def attempts(words: Words, found: Outlook, campaign: str | None = None) -> str:
    """Say how many attempts the limits let through."""
    n = found.attempts(campaign)
    return words("preflight-unlimited") if n is None else words("preflight-attempts", n=n)


def exhausted(words: Words, found: Outlook, how: Exhaustion) -> str:
    """Say when the list is exhausted at a rate."""
    rate = f"{how.rate:,.10g}"
    if how.at is None:
        return words("preflight-left", rate=rate, n=how.called, left=how.left, end=instant(words, found, found.end))
    return words("preflight-exhausted", rate=rate, n=how.called, at=instant(words, found, how.at))


def volumes(words: Words, found: Outlook) -> str:
    """Say which callers' planned volumes hold the rate; empty where none has one."""
    if not found.volumes:
        return ""
    return words("preflight-volumes", n=sum(most for most, _ in found.volumes.values()))


def share(n: int, total: int) -> str:
    """Write a share of rows."""
    return f"{n / total:.1%}" if total else "0%"


def by_hour(found: Outlook, campaign: str | None = None) -> tuple[Hour, ...]:
    """Return how many rows of one campaign, or all, can be called in each hour."""
    return found.by_hour(lambda _: "", campaign).get("", tuple(outlook.Hour() for _ in found.hours))
