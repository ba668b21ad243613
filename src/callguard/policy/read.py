"""From what a TOML text or code says to the classes of the model, by cattrs: strict, and all mistakes at once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path  # noqa: TC003 - cattrs resolves the types
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.policy import model, values
from callguard.policy.mistakes import WRONG, KeyPath, Mistake, Placed, nearest, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cattrs import Converter

VERSION: Final = 1
_LIMIT_UNITS: Final = {"day": "calendar", "hour": "rolling"}


@attrs.frozen(kw_only=True)
class Places:
    """The section `[places]`."""

    hcode_file: Path | None = None


@attrs.frozen(kw_only=True)
class CalendarKeys:
    """The section `[calendar]`."""

    overrides: Path | None = None
    school_vacations: tuple[model.Vacation, ...] = ()


@attrs.frozen(kw_only=True)
class Draft:
    """A whole policy as read: nothing resolved yet, and WRONG wherever a value was mistaken."""

    version: int
    enterprise: model.Enterprise
    state: model.State | None = None
    call_log: model.CallLog | None = None
    permits: model.PermitKeys | None = None
    places: Places = Places()
    calendar: CalendarKeys = CalendarKeys()
    licences: tuple[model.Licence, ...] = ()
    filings: tuple[model.Filing, ...] = ()
    callers: tuple[model.Caller, ...] = ()
    lists: tuple[model.ListSource, ...] = ()
    campaigns: tuple[model.Campaign, ...] = ()
    rules: tuple[str, ...] = ()


@attrs.frozen
class Many:
    """A list whose elements are read alike: by a reader, or as tables of a class.

    `lone`: one table may stand for a list of one. `hidden`: what is no list is not shown, it may be a secret.
    """

    each: Callable[[object], Any] | type
    least: int = 0
    lone: bool = False
    hidden: bool = False


@attrs.frozen
class Key:
    """How a key of a table becomes an attribute: by a reader of values, as a table of a class, or as a list."""

    name: str
    read: Callable[[object], Any] | type | Many


_LICENCES: Final = values.one_of(model.LicenceKind)
_PURPOSE: Final = values.one_of(model.Purpose)
_COMMAND: Final = Many(values.argument, least=1, hidden=True)

# Class by class, attribute by attribute, in the order in which a file writes them; what is not here cannot be written.
TABLES: Final[dict[type, dict[str, Key]]] = {
    Draft: {
        "version": Key("version", values.whole(VERSION, VERSION)),
        "enterprise": Key("enterprise", model.Enterprise),
        "rules": Key("rules", Many(values.rule)),
        "state": Key("state", model.State),
        "call_log": Key("call_log", model.CallLog),
        "permits": Key("permits", model.PermitKeys),
        "places": Key("places", Places),
        "calendar": Key("calendar", CalendarKeys),
        "licences": Key("licences", Many(model.Licence)),
        "filings": Key("filings", Many(model.Filing)),
        "callers": Key("callers", Many(model.Caller)),
        "lists": Key("lists", Many(model.ListSource)),
        "campaigns": Key("campaigns", Many(model.Campaign)),
    },
    model.Enterprise: {
        "name": Key("name", values.name),
        "region": Key("region", values.country),
        "timezone": Key("timezone", values.timezone),
        "packs": Key("packs", Many(values.pack)),
        "integers": Key("integers", values.one_of(("e164", "national"))),
        "scopes": Key("scopes", Many(values.name)),
        "seats": Key("seats", values.whole(0)),
        "paid_in_capital": Key("paid_in_capital", values.whole(0, what="a whole number of CNY")),
        "office_area": Key("office_area", values.area),
        "foreign_invested": Key("foreign_invested", values.flag),
        "branch": Key("branch", values.flag),
        "blocked": Key("blocked", values.flag),
        "outsourcer": Key("outsourcer", values.flag),
    },
    model.State: {
        "path": Key("path", values.path),
        "url": Key("url", values.url),
        "max_staleness_s": Key("max_staleness", values.seconds),
    },
    model.CallLog: {
        "enabled": Key("enabled", values.flag),
        "key_env": Key("key_env", values.variable),
        "key_file": Key("key_file", values.key_file),
        "key_command": Key("key_command", _COMMAND),
        "retain_months": Key("retain", values.months),
        "hand_on_url": Key("hand_on_url", values.web),
        "hand_on_command": Key("hand_on_command", _COMMAND),
        "hand_on_timeout_s": Key("hand_on_timeout", values.seconds),
    },
    model.PermitKeys: {
        "key_env": Key("key_env", values.variable),
        "key_file": Key("key_file", values.key_file),
        "lifetime_s": Key("lifetime", values.lifetime),
    },
    Places: {"hcode_file": Key("hcode_file", values.path)},
    CalendarKeys: {
        "overrides": Key("overrides", values.path),
        "school_vacations": Key("school_vacations", Many(model.Vacation)),
    },
    model.Vacation: {
        "province": Key("province", values.province),
        "first": Key("from", values.day),
        "last": Key("to", values.day),
    },
    model.Licence: {
        "kind": Key("kind", _LICENCES),
        "scope": Key("scope", values.one_of(("national",))),
        "provinces": Key("provinces", Many(values.province)),
        "number": Key("number", values.text),
        "issued": Key("issued", values.day),
        "expires": Key("expires", values.day),
        "annual_reports": Key("annual_reports", Many(values.whole(2000, 2100, "a year"))),
    },
    model.Filing: {"kind": Key("kind", values.one_of(model.FilingKind)), "filed": Key("filed", values.day)},
    model.Caller: {
        "number": Key("number", values.number),
        "kind": Key("kind", values.one_of(model.CallerKind)),
        "obtained": Key("obtained", values.day),
        "filed": Key("filed", values.day),
        "status": Key("status", values.one_of(model.CallerStatus)),
        "purposes": Key("purposes", Many(_PURPOSE)),
        "province": Key("province", values.province),
        "channel": Key("channel", values.one_of(model.Channel)),
        "daily_attempts": Key("daily_attempts", values.whole(1)),
        "forwards_to": Key("forwards_to", values.region),
    },
    model.ListSource: {
        "name": Key("name", values.name),
        "path": Key("path", values.path),
        "strict": Key("strict", values.flag),
    },
    model.Window: {
        "start": Key("start", values.clock_time),
        "end": Key("end", values.clock_time),
        "days": Key("days", Many(values.one_of(model.Day), least=1)),
    },
    model.Limit: {"attempts": Key("attempts", values.whole(1)), "per": Key("per", values.span)},
    model.Campaign: {
        "name": Key("name", values.name),
        "purpose": Key("purpose", _PURPOSE),
        "sector": Key("sector", values.one_of(model.Sector)),
        "academic_tutoring": Key("academic_tutoring", values.flag),
        "automated": Key("automated", values.flag),
        "biometrics": Key("biometrics", values.flag),
        "online": Key("online", values.flag),
        "product": Key("product", values.one_of(model.Product)),
        "callers": Key("callers", Many(values.number)),
        "windows": Key("window", Many(model.Window, least=1, lone=True)),
        "honours": Key("honours", Many(values.name)),
        "limits": Key("limits", Many(model.Limit)),
        "blocked_regions": Key("blocked_regions", Many(values.region)),
        "require_consent": Key("require_consent", values.flag),
        "enforce": Key("enforce", values.flag),
    },
}


def read(raw: dict[str, Any]) -> tuple[Draft, list[Placed]]:
    """Return a draft of a policy and every mistake of a single key or value in it.

    cattrs reads twice: what the first reading found is marked WRONG, so that the second finds a place for everything.
    """
    converter = _converter()
    try:
        return converter.structure(raw, Draft), []
    except Exception as error:
        mistakes = list(_placed(error, ()))
        if not mistakes:
            raise
        mended = _copy(raw)
        kept = list(_mend(mended, mistakes))
        return converter.structure(mended, Draft), kept


@lru_cache(maxsize=1)
def _converter() -> Converter:
    """Return the converter of the tables above."""
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn, override

    converter = Converter(detailed_validation=True)
    for table, keys in TABLES.items():
        fields: dict[str, Any] = {field.name: override(omit=True) for field in attrs.fields(table) if field.name not in keys}
        for attribute, key in keys.items():
            fields[attribute] = override(rename=key.name, struct_hook=_hook(converter, key.read))
        function: Any = make_dict_structure_fn(table, converter, _cattrs_forbid_extra_keys=True, **fields)
        converter.register_structure_hook(table, _table(function, table))
    return converter


def _table(function: Callable[..., Any], table: type) -> Callable[[Any, Any], Any]:
    """Return the hook of a class, which takes tables only."""

    def hook(value: Any, _: Any) -> Any:
        if value is WRONG:
            return WRONG
        if not isinstance(value, dict):
            raise Mistake(show(value), "a table with " + ", ".join(key.name for key in TABLES[table].values()))
        found = function(value, table)
        if table is model.Limit and found.per is not WRONG:
            count, unit = found.per.split()
            return attrs.evolve(found, per=_LIMIT_UNITS[unit.removesuffix("s")], count=int(count))
        return found

    return hook


def _hook(converter: Converter, reader: Callable[[object], Any] | type | Many) -> Callable[[Any, Any], Any]:
    """Return the hook of one key."""
    if isinstance(reader, Many):
        return _list(converter, reader)
    if isinstance(reader, type):
        return lambda value, _: converter.structure(value, reader)
    return lambda value, _: WRONG if value is WRONG else reader(value)


def _list(converter: Converter, many: Many) -> Callable[[Any, Any], Any]:
    """Return the hook of a list, which reads every element before it complains."""
    from cattrs.errors import IterableValidationError, IterableValidationNote

    each = _hook(converter, many.each)

    def hook(value: Any, _: Any) -> Any:
        if value is WRONG:
            return WRONG
        if many.lone and isinstance(value, dict):
            return (each(value, None),)
        if not isinstance(value, list):
            what = "tables" if isinstance(many.each, type) else "values"
            hint = "write `[[…]]` in double brackets" if isinstance(value, dict) and isinstance(many.each, type) else None
            found = "another text" if many.hidden and isinstance(value, str) else show(value)
            raise Mistake(found, f"{'a table or ' if many.lone else ''}a list of {what}", hint)
        if len(value) < many.least:
            raise Mistake(show(value), "a list that is not empty, or no such key")
        read, errors = [], []
        for n, element in enumerate(value):
            try:
                read.append(each(element, None))
            except Exception as error:  # noqa: BLE001 - gathered, and raised with its place
                error.add_note(IterableValidationNote(f"element {n}", n, object))
                errors.append(error)
        if errors:
            raise IterableValidationError("list", errors, tuple)
        return tuple(read)

    return hook


def _placed(error: BaseException, path: KeyPath) -> Iterator[Placed]:
    """Return the mistakes in a group of cattrs' errors, with the key path that its notes tell."""
    from cattrs.errors import BaseValidationError, ClassValidationError, ForbiddenExtraKeysError

    if isinstance(error, Mistake):
        yield Placed(path, error.found, error.accepted, error.hint)
    elif isinstance(error, ForbiddenExtraKeysError):
        names = [key.name for key in TABLES[error.cl].values()]
        for extra in sorted(error.extra_fields):
            near = nearest(extra, names)
            yield Placed((*path, extra), "an unknown key", ", ".join(names), near and f"did you mean `{near}`?", "unknown")
    elif isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            step = _step(inner)
            if isinstance(error, ClassValidationError) and isinstance(step, str):
                key = TABLES[error.cl][step]
                if isinstance(inner, KeyError) and inner.args == (key.name,):
                    yield Placed((*path, key.name), "nothing", _accepted(key.read), sort="missing")
                    continue
                step = key.name
            yield from _placed(inner, path if step is None else (*path, step))
    else:
        raise error


def _step(error: BaseException) -> str | int | None:
    """Return the attribute or index that cattrs noted on an error."""
    from cattrs.errors import AttributeValidationNote, IterableValidationNote

    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return note.name
        if isinstance(note, IterableValidationNote):
            return note.index
    return None


def _accepted(reader: Callable[[object], Any] | type | Many) -> str:
    """Return what a missing key would accept."""
    if isinstance(reader, type):
        return "a table with " + ", ".join(key.name for key in TABLES[reader].values())
    assert not isinstance(reader, Many), "no list is required"
    try:
        reader(None)
    except Mistake as mistake:
        return mistake.accepted
    raise AssertionError("no reader accepts nothing")


def _mend(raw: dict[str, Any], mistakes: list[Placed]) -> Iterator[Placed]:
    """Mark what is mistaken WRONG in place, unknown keys taken away; return the mistakes that stand for themselves.

    An unknown key that was probably meant for an absent one makes that one WRONG, and its absence no mistake of its own.
    """
    for mistake in mistakes:
        if mistake.sort == "unknown":
            table = _at(raw, mistake.path[:-1])
            del table[mistake.path[-1]]
            if mistake.hint:
                table.setdefault(mistake.hint.split("`")[1], WRONG)
    for mistake in mistakes:
        if mistake.sort != "unknown":
            holder = _at(raw, mistake.path[:-1])
            if mistake.sort == "missing" and mistake.path[-1] in holder:
                continue
            holder[mistake.path[-1]] = WRONG
        yield mistake


def _at(raw: Any, path: KeyPath) -> Any:
    for part in path:
        raw = raw[part]
    return raw


def _copy(raw: Any) -> Any:
    """Return the same tables and lists anew, with the same values."""
    if isinstance(raw, dict):
        return {key: _copy(value) for key, value in raw.items()}
    return [_copy(value) for value in raw] if isinstance(raw, list) else raw
