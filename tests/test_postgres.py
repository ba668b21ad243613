"""PostgreSQL as an engine: order, schema, rows, silence about values; over a real server."""

import sys
import threading
from contextlib import closing, suppress
from importlib import resources

import psycopg
import pytest

import postgres_server
from callguard.errors import StateError
from callguard.state import postgres as engines
from callguard.state.migrating import statements
from callguard.state.postgres import open_postgres
from callguard.state.postgres_sql import translated
from postgres_server import LAST, NUMBER, PASSWORD, RECORD, append, count, insert

postgres, database = postgres_server.postgres, postgres_server.database


@pytest.fixture
def engine(database):
    with closing(open_postgres(database)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("SELECT a FROM records WHERE b = ? AND c IN (?, ?)", "SELECT a FROM callguard.records WHERE b = %s AND c IN (%s, %s)"),
        ("INSERT INTO meta (key) VALUES (?)", "INSERT INTO callguard.meta (key) VALUES (%s)"),
        ("DELETE FROM call_log WHERE what % 8 = 3 -- 5 % or ?", "DELETE FROM callguard.call_log WHERE what %% 8 = 3 -- 5 %% or ?"),
        ("SELECT 'is it 5 %?', \"a?\", '''?' FROM writers", "SELECT 'is it 5 %%?', \"a?\", '''?' FROM callguard.writers"),
        ("INSERT INTO writers (w) VALUES (?) ON CONFLICT (w) DO UPDATE SET w = ?", "INSERT INTO callguard.writers (w) VALUES (%s) ON CONFLICT (w) DO UPDATE SET w = %s"),
        ("SELECT records_seen FROM recordset, pg_class", "SELECT records_seen FROM recordset, pg_class"),
        ("update attempts set at = 1 from\n scopes", "update callguard.attempts set at = 1 from\n callguard.scopes"),
    ],
)  # fmt: skip
def test_statements_are_written_once_for_both_databases(written, said):
    assert translated(written) == said


def test_without_the_driver_the_extra_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "callguard.state.postgres_session", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(StateError, match=r"callguard-outbound\[postgres\]"):
        open_postgres("postgresql://localhost/calls")


def test_an_address_that_is_none_is_not_repeated():
    with pytest.raises(StateError) as caught:
        open_postgres(f"postgresql://me:{PASSWORD}@host:port port/x?wrong=1")

    assert PASSWORD not in str(caught.value)
    assert "postgresql://user:password@host:port/database" in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("what", ["password", "server", "database", "host"])
def test_what_cannot_be_reached_is_named_without_the_password(postgres, what):
    url = postgres.url("postgres", host="127.0.0.1", password=PASSWORD)
    wrong, said = {
        "password": (url.replace(PASSWORD, "wr0ng-Secret"), "authentication failed"),
        "server": (url.replace(f":{postgres.port}/", ":1/"), "refused"),
        "database": (url.replace("/postgres", "/nothing"), "does not exist"),
        "host": (url.replace("127.0.0.1", "no-such-host.invalid"), "no-such-host.invalid"),
    }[what]

    with pytest.raises(StateError, match=said) as caught:
        open_postgres(wrong)

    assert PASSWORD not in str(caught.value)
    assert "wr0ng-Secret" not in str(caught.value)
    assert "cannot be reached" in str(caught.value)
    assert caught.value.__context__ is None


def test_the_schema_is_made_once_by_however_many_open_at_once(database):
    opened, wrong = [], []

    def work():
        try:
            opened.append(open_postgres(database))
        except StateError as error:
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {engine.read("SELECT value FROM meta WHERE key = 'database'")[0][0] for engine in opened}
    for engine in opened:
        engine.close()

    assert not wrong
    assert len(opened) == 6
    assert len(names) == 1
    assert all(len(name) == 32 and int(name, 16) for name in names)


def test_an_older_schema_is_brought_up_to_date_and_keeps_what_it_holds(database):
    files = resources.files("callguard.state") / "migrations" / "postgres"
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in statements((files / "0001.sql").read_text()):
            connection.execute(statement)
        connection.execute("INSERT INTO callguard.meta VALUES ('version', '1')")
        connection.execute("INSERT INTO callguard.records VALUES (1, 9, 8613800138000, NULL, 1, 1, NULL, 7)")

    with closing(open_postgres(database)) as engine:
        assert engine.read("SELECT value FROM meta WHERE key = 'version'") == [(str(len(engines.versions("postgres"))),)]
        assert engine.read("SELECT crc FROM records") == [(7,)]
        assert engine.read("SELECT count(*) FROM call_log") == [(0,)]


def test_a_newer_schema_is_refused(database):
    open_postgres(database).close()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE callguard.meta SET value = '99' WHERE key = 'version'")

    with pytest.raises(StateError, match="newer"):
        open_postgres(database)


def test_somebody_elses_schema_is_left_alone(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA callguard")
        connection.execute("CREATE TABLE callguard.meta (key text, value text)")

    with pytest.raises(StateError, match="not this library's"):
        open_postgres(database)


def test_a_role_that_may_not_make_the_schema_is_told(postgres, database):
    postgres.say("DO $$ BEGIN CREATE ROLE visitor LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")

    with pytest.raises(StateError, match="permission denied"):
        open_postgres(database.replace("dialer@", "visitor@"))


def test_a_database_of_another_encoding_is_refused(postgres):
    postgres.say("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    try:
        with pytest.raises(StateError, match="UTF8"):
            open_postgres(postgres.url("ascii"))
    finally:
        postgres.drop("ascii")


def test_rows_come_back_as_they_went_in_one_by_one_and_many_at_once(engine):
    rows = [
        (i, 9, (None, NUMBER)[i % 2], (None, b"\\\x00\n\xff")[i // 2 % 2], -i, 2**62, (None, 'a\\n\t"中文"')[i // 4 % 2], 2**32 - 1)
        for i in range(1, 201)
    ]
    with engine.transaction():
        engine.executemany(RECORD, rows[:8])
        engine.executemany(RECORD, iter(rows[8:]))  # copied

    assert engine.read("SELECT * FROM records ORDER BY seq") == rows
    assert [row for part in engine.stream("SELECT * FROM records WHERE seq > ? ORDER BY seq", (0,)) for row in part] == rows
    assert engine.read("SELECT sum(stored) FROM records WHERE seq < 3") == [(2**63,)]
    assert list(engine.stream("SELECT * FROM records WHERE seq < 0")) == []


def test_a_stream_without_parts_yields_the_same(engine, monkeypatch):
    with engine.transaction():
        engine.executemany(RECORD, [(i, 9, i, None, 1, 1, None, 0) for i in range(1, 7_001)])
    monkeypatch.setattr(psycopg.capabilities, "has_stream_chunked", lambda: False)

    parts = list(engine.stream("SELECT seq FROM records ORDER BY seq"))

    assert [row[0] for part in parts for row in part] == list(range(1, 7_001))


def test_a_stream_shows_one_state_of_the_database_and_may_be_left(engine):
    with engine.transaction():
        engine.executemany(RECORD, [(i, 9, i, None, 1, 1, None, 0) for i in range(1, 12_001)])
    stream = engine.stream("SELECT seq FROM records ORDER BY seq")
    first = next(stream)
    append(engine)
    rest = [row for part in stream for row in part]
    left = engine.stream("SELECT seq FROM records ORDER BY seq")
    next(left)
    left.close()

    assert len(first) + len(rest) == 12_000
    assert count(engine) == 12_001
    assert len(engine._sessions) == 2  # the writer's and the reader's


def test_what_was_written_is_in_sight_of_the_next_question(engine):
    """Statements that return nothing are sent with the next that does."""
    row = (9, NUMBER, None, 1, 1, None, 0)
    with engine.transaction():
        assert engine.execute(RECORD, (1, *row)) == []
        engine.executemany(RECORD, [(2, *row), (3, *row)])
        engine.execute("DELETE FROM records WHERE seq = ?", (2,))
        assert engine.execute("INSERT INTO scopes (id, name) VALUES (?, ?) RETURNING id", (1, "returning")) == [(1,)]
        assert engine.execute(LAST) == [(3,)]
        engine.executemany(RECORD, [(n, *row) for n in range(4, 104)])
        engine.execute("UPDATE records SET what = 10 WHERE seq > ?", (100,))
        assert count(engine) == 0

    assert engine.read("SELECT what, count(*) FROM records GROUP BY what ORDER BY what") == [(9, 99), (10, 3)]


def test_a_write_that_fails_is_told_by_the_next_question_or_the_commit(engine):
    append(engine)
    for then in (lambda: engine.execute(LAST), None):
        with pytest.raises(StateError, match="another program writes"):
            insert(engine, seq=1, then=then)
    assert append(engine) == 2


def test_what_raises_keeps_nothing(engine):
    with pytest.raises(ZeroDivisionError):
        insert(engine, seq=1, then=lambda: 1 / 0)

    assert count(engine) == 0
    assert append(engine) == 1


def test_a_statement_that_failed_spoils_its_transaction_even_when_nobody_minds(engine):
    def fail():
        with suppress(StateError):
            engine.execute("SELECT nonsense")

    with pytest.raises(StateError, match="nothing"):
        insert(engine, seq=1, then=fail)

    assert count(engine) == 0
    assert append(engine) == 1


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (RECORD, (1, 9, NUMBER, None, 1, 1, f"{NUMBER}", 0)),
        (RECORD, (2, 9, f"x{NUMBER}", None, 1, 1, None, 0)),
        (RECORD, (2, 9, NUMBER * 10**9, None, 1, 1, None, 0)),
        (RECORD, (2, 9, NUMBER, None, None, 1, f"{NUMBER}", 0)),
        (RECORD, (2, 9, NUMBER, None, 1, 1, f"\x00{NUMBER}", 0)),
        (RECORD, (2, 9, NUMBER, None, 1, 1, f"\ud800{NUMBER}", 0)),
        (f"SELECT '{NUMBER}x'::bigint", ()),
        (f"SELECT x{NUMBER}", ()),
    ],
)
def test_an_error_tells_no_number(engine, sql, values):
    append(engine)

    with pytest.raises((StateError, ValueError)) as caught, engine.transaction():
        engine.execute(sql, values)

    assert str(NUMBER) not in str(caught.value) or f"x{NUMBER}" in sql
    assert "127.0.0.1" in str(caught.value) or "host=/tmp" in str(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert append(engine) == 2


def test_numbers_are_given_in_the_order_of_commits(engine, database):
    """A lower-numbered transaction is held open while others want to commit."""
    seqs, threads = [], []
    with closing(open_postgres(database)) as other:
        engine.read(LAST), other.read(LAST)
        with engine.transaction():
            engine.execute(RECORD, (1, 9, NUMBER, None, 1, 1, None, 0))
            threads = [threading.Thread(target=lambda: seqs.append(append(other)))]
            threads[0].start()
            threads[0].join(0.3)
            waited = threads[0].is_alive()
            seen = other.read(LAST)[0][0]
        threads[0].join()

    assert waited, "the other one waits, and takes no number"
    assert seen == 0
    assert seqs == [2]
    assert [row[0] for row in engine.read("SELECT seq FROM records ORDER BY seq")] == [1, 2]


def test_a_database_that_begins_otherwise_is_no_obstacle(postgres, database):
    """Its own settings would let a transaction see less than was committed before its lock, or commit before the disk has it."""
    name = database.partition("@/")[2].partition("?")[0]
    for setting in (
        "default_transaction_isolation = 'repeatable read'",
        "default_transaction_read_only = on",
        "synchronous_commit = off",
    ):
        postgres.say(f"ALTER DATABASE {name} SET {setting}")
    with closing(open_postgres(database)) as one, closing(open_postgres(database)) as two:
        for _ in range(3):
            append(one), append(two)
        with one.transaction():
            commits = one.execute("SELECT current_setting('synchronous_commit')")

        assert count(one) == 6
        assert commits == [("on",)]
