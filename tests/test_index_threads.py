"""Sources read by several threads: the index, the reports and the errors are those of one."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from callguard import index
from callguard.errors import IndexFileError, PolicyError
from callguard.index import Source, SourceError, ahead, columns, sorting, text
from callguard.index.batches import Batch
from callguard.phone import NumberPlan
from index_format import sections_of

np = pytest.importorskip("numpy")
pa = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402 - it is there

CHINA = NumberPlan("CN")
ZONE = "Asia/Shanghai"
FIRST = 8_613_800_000_000
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="signals")


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Small parts, and room for several threads in little memory."""
    monkeypatch.setattr(columns, "_ROWS", 300)
    monkeypatch.setattr(columns, "_PART", 1_000)
    monkeypatch.setattr(text, "_CHUNK", 1 << 12)
    monkeypatch.setattr(ahead, "EACH", 1 << 10)


def table(rng, count, *, dates=False, integers=False):
    """A table of numbers, some of them twice, some none at all; a few with dates."""
    numbers = [FIRST + rng.randrange(40_000_000) for _ in range(count)]
    if integers:
        found = {"number": pa.array([None if i % 97 == 5 else n for i, n in enumerate(numbers)], pa.int64())}
    else:
        found = {"number": ["nobody" if i % 97 == 5 else f"+{n}" for i, n in enumerate(numbers)]}
    if dates:
        days = [None if i % 5 else dt.date(2026, 1, 1 + n % 9) for i, n in enumerate(numbers)]
        found["until"] = pa.array([None if day is None else str(day) if day.day % 4 else "soon" for day in days])
    return pa.table(found)


def written(folder):
    """Sources of every kind: row groups small and large, a folder of parts, an Arrow file and a stream, texts, an index file."""
    rng = random.Random(3)
    parquet.write_table(table(rng, 5_000, dates=True), folder / "groups.parquet", row_group_size=700)
    parquet.write_table(table(rng, 3_000, integers=True), folder / "large.parquet", row_group_size=3_000)
    parquet.write_table(table(rng, 1).slice(1), folder / "empty.parquet")
    (folder / "parts" / "province=31" / ".crc").mkdir(parents=True)
    (folder / "parts" / "_SUCCESS").touch()
    (folder / "parts" / "province=31" / ".crc" / "part").write_text("no list")
    for i in (2, 0, 1):
        parquet.write_table(table(rng, 400), folder / "parts" / "province=31" / f"part-{i:04}.parquet")
    for name, new in (("a.arrow", pa.ipc.new_file), ("a.arrows", pa.ipc.new_stream)):
        found = table(rng, 2_000, dates=True)
        with pa.OSFile(str(folder / name), "wb") as sink, new(sink, found.schema) as writer:
            writer.write_table(found, max_chunksize=450)
    rows = "".join(
        f"{'x' if i % 50 == 7 else ''}138 0013 {i % 10_000:04},{'2026-05-0' + str(i % 9) if i % 11 == 3 else ''}\n"
        for i in range(3_000)
    )
    (folder / "a.csv").write_text("number,until\n" + rows)
    (folder / "b.txt").write_text("".join(f"+{FIRST + i * 31}\n" for i in range(2_000)) + "nobody\n")
    index.build([Source("b", folder / "b.txt")], folder / "b.cgx", numbers=CHINA, timezone=ZONE)
    names = ("groups.parquet", "large.parquet", "empty.parquet", "parts", "a.arrow", "a.arrows", "a.csv", "b.txt", "b.cgx")
    return [Source("ab"[i % 2], folder / name) for i, name in enumerate(names)]


def build(sources, out, **more):
    return index.build(sources, out, numbers=CHINA, timezone=ZONE, **more)


@pytest.mark.parametrize("memory", [1 << 14, 1 << 26])
def test_the_index_and_its_reports_are_the_same_by_any_number_of_threads(tmp_path, monkeypatch, memory):
    monkeypatch.setattr(sorting, "LEAST", 1 << 12)
    sources = written(tmp_path)
    found = set()
    for threads in (1, 2, 3, 8):
        told = []
        made = build(
            sources, tmp_path / "out.cgx", threads=threads, memory=memory, progress=lambda *what, told=told: told.append(what)
        )
        header, sections = sections_of((tmp_path / "out.cgx").read_bytes())
        del header["made"]
        found.add((str(header), *sections.values()))
        reading = [(done, total) for done, total, what in told if what == "read"]
        assert reading == sorted(reading)
        assert reading[-1][0] == reading[-1][1]
        said = {report.source: report for plane in made.planes for report in plane.reports}

    assert len(found) == 1
    assert said["groups.parquet"].rows == 5_000
    assert said["groups.parquet"].skipped[:3] == (6, 103, 200)
    assert said["groups.parquet"].undated_count > 50
    assert said["a.csv"].skipped[:2] == (9, 59)
    assert said["b.txt"].skipped == (2_001,)
    assert [name for name in said if name.startswith("province")] == [f"province=31/part-000{i}.parquet" for i in range(3)]
    assert said["province=31/part-0001.parquet"].skipped == (6, 103, 200, 297, 394)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_first_error_in_the_order_of_the_sources_is_raised_and_nothing_is_left(tmp_path, threads):
    sources = written(tmp_path)
    whole = (tmp_path / "groups.parquet").read_bytes()
    (tmp_path / "groups.parquet").write_bytes(whole[:1_000] + bytes(8_000) + whole[9_000:])
    (tmp_path / "bad.txt").write_bytes(b"\xff\xff\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    for first, key in ((Source("a", tmp_path / "bad.txt"), "encoding"), (sources[0], "table")):
        with pytest.raises(SourceError) as error:
            build([sources[1], first, *sources], tmp_path / "out.cgx", threads=threads)
        assert (error.value.key, error.value.path) == (key, first.path)
    with pytest.raises(SourceError) as error:
        build([Source("a", tmp_path / "b.txt"), Source("a", tmp_path / "gone")], tmp_path / "out.cgx", threads=threads)
    assert error.value.key == "unreadable"

    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("threads", [1, 3])
def test_a_source_is_shown_before_the_next_is_taken_up(tmp_path, threads):
    sources = written(tmp_path)[:2]

    def check(source, reports):
        raise PolicyError(problems=[])

    (tmp_path / "large.parquet").write_bytes(b"PAR1")
    with pytest.raises(PolicyError):
        build(sources, tmp_path / "out.cgx", threads=threads, check=check)


def test_no_more_is_read_ahead_than_there_are_threads(monkeypatch):
    begun, taken = [], 0

    def part(i):
        def read():
            begun.append(i)
            return (Batch([i], 1, i),)

        return read

    asked = []

    def parts():
        for i in range(50):
            asked.append(i)
            yield None if i % 10 == 9 else part(i) if i % 3 else Batch([i], 1, i)

    for i, found in enumerate(ahead.in_order(parts(), 3)):
        assert (found is None) == (i % 10 == 9)
        assert found is None or [batch.done for batch in found] == [i]
        taken += 1
        assert len(asked) <= taken + 4
    assert taken == 50


def test_threads_are_as_many_as_there_is_memory_for(monkeypatch):
    monkeypatch.undo()
    assert ahead.limits(8, 16 << 20) == (1, 0)
    assert ahead.limits(8, 128 << 20)[0] == 4
    threads, rows = ahead.limits(2, 1 << 30)
    assert threads == 2
    assert (threads + 1) * rows * 32 <= 1 << 28
    assert ahead.limits(1, 1 << 40) == (1, 0)
    assert ahead.limits(0, 1 << 40) == (1, 0)
    assert ahead.processors() >= 1


def test_a_part_that_is_not_taken_any_more_is_not_begun(monkeypatch):
    begun = []

    def parts():
        for i in range(100):
            yield lambda i=i: begun.append(i) or time.sleep(0.01) or ()

    found = ahead.in_order(parts(), 2)
    next(found)
    found.close()
    count = len(begun)
    time.sleep(0.1)

    assert count <= 5
    assert len(begun) == count


STOPPED = """
import sys
from pathlib import Path
from callguard import index
from callguard.index import Source, columns
from callguard.phone import NumberPlan

columns._PART = columns._ROWS = 2_000
def progress(done, total, what):
    print(what, flush=True)
index.build([Source("a", Path(sys.argv[1]))], Path(sys.argv[2]), numbers=NumberPlan("CN"), timezone="Asia/Shanghai", threads=3, progress=progress)
"""


@LINUX
def test_ctrl_c_stops_all_threads_at_once_and_leaves_no_file(tmp_path):
    found = pa.table({"number": [f"0{n}" for n in range(1_000_000)]})  # slow to read: none is in a plain form
    parquet.write_table(found, tmp_path / "a.parquet", row_group_size=2_000)
    child = subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(tmp_path / "a.parquet"), str(tmp_path / "out.cgx")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "read\n"
    child.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, err = child.communicate(timeout=30)

    assert time.monotonic() - start < 10
    assert "KeyboardInterrupt" in err
    assert child.returncode not in (0, None)
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_a_policys_list_is_no_folder(tmp_path):
    from callguard import Guard

    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "a.txt").write_text(f"+{FIRST}\n")
    (tmp_path / "callguard.toml").write_text('version = 1\n[enterprise]\nname = "A"\n[[lists]]\nname = "a"\npath = "lists"\n')
    with pytest.raises(PolicyError):
        Guard.open(tmp_path / "callguard.toml")


def test_an_index_file_in_a_folder_is_checked(tmp_path):
    sources = written(tmp_path)
    (tmp_path / "whole").mkdir()
    data = bytearray((tmp_path / "b.cgx").read_bytes())
    data[sections_of(bytes(data))[0]["sections"]["runs"][0]] ^= 1
    (tmp_path / "whole" / "b.cgx").write_bytes(data)
    with pytest.raises(IndexFileError):
        build([sources[0], Source("b", tmp_path / "whole")], tmp_path / "out.cgx", threads=2)


BOUNDED = """
import sys, threading
from pathlib import Path
from callguard import index
from callguard.index import Source
from callguard.phone import NumberPlan

def private():
    return int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0]) // 1024

path, threads = Path(sys.argv[1]), int(sys.argv[2])
plan, done, most = NumberPlan("CN"), threading.Event(), 0
small = path.with_name("small.txt")
small.write_text("+8613800130000")
import numpy, pyarrow.parquet  # loaded once
index.build([Source("a", small)], None, numbers=plan, timezone="")
before = private()

def watch():
    global most
    while not done.wait(0.005):
        most = max(most, private() - before)

watcher = threading.Thread(target=watch, daemon=True)
watcher.start()
index.build([Source("a", path)], path.with_suffix(".cgx"), numbers=plan, timezone="", memory=96 << 20, threads=threads)
done.set()
watcher.join()
print(most)
"""


@LINUX
@pytest.mark.slow
def test_memory_is_bounded_whatever_the_threads(tmp_path):
    """Six million take 48 MB, and what a thread decodes some tens; forty threads are asked for, and three have room."""
    rng = np.random.default_rng(3)
    with parquet.ParquetWriter(tmp_path / "a.parquet", pa.schema([("number", pa.string())])) as writer:
        for _ in range(12):
            numbers = pa.array(rng.integers(13_800_000_000, 13_899_999_999, 500_000)).cast(pa.string())
            writer.write_table(pa.table({"number": numbers}))
    taken = {}
    for threads in (1, 40):
        code = [sys.executable, "-c", BOUNDED, str(tmp_path / "a.parquet"), str(threads)]
        done = subprocess.run(code, capture_output=True, text=True, check=True)
        taken[threads] = int(done.stdout)

    assert taken[1] < 160
    assert taken[40] < taken[1] + 100


@pytest.mark.parametrize(
    ("said", "may"),
    [(None, 8), ("max 100000", 8), ("200000 100000", 2), ("250000 100000", 3), ("5000 100000", 1), ("x", 8), ("1 0", 8)],
)
def test_processors_are_those_of_the_quota(tmp_path, monkeypatch, said, may):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(ahead, "QUOTA", tmp_path / "cpu.max")
    if said is not None:
        (tmp_path / "cpu.max").write_text(said + "\n")

    assert ahead.processors() == may
