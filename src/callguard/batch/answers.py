"""What a row of a table is told: a reason, its sentence and when to try again, or that it could not be decided."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from callguard import clock
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from callguard.model import Decision

ADDED: Final = ("callguard_reason", "callguard_message", "callguard_retry_at")
UNDECIDED: Final = "undecided"  # no Reason: nothing was decided, as something that the row says cannot be read
_UNDECIDED: Final = {
    "place": (
        "The place told for this row cannot be read, or is in another country than the number: the row was not decided.",
        "本行所写地点无法识别, 或与号码不在同一国家或地区: 未作判断。",
    ),
    "campaign": (
        "The campaign told for this row is none of the policy's: the row was not decided.",
        "本行所写活动不在策略之中: 未作判断。",
    ),
    "caller": ("No caller is told for this row: the row was not decided.", "本行未写主叫号码: 未作判断。"),
    "instant": (
        "The instant told for this row cannot be read, or is not from 2000 to 2049: the row was not decided.",
        "本行所写时刻无法识别, 或不在 2000 至 2049 年之间: 未作判断。",
    ),
}
_FIRST: Final = 8
_MOST: Final = 10_000


@attrs.frozen(slots=True)
class Answer:
    """What a row is told; `retry_s` is in epoch seconds. An allowed row has no sentence."""

    reason: str
    message: str = ""
    retry_s: float | None = None

    @property
    def allowed(self) -> bool:
        """Whether the row may be called."""
        return self.reason == Reason.ALLOWED.value

    @property
    def unread(self) -> bool:
        """Whether the row says nothing that could be decided: no number, or something else that cannot be read."""
        return self.reason in {UNDECIDED, Reason.INVALID_NUMBER.value}

    def retry_at(self, timezone: str) -> str:
        """Return when to try again: ISO 8601 with the zone's offset, empty where there is none."""
        return "" if self.retry_s is None else clock.datetime_of(self.retry_s, timezone).isoformat()


class Answers:
    """The answers of one run, in one language, worked out once for each decision that is the same."""

    def __init__(self, lang: str) -> None:
        """ValueError for a language other than `en` and `zh`."""
        if lang not in {"en", "zh"}:
            raise ValueError(f"`lang` is {lang!r}; accepted: `en` or `zh`")
        self._lang = lang
        self._known: dict[Decision, Answer] = {}
        self._undecided = {key: Answer(UNDECIDED, texts[lang == "zh"]) for key, texts in _UNDECIDED.items()}

    def of(self, decision: Decision) -> Answer:
        """Return what a decision tells a row."""
        found = self._known.get(decision)
        if found is None:
            retry = None if decision else decision.retry_s
            found = Answer(decision.reason.value, "" if decision else decision.message_in(self._lang), retry)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[decision] = found
        return found

    def undecided(self, key: str) -> Answer:
        """Return what a row is told of which `place`, `campaign`, `caller` or `instant` cannot be read."""
        return self._undecided[key]


def in_order(answers: Sequence[Answer], used: Iterable[int]) -> list[int]:
    """Return the indexes of those answers that are used, in an order that is theirs, whichever was met first."""
    return sorted(used, key=lambda i: (answers[i].reason, answers[i].message, answers[i].retry_s or 0))


@attrs.define
class Counts:
    """How many rows have which answer, and which were the first that could not be decided, counted from 1."""

    rows: int = 0
    reasons: Counter[str] = attrs.field(factory=Counter)
    first_undecided: list[int] = attrs.field(factory=list)

    def add(self, reason: str, rows: Iterable[int] = (), n: int = 1) -> None:
        """Count `n` rows of a reason; `rows` are those counted, where they are undecided."""
        self.rows += n
        self.reasons[reason] += n
        if reason == UNDECIDED:
            self.first_undecided = sorted({*self.first_undecided, *rows})[:_FIRST]

    def join(self, more: Counts) -> None:
        """Count the rows that stand behind these, counted from their own beginning."""
        before = self.rows
        self.rows += more.rows
        self.reasons.update(more.reasons)
        self.first_undecided = [*self.first_undecided, *(before + row for row in more.first_undecided)][:_FIRST]

    @property
    def by_reason(self) -> dict[Reason, int]:
        """The rows that were decided, by reason, in reason order."""
        found = self.reasons
        return {reason: found[reason.value] for reason in sorted(Reason, key=lambda reason: reason.code) if found[reason.value]}

    @property
    def undecided(self) -> int:
        """How many rows could not be decided; they have no reason."""
        return self.reasons[UNDECIDED]
