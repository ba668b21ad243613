"""What the law asks for before the first call, and afterwards, as values: licences, filings, numbers, documents, duties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["licence", "filing", "number", "document"]
Unit = Literal["working-days", "months"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Condition:
    """What must be true before a requirement can be met: a fact, or a figure of it in a unit.

    `least`: the fact is that much. `per_seats`: for so many agents `usual` numbers for certain, `most` at most. Neither: the fact
    is true. `firm` false: where it is not met, the law leaves open whether that matters.
    """

    id: str
    fact: str
    title: Mapping[str, str]
    citation: Mapping[str, str]
    least: int | None = None
    unit: str | None = None
    per_seats: int | None = None
    usual: int | None = None
    most: int | None = None
    firm: bool = True


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Time:
    """How long an authority takes."""

    id: str
    least: int
    most: int
    unit: Unit
    citation: Mapping[str, str]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Authority:
    """Who decides; `of`: whose, the province that is called or the enterprise's own."""

    id: str
    title: Mapping[str, str]
    of: Literal["called", "home"] | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Caution:
    """What a person should think of who applies, in some scenarios; where that is written, if not where the requirement is."""

    text: Mapping[str, str]
    rows: tuple[int, ...]
    when: tuple[Mapping[str, bool | str], ...]
    citation: Mapping[str, str] | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class HeldBy:
    """Which licence or filing of a policy, each in the policy's words, meets a requirement."""

    licence: str | None = None
    filing: str | None = None
    scope: Literal["national", "provincial"] | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Requirement:
    """What is applied for, or had ready: by whom it is granted, on what conditions, and after what.

    `when`: of these clauses one must hold; empty: always. `rule` is the pack's rule that denies calls without it. `number` is the
    kind of caller that it is. `instead`: requirements that meet this one too, where they are held. `names`: what it is called for
    one institution.
    """

    id: str
    kind: Kind
    rows: tuple[int, ...]
    title: Mapping[str, str]
    citation: Mapping[str, str]
    authority: Authority
    rule: str | None = None
    when: tuple[Mapping[str, bool | str], ...] = ()
    held_by: HeldBy | None = None
    time: Time | None = None
    conditions: tuple[Condition, ...] = ()
    documents: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    names: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    not_needed: Mapping[str, str] | None = None
    differs: Mapping[str, str] | None = None

    @property
    def number(self) -> str | None:
        """The kind of caller that it is, if it is one."""
        return self.id.removeprefix("number-") if self.kind == "number" else None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Due:
    """When a duty is due: `days` after what it is `of`; at the end of `years` of validity, from `days` before; or `yearly`."""

    of: Literal["number", "telecom-licence", "call-centre"]
    days: int | None = None
    years: int | None = None
    yearly: tuple[int, int] | None = None  # month and day of the next year


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Duty:
    """What is owed once calls are placed; `figures` are the law's, which the text writes."""

    id: str
    rows: tuple[int, ...]
    title: Mapping[str, str]
    text: Mapping[str, str]
    citation: Mapping[str, str]
    figures: Mapping[str, Any]
    rule: str | None = None
    when: tuple[Mapping[str, bool | str], ...] = ()
    due: Due | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Requirements:
    """All that one place's law asks for, each by its id, in the order in which the law names it."""

    requirements: Mapping[str, Requirement]
    duties: Mapping[str, Duty]
    documents: Mapping[str, Mapping[str, str]]
    facts: Mapping[str, Mapping[str, str]]
    words: Mapping[str, tuple[str, ...]]  # what a clause may say, where it says a word
    flags: frozenset[str]  # what else it may say
