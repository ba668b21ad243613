"""Tables screened from file to file, beside PyArrow that reads and writes the same file and decides nothing."""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import TYPE_CHECKING

from benchmarks import data, worlds
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.timing import Timed, in_turn
from benchmarks.worlds import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.bench import Bench

_TITLES = {
    "pyarrow": "PyArrow reads a Parquet file and writes it again",
    "parquet": "Parquet screened into Parquet, one thread",
    "parquet-2threads": "Parquet screened into Parquet, two threads",
    "csv-module": "Python's csv module reads a CSV file and writes it again",
    "csv": "CSV screened into CSV, one process",
    "csv-2processes": "CSV screened into CSV, two processes",
    "parquet-csv": "Parquet screened into CSV, one process",
    "parquet-csv-2processes": "Parquet screened into CSV, two processes",
    "excel": "a workbook screened into a workbook, one process",
    "excel-2processes": "a workbook screened into a workbook, read by one process and written by another",
}
_TEXT_ROWS = 5  # as many more rows has the Parquet file
_SHEET_ROWS = 20  # as many more rows than the workbook has the CSV file


def run(bench: Bench) -> None:
    """Measure each size."""
    for size in bench.sizes:
        if bench.wants(f"tables.{size}"):
            _measure(bench, size)


def _measure(bench: Bench, size: str) -> None:
    import pyarrow as pa
    import xlsxwriter
    from pyarrow import parquet

    from callguard.batch.asking import Asked
    from callguard.batch.running import Job
    from callguard.batch.running import run as screen

    world = World("cn", size)
    worlds.line(world)
    guard = worlds.guard(world)
    asked = Asked(CAMPAIGN, CALLER)
    rows = bench.count(4_000_000, 500_000)
    texts = data.texts(data.random_callees("cn", rows))
    names = [f"name {i % 50_000}" for i in range(rows)]
    table = pa.table({"phone": texts, "name": names, "id": pa.array(range(rows))})
    few = rows // _TEXT_ROWS
    fewer = few // _SHEET_ROWS
    with TemporaryDirectory(prefix="callguard-bench-") as folder:
        source, text = Path(folder) / "in.parquet", Path(folder) / "in.csv"
        parquet.write_table(table, source)
        with text.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["phone", "name", "id"])
            writer.writerows(zip(texts[:few], names[:few], range(few), strict=True))
        sheet = Path(folder) / "in.xlsx"
        with xlsxwriter.Workbook(sheet) as book:
            cells = book.add_worksheet()
            for i, row in enumerate([("phone", "name", "id"), *zip(texts[:fewer], names[:fewer], range(fewer), strict=True)]):
                cells.write_row(i, 0, row)
        del table, texts, names

        def alone() -> None:
            with (
                parquet.ParquetFile(source) as read,
                parquet.ParquetWriter(Path(folder) / "alone.parquet", read.schema_arrow) as out,
            ):
                for batch in read.iter_batches(1 << 17):
                    out.write_batch(batch)

        def module() -> None:
            with text.open(encoding="utf-8", newline="") as read, (Path(folder) / "alone.csv").open("w", newline="") as out:
                records, writer = csv.reader(read), csv.writer(out)
                while chunk := list(islice(records, 4_096)):
                    writer.writerows(chunk)

        def screened(name: Path, threads: int, suffix: str | None = None) -> Callable[[], object]:
            out = str(name.with_name(f"out{suffix or name.suffix}"))
            return lambda: screen(guard, Job(str(name), out, asked, force=True, threads=threads))

        contenders = {
            "pyarrow": _a_row(alone, rows),
            "parquet": _a_row(screened(source, 1), rows),
            "parquet-2threads": _a_row(screened(source, 2), rows),
            "csv-module": _a_row(module, few),
            "csv": _a_row(screened(text, 1), few),
            "csv-2processes": _a_row(screened(text, 2), few),
            "parquet-csv": _a_row(screened(source, 1, ".csv"), rows),
            "parquet-csv-2processes": _a_row(screened(source, 2, ".csv"), rows),
            "excel": _a_row(screened(sheet, 1), fewer),
            "excel-2processes": _a_row(screened(sheet, 2), fewer),
        }
        times = in_turn(bench.passes, contenders, rounds=3)
    bench.add_all(f"tables.{size}", _TITLES, "ns", times)


def _a_row(function: Callable[[], object], rows: int) -> Timed:
    def timed() -> float:
        start = perf_counter_ns()
        function()
        return (perf_counter_ns() - start) / rows

    return timed
