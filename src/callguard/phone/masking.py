"""Numbers as they may be shown."""

from __future__ import annotations

from functools import cache

from callguard._core.native import LIMIT
from callguard.phone.plan_file import shipped
from callguard.phone.written import written

_SHOWN = 3
_LAST = 2


def mask(number: str | int) -> str:
    """Return a number with its country code, three digits more and the last two, the rest as stars; all stars where it is short."""
    if isinstance(number, int):
        return _masked(str(number), plus=True) if 0 < number < LIMIT else "*" * 15
    found = written(number)
    if found is None:
        return "*" * min(len(number), 12)
    return _masked(found.digits, plus=found.plus)


def _masked(digits: str, *, plus: bool) -> str:
    sign = "+" if plus else ""
    head = _SHOWN + (_country_code(digits) if plus else 0)
    hidden = len(digits) - head - _LAST
    if hidden < _SHOWN:
        return sign + "*" * len(digits)
    return f"{sign}{digits[:head]}{'*' * hidden}{digits[-_LAST:]}"


def _country_code(digits: str) -> int:
    """Return how many digits the country code has."""
    codes = _codes()
    return next((size for size in (1, 2, 3) if digits[:size] in codes), 1)


@cache
def _codes() -> frozenset[str]:
    return frozenset(str(region.country_code) for region in shipped().regions.values())
