"""Attempts over HTTP: decided, counted and logged when asked for, open until their outcome is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard import as_json
from callguard.errors import DialDenied, StateError
from callguard.service.desk import said, word
from callguard.service.trouble import Trouble, elsewhere

if TYPE_CHECKING:
    from starlette.responses import Response

    from callguard.service.desk import Desk

Given = dict[str, Any]


async def attempt(desk: Desk, given: Given, form: str) -> Response:
    """Decide, count and log a call; 201 with its id when it may be placed, 403 when it may not."""
    lang = given.pop("lang", "en")
    if desk.attempts.full:
        await desk.attempts.sweep()
    if desk.attempts.full:
        raise Trouble(
            "busy", f"{desk.limits.attempts} attempts have no outcome yet; accepted: their outcomes", headers={"retry-after": "60"}
        )
    try:
        entered = desk.guard.attempt(**given)
        made = await desk.attempts.enter(entered)
    except DialDenied as denied:
        return _denied(desk, denied, lang, form)
    except ValueError as error:
        if "key" in given and str(error).startswith("`key`"):
            raise Trouble("key", "accepted: a key for each call, the same only for the same callee, caller and campaign") from None
        raise elsewhere() from None
    desk.metrics.decisions["attempt-shadow" if entered.shadow else "attempt", entered.decision.reason.value] += 1
    if form == "text":
        return word(f"allow {made}", 201)
    told = {"attempt": made, "shadow": entered.shadow, "decision": as_json.decision(entered.decision, desk.timezone, lang)}
    return said(told, 201)


def _denied(desk: Desk, denied: DialDenied, lang: str, form: str) -> Response:
    decision = denied.decision
    desk.metrics.decisions["attempt", decision.reason.value] += 1
    if form == "text":
        return word(f"deny {decision.reason}", 403)
    return said({"attempt": None, "shadow": False, "decision": as_json.decision(decision, desk.timezone, lang)}, 403)


async def outcome(desk: Desk, given: Given, form: str) -> Response:
    """Record how the call ended, which ends the attempt."""
    try:
        known = await desk.attempts.end(given["id"], given["outcome"], duration=given.get("duration"), keys=given.get("keys"))
    except StateError as error:
        raise Trouble("state", str(error), headers={"retry-after": "5"}, denied_here=error.spooled) from error
    if not known:
        raise _unknown()
    return word("kept") if form == "text" else said({"ended": True, "outcome": given["outcome"]})


async def release(desk: Desk, given: Given, form: str) -> Response:
    """Give back the count of a call that never left, which ends the attempt as `failed`."""
    if not await desk.attempts.end(given["id"], "failed", release=True):
        raise _unknown()
    return word("kept") if form == "text" else said({"ended": True, "released": True})


def _unknown() -> Trouble:
    return Trouble("no-attempt", "it has ended, or another process let it go; accepted: an id that this process gave, once")
