"""A Spark of two executors, processes of their own, on this machine; `MISSING` says why there is none."""

import gc
import importlib.util
import os
import shutil
import sys
import tempfile
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import spark_rules
import spark_world

_WHERE = "`pip install 'callguard-outbound[spark]'` and a Java runtime, as `.ci/run` installs them"
MISSING = (
    f"PySpark is not installed: {_WHERE}"
    if importlib.util.find_spec("pyspark") is None
    else f"there is no Java: {_WHERE}"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ
    else ""
)
PATIENCE_S = 30
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # it runs for a minute, in which nothing is worth being compiled well


@contextmanager
def alone():
    """Wait until no other process of these tests has a session: two that begin in one second have the same name, and one folder."""
    import fcntl

    with (Path(tempfile.gettempdir()) / f"callguard-spark-{os.getuid()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def session(folder):
    """Give a session, one at a time; `folder` is where a test puts a file `die`, for a worker to end. Nothing of it stays."""
    with alone(), _session(folder) as found:
        yield found


@contextmanager
def _session(folder):
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    kept = {name: os.environ.get(name) for name in ("PYSPARK_PYTHON", "SPARK_LOCAL_DIRS")}
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_DIRS": str(folder)}
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": _JAVA,
        "spark.executor.extraJavaOptions": _JAVA,
        "spark.ui.enabled": "false",
        "spark.log.level": "OFF",
        "spark.ui.showConsoleProgress": "false",
        "spark.python.worker.reuse": "true",
        "spark.sql.session.timeZone": "America/New_York",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        f"spark.executorEnv.{spark_world.KEY_ENV}": spark_world.KEY,
        f"spark.executorEnv.{spark_rules.FOLDER}": str(folder),
    }
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("callguard")
    for name, value in settings.items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    context = found.sparkContext
    gateway, application = SparkContext._gateway, context.applicationId
    try:
        yield found
    finally:
        there = _below(gateway.proc.pid)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what py4j leaves open is closed by what comes next
            found.stop()
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait(PATIENCE_S)
            SparkContext._gateway = SparkContext._jvm = None
            del found, context, builder
            gc.collect()
        import pyspark

        shutil.rmtree(Path(pyspark.__file__).parent / "work" / application, ignore_errors=True)
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        until = time.monotonic() + PATIENCE_S
        while any(map(_runs, there)) and time.monotonic() < until:
            time.sleep(0.1)
        assert not [pid for pid in there if _runs(pid)], "executors or their workers outlived the session"


def _below(pid):
    """Return a process and all that it has started, and these."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        parents.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(status.parent.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
