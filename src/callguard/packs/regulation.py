"""Where regulation says otherwise than the article, as values: what it would change, where that is written, how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from callguard.packs.pack import Hours
    from callguard.packs.places import Source

Status = Literal["in-force", "draft", "abolished"]
Sure = Literal["statute", "report", "memory"]
MetBy = Literal["require_consent", "school_vacations"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
SURE: Final[tuple[Sure, ...]] = get_args(Sure)
MET_BY: Final[tuple[MetBy, ...]] = get_args(MetBy)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Difference:
    """One thing that regulation says otherwise: it decides nothing.

    `status`: `in-force`, `draft`, or `abolished` where what the article asks for is law no more; from the day `first` on. `sure`:
    `statute` where the text was read, `report` where what others write of it was, `memory` where nobody opened a text. `touches`
    are requirements, duties and rules, each written as `rule` and its id; `when` clauses of which one must hold, empty: always.
    `met_by` is a key of the policy that heeds it. The rest is what it changes, where that can be reckoned.
    """

    id: str
    title: Mapping[str, str]
    article: Mapping[str, str]
    regulation: Mapping[str, str]
    do: Mapping[str, str]
    rows: tuple[int, ...]
    status: Status
    sure: Sure
    touches: tuple[str, ...]
    sources: tuple[Source, ...] = ()
    first: date | None = None
    when: tuple[Mapping[str, bool | str], ...] = ()
    met_by: MetBy | None = None
    drops: tuple[str, ...] = ()
    lifts: tuple[str, ...] = ()
    decided_days: int | None = None
    renew_days: int | None = None
    yearly: bool = False
    from_decision: tuple[str, ...] = ()
    notify_working_days: int | None = None
    hours: Hours | None = None
    keep_days: int | None = None

    def holds(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.first is None or self.first <= day

    def touched(self, kind: str) -> tuple[str, ...]:
        """Return the ids of the requirements, duties or rules (`kind`) that it touches."""
        return tuple(each.removeprefix(f"{kind} ") for each in self.touches if each.startswith(f"{kind} "))

    def citation(self, lang: str) -> str:
        """Return where it is written, and how sure it is."""
        said = "; ".join(source.title for source in self.sources)
        return f"{said} ({self.how[lang]})" if said else self.how[lang]

    @property
    def how(self) -> dict[str, str]:
        """How sure it is, in words."""
        return dict(zip(("en", "zh"), _SURE[self.sure], strict=True))


_SURE: Final[Mapping[Sure, tuple[str, str]]] = {
    "statute": ("the text of the law was read", "已读法规原文"),
    "report": ("by what others write of it", "依据转述"),
    "memory": ("from memory: no text was opened", "凭记忆, 未查阅文本"),
}


@attrs.frozen(kw_only=True, eq=False, repr=False)
class LeftOut:
    """What was looked at and changes no answer here, and why."""

    topic: Mapping[str, str]
    why: Mapping[str, str]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Regulations:
    """All that the regulations of one place are known to say otherwise, each by its id, and what is left out."""

    id: str
    titles: Mapping[str, str]
    differences: Mapping[str, Difference]
    left_out: Mapping[str, LeftOut]
