"""Spark's frames on two executors: the answers of every other engine, row by row; the same rows, whatever becomes of tasks."""

from __future__ import annotations

import datetime as dt
import decimal
import os
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

import spark_world
from callguard import Guard, Policy
from callguard.batch import scrub_batches, shipment
from callguard.batch.files import TableError
from callguard.batch.spark import scrub
from callguard.errors import PolicyError, StateError
from callguard.rules import Pass, rule
from callguard.testing import MemoryStore
from command_line import caller, quiet
from samples import CALLER, MOBILE, OTHER, POLICY, guard
from spark_real import MISSING, session

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
    # sockets that PySpark leaves to the garbage collector
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
ADDED = ["callguard_reason", "callguard_message", "callguard_retry_at"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="module")
def spark(folder):
    with session(folder) as found:
        yield found


@pytest.fixture(scope="module")
def world(folder):
    """A policy with sealed state, a rule of its own, and leads; the key is here, as it is on the executors."""
    before = os.environ.get(spark_world.KEY_ENV)
    os.environ[spark_world.KEY_ENV] = spark_world.KEY
    at = spark_world.AT
    policy = spark_world.write(folder, sealed=True, rule="spark_rules:kept_quiet")
    spark_world.live(policy, at)
    table = spark_world.table(at)
    parquet.write_table(table, folder / "leads.parquet", row_group_size=300)
    with Guard.open(policy) as found:
        expected = rows_of(scrub_batches(table, found, **spark_world.TOLD).read_all().to_pylist())
    yield policy, at, table, expected
    if before is None:
        del os.environ[spark_world.KEY_ENV]


def rows_of(rows):
    """Return what each row was told, by its id; instants in UTC."""
    found = {}
    for row in rows:
        told = row if isinstance(row, dict) else row.asDict()
        retry = told[ADDED[2]]
        retry = retry if retry is None or retry.tzinfo else retry.astimezone(dt.UTC)
        assert told["id"] not in found, "a row came twice"
        found[told["id"]] = (told[ADDED[0]], told[ADDED[1]] or None, retry)
    return found


def frame(spark, phones):
    return spark.createDataFrame([(phone, i) for i, phone in enumerate(phones)], "phone string, id long")


def test_every_engine_says_the_same_of_every_row(spark, world, folder, capsys, monkeypatch):
    policy, _at, table, expected = world
    quiet(monkeypatch)
    flags = [part for name, column in spark_world.TOLD.items() for part in (f"--{name.replace('_', '-')}", column)]
    status, _, _ = caller(capsys)(
        "scrub", str(folder / "leads.parquet"), "--policy", str(policy), *flags, "--out", str(folder / "out.parquet")
    )
    assert status == 0
    of_cli = rows_of(parquet.read_table(folder / "out.parquet").to_pylist())
    with Guard.open(policy) as found:
        of_polars = rows_of(pl.DataFrame(scrub_batches(pl.from_arrow(table), found, **spark_world.TOLD)).to_dicts())
        with duckdb.connect() as here, duckdb.connect() as there:
            reader = scrub_batches(here.from_arrow(table).order("id"), found, **spark_world.TOLD)
            of_duckdb = rows_of(there.from_arrow(reader).to_arrow_table().to_pylist())
        leads = spark.read.parquet(str(folder / "leads.parquet")).repartition(7)
        of_spark = rows_of(scrub(leads, found, **spark_world.TOLD).collect())
    of_file = rows_of(scrub(leads, policy, **spark_world.TOLD).collect())

    assert of_cli == of_polars == of_duckdb == of_spark == of_file == expected
    assert len(expected) == table.num_rows
    reasons = {row[0] for row in expected.values()}
    assert reasons >= {"allowed", "refused", "listed", "no-consent", "attempt-limit", "caller-suspended", "undecided", "custom"}
    assert spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() == 3  # and the driver


def test_a_worker_that_is_killed_changes_nothing(spark, world, folder):
    policy, _, _, expected = world
    leads = spark.read.parquet(str(folder / "leads.parquet")).repartition(4)
    screened = scrub(leads, policy, **spark_world.TOLD)
    (folder / "die").write_text("")

    assert rows_of(screened.collect()) == expected
    assert not (folder / "die").exists(), "no worker was killed"
    assert rows_of(screened.collect()) == expected


def test_skew_and_empty_partitions_and_frames(spark, world, folder):
    policy, _, _, expected = world
    leads = spark.read.parquet(str(folder / "leads.parquet"))
    skewed = leads.repartition(6, (leads.id >= 3).cast("int"))
    sizes = skewed.rdd.glom().map(len).collect()
    assert max(sizes) > 1_900
    assert sizes.count(0) >= 4

    assert rows_of(scrub(skewed, policy, **spark_world.TOLD).collect()) == expected
    nothing = scrub(leads.where("id < 0"), policy, **spark_world.TOLD)
    assert nothing.collect() == []
    assert nothing.columns == [*leads.columns, *ADDED]


def test_files_are_mapped_and_what_was_sealed_has_no_name(spark, world, folder, tmp_path):
    policy, *_ = world
    leads = spark.read.parquet(str(folder / "leads.parquet")).repartition(4)
    plain = spark_world.write(tmp_path)
    spark_world.live(plain, spark_world.AT)

    def probe(batches):
        from callguard.batch.spark import _held

        for _ in batches:
            maps = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "callguard-" in line}
            yield pa.record_batch({"pid": [os.getpid()], "held": [len(_held)], "maps": [",".join(sorted(maps))]})

    def probed(which):
        scrub(leads, which, **spark_world.TOLD).collect()
        rows = spark.range(0, 40, 1, 8).mapInArrow(probe, "pid long, held long, maps string").collect()
        return {row.pid: row.maps for row in rows if row.held}

    before, after = probed(policy), probed(plain)
    assert not any("/dev/shm" in maps for maps in (*before.values(), *after.values()))
    mapped = [maps for maps in after.values() if all(name in maps for name in (".cgx", ".refusals", ".rest"))]
    assert len(mapped) >= 2
    assert len(set(mapped)) == 2, "each executor has one copy of the files, which its workers map"


def test_rows_keep_whatever_they_hold(spark):
    schema = (
        "`a.b` string, n decimal(20,4), t timestamp, ntz timestamp_ntz, d date, bin binary, arr array<struct<x:int,y:string>>,"
        " m map<string,array<timestamp>>, s struct<`in.ner`:decimal(5,2),t:timestamp>, phone string, f double, b boolean,"
        " iv interval day to second, e array<string>"
    )
    when = dt.datetime(2026, 11, 1, 1, 30)  # twice, where the clocks are set back
    row = (
        *("x", decimal.Decimal("12345678901234.5678"), when, when, dt.date(1900, 1, 1), b"\0\xff", [(1, "y"), (None, None)]),
        *({"k": [when, None]}, (decimal.Decimal("1.25"), when), MOBILE, float("inf"), True, timedelta(days=1, microseconds=5), []),
    )
    df = spark.createDataFrame([row, (None,) * 14], schema)
    df = df.withMetadata("b", {"comment": "kept"})
    screened = scrub(df, guard(), campaign="course", caller=CALLER)

    assert screened.drop(*ADDED).schema == df.schema
    assert screened.drop(*ADDED).collect() == df.collect()
    assert [found[ADDED[0]] for found in screened.collect()] == ["allowed", "invalid-number"]
    assert screened.schema["b"].metadata == {"comment": "kept"}
    twice = df.select("phone", "b", df.b.alias("B"), "phone")
    assert scrub(twice, guard(), campaign="course", caller=CALLER, column="1").drop(*ADDED).columns == ["phone", "b", "B", "phone"]
    again = scrub(screened, guard(), campaign="notice", caller=CALLER)
    assert again.columns == screened.columns
    assert [found[ADDED[0]] for found in again.collect()] == ["allowed", "invalid-number"]


@pytest.mark.parametrize("kind", ["int", "bigint", "double", "void"])
def test_numbers_of_every_kind(spark, kind):
    column = "null" if kind == "void" else f"cast(phone as {kind})"
    df = spark.createDataFrame([("110",), (None,), ("8613800130001",)][: 2 if kind == "int" else 3], "phone string").coalesce(1)
    df = df.selectExpr(f"{column} as phone")
    there = [row[ADDED[0]] for row in scrub(df, guard(), campaign="course", caller=CALLER).collect()]
    here = scrub_batches(df.toArrow(), guard(), campaign="course", caller=CALLER).read_all()

    assert there == here[ADDED[0]].to_pylist()


def test_what_is_known_and_the_instant_are_those_of_the_plan(spark):
    found = guard(at="2026-11-24T20:59:30+08:00")
    found.refuse(OTHER)
    df = frame(spark, [MOBILE, OTHER, "13800130003"])
    screened = scrub(df, found, campaign="course", caller=CALLER)
    found.refuse("13800130003")
    found._clock.advance(3_600)
    later = scrub(df, found, campaign="course", caller=CALLER)
    named = scrub(df, found, campaign="course", caller=CALLER, at=dt.datetime.fromisoformat("2026-11-24T10:00:00+08:00"))

    for _ in range(2):
        assert [row[ADDED[0]] for row in screened.collect()] == ["allowed", "refused", "allowed"]
    assert [row[ADDED[0]] for row in later.collect()] == ["calling-window", "refused", "refused"]
    assert [row[ADDED[0]] for row in named.collect()] == ["allowed", "refused", "refused"]
    chinese = scrub(df, found, campaign="course", caller=CALLER, lang="zh").collect()
    assert [row[ADDED[1]] for row in chinese] == [
        found.may_dial(n, campaign="course", caller=CALLER).message_in("zh") for n in (MOBILE, OTHER, "13800130003")
    ]


def test_nothing_is_counted(spark):
    found = guard()
    for _ in range(3):
        assert scrub(frame(spark, [MOBILE]), found, campaign="survey", caller=CALLER).collect()[0][ADDED[0]] == "allowed"
    assert found._state.store.campaign_attempts("survey", 8613800130001) == ()


@pytest.mark.parametrize(
    ("columns", "said", "error", "text"),
    [
        ("phone string", {"column": "mobile"}, TableError, "there is no column `mobile`; accepted: phone"),
        ("a string, b string", {}, TableError, "no column reads as phone numbers"),
        ("phone array<string>", {}, TableError, "`phone` is array<string>"),
        ("phone binary", {}, TableError, "`phone` is binary"),
        ("phone string, c int", {"campaign": None, "campaign_column": "c"}, TableError, "`c` is int"),
        ("phone string, d date", {"at_column": "d"}, TableError, "`d` is date"),
        ("phone string", {"campaign": None}, TableError, "no column tells the campaign"),
        ("phone string", {"caller": None}, TableError, "no column tells the caller"),
        ("phone string", {"campaign": "curse"}, PolicyError, "course"),
        ("phone string", {"lang": "fr"}, ValueError, "accepted: `en` or `zh`"),
        ("phone string", {"at": 1e9, "at_column": "phone"}, ValueError, "`at` and `at_column`"),
    ],
)
def test_what_cannot_be_screened_is_said_before_any_job(spark, columns, said, error, text):
    context = spark.sparkContext
    context.setJobGroup("plan", "nothing may run")
    told = {"campaign": "course", "caller": CALLER} | said
    with pytest.raises(error, match=text):
        scrub(spark.createDataFrame([], columns), guard(), **{name: value for name, value in told.items() if value is not None})

    assert context.statusTracker().getJobIdsForGroup("plan") == []
    context.setLocalProperty("spark.jobGroup.id", None)


def test_what_is_no_frame_and_what_is_no_guard(spark):
    df = frame(spark, [MOBILE])
    with pytest.raises(TypeError, match="the table is a list"):
        scrub([MOBILE], guard())
    with pytest.raises(TypeError, match=r"the table is a stream.*foreachBatch"):
        scrub(spark.readStream.format("rate").load(), guard())
    with pytest.raises(TypeError, match="the guard is a Policy; accepted: a Guard, or the path of a policy file"):
        scrub(df, Policy.from_toml(POLICY))

    @rule("mine")
    def mine(call):
        return Pass(until=call.at)

    with pytest.raises(PolicyError, match="found `mine`; accepted: `rules` of the policy"):
        scrub(df, guard(rules=[mine]), campaign="course", caller=CALLER)
    store = MemoryStore()
    stale = guard(store=store)
    store.go_stale(0)
    with pytest.raises(StateError, match="state-stale"):
        scrub(df, stale, campaign="course", caller=CALLER)


def test_executors_that_would_decide_otherwise_say_so(spark, world, folder, monkeypatch):
    policy, *_ = world
    df = frame(spark, [MOBILE])
    plain = scrub(df, policy, campaign="course", caller=CALLER, key_env="NOT_THERE")
    with pytest.raises(Exception, match=r"`call_log\.key_env`: found `NOT_THERE`, which is not set"):
        plain.collect()
    told = shipment._versions
    monkeypatch.setattr(shipment, "_versions", lambda policy: told(policy) | {"tzdata": "1999.1"})
    with pytest.raises(Exception, match=r"tzdata is \S+ here and 1999.1 there; install the same on both") as error:
        scrub(df, guard(), campaign="course", caller=CALLER).collect()
    assert "CallguardError" in str(error.value)


def test_the_key_is_in_none_of_sparks_files(spark, world, folder):
    found = [
        path
        for path in folder.rglob("*")
        if path.is_file() and (spark_world.KEY.encode() in path.read_bytes() or b"hush-hush" in path.read_bytes())
    ]

    assert [path.name for path in found] == ["callguard.toml"]
