"""Asks a rule, whatever its kind; a rule of the user's own can deny, but never break, a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs

from callguard.model import FOREVER, Reason
from callguard.rules.rule import Answer, Deny, Pass

if TYPE_CHECKING:
    from callguard.rules.rule import Attempts, Call, Callee, Rule, Upkeep


def evaluate(
    rule: Rule, call: Call, *, callee: Callee | None = None, attempts: Attempts | None = None, upkeep: Upkeep | None = None
) -> Answer:
    """Return a rule's answer; a user's rule that raises or returns anything else denies `custom` until the next call.

    Of `callee`, `attempts` and `upkeep`, the one that the rule's kind looks at must be given.
    """
    if rule.kind == "call":
        return rule.function(call)
    if rule.kind == "callee":
        return rule.function(call, callee)
    if rule.kind == "attempts":
        return rule.function(call, attempts)
    if rule.kind == "upkeep":
        return rule.function(call, upkeep)
    return _custom(rule, call)


@lru_cache(maxsize=256)
def _say(rule: str, error: str) -> None:
    """Log once that a rule fails: an operator would otherwise see nothing but denials."""
    import logging

    logging.getLogger("callguard").warning("rule `%s` fails with %s, and denies every call until it is mended", rule, error)


def _custom(rule: Rule, call: Call) -> Answer:
    # The error's name only: its text is the user's, and could hold a number.
    try:
        answer = rule.function(call)
    except (Exception, SystemExit) as error:  # noqa: BLE001
        _say(rule.id, type(error).__name__)
        return Deny(Reason.CUSTOM, call.at, facts={"error": type(error).__name__})
    if not isinstance(answer, Pass | Deny):
        return Deny(Reason.CUSTOM, call.at, facts={"error": f"returned {type(answer).__name__}"})
    until: object = answer.until
    if isinstance(until, datetime) and until.tzinfo is not None:
        until = until.timestamp()
    if isinstance(until, bool) or not isinstance(until, int | float) or until != until:  # noqa: PLR0124 - a NaN
        return Deny(Reason.CUSTOM, call.at, facts={"error": f"until is {type(until).__name__}"})
    if not isinstance(answer.facts, Mapping):
        return Deny(Reason.CUSTOM, call.at, facts={"error": f"facts are {type(answer.facts).__name__}"})
    until = min(max(until, call.at), FOREVER)
    if isinstance(answer, Deny):
        return Deny(Reason.CUSTOM, until, facts=answer.facts, provisional=bool(answer.provisional))
    return attrs.evolve(answer, until=until, applies=bool(answer.applies), provisional=bool(answer.provisional))
