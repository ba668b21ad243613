"""From classes built in code back to what a file would say, so that both are read, and judged, alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.policy import model
from callguard.policy.tables import TABLES, VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping


def write(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables that a file would hold for the arguments of `Policy`; what is None is left out."""
    raw: dict[str, Any] = {"version": VERSION}
    for name, value in parts.items():
        if name in _SECTIONS:
            section, key = _SECTIONS[name]
            if value is not None and value != ():
                raw.setdefault(section, {})[key] = _raw(value)
        elif value is not None:
            raw[name] = _raw(value)
    _leave_out_inherited(raw)
    return raw


def _leave_out_inherited(raw: dict[str, Any]) -> None:
    """Take out of a campaign's `opt_out` what the policy's says anyway, as a resolved one has it."""
    section, campaigns = raw.get("opt_out"), raw.get("campaigns")
    if not isinstance(section, dict) or not isinstance(campaigns, list):
        return
    for campaign in campaigns:
        own = campaign.get("opt_out") if isinstance(campaign, dict) else None
        if isinstance(own, dict):
            left = {key: value for key, value in own.items() if key not in section or section[key] != value}
            if left:
                campaign["opt_out"] = left
            else:
                del campaign["opt_out"]


_HAND_ON_S: Final = attrs.fields(model.CallLog).hand_on_timeout_s.default
_SECTIONS = {
    "candidate": ("candidate", "policy"),
    "hcode_file": ("places", "hcode_file"),
    "calendar_overrides": ("calendar", "overrides"),
    "school_vacations": ("calendar", "school_vacations"),
}


def _raw(value: Any) -> Any:
    """Return a value as TOML has it: tables, lists and single values."""
    if isinstance(value, frozenset | set):
        return sorted(map(_raw, value), key=str)
    if isinstance(value, list | tuple):
        return [_raw(each) for each in value]
    keys = TABLES.get(type(value))
    if keys is None:
        return value
    table = {}
    for attribute, key in keys.items():
        found = getattr(value, attribute)
        if found is not None:
            table[key.name] = _raw(found)
    _respan(value, table)
    return table


def _respan(value: Any, table: dict[str, Any]) -> None:
    """Write spans as texts, and leave out what only stands for an absent key."""
    if isinstance(value, model.Limit):
        table["per"] = value.written if isinstance(value.per, str) else value.per
    elif isinstance(value, model.CallLog):
        if type(value.retain_months) is int:
            table["retain"] = f"{value.retain_months} months"
        if value.hand_on_timeout_s == _HAND_ON_S:
            table.pop("hand_on_timeout", None)
        else:
            _seconds(table, "hand_on_timeout", value.hand_on_timeout_s)
    elif isinstance(value, model.PermitKeys):
        _seconds(table, "lifetime", value.lifetime_s)
    elif isinstance(value, model.State):
        _seconds(table, "max_staleness", value.max_staleness_s)
    elif isinstance(value, model.Campaign):
        if value.academic_tutoring is False and value.sector != "education":
            table.pop("academic_tutoring")
        if value.windows == ():
            table.pop("window")
    elif isinstance(value, model.Licence) and value.provinces == ():
        table.pop("provinces")


def _seconds(table: dict[str, Any], key: str, value: Any) -> None:
    """Write a span of seconds; what is none stays as it is, to be told."""
    if type(value) in {int, float}:
        table[key] = f"{value:f}".rstrip("0").rstrip(".") + "s"


def canonical(raw: Mapping[str, Any]) -> bytes:
    """Return bytes that are the same for the same declarations, whatever order their keys were given in."""
    import json

    return json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
