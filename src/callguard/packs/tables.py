"""A table of the law's data, read strictly: what is wrong is said with its key, what was found and what is accepted."""

from __future__ import annotations

from datetime import date, time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

T = TypeVar("T")
_LANGUAGES: Final = {"en", "zh"}
_MISSING: Final = object()
_NAMES: Final = {
    date: "a date",
    time: "a time, as 09:00:00",
    str: "text",
    int: "a whole number, 1 or more",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


@attrs.define
class Table:
    """One table: each key is taken once, and `done` complains of those that nobody took."""

    where: str
    data: dict[str, Any]
    _taken: set[str] = attrs.field(factory=set, init=False)

    def wrong(self, key: str, found: object, accepted: str) -> ValueError:
        """Return the error for a key."""
        said = "missing" if found is _MISSING else f"`{found}`"
        return ValueError(f"`{self.where}.{key}` is {said}; accepted: {accepted}")

    def take(self, key: str, kind: type[T]) -> T:
        """Return a value that must be there; ValueError where it is not, or of another type."""
        found = self.maybe(key, kind)
        if found is None:
            raise self.wrong(key, _MISSING, _NAMES[kind])
        return found

    def maybe(self, key: str, kind: type[T]) -> T | None:
        """Return a value, None where there is none; ValueError for another type."""
        self._taken.add(key)
        found = self.data.get(key, _MISSING)
        if found is _MISSING:
            return None
        if type(found) is not kind or found in ("", [], {}) or (isinstance(found, int) and kind is int and found < 1):
            raise self.wrong(key, found, _NAMES[kind])
        return found

    def word(self, key: str, accepted: Collection[str]) -> str:
        """Return one of some words."""
        return self._among(key, self.take(key, str), accepted)

    def maybe_word(self, key: str, accepted: Collection[str]) -> str | None:
        """Return one of some words, None where there is none."""
        found = self.maybe(key, str)
        return found if found is None else self._among(key, found, accepted)

    def words(self, key: str, accepted: Collection[str]) -> tuple[str, ...]:
        """Return some of some words, none where there is no such key."""
        found = self.maybe(key, list) or []
        return tuple(self._among(f"{key}[{i}]", each, accepted) for i, each in enumerate(found))

    def _among(self, key: str, found: Any, accepted: Collection[str]) -> str:
        if not isinstance(found, str) or found not in accepted:
            raise self.wrong(key, found, ", ".join(accepted))
        return found

    def rows(self) -> tuple[int, ...] | None:
        """Return `rows`, numbers of the article's rules; None where there is none."""
        found = self.maybe("rows", list)
        if found is None:
            return None
        for i, each in enumerate(found):
            if type(each) is not int or not 1 <= each <= 73:
                raise self.wrong(f"rows[{i}]", each, "1 to 73")
        return tuple(found)

    def text(self, key: str) -> Mapping[str, str]:
        """Return a text in both languages."""
        found = self.maybe_text(key)
        if found is None:
            raise self.wrong(key, _MISSING, "a table of `en` and `zh`")
        return found

    def maybe_text(self, key: str) -> Mapping[str, str] | None:
        """Return a text in both languages, None where there is none."""
        found = self.maybe(key, dict)
        return found if found is None else text_of(f"{self.where}.{key}", found)

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of a list, none where there is no such key."""
        for i, each in enumerate(self.maybe(key, list) or []):
            if not isinstance(each, dict):
                raise self.wrong(f"{key}[{i}]", each, _NAMES[dict])
            yield Table(f"{self.where}.{key}[{i}]", each)

    def each(self, key: str, read: Callable[[str, Table], T]) -> Mapping[str, T]:
        """Return what a function reads of every table of a table, by its key."""
        found = self.take(key, dict)
        made = {}
        for name, table in found.items():
            if not isinstance(table, dict):
                raise self.wrong(f"{key}.{name}", table, _NAMES[dict])
            inner = Table(f"{self.where}.{key}.{name}", table)
            made[name] = read(name, inner)
            inner.done()
        return MappingProxyType(made)

    def done(self) -> None:
        """Do nothing when every key was taken; ValueError for the first that was not."""
        for key, found in self.data.items():
            if key not in self._taken:
                raise self.wrong(key, found, f"no such key, but {', '.join(sorted(self._taken))}")


def text_of(where: str, found: dict[str, Any]) -> Mapping[str, str]:
    """Return a text in both languages; ValueError for any other table."""
    if set(found) != _LANGUAGES or not all(isinstance(each, str) and each.strip() for each in found.values()):
        raise ValueError(f"`{where}` is `{found}`; accepted: a table of `en` and `zh`, each a text")
    return MappingProxyType(dict(found))
