"""The host's folder: its modes, what kinds of disk it may lie on, and its lock among threads, processes and forks."""

import gc
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from callguard import StateError
from callguard.state import directory
from callguard.state.directory import Directory, allocate, is_network, mount_of

MOUNTS = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
28 27 0:30 / /srv rw,relatime shared:7 master:2 - nfs4 files:/srv rw,vers=4.2
29 28 0:31 / /srv/local rw - xfs /dev/vdb rw
30 27 0:32 / /mnt/two\040words\134x rw - cifs //server/share rw
31 27 0:33 / /mnt/twice rw - tmpfs tmpfs rw
32 31 0:34 / /mnt/twice rw - fuse.sshfs me@host:/ rw
33 27 0:35 / /cover rw - nfs files:/cover rw
34 33 0:36 / /cover rw - tmpfs tmpfs rw
35 27 0:37 /sub /data rw - 9p root rw
not a line
36 27
"""


@pytest.fixture
def mounts(tmp_path):
    path = tmp_path / "mountinfo"
    path.write_text(MOUNTS, encoding="utf-8")
    return path


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_made_with_its_parents_for_the_owner_alone(tmp_path):
    made = Directory(tmp_path / "a" / "b" / "state")
    assert made.path == tmp_path / "a" / "b" / "state"
    assert mode(made.path) == 0o700
    assert mode(made.path / "lock") == 0o600
    made.close()


def test_one_that_is_there_is_taken_as_it_is(tmp_path):
    tmp_path.joinpath("state").mkdir(mode=0o750)
    (tmp_path / "state" / "other").write_text("kept")
    made = Directory(tmp_path / "state")
    assert mode(made.path) == 0o750
    assert (made.path / "other").read_text() == "kept"
    made.close()


def test_a_relative_path_stays_where_it_was_when_the_process_moves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Directory("state")
    monkeypatch.chdir("/")
    assert made.path == tmp_path / "state"
    with made.lock():
        assert (tmp_path / "state" / "lock").exists()
    made.close()


@pytest.mark.parametrize("where", ["file", "file/state"])
def test_a_file_in_the_way(tmp_path, where):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"cannot be made.*accepted: a folder on a local disk"):
        Directory(tmp_path / where)


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    def denied(path, *_, **__):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(directory.os, "open", denied)
    with pytest.raises(StateError, match=r"cannot be locked \(Permission denied\); accepted"):
        Directory(tmp_path / "state")


def test_a_folder_that_cannot_be_made():
    with pytest.raises(StateError, match="cannot be made"):
        Directory("/proc/self/callguard")


def test_a_lock_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "state" / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StateError, match="cannot be locked"):
        Directory(tmp_path / "state")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/", ("/", "ext4")),
        ("/srvx/state", ("/", "ext4")),
        ("/srv", ("/srv", "nfs4")),
        ("/srv/state", ("/srv", "nfs4")),
        ("/srv/local", ("/srv/local", "xfs")),
        ("/srv/local/a/b", ("/srv/local", "xfs")),
        ("/srv/locals", ("/srv", "nfs4")),
        ("/mnt/two words\\x/state", ("/mnt/two words\\x", "cifs")),
        ("/mnt/two", ("/", "ext4")),
        ("/mnt/twice/state", ("/mnt/twice", "fuse.sshfs")),
        ("/cover/state", ("/cover", "tmpfs")),
        ("/data/x", ("/data", "9p")),
    ],
)
def test_the_longest_mount_holds_a_path_and_the_last_covers(mounts, path, found):
    assert mount_of(directory.Path(path), mounts) == found


def test_the_mount_of_what_a_link_leads_to(tmp_path, mounts):
    (tmp_path / "link").symlink_to("/srv/there")
    assert mount_of(tmp_path / "link" / "state", mounts) == ("/srv", "nfs4")


def test_no_mount_where_the_system_does_not_say(tmp_path):
    assert mount_of(tmp_path, tmp_path / "missing") is None


def test_the_mount_of_what_is_here(tmp_path):
    found = mount_of(tmp_path)
    assert found is not None
    assert os.path.ismount(found[0])
    assert not is_network(found[1])


@pytest.mark.parametrize(
    "kind",
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.s3fs",
    ],
)
def test_network_file_systems(kind):
    assert is_network(kind)


@pytest.mark.parametrize(
    "kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "fuse", "fuseblk", "fuse.fuse-overlayfs", "sshfs", "apfs", ""]
)
def test_local_file_systems(kind):
    assert not is_network(kind)


def test_a_network_file_system_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(directory, "mount_of", lambda path: (str(tmp_path), "nfs4"))
    with pytest.raises(StateError, match=rf"network file system \(nfs4, mounted at `{tmp_path}`\).*\[state\] url"):
        Directory(tmp_path / "state")
    assert not (tmp_path / "state").exists()


def test_the_identity_is_that_of_the_folder_at_the_path(tmp_path):
    made = Directory(tmp_path / "state")
    first = made.identity()
    assert first == made.identity()
    made.path.rename(tmp_path / "old")
    with pytest.raises(StateError, match="cannot be read"):
        made.identity()
    made.path.mkdir()
    assert made.identity() != first
    made.close()


def test_only_one_thread_at_a_time(tmp_path):
    made = Directory(tmp_path / "state")
    inside = []
    most = []

    def go():
        for _ in range(50):
            with made.lock():
                inside.append(1)
                most.append(len(inside))
                time.sleep(0)
                inside.pop()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 200
    assert set(most) == {1}
    made.close()


def test_two_holds_on_one_folder_exclude_each_other_as_two_processes_do(tmp_path, monkeypatch):
    monkeypatch.setattr(directory, "_LONGEST_S", 0.05)
    one, two = Directory(tmp_path / "state"), Directory(tmp_path / "state")
    with one.lock():
        began = time.monotonic()
        with pytest.raises(StateError, match="was held by another process or thread"), two.lock():
            pytest.fail("both are in")
        assert 0.05 <= time.monotonic() - began < 1
    with two.lock():
        assert two._depth == 1
    one.close()
    two.close()


def test_a_thread_that_waits_too_long_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(directory, "_LONGEST_S", 0.05)
    made = Directory(tmp_path / "state")
    said = []

    def go():
        try:
            with made.lock():
                said.append("in")
        except StateError as error:
            said.append(str(error))

    with made.lock():
        thread = threading.Thread(target=go)
        thread.start()
        thread.join()
    assert "was held by another" in said[0]
    made.close()


def test_locked_again_within_by_the_same_thread(tmp_path, monkeypatch):
    monkeypatch.setattr(directory, "_LONGEST_S", 0.05)
    one, two = Directory(tmp_path / "state"), Directory(tmp_path / "state")
    with one.lock():
        with one.lock():
            assert one._depth == 2
        with pytest.raises(StateError), two.lock():
            pytest.fail("let go with the inner one")
    with two.lock():
        assert one._depth == 0
    one.close()
    two.close()


def test_let_go_when_the_block_raises(tmp_path):
    one, two = Directory(tmp_path / "state"), Directory(tmp_path / "state")
    with pytest.raises(ZeroDivisionError), one.lock():
        raise ZeroDivisionError
    with two.lock():
        assert two._depth == 1
    one.close()
    two.close()


def test_a_lock_file_that_was_removed_is_not_the_one_that_is_locked(tmp_path, monkeypatch):
    monkeypatch.setattr(directory, "_LONGEST_S", 0.05)
    one, two = Directory(tmp_path / "state"), Directory(tmp_path / "state")
    (tmp_path / "state" / "lock").unlink()
    with one.lock(), pytest.raises(StateError, match="was held"), two.lock():
        pytest.fail("each locked a file of its own")
    with two.lock():
        assert (tmp_path / "state" / "lock").exists()
    one.close()
    two.close()


def test_a_lock_cannot_be_taken_in_a_folder_that_is_gone(tmp_path):
    made = Directory(tmp_path / "state")
    made.path.rename(tmp_path / "old")
    with pytest.raises(StateError, match="cannot be locked"), made.lock():
        pytest.fail("nothing is there to lock")
    (tmp_path / "old").rename(made.path)
    with made.lock():
        assert made._depth == 1
    made.close()


def test_closed_and_locked_again(tmp_path):
    made = Directory(tmp_path / "state")
    made.close()
    with made.lock():
        assert made._held is not None
    made.close()
    made.close()
    assert made._held is None


def test_a_system_without_locks_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(directory, "fcntl", None)
    with pytest.raises(StateError, match="needs locks"):
        Directory(tmp_path / "state")
    assert not (tmp_path / "state").exists()


def test_let_go_of_when_nobody_has_it(tmp_path):
    made = Directory(tmp_path / "state")
    fd = made._held
    os.fstat(fd)
    del made
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def forked(script, *args):
    """Run a script of its own, as it forks: in here other threads may run."""
    text = "import os, signal, sys, threading, time\nfrom callguard import StateError\nfrom callguard.state import directory\n"
    text += "from callguard.state.directory import Directory\n" + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", text, *map(str, args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_child_waits_for_its_parents_lock(tmp_path):
    said = forked(
        """
        directory._LONGEST_S = 0.1
        made = Directory(sys.argv[1])
        with made.lock():
            child = os.fork()
            if not child:
                try:
                    with made.lock():
                        os._exit(1)
                except StateError:
                    os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        child = os.fork()
        if not child:
            with made.lock():
                os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """,
        tmp_path / "state",
    )
    assert said == "7\n"


def test_a_child_forked_within_the_lock_neither_holds_it_nor_lets_it_go(tmp_path):
    said = forked(
        """
        directory._LONGEST_S = 0.1
        made, other = Directory(sys.argv[1]), Directory(sys.argv[1])
        out, into = os.pipe()
        with made.lock():
            child = os.fork()
            if not child:
                pass  # leaves the block, as any code would
            else:
                os.waitpid(child, 0)
                try:
                    with other.lock():
                        print("let go by the child")
                except StateError:
                    print("still held")
        if not child:
            os._exit(0)
        with other.lock():
            print("free")
        """,
        tmp_path / "state",
    )
    assert said == "still held\nfree\n"


def test_a_child_does_not_keep_the_lock_of_a_parent_that_was_killed(tmp_path):
    out, into = os.pipe()
    script = """
import os, signal, sys, time
from callguard.state.directory import Directory
made = Directory(sys.argv[1])
with made.lock():
    child = os.fork()
    if not child:
        time.sleep(30)
        os._exit(0)
    os.write(int(sys.argv[2]), b"%d" % child)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "state"), str(into)], pass_fds=[into])
    child = int(os.read(out, 20))
    try:
        assert process.wait(30) == -signal.SIGKILL
        made = Directory(tmp_path / "state")  # ten seconds would be told
        with made.lock():
            assert made._depth == 1
        made.close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.close(out)
        os.close(into)


def test_threads_that_hold_the_lock_do_not_stop_a_child(tmp_path):
    said = forked(
        """
        made = Directory(sys.argv[1])
        ready, done = threading.Event(), threading.Event()
        def hold():
            with made.lock():
                ready.set()
                done.wait(20)
        thread = threading.Thread(target=hold)
        thread.start()
        ready.wait(20)
        child = os.fork()
        if not child:
            directory._LONGEST_S = 0.05
            try:
                with made.lock():
                    os._exit(1)
            except StateError:
                pass
            directory._LONGEST_S = 20
            os.write(1, b"waits\\n")
            with made.lock():
                os._exit(3)
        time.sleep(0.2)
        done.set()
        thread.join()
        os.write(1, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """,
        tmp_path / "state",
    )
    assert said == "waits\n3\n"


def test_laid_files_take_the_place_of_others_which_stay_whole(tmp_path):
    made = Directory(tmp_path / "state")
    with made.lock():
        made.lay("file", b"one", 8, lasting=True)
        with (made.path / "file").open("rb") as old:
            made.lay("file", b"two!", 4, lasting=False)
            assert old.read() == b"one" + bytes(5)
    assert (made.path / "file").read_bytes() == b"two!"
    assert mode(made.path / "file") == 0o600
    assert sorted(path.name for path in made.path.iterdir()) == ["file", "lock"]
    made.close()


def test_laid_over_what_somebody_who_died_left_beside(tmp_path):
    made = Directory(tmp_path / "state")
    (made.path / "file.new").write_bytes(b"half")
    with made.lock():
        made.lay("file", b"whole", 5, lasting=True)
    assert (made.path / "file").read_bytes() == b"whole"
    assert not (made.path / "file.new").exists()
    made.close()


def test_what_cannot_be_laid_leaves_what_was_there(tmp_path, monkeypatch):
    made = Directory(tmp_path / "state")
    with made.lock():
        made.lay("file", b"one", 3, lasting=True)

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(directory, "allocate", full)
        with pytest.raises(StateError, match=r"takes no file `file` \(No space left on device\)"):
            made.lay("file", b"two", 3, lasting=True)
    assert (made.path / "file").read_bytes() == b"one"
    assert not (made.path / "file.new").exists()
    made.close()


@pytest.mark.parametrize("way", ["allocated", "written"])
def test_allocating_keeps_what_is_there(tmp_path, monkeypatch, way):
    if way == "written":

        def unknown(*_):
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(directory.os, "posix_fallocate", unknown, raising=False)
    path = tmp_path / "file"
    path.write_bytes(b"kept")
    fd = os.open(path, os.O_RDWR)
    allocate(fd, 2, 10_000)
    allocate(fd, 0, 100)
    os.close(fd)
    assert path.read_bytes() == b"kept" + bytes(9_998)
    assert path.stat().st_blocks * 512 >= 10_002


def test_allocating_on_a_full_disk_is_an_error(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(directory.os, "posix_fallocate", full, raising=False)
    fd = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    with pytest.raises(OSError, match="No space left"):
        allocate(fd, 0, 10)
    os.close(fd)
