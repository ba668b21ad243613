"""Many callees at one instant: a code each, worked out once for each place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callguard._core.line import Table

UNKNOWN = 255
ONCE = 256  # added to a code that holds for one question alone


def scrub(
    table: Table,
    callees: Iterable[Any],
    count: int,
    at: float,
    read: Callable[[Any], int],
    further: Callable[[Any], int],
) -> bytearray:
    """Return a code for each callee at an instant, in their order.

    `read` gives the E.164 number of a callee that is written in another way, or -1; `further` the code of one that must be looked
    into.
    """
    codes = bytearray(count)
    by_leaf = [UNKNOWN] * len(table.cells)
    leaf_of, mask_of, mask, counted = table.plan.leaf, table.marks.get, table.mask, table.counted
    for i, callee in enumerate(callees):
        if not table.long_way:
            number = table.number(callee)
            leaf = leaf_of(number) if number > 0 else 0
            if leaf < 2:
                number = read(callee)
                leaf = leaf_of(number) if number > 0 else 0
            if leaf > 1 and not mask_of(number) & mask and (counted is None or not counted(number, at)):
                code = by_leaf[leaf]
                if code == UNKNOWN:
                    code = further(callee)
                    if code < ONCE:
                        by_leaf[leaf] = code
                codes[i] = code % ONCE
                continue
        codes[i] = further(callee) % ONCE
    return codes
