"""The spool: what was put is there until it is dropped, whatever dies, fills up or is removed meanwhile."""

import contextlib
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard import StateError
from callguard.state import spool as spools
from callguard.state.directory import Directory
from callguard.state.spool import REFUSAL, START, STEP, Spool

OUTCOME = 2
HEAD = 10  # bytes before an entry's payload


@pytest.fixture
def directory(tmp_path):
    made = Directory(tmp_path / "state")
    yield made
    made.close()


@pytest.fixture
def spool(directory):
    opened = Spool.open(directory)
    yield opened
    opened.close()


def again(directory):
    return contextlib.closing(Spool.open(directory))


def full(*_):
    raise OSError(28, "No space left on device")


def test_a_new_spool_is_empty_and_has_its_space(directory, spool):
    path = directory.path / "spool"
    assert spool.items() == []
    assert spool.refusals() == 0
    assert path.stat().st_size == STEP == 65_536
    assert path.stat().st_blocks * 512 >= STEP
    assert path.stat().st_mode & 0o777 == 0o600


def test_put_read_counted_and_dropped(directory, spool):
    assert spool.put(REFUSAL, b"one") == 1
    assert spool.put(OUTCOME, b"") == 2
    assert spool.put(REFUSAL, b"three") == 3
    with again(directory) as other:
        assert other.items() == spool.items() == [(REFUSAL, b"one"), (OUTCOME, b""), (REFUSAL, b"three")]
        assert other.refusals() == spool.refusals() == 2
        other.drop(1)
        assert spool.items() == [(OUTCOME, b""), (REFUSAL, b"three")]
        assert spool.refusals() == 1
        spool.drop(1)
        assert other.items() == [(REFUSAL, b"three")]
        assert other.put(REFUSAL, b"four") == 2
        spool.drop(2)
        assert other.items() == []
        assert other.refusals() == 0
        assert spool.put(OUTCOME, b"five") == 1
    with again(directory) as other:
        assert other.items() == [(OUTCOME, b"five")]


@pytest.mark.parametrize(("count", "left"), [(-1, 3), (0, 3), (1, 2), (2, 1), (3, 0), (4, 0)])
def test_dropping_some_all_and_more(spool, count, left):
    for i in range(3):
        spool.put(REFUSAL, b"%d" % i)
    spool.drop(count)
    assert spool.items() == [(REFUSAL, b"%d" % i) for i in range(3 - left, 3)]
    assert spool.refusals() == left


def test_dropping_from_an_empty_one(spool):
    spool.drop(3)
    assert spool.put(REFUSAL, b"one") == 1
    assert spool.items() == [(REFUSAL, b"one")]


def test_it_lasts_before_put_and_drop_return(spool, monkeypatch):
    at_sync = []

    def sync(fd):
        at_sync.append(spools._entries(fd, spools._read(fd)))

    monkeypatch.setattr(spools.os, "fsync", sync)
    spool.put(REFUSAL, b"one")
    assert [entries[-1][2] for entries in at_sync] == [b"one"]
    spool.drop(1)
    assert at_sync[1:] == [[]]


def test_space_is_used_again_once_all_is_dropped(directory, spool):
    for _ in range(5):
        for _ in range(50):
            spool.put(REFUSAL, b"x" * 1_000)
        spool.drop(50)
    assert (directory.path / "spool").stat().st_size == STEP


@pytest.mark.parametrize(("size", "blocks"), [(STEP - START - HEAD, 1), (STEP - START - HEAD + 1, 2), (3 * STEP, 4)])
def test_it_grows_by_whole_steps(directory, spool, size, blocks):
    spool.put(OUTCOME, b"x" * size)
    assert (directory.path / "spool").stat().st_size == blocks * STEP
    assert spool.items() == [(OUTCOME, b"x" * size)]
    spool.put(REFUSAL, b"behind")
    assert spool.items()[1:] == [(REFUSAL, b"behind")]


def test_on_a_full_disk_it_takes_what_its_space_holds(directory, spool, monkeypatch):
    monkeypatch.setattr(spools, "allocate", full)
    room = STEP - START
    spool.put(REFUSAL, b"x" * (room - 2 * HEAD - 1))
    with pytest.raises(StateError, match=r"takes nothing more \(No space left on device\)"):
        spool.put(REFUSAL, b"to")
    spool.put(REFUSAL, b"1")
    with pytest.raises(StateError, match="it empties once the database"):
        spool.put(REFUSAL, b"")
    assert spool.refusals() == 2
    spool.drop(2)
    assert spool.put(REFUSAL, b"again") == 1
    with again(directory) as other:
        assert other.items() == [(REFUSAL, b"again")]


def test_no_more_refusals_than_a_mark_can_count(spool, monkeypatch):
    monkeypatch.setattr(spools, "MOST", 2)
    spool.put(REFUSAL, b"1")
    spool.put(REFUSAL, b"2")
    with pytest.raises(StateError, match="2 refusals wait in it"):
        spool.put(REFUSAL, b"3")
    assert spool.put(OUTCOME, b"4") == 3
    spool.drop(1)
    assert spool.put(REFUSAL, b"3") == 3
    assert spools.MOST == 2


@pytest.mark.parametrize("what", ["write", "fsync"])
def test_what_raised_is_not_kept(directory, spool, monkeypatch, what):
    spool.put(REFUSAL, b"one")
    with monkeypatch.context() as patched:
        if what == "write":
            done = []

            def half(fd, content, at):
                os.pwrite(fd, content[: len(content) if done else len(content) - 1], at)
                done.append(at)
                if len(done) == 1:
                    raise OSError(5, "Input/output error")

            patched.setattr(spools, "write", half)
        else:
            patched.setattr(spools.os, "fsync", lambda fd: full())
        with pytest.raises(StateError, match=r"cannot be written \((Input/output error|No space left on device)\)"):
            spool.put(REFUSAL, b"two")
    assert spool.items() == [(REFUSAL, b"one")]
    spool.put(REFUSAL, b"three")
    with again(directory) as other:
        assert other.items() == [(REFUSAL, b"one"), (REFUSAL, b"three")]


def test_a_drop_that_cannot_be_written_is_told(spool, monkeypatch):
    spool.put(REFUSAL, b"one")
    with monkeypatch.context() as patched:
        patched.setattr(spools, "write", full)
        with pytest.raises(StateError, match="cannot be written"):
            spool.drop(1)
    assert spool.items() == [(REFUSAL, b"one")]
    spool.drop(1)
    assert spool.items() == []


# none ends with a zero: cut off, that would be there again with the next step of zeros
ENTRIES = [(REFUSAL, b"first"), (0x0202, b""), (REFUSAL, b"the third one"), (OUTCOME, bytes(30) + b"x")]


def test_cut_at_any_byte_what_was_whole_is_read_and_the_rest_written_anew(directory):
    with again(directory) as spool:
        ends = []
        at = START
        for kind, payload in ENTRIES:
            spool.put(kind, payload)
            at += HEAD + len(payload)
            ends.append(at)
    path = directory.path / "spool"
    content = path.read_bytes()
    without_hint = content[:1_024] + bytes(512) + content[1_536:]
    fd = os.open(path, os.O_RDWR)  # one file, so that its name need not last each time
    for kept in (content, without_hint):
        for cut in [*range(START, ends[-1] + 3), STEP - 1]:
            os.ftruncate(fd, 0)
            os.pwrite(fd, kept[:cut], 0)
            whole = sum(end <= cut for end in ends)
            with again(directory) as spool:
                assert spool.items() == ENTRIES[:whole]
                spool.put(REFUSAL, b"next")
                assert spool.items() == [*ENTRIES[:whole], (REFUSAL, b"next")]
    os.close(fd)


@pytest.mark.parametrize("cut", [0, 1, 39, 40, 1_024, START - 1])
def test_one_too_short_for_any_entry_is_made_anew(directory, spool, cut):
    content = (directory.path / "spool").read_bytes()
    (directory.path / "spool").write_bytes(content[:cut])
    with again(directory) as other:
        assert other.put(REFUSAL, b"one") == 1
        assert other.items() == spool.items() == [(REFUSAL, b"one")]


def test_torn_at_any_byte_the_next_entry_takes_its_place(directory, spool, monkeypatch):
    for dies in range(HEAD + 6):
        with monkeypatch.context() as patched:

            def write(fd, content, at, dies=dies):
                os.pwrite(fd, content[:dies], at)
                raise KeyboardInterrupt

            patched.setattr(spools, "write", write)
            with pytest.raises(KeyboardInterrupt):
                spool.put(OUTCOME, b"killed")
        with again(directory) as other:
            written = dies == HEAD + 6
            assert other.items() == [(OUTCOME, b"killed")] * written
            assert other.put(REFUSAL, b"ok") == 1 + written
            assert other.items()[written:] == [(REFUSAL, b"ok")]
            other.drop(2)


def test_an_entry_whose_writer_died_before_counting_it_counts(directory, spool, monkeypatch):
    spool.put(REFUSAL, b"one")
    with monkeypatch.context() as patched:
        patched.setattr(Spool, "_hint", lambda *_: None)
        spool.put(REFUSAL, b"two")
        spool.put(OUTCOME, b"three")
    with again(directory) as other:
        assert other.refusals() == 2
        assert len(other.items()) == 3
        assert other.put(REFUSAL, b"four") == 4
        assert spool.refusals() == 3


def test_a_drop_whose_writer_died_before_telling_the_counts(directory, spool, monkeypatch):
    for i in range(4):
        spool.put(REFUSAL, b"%d" % i)
    with monkeypatch.context() as patched:
        patched.setattr(Spool, "_hint", lambda *_: None)
        spool.drop(2)
    with again(directory) as other:
        assert other.refusals() == 2
        assert other.items() == [(REFUSAL, b"2"), (REFUSAL, b"3")]
        with monkeypatch.context() as patched:
            patched.setattr(Spool, "_hint", lambda *_: None)
            other.drop(2)
        assert spool.refusals() == 0
        assert spool.items() == []


def test_dropped_entries_do_not_come_back_behind_new_ones(spool):
    for i in range(6):
        spool.put(REFUSAL, b"old %d" % i)
    spool.drop(6)
    for i in range(5):
        spool.put(REFUSAL, b"new %d" % i)
        assert spool.items() == [(REFUSAL, b"new %d" % j) for j in range(i + 1)]


@pytest.mark.parametrize("at", [START, START + 4, START + 8, START + HEAD, START + HEAD + 3])
def test_an_entry_that_the_disk_has_spoiled_does_not_hide_those_behind_it(directory, spool, at):
    for i in range(3):
        spool.put(REFUSAL, b"entry %d" % i)
    fd = os.open(directory.path / "spool", os.O_RDWR)
    os.pwrite(fd, bytes([os.pread(fd, 1, at)[0] ^ 0xFF]), at)
    os.close(fd)
    with again(directory) as other:
        assert other.items() == [(REFUSAL, b"entry 1"), (REFUSAL, b"entry 2")]
        other.put(REFUSAL, b"entry 3")
        assert [payload for _, payload in other.items()] == [b"entry 1", b"entry 2", b"entry 3"]
        other.drop(1)
        assert other.refusals() == 2
        other.drop(2)
        assert other.items() == []


def test_one_head_spoiled_is_as_before_the_last_drop_and_two_are_told(directory, spool):
    for i in range(3):
        spool.put(REFUSAL, b"%d" % i)
    spool.drop(1)  # the second head counts
    path = directory.path / "spool"
    fd = os.open(path, os.O_RDWR)
    os.pwrite(fd, b"torn", 512 + 20)
    with again(directory) as other:
        assert other.items() == [(REFUSAL, b"0"), (REFUSAL, b"1"), (REFUSAL, b"2")]
        os.pwrite(fd, b"torn", 20)
        with pytest.raises(StateError, match=r"damaged.*refusals may be in it"):
            other.items()
        with pytest.raises(StateError, match="damaged"):
            other.put(REFUSAL, b"3")
    with again(directory) as other, pytest.raises(StateError, match="damaged"):
        other.refusals()
    os.close(fd)


def test_a_newer_version_is_told(directory, spool):
    body = struct.pack("<8sIQQQ", b"cgspool\n", 2, 0, 1, START)
    fd = os.open(directory.path / "spool", os.O_RDWR)
    os.pwrite(fd, body + crc32(body).to_bytes(4, "little"), 0)
    os.close(fd)
    with pytest.raises(StateError, match="of a newer callguard"):
        spool.items()


def test_a_spool_that_is_removed_is_put_back_with_all_that_waits(directory, spool):
    spool.put(REFUSAL, b"one")
    spool.put(OUTCOME, b"two")
    path = directory.path / "spool"
    path.unlink()
    assert spool.put(REFUSAL, b"three") == 3
    assert path.stat().st_size == STEP
    with again(directory) as other:
        assert other.items() == [(REFUSAL, b"one"), (OUTCOME, b"two"), (REFUSAL, b"three")]
        assert other.refusals() == 2
        path.unlink()
        assert spool.refusals() == 2
        assert other.items() == spool.items()


def test_a_spool_with_another_in_its_place_is_left(directory, spool):
    spool.put(REFUSAL, b"one")
    path = directory.path / "spool"
    path.rename(directory.path / "kept")
    with again(directory) as other:
        other.put(REFUSAL, b"another")
        assert spool.items() == [(REFUSAL, b"another")]
        (directory.path / "kept").rename(path)
        assert other.items() == spool.items() == [(REFUSAL, b"one")]


def test_a_folder_or_a_link_in_its_place_is_an_error(directory):
    (directory.path / "spool").mkdir()
    with pytest.raises(StateError, match="cannot be opened"):
        Spool.open(directory)
    (directory.path / "spool").rmdir()
    (directory.path / "spool").symlink_to("elsewhere")
    with pytest.raises(StateError, match="cannot be opened"):
        Spool.open(directory)


def test_no_room_for_a_new_one(directory, monkeypatch):
    monkeypatch.setattr("callguard.state.directory.allocate", full)
    with pytest.raises(StateError, match="No space left"):
        Spool.open(directory)


def test_closed_twice(directory):
    opened = Spool.open(directory)
    opened.close()
    opened.close()
    with pytest.raises(StateError, match="cannot be read"):
        opened.items()


def test_messages_tell_no_payload(spool, monkeypatch):
    monkeypatch.setattr(spools.os, "fsync", lambda fd: full())
    with pytest.raises(StateError) as caught:
        spool.put(REFUSAL, b"8613800130013")
    assert "8613800130013" not in str(caught.value)


steps = st.one_of(
    st.tuples(st.just("put"), st.sampled_from([REFUSAL, OUTCOME, 0xFFFF]), st.binary(max_size=60)),
    st.tuples(st.just("drop"), st.integers(0, 5)),
    st.tuples(st.just("die"), st.integers(0, 70), st.binary(max_size=60)),
    st.tuples(st.just("die dropping"), st.integers(0, 44), st.integers(1, 3)),
    st.tuples(st.just("open")),
    st.tuples(st.just("remove")),
    st.tuples(st.just("uncount")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=12))
def test_it_holds_what_was_put_and_not_dropped(tmp_path_factory, given_steps):
    directory = Directory(tmp_path_factory.mktemp("spool") / "state")
    spool, other = Spool.open(directory), Spool.open(directory)
    held = []
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(spools.os, "fsync", lambda fd: None)
        quick.setattr(Directory, "sync", lambda self: None)
        for step in given_steps:
            match step:
                case "put", kind, payload:
                    assert spool.put(kind, payload) == len(held) + 1
                    held.append((kind, payload))
                case "drop", count:
                    spool.drop(count)
                    held = held[count:]
                case "die", size, payload:
                    torn(spool.put, size, REFUSAL, payload)
                    if size >= HEAD + len(payload):
                        held.append((REFUSAL, payload))
                case "die dropping", size, count:
                    torn(spool.drop, size, count)
                    if size >= 40:
                        held = held[count:]
                case ("open",):
                    spool.close()
                    spool = Spool.open(directory)
                case ("remove",):
                    (directory.path / "spool").unlink()
                    assert other.items() == held
                case ("uncount",):
                    fd = os.open(directory.path / "spool", os.O_RDWR)
                    os.pwrite(fd, bytes(28), 1_024)
                    os.close(fd)
            spool, other = other, spool
            assert spool.items() == held
            assert spool.refusals() == sum(kind == REFUSAL for kind, _ in held)
    spool.close()
    other.close()
    directory.close()


def torn(call, size, *args):
    """Call what writes so many bytes and dies."""

    def write(fd, content, at):
        os.pwrite(fd, content[:size], at)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(spools, "write", write)
        with pytest.raises(KeyboardInterrupt):
            call(*args)


def test_threads_put_side_by_side(directory, spool):
    def put(name):
        for i in range(10):
            with directory.lock():
                spool.put(REFUSAL, b"%d %d" % (name, i))

    threads = [threading.Thread(target=put, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(spool.items()) == sorted((REFUSAL, b"%d %d" % (name, i)) for name in range(4) for i in range(10))
    assert spool.refusals() == 40


WRITER = """
import os, sys
from callguard.state.directory import Directory
from callguard.state.spool import Spool

directory = Directory(sys.argv[1])
spool = Spool.open(directory)
name, i = os.getpid(), 0
print("ready", flush=True)
while True:
    payload = b"%d %d" % (name, i)
    with directory.lock():
        spool.put(1 + i % 2, payload.ljust(10 + i % 90))
    os.write(1, payload + b"\\n")
    i += 1
"""


def test_what_writers_that_were_killed_had_acknowledged_is_there(directory, spool):
    for round_ in range(4):
        processes = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(directory.path)], stdout=subprocess.PIPE) for _ in range(2)
        ]
        for process in processes:
            assert process.stdout.readline() == b"ready\n"
        time.sleep(0.02 + 0.017 * round_)
        for process in processes:
            process.send_signal(signal.SIGKILL)
        said = [line for process in processes for line in process.communicate()[0].split(b"\n")[:-1]]
        with directory.lock():
            items = spool.items()
            there = [payload.rstrip() for _, payload in items]
            assert set(said) <= set(there)
            assert len(there) == len(set(there)) <= len(said) + len(processes)
            assert spool.refusals() == sum(kind == REFUSAL for kind, _ in items)
            spool.drop(len(there))
        assert len(said) > 0


SMALL = """
import os, sys
from callguard import StateError
from callguard.state.directory import Directory
from callguard.state.spool import Spool
from callguard.state.tail import Tail

directory = Directory(sys.argv[1])
tail = Tail.open(directory, "ab" * 16)
spool = Spool.open(directory)
fd = os.open(os.path.join(sys.argv[1], "filler"), os.O_RDWR | os.O_CREAT)
size = 1 << 16
while size:
    try:
        os.write(fd, bytes(size))
    except OSError:
        size //= 2
put = 0
try:
    while True:
        put = spool.put(1, b"x" * 990)
except StateError as error:
    assert "takes nothing more" in str(error), error
assert put == (65_536 - 4_096) // 1_000 == spool.refusals() == len(spool.items()), put
for seq in range(1, 5_000):
    tail.publish([(seq, b"y" * 200)], seq << 16 | put)
assert tail.read(4_900, 4_996)[-1] == (4_996, b"y" * 200)
spool.drop(put)
assert spool.put(1, b"again") == 1
try:
    Tail.anew(directory, "cd" * 16, 0)
except StateError as error:
    assert "No space left" in str(error), error
assert tail.mine()
print("held", put)
"""


def test_a_real_disk_that_is_full(tmp_path):
    """A file system of its own, seen by one process only, which takes it along when it ends."""
    command = 'mount -t tmpfs -o size=2m none "$1" && shift && exec "$@"'
    tried = subprocess.run(["unshare", "-m", "sh", "-c", command, "sh", tmp_path, "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("this user may not mount a file system")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command, "sh", tmp_path, sys.executable, "-c", SMALL, tmp_path / "state"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "held 61\n"), done.stderr
