"""Instants as the rows of tables have them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from callguard import clock

_SHORTEST: Final = len("2026-11-24T20")  # a day alone is no instant


def instant(value: object, timezone: str) -> float | None:
    """Return an instant in epoch seconds, of ISO 8601, in `timezone` where it has no offset, or of epoch seconds; None for none."""
    try:
        if isinstance(value, datetime):
            return clock.check((value if value.tzinfo else value.replace(tzinfo=clock.zone(timezone))).timestamp())
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        if not isinstance(value, str):
            return clock.check(float(value))
        written = value.strip()
        try:
            return clock.check(float(written))
        except (ValueError, OverflowError):
            pass
        return instant(datetime.fromisoformat(written), timezone) if len(written) >= _SHORTEST else None
    except (ValueError, OverflowError):
        return None
