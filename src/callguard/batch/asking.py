"""Who calls, for what and when, row by row: fixed for all rows of a table, or told by a column of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

from callguard.batch import columns
from callguard.batch.files import TableError
from callguard.errors import PolicyError
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callguard.deciding.many import Decided
    from callguard.guard import Line
    from callguard.policy import Policy

_LINES: Final = 10_000
TOLD: Final = ("campaign", "caller", "place", "instant")


class Deciding(Protocol):
    """What decides the rows: a guard, or what was copied of one."""

    @property
    def policy(self) -> Policy:
        """The policy that is in force."""

    def now(self) -> float:
        """Return the instant at which it is asked, in epoch seconds."""

    def line(self, *, campaign: str, caller: str) -> Line:
        """Bind a campaign and a caller; PolicyError for an unknown campaign."""


@attrs.frozen(slots=True)
class Asked:
    """What is asked of every row: what is fixed, and the names of columns that tell what is not.

    `at` is in epoch seconds; None: now, one instant for all rows. Without `column` the numbers' is found. Where neither a campaign
    nor its column is said, it is the policy's only one, else the column of such a name; a caller alike.
    """

    campaign: str | None = None
    caller: str | None = None
    at: float | None = None
    column: str | None = None
    campaign_column: str | None = None
    caller_column: str | None = None
    place_column: str | None = None
    at_column: str | None = None

    def __attrs_post_init__(self) -> None:
        """ValueError where the same thing is fixed and told by a column."""
        for name in ("campaign", "caller", "at"):
            if getattr(self, name) is not None and getattr(self, f"{name}_column") is not None:
                raise ValueError(f"`{name}` and `{name}_column` are both said; accepted: one of them")


@attrs.frozen(slots=True)
class Taken:
    """The columns of one table that are read, counted from 0; None for what is fixed, or not told."""

    number: columns.Choice
    campaign: int | None = None
    caller: int | None = None
    place: int | None = None
    instant: int | None = None

    @property
    def told(self) -> dict[str, int]:
        """What columns tell of each row beside its number, in the order of `TOLD`."""
        found = {name: getattr(self, name) for name in TOLD}
        return {name: index for name, index in found.items() if index is not None}


def take(asked: Asked, guard: Deciding, header: Sequence[str], number: columns.Choice) -> Taken:
    """Choose the columns that tell what is not fixed; TableError where one is not there, or a choice is left open."""
    policy = guard.policy
    found = {
        "place": _named(header, asked.place_column),
        "instant": _named(header, asked.at_column),
        "campaign": _named(header, asked.campaign_column),
        "caller": _named(header, asked.caller_column),
    }
    if asked.campaign is None and found["campaign"] is None and len(policy.campaigns) != 1:
        found["campaign"] = _found(header, "campaign", number.index)
        if found["campaign"] is None:
            raise TableError("which-campaign", names=", ".join(campaign.name for campaign in policy.campaigns))
    if asked.caller is None and found["caller"] is None and not _only_callers(asked, guard):
        found["caller"] = _found(header, "caller", number.index)
        if found["caller"] is None:
            raise TableError("which-caller", callers=", ".join(caller.number for caller in policy.callers))
    return Taken(number, **found)


def _named(header: Sequence[str], name: str | None) -> int | None:
    """Return the index of a column that the user named."""
    if name is None:
        return None
    try:
        return columns.find(header, name)
    except ValueError:
        raise TableError("no-column", name=name, columns=", ".join(header)) from None


def _found(header: Sequence[str], what: str, number: int) -> int | None:
    return next((i for i, name in enumerate(header) if i != number and columns.tells(name, what)), None)


def _only_callers(asked: Asked, guard: Deciding) -> bool:
    """Return whether each campaign that may be asked for has one caller alone."""
    policy = guard.policy
    named = [campaign for campaign in policy.campaigns if asked.campaign in (None, campaign.name)]
    return all(len(_callers(guard, campaign.name)) == 1 for campaign in named)


def _callers(guard: Deciding, campaign: str) -> list[str]:
    """Return the numbers that a campaign calls from; PolicyError where it is none of the policy's."""
    policy = guard.policy
    return [caller.number for caller in policy.callers if caller.key in policy.campaign(campaign).callers]


class Lines:
    """The lines that rows ask, made when the first row needs one."""

    def __init__(self, guard: Deciding, asked: Asked) -> None:
        """PolicyError for a fixed campaign that is none of the policy's."""
        self._guard, self._asked = guard, asked
        self._known: dict[tuple[str, str], Line] = {}
        if asked.campaign is not None:
            guard.policy.campaign(asked.campaign)

    def reads(self, values: Sequence[str]) -> list[bool]:
        """Return which texts read as numbers; that is asked before anything else, so it is the same on every line."""
        names = [campaign.name for campaign in self._guard.policy.campaigns]
        line = self._guard.line(campaign=self._asked.campaign or names[0], caller="") if names else None
        if line is None:
            raise TableError("which-campaign", names="")
        return [code != Reason.INVALID_NUMBER.code for code in line.scrub(list(values)).codes]

    def of(self, campaign: str | None, caller: str | None) -> Line | str:
        """Return the line of what a row tells, None where no column tells it; else which cannot be read, `campaign` or `caller`."""
        policy = self._guard.policy
        name = campaign if campaign is not None else self._asked.campaign or policy.campaigns[0].name
        try:
            usual = _callers(self._guard, name)
        except PolicyError:
            return "campaign"
        number = caller if caller is not None else self._asked.caller or (usual[0] if len(usual) == 1 else "")
        if not number:
            return "caller"
        line = self._known.get((name, number))
        if line is None:
            line = self._guard.line(campaign=name, caller=number)
            if len(self._known) >= _LINES:
                self._known.clear()
            self._known[name, number] = line
        return line

    def decided(self, callees: Any, told: Mapping[str, Any], at: float | None, threads: int = 1) -> Decided | str:
        """Return what is decided of rows of which the same is told; else which of that cannot be read, as `of` says it.

        It is `instant` where `at` is None, and `place` where that is no region.
        """
        line = self.of(told.get("campaign"), told.get("caller"))
        if isinstance(line, str):
            return line
        if at is None:
            return "instant"
        place = told.get("place") or None
        try:
            return line.decisions(callees, at=at, place=place, threads=threads)
        except ValueError:
            if place is None:
                raise
            return "place"
