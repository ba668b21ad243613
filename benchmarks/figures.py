"""What was measured: one figure a name, with the value of every pass, so that ratios are taken within the same minute."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from typing import Any

import attrs


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(map(float, values))


@attrs.frozen
class Figure:
    """A measured quantity: its name, what it is in words, its unit, and one value a pass."""

    name: str
    title: str
    unit: str
    values: tuple[float, ...] = attrs.field(converter=_floats)

    @property
    def median(self) -> float:
        """The median of the passes."""
        return statistics.median(self.values)

    @property
    def least(self) -> float:
        """The least of the passes."""
        return min(self.values)

    @property
    def greatest(self) -> float:
        """The greatest of the passes."""
        return max(self.values)

    @property
    def suite(self) -> str:
        """The suite that it belongs to: the first part of its name."""
        return self.name.partition(".")[0]


def ratio(above: Figure, below: Figure) -> Figure:
    """Return one figure over another, pass by pass where both have as many, else of their medians."""
    if len(above.values) == len(below.values):
        values = [a / b if b else float("inf") for a, b in zip(above.values, below.values, strict=True)]
    else:
        values = [above.median / below.median if below.median else float("inf")]
    return Figure(f"{above.name} / {below.name}", f"{above.title} / {below.title}", "×", values)


@attrs.define
class Record:
    """All figures of one run, and what was left out with its reason."""

    machine: dict[str, Any] = attrs.field(factory=dict)
    command: str = ""
    figures: dict[str, Figure] = attrs.field(factory=dict)
    skipped: dict[str, str] = attrs.field(factory=dict)

    def add(self, name: str, title: str, unit: str, values: Iterable[float]) -> Figure:
        """Keep a figure; ValueError for a name that is taken, or no value."""
        found = Figure(name, title, unit, values)
        if name in self.figures or not found.values:
            raise ValueError(f"figure `{name}` is there already, or has no value")
        self.figures[name] = found
        return found

    def as_json(self) -> str:
        """Return everything for machines, a figure a line, values to six figures."""
        heads = {"machine": self.machine, "command": self.command, "skipped": self.skipped}
        lines = [f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in heads.items()]
        figures = ",\n".join(f"  {json.dumps(_row(figure), ensure_ascii=False)}" for figure in self.figures.values())
        return ",\n".join(("{\n" + lines[0], *lines[1:], f' "figures": [\n{figures}\n ]')) + "\n}\n"

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Return a record as `as_json` wrote it."""
        value = json.loads(text)
        made = cls(dict(value["machine"]), value["command"], skipped=dict(value["skipped"]))
        for row in value["figures"]:
            made.add(row["name"], row["title"], row["unit"], row["passes"])
        return made


def _row(figure: Figure) -> dict[str, Any]:
    told = {"median": figure.median, "least": figure.least, "greatest": figure.greatest}
    return {
        "name": figure.name,
        "title": figure.title,
        "unit": figure.unit,
        **{name: _short(value) for name, value in told.items()},
        "passes": [_short(value) for value in figure.values],
    }


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def written(value: float, unit: str = "") -> str:
    """Write a value with three figures that count, or in whole thousands."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - not a number
        text = "–"
    elif abs(value) >= 1_000:
        text = f"{value:,.0f}"
    elif abs(value) >= 100:
        text = f"{value:.0f}"
    elif abs(value) >= 10:
        text = f"{value:.1f}"
    else:
        text = f"{value:.2f}" if abs(value) >= 0.1 or not value else f"{value:.3f}"
    return f"{text} {unit}".rstrip()
