"""PostgreSQL as an engine when things go wrong: servers that stop, stand still or come back, locks that are held, forks."""

import os
import select
import signal
import threading
import time
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest

import postgres_server
from callguard.errors import StateError
from callguard.state import postgres as engines
from callguard.state import postgres_session
from callguard.state.postgres import LOCK, open_postgres
from postgres_server import NUMBER, RECORD, Server, append, count, insert

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]
postgres, database = postgres_server.postgres, postgres_server.database


@pytest.fixture
def engine(database):
    with closing(open_postgres(database)) as opened:
        yield opened


@contextmanager
def own_server(**how):
    with Server(**how) as server:
        yield server, server.url(server.create())


def begin_with(monkeypatch, **milliseconds):
    text = engines._BEGIN
    for name, value in milliseconds.items():
        before, _, after = text.partition(f"{name} = ")
        text = f"{before}{name} = {value};{after.partition(';')[2]}"
    monkeypatch.setattr(engines, "_BEGIN", text)


def test_who_waits_for_the_lock_does_not_wait_for_ever(engine, database, monkeypatch):
    append(engine)
    begin_with(monkeypatch, lock_timeout=200)
    with psycopg.connect(database) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        began = time.monotonic()
        with pytest.raises(StateError, match="lock for too long"):
            append(engine)
        took = time.monotonic() - began
        holder.rollback()

    assert took < 2
    assert append(engine) == 2


def test_who_holds_the_lock_and_is_not_heard_of_loses_it(engine, database, monkeypatch):
    begin_with(monkeypatch, idle_in_transaction_session_timeout=200)
    seqs = []
    with closing(open_postgres(database)) as other:
        with pytest.raises(StateError, match=r"idle for too long|was lost"):
            insert(engine, seq=1, then=lambda: seqs.append(append(other)))
        seqs.append(append(engine))

    assert seqs == [1, 2]


@pytest.fixture(scope="module")
def brittle():
    """Yield a server that tests may stop and freeze."""
    with Server() as server:
        yield server


@pytest.fixture
def mine(brittle):
    with closing(open_postgres(brittle.url(brittle.create(), host="127.0.0.1"))) as opened:
        yield opened


def test_a_server_that_came_back_is_used_at_once(brittle, mine):
    append(mine)
    mine.wait(0.01)
    brittle.stop()
    with pytest.raises(StateError) as written:
        append(mine)
    with pytest.raises(StateError) as read:
        count(mine)
    brittle.start()
    kept = append(mine)
    time.sleep(0.25)

    assert "refused" in str(written.value)
    assert "refused" in str(read.value)
    assert kept == 2
    assert count(mine) == 2
    assert mine.wait(0.01) or mine.wait(0.01), "it listens again, and what was missed meanwhile may be there"


def test_a_server_that_crashed_between_two_questions_is_not_noticed_at_all(brittle, mine):
    append(mine)
    count(mine)
    brittle.stop(signal.SIGQUIT)
    brittle.start()

    assert append(mine) == 2
    assert count(mine) == 2


def test_what_asks_all_the_time_is_answered_at_once_while_the_server_is_away(brittle, mine, monkeypatch):
    monkeypatch.setattr(engines, "_AGAIN_S", 60)
    tried = []
    connect = mine.place.connect
    monkeypatch.setattr(mine.place, "connect", lambda **how: tried.append(1) or connect(**how))
    brittle.stop()
    try:
        for _ in range(20):
            with pytest.raises(StateError):
                count(mine)
        assert len(tried) == 1
    finally:
        brittle.start()


def test_a_server_that_stands_still_holds_nobody(brittle, mine, monkeypatch):
    append(mine)
    monkeypatch.setattr(postgres_session.Session, "patience", 0.7)
    for session in mine._sessions:
        session.patience = 0.7
    brittle.freeze()
    try:
        began = time.monotonic()
        with pytest.raises(StateError, match="not answered"):
            count(mine)
        with pytest.raises(StateError, match="not answered"):
            append(mine)
        took = time.monotonic() - began
    finally:
        brittle.freeze(on=False)

    assert 1.4 <= took < 4
    assert append(mine) == 2
    assert count(mine) == 2


def test_a_server_that_stands_still_within_a_transaction_holds_nobody(brittle, mine):
    append(mine)
    mine._writer.patience = 0.7
    began = time.monotonic()
    try:
        with pytest.raises(StateError, match="not answered"):
            insert(mine, seq=2, then=brittle.freeze)
        took = time.monotonic() - began
    finally:
        brittle.freeze(on=False)

    assert took < 3
    assert append(mine) in {2, 3}, "what was not acknowledged may have been kept all the same"


def test_closing_waits_for_nobody_who_waits_for_the_server(brittle, postgres):
    engine = open_postgres(brittle.url(brittle.create(), host="127.0.0.1"))
    append(engine)
    engine.wait(0.01)
    raised = []

    def reading():
        try:
            count(engine)
        except StateError as error:
            raised.append(error)

    brittle.freeze()
    try:
        thread = threading.Thread(target=reading)
        thread.start()
        time.sleep(0.1)
        began = time.monotonic()
        engine.close()
        took = time.monotonic() - began
        thread.join()
    finally:
        brittle.freeze(on=False)

    assert took < 2
    assert len(raised) == 1


def test_a_commit_whose_answer_is_lost_is_not_acknowledged(brittle, mine):
    append(mine)
    with pytest.raises(StateError):
        insert(mine, seq=2, then=lambda: brittle.stop(signal.SIGQUIT))
    with pytest.raises(StateError), mine.transaction():
        pytest.fail("there is no server")
    brittle.start()

    assert count(mine) == 1


def test_a_standby_is_refused():
    with own_server() as (server, url):
        open_postgres(url).close()
        server.stop()
        (server.folder / "data" / "standby.signal").touch()
        server.start()

        with pytest.raises(StateError, match="standby"):
            open_postgres(url)


def test_a_nudge_is_heard_by_others_once_committed(engine, database):
    with closing(open_postgres(database)) as other:
        assert other.wait(5), "of what was before nobody has told"
        while other.wait(0.05):
            pass
        with engine.transaction():
            engine.nudge()
            assert not other.wait(0.05)
        began = time.monotonic()
        assert other.wait(5)
        assert time.monotonic() - began < 1
        append(engine)  # no nudge
        assert not other.wait(0.1)
        append(other, nudge=True)
        assert not other.wait(0.1), "one's own"


def test_waiting_without_a_server_only_waits(postgres):
    server = Server()
    with closing(open_postgres(server.url())) as engine:
        engine.wait(0.01)
        server.close()
        times = []
        for _ in range(4):
            began = time.monotonic()
            assert not engine.wait(0.1)
            times.append(time.monotonic() - began)

    assert all(0.09 < took < 1 for took in times)


def test_closing_ends_a_wait_and_later_calls(database):
    engine = open_postgres(database)
    engine.wait(0.01)
    thread = threading.Thread(target=engine.wait, args=(30,))
    thread.start()
    time.sleep(0.05)
    began = time.monotonic()
    engine.close()
    thread.join()
    engine.close()

    assert time.monotonic() - began < 1
    assert not engine.wait(0.01)
    with pytest.raises(StateError, match="closed"):
        engine.read("SELECT 1")
    with pytest.raises(StateError, match="closed"), engine.transaction():
        pass


def test_a_pooler_between_is_found_and_not_listened_to(engine, database, monkeypatch):
    """A pooler answers with a number of its own where PostgreSQL gives that of its process."""
    monkeypatch.setattr(psycopg.ConnectionInfo, "backend_pid", property(lambda _: 1))
    with closing(open_postgres(database)) as pooled:
        assert not pooled.wait(0.05)
        append(engine, nudge=True)
        assert not pooled.wait(0.05)
        assert append(pooled) == 2
        assert {session.prepare_threshold for session in pooled._sessions} == {None}


def forked(child):
    """Run something in a forked child, and return what it returned, as text."""
    ours, its = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            said = str(child())
        except BaseException as error:  # noqa: BLE001 - told to the parent
            said = repr(error)
        os.write(its, said.encode())
        os._exit(0)
    os.close(its)
    with os.fdopen(ours, "rb") as stream:
        said = stream.read().decode()
    os.waitpid(pid, 0)
    return said


def test_a_child_opens_sessions_of_its_own_and_leaves_the_parents_alone(engine):
    append(engine)
    engine.wait(0.01)
    backend = engine.read("SELECT pg_backend_pid()")
    stream = engine.stream("SELECT 1 FROM generate_series(1, 100000)")
    next(stream)

    def child():
        engine.abandon()
        mine = engine.read("SELECT pg_backend_pid()") != backend
        kept = append(engine)
        engine.close()
        return mine, kept

    assert forked(child) == "(True, 2)"
    assert engine.read("SELECT pg_backend_pid()") == backend
    assert sum(map(len, stream)) < 100_000
    assert append(engine) == 3


def test_a_child_of_a_closed_engine_closes_nothing_of_others(database):
    engine = open_postgres(database)
    numbers = engine._bell
    engine.close()
    ours = os.pipe()

    def child():
        engine.abandon()
        return all(os.fstat(number) for number in ours)

    assert set(ours) & set(numbers), "the numbers are in use again"
    assert forked(child) == "True"
    for number in ours:
        os.close(number)


def test_a_child_goes_on_without_its_parents_transaction(engine):
    with engine.transaction():
        engine.execute(RECORD, (1, 9, NUMBER, None, 1, 1, None, 0))

        def child():
            engine.abandon()
            return count(engine)

        assert forked(child) == "0"
    assert count(engine) == 1


def test_a_parent_that_died_within_a_transaction_frees_the_lock_though_its_child_lives(engine, database):
    """The child has the same sockets open; the server must see them closed all the same."""
    ours, its = os.pipe()
    middle = os.fork()
    if not middle:
        with suppress(BaseException), closing(open_postgres(database)) as parent, parent.transaction():
            parent.execute(RECORD, (1, 9, NUMBER, None, 1, 1, None, 0))
            if not os.fork():
                parent.abandon()
                os.write(its, b"1")
                time.sleep(3)
                os._exit(0)
            time.sleep(30)
        os._exit(0)
    assert select.select([ours], [], [], 10)[0]
    os.kill(middle, signal.SIGKILL)
    os.waitpid(middle, 0)
    began = time.monotonic()
    kept = append(engine)
    took = time.monotonic() - began
    os.close(ours), os.close(its)

    assert kept == 1
    assert took < 2
