"""Schema versions: from each earlier one with data in it, forwards only, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
import threading
import time

import pytest

from callguard.errors import StateError
from callguard.sealing import Keyring
from callguard.state import migrating, sqlite
from callguard.state.database import Database
from callguard.state.directory import Directory
from callguard.state.records import LogQuery, LogRow, Refusal
from callguard.state.rows import check
from callguard.state.view import View

FIRST = 8_613_800_130_000
AT = 1_795_000_000_000_000
NEWEST = len(migrating.versions("sqlite"))


def connected(folder):
    return contextlib.closing(sqlite3.connect(folder / sqlite.NAME, isolation_level=None))


@pytest.fixture
def make(tmp_path):
    """Open the store of a folder; all are closed at the end."""
    found = []

    def make():
        directory = Directory(tmp_path)
        engine = sqlite.open_sqlite(tmp_path)
        found.append(Database(engine, directory, Keyring.plain(), time.time, 5.0))
        return found[-1]

    yield make
    for store in found:
        store.close()


def build(folder, version):
    """Make a database as a callguard of an earlier version did, with a little of everything that it knew."""
    with connected(folder) as connection:
        connection.execute(f"PRAGMA application_id = {sqlite.APPLICATION}")
        for step in migrating.versions("sqlite")[:version]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
        if version >= 1:
            connection.execute("INSERT INTO scopes VALUES (1, 'enterprise')")
            for seq in (1, 2):
                crc = check(seq, 9, FIRST + seq, AT, AT, None)
                connection.execute("INSERT INTO records VALUES (?, 9, ?, NULL, ?, ?, NULL, ?)", (seq, FIRST + seq, AT, AT, crc))
            connection.execute("INSERT INTO attempts VALUES (1, 1, ?, NULL, 'survey', 'caller', ?, 'lead', NULL)", (FIRST, AT))
        if version >= 2:
            connection.execute("INSERT INTO call_log VALUES ('w', 1, ?, '', NULL, NULL, NULL, NULL, x'01', x'02')", (AT,))
            connection.execute("INSERT INTO writers VALUES ('w', 'host 1', ?, 1, x'02', x'02')", (AT,))
        return connection.execute("SELECT value FROM meta WHERE key = 'database'").fetchall() if version else None


@pytest.mark.parametrize("version", range(1, NEWEST + 1))
def test_what_an_earlier_version_kept_is_there_in_the_newest(make, tmp_path, version):
    name = build(tmp_path, version)
    store, view = make(), View()

    assert store.fill(view) == 2 << 16
    assert view.refused(FIRST + 1) == view.refused(FIRST + 2) == {"enterprise"}
    store.keep_attempts(86_400)
    assert store.campaign_attempts("survey", FIRST) == (AT / 1e6,)
    assert store.transact(lambda transaction: transaction.keyed("lead", 0))[0] == 1
    assert [row.writer for row in store.log_rows(LogQuery())] == ["w"] * (version >= 2)
    assert store.append([Refusal(number=FIRST, scope="course", at=AT / 1e6)]) == 3 << 16

    def make_row(writer, position, previous):
        return LogRow(
            writer=writer,
            position=position,
            at=AT / 1e6,
            key="",
            callee=None,
            caller=None,
            campaign=None,
            reason=None,
            sealed=b"x",
            link=b"y" + previous,
        )

    store.transact(lambda transaction: transaction.log(make_row))
    assert len(list(store.log_rows(LogQuery()))) == 1 + (version >= 2)
    with connected(tmp_path) as connection:
        assert connection.execute("PRAGMA user_version").fetchall() == [(NEWEST,)]
        assert connection.execute("SELECT value FROM meta WHERE key = 'database'").fetchall() == name, "it is the same one"
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_newer_version_is_left_alone(make, tmp_path):
    build(tmp_path, NEWEST)
    with connected(tmp_path) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST + 1}")

    with pytest.raises(StateError, match=rf"version {NEWEST + 1}, which a newer callguard has made.*up to {NEWEST}"):
        make()
    with connected(tmp_path) as connection:
        assert connection.execute("PRAGMA user_version").fetchall() == [(NEWEST + 1,)]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("version", range(1, NEWEST))
def test_a_migration_that_is_cut_off_is_begun_again(make, tmp_path, monkeypatch, version):
    build(tmp_path, version)
    pid = os.fork()
    if pid == 0:
        try:
            monkeypatch.setattr(sqlite.Sqlite, "_note_version", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            sqlite.open_sqlite(tmp_path)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    with connected(tmp_path) as connection:
        assert connection.execute("PRAGMA user_version").fetchall() == [(version,)]
        added = {1: "call_log", 2: "records_besides"}[version]
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (added,)).fetchall() == [(0,)]

    assert make().fill(View()) == 2 << 16


def test_several_migrate_at_once(tmp_path):
    build(tmp_path, 1)
    failed = []

    def work():
        try:
            sqlite.open_sqlite(tmp_path).close()
        except StateError as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failed
    with connected(tmp_path) as connection:
        assert connection.execute("PRAGMA user_version").fetchall() == [(NEWEST,)]


def test_a_file_of_sql_is_read_statement_by_statement():
    text = "-- a comment; with a semicolon\nCREATE TABLE a (\n  b TEXT\n);\n\nINSERT INTO a VALUES (';');\n\n"

    assert migrating.statements(text) == ("CREATE TABLE a (\n  b TEXT\n)", "INSERT INTO a VALUES (';')")


def test_the_views_show_what_is_kept(make, tmp_path):
    store = make()
    store.append([Refusal(number=FIRST, scope="品牌", at=1_795_000_000.25, source="letter", imported=True)])
    with connected(tmp_path) as connection:
        found = connection.execute("SELECT * FROM refusals").fetchall()

    assert found[0][:4] == (1, FIRST, "品牌", 1_795_000_000_250_000)
    assert found[0][5:] == ("letter", 1)


def shape(dialect):
    """Return the tables and views of a dialect with their columns, and the indexes with theirs."""
    text = "\n;\n".join("\n;\n".join(step) for step in migrating.versions(dialect)).replace("callguard.", "")
    tables = {
        name: tuple(re.findall(r"^    (?!PRIMARY)(\w+)", body, re.MULTILINE))
        for name, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)", text, re.DOTALL)
    }
    indexes = sorted(re.findall(r"CREATE (?:UNIQUE )?INDEX (\w+) ON (\w+) (?:USING \w+ )?\(([\w, ]+)\)", text))
    return tables, indexes, sorted(re.findall(r"CREATE VIEW (\w+)", text))


def test_both_dialects_have_the_same_tables_columns_and_views():
    assert shape("sqlite") == shape("postgres")
    assert set(shape("sqlite")[0]) == {
        "meta", "scopes", "records", "attempts", "call_log", "writers", "anchors", "archive"
    }  # fmt: skip
