"""A pack's own cases: what its author expects of calls, decided by a guard in memory that has the pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import packs
from callguard.errors import DialDenied
from callguard.guard import Guard
from callguard.policy import Caller, Campaign, Enterprise, Policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from callguard.packs import PlacePack

_CALLER: Final = "+65 6123 4567"  # of a place without a pack, and without licences that callguard knows of
_CAMPAIGN: Final = "case"


@attrs.frozen(kw_only=True)
class Decided:
    """One case of a pack: what was expected, and what was decided by which rule."""

    index: int
    at: datetime
    expected: str
    found: str
    rule: str | None

    @property
    def right(self) -> bool:
        """Whether the two are the same."""
        return self.expected == self.found


@attrs.define
class Moments:
    """A clock that is set."""

    at: datetime

    def __call__(self) -> float:
        """Return the instant in epoch seconds."""
        return self.at.timestamp()


def check(path: Path) -> tuple[PlacePack, tuple[Decided, ...]]:
    """Return the pack of a file and its cases, decided; ValueError where the file is mistaken."""
    pack = packs.read_place(path)
    return pack, tuple(decided(pack, str(path)))


def decided(pack: PlacePack, name: str) -> Iterator[Decided]:
    """Decide each case of a pack, which a policy names so, by the whole law: what ships for the place counts, too."""
    for index, case in enumerate(pack.cases):
        yield _decided(index, case, name)


def _decided(index: int, case: Mapping[str, Any], name: str) -> Decided:
    now: datetime = case["at"]
    clock = Moments(now)
    policy = Policy(
        enterprise=Enterprise(name="cases of a pack", region="SG", packs=(name,)),
        callers=[Caller(number=_CALLER, filed=now.date().replace(year=2000, month=1, day=1))],
        campaigns=[
            Campaign(
                name=_CAMPAIGN,
                purpose=case.get("purpose", "marketing"),
                sector=case.get("sector", "general"),
                automated=case.get("automated", False),
                enforce=False,  # so that earlier attempts count, whenever they were
                academic_tutoring=False if case.get("sector") == "education" else None,
            )
        ],
    )
    with Guard(policy, clock=clock) as guard:
        asked: dict[str, Any] = {"caller": _CALLER, "campaign": _CAMPAIGN, "place": case.get("place")}
        if case.get("consent", False):
            guard.consent(case["callee"], proof="the case says so")
        for at in sorted(case.get("attempts", ())):
            clock.at = at
            try:
                with guard.attempt(case["callee"], **asked) as attempt:
                    attempt.outcome("no-answer")
            except DialDenied:  # of what is enforced in any case; the case then comes to the same
                break
        clock.at = now
        decision = guard.may_dial(case["callee"], **asked)
    return Decided(index=index, at=now, expected=case["reason"], found=decision.reason.value, rule=decision.rule)
