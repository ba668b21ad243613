"""Answers as JSON has them, one form for the command line and the service: instants in a zone, sentences in a language."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from callguard import clock

if TYPE_CHECKING:
    from callguard.model import Decision, Explanation, Finding


def instant(at: datetime | None, timezone: str) -> str | None:
    """Return an instant in ISO 8601, in a zone; None for none."""
    return None if at is None else clock.datetime_of(at.timestamp(), timezone).isoformat()


def decision(found: Decision, timezone: str, lang: str) -> dict[str, Any]:
    """Return a decision."""
    return {
        "allowed": found.allowed,
        "reason": found.reason.value,
        "rule": found.rule,
        "message": found.message_in(lang),
        "retry_at": instant(found.retry_at, timezone),
        "holds_until": instant(found.holds_until, timezone),
        "provisional": found.provisional,
    }


def explanation(found: Explanation, following: datetime | None, timezone: str, lang: str) -> dict[str, Any]:
    """Return an explanation, with the first instant at which all rules pass."""
    return {
        "decision": decision(found.decision, timezone, lang),
        "next_allowed": instant(following, timezone),
        "place": {
            "country": found.place.country,
            "province": found.place.province,
            "zones": sorted(found.place.zones),
            "told": found.place.told,
        },
        "findings": [_finding(finding, timezone) for finding in found.findings],
    }


def _finding(finding: Finding, timezone: str) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "reason": finding.reason.value,
        "status": finding.status,
        "facts": {name: _plain(value) for name, value in finding.facts.items()},
        "citation": finding.citation,
        "until": instant(finding.until, timezone),
    }


def _plain(value: Any) -> Any:
    """Return a fact as JSON has it."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
