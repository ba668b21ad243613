"""A table of a hundred million distinct numbers, and what goes through it from file to file: each in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import data
from benchmarks.building import kept
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.worlds import World
from callguard import phone

GROUP = 1 << 20  # rows of a row group
LIST = "10m"
_STEP = 2_654_435_761  # a prime: going through the numbers by it meets each once


def table(rows: int) -> Path:
    """Return a Parquet file of so many distinct numbers as text, with a number of its own for each row; written once."""
    path = kept() / f"leads-{rows}-{phone.data_version()}.parquet"
    if not path.exists():
        _write(path, rows)
    return path


def _write(path: Path, rows: int) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    print(f"  writing a table of {rows:,} rows, once", file=sys.stderr, flush=True)
    live = data.blocks("cn")
    part = path.with_suffix(".part")
    schema = pa.schema([("phone", pa.string()), ("lead", pa.int64())])
    with parquet.ParquetWriter(part, schema, compression="snappy") as out:
        for start in range(0, rows, GROUP):
            row = np.arange(start, min(start + GROUP, rows), dtype=np.int64)
            at = row * _STEP % (len(live) * data.BLOCK)
            numbers = live[at // data.BLOCK] * data.BLOCK + at % data.BLOCK
            texts = pc.binary_join_element_wise("+", pa.array(numbers).cast(pa.string()), "")
            out.write_table(pa.table({"phone": texts, "lead": row}, schema=schema))
    part.replace(path)


def numbers_listed() -> Path:
    """Return a Parquet file of the list's numbers as text, for those that join."""
    path = kept() / f"listed-{LIST}-{phone.data_version()}.parquet"
    if not path.exists():
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyarrow import parquet

        numbers = pa.array(data.shuffled("cn", LIST))
        texts = pc.binary_join_element_wise("+", numbers.cast(pa.string()), "")
        part = path.with_suffix(".part")
        parquet.write_table(pa.table({"phone": texts}), part)
        part.replace(path)
    return path


# ---- what goes through it


def pyarrow(source: Path, out: Path) -> None:
    """Read and write, and decide nothing."""
    from pyarrow import parquet

    with parquet.ParquetFile(source) as read, parquet.ParquetWriter(out, read.schema_arrow) as written:
        for batch in read.iter_batches(1 << 17):
            written.write_batch(batch)


def callguard(source: Path, out: Path, *, threads: int) -> None:
    """Screen: every rule, the list among them; each row with its reason, sentence and when to try again."""
    from callguard.batch.asking import Asked
    from callguard.batch.running import Job, run

    with World("cn", LIST).open() as guard:
        run(guard, Job(str(source), str(out), Asked(CAMPAIGN, CALLER), force=True, threads=threads))


def duckdb(source: Path, out: Path) -> None:
    """Write the rows whose numbers are not listed: the list, and nothing else of what is decided."""
    import duckdb as library

    query = f"from read_parquet('{source}') as leads anti join read_parquet('{numbers_listed()}') as listed using (phone)"
    with library.connect() as db:
        db.execute(f"copy ({query}) to '{out}' (format parquet)")


def polars(source: Path, out: Path) -> None:
    """Do the same by Polars, as a stream."""
    import polars as pl

    listed = pl.scan_parquet(numbers_listed())
    pl.scan_parquet(source).join(listed, on="phone", how="anti").sink_parquet(out)


CONTENDERS: dict[str, tuple[str, Callable[[Path, Path], None]]] = {
    "pyarrow": ("PyArrow reads and writes", pyarrow),
    "callguard": ("callguard screens, one thread", lambda source, out: callguard(source, out, threads=1)),
    "callguard-2threads": ("callguard screens, two threads", lambda source, out: callguard(source, out, threads=2)),
    "duckdb": ("DuckDB's anti-join with the list alone", duckdb),
    "polars": ("Polars' anti-join with the list alone", polars),
}

if __name__ == "__main__":
    CONTENDERS[sys.argv[1]][1](Path(sys.argv[2]), Path(sys.argv[3]))
