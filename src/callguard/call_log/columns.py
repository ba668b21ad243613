"""What people are shown of a record: the columns of an export, and of what is handed on."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from callguard import clock, phone
from callguard.call_log.entry import Entry
from callguard.model import FOREVER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from callguard.call_log.entry import Later

    Document = Mapping[str, Any]

Sort = Literal["text", "whole", "number", "flag", "instant"]
_mask: Final = lru_cache(maxsize=100_000)(phone.mask)


@attrs.frozen(slots=True)
class Column:
    """A column: its name, of which sort its values are, and whether it may show who somebody is."""

    name: str
    sort: Sort
    personal: bool = False


COLUMNS: Final = (
    Column("at", "instant"),
    Column("callee", "text", personal=True),
    Column("caller", "text", personal=True),
    Column("campaign", "text"),
    Column("purpose", "text"),
    Column("allowed", "flag"),
    Column("reason", "text"),
    Column("rule", "text"),
    Column("retry_at", "instant"),
    Column("provisional", "flag"),
    Column("shadow", "flag"),
    Column("candidate", "text"),
    Column("candidate_rule", "text"),
    Column("candidate_allowed", "flag"),
    Column("outcome", "text"),
    Column("duration", "number"),
    Column("ended_at", "instant"),
    Column("released_at", "instant"),
    Column("status", "text"),
    Column("note", "text"),
    Column("refusals", "text"),
    Column("lists", "text"),
    Column("consents", "text", personal=True),
    Column("attempts", "whole"),
    Column("caller_attempts", "whole"),
    Column("caller_status", "text"),
    Column("country", "text"),
    Column("province", "text"),
    Column("zones", "text"),
    Column("told", "text"),
    Column("days", "text"),
    Column("state", "whole"),
    Column("fresh_until", "instant"),
    Column("log_writable", "flag"),
    Column("handed_on", "flag"),
    Column("damage", "text"),
    Column("key", "text", personal=True),
    Column("permit", "text"),
    Column("law", "text"),
    Column("candidate_law", "text"),
    Column("policy", "text"),
    Column("packs", "text"),
    Column("data", "text"),
    Column("writer", "text"),
    Column("position", "whole"),
)
NAMES: Final = tuple(column.name for column in COLUMNS)


def shown(entry: Entry | Later, document: Document, *, masked: bool) -> tuple[Any, ...]:
    """Return the values of a record in the order of the columns; instants are epoch seconds, sequences text.

    `document` is the archived one of its law, empty where it is not there. Masked: numbers have stars,
    and what may name a person is left out.
    """
    if not isinstance(entry, Entry):
        return _later(entry)
    place, beside = entry.place, entry.candidate
    packs, data = _law(entry.law, document) if document else ("", "")
    return (
        entry.at,
        _callee(entry.callee, masked=masked),
        _mask(entry.caller) if masked else entry.caller,
        entry.campaign,
        entry.purpose,
        entry.allowed,
        entry.reason.value,
        entry.rule,
        entry.retry,
        entry.provisional,
        entry.shadow,
        None if beside is None else beside.reason,
        None if beside is None else beside.rule,
        None if beside is None or beside.failed else beside.goes,
        entry.outcome,
        entry.duration,
        entry.ended,
        entry.released,
        entry.status,
        entry.note,
        "; ".join(sorted(entry.refusals)),
        "; ".join(_listing(each.list, each.since, each.until) for each in entry.listings),
        "; ".join(_consent(each, masked=masked) for each in entry.consents),
        None if entry.counted is None else len(entry.counted),
        None if entry.of_caller is None else entry.of_caller[0],
        entry.caller_status,
        place.country,
        place.province,
        "; ".join(sorted(place.zones)),
        place.told,
        "; ".join(_day(*day) for day in entry.days),
        entry.mark,
        None if entry.fresh_until >= FOREVER else entry.fresh_until,
        entry.writable,
        entry.handed_on,
        entry.damage,
        None if masked else entry.key,
        entry.permit,
        entry.law,
        None if beside is None else beside.law,
        document.get("policy"),
        packs,
        data,
        entry.writer,
        entry.position,
    )


def _later(later: Later) -> tuple[Any, ...]:
    """Return the row of an outcome that stands for itself: what it is of is said in `note`."""
    values = dict.fromkeys(NAMES)
    values |= {
        "at": later.at,
        "outcome": later.outcome,
        "duration": later.duration,
        "ended_at": None if later.released else later.at,
        "released_at": later.at if later.released else None,
        "note": f"of {later.of[0]} {later.of[1]}",
        "writer": later.writer,
        "position": later.position,
    }
    return tuple(values.values())


def _callee(number: int | None, *, masked: bool) -> str | None:
    if number is None:
        return None
    return _mask(number) if masked else f"+{number}"


def _listing(name: str, since: float | None, until: float | None) -> str:
    return name + _span(since, until)


def _consent(consent: Any, *, masked: bool) -> str:
    proof = "" if masked or consent.proof is None else f" ({consent.proof})"
    return f"{consent.scope}{_span(None, consent.until)}{proof}"


def _span(since: float | None, until: float | None) -> str:
    begins = "" if since is None else f" from {iso(since)}"
    return begins + ("" if until is None else f" until {iso(until)}")


def _day(day: str, kind: str, name: str | None, provisional: bool) -> str:
    return " ".join(filter(None, (day, kind, name, "provisional" if provisional else None)))


_laws: dict[str, tuple[str, str]] = {}


def _law(law: str, document: Document) -> tuple[str, str]:
    """Return a law's packs and data as text, worked out once."""
    found = _laws.get(law)
    if found is None:
        packs = "; ".join(f"{name} {digest}" for name, digest in sorted(document["packs"].items()))
        data = "; ".join(f"{name} {document[name]}" for name in ("callguard", "phonenumbers", "tzdata", "phone") if document[name])
        found = _laws[law] = (packs, data)
    return found


def iso(at: float, zone: str = "UTC") -> str:
    """Return an instant as ISO 8601 with its offset; `9999-12-31` for what is for good."""
    if at >= clock.LAST:
        return "9999-12-31"
    found = datetime.fromtimestamp(at, UTC)
    return (found if zone == "UTC" else found.astimezone(clock.zone(zone))).isoformat()


def texts(zone: str) -> tuple[Callable[[Any], str], ...]:
    """Return what turns the values of each column into what a text file holds, instants in a zone."""

    def instant(value: float | None) -> str:
        return "" if value is None else iso(value, zone)

    def flag(value: bool | None) -> str:
        return "" if value is None else "true" if value else "false"

    def number(value: float | None) -> str:
        return "" if value is None else str(value)

    sorts: dict[Sort, Callable[[Any], str]] = {"text": cell, "whole": number, "number": number, "flag": flag, "instant": instant}
    return tuple(sorts[column.sort] for column in COLUMNS)


_FORMULA: Final = frozenset("=+-@\t\r")  # what a spreadsheet would take for a formula, unless a digit follows


def cell(value: str | None) -> str:
    """Return a text as a text file holds it, so that no spreadsheet runs it."""
    return "" if value is None else f"'{value}" if value[:1] in _FORMULA and not value[1:2].isdecimal() else value


def as_json(entry: Entry | Later, document: Document, zone: str, *, masked: bool) -> dict[str, Any]:
    """Return a record as an object, what is empty left out; instants as text in a zone."""
    row = zip(COLUMNS, shown(entry, document, masked=masked), strict=True)
    return {c.name: iso(value, zone) if c.sort == "instant" else value for c, value in row if value not in (None, "")}
