"""Mistakes in a campaign's windows; the law's window is the pack's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard import packs
from callguard.policy.mistakes import WRONG, Placed, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from callguard.policy.model import Campaign


def check(campaign: Campaign, n: int, raw: Mapping[str, Any]) -> Iterator[Placed]:
    """Yield windows that end before they start, and those of marketing that are wider than the law's."""
    if campaign.windows is WRONG or not campaign.windows:
        return
    lone = isinstance(raw["campaigns"][n]["window"], dict)
    for i, window in enumerate(campaign.windows):
        if window is WRONG:
            continue
        path = ("campaigns", n, "window") if lone else ("campaigns", n, "window", i)
        if WRONG not in (window.start, window.end) and window.start >= window.end:
            yield Placed((*path, "end"), show(window.end), f"a time after `start`, which is {show(window.start)}")
        elif campaign.purpose == "marketing":
            yield from _law(window.start, window.end, path)


def _law(start: Any, end: Any, path: tuple[str | int, ...]) -> Iterator[Placed]:
    hours = packs.load().marketing_window
    first, last = hours.start, hours.end
    window = f"the law's window for marketing is [{show(first)}, {show(last)})"
    if start is not WRONG and not first <= start < last:
        yield Placed((*path, "start"), show(start), f"{show(first)} or later, before {show(last)}: {window}")
    if end is not WRONG and not first < end <= last:
        yield Placed((*path, "end"), show(end), f"{show(last)} or earlier, after {show(first)}: {window}")
