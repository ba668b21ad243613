"""Full, read-only, locked, damaged, replaced, wrongly keyed: a clear error or a denial, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from callguard import DialDenied, Guard, PolicyError
from callguard.errors import StateError
from callguard.sealing import new_key
from callguard.testing import FrozenClock
from tests.dying import CALLER, FIRST, wait_for, write_policy

NOW = "2026-11-24T10:00:00+08:00"
NUMBER = f"+{FIRST}"
SOON = 0.5  # a tenth of a second is promised; a loaded machine may be slower


def reason(guard, number=NUMBER, campaign="notice"):
    return guard.may_dial(number, caller=CALLER, campaign=campaign).reason.value


def place(guard, number=NUMBER):
    with guard.attempt(number, caller=CALLER, campaign="survey") as attempt:
        attempt.outcome("answered")


@pytest.fixture
def policy(tmp_path):
    return write_policy(tmp_path / "enterprise")


def isolated(tmp_path, size, policy, script):
    """Run a script whose policy's state is a small file system of its own, in a mount namespace of its own."""
    state = policy.parent / "state"
    state.mkdir(mode=0o700)
    command = f'mount -t tmpfs -o size={size},mode=700 none "$1" && shift && exec "$@"'
    tried = subprocess.run(["unshare", "-m", "sh", "-c", command, "sh", state, "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("this user may not mount a file system")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command, "sh", state, sys.executable, "-c", textwrap.dedent(script), policy, state],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), *filter(None, [os.environ.get("PYTHONPATH")])])},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()


FULL = """
import os, sys
from callguard import DialDenied, Guard
from callguard.errors import StateError
from tests.dying import CALLER, FIRST, wait_for
policy, state = sys.argv[1:]

def reason(guard, n):
    return guard.may_dial(f"+{n}", caller=CALLER, campaign="notice").reason.value

kept, placed, failed = [], 0, 0
with Guard.open(policy) as guard:
    n = FIRST
    while failed < 3 and len(kept) < 100_000:
        n += 1
        try:
            guard.refuse(f"+{n}", source="x" * 200)
            kept.append(n)
        except StateError as error:
            assert "full" in str(error) or "space" in str(error), error
            assert str(n)[4:] not in str(error)
            failed += 1
            assert reason(guard, n) == "refused", "denied on this host all the same"
    assert failed == 3
    try:
        with guard.attempt(f"+{FIRST}", caller=CALLER, campaign="survey"):
            raise SystemExit("an attempt was let go that could not be written")
    except DialDenied as error:
        denied = error.decision.reason.value
    assert denied in ("log-unavailable", "state-stale"), denied
    assert all(reason(guard, each) == "refused" for each in kept)

with Guard.open(policy) as guard:
    assert all(reason(guard, each) == "refused" for each in kept), "nothing acknowledged is lost"
    assert all(reason(guard, each) == "refused" for each in (n - 2, n - 1, n)), "nor what was spooled"
print(len(kept), failed, denied)
"""


def test_a_full_disk_loses_nothing_and_denies(tmp_path, policy):
    kept, failed, denied = isolated(tmp_path, "2m", policy, FULL)

    assert int(kept) > 100
    assert int(failed) == 3
    assert denied == "log-unavailable"


READ_ONLY = """
import subprocess, sys
from callguard import Guard
from callguard.errors import StateError
policy, state = sys.argv[1:]
subprocess.run(["mount", "-o", "remount,ro", state], check=True)
try:
    Guard.open(policy)
except StateError as error:
    assert "read-only" in str(error).lower() or "cannot be written" in str(error), error
    print("refused")
"""


def test_a_read_only_folder_is_refused_when_a_guard_opens(tmp_path, policy):
    assert isolated(tmp_path, "4m", policy, READ_ONLY) == ["refused"]


def test_a_locked_database_denies_and_what_was_refused_meanwhile_is_sent_later(policy, monkeypatch):
    with Guard.open(policy) as guard:
        place(guard)
        other = sqlite3.connect(policy.parent / "state" / "callguard.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match="spool"):
            guard.refuse(NUMBER)
        assert reason(guard) == "refused"
        with pytest.raises(DialDenied):
            place(guard, f"+{FIRST + 1}")
        other.execute("ROLLBACK")
        other.close()
        assert wait_for(10, lambda: sent(policy)) is not None, "it was never sent"
        place(guard, f"+{FIRST + 1}")
    with Guard.open(policy) as guard:
        assert reason(guard) == "refused"


def sent(policy):
    with sqlite3.connect(policy.parent / "state" / "callguard.db") as reader:
        count = reader.execute("SELECT count(*) FROM records").fetchone()[0]
    reader.close()
    return count == 1


@pytest.mark.parametrize("what", ["deleted", "replaced", "restored"])
def test_a_folder_that_is_replaced_is_stale_until_it_is_reloaded(policy, what):
    state, copy = policy.parent / "state", policy.parent / "copy"
    with Guard.open(policy):
        pass
    shutil.copytree(state, copy)
    with Guard.open(policy) as guard:
        guard.refuse(NUMBER)
        assert reason(guard, f"+{FIRST + 1}") == "allowed"
        state.rename(policy.parent / "away")
        if what == "replaced":
            other = write_policy(policy.parent / "other")
            Guard.open(other).close()
            (other.parent / "state").rename(state)
        elif what == "restored":
            copy.rename(state)

        took = wait_for(5, lambda: reason(guard, f"+{FIRST + 1}") == "state-stale")
        assert took is not None
        assert took < SOON
        with pytest.raises(StateError):
            guard.refuse(f"+{FIRST + 2}")
        if what != "replaced":  # that one was sealed by another key
            guard.reload()
            assert reason(guard, f"+{FIRST + 1}") == "allowed"
            assert reason(guard) == "allowed", "a restored folder knows no better"


def test_a_clock_set_back_an_hour_is_stale_and_one_that_is_right_again_is_not(policy):
    clock = FrozenClock(NOW)
    with Guard.open(policy, clock=clock) as guard:
        guard.refuse(f"+{FIRST + 1}")
        assert reason(guard) == "allowed"
        clock.advance(-3600)
        assert wait_for(5, lambda: reason(guard) == "state-stale") is not None
        clock.advance(3600)
        assert wait_for(5, lambda: reason(guard) == "allowed") is not None
        clock.advance(-50)
        assert wait_for(0.3, lambda: reason(guard) == "state-stale") is None, "a minute is no step back"


def test_a_damaged_page_is_an_error_or_a_denial_and_never_a_wrong_answer(policy):
    database = policy.parent / "state" / "callguard.db"
    with Guard.open(policy) as guard:
        guard.refuse_many([(f"+{FIRST + i}", None) for i in range(20_000)])
    whole = database.read_bytes()
    pages = len(whole) // 4096
    wrong, told = [], []
    for page in range(1, pages, max(1, pages // 40)):
        spoiled = bytearray(whole)
        spoiled[page * 4096 + 700 : page * 4096 + 740] = bytes(40)
        for name in ("callguard.db-wal", "callguard.db-shm", "tail"):
            (policy.parent / "state" / name).unlink(missing_ok=True)
        database.write_bytes(spoiled)
        try:
            with Guard.open(policy) as guard:
                wrong += [i for i in range(0, 20_000, 97) if reason(guard, f"+{FIRST + i}") == "allowed"]
        except StateError as error:
            told.append(str(error))
    assert wrong == []
    assert told
    assert all("callguard.db" in text for text in told)


def test_a_key_that_is_missing_or_another_is_a_clear_error(policy):
    key = policy.parent / "callguard.key"
    with Guard.open(policy) as guard:
        guard.refuse(NUMBER)
    secret = key.read_text()
    key.unlink()
    with pytest.raises(PolicyError, match=r"call_log\.key_file"):
        Guard.open(policy)
    key.touch(mode=0o600)
    key.write_text(new_key())
    with pytest.raises(StateError, match="key"):
        Guard.open(policy)
    key.write_text(f"{new_key()}\n{secret}")
    with Guard.open(policy) as guard:
        assert reason(guard) == "refused", "a key that is added rewrites nothing"
        guard.refuse(f"+{FIRST + 1}")
    key.write_text(secret)
    with pytest.raises(StateError, match="key"):
        Guard.open(policy)


def test_without_the_key_no_number_can_be_read(policy):
    with Guard.open(policy) as guard:
        guard.refuse(NUMBER, source="agent 7")
        guard.consent(f"+{FIRST + 1}", proof="recording 7")
        place(guard, f"+{FIRST + 2}")
        for path in (policy.parent / "state").rglob("*"):
            if path.is_file():
                found = path.read_bytes()
                for i in range(3):
                    assert str(FIRST + i).encode() not in found, path.name
                    assert (FIRST + i).to_bytes(8, "little") not in found, path.name
                    assert (FIRST + i).to_bytes(6, "big") not in found, path.name
                assert b"agent 7" not in found
                assert b"recording 7" not in found


@pytest.mark.parametrize("size", [None, 0, 1])
def test_a_database_that_is_gone_is_no_new_one(policy, size):
    database = policy.parent / "state" / "callguard.db"
    with Guard.open(policy) as guard:
        guard.refuse(NUMBER)
    for name in ("callguard.db-wal", "callguard.db-shm"):
        (policy.parent / "state" / name).unlink(missing_ok=True)
    whole = database.read_bytes()
    if size is None:
        database.unlink()
    else:
        database.write_bytes(whole[:size])

    with pytest.raises(StateError):
        Guard.open(policy)
    with pytest.raises(StateError):
        Guard.open(policy)  # nor the next time
    database.write_bytes(whole)
    with Guard.open(policy) as guard:
        assert reason(guard) == "refused"
