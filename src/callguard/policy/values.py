"""How a single value of a policy is read: each function returns what it stands for, or raises a Mistake."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from callguard import clock, packs, phone
from callguard.policy.mistakes import Mistake, meant, show
from callguard.policy.opt_outs import ENDS, MOST_KEYS, fold

if TYPE_CHECKING:
    from collections.abc import Callable

_RULE: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")
_SPAN: Final = re.compile(r"([1-9][0-9]{0,4}) (day|hour)s?")
_AGE: Final = re.compile(r"([0-9]{1,4}) (month|year)s?")
_STALENESS: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?(ms|s|min|m|h)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_URL: Final = re.compile(r"postgres(?:ql)?://\S+")
_WEB: Final = re.compile(r"https?://[^\s/?#]\S*")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY: Final = re.compile(r"[0-9A-Fa-f]{64}|[0-9A-Za-z+/_-]{43}=|permit-(?:private|public):.*")
_KEYS: Final = re.compile(rf"[0-9*#A-D]{{1,{MOST_KEYS}}}")
_NO_REFUSALS: Final = frozenset(map(fold, ENDS))
_PLACES: Final = ("China", "中国", "Hong Kong", "香港", "Macau", "澳门", "Taiwan", "台湾")
MOST_DAYS: Final = 366
_LONGEST_S: Final = 600.0


def text(value: object) -> str:
    """Read a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        hint = f'write "{value}"' if isinstance(value, int | float) and not isinstance(value, bool) else None
        raise Mistake(show(value), "a text in quotes, not empty", hint)
    return value


def name(value: object) -> str:
    """Read a name: a text without blanks around it and without control characters."""
    found = text(value)
    if found != found.strip() or not found.isprintable():
        raise Mistake(show(value), "a name without spaces around it or control characters", f"did you mean `{found.strip()}`?")
    return found


def flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        hint = f"write {str(value).lower()} without quotes" if str(value).lower() in {"true", "false"} else None
        raise Mistake(show(value), "true or false", hint)
    return value


def whole(least: int, most: int | None = None, what: str = "a whole number") -> Callable[[object], int]:
    """Return the reader of a whole number from `least` on, to `most`."""
    accepted = f"{what}, {least} or more" if most is None else f"{what} from {least} to {most}" if least < most else f"{least}"

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least or (most is not None and value > most):
            quoted = isinstance(value, str) and re.fullmatch(r"[0-9_]+", value)
            raise Mistake(show(value), accepted, f"write {value} without quotes" if quoted else None)
        return value

    return read


def area(value: object) -> float:
    """Read a finite number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise Mistake(show(value), "a number of square metres, 0 or more")
    return value


def day(value: object) -> date:
    """Read a date without a time."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise Mistake(show(value), "a date, as 2026-01-31", _unquoted(value, date))
    return value


def clock_time(value: object) -> time:
    """Read a time of the wall clock, in whole seconds."""
    if not isinstance(value, time) or value.tzinfo is not None or value.microsecond:
        raise Mistake(show(value), "a time of day in whole seconds, as 09:00:00", _unquoted(value, time))
    return value


def _unquoted(value: object, kind: type[date | time]) -> str | None:
    """Return how a date or time in quotes, or a date with a time, would be written right."""
    if isinstance(value, datetime):
        return f"write {value.date() if kind is date else value.time()}"
    if isinstance(value, str):
        try:
            return f"write {kind.fromisoformat(value.strip()).isoformat()} without quotes"
        except ValueError:
            return None
    return None


def one_of(choices: Any) -> Callable[[object], Any]:
    """Return the reader of one of a Literal's texts, or of a tuple of texts."""
    words: tuple[str, ...] = choices if isinstance(choices, tuple) else get_args(choices)
    accepted = ", ".join(words)

    def read(value: object) -> Any:
        if not isinstance(value, str) or value not in words:
            number = isinstance(value, int) and not isinstance(value, bool) and str(value) in words
            raise Mistake(show(value), accepted, f'write "{value}"' if number else meant(value, words))
        return str(value)

    return read


def outcome(value: object) -> str:
    """Read the name of an outcome that is a refusal; one that says nothing of what the callee wants is none."""
    found = name(value)
    folded = fold(found)
    if not folded:
        raise Mistake(show(value), "an outcome's name with letters or digits in it")
    if folded in _NO_REFUSALS:
        raise Mistake(show(value), f"an outcome that is the callee's refusal; {', '.join(ENDS)} are none")
    return found


def keys(value: object) -> str:
    """Read a sequence of DTMF."""
    found = value.upper() if isinstance(value, str) else None
    if found is None or not _KEYS.fullmatch(found):
        hint = f'write "{value}"' if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
        raise Mistake(show(value), f"1 to {MOST_KEYS} keys of 0-9, *, #, A-D in quotes", hint)
    return found


def pack(value: object) -> str:
    """Read a pack of law: the name of one that ships, or the path of a file, which ends in `.toml`."""
    names = (*packs.NAMES, *packs.OVERLAYS, *sorted(packs.SHIPPED.values()))
    if isinstance(value, str) and "\0" not in value and (value in names or packs.is_file(value)):
        return str(value)
    raise Mistake(show(value), f"{', '.join(names)}, or the path of a pack's file, as `our-pack.toml`", meant(value, names))


def country(value: object) -> str:
    """Read where an enterprise is: a country, by its ISO 3166-1 code."""
    code = _region(value, "a country, as CN, HK, US")
    if "-" in code:
        raise Mistake(show(value), "a country, as CN, HK, US", f"did you mean `{code.partition('-')[0]}`?")
    return code


def province(value: object) -> str:
    """Read a mainland province in any of its three writings."""
    accepted = "a province of the mainland, as CN-GD, 广东 or Guangdong"
    code = _region(value, accepted)
    if not code.startswith("CN-"):
        raise Mistake(show(value), accepted)
    return code


def region(value: object) -> str:
    """Read a mainland province or a country."""
    accepted = "a province of the mainland, as CN-GD, 广东 or Guangdong, or a country, as HK, US"
    code = _region(value, accepted)
    if "-" in code and not code.startswith("CN-"):
        raise Mistake(show(value), accepted, f"did you mean `{code.partition('-')[0]}`?")
    return code


def _region(value: object, accepted: str) -> str:
    if not isinstance(value, str):
        raise Mistake(show(value), accepted)
    try:
        return phone.region(value)
    except ValueError:
        code = value.strip().upper().replace("_", "-")
        names = [name for writings in phone.PROVINCES.values() for name in writings]
        hint = f"did you mean `{code}`?" if code in phone.PROVINCES else meant(value, [*names, *_PLACES])
        raise Mistake(show(value), accepted, hint) from None


def timezone(value: object) -> str:
    """Read a time zone of the tzdata package."""
    if not isinstance(value, str):
        raise Mistake(show(value), "a time zone, as Asia/Shanghai")
    try:
        clock.zone(value)
    except ValueError:
        from importlib import resources

        zones = resources.files("tzdata").joinpath("zones").read_text("utf-8").split()
        raise Mistake(show(value), "a time zone, as Asia/Shanghai", meant(value.replace(" ", "_"), zones)) from None
    return value


def number(value: object) -> str:
    """Read a telephone number as text; what it stands for is told later, when the region is known."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise Mistake("a number without quotes", "a telephone number in quotes", "write it in quotes")
    if not isinstance(value, str) or not value.strip():
        raise Mistake(show(value), "a telephone number in quotes")
    return value


def path(value: object) -> Path:
    """Read a path, not yet joined to the policy's folder."""
    if isinstance(value, Path):
        return value
    found = text(value)
    if "\0" in found:
        raise Mistake(show(value), "a path")
    return Path(found)


def key_file(value: object) -> Path:
    """Read the path of the file that holds a key; never shown where it is the key itself."""
    if isinstance(value, str) and _KEY.fullmatch(value.strip()):
        raise Mistake("what looks like a key", "the path of a file that holds the key (not the key itself)")
    return path(value)


def argument(value: object) -> str:
    """Read one word of a command, as the program gets it: no shell reads it."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        shown = "another text" if isinstance(value, str) and value.strip() else show(value)
        raise Mistake(shown, "a text in quotes, not empty: the program, then each of its arguments")
    return value


def url(value: object) -> str:
    """Read a database's address; what was found is never shown, it may hold a password."""
    return _address(value, _URL, "`postgresql://`")


def web(value: object) -> str:
    """Read a web address; what was found is never shown, it may hold a password."""
    return _address(value, _WEB, "`https://` or `http://`, and a host")


def _address(value: object, accepted: re.Pattern[str], begins: str) -> str:
    if not isinstance(value, str) or not accepted.fullmatch(value):
        scheme = value.partition("://")[0] if isinstance(value, str) and "://" in value else None
        shown = "another text" if isinstance(value, str) else show(value)
        raise Mistake(f"an address that begins `{scheme}://`" if scheme else shown, f"an address that begins {begins}")
    return value


def variable(value: object) -> str:
    """Read the name of an environment variable; never shown, it may be a key put in the wrong place."""
    if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
        shown = "another text" if isinstance(value, str) else show(value)
        raise Mistake(shown, "the name of an environment variable, as CALLGUARD_LOG_KEY (not the key itself)")
    return value


def rule(value: object) -> str:
    """Read where a rule of the user's own is found; nothing is imported."""
    if not isinstance(value, str) or not _RULE.fullmatch(value):
        raise Mistake(show(value), "a rule as `package.module:function`")
    return value


def span(value: object) -> str:
    """Read the period of a limit: `N day(s)` or `N hour(s)`; it stays as written."""
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if not found or int(found[1]) > MOST_DAYS * (1 if found[2] == "day" else 24):
        accepted = f"days or hours, up to {MOST_DAYS} days, as `1 day`, `7 days`, `24 hours`"
        raise Mistake(show(value), accepted)
    return found[0]


def months(value: object) -> int:
    """Read how long the call log is kept, in months; the law's least at least."""
    least = packs.load().call_log_months
    found = _AGE.fullmatch(value) if isinstance(value, str) else None
    count = int(found[1]) * (12 if found[2] == "year" else 1) if found else 0
    if count < least:
        raise Mistake(show(value), f"{least} months or more, as `6 months` or `2 years`")
    return count


def seconds(value: object) -> float:
    """Read a span that is longer than none, in seconds."""
    found = _STALENESS.fullmatch(value) if isinstance(value, str) else None
    length = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if length <= 0:
        bare = isinstance(value, int | float) and not isinstance(value, bool)
        raise Mistake(show(value), "a span longer than 0, as `5s`, `500ms`, `1min`", f'write "{value}s"' if bare else None)
    return length


def lifetime(value: object) -> float:
    """Read for how long a dial permit is good, in seconds; ten minutes at most."""
    length = seconds(value)
    if length > _LONGEST_S:
        raise Mistake(show(value), "a span longer than 0, and no longer than `10min`")
    return length
