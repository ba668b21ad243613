"""Many callees at one instant: a code each, worked out once for each place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callguard._core.line import Table

UNKNOWN = 255


def scrub(table: Table, callees: Iterable[Any], count: int, further: Callable[[Any], int]) -> bytearray:
    """Return a code for each callee, in their order; `further` gives the code of one that must be looked into."""
    codes = bytearray(count)
    by_leaf = [UNKNOWN] * len(table.cells)
    leaf_of, mask_of, mask = table.plan.leaf, table.marks.get, table.mask
    for i, callee in enumerate(callees):
        number = -1 if table.long_way else table.number(callee)
        leaf = leaf_of(number) if number > 0 else 0
        if leaf > 1 and not mask_of(number) & mask:
            code = by_leaf[leaf]
            if code == UNKNOWN:
                code = by_leaf[leaf] = further(callee)
            codes[i] = code
        else:
            codes[i] = further(callee)
    return codes
