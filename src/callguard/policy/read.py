"""From what a TOML text or code says to the classes of the model, by cattrs: strict, and all mistakes at once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.policy import model
from callguard.policy.mistakes import WRONG, KeyPath, Mistake, Placed, nearest, show
from callguard.policy.tables import TABLES, Draft, Many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cattrs import Converter

_LIMIT_UNITS: Final = {"day": "calendar", "hour": "rolling"}


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
