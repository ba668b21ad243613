"""Questions: one callee, many, why, when. Nothing is counted or logged."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from callguard import as_json
from callguard.service.desk import said, word, written
from callguard.service.trouble import Wrong, elsewhere, wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from callguard.model import Decision
    from callguard.service.desk import Desk

Given = dict[str, Any]

_AT_ONCE: Final = 100  # questions that are decided on the event loop itself


async def decide(desk: Desk, given: Given, form: str) -> Response:
    """Decide one call."""
    lang = given.pop("lang", "en")
    found: Decision = _placed(partial(desk.guard.may_dial, **given))
    desk.metrics.decisions["decide", found.reason.value] += 1
    return word("allow" if found else f"deny {found.reason}") if form == "text" else written(desk.written(found, lang))


async def decide_many(desk: Desk, given: Given, form: str) -> Response:  # noqa: ARG001 - JSON alone
    """Decide many calls, in the order in which they were given."""
    lang, reasons_only = given.pop("lang", "en"), given.pop("reasons_only", False)
    questions = _questions(given)
    if len(questions) <= _AT_ONCE:
        found = _decided(desk, questions)
    else:
        found = await asyncio.to_thread(_decided, desk, questions)
    counts = Counter(decision.reason.value for decision in found)
    for reason, count in counts.items():
        desk.metrics.decisions["decide-many", reason] += count
    if reasons_only:
        return said({"counts": counts, "reasons": [decision.reason.value for decision in found]})
    answers = ", ".join([desk.written(decision, lang) for decision in found])
    return written(f'{{"counts": {json.dumps(counts)}, "decisions": [{answers}]}}')


def _questions(given: Given) -> list[tuple[str, Given]]:
    """Return whole questions, each with where its place was said: of the list of them, or of callees and what they share."""
    questions: list[Given] | None = given.get("questions")
    accepted = "`questions` alone, or `callees`, `caller`, `campaign`"
    if questions is not None:
        if len(given) > 1:
            raise wrong(Wrong("questions", "other fields beside it", accepted))
        return [(f"questions[{i}].place", question) for i, question in enumerate(questions)]
    missing = [name for name in ("callees", "caller", "campaign") if name not in given]
    if missing:
        raise wrong(*(Wrong(name, "nothing", accepted) for name in missing))
    callees = given.pop("callees")
    return [("place", {"callee": callee, **given}) for callee in callees]


def _decided(desk: Desk, questions: list[tuple[str, Given]]) -> list[Decision]:
    ask = desk.guard.may_dial
    return [_placed(partial(ask, **question), field) for field, question in questions]


def _placed(ask: Callable[[], Any], field: str = "place") -> Any:
    """Ask; all that a guard may find wrong behind the checks is a place in another country."""
    try:
        return ask()
    except ValueError:
        raise elsewhere(field) from None


async def explain(desk: Desk, given: Given, form: str) -> Response:  # noqa: ARG001
    """Return every rule's finding."""
    lang = given.pop("lang", "en")

    def ask() -> Given:
        guard, at = desk.guard, given.pop("at", None)
        found = guard.explain(at=at, **given)
        following = guard.next_allowed(after=at, **given)
        return as_json.explanation(found, following, desk.timezone, lang)

    told = await asyncio.to_thread(_placed, ask)
    desk.metrics.decisions["explain", told["decision"]["reason"]] += 1
    return said(told)


async def next_allowed(desk: Desk, given: Given, form: str) -> Response:
    """Return the first instant at which all rules pass."""
    found = await asyncio.to_thread(_placed, lambda: desk.guard.next_allowed(**given))
    at = as_json.instant(found, desk.timezone)
    return word(at or "never") if form == "text" else said({"next_allowed": at})
