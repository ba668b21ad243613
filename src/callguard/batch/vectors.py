"""Columns of a record batch as numbers of rows: what they tell, the groups that are told the same, the answers of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.batch.answers import in_order
from callguard.batch.instants import instant
from callguard.deciding.many import ELSEWHERE, OWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.batch.answers import Answer, Answers
    from callguard.deciding.many import Decided

_TEXT: Final = ("string", "large_string", "string_view")
_MICROSECONDS: Final = 1_000_000


@attrs.frozen(slots=True, eq=False)
class Answered:
    """What each row of a batch is told: `which` are indexes into `answers`, in a NumPy array; `floats`: numbers that are none."""

    which: Any
    answers: list[Answer]
    floats: int = 0


class Book:
    """The answers of one batch: which each row has."""

    def __init__(self, answers: Answers, rows: int) -> None:
        import numpy as np

        self._answers, self._np = answers, np
        self.which = np.zeros(rows, np.int32)
        self.answers: list[Answer] = []
        self._known: dict[Answer, int] = {}

    def answered(self, floats: int) -> Answered:
        """Return what each row is told: of answers those that some row has, in an order of their own."""
        np = self._np
        used = np.flatnonzero(np.bincount(self.which, minlength=len(self.answers))).tolist() if len(self.which) else []
        order = in_order(self.answers, used)
        slots = np.zeros(len(self.answers), np.int32)
        slots[order] = np.arange(len(order), dtype=np.int32)
        which = slots[self.which] if order else self.which
        return Answered(which, [self.answers[i] for i in order], floats)

    def _index(self, answer: Answer) -> int:
        found = self._known.get(answer)
        if found is None:
            found = self._known[answer] = len(self.answers)
            self.answers.append(answer)
        return found

    def undecided(self, rows: Any, key: str) -> None:
        """Note that rows, or all, could not be decided, as the place, campaign, caller or instant cannot be read."""
        self.which[slice(None) if rows is None else rows] = self._index(self._answers.undecided(key))

    def decided(self, rows: Any, decided: Decided) -> None:
        """Note the decisions of some rows, or of all."""
        index = [self._index(self._answers.of(decision)) for decision in decided.decisions]
        index += [0] * (OWN + 1 - len(index))
        if ELSEWHERE in decided.which:
            index[ELSEWHERE] = self._index(self._answers.undecided("place"))
        which = self._np.array(index, self._np.int32)[self._np.frombuffer(decided.which, self._np.uint8)]
        for row, decision in decided.others.items():
            if decided.which[row] == OWN:
                which[row] = self._index(self._answers.of(decision))
        if rows is None:
            self.which = which
        else:
            self.which[rows] = which


def fits(pa: Any, kind: Any, what: str) -> bool:
    """Return whether a column of some type may tell a row's `number`, `campaign`, `caller`, `place` or `instant`."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if str(kind) in _TEXT or pa.types.is_null(kind):
        return True
    if what == "instant" and pa.types.is_timestamp(kind):
        return True
    counted = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return what in {"number", "caller", "instant"} and bool(counted)


def texts_of(column: Any) -> list[str]:
    """Return values as text, empty where they are null."""
    return ["" if value is None else str(value) for value in column.to_pylist()]


def numbers(pa: Any, column: Any) -> tuple[Any, int]:
    """Return a column of numbers as `Line.scrub` takes it, and how many of them are floating-point ones: these become null."""
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if str(kind) in _TEXT or kind in (pa.int64(), pa.uint64()):
        return column, 0
    if pa.types.is_integer(kind):
        return pc.cast(column, pa.int64()), 0
    return pa.nulls(len(column), pa.string()), 0 if pa.types.is_null(kind) else len(column) - column.null_count


def told(pa: Any, column: Any, name: str, timezone: str) -> tuple[Any, list[Any]]:
    """Return what a column tells of each row: indexes of values, and the values."""
    import numpy as np
    import pyarrow.compute as pc

    if name == "instant" and pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_null(column.type):
        column = pa.nulls(len(column), pa.string())
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    read = _instants(pa, column.dictionary, timezone) if name == "instant" else [v.strip() for v in texts_of(column.dictionary)]
    values: list[Any] = list(dict.fromkeys([*read, None if name == "instant" else ""]))
    place = {value: i for i, value in enumerate(values)}
    nothing = place[None if name == "instant" else ""]
    slots = np.array([*(place[value] for value in read), nothing], np.int64)
    indices = pc.fill_null(pc.cast(column.indices, pa.int64()), len(read)).to_numpy(zero_copy_only=False)
    return slots[indices], values


def _instants(pa: Any, column: Any, timezone: str) -> list[float | None]:
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:  # of any zone, they are counted from the epoch
        found = [None if us is None else us / _MICROSECONDS for us in column.cast(pa.int64()).to_pylist()]
        return [None if at is None else instant(at, timezone) for at in found]
    return [instant(value, timezone) for value in column.to_pylist()]


def groups(said: list[tuple[str, Any, list[Any]]], rows: int) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the rows of which the same is told, with what is told; None for all rows."""
    import numpy as np

    if not rows:
        return
    key = np.zeros(rows, np.int64)
    for _, indices, values in said:
        if key.max() * len(values) >= 1 << 62:
            key = np.unique(key, return_inverse=True)[1].reshape(-1)
        key = key * len(values) + indices
    distinct, first, which = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(which.reshape(-1), kind="stable")
    ends = np.searchsorted(which.reshape(-1)[order], np.arange(len(distinct) + 1))
    for i, row in enumerate(first.tolist()):
        found = {name: values[indices[row]] for name, indices, values in said}
        yield (None if len(distinct) == 1 else order[ends[i] : ends[i + 1]]), found


def answer_columns(pa: Any, answered: Answered, *, encoded: bool) -> list[Any]:
    """Return the three columns of the answers."""
    import numpy as np

    reasons, of_reason = _distinct([answer.reason for answer in answered.answers])
    messages, of_message = _distinct([answer.message or None for answer in answered.answers])
    retries = [None if answer.retry_s is None else round(answer.retry_s * _MICROSECONDS) for answer in answered.answers]
    found = []
    for values, slots in ((reasons, of_reason), (messages, of_message)):
        which = pa.array(np.array(slots, np.int32)[answered.which] if slots else answered.which)
        if None in values:
            nothing = values.index(None)
            which = pa.array(which.to_numpy(), mask=which.to_numpy() == nothing)
            values = [value or "" for value in values]  # noqa: PLW2901 - nothing points to it any more
        texts = pa.array(values, pa.string())
        found.append(pa.DictionaryArray.from_arrays(which, texts) if encoded else texts.take(which))
    found.append(pa.array(retries, pa.int64()).take(pa.array(answered.which)).cast(pa.timestamp("us", "UTC")))
    return found


def _distinct(values: list[Any]) -> tuple[list[Any], list[int]]:
    """Return the values once each, and which of them each was."""
    once = {value: i for i, value in enumerate(dict.fromkeys(values))}
    return list(once), [once[value] for value in values]
