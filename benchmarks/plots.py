"""Pictures of figures: horizontal bars in SVG, on a logarithmic scale where they span decades, callguard's own in colour."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Literal

import attrs

from benchmarks.figures import written

Kind = Literal["ours", "floor", "other"]

_WIDTH, _LABELS, _VALUES, _EDGE = 820, 330, 92, 22
_BAR, _GAP, _GROUP = 19, 7, 30
_HEAD = 74
_STYLE = """
  text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-size: 12.5px; fill: #334155 }
  .title { font-size: 16px; font-weight: 600; fill: #0f172a } .sub, .tick { fill: #64748b } .tick { font-size: 11px }
  .group { font-weight: 600; fill: #475569 } .value { font-variant-numeric: tabular-nums }
  .strong { font-weight: 600; fill: #0f172a } .spread { stroke: #0f172a; opacity: .45 }
  .back { fill: #ffffff; stroke: #e2e8f0 } .grid { stroke: #e2e8f0 } .axis { stroke: #94a3b8 }
  .ours { fill: #0d9488 } .floor { fill: #94a3b8 } .other { fill: #c7d2e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #cbd5e1 } .title, .strong { fill: #f1f5f9 } .sub, .tick { fill: #94a3b8 } .group { fill: #a8b5c7 }
    .back { fill: #131a26; stroke: #2b3648 } .grid { stroke: #263143 } .axis { stroke: #64748b } .spread { stroke: #f8fafc }
    .ours { fill: #2dd4bf } .floor { fill: #64748b } .other { fill: #3b4a61 }
  }
"""


@attrs.frozen
class Bar:
    """A figure of a picture: its label, its value with the least and greatest, and whose it is."""

    label: str
    value: float
    least: float
    greatest: float
    kind: Kind = "other"


@attrs.frozen
class Picture:
    """Groups of bars under a title; a group's own name may be empty. `log`: a logarithmic scale."""

    title: str
    sub: str
    unit: str
    groups: Sequence[tuple[str, Sequence[Bar]]]
    log: bool = False


def svg(picture: Picture) -> str:
    """Return the picture."""
    bars = [bar for _, group in picture.groups for bar in group]
    low, high = _span(bars, log=picture.log)
    height = _HEAD + sum(_tall(name, group) for name, group in picture.groups) + 26
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="img">',
            f"<title>{escape(picture.title)}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="back" x=".5" y=".5" width="{_WIDTH - 1}" height="{height - 1}" rx="10"/>',
            f'<text class="title" x="{_EDGE}" y="31">{escape(picture.title)}</text>',
            f'<text class="sub" x="{_EDGE}" y="51">{escape(picture.sub)}</text>',
            *_grid(picture, low, high, height),
            *_drawn(picture, low, high),
            "</svg>\n",
        )
    )


def _tall(name: str, group: Sequence[Bar]) -> int:
    return (_GROUP if name else 8) + len(group) * (_BAR + _GAP)


def _span(bars: Sequence[Bar], *, log: bool) -> tuple[float, float]:
    """Return the ends of the scale: whole decades, or from nothing to a round number."""
    most = max(bar.value for bar in bars)
    if log:
        least = min(bar.value for bar in bars if bar.value > 0)
        return 10.0 ** math.floor(math.log10(least) - 0.3), 10.0 ** math.ceil(math.log10(most))
    step = _step(most)
    return 0.0, math.ceil(most / step) * step


def _step(most: float) -> float:
    """Return a round number that a scale counts by, in some five steps."""
    rough = most / 5 or 1.0
    size = 10.0 ** math.floor(math.log10(rough))
    return next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= rough)


def _x(value: float, low: float, high: float, *, log: bool) -> float:
    share = math.log(max(value, low) / low) / math.log(high / low) if log else (value - low) / (high - low)
    return _LABELS + min(max(share, 0.0), 1.0) * (_WIDTH - _LABELS - _VALUES - _EDGE)


def _ticks(low: float, high: float, *, log: bool) -> Iterator[float]:
    if log:
        for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
            yield 10.0**power
    else:
        step = _step(high)
        for i in range(round(high / step) + 1):
            yield i * step


def _grid(picture: Picture, low: float, high: float, height: int) -> Iterator[str]:
    for i, value in enumerate(_ticks(low, high, log=picture.log)):
        x = _x(value, low, high, log=picture.log)
        kind = "axis" if i == 0 else "grid"
        yield f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{_HEAD - 8}" y2="{height - 26}"/>'
        yield f'<text class="tick" x="{x:.1f}" y="{height - 10}" text-anchor="middle">{_tick(value, picture.unit)}</text>'


def _tick(value: float, unit: str) -> str:
    if unit == "ns":
        for size, name in ((1e6, "ms"), (1e3, "µs")):
            if value >= size:
                return f"{value / size:g} {name}"
    return f"{value:g} {unit}".strip()


def _drawn(picture: Picture, low: float, high: float) -> Iterator[str]:
    y = float(_HEAD)
    for name, group in picture.groups:
        if name:
            yield f'<text class="group" x="{_EDGE}" y="{y + 17:.1f}">{escape(name)}</text>'
        y += _GROUP if name else 8
        for bar in group:
            end = _x(bar.value, low, high, log=picture.log)
            middle = y + _BAR / 2
            strong = " strong" if bar.kind == "ours" else ""
            at = f'x="{_LABELS - 10}" y="{middle + 4.3:.1f}"'
            yield f'<text class="label{strong}" {at} text-anchor="end">{escape(bar.label)}</text>'
            wide = max(end - _LABELS, 1.5)
            yield f'<rect class="{bar.kind}" x="{_LABELS}" y="{y:.1f}" width="{wide:.1f}" height="{_BAR}" rx="2.5"/>'
            ends = [_x(value, low, high, log=picture.log) for value in (bar.least, bar.greatest)]
            if ends[1] - ends[0] > 1:
                yield f'<line class="spread" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{middle:.1f}" y2="{middle:.1f}"/>'
            behind = max(end, ends[1]) + 7
            yield f'<text class="value{strong}" x="{behind:.1f}" y="{middle + 4.3:.1f}">{_value(bar.value, picture.unit)}</text>'
            y += _BAR + _GAP


def _value(value: float, unit: str) -> str:
    if unit == "ns":
        for size, name in ((1e6, "ms"), (1e3, "µs")):
            if value >= size:
                return written(value / size, name)
    return written(value, unit)
