"""A plan, as frozen values: what is applied for in which order, what is not met, not needed, owed, and the first call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from callguard.packs import Condition, Duty, Requirement
    from callguard.packs.requirement import Caution
    from callguard.readiness.days import Span
    from callguard.readiness.otherwise import Otherwise
    from callguard.readiness.scenario import Scenario

_NOTES: Final[dict[str, tuple[str, str]]] = {
    "not-before": (
        "Dates are not before: they count from the day on which applications begin, as if every condition were met then.",
        "日期均为“不早于”: 自开始申请之日起算, 并假定当日各项条件均已满足。",
    ),
    "uncounted": (
        "The article names no time for {names}: none is counted.",
        "文章未写明办理时间的, 未计入: {names}。",
    ),
    "provisional": (
        "Dates marked ~ rest on the provisional calendar of {year}, whose notice is not published yet.",
        "标 ~ 的日期依据{year}年暂定日历, 该年放假通知尚未发布。",
    ),
    "beyond": (
        "Working days are known up to {day}: dates marked > are later than shown.",
        "工作日只知至 {day}: 标 > 的日期晚于所示。",
    ),
    "renew-first": (
        "May end before the first call: {names}. Renewed in time it goes on; without it no call is placed.",
        "首次呼叫之前可能到期: {names}。须及时续期, 否则不得呼叫。",
    ),
    "lapsed": (
        "What was named as held has ended, and is applied for anew: {names}.",
        "所写已有的资质已到期, 须重新申请: {names}。",
    ),
    "no-number": (
        "No number is named: every call needs one, applied for after the licence.",
        "未选用号码: 每次呼叫都需要号码, 且须先取得许可证。",
    ),
    "several-provinces": (
        "A provincial licence is for calls within one province: for several the national one is planned.",
        "地网许可证仅限省内: 涉及多个省份的按全网许可证规划。",
    ),
    "hk-mo-tw-abroad": (
        "Hong Kong, Macau and Taiwan are counted as abroad, as the customs do: their own filing is needed besides.",
        "港澳台按境外(海关意义)处理, 并另需其单独的备案。",
    ),
    "special-after-basic": (
        "Special filings wait for the basic licences, as do numbers; the first call waits for all of them.",
        "专项备案与号码均在基础资质之后申请; 首次呼叫须全部办妥。",
    ),
}


@attrs.frozen(eq=False)
class Note:
    """What a reader of a plan should know, by its key and facts."""

    key: str
    facts: Mapping[str, Any] = attrs.field(factory=dict)

    def message_in(self, lang: str) -> str:
        """Return the note in `en` or `zh`."""
        facts = {name: value[lang] if name == "names" else value for name, value in self.facts.items()}
        return _NOTES[self.key][lang == "zh"].format(**facts)


@attrs.frozen(kw_only=True, eq=False)
class Checked:
    """A condition held against the scenario. `unknown` counts as not met; `doubtful`: the law leaves it open.

    `found` is the scenario's figure or answer, None where it is not known; of a number's quota, how many are asked for.
    """

    condition: Condition
    status: Literal["met", "doubtful", "not-met", "unknown"]
    found: float | bool | None


@attrs.frozen(kw_only=True, eq=False)
class Step:
    """One requirement that applies: what it waits for, from when until when it takes, what is wanting.

    `status`: `held`, `renew` (held, and its last day `until` may be before the first call), `ready` (a document to have at hand)
    or `apply`. `place` is the authority's province, where it is of one and known. `waits_for` are requirements of this plan.
    `count` is how many numbers. `held_by`: what else meets it.
    """

    requirement: Requirement
    title: Mapping[str, str]
    status: Literal["held", "renew", "ready", "apply"]
    place: str | None
    waits_for: tuple[str, ...]
    starts: Span
    ends: Span
    conditions: tuple[Checked, ...]
    cautions: tuple[Caution, ...]
    count: int | None = None
    held_by: str | None = None
    until: date | None = None

    @property
    def held(self) -> bool:
        """Whether it is there, to be renewed or not."""
        return self.status in ("held", "renew")

    @property
    def id(self) -> str:
        """The requirement's id."""
        return self.requirement.id

    @property
    def uncounted(self) -> bool:
        """Whether an authority takes a time that the law does not name."""
        return self.status == "apply" and self.requirement.time is None


@attrs.frozen(kw_only=True, eq=False)
class NotNeeded:
    """A requirement that does not apply here, and why; `surplus` where it is held, or was meant to be applied for."""

    requirement: Requirement
    why: Mapping[str, str]
    surplus: Literal["held", "intended"] | None = None


@attrs.frozen(kw_only=True, eq=False)
class DutyDate:
    """When a duty is due of one step: from `opens` (None: at once) until `due`, by the shortest times and by the longest."""

    of: str
    opens: tuple[date, date] | None
    due: tuple[date, date]


@attrs.frozen(kw_only=True, eq=False)
class Owed:
    """A duty that applies, and its dates where they follow from the plan."""

    duty: Duty
    dates: tuple[DutyDate, ...]


@attrs.frozen(kw_only=True, eq=False)
class Plan:
    """What must be done before the first call, in order. Dates are never promised: not before.

    `first_call` is when the first number may call, `first_number` which it is; `complete` when all numbers may. `gaps` are
    steps that are neither held nor among what one meant to apply for, where that was said. `differences` is what regulation says
    otherwise, where the scenario asks for it: nothing else of the plan changes by it.
    """

    on: date
    scenario: Scenario
    steps: tuple[Step, ...]
    not_needed: tuple[NotNeeded, ...]
    gaps: tuple[str, ...]
    duties: tuple[Owed, ...]
    first_call: Span
    first_number: str | None
    complete: Span
    notes: tuple[Note, ...]
    differences: tuple[Otherwise, ...] = ()

    def step(self, id_: str) -> Step:
        """Return a step; KeyError where the plan has none of that id."""
        for step in self.steps:
            if step.id == id_:
                return step
        raise KeyError(id_)

    @property
    def surplus(self) -> tuple[NotNeeded, ...]:
        """What is held or was meant to be applied for, and is not needed."""
        return tuple(each for each in self.not_needed if each.surplus)

    @property
    def open_conditions(self) -> tuple[tuple[Step, Checked], ...]:
        """Every condition that is not met, or of which that is not known, with its step."""
        return tuple((step, each) for step in self.steps for each in step.conditions if each.status != "met")
