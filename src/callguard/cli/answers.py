"""What `init` is told, read: each answer by itself, so that a wrong one is said where it is given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, get_args

from callguard import Policy, clock, phone
from callguard.cli.draft import toml
from callguard.cli.facts import VALUES_ZH
from callguard.errors import PolicyError
from callguard.model import CallerKind
from callguard.policy.model import Purpose, Sector

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.cli.words import Words

PURPOSES, SECTORS = get_args(Purpose), get_args(Sector)
HOME: Final = "CN"  # whose licences and filings are asked for
_HEAD: Final = "version = 1\n[enterprise]\n"
_MORE_ZH: Final = {
    "purpose": {"推广": "marketing", "销售": "marketing", "客服": "service", "提醒": "notification", "调查": "survey"},
    "sector": {"其他": "general", "通用": "general", "医药": "healthcare"},
}
_MOST: Final = 10**18  # that an amount may be
_YES: Final = {"y": True, "yes": True, "是": True, "n": False, "no": False, "否": False}


def one_of(words: Words, key: str, choices: tuple[str, ...]) -> Callable[[str], str]:
    """Return a reader of one of some words, or of their Chinese."""
    chinese = {VALUES_ZH[key][choice]: choice for choice in choices} | _MORE_ZH.get(key, {})
    accepted = ", ".join(choice if words.lang == "en" else f"{choice} {words.value(key, choice)}" for choice in choices)

    def read(text: str) -> str:
        found = text.strip().casefold()
        found = chinese.get(found, found)
        if found not in choices:
            raise ValueError(accepted)
        return found

    return read


def yes_or_no(text: str) -> bool:
    """Read yes or no."""
    try:
        return _YES[text.strip().casefold()]
    except KeyError:
        raise ValueError("y, n, 是, 否") from None


def name(text: str) -> str:
    """Read a name of the enterprise."""
    _tried(f"{_HEAD}name = {toml(text)}")
    return text


def campaign(text: str) -> str:
    """Read a name of a campaign."""
    _tried(f'{_HEAD}name = "-"\n[[campaigns]]\nname = {toml(text)}\npurpose = "service"')
    return text


def country(words: Words) -> Callable[[str], str]:
    """Return a reader of a country, in any of its writings."""

    def read(text: str) -> str:
        try:
            found = phone.region(text)
        except ValueError:
            found = "-"
        if "-" in found:
            raise ValueError(words("init-region"))
        return found

    return read


def zone(words: Words, region: str) -> Callable[[str], str]:
    """Return a reader of a time zone."""

    def read(text: str) -> str:
        try:
            clock.zone(text.strip())
        except ValueError:
            raise ValueError(", ".join(sorted(phone.country_zones(region))) or words("init-zone")) from None
        return text.strip()

    return read


def provinces(words: Words) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of mainland provinces, parted by commas, as codes."""

    def read(text: str) -> tuple[str, ...]:
        found = []
        for part in parted(text):
            try:
                code = phone.region(part)
            except ValueError:
                code = ""
            if code not in phone.PROVINCES:
                raise ValueError(words("init-province"))
            found.append(code)
        return tuple(dict.fromkeys(found))

    return read


def province(words: Words) -> Callable[[str], str]:
    """Return a reader of one mainland province, as its code."""
    several = provinces(words)

    def read(text: str) -> str:
        found = several(text)
        if len(found) != 1:
            raise ValueError(words("init-province"))
        return found[0]

    return read


def number(words: Words) -> Callable[[str], tuple[str, int]]:
    """Return a reader of a kind of numbers and how many of it, as fixed=10."""
    kinds = get_args(CallerKind)

    def read(text: str) -> tuple[str, int]:
        kind, sign, count = (part.strip() for part in text.partition("="))
        if kind not in kinds or (sign and (not count.isdecimal() or not int(count))):
            raise ValueError(words("plan-number", kinds=", ".join(kinds)))
        return kind, int(count or 1)

    return read


def callers(region: str, timezone: str | None) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of numbers to call from, parted by commas, as the policy reads them."""
    head = f'{_HEAD}name = "-"\nregion = {toml(region)}\n' + (f"timezone = {toml(timezone)}\n" if timezone else "")

    def read(text: str) -> tuple[str, ...]:
        found = parted(text)
        _tried(head + "".join(f"[[callers]]\nnumber = {toml(number)}\n" for number in found))
        return found

    return read


def day(text: str) -> date | None:
    """Read a date; None for nothing."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ValueError("YYYY-MM-DD") from None


def day_from(words: Words, first: date | None) -> Callable[[str], date | None]:
    """Return a reader of a date that is not before another."""

    def read(text: str) -> date | None:
        found = day(text)
        if found and first and found < first:
            raise ValueError(words("init-from", day=first))
        return found

    return read


def parted(text: str) -> tuple[str, ...]:
    """Return what stands between commas, Western or Chinese."""
    return tuple(part.strip() for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip())


def _tried(text: str) -> None:
    """Read a piece of a policy; ValueError says what is accepted."""
    try:
        Policy.from_toml(text)
    except PolicyError as error:
        accepted = "; ".join(dict.fromkeys(problem.accepted for problem in error.problems))
        raise ValueError(accepted or str(error)) from None


def amount(text: str) -> float:
    """Read an amount, with or without separators; 万 and 亿 count."""
    written = "".join(text.split()).replace(",", "").replace("，", "").replace("_", "")
    times = {"万": 10_000, "亿": 100_000_000}.get(written[-1:], 1)
    try:
        found = Decimal(written[:-1] if times > 1 else written) * times
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found < _MOST:
        raise ValueError("10000000, 10_000_000, 1000万")
    return int(found) if found == int(found) else float(found)
