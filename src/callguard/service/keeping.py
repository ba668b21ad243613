"""What people say: refusals, and, where the service takes them, consents and their ends. Lasting when answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from callguard.errors import StateError
from callguard.service.desk import said, word
from callguard.service.trouble import Trouble, Wrong, wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from callguard.service.desk import Desk

Given = dict[str, Any]


async def refuse(desk: Desk, given: Given, form: str) -> Response:
    """Keep a refusal; the very next question honours it."""
    return await _kept(desk, "refuse", desk.guard.refuse, given, form)


async def lift(desk: Desk, given: Given, form: str) -> Response:
    """End the refusals of a scope, by proof of newer consent."""
    return await _kept(desk, "lift", desk.guard.lift_refusal, given, form)


async def consent(desk: Desk, given: Given, form: str) -> Response:
    """Keep a consent."""
    return await _kept(desk, "consent", desk.guard.consent, given, form)


async def withdraw(desk: Desk, given: Given, form: str) -> Response:
    """End all consents of a scope."""
    return await _kept(desk, "withdraw", desk.guard.withdraw_consent, given, form)


async def _kept(desk: Desk, kind: str, keep: Callable[..., None], given: Given, form: str) -> Response:
    try:
        await asyncio.to_thread(keep, **given)
    except ValueError:
        raise wrong(
            Wrong("callee", "what cannot be read as a number in E.164", "a number with its country code or area code")
        ) from None
    except StateError as error:
        raise Trouble("state", str(error), headers={"retry-after": "5"}, denied_here=error.spooled) from error
    desk.metrics.kept[(kind,)] += 1
    return word("kept") if form == "text" else said({"kept": True, "scope": given.get("scope", "enterprise")})
