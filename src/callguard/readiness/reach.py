"""Whom a campaign can call at all: by which numbers, in which places, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard import phone
from callguard.model import Place
from callguard.readiness.ahead import LASTING, NOWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from callguard.model import Reason
    from callguard.policy import Caller, Campaign
    from callguard.readiness.ahead import Ahead, Steps

PROVINCES: Final[dict[str, Place]] = {code: Place("CN", code, frozenset({"Asia/Shanghai"})) for code in phone.PROVINCES}
ABROAD: Final[dict[str, Place]] = {code: Place(code) for code in ("HK", "MO", "TW", "US")}
PLACES: Final = PROVINCES | ABROAD
PLACED: Final = tuple(rule for rule in LASTING if "place" in rule.reads)
UNPLACED: Final = tuple(rule for rule in LASTING if "place" not in rule.reads)


class Reach:
    """What one campaign can do on the days that are looked at."""

    def __init__(self, ahead: Ahead, campaign: Campaign) -> None:
        """Ask the rules about each of its numbers, and each kind of them about each place."""
        self._start: float = ahead.start
        self._callers: list[tuple[tuple[object, ...], list[Steps]]] = []
        self._places: dict[tuple[object, ...], dict[str, list[Steps]]] = {}
        for caller in ahead.policy.callers:
            if caller.key in campaign.callers:
                kind = (caller.kind, caller.province, caller.forwards_to)
                self._callers.append((kind, _changing(ahead.steps(rule, campaign, caller, NOWHERE) for rule in UNPLACED)))
                if kind not in self._places:
                    self._places[kind] = self._of_places(ahead, campaign, caller)
        self._mainland = {code for code, place in PLACES.items() if place.country == ahead.law.mainland}

    def _of_places(self, ahead: Ahead, campaign: Campaign, caller: Caller) -> dict[str, list[Steps]]:
        return {code: _changing(ahead.steps(rule, campaign, caller, place) for rule in PLACED) for code, place in PLACES.items()}

    def days(self) -> Iterator[tuple[float, frozenset[str], tuple[Reason, ...]]]:
        """Yield each instant from which on other places can be called, with these, and for what reasons others cannot."""
        steps = [each for _, found in self._callers for each in found]
        steps += [each for places in self._places.values() for found in places.values() for each in found]
        before: frozenset[str] | None = None
        for at in sorted({self._start, *(at for each in steps for at, _ in each)}):
            served, reasons = self._served(at)
            if served != before:
                before = served
                yield at, served, reasons

    def _served(self, at: float) -> tuple[frozenset[str], tuple[Reason, ...]]:
        reasons: dict[Reason, None] = {}
        served: set[str] = set()
        seen = set()
        for kind, found in self._callers:
            denied = _reasons(found, at)
            reasons.update(dict.fromkeys(denied))
            if denied or kind in seen:
                continue
            seen.add(kind)
            for code, of_place in self._places[kind].items():
                denied = _reasons(of_place, at)
                if not denied:
                    served.add(code)
                elif code in self._mainland:
                    reasons.update(dict.fromkeys(denied))
        return frozenset(served), tuple(reasons)


def _changing(found: Iterable[Steps]) -> list[Steps]:
    """Return what denies at some time."""
    return [steps for steps in found if any(reason is not None for _, reason in steps)]


def _reasons(found: list[Steps], at: float) -> list[Reason]:
    """Return for what reasons calls are denied at an instant."""
    denied = []
    for steps in found:
        reason = next(reason for since, reason in reversed(steps) if since <= at)
        if reason is not None:
            denied.append(reason)
    return denied
