"""Writes docs/performance.md and its pictures from the figures of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks import budgets, report
from benchmarks.data import SIZES, words
from benchmarks.figures import Figure, Record, ratio, written
from benchmarks.pictures import DATABASES, RIVALS, pictures, sizes
from benchmarks.plots import svg
from benchmarks.suites import SUITES

_HEAD = """# Performance

How fast callguard answers, beside what the machine can do at all and beside what one would pick instead. Every figure is the median
of several passes, with the least and the greatest behind it; every ratio is taken within the passes of one run, between things that
were measured in turn. Ratios carry over to other machines, nanoseconds do not.

This page is written by `python -m benchmarks page`, from [the figures of the run](performance/results.json).
"""

_PICTURES = {
    "cold": "One decision about callees that nobody has asked about before, beside what users would pick instead.",
    "campaign": "One decision in a campaign, beside what users would pick instead.",
    "hot": "Hot calls beside an empty compiled call.",
    "tail": "Cold calls with their tail, beside a pointer chase.",
    "scrub": "Scrubbing many callees, beside a gather with prefetch.",
    "bytes": "Bytes a listed number, beside pyroaring.",
    "state": "Refusals and logged attempts a second, beside what the disk can do.",
}

_POINTS = {"p50": "", "p99": "p99 ", "p999": "p99.9 ", "mean": ""}

_METHOD = """## How it is measured

- **The guard is the shipped one**: `Guard.open` of a policy file on disk, its lists an index file that is mapped; everything that a
  decision needs is in place, nothing is switched off but attempt limits, which this campaign does not have.
- **Numbers** are synthetic and seeded: 480,000 live seven-digit blocks of Chinese mobile prefixes that phonenumbers knows, 170,000
  exchanges of North American area codes, with weights from lognormal(0, 1). *Random callees* come from all live blocks alike; of
  *half listed* every other is on the list; a *campaign* is 300,000 calls to random numbers of 2,000 random blocks; *one number* is
  one that may be called.
- **Answers are checked first**: of 4,000 callees, half of them listed, one by one and by `scrub`, against the sorted array.
- **Hot calls and campaigns** are plain loops, `for callee in callees: may_dial(callee)`, net of the empty loop. A pass is the
  lower quartile of seven rounds, in which everything that is compared takes its turn: a loop that the scheduler interrupts tells
  of the machine's other guests.
- **Cold calls** are each stamped by the processor's ordered counter, so that none overlaps the next, less what stamping costs.
  Every pass asks about callees that no pass before has asked about; pages are touched beforehand; the callee's own text is in the
  cache, as where a program has just read it. The *pointer chase* is stamped the same way: one random circle through as many bytes
  as the index file has, in a file that is mapped the same way.
- **Rivals** get the same `str` objects, or the same numbers as ints where they take ints, with membership asked by the C API
  itself: no Python call is counted against a set or a bitmap. Engines get the list as a Python set beside them. What would take
  too long to fill, and takes as long however much it holds, holds fewer numbers, as its row says; callguard holds the most there
  are beside it.
- **State**: refusals and attempts return once they are on the disk, with a call log that is sealed and a campaign with a limit;
  each number is called once. One thread of a process, or 16, work for half a second a pass, in turn with the floors: a 4 KiB
  `pwrite` and `fdatasync` of a file in the same folder, and a bare commit of one row with the same settings. An *attempt* is
  entering `guard.attempt` alone; its outcome is a second commit. The log is read on as many rows as is said, half of them calls and
  half their outcomes, and what a million would take is told; an export has a row a call. Starting is a process of its own, from
  `Guard.open` to the first decision, its files in the page cache. PostgreSQL stands on the same machine, asked by its local socket,
  and waits for the disk.
- **Middleware** is measured around a call that does nothing: the wrapper around an attempt that does nothing either, which is all
  its own, and around attempts of three kinds, beside the same call in a `with`, where the attempt is nearly all.
- **Guards on the wire** are `callguard proxy` in a process of its own, with a sealed call log, before a switch of a few lines that
  answers at once; one connection keeps 50 commands under way. The relay is as many lines, and passes on bytes that it does not
  read.
- **The sidecar** is `callguard serve` in a process of its own; eight connections are kept alive, each with one request under way,
  from a client in Python, and from wrk where it is installed. Health is what the same server answers without asking anything.
- **Kamailio** is a real one with the example's script and two workers, SIPp on both sides, 50 calls under way all the time; a
  list, a call log with its key, state on the disk. The floors are the same script that lets every call through, or none, and asks
  nobody.
- **A gather** reads one byte at each of many random offsets of as much memory, with prefetch in groups; the best of three group
  sizes counts.

What these figures cannot tell: a call that comes alone, after the processor has done something else for milliseconds, finds its
instructions and branch history cold as well, and takes longer than either row. Nothing is said of lists that are not in memory yet.
"""


def write(record: Record, folder: Path) -> None:
    """Write the page, its pictures and the figures into a folder of documents."""
    beside = folder / "performance"
    beside.mkdir(parents=True, exist_ok=True)
    drawn = dict(pictures(record))
    for path in beside.glob("*.svg"):
        if path.stem not in drawn:
            path.unlink()
    for name, picture in drawn.items():
        (beside / f"{name}.svg").write_text(svg(picture), "utf-8")
    (beside / "results.json").write_text(record.as_json(), "utf-8")
    parts = [_HEAD, *_machine(record), *_promises(record)]
    for name, text in _PICTURES.items():
        if name in drawn:
            parts.append(f"![{text}](performance/{name}.svg)\n")
    parts += [_METHOD, "## All figures\n", *_tables(record)]
    (folder / "performance.md").write_text("\n".join(parts).rstrip() + "\n", "utf-8")


def _machine(record: Record) -> Iterator[str]:
    told = record.machine
    yield "## The machine, and the command\n"
    yield "\n".join(f"- {line}" for line in report.machine_lines(record))
    packages = ", ".join(f"{name} {version}" for name, version in told.get("packages", {}).items() if version)
    yield f"- clock source {told.get('clock')}, {told.get('counter')}; {packages}"
    yield f"- {told.get('date')}, {told.get('passes')} passes: `{record.command}`"
    yield "\n`make bench` measures everything, `make bench-page` writes this page from it, `make bench-check` tests the promises.\n"


def _promises(record: Record) -> Iterator[str]:
    findings = [finding for finding in budgets.check(budgets.read(), record) if finding.figure is not None]
    if not findings:
        return
    yield "## What is promised\n"
    yield "Each stands in `benchmarks/budgets.toml`, and `make bench-check` tests it.\n"
    yield "| promise | numbers | goal | measured | spread | |\n| --- | --- | --- | --- | --- | --- |"
    mark = {"kept": "kept", "missed": "**missed**", "bound": "not met"}
    for finding in findings:
        figure, budget = finding.figure, finding.budget
        assert figure is not None
        size = "" if budget.size is None else words(budget.size)
        spread = f"{written(figure.least)} to {written(figure.greatest)}" if len(figure.values) > 1 else ""
        yield (
            f"| {budget.promise} | {size} | {budget.wanted} | {written(figure.median, figure.unit)} | {spread} | "
            f"{mark[finding.verdict]} |"
        )
    yield ""
    bound = {finding.budget.promise: finding.budget.bound for finding in findings if finding.verdict == "bound"}
    if bound:
        yield "What bounds those that are not met:\n"
        yield "\n".join(f"- {promise}: {why}" for promise, why in bound.items()) + "\n"


def _tables(record: Record) -> Iterator[str]:
    """Write a table a suite: a row what was measured, a column the size where there are several."""
    for suite, title in SUITES.items():
        figures = [figure for figure in record.figures.values() if figure.suite == suite]
        if not figures:
            continue
        yield f"### {title[0].upper()}{title[1:]}\n"
        for table in _apart(figures):
            yield from _rivals(record) if suite == "rivals" else _table(table)
            yield ""
    if record.skipped:
        yield "Left out: " + "; ".join(f"{name} ({why})" for name, why in record.skipped.items()) + ".\n"


def _apart(figures: Iterable[Figure]) -> Iterable[list[Figure]]:
    """Return figures in tables: apart what stands in columns of databases, of sizes, and what was measured once."""
    tables: dict[str, list[Figure]] = {}
    for figure in figures:
        middle = figure.name.split(".")[1]
        kind = "database" if middle in DATABASES else "size" if _column(figure.name) != "measured" else ""
        tables.setdefault(kind if figure.suite == "state" else "", []).append(figure)
    return tables.values()


def _table(figures: Iterable[Figure]) -> Iterator[str]:
    """Write figures; the percentiles of one operation stand in one cell, its mean is left to the JSON file."""
    rows: dict[str, dict[str, list[str]]] = {}
    columns: dict[str, None] = {}
    for figure in figures:
        point = figure.name.rpartition(".")[2]
        title = figure.title.rpartition(",")[0] if point in _POINTS else figure.title
        if point == "mean":
            continue
        column = _column(figure.name)
        columns[column] = None
        cells = rows.setdefault(title, {}).setdefault(column, [])
        cells.append(f"{_POINTS[point]}{written(figure.median)}" if _POINTS.get(point) else _cell(figure))
    heads = list(columns)
    yield f"| | {' | '.join(heads)} |\n| --- |{' --- |' * len(heads)}"
    for what, found in rows.items():
        yield f"| {what} | {' | '.join('; '.join(found.get(head, [])) for head in heads)} |"


def _cell(figure: Figure) -> str:
    spread = f" ({written(figure.least)}–{written(figure.greatest)})" if len(figure.values) > 1 else ""
    return f"{written(figure.median, figure.unit)}{spread}"


def _rivals(record: Record) -> Iterator[str]:
    """Write a row a rival and size: what it takes, and how many times what callguard takes in the same passes."""
    yield "| | numbers | cold | callguard × | campaign | callguard × |\n| --- | --- | --- | --- | --- | --- |"
    for key, title in RIVALS.items():
        for size in sizes(record, "rivals.", f".{key}.campaign"):
            cells = []
            for what, ours in (("cold.p50", "cold-callguard.p50"), ("campaign", "campaign-callguard")):
                theirs = record.figures[f"rivals.{size}.{key}.{what}"]
                times = ratio(theirs, record.figures[f"rivals.{size}.{key}.{ours}"])
                cells += [_cell(theirs), f"**{written(times.median)}** ({written(times.least)}–{written(times.greatest)})"]
            yield f"| {title} | {words(size)} | {' | '.join(cells)} |"


def _column(name: str) -> str:
    """Return the column that a figure stands in: `hot.1m.one` in `1 M`."""
    middle = name.split(".")[1]
    country, _, size = middle.rpartition("-")
    if middle in SIZES or middle in DATABASES:
        return DATABASES.get(middle) or words(middle)
    if country in {"cn", "us"}:
        return f"{words(size)} {country.upper()}"
    return f"{words(country)}, four lists" if country in SIZES else "measured"
