"""The promises of budgets.toml: read, measured against, told."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import attrs

from benchmarks.figures import Figure, Record, ratio, written

FILE = Path(__file__).with_name("budgets.toml")
Verdict = Literal["kept", "missed", "bound", "not measured"]
_KEYS = {"name", "promise", "above", "below", "figure", "sizes", "at_most", "at_least", "met", "bound"}


@attrs.frozen
class Budget:
    """One promise at one size: a figure, or the ratio of two, and its goal. `bound`: why it cannot be met, else None."""

    name: str
    promise: str
    figures: tuple[str, ...]
    goal: float
    at_most: bool
    size: str | None = None
    bound: str | None = None

    @property
    def wanted(self) -> str:
        """The goal in words."""
        return f"{'≤' if self.at_most else '≥'} {self.goal:g}{' ×' if len(self.figures) > 1 else ''}"

    def measured(self, record: Record) -> Figure | None:
        """Return what was measured; None where a figure is not there."""
        found = [record.figures.get(name) for name in self.figures]
        first, *rest = found
        if first is None or None in rest:
            return None
        return ratio(first, rest[0]) if rest and rest[0] is not None else first


@attrs.frozen
class Finding:
    """What became of a promise."""

    budget: Budget
    figure: Figure | None
    verdict: Verdict


def read(path: Path = FILE) -> list[Budget]:
    """Return every promise at every size; ValueError for a table that is no budget, with its name."""
    with path.open("rb") as file:
        tables = tomllib.load(file)["budgets"]
    names = [table.get("name") for table in tables]
    if len(names) != len(set(names)):
        raise ValueError("two budgets have one name")
    return [budget for table in tables for budget in _budgets(table)]


def _budgets(table: dict[str, Any]) -> Iterator[Budget]:
    name = table.get("name", "?")
    if set(table) - _KEYS or not {"name", "promise"} <= set(table):
        raise ValueError(f"budget `{name}`: accepted keys are {', '.join(sorted(_KEYS))}")
    if ("figure" in table) == ("above" in table or "below" in table) or ("above" in table) != ("below" in table):
        raise ValueError(f"budget `{name}` needs either `figure`, or `above` and `below`")
    if ("at_most" in table) == ("at_least" in table):
        raise ValueError(f"budget `{name}` needs either `at_most` or `at_least`")
    if table.get("met", True) == ("bound" in table):
        raise ValueError(f"budget `{name}`: `met = false` and `bound` go together")
    figures = (table["figure"],) if "figure" in table else (table["above"], table["below"])
    sizes: Sequence[str | None] = table.get("sizes", [None])
    if any(("{size}" in figure) != ("sizes" in table) for figure in figures):
        raise ValueError(f"budget `{name}`: `sizes` and `{{size}}` go together")
    at_most = "at_most" in table
    for size in sizes:
        yield Budget(
            name if len(sizes) == 1 else f"{name}-{size}",
            table["promise"],
            tuple(figure.replace("{size}", str(size)) for figure in figures),
            float(table["at_most" if at_most else "at_least"]),
            at_most,
            size,
            table.get("bound"),
        )


def chosen(budgets: Iterable[Budget], sizes: Sequence[str], only: Sequence[str]) -> list[Budget]:
    """Return the promises of some sizes (no list is always one), and where names are given, those whose name begins so."""
    return [
        budget
        for budget in budgets
        if (budget.size is None or budget.size == "0" or budget.size in sizes)
        and (not only or any(budget.name.startswith(name) for name in only))
    ]


def needed(budgets: Iterable[Budget]) -> tuple[str, ...]:
    """Return the names of the figures that must be measured for them."""
    return tuple(dict.fromkeys(name for budget in budgets for name in budget.figures))


def check(budgets: Iterable[Budget], record: Record) -> list[Finding]:
    """Test promises against what was measured."""
    return [_finding(budget, budget.measured(record)) for budget in budgets]


def _finding(budget: Budget, figure: Figure | None) -> Finding:
    if figure is None:
        return Finding(budget, None, "not measured")
    kept = figure.median <= budget.goal if budget.at_most else figure.median >= budget.goal
    return Finding(budget, figure, "kept" if kept else "missed" if budget.bound is None else "bound")


def broken(findings: Iterable[Finding]) -> list[Finding]:
    """Return those that fail a check: missed, or not measured though they were to be, and not marked as not met."""
    return [finding for finding in findings if finding.verdict == "missed" or _unknown(finding)]


def _unknown(finding: Finding) -> bool:
    return finding.verdict == "not measured" and finding.budget.bound is None


def lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Write each finding on a line: verdict, name, what was measured with its spread, the goal; and what bounds it."""
    for finding in findings:
        figure, budget = finding.figure, finding.budget
        told = "–" if figure is None else written(figure.median, figure.unit)
        spread = "" if figure is None or len(figure.values) < 2 else f"({written(figure.least)} to {written(figure.greatest)})"
        yield f"{finding.verdict:12} {budget.name:22} {told:>14} {spread:24} {budget.wanted:>12}   {budget.promise}"
        if finding.verdict == "bound":
            yield f"{'':12} {budget.bound}"
