"""Instants, zones, windows and spans, exact over daylight-saving changes; knows no law and no calendar.

Instants are epoch seconds. Zone data come from the `tzdata` package, never from the system, whose own may be older.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from zoneinfo import ZoneInfo

    import pendulum

FOREVER: Final = 1 << 62
DAY: Final = 86_400
FIRST: Final = 946_684_800  # 2000-01-01T00:00:00Z
LAST: Final = 253_370_764_800  # 9999-01-01T00:00:00Z: what lies behind is for good
END: Final = 2_524_608_000  # 2050-01-01T00:00:00Z: the zone tables reach no further
_EPOCH: Final = date(1970, 1, 1).toordinal()
_WEEK: Final = 7 * DAY


@cache
def zone(name: str) -> ZoneInfo:
    """Return a zone of the `tzdata` package; ValueError for a name that is not there."""
    from importlib import resources
    from zoneinfo import ZoneInfo

    folder, _, leaf = ("tzdata.zoneinfo/" + name).rpartition("/")
    try:
        with resources.files(folder.replace("/", ".")).joinpath(leaf).open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except (ImportError, OSError, ValueError, TypeError) as error:
        msg = f"`{name}` is no time zone of the tzdata package"
        raise ValueError(msg) from error


@cache
def _segments(name: str) -> tuple[list[int], list[int]]:
    """Return the instants at which a zone's offset changes, and the offset from each on, in seconds."""
    info = zone(name)

    def offset(at: int) -> int:
        found = datetime.fromtimestamp(at, UTC).astimezone(info).utcoffset()
        assert found is not None
        return round(found.total_seconds())

    starts, offsets = [FIRST - _WEEK], [offset(FIRST - _WEEK)]
    for probe in range(FIRST, END + 2 * _WEEK, _WEEK):
        seen = offset(probe)
        if seen != offsets[-1]:
            low, high = probe - _WEEK, probe
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == offsets[-1] else (low, middle)
            starts.append(high)
            offsets.append(seen)
    return starts, offsets


def offset_at(name: str, at: float) -> int:
    """Return a zone's offset from UTC at an instant, in seconds."""
    starts, offsets = _segments(name)
    return offsets[max(bisect_right(starts, at) - 1, 0)]


def local(name: str, at: float) -> tuple[date, float]:
    """Return the local date and the wall clock's seconds of the day."""
    days, seconds = divmod(at + offset_at(name, at), DAY)
    return date.fromordinal(_EPOCH + int(days)), seconds


def start_of_day(name: str, day: date) -> int:
    """Return the first instant of a local date, in a zone where midnight may be skipped or come twice."""
    wanted = (day.toordinal() - _EPOCH) * DAY
    starts, offsets = _segments(name)
    low = max(bisect_right(starts, wanted - 2 * DAY) - 1, 0)
    for i in range(low, len(starts)):
        at = max(wanted - offsets[i], starts[i])
        if i + 1 == len(starts) or at < starts[i + 1]:
            return at
    raise AssertionError("the last segment has no end")


def next_midnight(name: str, at: float) -> int:
    """Return the first instant after `at` that begins a local date."""
    day, _ = local(name, at)
    found = start_of_day(name, day + timedelta(days=1))
    while found <= at:  # a date that comes twice
        day += timedelta(days=1)
        found = start_of_day(name, day + timedelta(days=1))
    return found


def next_edge(name: str, at: float, seconds: Collection[int]) -> int:
    """Return the first instant after `at` at which the wall clock reaches one of these seconds of the day, or jumps."""
    starts, offsets = _segments(name)
    i = max(bisect_right(starts, at) - 1, 0)
    shifted = at + offsets[i]
    midnight = int(shifted // DAY) * DAY
    edges = [midnight + s + shift for shift in (0, DAY) for s in seconds]
    found = min((edge - offsets[i] for edge in edges if edge > shifted), default=FOREVER)
    return min(found, starts[i + 1]) if i + 1 < len(starts) else found


def first_change(
    at: float, value: Callable[[float], object], edge: Callable[[float], float], horizon_days: int = 400
) -> tuple[object, float]:
    """Return `value(at)`, and the first later edge at which it differs; FOREVER when none does within the horizon."""
    now = value(at)
    limit = at + horizon_days * DAY
    when = edge(at)
    while when <= limit:
        if value(when) != now:
            return now, when
        when = edge(when)
    return now, FOREVER


def check(at: float, name: str = "at") -> float:
    """Return an instant that the zone tables can answer for; ValueError for any other."""
    if not FIRST <= at < END:
        raise ValueError(f"`{name}` is {at!r}; accepted: an instant from 2000-01-01 to 2049-12-31 (UTC)")
    return at


def instant(at: object, name: str = "at") -> float:
    """Return the epoch seconds of an aware datetime or a number; ValueError when naive or out of range, else TypeError."""
    if isinstance(at, datetime):
        if at.tzinfo is None or at.utcoffset() is None:
            raise ValueError(f"`{name}` is a naive datetime; accepted: an aware one, as `datetime.now(timezone.utc)`")
        return check(at.timestamp(), name)
    if isinstance(at, bool) or not isinstance(at, int | float):
        raise TypeError(f"`{name}` is a {type(at).__name__}; accepted: an aware datetime, epoch seconds, or None")
    return check(at, name)


def edge(value: object, timezone: str, *, ends: bool, name: str = "until") -> float:
    """Return the instant that a `since` or `until` means: an instant, or a date, its first or (`ends`) past its last instant.

    Both may be text in ISO 8601; the year 9999 means for good. ValueError when it cannot be read, TypeError for another type.
    """
    if isinstance(value, str):
        text = value.strip()
        try:
            value = date.fromisoformat(text)
        except ValueError:
            value = read_instant(text)
    if isinstance(value, date) and not isinstance(value, datetime):
        if value.year == date.max.year:
            return FOREVER
        return start_of_day(timezone, value + timedelta(days=1) if ends else value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.timestamp()
    if isinstance(value, float) and value >= FIRST:
        return FOREVER if value >= LAST else value
    return instant(value, name)


def datetime_of(at: float, name: str = "UTC") -> pendulum.DateTime:
    """Return an instant as a pendulum DateTime, in UTC or in a zone of the tzdata package."""
    import pendulum

    utc = datetime.fromtimestamp(at, UTC)
    return pendulum.instance(utc if name == "UTC" else utc.astimezone(zone(name)))


def read_instant(text: str) -> float:
    """Return the epoch seconds of an ISO 8601 instant with its offset; ValueError for anything else."""
    accepted = "accepted: ISO 8601 with its offset, as 2026-11-24T08:00:00+08:00"
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"`{text}` is no instant; {accepted}") from error
    if found.tzinfo is None:
        raise ValueError(f"`{text}` has no offset; {accepted}")
    return found.timestamp()


@cache
def tz_version() -> str:
    """Return the IANA version of the zone data."""
    from importlib.metadata import version

    return version("tzdata")


def earliest(instants: Iterable[float]) -> float:
    """Return the first of some instants; FOREVER where there is none."""
    return min(instants, default=FOREVER)
