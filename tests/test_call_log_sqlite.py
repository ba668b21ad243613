"""The log in a database: what is tampered with there is found, what is in its files cannot be read, what waits is sent."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import date

import pytest

from call_logs import LOGGED, NUMBERS, ONE, TWO, call, calls
from callguard import DialDenied, Guard, StateError
from callguard.call_log import CallLog
from callguard.sealing import Keyring
from callguard.state.database import Database
from callguard.testing import FrozenClock
from samples import CALLER, MOBILE, OTHER, TUESDAY_TEN

BLOBS = ("callee", "caller", "campaign", "reason", "sealed", "link")


class World:
    """A policy file with a key, its state beside it, and guards that come and go."""

    def __init__(self, folder, keys=(ONE,)):
        self.folder = folder
        self.file = folder / "policy.toml"
        self.file.write_text(LOGGED.replace("enabled = true", 'enabled = true\nkey_file = "key"'), "utf-8")
        self.give(*keys)
        self.database = folder / "state" / "callguard.db"

    def give(self, *keys):
        key = self.folder / "key"
        key.unlink(missing_ok=True)
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write("\n".join(key.hex() for key in keys))

    def guard(self, at=TUESDAY_TEN):
        return Guard.open(self.file, clock=FrozenClock(at))

    def calls(self, count=2, at=TUESDAY_TEN):
        """Another process: opens, calls, and is gone; two rows a call."""
        with self.guard(at) as found:
            calls(found, count)
            return found.log.register()

    def sql(self, statement, *values):
        with closing(sqlite3.connect(self.database)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def writers(self):
        return [name for (name,) in self.sql("SELECT writer FROM writers ORDER BY began, writer")]

    def faults(self, expected=None):
        with self.guard("2026-11-25T10:00:00+08:00") as found:
            verified = CallLog(
                found._generation.store, Keyring((ONE,)), found._generation.policy, found._clock, writes=False
            ).verify(expected=expected)
            return [(fault.what, fault.writer, fault.position) for fault in verified.faults]


@pytest.fixture
def world(tmp_path):
    found = World(tmp_path)
    for i in range(3):
        found.calls(at=f"2026-11-24T1{i}:00:00+08:00")
    return found


def test_a_sound_log_verifies_after_every_process_is_gone(world):
    assert len(world.writers()) == 3
    assert world.faults() == []
    with world.guard() as found:
        entries = list(found.log.search(number=NUMBERS[0]))
        assert [entry.outcome for entry in entries] == ["answered"] * 3
        assert found.log.verify().rows == 12
        assert {each.result for each in found.log.replay()} == {"equal"}


@pytest.mark.parametrize("column", ["at", "key", *BLOBS])
def test_an_edit_is_found(world, column):
    name = world.writers()[1]
    value = {"at": 1, "key": ""}.get(column, b"0" * 16)
    world.sql(f"UPDATE call_log SET {column} = ? WHERE writer = ? AND position = 3", value, name)
    found = world.faults()
    assert found
    assert {writer for _, writer, _ in found} == {name}


def test_rows_deleted_inserted_or_swapped_are_found(world):
    one, two, three = world.writers()
    world.sql("DELETE FROM call_log WHERE writer = ? AND position = 2", one)
    world.sql(
        "INSERT INTO call_log SELECT ?, 5, at, key, callee, caller, campaign, reason, sealed, link FROM call_log WHERE writer = ? AND position = 1",
        two,
        one,
    )
    world.sql("UPDATE call_log SET position = -position WHERE writer = ? AND position IN (2, 3)", three)
    world.sql("UPDATE call_log SET position = 5 + position WHERE writer = ? AND position < 0", three)
    found = world.faults()
    assert ("missing", one, 3) in found
    assert ("beyond", two, 5) in found
    assert ("link", three, 2) in found
    assert ("link", three, 3) in found


def test_a_cut_tail_and_a_dropped_chain_are_found(world):
    one, two, three = world.writers()
    register = world.calls(1, "2026-11-24T18:00:00+08:00")
    last = world.writers()[3]
    world.sql("DELETE FROM call_log WHERE writer = ? AND position > 2", one)
    assert ("missing", one, None) in world.faults()
    world.sql(
        "UPDATE writers SET count = 2, last_link = (SELECT link FROM call_log WHERE writer = ? AND position = 2) WHERE writer = ?",
        one,
        one,
    )
    assert world.faults() == [("seen", one, None)]
    for name in (two, last):
        world.sql("DELETE FROM call_log WHERE writer = ?", name)
    assert ("missing", two, None) in world.faults()
    for name in (two, last):
        world.sql("DELETE FROM writers WHERE writer = ?", name)
    assert sorted(world.faults()) == sorted([("seen", one, None), ("seen", two, None)])  # by the third; nobody had seen the last
    assert {writer for what, writer, _ in world.faults(register) if what == "expected"} == {one, two, last}
    assert three in world.writers()


def test_a_chain_that_nobody_registered_is_found(world):
    last = world.writers()[2]
    world.sql("DELETE FROM writers WHERE writer = ?", last)
    assert ("unregistered", last, None) in world.faults()


def test_a_file_put_back_to_an_earlier_copy_is_found_by_an_earlier_digest(world, tmp_path):
    with world.guard("2026-11-24T14:00:00+08:00") as found:
        found.log.checkpoint()
    earlier = tmp_path / "earlier"
    shutil.copytree(world.folder / "state", earlier)
    with world.guard("2026-11-24T15:00:00+08:00") as found:
        calls(found, 2)
        digest = found.log.checkpoint()
    assert world.faults(digest) == []
    shutil.rmtree(world.folder / "state")
    shutil.copytree(earlier, world.folder / "state")
    assert world.faults() == []
    assert world.faults(digest) == [("expected", None, None)]


def test_nothing_can_be_read_in_the_tables(world):
    with world.guard("2026-11-24T16:00:00+08:00") as found:
        found.refuse(MOBILE)
        call(found, MOBILE, key="order-4711")
        call(found, OTHER, campaign="survey", outcome="a-name-of-our-own")
    rows = world.sql("SELECT * FROM call_log") + world.sql("SELECT * FROM archive") + world.sql("SELECT * FROM writers")
    kept = b"".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    for secret in (
        b"13800130",
        b"8555012",
        b"survey",
        b"refused",
        b"order-4711",
        b"a-name-of-our-own",
        b"Xinghe",
        b"caller-unknown",
    ):
        assert secret not in kept


def test_keys_are_rotated_and_nothing_is_rewritten(world):
    before = set(world.sql("SELECT * FROM call_log"))
    world.give(TWO, ONE)
    world.calls(1, "2026-11-24T17:00:00+08:00")
    assert before < set(world.sql("SELECT * FROM call_log"))
    assert len(world.sql("SELECT DISTINCT key FROM call_log")) == 2
    with world.guard("2026-11-25T10:00:00+08:00") as found:
        assert found.log.verify()
        assert len(list(found.log.search(number=NUMBERS[0]))) == 4
        assert {each.result for each in found.log.replay()} == {"equal"}


def test_a_purge_leaves_a_log_that_verifies(world):
    with world.guard("2027-06-01T10:00:00+08:00") as found:
        digest = found.log.checkpoint()
        with pytest.raises(ValueError, match="accepted: 2026-12-01 or earlier"):
            found.log.purge(date(2026, 12, 2))
        assert found.log.purge(date(2026, 12, 1)) == 12
        assert found.log.verify(expected=digest)
        calls(found, 1)
        assert found.log.verify(expected=digest)
        assert len(list(found.log.search())) == 1


def test_an_export_of_a_database(world, tmp_path):
    with world.guard("2026-11-25T10:00:00+08:00") as found:
        manifest = found.log.export(tmp_path / "log.csv", why="inspection")
        assert manifest.rows == 6
        assert len((tmp_path / "log.csv").read_text("utf-8").splitlines()) == 7
        assert found.log.verify(expected=manifest.register)


def test_an_outcome_that_cannot_be_written_waits_and_is_sent(world, monkeypatch):
    with world.guard("2026-11-24T16:00:00+08:00") as found:
        store = found._generation.store
        assert isinstance(store, Database)
        attempt = found.attempt(MOBILE, caller=CALLER, campaign="notice")
        attempt.__enter__()
        real = store.transact

        def fail(work):
            raise StateError("the database cannot be reached")

        monkeypatch.setattr(store, "transact", fail)
        found._clock.advance(30)
        attempt.outcome("answered", duration=20)
        attempt.__exit__(None, None, None)
        monkeypatch.setattr(store, "transact", real)
        assert [entry.outcome for entry in found.log.search(number=MOBILE)] == [None]
    with world.guard("2026-11-24T17:00:00+08:00") as found:
        with suppress(DialDenied):
            calls(found, 1)
        deadline = 100
        while deadline and [entry.outcome for entry in found.log.search(number=MOBILE)] != ["answered"]:
            import time

            time.sleep(0.05)
            deadline -= 1
        (entry,) = found.log.search(number=MOBILE)
        assert (entry.outcome, entry.duration) == ("answered", 20)
        assert found.log.verify()
