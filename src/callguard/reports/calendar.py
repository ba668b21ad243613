"""Days for people's calendars, as iCalendar (RFC 5545): all-day events, with an alarm before each that is a deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import attrs

from callguard.errors import CallguardError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

_MISSING: Final = (
    "a calendar is written with the package `icalendar`, which is not installed; accepted: pip install callguard-outbound[calendar]"
)


@attrs.frozen(kw_only=True)
class Event:
    """What is on some days, `first` to `last`, both included, wherever the calendar's owner is.

    `about` tells it from all others, and stays the same when it is written again on another day. `alarms`: so many days before.
    """

    about: tuple[str, ...]
    first: date
    last: date
    title: str
    text: str
    alarms: tuple[int, ...] = ()

    @property
    def uid(self) -> str:
        """Its name among all events of all calendars."""
        return f"{sha256(chr(0).join(self.about).encode()).hexdigest()[:32]}@callguard"


def calendar(events: Iterable[Event], *, name: str, written: float) -> bytes:
    """Return a calendar; `written` is now, in epoch seconds. CallguardError without the extra `[calendar]`."""
    try:
        import icalendar
    except ImportError:
        raise CallguardError(_MISSING) from None
    found = icalendar.Calendar()
    found.add("prodid", "-//callguard//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", name)
    for event in events:
        entry = icalendar.Event()
        entry.add("uid", event.uid)
        entry.add("dtstamp", datetime.fromtimestamp(int(written), UTC))
        entry.add("dtstart", event.first)
        entry.add("dtend", event.last + timedelta(days=1))  # the day after
        entry.add("summary", event.title)
        entry.add("description", event.text)
        entry.add("transp", "TRANSPARENT")  # nobody is busy all day
        for days in event.alarms:
            alarm = icalendar.Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", event.title)
            alarm.add("trigger", timedelta(days=-days))
            entry.add_component(alarm)
        found.add_component(entry)
    content: bytes = found.to_ical()
    return content
