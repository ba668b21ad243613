"""A decision as people read it: the answer, the sentence, whom and when it is about, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from callguard import phone
from callguard.phone.regions import PROVINCES

if TYPE_CHECKING:
    import pendulum
    from rich.console import RenderableType

    from callguard.cli.asking import Question
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.model import Explanation, Place


def verdict(desk: Desk, question: Question, explanation: Explanation) -> RenderableType:
    """Return the answer to a question, ready to be printed."""
    words, decision = desk.words, explanation.decision
    yes, no, _ = desk.marks
    mark, colour = (yes, "bold green") if decision else (no, "bold red")
    head = Text.assemble((f"{mark} ", colour), (words("yes" if decision else "no"), colour))
    if not decision:
        head.append("  ").append(words.reason(decision.reason), "bold")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()

    def add(key: str, value: RenderableType) -> None:
        facts.add_row(f"  {words(key)}", value)

    add("callee", Text.assemble(phone.mask(question.callee), ("  " + where(words, explanation.place), "dim")))
    add("caller", question.caller)
    purpose, sector = (words.value(name, getattr(question.campaign, name)) for name in ("purpose", "sector"))
    add("campaign", Text.assemble(question.campaign.name, (f"  {purpose}, {sector}", "dim")))
    add("at", _instant(desk, question, question.at))
    if decision.rule is not None:
        citation = next((f.citation_in(words.lang) for f in explanation.findings if f.rule == decision.rule), "")
        add("rule", decision.rule)
        if citation:
            add("law", Text(citation))
    if decision:
        until = desk.local(decision.holds_until, question.timezone)
        add("holds-until", words("for-good") if until is None else _instant(desk, question, until))
    else:
        retry = desk.local(decision.retry_at, question.timezone)
        following = desk.local(question.next_allowed(), question.timezone)
        add("rule-until", words("never") if retry is None else words("may-differ", at=_instant(desk, question, retry)))
        add("next-allowed", words("never") if following is None else words("passes-from", at=_instant(desk, question, following)))
    body: list[RenderableType] = [head, Text(f"  {decision.message_in(words.lang)}"), Text(), facts]
    if decision.provisional:
        body.append(Text(f"  {words('provisional')}", "yellow"))
    return Group(*body)


def where(words: Words, place: Place) -> str:
    """Name a place: the country, the province in the user's language, what was told."""
    parts = [place.country] if place.country else []
    if place.province:
        parts.append(province(words, place.province))
    text = " ".join(parts) or words("unknown-place")
    return f"{text}, {words('told')} {province(words, place.told)}" if place.told else text


def province(words: Words, code: str) -> str:
    """Name a mainland province in the user's language; any other code stands for itself."""
    names = PROVINCES.get(code)
    return code if names is None else names[2] if words.lang == "en" else names[0]


def _instant(desk: Desk, question: Question, at: float | pendulum.DateTime) -> str:
    """Write an instant in the enterprise's time, and how far it is from the question's."""
    local = desk.local(at, question.timezone)
    assert local is not None
    away = local.timestamp() - question.at
    text = desk.words.instant(local)
    return f"{text} ({desk.words('in-time', span=desk.words.span(away))})" if round(away) > 0 else text
