"""Spark's rows screened on two executors, one core each, beside the same rows that go through Python and back undecided."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns, time
from typing import TYPE_CHECKING, Any

from benchmarks import data, worlds
from benchmarks.rivals import CALLER, CAMPAIGN
from benchmarks.worlds import World

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_CORES = 2
_FILES = 8  # tasks
_REFUSED = {"1m": 1_000_000}  # more take a minute to be refused
_TITLES = {
    "passed": "rows through Spark's Python workers and back, undecided: elapsed time of each core",
    "screened": "rows screened by Spark: elapsed time of each core",
    "screened-100k": "the same, 100,000 rows a batch",
    "passed-cpu": "rows through Spark's Python workers and back, undecided: processor time of all processes",
    "screened-cpu": "rows screened by Spark: processor time of all processes",
    "screened-100k-cpu": "the same, 100,000 rows a batch",
    "alone": "the same rows by scrub_batches in one process",
}
_NANOSECONDS = 1_000_000_000


def run(bench: Bench) -> None:
    """Measure each size."""
    if not bench.wants("spark"):
        return
    why = _missing()
    if why:
        bench.skip("spark", why)
        return
    with TemporaryDirectory(prefix="callguard-bench-") as name, _session(Path(name)) as spark:
        for size in bench.sizes:
            if bench.wants(f"spark.{size}"):
                _measure(bench, spark, size, Path(name))


def _missing() -> str:
    if importlib.util.find_spec("pyspark") is None:
        return "not installed: pip install 'callguard-outbound[spark]'"
    return "" if shutil.which("java") or "JAVA_HOME" in os.environ else "there is no Java"


@contextmanager
def _session(folder: Path) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_DIRS": str(folder)}
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false",
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "spark.sql.files.maxPartitionBytes": "1g",
    }
    builder = SparkSession.builder.master(f"local-cluster[{_CORES},1,1024]").appName("callguard-bench")
    for name, value in settings.items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    application = found.sparkContext.applicationId
    try:
        yield found
    finally:
        found.stop()
        import pyspark

        shutil.rmtree(Path(pyspark.__file__).parent / "work" / application, ignore_errors=True)


def _measure(bench: Bench, spark: Any, size: str, folder: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    from callguard.batch import scrub_batches
    from callguard.batch.spark import scrub

    world = World("cn", size)
    worlds.line(world)
    guard = worlds.guard(world)
    rows = bench.count(8_000_000, 800_000)
    texts = data.texts(data.random_callees("cn", rows))
    table = pa.table({"phone": texts, "name": [f"name {i % 50_000}" for i in range(rows)], "id": pa.array(range(rows))})
    del texts
    source = folder / f"leads-{size}"
    source.mkdir()
    for i in range(_FILES):
        parquet.write_table(table.slice(i * rows // _FILES, rows // _FILES), source / f"{i}.parquet")
    leads = spark.read.parquet(str(source))

    def passed(batches: Iterator[Any]) -> Iterator[Any]:
        yield from batches

    def saved(df: Any) -> None:
        df.write.format("noop").mode("overwrite").save()

    def at_a_time(count: int, work: Callable[[], None]) -> Callable[[], None]:
        def done() -> None:
            spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(count))
            work()

        return done

    screened = scrub(leads, guard, campaign=CAMPAIGN, caller=CALLER)
    works = {
        "passed": at_a_time(10_000, lambda: saved(leads.mapInArrow(passed, leads.schema))),
        "screened": at_a_time(10_000, lambda: saved(screened)),
        "screened-100k": at_a_time(100_000, lambda: saved(screened)),
    }

    def alone() -> None:
        for _ in scrub_batches(table, guard, campaign=CAMPAIGN, caller=CALLER):
            pass

    for work in (*works.values(), alone):
        work()
    times: dict[str, list[float]] = {name: [] for name in _TITLES}
    for _ in range(bench.passes):
        for name, work in works.items():
            cpu, start = _processor_s(), perf_counter_ns()
            work()
            times[name].append((perf_counter_ns() - start) * _CORES / rows)
            times[f"{name}-cpu"].append((_processor_s() - cpu) * _NANOSECONDS / rows)
        start = perf_counter_ns()
        alone()
        times["alone"].append((perf_counter_ns() - start) / rows)
    bench.add_all(f"spark.{size}", _TITLES, "ns", times)
    _shipping(bench, size, folder)


def _processor_s() -> float:
    """Return the seconds of processor time that this process and all below it have taken, those that ended too."""
    parents: dict[int, list[int]] = {}
    taken: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
        taken[int(path.parent.name)] = sum(map(int, fields[11:15]))
    found = [os.getpid()]
    for pid in found:
        found += parents.get(pid, [])
    return sum(taken[pid] for pid in found) / os.sysconf("SC_CLK_TCK")


def _shipping(bench: Bench, size: str, folder: Path) -> None:
    """Measure what is done once for a plan, and once in each worker: the lists of a size, and refusals beside them."""
    from callguard import Guard, Policy
    from callguard.batch.shipment import opened, ship
    from callguard.state.records import Refusal

    with Guard(Policy.load(World("cn", size).policy)) as guard:
        refused = _REFUSED.get(size, 0)
        now = time()
        numbers = data.random_callees("cn", refused, seed=9).tolist() if refused else []
        guard._state.append([Refusal(number=number, scope="enterprise", at=now) for number in numbers])
        assert guard.ailment is None  # what was refused is taken in
        shipping, opening, weight = [], [], 0
        for i in range(bench.passes):
            start = perf_counter_ns()
            sent, files = ship(guard, folder / f"{size}-{i}")
            middle = perf_counter_ns()
            opened(sent, lambda name, i=i: str(folder / f"{size}-{i}" / name))
            shipping.append((middle - start) / 1e6)
            opening.append((perf_counter_ns() - middle) / 1e6)
            weight = sum(file.stat().st_size for file in files)
    beside = f", {data.words(size)} refusals" if refused else ""
    bench.add(f"spark.{size}.ship", f"shipping the lists{beside}, once a plan", "ms", shipping)
    bench.add(f"spark.{size}.open", f"checking and mapping what was shipped{beside}, once a worker", "ms", opening)
    bench.add(f"spark.{size}.shipped", f"what is shipped to each executor{beside}", "MB", [weight / 1e6])
