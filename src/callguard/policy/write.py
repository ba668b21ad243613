"""From classes built in code back to what a file would say, so that both are read, and judged, alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard.policy import model
from callguard.policy.read import TABLES, VERSION

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
    return raw


_SECTIONS = {
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
    elif isinstance(value, model.CallLog) and type(value.retain_months) is int:
        table["retain"] = f"{value.retain_months} months"
    elif isinstance(value, model.State) and type(value.max_staleness_s) in {int, float}:
        table["max_staleness"] = f"{value.max_staleness_s:f}".rstrip("0").rstrip(".") + "s"
    elif isinstance(value, model.Campaign):
        if value.academic_tutoring is False and value.sector != "education":
            table.pop("academic_tutoring")
        if value.windows == ():
            table.pop("window")
    elif isinstance(value, model.Licence) and value.provinces == ():
        table.pop("provinces")


def canonical(raw: Mapping[str, Any]) -> bytes:
    """Return bytes that are the same for the same declarations, whatever order their keys were given in."""
    import json

    return json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
