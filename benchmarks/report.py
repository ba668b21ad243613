"""The table of a run, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figures import Record, written
from benchmarks.suites import SUITES


def machine_lines(record: Record) -> Iterator[str]:
    """Say what it was measured on."""
    told = record.machine
    virtual = ", virtual" if told.get("virtual") else ""
    kind = f"family/model {told.get('family')}{virtual}"
    yield f"{told.get('processor')} ({kind}), {told.get('cores')} cores, {told.get('memory_gib')} GiB"
    yield f"{told.get('system')}, pages of {told.get('page_bytes')} bytes, huge pages {told.get('huge_pages')}"
    yield f"{told.get('python')}, {told.get('core')} core, {told.get('compiler')}"


def table(record: Record) -> Iterator[str]:
    """Write every figure: the median of its passes, the least and the greatest."""
    yield from machine_lines(record)
    suite = ""
    for figure in record.figures.values():
        if figure.suite != suite:
            suite = figure.suite
            yield ""
            yield f"{suite}: {SUITES.get(suite, '')}"
        spread = f"({written(figure.least)} to {written(figure.greatest)})" if len(figure.values) > 1 else ""
        yield f"  {figure.name:42} {written(figure.median, figure.unit):>14}  {spread:26} {figure.title}"
    for name, why in record.skipped.items():
        yield f"  {name}: left out, {why}"
