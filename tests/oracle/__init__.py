"""The slow reading of the law: of callguard it knows only Reason; no index, no cells, no `until`.

A world is plain data: `policy` (the dict that is rendered to TOML), `files` (the lists' rows), `hcodes`, `overrides`
(date to `off` or `work`), `custom` (the user's own rules). A history is a list of (instant, step), in the order of the log:
("refuse", callee, scope, at or None), ("lift", callee, scope), ("consent", callee, scope, until), ("withdraw", callee, scope),
("status", caller, status), ("counted", number, caller key, campaign), ("stale", bool), ("unwritable", bool).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from callguard.model import Reason
from oracle import law, numbers, places
from oracle.facts import Facts


class Answer(NamedTuple):
    """What a Decision must be equal to."""

    reason: Reason
    rule: str | None
    provisional: bool


class Call(NamedTuple):
    """One question."""

    callee: str | int
    caller: str
    campaign: str
    at: float
    place: str | None = None


def facts(world: dict[str, Any], history: list, call: Call) -> Facts:
    """Return what the rules are told of a call; ValueError for a place that cannot be told of it."""
    policy = world["policy"]
    region, integers = policy["enterprise"].get("region", "CN"), policy["enterprise"].get("integers")
    status, number = numbers.read(call.callee, region, integers)
    place = places.place_of(number, world["hcodes"]) if status == "valid" else None
    if place is not None and call.place is not None:
        place = places.tell(place, call.place)
    key = numbers.caller_key(call.caller, region)
    callers = {numbers.caller_key(caller["number"], region): caller for caller in policy.get("callers", [])}
    campaign = next(c for c in policy["campaigns"] if c["name"] == call.campaign)
    return Facts(world, history, campaign, callers.get(key), key, status, number, place, call.at)


def findings(world: dict[str, Any], history: list, call: Call) -> list[tuple[str, Reason | None, bool]]:
    """Return every rule's id, the reason it denies for or None, and whether its answer is provisional."""
    told = facts(world, history, call)
    found = []
    for rule, check in [*law.LAW, *((rule["id"], law.own(rule)) for rule in world["custom"])]:
        told.provisional = False
        found.append((rule, check(told), told.provisional))
    return found


def decide(world: dict[str, Any], history: list, call: Call) -> Answer:
    """Return the first denial in reason order, or that the call may be placed; provisional where it rests on a rule that is."""
    provisional = False
    for rule, reason, its_own in findings(world, history, call):
        provisional |= its_own
        if reason is not None:
            return Answer(reason, rule, provisional)
    return Answer(Reason.ALLOWED, None, provisional)
