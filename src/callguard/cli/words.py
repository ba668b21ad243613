"""Speaks to people in their language: texts, reasons, facts, instants and spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.cli.texts import FACTS_ZH, REASONS_ZH, TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from callguard.model import Reason

LANGUAGES: Final = ("en", "zh")
_DAYS: Final = ("Mon Tue Wed Thu Fri Sat Sun".split(), "周一 周二 周三 周四 周五 周六 周日".split())  # noqa: SIM905


class Words:
    """The texts of one language."""

    def __init__(self, lang: str) -> None:
        """Take a language of LANGUAGES."""
        self.lang = lang
        self._column = LANGUAGES.index(lang)

    def __call__(self, key: str, **fields: object) -> str:
        """Return a text with its fields filled in."""
        return self.pick(TEXTS[key]).format(**fields) if fields else self.pick(TEXTS[key])

    def pick(self, pair: Sequence[str]) -> str:
        """Return the text of this language out of (English, Chinese)."""
        return pair[self._column]

    def reason(self, reason: Reason) -> str:
        """Name a reason: its code word, in Chinese with what that means."""
        return reason.value if self.lang == "en" else f"{reason.value} {REASONS_ZH[reason]}"

    def lines(self, numbers: Sequence[int]) -> str:
        """Write line numbers, the first eight of them."""
        shown = ", ".join(map(str, numbers[:8])) + (" …" if len(numbers) > 8 else "")
        return self("line-numbers" if len(numbers) > 1 else "line-number", lines=shown)

    def fact(self, name: str) -> str:
        """Name a fact that a rule saw."""
        if self.lang == "zh":
            return FACTS_ZH.get(name, name)
        return name.replace("_", " ") if name.islower() else name

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
