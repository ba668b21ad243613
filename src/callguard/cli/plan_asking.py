"""The questions of `plan`, on a terminal: only those that the answers before leave open; an empty answer is the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

import attrs
import click

from callguard.cli import answers, plan_ids
from callguard.cli.plan import AMOUNTS, FACTS, FLAGS, PRODUCTS
from callguard.readiness.scenario import Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from callguard.cli.words import Words

_INSTITUTIONS: Final = {"finance": ("bank", "insurance", "securities"), "education": ("for-profit-school", "non-profit-school")}
_CAPITAL: Final = ("registered_capital", "paid_in_capital")
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
            given["institution"] = self._maybe(f"institution-{sector}", "institution", _INSTITUTIONS[sector])
        if sector == "healthcare":
            given["product"] = (self._one("product", PRODUCTS, "none"),)
        given["purpose"] = self._prompt(
            "purposes", self._several("purpose", answers.PURPOSES), shown=self._value("purpose", "marketing")
        )
        if sector == "education" and "marketing" in given["purpose"]:
            given["academic_tutoring"] = self._yes_or_no("academic-tutoring", default=True)
        given["operation"] = self._one("operation", get_args(Operation), "self-run")
        given["province"] = self._prompt("where", self._where)
        given["national"] = not given["province"]
        for name in FLAGS:
            given[name] = self._yes_or_no(name, default=False)
            if name == "online" and given[name] and len(given["province"]) != 1:
                given["home"] = self._maybe_read("home", answers.province(self.words))
        given["hk_mo_tw_abroad"] = None
        given["number"] = self._maybe_read("numbers", self._numbers) or ()
        given["seats"] = self._maybe_read("seats", self._count)
        given |= self._amounts()
        for name in FACTS:
            if name not in self._left_out(given):
                given[name] = self._maybe_read(name, answers.yes_or_no)
        given["held"] = self._maybe_read("held", self._ids) or ()
        return given | dict.fromkeys(self._left_out(given))

    def _amounts(self) -> dict[str, str | None]:
        """Ask for the capital and the office; for the capital once more where what is paid in is more than there is."""
        while True:
            found = {name: self._maybe_read(name, _kept(answers.amount)) for name in _CAPITAL}
            registered, paid_in = ("" if found[name] is None else found[name] for name in _CAPITAL)
            if not registered or not paid_in or answers.amount(paid_in) <= answers.amount(registered):
                break
            click.echo(self.words("plan-ask-capital-again", registered=registered, paid_in=paid_in))
        return found | {name: self._maybe_read(name, _kept(answers.amount)) for name in AMOUNTS if name not in _CAPITAL}

    def _left_out(self, given: dict[str, Any]) -> set[str]:
        """Return the facts that no condition of what is asked for is about."""
        kinds = {text.partition("=")[0] for text in given["number"]}
        found = set() if kinds & {"95", "96"} else {"service_network"}
        return found if given["online"] else found | {"security_policy"}

    def _one(self, key: str, choices: tuple[str, ...], default: str) -> Any:
        return self._prompt(key, answers.one_of(self.words, key, choices), shown=self._value(key, default))

    def _maybe(self, key: str, of: str, choices: tuple[str, ...]) -> Any:
        return self._maybe_read(key, answers.one_of(self.words, of, choices))

    def _several(self, key: str, choices: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
        one = answers.one_of(self.words, key, choices)
        return lambda text: tuple(dict.fromkeys(one(part) for part in answers.parted(text)))

    def _yes_or_no(self, key: str, *, default: bool) -> bool:
        shown = self.words("plan-y" if default else "plan-n")
        return bool(self._prompt(key, answers.yes_or_no, shown=shown))

    def _value(self, key: str, value: str) -> str:
        """Return a default as it is shown, and read back."""
        return self.words.value(key, value)

    def _where(self, text: str) -> tuple[str, ...]:
        if text.strip().casefold() in _ALL:
            return ()
        return answers.provinces(self.words)(text) or self._wrong(self.words("plan-ask-where-again"))

    def _numbers(self, text: str) -> tuple[str, ...]:
        found = answers.parted(text)
        kinds = [answers.number(self.words)(part)[0] for part in found]
        for kind in kinds:
            if kinds.count(kind) > 1:
                self._wrong(self.words("plan-number-once", kind=kind))
        return found

    def _count(self, text: str) -> int:
        return int(text) if text.strip().isdecimal() else self._wrong("0, 1, 2 …")

    def _ids(self, text: str) -> tuple[str, ...]:
        """Read what is held; a mark of interrogation lists what can be."""
        if text.strip() in ("?", "？"):
            self._wrong(plan_ids.known(self.words))
        found = []
        for part in answers.parted(text):
            try:
                id_, since = plan_ids.held(self.words, part)
            except ValueError as error:
                self._wrong(self.words("plan-ask-part", part=part, accepted=error))
            found.append(id_ if since is None else f"{id_}={since}")
        return tuple(found)

    def _wrong(self, accepted: str) -> Any:
        raise ValueError(accepted)

    def _maybe_read(self, key: str, read: Callable[[str], Any]) -> Any:
        """Ask for what may be left open: an empty answer is None."""
        return self._prompt(key, lambda text: read(text) if text.strip() else None)

    def _prompt(self, key: str, read: Callable[[str], Any], *, shown: str = "") -> Any:
        """Ask until the answer can be read; `shown` is the answer where none is given."""
        question = self.words(f"plan-ask-{key.replace('_', '-')}")
        while True:
            answer = click.prompt(question, default=shown, show_default=bool(shown))
            try:
                return read(answer if answer.strip() else shown)
            except ValueError as error:
                click.echo(self.words("ask-again", value=answer, accepted=error))


def _kept(read: Callable[[str], object]) -> Callable[[str], str]:
    """Return a reader that tries a text and keeps it as it is."""

    def tried(text: str) -> str:
        read(text)
        return text

    return tried
