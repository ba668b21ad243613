"""Speaks to people in their language: texts, reasons, facts, instants and spans."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Final

from callguard.cli.facts import FACTS_ZH, RULE_FACTS_ZH, VALUES_ZH, WORDS_ZH
from callguard.cli.texts import TEXTS
from callguard.model import Reason
from callguard.texts import REASONS_ZH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

LANGUAGES: Final = ("en", "zh")
_DAYS: Final = ("Mon Tue Wed Thu Fri Sat Sun".split(), "周一 周二 周三 周四 周五 周六 周日".split())  # noqa: SIM905
_OS: Final = {
    errno.ENOENT: "没有这个文件或目录",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "是目录, 不是文件",
    errno.ENOTDIR: "不是目录",
    errno.ENOSPC: "磁盘空间不足",
    errno.EROFS: "只读",
    errno.ENAMETOOLONG: "文件名过长",
}


class Count(int):
    """How many: written with thousands, and in a text as `{n:row|rows}` the word for one or for several."""

    def __format__(self, spec: str) -> str:
        """Write the number, or choose the word."""
        one, _, several = spec.partition("|")
        return f"{int(self):,}" if not spec else one if self == 1 else several


class Words:
    """The texts of one language."""

    def __init__(self, lang: str) -> None:
        """Take a language of LANGUAGES."""
        self.lang = lang
        self._column = LANGUAGES.index(lang)

    def __call__(self, key: str, **fields: object) -> str:
        """Return a text with its fields filled in; ints are counts."""
        if not fields:
            return self.pick(TEXTS[key])
        return self.pick(TEXTS[key]).format(**{k: Count(v) if type(v) is int else v for k, v in fields.items()})

    def pick(self, pair: Sequence[str]) -> str:
        """Return the text of this language out of (English, Chinese)."""
        return pair[self._column]

    def reason(self, reason: Reason | str) -> str:
        """Name a reason: its code word, in Chinese with what that means; `undecided` too, which is none."""
        if self.lang == "en":
            return str(reason)
        return f"{reason!s} {REASONS_ZH[reason] if isinstance(reason, Reason) else '未作判断'}"

    def lines(self, numbers: Sequence[int]) -> str:
        """Write line numbers, the first eight of them."""
        return self("line-numbers" if len(numbers) > 1 else "line-number", lines=_first(numbers))

    def rows(self, numbers: Sequence[int], *, more: bool) -> str:
        """Write the numbers of the first rows of some."""
        return self("rows-firsts" if len(numbers) > 1 else "rows-first", rows=_first(numbers) + (" …" if more else ""))

    def fact(self, name: str, rule: str = "") -> str:
        """Name a fact that a rule saw."""
        if self.lang == "zh":
            return RULE_FACTS_ZH.get((rule, name)) or FACTS_ZH.get(name, name)
        if name == "why":
            return "why:"
        return name.replace("_", " ") if name.islower() else name

    def value(self, name: str, value: str) -> str:
        """Write a word that a fact or a key of the policy has as its value; any other text stands for itself."""
        if self.lang == "en":
            return value
        inside = WORDS_ZH.get(name)
        if inside:
            return re.sub(r"(?<![\w/])[a-z]+(?![\w/])", lambda match: inside.get(match[0], match[0]), value)
        return VALUES_ZH.get(name, {}).get(value, value)

    def os(self, error: OSError) -> str:
        """Say what the system complains of."""
        english = error.strerror or str(error)
        return english if self.lang == "en" else _OS.get(error.errno or 0, english)

    def instant(self, at: datetime, *, offset: bool = True) -> str:
        """Write an instant with its weekday: `Tue 2026-11-24 20:59:30 +08:00`."""
        text = f"{_DAYS[self._column][at.weekday()]} {at:%Y-%m-%d %H:%M:%S}"
        return f"{text} {at.isoformat()[-6:]}" if offset else text

    def span(self, seconds: float) -> str:
        """Write how long something takes, in its two largest units."""
        units = ((86_400, ("d", "天")), (3_600, ("h", "小时")), (60, ("min", "分")), (1, ("s", "秒")))
        left = round(seconds)
        parts: list[str] = []
        for size, names in units:
            n, left = divmod(left, size)
            if n and len(parts) < 2:
                parts.append(f"{n} {self.pick(names)}")
        return " ".join(parts) or f"0 {self.pick(units[-1][1])}"


def _first(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:8])) + (" …" if len(numbers) > 8 else "")


def language(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the language that `--lang` names, else the locale's: Chinese where it begins with zh, English otherwise."""
    for i, argument in enumerate(arguments):
        if argument == "--":
            break
        name, _, value = argument.partition("=")
        if name == "--lang":
            value = value or (arguments[i + 1] if i + 1 < len(arguments) else "")
            return value if value in LANGUAGES else "en"
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"
