"""Checkpoints: what is written is what is read again, or nothing is; and nothing but the file is touched."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard import memory_files
from callguard._core import native
from callguard.errors import StateError
from callguard.rules.rule import Consent
from callguard.sealing import Keyring, new_key
from callguard.state import checkpoint, checkpoint_memory
from callguard.state.checkpoint_form import PAGE, SEAL
from callguard.state.records import Consented, Lift, Refusal, StatusChange
from callguard.state.view import SHARED, View

BASE = "ab" * 16
FIRST = 8_613_800_000_000
PLAIN = Keyring.plain()
SEALED = Keyring.of(new_key())


@pytest.fixture(params=["plain", "sealed", "sealed without shared memory"])
def keyring(request, tmp_path, monkeypatch):
    folder = tmp_path / "memory"
    if request.param != "sealed without shared memory":
        folder.mkdir()
    monkeypatch.setattr(memory_files, "MEMORY", folder)
    return PLAIN if request.param == "plain" else SEALED


@pytest.fixture
def memory(tmp_path, monkeypatch):
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(memory_files, "MEMORY", folder)
    return folder


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return folder / checkpoint.NAME


def refusal(number: int, scope: str = "enterprise", **other) -> Refusal:
    return Refusal(number=number, scope=scope, at=other.pop("at", 1.0), **other)


def view_of(count: int, *scopes: str, seed: int = 1) -> View:
    """Return a view in which so many numbers have refused."""
    chance, view = random.Random(seed), View()
    for scope in scopes:
        view.bit(scope)
    for number in chance.sample(range(FIRST, FIRST + 100 * count + 1), count):
        view.apply(refusal(number, chance.choice(scopes)))
    return view


def known(view: View) -> dict[int, frozenset[str]]:
    return {number: view.refused(number) for number, mask in view.delta.items() if mask}


def loaded(path, keyring, database=BASE, **other):
    """Return the view and mark that a checkpoint gives, and what is said where it is none."""
    view, said = View(), []
    mark = checkpoint.load(path, view, database, keyring, tell=said.append, **other)
    assert (mark is None) is (len(view.delta) == 0 and not view.scopes)
    return view, mark, said


@pytest.mark.parametrize("count", [1, 600, 700, 40_000])
def test_what_is_written_is_read_again(path, keyring, count):
    view = view_of(count, "enterprise", "brand", "product")

    assert checkpoint.write(path, view, BASE, 77 << 16, keyring, last=5)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [checkpoint.NAME]
    found, mark, said = loaded(path, keyring)

    assert (mark, said) == (77 << 16, [])
    assert known(found) == known(view)
    assert found.scopes == ("enterprise", "brand", "product")
    assert found.bit("product") == view.bit("product")
    assert found.delta.changed
    assert len(found.delta) == count
    assert checkpoint.standing(path, BASE, keyring) == 77 << 16


def test_an_empty_view_is_a_view_too(path, keyring):
    assert checkpoint.write(path, View(), BASE, 0, keyring)
    found = View()
    assert checkpoint.load(path, found, BASE, keyring) == 0
    assert len(found.delta) == 0
    assert not found.delta.changed


def test_nothing_there_is_nothing_to_tell(path, keyring):
    assert loaded(path, keyring)[1:] == (None, [])
    assert checkpoint.standing(path, BASE, keyring) == -1


def test_many_scopes_and_lifts_come_back(path, keyring):
    view = View()
    scopes = [f"scope-{i}" for i in range(70)]
    for i, scope in enumerate(scopes):
        view.apply(refusal(FIRST + i, scope))
        view.apply(refusal(FIRST, scope))
    for scope in scopes[40:]:
        view.apply(Lift(number=FIRST, scope=scope, at=2.0, proof="letter"))
    for number in (FIRST + 65, FIRST + 3):
        view.apply(Lift(number=number, scope=scopes[number - FIRST], at=2.0, proof="letter"))
    assert view.bit(scopes[65]) == SHARED

    assert checkpoint.write(path, view, BASE, 1, keyring)
    found, mark, _ = loaded(path, keyring)

    assert mark == 1
    assert known(found) == known(view)
    assert found.refused(FIRST) == frozenset(scopes[:40])
    assert found.refused(FIRST + 69) == {"scope-69"}
    assert found.refused(FIRST + 65) == frozenset()


def test_so_many_different_masks_that_the_table_has_another_form(path, keyring):
    view = View()
    for i in range(14):
        view.bit(f"scope-{i}")
    for i in range(1, native.SORTS + 300):
        view.delta.put(FIRST + i, i)

    assert checkpoint.write(path, view, BASE, 1, keyring)
    found, mark, _ = loaded(path, keyring)

    assert mark == 1
    assert dict(found.delta.items()) == {FIRST + i: i for i in range(1, native.SORTS + 300)}
    assert found.refused(FIRST + 3) == {"scope-0", "scope-1"}


def test_what_is_besides_refusals_is_applied_without_touching_them(path):
    records = [
        refusal(FIRST),
        Lift(number=FIRST, scope="enterprise", at=5.0, proof="letter"),
        refusal(FIRST, at=4.0, imported=True),
        refusal(FIRST + 1),
        Lift(number=FIRST + 1, scope="enterprise", at=5.0, proof="letter"),
        refusal(FIRST + 1, at=6.0),
        Consented(number=FIRST + 2, scope="brand", at=1.0, proof="form"),
        StatusChange(caller="caller", status="suspended", at=1.0),
    ]
    view = View()
    for record in records:
        view.apply(record)
    assert checkpoint.write(path, view, BASE, 8 << 16, PLAIN)
    found, _, _ = loaded(path, PLAIN)
    for record in records:
        if not isinstance(record, Refusal):
            found.apply_besides(record)

    assert known(found) == known(view) == {FIRST + 1: {"enterprise"}}
    assert found.consents == view.consents
    assert found.consents[FIRST + 2] == (Consent("brand", None, "form"),)
    assert found.statuses == view.statuses == {"caller": "suspended"}
    for each in (view, found):
        each.apply(refusal(FIRST, at=4.5, imported=True))
        each.apply(refusal(FIRST + 9, at=4.5, imported=True))
    assert known(found) == known(view) == {FIRST + 1: {"enterprise"}, FIRST + 9: {"enterprise"}}


def test_the_file_does_not_change_when_the_table_does(path, keyring):
    view = view_of(2_000, "enterprise", "brand")
    assert checkpoint.write(path, view, BASE, 1, keyring)
    before = path.read_bytes()
    found, _, _ = loaded(path, keyring)
    other, _, _ = loaded(path, keyring)
    was = known(other)
    for i in range(5_000):
        found.apply(refusal(FIRST + 37 * i, "brand"))
    for number in list(was)[:300]:
        found.apply(Lift(number=number, scope="enterprise", at=2.0, proof="letter"))

    assert path.read_bytes() == before
    assert known(other) == was == known(loaded(path, keyring)[0])
    assert all("brand" in found.refused(FIRST + 37 * i) for i in range(5_000))
    assert found.refused(next(iter(was))) <= {"brand"}


def test_it_is_right_however_much_is_put_while_it_is_written(path, keyring, monkeypatch):
    """Whatever is put between two pieces: with the records after the mark applied again, all is as it is in the view."""
    monkeypatch.setattr("callguard.state.checkpoint_form.PIECE", 8 * 2_048)
    chance = random.Random(3)
    pool = [FIRST + chance.randrange(10**9) for _ in range(20_000)]
    # of 4,096 slots the first half is copied before the rest: some would stand where it ends, and find no room
    pool = [n for n in pool if 2_040 <= native.slot_of(n, 52) < 2_048] + pool[:200]
    for round_ in range(20):
        view = view_of(1_500, "enterprise", "brand", seed=round_)
        log, taken = [], []
        put = checkpoint._put

        def and_put(*arguments, view=view, log=log, taken=taken, put=put):
            taken.append(1)
            for _ in range(chance.randrange(150)):
                number = chance.choice(pool)
                scope = chance.choice(("enterprise", "brand", "new"))
                kind = chance.randrange(3)
                record = refusal(number, scope) if kind else Lift(number=number, scope=scope, at=3.0, proof="letter")
                view.apply(record)
                log.append(record)
            return put(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(checkpoint, "_put", and_put)
            assert checkpoint.write(path, view, BASE, round_ + 1, keyring)
        assert len(taken) > 6
        found, mark, _ = loaded(path, keyring)
        assert mark == round_ + 1
        log.sort(key=lambda record: -record.number)  # as from a spool, in which callees stand in an order of their own
        for record in log:
            found.apply(record)

        assert known(found) == known(view)
        found.delta.reserve(30_000)
        assert known(found) == known(view)


def test_it_is_written_while_others_ask_and_put(path):
    view = view_of(5_000, "enterprise")
    ended, more = threading.Event(), []

    def put() -> None:
        number = FIRST + 10**9
        while not ended.is_set():
            number += 17
            view.apply(refusal(number))
            more.append(number)
            time.sleep(0)

    putting = threading.Thread(target=put)
    putting.start()
    try:
        for mark in range(1, 6):
            assert checkpoint.write(path, view, BASE, mark, PLAIN)
    finally:
        ended.set()
        putting.join()
    found, mark, _ = loaded(path, PLAIN)
    for number in more:
        found.apply(refusal(number))
    assert mark == 5
    assert known(found) == known(view)


@pytest.fixture
def good(path, keyring):
    assert checkpoint.write(path, view_of(900, "enterprise", "brand"), BASE, 9, keyring)
    return path.read_bytes()


def test_a_file_that_was_cut_off_is_not_used(path, keyring, good):
    chance = random.Random(4)
    for size in {0, 1, 7, 8, 100, PAGE - 1, PAGE, PAGE + 1, len(good) - 1, *(chance.randrange(len(good)) for _ in range(40))}:
        path.write_bytes(good[:size])
        _, mark, said = loaded(path, keyring)
        assert mark is None
        assert len(said) == 1
        assert str(path) in said[0]
        assert str(FIRST)[:6] not in said[0].replace(str(path), "")
    path.write_bytes(good + b"\0")
    assert loaded(path, keyring)[1] is None
    path.write_bytes(good)
    assert loaded(path, keyring)[1] == 9


def test_a_file_with_any_bit_changed_is_not_used(path, keyring, good):
    chance = random.Random(5)
    head = [*range(152), *(chance.randrange(PAGE) for _ in range(20))]
    for at in [*head, *(chance.randrange(PAGE, len(good)) for _ in range(150)), len(good) - 1]:
        changed = bytearray(good)
        changed[at] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        _, mark, said = loaded(path, keyring)
        assert (mark, len(said)) == (None, 1), at
    path.write_bytes(good)
    assert loaded(path, keyring)[1] == 9


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_what_is_no_checkpoint_is_not_used(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "checkpoint"
    path.write_bytes(content)
    assert loaded(path, PLAIN)[1] is None
    path.write_bytes(b"cgcheck\n" + content.ljust(2 * PAGE, b"\1"))
    assert loaded(path, SEALED)[1] is None


def test_what_cannot_be_opened_is_not_used(path):
    path.mkdir()
    _, mark, said = loaded(path, PLAIN)
    assert (mark, len(said)) == (None, 1)
    path.rmdir()
    path.symlink_to("/etc/passwd")
    _, mark, said = loaded(path, PLAIN)
    assert (mark, len(said)) == (None, 1)


def test_another_databases_checkpoint_is_left_alone_until_it_is_replaced(path, keyring, good):
    _, mark, said = loaded(path, keyring, "cd" * 16)
    assert mark is None
    assert "another database" in said[0]
    assert path.read_bytes() == good

    assert checkpoint.write(path, view_of(5, "enterprise"), "cd" * 16, 1, keyring)
    assert loaded(path, keyring, "cd" * 16)[1] == 1
    assert loaded(path, keyring)[1] is None


def test_a_database_that_went_back_has_no_use_for_it(path, keyring, good):
    asked = []
    assert loaded(path, keyring, holds=lambda *found: asked.append(found) or True)[1] == 9
    assert asked == [(9, 0)]
    _, mark, said = loaded(path, keyring, holds=lambda *_: False)
    assert mark is None
    assert "does not have the record" in said[0]
    assert not path.exists()
    assert checkpoint.write(path, view_of(5, "enterprise"), BASE, 3, keyring)
    assert loaded(path, keyring)[1] == 3


def test_a_database_that_cannot_be_asked_is_an_error_and_the_file_stays(path, keyring, good):
    def fails(*_):
        raise StateError("it is away")

    with pytest.raises(StateError, match="away"):
        checkpoint.load(path, View(), BASE, keyring, holds=fails)
    assert path.read_bytes() == good


def test_a_damaged_one_makes_way(path, keyring, good):
    """Its header says a mark that would keep others from being written."""
    changed = bytearray(good)
    changed[PAGE + 5] ^= 1
    path.write_bytes(changed)
    assert loaded(path, keyring)[1] is None
    assert not path.exists()
    assert checkpoint.write(path, view_of(5, "enterprise"), BASE, 2, keyring)


def test_of_another_version_or_byte_order_is_not_used(path, keyring, good, monkeypatch):
    monkeypatch.setattr("callguard.state.checkpoint_form._VERSION", 2)
    _, mark, said = loaded(path, keyring)
    assert mark is None
    assert "another version" in said[0]
    monkeypatch.undo()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "byteorder", "big" if sys.byteorder == "little" else "little")
        assert "byte order" in loaded(path, PLAIN if keyring is PLAIN else SEALED)[2][0]


def test_sealed_it_shows_nothing_and_needs_its_key(path, memory):
    numbers = [FIRST + i * 1_000_003 for i in range(50)]
    view = View()
    for number in numbers:
        view.apply(refusal(number, "a-scope-of-ours"))
    assert checkpoint.write(path, view, BASE, 9, SEALED)

    held = path.read_bytes()
    assert b"a-scope-of-ours" not in held
    assert not any(number.to_bytes(8, "little")[:6] in held for number in numbers)
    for other in (Keyring.of(new_key()), PLAIN):
        _, mark, said = loaded(path, other)
        assert mark is None
        assert f"key {SEALED.active}" in said[0]
        assert path.read_bytes() == held
        assert checkpoint.standing(path, BASE, other) == -1
    assert list(memory.iterdir()) == []


def test_a_key_before_the_active_one_will_do(path, memory):
    old, new = new_key(), new_key()
    assert checkpoint.write(path, view_of(50, "enterprise"), BASE, 9, Keyring.of(old))
    assert loaded(path, Keyring.of(f"{new} {old}"))[1] == 9


def test_a_plain_one_goes_once_there_is_a_key(path, memory):
    assert checkpoint.write(path, view_of(50, "enterprise"), BASE, 9, PLAIN)
    _, mark, said = loaded(path, SEALED)
    assert mark is None
    assert "not sealed" in said[0]
    assert not path.exists()


def test_pieces_of_a_sealed_one_cannot_change_places(path, memory, monkeypatch):
    monkeypatch.setattr("callguard.state.checkpoint_form.PIECE", 4_096)
    view, other_view = view_of(500, "enterprise"), view_of(500, "enterprise", seed=2)
    assert checkpoint.write(path, view, BASE, 9, SEALED)
    held = path.read_bytes()
    size = 4_096 + SEAL
    swapped = held[:PAGE] + held[PAGE + size : PAGE + 2 * size] + held[PAGE : PAGE + size] + held[PAGE + 2 * size :]
    path.write_bytes(swapped)
    assert loaded(path, SEALED)[1] is None
    assert checkpoint.write(path, other_view, BASE, 10, SEALED)
    other = path.read_bytes()
    path.write_bytes(other[: PAGE + size] + held[PAGE + size : PAGE + 2 * size] + other[PAGE + 2 * size :])
    assert loaded(path, SEALED)[1] is None


def test_the_plain_table_is_shared_and_goes_with_the_last_who_uses_it(path, memory):
    view = view_of(3_000, "enterprise")
    assert checkpoint.write(path, view, BASE, 9, SEALED)
    first, _, _ = loaded(path, SEALED)
    (kept,) = memory.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert BASE in kept.name
    before = kept.stat()
    second, _, _ = loaded(path, SEALED)
    assert [each.name for each in memory.iterdir()] == [kept.name]
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    second.apply(refusal(FIRST - 5))
    assert first.refused(FIRST - 5) == frozenset()

    del first
    assert kept.exists()
    third, _, _ = loaded(path, SEALED)
    del third
    assert kept.exists()
    assert second.refused(FIRST - 5) == {"enterprise"}
    del second
    assert not kept.exists()


def test_a_plain_table_of_an_older_checkpoint_is_removed(path, memory):
    view = view_of(3_000, "enterprise")
    assert checkpoint.write(path, view, BASE, 9, SEALED)
    first, _, _ = loaded(path, SEALED)
    (kept,) = memory.iterdir()
    stranger = memory / "callguard-others"
    stranger.touch()
    (memory / f"{kept.name[:-4]}0000.new").touch()  # of one who was killed
    view.apply(refusal(FIRST - 5))
    assert checkpoint.write(path, view, BASE, 10, SEALED)
    assert [each.name for each in memory.iterdir()] == [stranger.name]
    assert len(first.delta) == 3_000
    second, _, _ = loaded(path, SEALED)
    assert second.refused(FIRST - 5) == {"enterprise"}
    assert len(list(memory.iterdir())) == 2


def test_a_plain_table_that_is_not_ours_is_not_trusted(path, memory):
    assert checkpoint.write(path, view_of(300, "enterprise"), BASE, 9, SEALED)
    first, _, _ = loaded(path, SEALED)
    (kept,) = memory.iterdir()
    held = kept.read_bytes()
    for spoil in (
        lambda: kept.chmod(0o604),
        lambda: kept.write_bytes(b""),
        lambda: kept.write_bytes(held[:-1]),
        lambda: kept.write_bytes(bytes(16) + held[16:]),
        lambda: (kept.unlink(), kept.symlink_to("/dev/null")),
        lambda: (kept.unlink(), kept.mkdir()),
    ):
        copy = memory / "new"
        copy.write_bytes(held)
        copy.chmod(0o600)
        if kept.is_symlink():
            kept.unlink()
        copy.rename(kept)
        spoil()
        found, mark, said = loaded(path, SEALED)
        assert (mark, said) == (9, [])
        assert known(found) == known(first)
    kept.rmdir()


def test_where_there_is_no_room_for_the_plain_table_it_is_in_memory_of_its_own(path, memory, monkeypatch):
    assert checkpoint.write(path, view_of(300, "enterprise"), BASE, 9, SEALED)

    def no_room(fd, content, at):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint_memory, "write_at", no_room)
    found, mark, said = loaded(path, SEALED)
    assert (mark, said) == (9, [])
    assert len(found.delta) == 300
    assert list(memory.iterdir()) == []


def test_while_another_writes_nothing_is_done(path, keyring):
    view = view_of(50, "enterprise")
    held = memory_files.taken(path.with_name("checkpoint.new"))
    assert checkpoint.write(path, view, BASE, 9, keyring) is False
    assert not path.exists()
    os.close(held)
    assert checkpoint.write(path, view, BASE, 9, keyring) is True


def test_an_older_one_does_not_take_the_place_of_a_newer(path, keyring):
    assert checkpoint.write(path, view_of(50, "enterprise"), BASE, 9, keyring)
    before = path.read_bytes()
    for mark in (9, 8):
        assert checkpoint.write(path, view_of(60, "enterprise"), BASE, mark, keyring) is False
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [checkpoint.NAME]


def test_a_disk_that_is_full_leaves_the_old_one(path, keyring, good, monkeypatch):
    written = []

    def full(fd, content, at):
        written.append(at)
        if len(written) > 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "write_at", full)
    with pytest.raises(StateError, match="No space left") as caught:
        checkpoint.write(path, view_of(60, "enterprise"), BASE, 10, keyring)
    assert "checkpoint" in str(caught.value)
    assert path.read_bytes() == good
    assert [each.name for each in path.parent.iterdir()] == [checkpoint.NAME]


def test_a_file_that_others_may_read_is_not_written_to(path):
    beside = path.with_name("checkpoint.new")
    beside.touch()
    beside.chmod(0o644)
    with pytest.raises(StateError, match="others may read"):
        checkpoint.write(path, view_of(5, "enterprise"), BASE, 1, PLAIN)


WRITER = """
import sys
from pathlib import Path
from callguard.sealing import Keyring
from callguard.state import checkpoint
from callguard.state.records import Refusal
from callguard.state.view import View

path, key, mark = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
keyring = Keyring.of(key) if key else Keyring.plain()
view = View()
for i in range(mark):
    view.apply(Refusal(number=8_613_800_000_000 + 97 * i, scope="enterprise", at=1.0))
view.delta.reserve(60_000)
print("ready", flush=True)
while True:
    mark += 1
    view.apply(Refusal(number=8_613_800_000_000 + 97 * (mark - 1), scope="enterprise", at=1.0))
    checkpoint.write(path, view, "ab" * 16, mark, keyring)
"""


@pytest.mark.parametrize("key", ["", new_key()], ids=["plain", "sealed"])
def test_killed_while_it_writes_it_leaves_a_whole_one(path, memory, key):
    keyring = Keyring.of(key) if key else PLAIN
    chance, last = random.Random(6), 100
    for _ in range(4):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path), key, str(last)], stdout=subprocess.PIPE) as writer:
            try:
                assert writer.stdout.readline() == b"ready\n"
                until = time.monotonic() + 20
                while checkpoint.standing(path, BASE, keyring) <= last and time.monotonic() < until:
                    time.sleep(0.002)
                time.sleep(chance.random() * 0.08)
            finally:
                writer.send_signal(signal.SIGKILL)
        found, mark, said = loaded(path, keyring)
        assert said == []
        assert mark > last
        assert len(found.delta) == mark
        assert all(found.delta.get(FIRST + 97 * i) for i in range(mark))
        last = mark


def test_a_forked_child_has_its_own_and_leaves_the_parents(path, memory):
    assert checkpoint.write(path, view_of(500, "enterprise"), BASE, 9, SEALED)
    view, _, _ = loaded(path, SEALED)
    was = known(view)
    code = os.fork()
    if code == 0:
        status = 1
        try:
            view.apply(refusal(FIRST - 5))
            right = view.refused(FIRST - 5) == {"enterprise"} and len(known(view)) == len(was) + 1
            del view
            status = 0 if right else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(code, 0)[1]) == 0
    assert known(view) == was
    assert len(list(memory.iterdir())) == 1


def test_when_it_is_due():
    assert not checkpoint.due(0, 0, 1e9)
    assert not checkpoint.due(10_000, 0)
    assert checkpoint.due(10_000, 0, 60)
    assert checkpoint.due(30_000, 100_000)
    assert not checkpoint.due(50_000, 10_000_000)
    assert not checkpoint.due(50_000, 10_000_000, 5)
    assert checkpoint.due(50_000, 10_000_000, 60)
    assert checkpoint.due(600_000, 10_000_000)


@pytest.mark.skipif(not shutil.disk_usage("/dev/shm").total, reason="no memory file system")
def test_in_the_memory_file_system_of_this_machine(path):
    database = os.urandom(16).hex()
    assert checkpoint.write(path, view_of(500, "enterprise"), database, 9, SEALED)
    found, mark, _ = loaded(path, SEALED, database)
    kept = [each for each in memory_files.MEMORY.iterdir() if database in each.name]
    assert (mark, len(kept)) == (9, 1)
    del found
    assert not kept[0].exists()
