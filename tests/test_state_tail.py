"""The tail: what one process publishes every other reads at once, and whoever finds less than all of it knows."""

import contextlib
import os
import signal
import struct
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard import StateError
from callguard._core.line import Pulse
from callguard.sealing import Keyring
from callguard.state import tail as tails
from callguard.state.directory import Directory
from callguard.state.tail import SLOT, SLOTS, Tail

DATABASE = "0123456789abcdef" * 2
OTHER = "fedcba9876543210" * 2
LONGEST = SLOT - 14  # bytes of a payload that a slot holds


@pytest.fixture
def directory(tmp_path):
    made = Directory(tmp_path / "state")
    yield made
    made.close()


@pytest.fixture
def tail(directory):
    opened = Tail.open(directory, DATABASE, Keyring.plain())
    yield opened
    opened.close()


def again(directory, database=DATABASE):
    return contextlib.closing(Tail.open(directory, database))


def said(seq, size=40):
    return (b"%d " % seq * size)[:size]


def publish(tail, *seqs, mark=None):
    tail.publish([(seq, said(seq)) for seq in seqs], (seqs[-1] if mark is None else mark) << 16)


def test_a_new_tail_has_no_record_and_room_of_its_own(directory, tail):
    path = directory.path / "tail"
    assert tail.mark() == 0
    assert tail.read(0, 0) == []
    assert tail.read(0, 1) is None
    assert tail.mine()
    assert path.stat().st_size == 4_096 + SLOTS * SLOT
    assert path.stat().st_blocks * 512 >= path.stat().st_size
    assert path.stat().st_mode & 0o777 == 0o600


def test_published_once_and_read_by_all(directory, tail):
    with again(directory) as other:
        pulse = Pulse(0.0, other.memory)
        publish(tail, 1, 2, 3)
        assert pulse.last() == other.mark() == tail.mark() == 3 << 16
        assert other.read(0, 3) == [(1, said(1)), (2, said(2)), (3, said(3))]
        assert other.read(1, 2) == [(2, said(2))]
        assert other.read(3, 3) == other.read(3, 1) == []
        assert other.read(2, 4) is None
        publish(other, 4)
        assert tail.read(3, 4) == [(4, said(4))]
        assert pulse.last() == 4 << 16


def test_the_memory_is_for_a_pulse_to_publish_by(directory, tail):
    assert len(tail.memory) == 8
    assert not tail.memory.readonly
    Pulse(0.0, tail.memory).publish(7 << 16)
    with again(directory) as other:
        assert other.mark() == 7 << 16


def test_opening_again_keeps_what_is_there(directory, tail):
    publish(tail, 1)
    inode = (directory.path / "tail").stat().st_ino
    with again(directory) as other:
        assert other.read(0, 1) == [(1, said(1))]
    assert (directory.path / "tail").stat().st_ino == inode


@pytest.mark.parametrize("size", [0, 1, LONGEST - 1, LONGEST])
def test_payloads_up_to_what_a_slot_holds(tail, size):
    tail.publish([(1, b"x" * size)], 1 << 16)
    assert tail.read(0, 1) == [(1, b"x" * size)]


@pytest.mark.parametrize("size", [LONGEST + 1, 1_000, 0xFFFF, 0x10000, 100_000])
def test_longer_payloads_are_for_the_log(tail, size):
    tail.publish([(1, said(1)), (2, b"x" * size), (3, said(3))], 3 << 16)
    assert tail.mark() == 3 << 16
    assert tail.read(0, 1) == [(1, said(1))]
    assert tail.read(2, 3) == [(3, said(3))]
    assert tail.read(1, 2) is None
    assert tail.read(0, 3) is None


@pytest.mark.parametrize("last", [SLOTS - 1, SLOTS, SLOTS + 1, 2 * SLOTS + 5, 10**12])
def test_the_ring_holds_the_newest(tail, last):
    seqs = range(max(1, last - SLOTS - 9), last + 1)
    publish(tail, *seqs)
    held = min(SLOTS, last)
    assert tail.read(last - held, last) == [(seq, said(seq)) for seq in range(last - held + 1, last + 1)]
    if last > SLOTS:
        assert tail.read(last - SLOTS - 1, last) is None
        assert tail.read(last - SLOTS - 1, last - SLOTS) is None


def test_over_the_end_of_the_ring(tail):
    publish(tail, *range(SLOTS - 2, SLOTS + 3))
    assert tail.read(SLOTS - 3, SLOTS + 2) == [(seq, said(seq)) for seq in range(SLOTS - 2, SLOTS + 3)]
    assert tail.read(SLOTS - 1, SLOTS) == [(SLOTS, said(SLOTS))]


def test_what_was_left_out_is_missing(tail):
    publish(tail, 1, 2, 4)
    assert tail.read(0, 2) is not None
    assert tail.read(2, 3) is None
    assert tail.read(3, 4) == [(4, said(4))]


@pytest.mark.parametrize(
    ("before", "given", "after"),
    [
        ((5, 0), (6, 0), (6, 0)),
        ((5, 0), (5, 0), (5, 0)),
        ((5, 0), (4, 0), (5, 0)),
        ((5, 0), (5, 3), (5, 3)),
        ((5, 3), (5, 0), (5, 0)),
        ((5, 3), (4, 2), (5, 2)),
        ((5, 65_535), (6, 0), (6, 0)),
        ((0, 0), (0, 1), (0, 1)),
    ],
)
def test_the_number_in_a_mark_never_goes_back(tail, before, given, after):
    tail.publish([], before[0] << 16 | before[1])
    tail.publish([], given[0] << 16 | given[1])
    assert tail.mark() == after[0] << 16 | after[1]


def test_one_that_comes_late_leaves_the_newer_records(tail):
    publish(tail, 1, 2)
    publish(tail, 1)
    assert tail.mark() == 2 << 16
    assert tail.read(0, 2) == [(1, said(1)), (2, said(2))]


def test_a_database_that_went_back_gets_a_new_file_and_those_with_the_old_one_know(directory, tail):
    publish(tail, *range(1, 11))
    pulse = Pulse(0.0, tail.memory)
    with directory.lock():
        new = Tail.anew(directory, DATABASE, 4 << 16 | 1)
    assert new.mark() == 4 << 16 | 1
    assert new.read(3, 4) is None
    assert new.mine()
    assert not tail.mine()
    assert pulse.last() == -1
    with pytest.raises(StateError, match="not the file any more"):
        publish(tail, 11)
    assert pulse.last() == -1
    new.close()


def test_the_tail_of_another_database_is_replaced(directory, tail):
    publish(tail, 1)
    with again(directory, OTHER) as other:
        assert other.mark() == 0
        assert other.read(0, 1) is None
        assert not tail.mine()
        assert tail.mark() == -1
        with again(directory, OTHER) as third:
            assert third.mine()
            assert other.mine()


def test_a_tail_that_is_removed_or_replaced_is_not_mine(directory, tail):
    path = directory.path / "tail"
    path.rename(directory.path / "kept")
    assert not tail.mine()
    with pytest.raises(StateError):
        publish(tail, 1)
    (directory.path / "kept").rename(path)
    assert tail.mine()
    copy = directory.path / "copy"
    copy.write_bytes(path.read_bytes())
    copy.rename(path)
    assert not tail.mine()
    path.unlink()
    path.symlink_to(directory.path / "kept")
    assert not tail.mine()


def test_a_tail_cut_short_is_not_mine_and_read_without_dying(directory, tail):
    publish(tail, 1, 2)
    path = directory.path / "tail"
    os.truncate(path, 4_096 + SLOT + 20)
    assert not tail.mine()
    assert tail.read(0, 1) is None
    with again(directory) as new:
        assert new.mine()
        assert not tail.mine()
        assert path.stat().st_size == 4_096 + SLOTS * SLOT


def test_a_header_that_is_written_over_is_not_mine(directory, tail):
    with (directory.path / "tail").open("r+b") as file:
        file.write(b"x")
    assert not tail.mine()


@pytest.mark.parametrize("content", [b"", b"cgtail\r\n", b"x" * 5_000, bytes(4_096 + SLOTS * SLOT)])
def test_what_is_no_tail_is_replaced(directory, content):
    (directory.path / "tail").write_bytes(content)
    with again(directory) as opened:
        publish(opened, 1)
        assert opened.mine()
        assert opened.read(0, 1) == [(1, said(1))]


def head_of(directory):
    return bytearray((directory.path / "tail").read_bytes()[:56])


def with_version(head, version):
    head[8:12] = version.to_bytes(4, "little")
    head[52:56] = tails.crc32(head[:52]).to_bytes(4, "little")
    return head


@pytest.mark.parametrize("at", [*range(0, 56, 7), 55])
def test_a_damaged_header_is_replaced(directory, tail, at):
    publish(tail, 1)
    content = bytearray((directory.path / "tail").read_bytes())
    content[at] ^= 1
    (directory.path / "tail").unlink()
    (directory.path / "tail").write_bytes(content)
    with again(directory) as new:
        assert new.mark() == 0
        assert new.mine()


def test_a_tail_of_a_newer_version_is_told_and_of_an_older_one_replaced(directory, tail):
    path = directory.path / "tail"
    head = head_of(directory)
    path.unlink()
    path.write_bytes(with_version(head, 2))
    with pytest.raises(StateError, match="of a newer callguard"):
        Tail.open(directory, DATABASE)
    path.unlink()
    path.write_bytes(with_version(bytearray(b"cgtail\r\n".ljust(56, b"\0")), 0))
    with again(directory) as new:
        assert new.mine()


def test_a_folder_in_its_place_is_an_error(directory):
    (directory.path / "tail").mkdir()
    with pytest.raises(StateError, match="cannot be opened"):
        Tail.open(directory, DATABASE)


def test_a_link_in_its_place_is_not_followed(directory):
    (directory.path / "tail").symlink_to("elsewhere")
    with pytest.raises(StateError, match="cannot be opened"):
        Tail.open(directory, DATABASE)
    assert not (directory.path / "elsewhere").exists()


def test_no_room_for_a_new_one(directory, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("callguard.state.directory.allocate", full)
    with pytest.raises(StateError, match="No space left on device"):
        Tail.open(directory, DATABASE)
    assert not (directory.path / "tail").exists()


def test_records_that_cannot_be_written_are_left_to_the_log(tail, monkeypatch):
    publish(tail, 1)

    def full(fd, content, at):
        if at >= tails.HEADER:
            raise OSError(28, "No space left on device")
        return os.pwrite(fd, content, at)

    monkeypatch.setattr(tails, "write", full)
    publish(tail, 2)
    assert tail.mark() == 2 << 16
    assert tail.read(1, 2) is None


def test_a_mark_that_cannot_be_written_is_an_error_not_a_death(tail, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tails, "write", full)
    with pytest.raises(StateError, match=r"cannot be written \(No space left on device\)"):
        publish(tail, 1)
    assert tail.mark() == 0


def test_closed_the_mark_can_still_be_read(directory):
    opened = Tail.open(directory, DATABASE)
    pulse = Pulse(0.0, opened.memory)
    publish(opened, 3)
    opened.close()
    opened.close()
    assert not opened.mine()
    assert opened.read(2, 3) is None
    with again(directory) as other:
        publish(other, 4)
    del opened, other
    assert pulse.last() == 4 << 16


def test_slots_damaged_at_any_byte_are_found(directory, tail):
    tail.publish([(1, said(1, 100)), (2, said(2, 100))], 2 << 16)
    path = directory.path / "tail"
    fd = os.open(path, os.O_RDWR)
    start = 4_096 + SLOT
    for at in range(start, start + 114):
        old = os.pread(fd, 1, at)
        os.pwrite(fd, bytes([old[0] ^ 0x10]), at)
        assert tail.read(0, 1) is None
        assert tail.read(1, 2) == [(2, said(2, 100))]
        os.pwrite(fd, old, at)
    os.close(fd)
    assert tail.read(0, 1) == [(1, said(1, 100))]


class Killed(Exception):  # noqa: N818 - it is none
    """In place of a signal that nothing in the process outlives."""


def torn(monkeypatch, after):
    """Let so many bytes be written before the writer dies."""
    left = [after]

    def write(fd, content, at):
        part = content[: left[0]]
        os.pwrite(fd, part, at)
        left[0] -= len(part)
        if len(part) < len(content):
            raise Killed

    monkeypatch.setattr(tails, "write", write)


@pytest.mark.parametrize("after", [0, 1, 7, 8, 13, 14, 30, SLOT - 1, SLOT, SLOT + 9, 3 * SLOT - 1, 3 * SLOT, 3 * SLOT + 4])
def test_the_next_writer_mends_what_one_that_died_left(directory, tail, monkeypatch, after):
    publish(tail, *range(1, SLOTS + 1))
    with monkeypatch.context() as patched:
        torn(patched, after)
        with pytest.raises(Killed):
            publish(tail, *range(SLOTS + 1, SLOTS + 4))
    with again(directory) as other:
        assert other.mark() == SLOTS << 16
        for seq in range(1, SLOTS + 5):  # each is what it was, or is missing
            assert other.read(seq - 1, seq) in (None, [(seq, said(seq))])
        assert other.read(3, SLOTS) == [(seq, said(seq)) for seq in range(4, SLOTS + 1)]
        publish(other, *range(SLOTS + 1, SLOTS + 5))
    assert tail.mark() == SLOTS + 4 << 16
    assert tail.read(SLOTS, SLOTS + 4) == [(seq, said(seq)) for seq in range(SLOTS + 1, SLOTS + 5)]


def of_its_own_size(seq):
    return said(seq, LONGEST + 1 if seq % 50 == 0 else (0, 3, 100, LONGEST)[seq % 4])


batches = st.tuples(
    st.integers(-3, 3),  # from where, against the last record: gaps, and records that are there
    st.one_of(st.integers(0, 40), st.integers(SLOTS - 2, SLOTS + 40)),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(0, 3 * SLOT)),  # bytes after which the writer dies
)


@settings(max_examples=60, deadline=None)
@given(st.lists(batches, min_size=1, max_size=6), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8))
def test_what_is_read_is_what_was_published_or_nothing(tmp_path_factory, given_batches, reads):
    directory = Directory(tmp_path_factory.mktemp("tail") / "state")
    tail, other = Tail.open(directory, DATABASE), Tail.open(directory, DATABASE)
    last, spooled, there = 0, 0, set()
    for offset, count, spooled_then, dies in given_batches:
        first = max(1, last + 1 + offset)
        seqs = range(first, first + count)
        newest = seqs[-1] if seqs else last
        there -= {seq - SLOTS for seq in seqs}
        with pytest.MonkeyPatch.context() as patched:
            if dies is not None:
                torn(patched, dies)
            try:
                tail.publish([(seq, of_its_own_size(seq)) for seq in seqs], newest << 16 | spooled_then)
            except Killed:
                there -= set(seqs)
            else:
                there |= set(seqs[-SLOTS:])
                last, spooled = max(last, newest), spooled_then
    assert other.mark() == tail.mark() == last << 16 | spooled
    for back, length in reads:
        after = max(0, last - back)
        wanted = range(after + 1, min(last, after + length) + 1)
        found = other.read(after, min(last, after + length))
        if found is None:
            assert any(seq not in there or seq % 50 == 0 for seq in wanted)
        else:
            assert found == [(seq, of_its_own_size(seq)) for seq in wanted]
    tail.close()
    other.close()
    directory.close()


WRITER = """
import sys
from callguard.state.directory import Directory
from callguard.state.tail import Tail

directory = Directory(sys.argv[1])
tail = Tail.open(directory, sys.argv[2])
seq = tail.mark() >> 16
print("ready", flush=True)
while True:
    with directory.lock():
        seq = tail.mark() >> 16
        many = 1 + seq % 40
        tail.publish([(n, (b"%d " % n * 40)[:40 + n % 100]) for n in range(seq + 1, seq + many + 1)], seq + many << 16)
"""


def writer(directory):
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(directory.path), DATABASE], stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process


def test_writers_that_are_killed_and_readers_beside_them(directory, tail):
    for _ in range(4):
        writers = [writer(directory) for _ in range(2)]
        try:
            for process in writers:
                assert process.stdout.readline() == b"ready\n"
            ends, mark, read = time.monotonic() + 0.15, tail.mark(), 0
            while time.monotonic() < ends:
                before, mark = mark, tail.mark()
                assert mark >= before
                last = mark >> 16
                found = tail.read(max(0, last - 60), last)
                if found is not None:
                    read += 1
                    assert found == [(n, (b"%d " % n * 40)[: 40 + n % 100]) for n in range(max(0, last - 60) + 1, last + 1)]
            assert read > 0
        finally:
            for process in writers:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process.stdout.close()
        last = tail.mark() >> 16
        assert last > 0
        first = max(0, last - SLOTS + 80)  # what died writing may have begun to take the place of the oldest
        assert tail.read(first, last) == [(n, (b"%d " % n * 40)[: 40 + n % 100]) for n in range(first + 1, last + 1)]
        with directory.lock():  # nobody who died holds it
            publish(tail, last + 1)
        tail.publish([(last + 1, (b"%d " % (last + 1) * 40)[: 40 + (last + 1) % 100])], last + 1 << 16)


def test_processes_that_open_at_once_share_one_file(directory):
    script = (
        "import sys\nfrom callguard.state.directory import Directory\nfrom callguard.state.tail import Tail\nsys.stdin.readline()\n"
        "d = Directory(sys.argv[1])\nt = Tail.open(d, sys.argv[2])\n"
        "with d.lock():\n    t.publish([], (t.mark() >> 16) + 1 << 16)\nprint(t.mine())\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(directory.path), DATABASE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    for process in processes:
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in processes] == [b"True\n"] * 4
    with again(directory) as opened:
        assert opened.mark() == 4 << 16


def test_a_forked_child_shares_the_tail(tmp_path):
    script = """
import os, sys
from callguard.state.directory import Directory
from callguard.state.tail import Tail
d = Directory(sys.argv[1])
t = Tail.open(d, sys.argv[2])
child = os.fork()
if not child:
    with d.lock():
        t.publish([(1, b"one")], 1 << 16)
    os._exit(0)
os.waitpid(child, 0)
print(t.mark() >> 16, t.read(0, 1), t.mine())
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "state"), DATABASE], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1 [(1, b'one')] True\n"


def test_the_form_of_the_file(directory, tail):
    tail.publish([(1, b"one")], 1 << 16 | 2)
    content = (directory.path / "tail").read_bytes()
    assert struct.unpack_from("<8sIII32s", content) == (b"cgtail\r\n", 1, SLOTS, SLOT, DATABASE.encode())
    assert int.from_bytes(content[64:72], sys.byteorder) == 1 << 16 | 2
    seq, check, size = struct.unpack_from("<qIH", content, 4_096 + SLOT)
    assert (seq, size, content[4_096 + SLOT + 14 :][:3]) == (1, 3, b"one")
    assert check == tails.crc32(struct.pack("<qH", 1, 3) + b"one")
