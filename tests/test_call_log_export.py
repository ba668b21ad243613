"""What is handed to an inspector: masked unless asked, the asking on record, and nothing of it changed unseen."""

from __future__ import annotations

import csv
import json
import stat
from datetime import date

import pytest

from call_logs import FIRST, LOGGED, NUMBERS, PLAIN, SECOND, call, calls, log_of, other_writer, sealed
from callguard import StateError
from callguard.call_log import CallLog, check_file, read_manifest
from callguard.call_log.columns import NAMES
from callguard.testing import MemoryStore
from samples import MOBILE, OTHER

parquet = pytest.importorskip("pyarrow.parquet")


def filled():
    found = sealed()
    found.consent(MOBILE, proof="recording of Zhang San")
    call(found, MOBILE, key="order 4711")
    found.refuse(OTHER)
    call(found, OTHER)
    call(found, "hello")
    call(found, MOBILE, caller='=cmd|"/c calc"!A1', outcome=None)
    return found


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_csv_has_a_row_for_each_decision(tmp_path):
    found = filled()
    manifest = found.log.export(tmp_path / "log.csv", why="inspection 12", who="wang")
    rows = read(tmp_path / "log.csv")
    assert list(rows[0]) == list(NAMES)
    assert len(rows) == manifest.rows == 4
    assert [(row["allowed"], row["reason"], row["outcome"]) for row in rows] == [
        ("true", "allowed", "answered"),
        ("false", "refused", ""),
        ("false", "invalid-number", ""),
        ("false", "caller-unknown", ""),
    ]
    first = rows[0]
    assert first["at"] == "2026-11-24T10:00:00+08:00"
    assert first["ended_at"] == "2026-11-24T10:01:00+08:00"
    assert first["duration"] == "12.5"
    assert first["policy"] == found._generation.policy.digest
    assert "; calendar_cn.toml " in first["packs"]
    assert "tzdata 20" in first["data"]
    assert first["zones"] == "Asia/Shanghai"
    assert rows[1]["refusals"] == "enterprise"
    assert rows[3]["provisional"] == "false"


def test_numbers_are_masked_unless_asked(tmp_path):
    found = filled()
    found.log.export(tmp_path / "masked.csv", why="statistics")
    found.log.export(tmp_path / "whole.csv", why="inspection", masked=False)
    masked, whole = (tmp_path / "masked.csv").read_text("utf-8"), (tmp_path / "whole.csv").read_text("utf-8")
    for secret in ("8613800130001", "861085550123", "order 4711", "calc"):
        assert secret not in masked
        assert secret in whole
    assert read(tmp_path / "masked.csv")[0]["callee"] == "+86138******01"
    assert read(tmp_path / "whole.csv")[0]["callee"] == "+8613800130001"
    assert read(tmp_path / "whole.csv")[3]["caller"].startswith("'=cmd")  # no spreadsheet runs it
    assert stat.S_IMODE((tmp_path / "whole.csv").stat().st_mode) == 0o600


def test_the_asking_is_on_record(tmp_path):
    found = filled()
    manifest = found.log.export(tmp_path / "log.csv", why="inspection 12", who="wang", masked=False, number=MOBILE)
    asked, done = found.log.notes()
    assert (asked.kind, asked.who, asked.why) == ("export", "wang", "inspection 12")
    assert asked.facts["masked"] is False
    assert asked.facts["asked"] == {"number": "+86138******01"}
    assert (done.kind, done.facts["sha256"], done.facts["rows"]) == ("exported", manifest.said["sha256"], 2)
    assert done.facts["of"] == [asked.writer, asked.position]
    found.log.export(tmp_path / "other.csv", why="again")
    assert next(found.log.notes("export", since=date(2026, 11, 24))).who == "wang"
    assert [note.who for note in found.log.notes("export")][1]  # the system's user
    with pytest.raises(ValueError, match="`why` is empty"):
        found.log.export(tmp_path / "third.csv", why=" ")
    assert len(tuple(found.log.notes())) == 4


def test_where_the_asking_cannot_be_written_nothing_is_exported(tmp_path):
    found = filled()
    found._generation.store.stop_log()
    with pytest.raises(StateError, match="takes no rows"):
        found.log.export(tmp_path / "log.csv", why="inspection")
    assert not any(tmp_path.iterdir())


def test_an_export_that_fails_leaves_nothing_but_the_asking(tmp_path, monkeypatch):
    found = filled()
    log = CallLog(found._generation.store, SECOND, found._generation.policy, found._clock)
    with pytest.raises(StateError, match="not held"):
        log.export(tmp_path / "log.csv", why="inspection")
    assert not any(tmp_path.iterdir())
    assert [note.kind for note in log.notes()] == ["export"]


def test_an_export_writes_over_nothing(tmp_path):
    found = filled()
    found.log.export(tmp_path / "log.csv", why="inspection")
    before = (tmp_path / "log.csv").read_bytes()
    with pytest.raises(FileExistsError, match="writes over nothing"):
        found.log.export(tmp_path / "log.csv", why="inspection")
    (tmp_path / "log.csv").unlink()
    with pytest.raises(FileExistsError, match="manifest"):
        found.log.export(tmp_path / "log.csv", why="inspection")
    with pytest.raises(ValueError, match="is no name for an export"):
        found.log.export(tmp_path / "log.xlsx", why="inspection")
    assert before


def test_a_parquet_holds_the_same(tmp_path):
    found = filled()
    found.log.export(tmp_path / "log.csv", why="inspection")
    manifest = found.log.export(tmp_path / "log.parquet", why="inspection")
    table = parquet.read_table(tmp_path / "log.parquet")
    rows, texts = table.to_pylist(), read(tmp_path / "log.csv")
    assert table.column_names == list(NAMES)
    assert len(rows) == 4
    assert [row["at"].isoformat() for row in rows] == [row["at"] for row in texts]
    assert [row["reason"] for row in rows] == [row["reason"] for row in texts]
    assert [row["callee"] or "" for row in rows] == [row["callee"] for row in texts]
    assert str(table.schema.field("at").type) == "timestamp[us, tz=Asia/Shanghai]"
    assert str(table.schema.field("duration").type) == "double"
    assert check_file(manifest)


def test_an_export_of_nothing(tmp_path):
    found = sealed()
    for name in ("none.csv", "none.parquet"):
        manifest = found.log.export(tmp_path / name, why="inspection", reason="rest-day")
        assert manifest.rows == 0
        assert manifest.said["first"] is None
    assert read(tmp_path / "none.csv") == []
    assert parquet.read_table(tmp_path / "none.parquet").num_rows == 0


def test_a_manifest_says_what_was_exported_and_that_nothing_was_changed(tmp_path):
    found = filled()
    written = found.log.export(tmp_path / "log.csv", why="inspection", since=date(2026, 11, 1), campaign="notice")
    manifest = read_manifest(written.path, FIRST)
    assert written.path.name == "log.csv.manifest.json"
    assert manifest.said["asked"]["campaign"] == "notice"
    assert manifest.said["columns"] == list(NAMES)
    assert manifest.said["enterprise"] == "Xinghe"
    assert manifest.said["first"] <= manifest.said["last"]
    assert manifest.digest == manifest.register.digest
    assert check_file(manifest)

    said = json.loads(written.path.read_text("utf-8"))
    for key, value in (("rows", 3), ("why", "x"), ("sha256", "0" * 64), ("signature", "00"), ("sha256_of_manifest", "0" * 64)):
        written.path.write_text(json.dumps(said | {key: value}), "utf-8")
        with pytest.raises(StateError, match="not as it was written"):
            read_manifest(written.path, FIRST)
    with pytest.raises(StateError, match="not held"):
        read_manifest(written.path, SECOND) if written.path.write_text(json.dumps(said), "utf-8") else None
    for text in ("", "[]", "{}", json.dumps({"rows": 1})):
        written.path.write_text(text)
        with pytest.raises(StateError, match="no manifest"):
            read_manifest(written.path, FIRST)
    with pytest.raises(StateError, match="cannot be read"):
        read_manifest(tmp_path / "none", FIRST)
    file = tmp_path / "log.csv"
    file.write_bytes(file.read_bytes().replace(b"true", b"TRUE", 1))
    assert not check_file(manifest)
    file.unlink()
    assert not check_file(manifest)


def test_an_export_proves_what_the_log_had_come_to(tmp_path):
    store = MemoryStore()
    found = sealed(store=store)
    calls(found, 3)
    manifest = found.log.export(tmp_path / "log.csv", why="inspection")
    assert found.log.verify(expected=manifest.digest)
    assert found.log.verify(expected=manifest.register)
    calls(found, 2)
    other_writer(store)
    calls(sealed(store=store, at="2026-11-24T19:00:00+08:00"), 2)
    log = log_of(store)
    assert log.verify(expected=manifest.digest)
    assert log.verify(expected=manifest.register)


def test_a_plain_log_is_exported_too(tmp_path):
    found = sealed(PLAIN)
    calls(found, 2)
    manifest = found.log.export(tmp_path / "log.csv", why="inspection")
    assert read_manifest(manifest.path, PLAIN).rows == 2
    assert NUMBERS[0] not in (tmp_path / "log.csv").read_text("utf-8")


def test_outcomes_of_decisions_out_of_reach_stand_for_themselves(tmp_path, monkeypatch):
    found = sealed(at="2026-11-24T23:59:50+08:00")
    call(found, MOBILE)
    manifest = found.log.export(tmp_path / "log.csv", why="inspection", since=date(2026, 11, 25))
    (row,) = read(tmp_path / "log.csv")
    assert (row["reason"], row["outcome"], manifest.rows) == ("", "answered", 1)
    assert row["note"].startswith("of ")


def test_progress_is_told(tmp_path, monkeypatch):
    from callguard.call_log import exporting

    monkeypatch.setattr(exporting, "_BATCH", 2)
    said = []
    found = sealed()
    calls(found, 5)
    found.log.export(tmp_path / "log.parquet", why="inspection", progress=said.append)
    assert said == [2, 4]
    assert parquet.read_table(tmp_path / "log.parquet").num_rows == 5


def test_a_log_without_a_policy_text_is_exported_all_the_same(tmp_path):
    found = sealed(text=LOGGED)
    calls(found, 1)
    found._generation.store._archive.clear()
    log = CallLog(found._generation.store, FIRST, found._generation.policy, found._clock, writes=False)
    log.export(tmp_path / "log.csv", why="inspection")
    (row,) = read(tmp_path / "log.csv")
    assert (row["policy"], row["packs"], row["data"]) == ("", "", "")
    assert row["law"]
