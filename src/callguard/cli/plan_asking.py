"""The questions of `plan`, on a terminal: only those that the answers before leave open; an empty answer is the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

import attrs
import click

from callguard import packs
from callguard.cli import answers
from callguard.cli.plan import AMOUNTS, FACTS, FLAGS, PRODUCTS
from callguard.model import CallerKind
from callguard.readiness.scenario import Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.cli.words import Words

_INSTITUTIONS: Final = {"finance": ("bank", "insurance", "securities"), "education": ("for-profit-school", "non-profit-school")}
_ALL: Final = ("all", "全国", "national")


@attrs.frozen
class Interview:
    """Asks for what the options would say."""

    words: Words

    def ask(self) -> dict[str, Any]:
        """Return what the options of `plan` would be."""
        given: dict[str, Any] = {
            "on": None,
            "intend": (),
            "academic_tutoring": None,
            "product": (),
            "institution": None,
            "home": None,
        }
        given["sector"] = (sector := self._one("sector", answers.SECTORS, "general"),)
        if sector in _INSTITUTIONS:
            given["institution"] = self._maybe("institution", _INSTITUTIONS[sector])
        if sector == "healthcare":
            given["product"] = (self._one("product", PRODUCTS, "none"),)
        given["purpose"] = self._prompt("purposes", ("marketing",), self._several("purpose", answers.PURPOSES), shown="marketing")
        if sector == "education" and "marketing" in given["purpose"]:
            given["academic_tutoring"] = self._prompt("academic-tutoring", True, answers.yes_or_no, shown="y")
        given["operation"] = self._one("operation", get_args(Operation), "self-run")
        given["province"] = self._prompt("where", None, self._where)
        given["national"] = not given["province"]
        for name in FLAGS:
            given[name] = self._prompt(name, False, answers.yes_or_no, shown="n")
            if name == "online" and given[name] and len(given["province"]) != 1:
                given["home"] = self._prompt("home", None, self._home)
        given["hk_mo_tw_abroad"] = None
        given["number"] = self._prompt("numbers", (), self._numbers)
        given["seats"] = self._prompt("seats", None, self._count)
        for name in AMOUNTS:
            given[name] = self._prompt(name, None, _kept(answers.amount))
        for name in FACTS:
            if name not in self._left_out(given):
                given[name] = self._prompt(name, None, answers.yes_or_no)
        given["held"] = self._prompt("held", (), self._ids)
        return given | dict.fromkeys(self._left_out(given))

    def _left_out(self, given: dict[str, Any]) -> set[str]:
        """Return the facts that no condition of what is asked for is about."""
        kinds = {text.partition("=")[0] for text in given["number"]}
        found = set() if kinds & {"95", "96"} else {"service_network"}
        return found if given["online"] else found | {"security_policy"}

    def _one(self, key: str, choices: tuple[str, ...], default: str) -> Any:
        return self._prompt(key, default, answers.one_of(self.words, key, choices), shown=default)

    def _maybe(self, key: str, choices: tuple[str, ...]) -> Any:
        return self._prompt(key, None, answers.one_of(self.words, key, choices))

    def _several(self, key: str, choices: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
        one = answers.one_of(self.words, key, choices)
        return lambda text: tuple(dict.fromkeys(one(part) for part in answers.parted(text)))

    def _where(self, text: str) -> tuple[str, ...]:
        if text.strip().casefold() in _ALL:
            return ()
        return answers.provinces(self.words)(text) or self._wrong(self.words("init-province"))

    def _home(self, text: str) -> str:
        found = answers.provinces(self.words)(text)
        return found[0] if len(found) == 1 else self._wrong(self.words("init-province"))

    def _numbers(self, text: str) -> tuple[str, ...]:
        kinds = get_args(CallerKind)
        found = answers.parted(text)
        for part in found:
            kind, _, count = part.partition("=")
            if kind not in kinds or (count and (not count.isdecimal() or not int(count))):
                self._wrong(self.words("plan-number", kinds=", ".join(kinds)))
        return found

    def _count(self, text: str) -> int:
        return int(text) if text.strip().isdecimal() else self._wrong("0, 1, 2 …")

    def _ids(self, text: str) -> tuple[str, ...]:
        known, found = packs.requirements().requirements, answers.parted(text)
        for part in found:
            if part not in known:
                self._wrong(", ".join(known))
        return found

    def _wrong(self, accepted: str) -> Any:
        raise ValueError(accepted)

    def _prompt(self, key: str, default: Any, read: Callable[[str], Any], *, shown: str = "") -> Any:
        """Ask until the answer can be read; `where` has no default, as nothing can be planned without it."""
        question = self.words(f"plan-ask-{key.replace('_', '-')}")
        while True:
            answer = click.prompt(question, default=shown, show_default=bool(shown))
            if not answer.strip() and key != "where":
                return default
            try:
                return read(answer)
            except ValueError as error:
                click.echo(self.words("ask-again", value=answer, accepted=error))


def _kept(read: Callable[[str], object]) -> Callable[[str], str]:
    """Return a reader that tries a text and keeps it as it is."""

    def tried(text: str) -> str:
        read(text)
        return text

    return tried
