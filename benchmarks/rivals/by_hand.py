"""The function that people write by hand: phonenumbers, a set, and the hour in the callee's zones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from benchmarks.rivals import Rival

if TYPE_CHECKING:
    from benchmarks.data import Numbers

OPEN, SHUT = 0, 24


@contextmanager
def _opened(numbers: Numbers, _: Path) -> Iterator[Callable[[str], bool]]:
    import phonenumbers
    from phonenumbers import timezone

    listed = set(numbers.tolist())
    zones: dict[str, ZoneInfo] = {}

    def may_call(callee: str) -> bool:
        number = phonenumbers.parse(callee, "CN")
        if not phonenumbers.is_valid_number(number):
            return False
        if int(f"{number.country_code}{number.national_number}") in listed:
            return False
        now = datetime.now(UTC)
        for name in timezone.time_zones_for_number(number):
            zone = zones.get(name)
            if zone is None:
                zone = zones[name] = ZoneInfo(name)
            if not OPEN <= now.astimezone(zone).hour < SHUT:
                return False
        return True

    yield may_call


RIVAL = Rival("by-hand", "phonenumbers + set + zoneinfo, as people write it", ("phonenumbers",), _opened, decides=True)
