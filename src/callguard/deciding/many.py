"""Many callees at one instant: lists, NumPy and Arrow arrays, row by row the same as one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from callguard import clock
from callguard._core.scrub import ONCE
from callguard._core.scrub import scrub as scrub_core
from callguard.deciding import answers
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.deciding.generation import Bound, Generation

_CHUNK = 65_536


@attrs.frozen(slots=True, eq=False)
class ScrubResult:
    """A decision for each callee: `codes` in input order, one byte a row, named by `Reason.from_code`."""

    codes: bytes

    @property
    def allowed(self) -> bytes:
        """The mask: one byte a row, 1 where the call may be placed."""
        return self.codes.translate(_MASK)

    def counts(self) -> dict[Reason, int]:
        """Return how many rows have each reason, in reason order, those that occur."""
        return {reason: n for reason in Reason if (n := self.codes.count(reason.code))}

    def __len__(self) -> int:
        return len(self.codes)


_MASK = bytes([1] + [0] * 255)


def scrub(generation: Generation, bound: Bound, callees: Any, at: object, places: Any) -> ScrubResult:
    """Decide each of many callees at one instant.

    TypeError for callees of another kind, ValueError for places of another length or a place that cannot be, with its row.
    """
    when = clock.check(generation.clock()) if at is None else clock.instant(at)
    count, values = _values(callees)

    def code(callee: object, place: str | None = None) -> int:
        """Return the reason's code; past 255 where it holds for this one question alone."""
        if callee is None:
            return Reason.INVALID_NUMBER.code
        decision = answers.decide(answers.ask(generation, bound, callee, when, place))
        once = decision.until_s is not None and decision.until_s <= when
        return decision.reason.code + (ONCE if once else 0)

    def read(callee: object) -> int:
        reading = generation.numbers.read(callee) if isinstance(callee, str | int) else None
        return reading.number if reading is not None and reading.status == "valid" and reading.number is not None else -1

    if places is None:
        return ScrubResult(bytes(scrub_core(bound.table, values, count, when, read, code)))
    if isinstance(places, str) or not hasattr(places, "__iter__"):
        raise TypeError(f"`places` is a {type(places).__name__}; accepted: a place or None for each callee")
    told = places.to_pylist() if _is_arrow(places) else list(places)
    if len(told) != count:
        raise ValueError(f"`places` has {len(told)} rows for {count} callees; accepted: one a callee, None where nothing is told")
    codes = bytearray(count)
    for row, (callee, place) in enumerate(zip(values, told, strict=True)):
        try:
            codes[row] = code(callee, place) % ONCE
        except ValueError as error:
            raise ValueError(f"`places[{row}]`: {error}") from None
    return ScrubResult(bytes(codes))


def _is_arrow(values: object) -> bool:
    return type(values).__module__.partition(".")[0] == "pyarrow"


def _values(callees: Any) -> tuple[int, Iterator[Any]]:
    """Return how many callees there are, and an iterator of text and ints; None stands for an Arrow null."""
    if _is_arrow(callees):
        import pyarrow as pa

        kind = getattr(callees, "type", None)
        if kind is None or not (
            pa.types.is_string(kind)
            or pa.types.is_large_string(kind)
            or pa.types.is_string_view(kind)
            or kind in (pa.int64(), pa.uint64())
        ):
            raise TypeError(f"callees are an Arrow {kind}; accepted: strings, int64 or uint64")
        return len(callees), (v for i in range(0, len(callees), _CHUNK) for v in callees.slice(i, _CHUNK).to_pylist())
    if type(callees).__module__.partition(".")[0] == "numpy":
        if callees.dtype.kind not in "iu" or callees.dtype.itemsize != 8 or callees.ndim != 1:
            raise TypeError(f"callees are a NumPy array of {callees.dtype}; accepted: int64 or uint64, of one dimension")
        return len(callees), (v for i in range(0, len(callees), _CHUNK) for v in callees[i : i + _CHUNK].tolist())
    if isinstance(callees, str | bytes) or not hasattr(callees, "__iter__"):
        raise TypeError(f"callees are a {type(callees).__name__}; accepted: a list of text or ints, a NumPy or an Arrow array")
    listed = callees if isinstance(callees, list | tuple) else list(callees)
    for row, callee in enumerate(listed):
        if isinstance(callee, bool) or not isinstance(callee, str | int):
            raise TypeError(f"callees[{row}] is a {type(callee).__name__}; accepted: text or an int")
    return len(listed), iter(listed)
