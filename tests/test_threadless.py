"""A guard without threads: nothing of it goes on while nobody calls, and by its beats it knows what others do."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from callguard import DialDenied, Guard, StateError
from samples import CALLER

FIRST, SECOND = "13800130001", "13800130002"
POLICY = """
version = 1
[enterprise]
name = "Xinghe"
[state]
max_staleness = "2s"
[call_log]
enabled = true
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2023-05-01
expires = 2049-01-01
[[callers]]
number = "010-8555-0123"
filed = 2024-01-20
[[lists]]
name = "asked-not-to"
path = "list.txt"
[[campaigns]]
name = "notice"
purpose = "service"
[[campaigns]]
name = "survey"
purpose = "survey"
limits = [{ attempts = 1, per = "1 day" }]
"""


@pytest.fixture
def policy(tmp_path):
    (tmp_path / "list.txt").write_text("13800130009\n", "utf-8")
    path = tmp_path / "callguard.toml"
    path.write_text(POLICY, "utf-8")
    return path


@pytest.fixture
def alone(policy):
    before = threading.active_count()
    with Guard.open(policy, threads=False) as guard:
        assert threading.active_count() == before
        yield guard
        assert threading.active_count() == before


def reason(guard, callee):
    return str(guard.may_dial(callee, caller=CALLER, campaign="notice").reason)


def test_no_thread_is_started_whatever_is_done(alone, policy):
    before = threading.active_count()
    for n in range(10):
        alone.refuse(f"1380013{n:04d}")
    with alone.attempt("13800130020", caller=CALLER, campaign="survey") as attempt:
        attempt.outcome("answered")
    alone.reload()
    alone.beat()

    assert threading.active_count() == before
    assert reason(alone, "13800130003") == "refused"
    assert reason(alone, "13800130020") == "allowed"
    assert alone.log.verify()
    with pytest.raises(RuntimeError, match="cannot watch"):
        alone.watch()


def test_what_others_do_is_known_by_the_next_question_and_the_next_beat(alone, policy):
    with Guard.open(policy) as other:
        other.refuse(FIRST)
        assert reason(alone, FIRST) == "refused"
        with other.attempt(SECOND, caller=CALLER, campaign="survey"):
            pass
        alone.beat()
        assert str(alone.may_dial(SECOND, caller=CALLER, campaign="survey").reason) == "attempt-limit"
        with pytest.raises(DialDenied, match="attempt"), alone.attempt(SECOND, caller=CALLER, campaign="survey"):
            pass


def test_without_a_beat_what_is_known_gets_too_old_and_is_denied(policy):
    with Guard.open(policy, threads=False) as guard:
        guard.beat()
        time.sleep(2.1)
        assert reason(guard, FIRST) == "state-stale"
        guard.beat()
        assert reason(guard, FIRST) == "allowed"


def test_once_it_is_closed_it_allows_nothing(policy):
    with Guard.open(policy, threads=False) as guard:
        assert reason(guard, FIRST) == "allowed"
    assert reason(guard, FIRST) == "state-stale"


def test_a_damaged_index_is_found_when_it_is_opened(policy):
    with Guard.open(policy):
        pass
    (index,) = (policy.parent / "state" / "index").iterdir()
    data = bytearray(index.read_bytes())
    data[4_096::97] = bytes(byte ^ 1 for byte in data[4_096::97])
    index.write_bytes(data)

    with Guard.open(policy, threads=False) as guard:
        assert reason(guard, FIRST) == "state-stale"
    with Guard.open(policy, threads=False) as guard:  # it was made anew
        assert reason(guard, FIRST) == "allowed"
        assert reason(guard, "13800130009") == "listed"


def test_what_could_not_be_written_is_sent_by_a_beat(alone, policy, monkeypatch):
    monkeypatch.setattr("callguard.state.sqlite._WAIT_S", 0.2)
    database = sqlite3.connect(policy.parent / "state" / "callguard.db", isolation_level=None)
    try:
        database.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match="denied on this host"):
            alone.refuse(FIRST)
        assert reason(alone, FIRST) == "refused"
        database.execute("ROLLBACK")
    finally:
        database.close()
    monkeypatch.setattr("callguard.state.watched._MEND_S", 0)
    monkeypatch.setattr("callguard.state.watched._LOOK_S", 0)
    alone.beat()
    alone.beat()

    assert alone.warnings == () or all(warning.key != "state-spooled" for warning in alone.warnings)
    with Guard.open(policy) as other:
        assert reason(other, FIRST) == "refused"
    assert reason(alone, SECOND) == "allowed"


FORKED = """
import os, sys, threading
from callguard import Guard
with Guard.open(sys.argv[1], threads=False) as guard:
    child = os.fork()
    if child == 0:
        guard.beat()
        reasons = [guard.may_dial(callee, caller=sys.argv[2], campaign="notice").reason for callee in sys.argv[3:]]
        print(threading.active_count(), *reasons, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_a_forked_child_has_no_threads_either(policy):
    """In a process of its own: where guards with threads are open, a child begins theirs anew."""
    done = subprocess.run(
        [sys.executable, "-c", FORKED, policy, CALLER, FIRST, "13800130009"], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("1 allowed listed\n", "")


def test_a_guard_in_memory_beats_too(policy):
    from callguard import Policy

    with Guard(Policy.load(policy), threads=False) as guard:
        guard.beat()
        assert reason(guard, FIRST) == "allowed"
