"""SQLite as a store: the contract, and what a file on a disk, several processes and a fork add to it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import tempfile
import threading
import time
import traceback
from pathlib import Path

import pytest

from callguard.errors import StateError
from callguard.sealing import Keyring, new_key
from callguard.state import database as databases
from callguard.state import sqlite as engines
from callguard.state.database import OUTCOME, RELEASE, Database
from callguard.state.directory import Directory
from callguard.state.records import Attempted, Consented, LogQuery, LogRow, Refusal
from callguard.state.spool import Spool
from callguard.state.sqlite import NAME, open_sqlite
from callguard.state.view import View

pytest.register_assert_rewrite("store_contract")
from store_contract import LastingContract  # noqa: E402

FIRST = 8_613_800_130_000
ONE, OTHER = Keyring.of(new_key()), Keyring.of(new_key())

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture
def make(tmp_path):
    """Open the database of one folder, again and again; all are closed at the end."""
    found = []

    def make(*, keyring=None, clock=time.time, staleness=5.0):
        directory = Directory(tmp_path / "state")
        engine = open_sqlite(directory.path)
        try:
            found.append(Database(engine, directory, keyring or Keyring.plain(), clock, staleness))
        except BaseException:
            engine.close()
            raise
        return found[-1]

    yield make
    for store in found:
        store.close()


class TestSqlite(LastingContract):
    step = 1 << 16

    @pytest.fixture
    def make_store(self, make):
        return make


class TestSealedSqlite(LastingContract):
    step = 1 << 16

    @pytest.fixture
    def make_store(self, make):
        return lambda: make(keyring=ONE)


def refusal(n=0, **more):
    return Refusal(number=FIRST + n, scope="enterprise", at=1_795_000_000.5, **more)


def attempt(n=0, key=None, at=None):
    return Attempted(number=FIRST + n, campaign="survey", caller="861085550123", at=time.time() if at is None else at, key=key)


def row(n=0):
    def make(writer, position, previous):
        link = bytes([n % 256, position % 256]) + previous[:30]
        return LogRow(
            writer=writer,
            position=position,
            at=1_795_000_000 + n,
            key="",
            callee=b"%016d" % n,
            caller=b"c" * 16,
            campaign=None,
            reason=b"r" * 16,
            sealed=b"sealed",
            link=link,
        )

    return make


def seen(store, after=0):
    return [record for _, record in store.follow(after)]


def refused(store):
    view = View()
    mark = store.fill(view)
    return mark, {number - FIRST for number, mask in view.delta.items() if mask}


def soon(true, seconds=5.0):
    """Wait for something that another thread or process is about to do; return how long that took, None where it never came."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if true():
            return time.monotonic() - start
        time.sleep(0.002)
    return None


def in_child(work):
    """Fork, do something, and return how that ended."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - a child must not come back into the test
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def stop(store):
    for heartbeat in store._heartbeats:
        heartbeat.stop()


def sql(folder, *statements):
    with contextlib.closing(sqlite3.connect(folder / "state" / NAME, isolation_level=None)) as connection:
        return [connection.execute(statement).fetchall() for statement in statements][-1]


# --- files


def test_only_the_owner_may_read_the_files(make, tmp_path):
    make().append([refusal()])

    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()}
    assert {NAME, f"{NAME}-wal", f"{NAME}-shm"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_a_file_that_is_no_database_is_left_alone(make, tmp_path):
    (tmp_path / "state").mkdir()
    path = tmp_path / "state" / NAME
    path.write_bytes(b"the accounts of 2025\n" * 400)

    with pytest.raises(StateError, match="no database of callguard's"):
        make()
    assert path.read_bytes() == b"the accounts of 2025\n" * 400


@pytest.mark.parametrize("statement", ["PRAGMA user_version = 3", "PRAGMA application_id = 7", "CREATE TABLE accounts (id)"])
def test_a_database_of_another_application_is_left_alone(make, tmp_path, statement):
    (tmp_path / "state").mkdir()
    sql(tmp_path, statement)
    before = (tmp_path / "state" / NAME).read_bytes()

    with pytest.raises(StateError, match="no database of callguard's"):
        make()
    assert (tmp_path / "state" / NAME).read_bytes() == before


def test_an_empty_file_becomes_a_database(make, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / NAME).touch()

    assert make().append([refusal()]) == 1 << 16


def forked(work, count):
    """Run a work in so many children at once, and return how each ended."""
    pids = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)
        pids.append(pid)
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


def test_many_open_a_new_folder_at_once(tmp_path):
    def work():
        directory = Directory(tmp_path / "state")
        store = Database(open_sqlite(directory.path), directory, Keyring.plain(), time.time, 5.0)
        store.append([refusal(os.getpid() % 1000)])
        store.close()

    assert forked(work, 6) == [0] * 6
    assert sql(tmp_path, "SELECT count(*), max(seq) FROM records") == [(6, 6)]


def test_a_folder_in_the_place_of_the_file_is_said(make, tmp_path):
    (tmp_path / "state" / NAME).mkdir(parents=True)

    with pytest.raises(StateError, match=f"{NAME}` cannot be opened"):
        make()


def test_a_folder_that_may_not_be_written_to_is_said():
    folder = Path(tempfile.mkdtemp(prefix="callguard"))  # pytest's own are closed to others
    try:
        open_sqlite(folder).close()
        (folder / NAME).chmod(0o444)
        folder.chmod(0o555)

        def work():
            if os.geteuid() == 0:
                os.setuid(65_534)
            with pytest.raises(StateError, match=rf"{NAME}` cannot be .*accepted: a folder"):
                open_sqlite(folder)

        assert in_child(work) == 0
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


# --- damage


def test_a_changed_row_is_found_and_named(make, tmp_path):
    make().append([refusal(n) for n in range(20)])
    store = make()
    sql(tmp_path, "UPDATE records SET number = number + 1 WHERE seq = 7")

    with pytest.raises(StateError, match=rf"record 7 of `.*{NAME}` is damaged"):
        store.fill(View())


@pytest.mark.parametrize(
    "column", ["what = 17", "number = NULL", "at = at + 1", "stored = 0", "note = '{}'", "crc = 0", "at = 'soon'"]
)
def test_every_column_is_checked(make, tmp_path, column):
    store = make()
    store.append([refusal(source="letter")])
    sql(tmp_path, f"UPDATE records SET {column}")

    with pytest.raises(StateError, match=r"record 1 of .* is damaged"):
        store.fill(View())


@pytest.mark.parametrize(
    "change", ["substr(sealed, 1, 20)", "zeroblob(80)", "(SELECT sealed FROM records WHERE seq = 8)", "'text'"]
)
def test_a_sealed_row_that_was_changed_is_found_among_many(make, tmp_path, change):
    store = make(keyring=ONE)
    store.append([refusal(n) for n in range(20)])
    sql(tmp_path, f"UPDATE records SET sealed = {change} WHERE seq = 7")

    with pytest.raises(StateError, match=rf"record 7 of `.*{NAME}` is damaged"):
        store.fill(View())


@pytest.mark.parametrize("seq", [1, 7, 20])
def test_a_missing_row_is_found_and_named(make, tmp_path, seq):
    store = make()
    store.append([refusal(n) for n in range(20)])
    sql(tmp_path, f"DELETE FROM records WHERE seq = {seq}")

    if seq < 20:
        with pytest.raises(StateError, match=rf"record {seq} of `.*{NAME}` is missing"):
            make().fill(View())
    with pytest.raises(StateError, match=rf"record {seq} of `.*{NAME}` is missing"):
        list(store._entries.records(0, 20))


def test_a_damaged_page_is_an_error_and_no_answer(make, tmp_path):
    store = make()
    store.append([refusal(n) for n in range(5_000)])
    store.close()
    path = tmp_path / "state" / NAME
    content = bytearray(path.read_bytes())
    for page in range(8 * 4096, len(content), 4096):
        content[page : page + 200] = bytes(200)
    path.write_bytes(content)

    with pytest.raises(StateError, match=f"`.*{NAME}` is damaged|record \\d+ of .* is (damaged|missing)"):
        make().fill(View())


# --- sealing


def test_nothing_of_a_number_is_in_the_files_once_a_key_is_held(make, tmp_path):
    store = make(keyring=ONE)
    store.append([refusal(source="a letter of 12 May"), Consented(number=FIRST + 1, scope="course", at=1.0, proof="form 17")])
    store.transact(lambda transaction: transaction.count(attempt(2, key=f"lead {FIRST + 2}")))
    store.archive("policy", "ab", b"the caller 861085550123")
    files = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())

    assert b"13800130" not in files
    assert (8613800130000).to_bytes(8) not in files
    assert (8613800130000).to_bytes(8, "little") not in files
    assert (8613800130000).to_bytes(6) not in files
    assert b"letter" not in files
    assert b"form 17" not in files
    assert b"the caller" not in files
    assert store.archived("ab") == b"the caller 861085550123"


def test_the_wrong_key_and_no_key_are_said(make):
    make(keyring=ONE).append([refusal()])

    for keyring in (OTHER, Keyring.plain()):
        with pytest.raises(StateError, match=f"sealed under key {ONE.active}, which is not held"):
            make(keyring=keyring).fill(View())
        with pytest.raises(StateError, match=f"sealed under key {ONE.active}, which is not held"):
            seen(make(keyring=keyring))


def test_a_new_key_rewrites_nothing_and_reads_all(make, tmp_path):
    make().append([refusal(0)])
    make().transact(lambda transaction: transaction.count(attempt(7, key="plain")))
    first, second = new_key(), new_key()
    make(keyring=Keyring.of(first)).append([refusal(1)])
    make(keyring=Keyring.of(first)).transact(lambda transaction: transaction.count(attempt(8, key="sealed")))
    store = make(keyring=Keyring.of(f"{second} {first}"))
    store.append([refusal(2)])
    store.keep_attempts(86_400)

    assert refused(store)[1] == {0, 1, 2}
    assert [record.number - FIRST for record in seen(store)] == [0, 1, 2]
    assert [len(store.campaign_attempts("survey", FIRST + n)) for n in (7, 8)] == [1, 1]
    keyed = store.transact(lambda transaction: [transaction.keyed(key, 0) for key in ("plain", "sealed", "none")])
    assert [found and found[1].number - FIRST for found in keyed] == [7, 8, None]
    assert [kept is None for (kept,) in sql(tmp_path, "SELECT sealed FROM records ORDER BY seq")] == [True, False, False]


def test_a_sealed_record_in_anothers_place_is_found(make, tmp_path):
    store = make(keyring=ONE)
    store.append([refusal(0), refusal(1)])
    sql(tmp_path, "UPDATE records SET sealed = (SELECT sealed FROM records WHERE seq = 1) WHERE seq = 2")

    with pytest.raises(StateError, match=r"record 2 of .* is damaged"):
        store.fill(View())


# --- several processes, and their ends


STEPS = ("begun", "counted", "written", "committing", "committed", "publishing", "published", "returning")


@pytest.mark.parametrize("step", STEPS)
def test_a_writer_that_dies_at_any_step_leaves_all_or_nothing(make, monkeypatch, step):
    store = make()
    store.append([refusal(0)])

    def work():
        monkeypatch.setattr(databases, "fault", lambda reached: reached == step and os.kill(os.getpid(), signal.SIGKILL))
        make().append([refusal(1)])

    assert in_child(work) == -signal.SIGKILL
    committed = step in STEPS[4:]
    if committed:
        assert soon(lambda: store.pulse.last() == 2 << 16) is not None  # how soon is shown below: by one beat
    assert [record.number - FIRST for record in seen(store)] == [0, 1][: 1 + committed]
    assert store.append([refusal(2)]) == (3 if committed else 2) << 16
    assert refused(store)[1] == ({0, 1, 2} if committed else {0, 2})


def test_one_beat_publishes_what_a_dead_writer_left(make, monkeypatch):
    store = make()
    stop(store)

    def work():
        monkeypatch.setattr(databases, "fault", lambda reached: reached == "committed" and os.kill(os.getpid(), signal.SIGKILL))
        make().append([refusal(n) for n in range(5_000)])  # more than the ring holds

    assert in_child(work) == -signal.SIGKILL
    assert store.pulse.last() == 0
    store.beat()

    assert store.pulse.last() == 5_000 << 16
    assert len(seen(store)) == 5_000
    assert len(seen(store, 4_990 << 16)) == 10


def test_what_one_process_keeps_the_others_follow_at_once(make):
    store = make()
    store.keep_attempts(86_400)
    for n in range(3):
        assert in_child(lambda n=n: make().append([refusal(n)])) == 0
        assert store.pulse.last() == (n + 1) << 16
        assert seen(store, n << 16) == [refusal(n)]
    assert in_child(lambda: make().transact(lambda transaction: transaction.count(attempt()))) == 0

    assert len(store.transact(lambda transaction: transaction.campaign_attempts("survey", FIRST))) == 1


def test_processes_that_write_at_once_number_densely_and_never_pass_a_limit(make):
    store = make()

    def work():
        mine = make()
        mine.keep_attempts(86_400)

        def one(transaction):
            if len(transaction.campaign_attempts("survey", FIRST)) < 50:
                transaction.count(attempt())
                transaction.log(row())

        for n in range(40):
            mine.transact(one)
            mine.append([refusal(n)])

    assert forked(work, 3) == [0] * 3
    store.keep_attempts(86_400)

    assert store.pulse.last() == 120 << 16
    assert len(store.campaign_attempts("survey", FIRST)) == 50
    assert sum(writer.count for writer in store.writers()) == 50
    assert len(list(store.log_rows(LogQuery()))) == 50


def test_a_forked_child_has_a_chain_connections_and_beats_of_its_own(make):
    store = make()
    store.transact(lambda transaction: transaction.log(row(1)))

    def work():
        assert store.fresh_until() > time.time(), "by the parent's deadline"
        store.transact(lambda transaction: transaction.log(row(2)))
        store.append([refusal(1)])
        deadline = store.pulse.deadline
        assert soon(lambda: store.pulse.deadline > deadline) is not None
        store.close()

    assert in_child(work) == 0
    store.transact(lambda transaction: transaction.log(row(3)))
    store.append([refusal(2)])

    assert sorted(writer.count for writer in store.writers()) == [1, 2]
    assert seen(store) == [refusal(1), refusal(2)]


def test_forks_while_threads_write_hang_neither_and_lose_nothing(make):
    store, stop = make(), threading.Event()
    store.keep_attempts(86_400)
    kept, failed = [], []

    def write(k):
        n = k * 1_000
        while not stop.is_set():
            try:
                store.append([refusal(n)])
                store.transact(lambda transaction: transaction.count(attempt(k)))
            except StateError as error:
                failed.append(error)
            kept.append(n)
            n += 1

    def work():
        signal.alarm(20)
        store.append([refusal(900_000 + os.getpid() % 10_000)])
        assert len(refused(store)[1]) >= 1

    threads = [threading.Thread(target=write, args=(k,)) for k in range(1, 4)]
    for thread in threads:
        thread.start()
    codes = [in_child(work) for _ in range(8)]
    stop.set()
    for thread in threads:
        thread.join()

    assert codes == [0] * 8
    assert not failed
    assert set(kept) <= refused(store)[1]


def test_a_stream_that_a_fork_interrupts_says_so(make, monkeypatch):
    store = make()
    monkeypatch.setattr(engines, "_CHUNK", 3)
    for n in range(9):
        store.transact(lambda transaction, n=n: transaction.log(row(n)))
    rows = store.log_rows(LogQuery(since=0))
    next(rows)
    assert in_child(lambda: None) == 0

    with pytest.raises(StateError, match="forked"):
        list(rows)
    assert len(list(store.log_rows(LogQuery(since=0)))) == 9


# --- a folder that is not the one it was


def remove(state):
    """Remove the folder of an open store, which may write a file into it meanwhile."""
    while state.exists():
        shutil.rmtree(state, ignore_errors=True)


def put_back(state):
    remove(state)
    shutil.copytree(state.with_name("copy"), state)


def put_back_in_place(state):
    for path in state.with_name("copy").iterdir():
        if path.name.startswith(NAME):
            shutil.copyfile(path, state / path.name)


def put_anew(state):
    state.rename(state.with_name("aside"))
    directory = Directory(state)
    Database(open_sqlite(state), directory, Keyring.plain(), time.time, 5.0).close()


def remove_file(state):
    (state / NAME).unlink()


def remove_log(state):
    (state / f"{NAME}-wal").unlink()


def remove_tail(state):
    (state / "tail").unlink()


@pytest.mark.parametrize("change", [remove, put_back, put_back_in_place, put_anew, remove_file, remove_log, remove_tail])
def test_another_state_in_its_place_is_noticed_by_the_next_beat(make, tmp_path, change):
    store = make()
    store.append([refusal(0)])
    shutil.copytree(tmp_path / "state", tmp_path / "copy")
    store.append([refusal(1)])
    store.transact(lambda transaction: transaction.count(attempt()))
    assert store.fresh_until() > 0
    stop(store)
    change(tmp_path / "state")
    assert store.pulse.deadline > 0
    store.beat()

    assert store.pulse.deadline == 0
    assert store.fresh_until() == 0
    assert [key for key, _ in store.warnings()] == ["state-replaced"]
    with pytest.raises(StateError, match="reload"):
        store.append([refusal(2)])
    with pytest.raises(StateError, match="reload"):
        store.transact(lambda transaction: transaction.count(attempt()))
    if change is remove_file:
        with pytest.raises(StateError, match="put that back"):
            make()
    elif change is not remove_log:
        assert make().fresh_until() > 0, "what is opened now is answered for"


def test_beats_come_often_enough(make, tmp_path):
    store = make()
    remove(tmp_path / "state")

    took = soon(lambda: store.pulse.deadline == 0)
    assert took is not None
    assert took < 1  # 0.05 and a machine that is busy with other things


def test_nothing_is_acknowledged_that_went_into_a_removed_file(make, tmp_path):
    store = make()
    stop(store)
    remove(tmp_path / "state")

    with pytest.raises(StateError):
        store.append([refusal()])


def test_a_database_that_was_put_back_is_opened_with_a_tail_that_begins_there(make, tmp_path):
    store = make()
    store.append([refusal(0)])
    store.close()
    shutil.copy(tmp_path / "state" / NAME, tmp_path / "copy")
    make().append([refusal(n) for n in range(1, 6)])
    for path in (tmp_path / "state").iterdir():
        if path.name.startswith(NAME):
            path.unlink()
    shutil.copy(tmp_path / "copy", tmp_path / "state" / NAME)
    store = make()

    assert refused(store) == (1 << 16, {0})
    assert store.append([refusal(9)]) == 2 << 16
    assert seen(store, 1 << 16) == [refusal(9)]


# --- clocks


@pytest.mark.parametrize("ahead", [59, 61, 3600])
def test_a_clock_more_than_a_minute_behind_the_newest_record_is_stale(make, ahead):
    now = time.time()
    make(clock=lambda: now + ahead).append([refusal()])
    store = make(clock=lambda: now)

    assert (store.fresh_until() > 0) is (ahead < 60)


def test_freshness_passes_when_nothing_can_be_read(make, monkeypatch):
    store = make(staleness=0.2)
    assert store.fresh_until() > time.time()

    def broken(*_):
        raise StateError("the disk fails")

    monkeypatch.setattr(store._engine, "read", broken)

    assert soon(lambda: store.pulse.deadline <= time.time()) is not None
    assert ("state-unread", {"why": "the disk fails"}) in store.warnings()
    monkeypatch.undo()
    assert soon(lambda: store.pulse.deadline > time.time()) is not None


# --- what cannot be written


@contextlib.contextmanager
def locked(folder, monkeypatch):
    """Hold the database as another program might."""
    monkeypatch.setattr(engines, "_WAIT_S", 0.1)
    with contextlib.closing(sqlite3.connect(folder / "state" / NAME, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_refusal_that_cannot_be_written_is_denied_on_this_host_and_sent_later(make, tmp_path, monkeypatch):
    store, peer = make(), make()
    store.append([refusal(0)])
    with locked(tmp_path, monkeypatch):
        with pytest.raises(StateError, match=r"denied on this host.*locked by another program.*spool") as error:
            store.append([refusal(1)])
        assert error.value.spooled
        with pytest.raises(StateError, match="spool"):
            store.append([refusal(2), refusal(3)])

        assert store.pulse.last() == peer.pulse.last() == 1 << 16 | 2
        assert seen(peer, 1 << 16) == [refusal(1), refusal(2), refusal(3)]
        assert seen(store, 1 << 16 | 1) == [refusal(1), refusal(2), refusal(3)]
        assert refused(make()) == (1 << 16 | 2, {0, 1, 2, 3})
        assert not store.log_writable()
        assert store.pulse.deadline == 0
        assert store.fresh_until() > 0
        # and `state-unsent`, once a beat has tried to send it
        assert dict(store.warnings()).keys() - {"state-unsent"} == {"state-unwritten", "state-spooled"}
    assert soon(lambda: store.pulse.last() == 4 << 16) is not None

    assert soon(store.log_writable) is not None
    assert store.pulse.deadline > 0
    for mark in (0, 1 << 16, 1 << 16 | 1, 1 << 16 | 2):
        assert [reached for reached, _ in store.follow(mark)][-1] == 4 << 16
    assert refused(peer) == (4 << 16, {0, 1, 2, 3})
    assert [record.number - FIRST for record in seen(store)] == [0, 1, 2, 3]
    assert soon(lambda: not store.warnings()) is not None


def test_a_full_disk_keeps_nothing_half_and_is_found_to_have_room_again(make):
    store = make()
    store.append([refusal(0)])
    [(pages,)] = store._engine._writer.execute("PRAGMA page_count").fetchall()
    store._engine._writer.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(StateError, match="disk is full"):
        store.append([refusal(n, source="x" * 500) for n in range(1, 400)])
    with pytest.raises(StateError, match="disk is full"):
        store.append([Consented(number=FIRST, scope="course", at=1.0, proof="x" * 100_000)])
    assert [record.number - FIRST for record in seen(store)] == list(range(400))
    store._engine._writer.execute("PRAGMA max_page_count = 1000000")
    assert soon(lambda: store.pulse.last() == 400 << 16) is not None
    assert refused(make()) == (400 << 16, set(range(400)))


def test_other_records_that_cannot_be_written_are_just_an_error(make, tmp_path, monkeypatch):
    store = make()
    with locked(tmp_path, monkeypatch), pytest.raises(StateError, match="locked by another program") as found:
        store.append([refusal(), Consented(number=FIRST, scope="course", at=1.0, proof="form")])

    assert "spool" not in str(found.value)
    assert store.pulse.last() == 0


def test_a_refusal_that_can_be_kept_nowhere_is_said_to_be_lost(make, tmp_path, monkeypatch):
    store = make()

    def full(*_):
        raise StateError("the spool takes nothing more")

    monkeypatch.setattr(Spool, "put", full)
    with locked(tmp_path, monkeypatch), pytest.raises(StateError, match=r"kept nowhere.*locked by another.*takes nothing more"):
        store.append([refusal()])
    assert store.pulse.last() == 0


def test_a_spool_that_was_sent_and_not_dropped_is_not_sent_again(make, tmp_path, monkeypatch):
    store = make()
    with locked(tmp_path, monkeypatch):
        with pytest.raises(StateError):
            store.append([refusal(1)])
        store.close()

    def work():
        monkeypatch.setattr(Spool, "drop", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        make()._write_again()

    assert in_child(work) == -signal.SIGKILL
    assert sql(tmp_path, "SELECT count(*) FROM records") == [(1,)]
    store = make()

    assert soon(lambda: store.pulse.last() == 1 << 16) is not None
    assert sql(tmp_path, "SELECT count(*) FROM records") == [(1,)]
    assert refused(store) == (1 << 16, {1})
    store.append([refusal(2)])
    assert seen(store) == [refusal(1), refusal(2)]


def test_a_writer_that_dies_between_spool_and_mark_is_mended(make, monkeypatch):
    store = make()

    def work():
        mine = make()
        monkeypatch.setattr(mine._outbox, "tell", lambda: os.kill(os.getpid(), signal.SIGKILL))
        mine._outbox.refuse([refusal(1)])

    assert in_child(work) == -signal.SIGKILL
    assert soon(lambda: store.pulse.last() == 1 << 16) is not None
    assert refused(store)[1] == {1}


def test_releases_and_outcomes_are_kept_in_the_spool_too(make):
    store, ended = make(), []
    store.keep_attempts(86_400)
    number = store.transact(lambda transaction: transaction.count(attempt()))
    store.later(OUTCOME, b"answered")
    store.later(RELEASE, b"%d" % number)
    assert soon(lambda: dict(store.warnings()).get("state-spooled") == {"entries": 2}) is not None

    store.replay(OUTCOME, lambda payload: lambda transaction: ended.append((payload, transaction.log(row()).position)))
    assert soon(lambda: store.campaign_attempts("survey", FIRST) == ()) is not None
    assert ended == [(b"answered", 1)]
    assert soon(lambda: not store.warnings()) is not None


def test_a_sealed_spool_tells_nothing(make, tmp_path, monkeypatch):
    store = make(keyring=ONE)
    with locked(tmp_path, monkeypatch), pytest.raises(StateError):
        store.append([refusal(1, source="letter")])
    content = (tmp_path / "state" / "spool").read_bytes()

    assert b"letter" not in content
    assert b"13800130" not in content
    assert seen(store) == [refusal(1, source="letter")]


def test_a_commit_that_failed_and_went_well_all_the_same_leaves_no_gap(make, monkeypatch):
    store = make()
    store.keep_attempts(86_400)
    store.transact(lambda transaction: transaction.log(row(0)))

    def cut_off(step):
        if step == "committed":
            monkeypatch.undo()
            raise StateError("the connection was lost while it committed")

    monkeypatch.setattr(databases, "fault", cut_off)
    with pytest.raises(StateError, match="lost while"):
        store.transact(lambda transaction: (transaction.log(row(1)), transaction.count(attempt())))
    store.transact(lambda transaction: transaction.log(row(2)))

    rows = list(store.log_rows(LogQuery()))
    assert [found.position for found in rows] == [1, 2, 3]
    assert [found.link[:2] for found in rows] == [b"\0\1", b"\1\2", b"\2\3"]
    assert rows[2].link[2:] == rows[1].link[:30]
    assert len(store.transact(lambda transaction: transaction.campaign_attempts("survey", FIRST))) == 1


def test_a_failed_statement_of_one_work_fails_the_whole_group(make):
    store = make()

    def broken(transaction):
        with contextlib.suppress(StateError):
            transaction.ask("SELECT a FROM nowhere")
        transaction.log(row())

    with pytest.raises(StateError, match="no such table"):
        store.transact(broken)
    assert list(store.log_rows(LogQuery())) == []


def test_the_log_is_read_in_pages(make, tmp_path, monkeypatch):
    monkeypatch.setattr("callguard.state.database_log._PAGE", 3)
    store, peer = make(), make()
    for n in range(7):
        (peer if n % 3 else store).transact(lambda transaction, n=n: transaction.log(row(n)))
    names = sorted(writer.name for writer in store.writers())

    found = [(each.writer, each.position) for each in store.log_rows(LogQuery())]
    assert found == sorted(found)
    assert len(found) == 7
    sql(tmp_path, "DELETE FROM writers")
    assert [(each.writer, each.position) for each in store.log_rows(LogQuery())] == found, "the register may have been cut"
    mine = [position for name, position in found if name == names[0]]
    assert [each.position for each in store.log_rows(LogQuery(writer=names[0], after=1))] == mine[1:]


def test_a_closed_store_denies_and_raises(make):
    store = make()
    store.close()
    store.close()

    assert store.fresh_until() == 0
    assert store.pulse.deadline == 0
    with pytest.raises(StateError, match="closed"):
        store.append([refusal()])
    with pytest.raises(StateError, match="closed"):
        store.transact(lambda _: None)
