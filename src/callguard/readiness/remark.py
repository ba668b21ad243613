"""What an inspection finds, as frozen values: remarks, each with how bad it is, when, where it is written, how it is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import attrs

from callguard import texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from callguard.model import Reason
    from callguard.packs import RemarkText

Severity = Literal["stops-calls", "will-stop", "violation", "due", "unknown", "note"]
What = Literal["enterprise", "licence", "filing", "caller", "campaign", "list", "state", "log", "law"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
_WHATS: Final[tuple[What, ...]] = get_args(What)
_NOT_BEGUN: Final = {
    "en": "It begins on {issued}: place no such calls before, or enter the licence that is held until then.",
    "zh": "其自 {issued} 起有效: 此前不要进行此类呼叫, 或写入在此之前持有的许可证。",
}


class _Count(int):
    """A number in a text: with thousands where it is long, and as `{n:day|days}` the word for one or for several."""

    def __format__(self, spec: str) -> str:
        one, several, many = spec.partition("|")
        if several:
            return one if self == 1 else many
        return f"{int(self):,}" if abs(self) >= _LONG else str(int(self))


_LONG: Final = 10_000  # from which on numbers are written with thousands


@attrs.frozen(kw_only=True, eq=False)
class Remark:
    """One thing that an inspection remarks.

    `severity`: `stops-calls` is denied now, `will-stop` from `day` on, a `violation` is denied by nothing, `due` is to be done by
    `day`, `unknown` is not declared, a `note` is for knowing. `what` and `name` say of what, mobile numbers masked; `campaigns`
    whose calls it concerns. `opens` is when it can be done, `resumes` when time alone mends it. `reason` and `rule` are a denial's.
    Facts that are not the same in both languages are mappings of `en` and `zh`.
    """

    kind: RemarkText
    severity: Severity
    what: What
    name: str = ""
    day: date | None = None
    opens: date | None = None
    resumes: date | None = None
    reason: Reason | None = None
    campaigns: tuple[str, ...] = ()
    facts: Mapping[str, Any] = attrs.field(factory=dict)
    rows: tuple[int, ...] = attrs.field()
    title: Mapping[str, str] = attrs.field()
    citation: Mapping[str, str] = attrs.field()

    @rows.default
    def _rows(self) -> tuple[int, ...]:
        return self.kind.rows

    @title.default
    def _title(self) -> Mapping[str, str]:
        return self.kind.title

    @citation.default
    def _citation(self) -> Mapping[str, str]:
        return self.kind.citation

    @property
    def id(self) -> str:
        """What kind of remark it is; a rule's id where that rule denies."""
        return self.kind.id

    @property
    def rule(self) -> str | None:
        """The rule that denies for it, if one does."""
        return self.kind.rule

    def message_in(self, lang: str) -> str:
        """Return what it says in `en` or `zh`."""
        if self.kind.text is None:
            assert self.reason is not None
            return texts.sentence(self.reason.value, lang)
        return self._written(self.kind.text[lang], lang)

    def mend_in(self, lang: str) -> str:
        """Return how it is mended in `en` or `zh`."""
        held = self.facts.get("held") if self.reason is not None else None
        if isinstance(held, list | tuple) and held:
            issued = min(str(each["issued"]) for each in held)
            if issued > str(self.facts["today"]):
                return _NOT_BEGUN[lang].format(issued=issued)
        return self._written(self.kind.mend[lang], lang)

    def _written(self, text: str, lang: str) -> str:
        facts: dict[str, Any] = {"day": self.day, "opens": self.opens}
        for name, value in self.facts.items():
            found = value[lang] if is_text(value) else value
            facts[name] = _Count(found) if type(found) is int else found
        return text.format(**facts)


@attrs.frozen(kw_only=True, eq=False)
class Inspection:
    """What was found on a day, looking ahead to the last of `days` more; the worst first, and of these the soonest."""

    on: date
    until: date
    enterprise: str
    remarks: tuple[Remark, ...]

    def at_least(self, *severities: Severity) -> tuple[Remark, ...]:
        """Return the remarks of some severities."""
        return tuple(each for each in self.remarks if each.severity in severities)

    def of(self, id_: str) -> tuple[Remark, ...]:
        """Return the remarks of a kind."""
        return tuple(each for each in self.remarks if each.id == id_)

    @property
    def counts(self) -> dict[Severity, int]:
        """How many remarks there are of each severity."""
        return {severity: sum(each.severity == severity for each in self.remarks) for severity in SEVERITIES}


def is_text(value: object) -> bool:
    """Return whether a fact is a text in both languages."""
    return isinstance(value, dict) and set(value) == {"en", "zh"}


def order(remark: Remark) -> tuple[int, str, int, str, str]:
    """Return by what remarks are sorted: how bad, how soon, of what."""
    day = "" if remark.day is None and remark.severity == "stops-calls" else str(remark.day or "9")
    return SEVERITIES.index(remark.severity), day, _WHATS.index(remark.what), remark.name, remark.id
