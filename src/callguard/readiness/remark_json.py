"""An inspection as JSON has it: ids, dates and facts for machines, titles and sentences in a language."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from callguard.readiness.remark import is_text

if TYPE_CHECKING:
    from callguard.readiness.remark import Inspection, Remark


def as_json(found: Inspection, lang: str) -> dict[str, Any]:
    """Return an inspection; `lang` is `en` or `zh`."""
    return {
        "enterprise": found.enterprise,
        "on": found.on.isoformat(),
        "until": found.until.isoformat(),
        "counts": dict(found.counts),
        "remarks": [remark(each, lang) for each in found.remarks],
    }


def remark(found: Remark, lang: str) -> dict[str, Any]:
    """Return one remark."""
    return {
        "id": found.id,
        "severity": found.severity,
        "what": found.what,
        "name": found.name,
        "campaigns": list(found.campaigns),
        "day": _value(found.day),
        "opens": _value(found.opens),
        "resumes": _value(found.resumes),
        "reason": found.reason and found.reason.value,
        "rule": found.rule,
        "rows": list(found.rows),
        "title": found.title[lang],
        "text": found.message_in(lang),
        "mend": found.mend_in(lang),
        "citation": found.citation[lang],
        "facts": {name: _value(value[lang] if is_text(value) else value) for name, value in found.facts.items()},
    }


def _value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | frozenset | set):
        return [_value(each) for each in value]
    return value
