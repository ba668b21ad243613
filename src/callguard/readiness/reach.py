"""Whom a campaign can call at all: by which numbers, in which places, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard import phone
from callguard.model import FOREVER, Place
from callguard.readiness.ahead import LASTING, NOWHERE
from callguard.rules.findings import evaluate
from callguard.rules.rule import Deny

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.model import Reason
    from callguard.policy import Caller, Campaign
    from callguard.readiness.ahead import Ahead
    from callguard.rules.rule import Answer, Rule

PROVINCES: Final[dict[str, Place]] = {code: Place("CN", code, frozenset({"Asia/Shanghai"})) for code in phone.PROVINCES}
ABROAD: Final[dict[str, Place]] = {code: Place(code) for code in ("HK", "MO", "TW", "US")}
PLACES: Final = PROVINCES | ABROAD
_PLACED: Final = tuple(rule for rule in LASTING if "place" in rule.reads)
_UNPLACED: Final = tuple(rule for rule in LASTING if "place" not in rule.reads)


class Reach:
    """What one campaign can do on the days that are looked at."""

    def __init__(self, ahead: Ahead, campaign: Campaign) -> None:
        """Take the numbers that the campaign may call from."""
        self._ahead, self._campaign = ahead, campaign
        self._callers = tuple(each for each in ahead.policy.callers if each.key in campaign.callers)
        self._reasons: dict[Reason, None] = {}
        self._memo: dict[tuple[object, ...], Answer] = {}
        self._next: float = FOREVER

    def days(self) -> Iterator[tuple[float, frozenset[str], tuple[Reason, ...]]]:
        """Yield each instant from which on other places can be called, with these, and for what reasons others cannot."""
        at: float = self._ahead.start
        before: frozenset[str] | None = None
        while at < self._ahead.end:
            self._memo, self._next, self._reasons = {}, FOREVER, {}
            served = self._served(at)
            if served != before:
                before = served
                yield at, served, tuple(self._reasons)
            at = self._next

    def _served(self, at: float) -> frozenset[str]:
        found: set[str] = set()
        seen: dict[tuple[object, ...], frozenset[str]] = {}
        for caller in self._callers:
            # each is asked, so that what changes next is known
            denied = [each for each in [self._answer(rule, caller, NOWHERE, at) for rule in _UNPLACED] if isinstance(each, Deny)]
            if denied:
                self._reasons.update((each.reason, None) for each in denied)
                continue
            kind = _kind(caller)
            if kind not in seen:
                seen[kind] = frozenset(code for code, place in PLACES.items() if self._may(caller, place, at))
            found |= seen[kind]
        return frozenset(found)

    def _may(self, caller: Caller, place: Place, at: float) -> bool:
        denied = [each for each in [self._answer(rule, caller, place, at) for rule in _PLACED] if isinstance(each, Deny)]
        if place.country == self._ahead.law.mainland:
            self._reasons.update((each.reason, None) for each in denied)
        return not denied

    def _answer(self, rule: Rule, caller: Caller, place: Place, at: float) -> Answer:
        """Return a rule's answer, asked once for all for whom it is the same by what it reads."""
        reads = rule.reads
        key = (
            rule.id,
            caller.key if "caller" in reads else _kind(caller) if "kind" in reads else None,
            place if "place" in reads else None,
        )
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = evaluate(rule, self._ahead.call(self._campaign, caller, place, at))
            self._next = min(self._next, found.until)
        return found


def _kind(caller: Caller) -> tuple[object, ...]:
    return caller.kind, caller.province, caller.forwards_to
