"""Sealed index files: the answers of plain ones, nothing on the disk in the clear, and built anew wherever one cannot be trusted."""

from __future__ import annotations

import fcntl
import gc
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from callguard import Guard, Policy, PolicyError, StateError, clock, index, memory_files
from callguard.errors import IndexFileError
from callguard.index import building, folder, opened, sealed, sorting, standing
from callguard.index.header import PAGE
from callguard.model import Reason
from callguard.phone import NumberPlan
from callguard.sealing import Keyring, new_key
from command_line import caller, quiet
from tests.dying import CALLER, write_policy

CHINA = NumberPlan("CN")
FIRST = 8_613_800_000_000
KEY = new_key()
KEYRING = Keyring.of(KEY)
HEAD = 'version = 1\n[enterprise]\nname = "Xinghe"\n[state]\npath = "state"\n'
NUMBERS = sorted(random.Random(7).sample(range(FIRST, FIRST + 400_000), 9_000))
DATED = f"number,until\n+{NUMBERS[0]},2026-05-01\n+{NUMBERS[1]},\n"
LISTS = {"a": "".join(f"+{n}\n" for n in NUMBERS), "b": DATED}


@pytest.fixture
def memory(tmp_path, monkeypatch):
    found = tmp_path / "memory"
    found.mkdir()
    monkeypatch.setattr(memory_files, "MEMORY", found)
    return found


@pytest.fixture(params=["shared", "own"])
def either(request, memory):
    """Both kinds of memory: with a memory file system, and without."""
    if request.param == "own":
        memory.rmdir()
    return request.param


@pytest.fixture
def policy(tmp_path):
    """What writes a policy with lists, and reads it."""

    def write(lists=None, head=HEAD):
        text = head
        for name, content in (LISTS if lists is None else lists).items():
            path = content if isinstance(content, Path) else tmp_path / f"{name}.csv"
            if not isinstance(content, Path):
                path.write_text(content, encoding="utf-8")
            text += f'[[lists]]\nname = "{name}"\npath = "{path}"\n'
        (tmp_path / "callguard.toml").write_text(text, encoding="utf-8")
        return Policy.load(tmp_path / "callguard.toml")

    return write


def got(found, keyring=KEYRING, **more):
    """The index, and whether anything was read for it."""
    told = []
    where = more.pop("where", found.state_folder / "index")
    made = index.for_policy(found, CHINA, lambda *what: told.append(what), folder=where, keyring=keyring, **more)
    return made, bool(told)


def files(tmp_path):
    return sorted((tmp_path / "state" / "index").iterdir())


def windows(image):
    """What of an index file would give it away: 64 bytes of it, wherever they are not mostly alike."""
    found = {image[at : at + 64] for at in range(0, len(image) - 63, 64)}
    return {window for window in found if len(set(window)) > 12}


def shown(where, secret):
    """The files below a folder in which any of some secrets stands."""
    held = {path: path.read_bytes() for path in where.rglob("*") if path.is_file()}
    return [path.name for path, content in held.items() if any(each in content for each in secret)]


@pytest.fixture
def plain(policy, tmp_path):
    """A plain index file of the same lists, elsewhere, and what of it must be nowhere."""
    found, _ = got(policy(), None, where=tmp_path / "plain")
    secret = windows(found.path.read_bytes())
    assert len(secret) > 200
    assert shown(tmp_path / "plain", secret) == [found.path.name]
    return found, secret


def descriptors(memory):
    """How many descriptors and maps of this process lie in the memory file system."""
    links = []
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            links.append(str(fd.readlink()))
    links += Path("/proc/self/maps").read_text().splitlines()
    return sum(f"{memory}/" in link for link in links)


# ── it is the same index


def test_it_answers_as_a_plain_one_does(policy, plain, tmp_path, either, memory):
    expected, secret = plain
    made, read = got(policy())
    again, read_again = got(policy())

    assert (read, read_again) == (True, False)
    (file,) = files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.suffix == ".sealed"
    assert made.key[:16] not in file.name
    for found in (made, again):
        assert found.path == file
        assert found.derived
        assert (found.key, found.numbers, found.size, found.data) == (expected.key, expected.numbers, expected.size, expected.data)
        assert len(found.digest) == len(expected.digest)
        assert [(each.name, each.numbers, each.dated) for each in found.planes] == [("a", 9_000, 0), ("b", 2, 1)]
        for number in range(FIRST - 50, FIRST + 8_000):
            assert found.listings(number) == expected.listings(number)
        assert all(found.trie.mask(number) for number in NUMBERS)
        found.verify()
    assert made.digest == again.digest
    assert shown(tmp_path / "state", secret) == []
    assert sum(1 for _ in memory.iterdir()) == 1 if either == "shared" else not memory.exists()


def test_nothing_stands_in_the_clear_while_it_is_built_and_sealed(policy, plain, tmp_path, memory, monkeypatch):
    _, secret = plain
    looks = []
    write = memory_files.write

    def look(*_):
        looks.append([*shown(tmp_path / "state", secret), *shown(memory, secret)])

    def look_and_write(fd, content, at):
        write(fd, content, at)
        if list(memory.iterdir()) == []:  # until it is unsealed to be mapped
            look()

    monkeypatch.setattr(memory_files, "write", look_and_write)
    index.for_policy(policy(), CHINA, look, folder=tmp_path / "state" / "index", keyring=KEYRING)
    assert len(looks) > 3
    assert not any(looks)


def test_what_sorting_has_no_memory_for_waits_in_the_folder_without_a_name(policy, plain, tmp_path, memory, monkeypatch):
    _, secret = plain
    monkeypatch.setattr(sorting, "LEAST", 1 << 12)
    monkeypatch.setattr(standing, "build_image", partial(building.build_image, memory=1))
    aside, seen = [], []
    temporary = sorting.tempfile.TemporaryFile

    def noted(**more):
        aside.append(more["dir"])
        return temporary(**more)

    monkeypatch.setattr(sorting.tempfile, "TemporaryFile", noted)
    where = tmp_path / "state" / "index"
    found = index.for_policy(policy(), CHINA, lambda *_: seen.extend(where.iterdir()), folder=where, keyring=KEYRING)
    assert aside == [where]
    assert seen == []
    assert found.trie.mask(NUMBERS[-1])
    assert shown(tmp_path / "state", secret) == []


# ── what was changed is not used


def tampered(data, other, apart):
    """Ways to spoil a file, each with what it becomes; of two files of the same lists, in pieces of a page, some of them `apart`."""
    step = 4_096 + sealed.SEAL
    chance = random.Random(3)
    for at in [
        *range(0, 140, 3),
        PAGE - 1,
        PAGE,
        PAGE + 20,
        len(data) - 1,
        *(chance.randrange(PAGE, len(data)) for _ in range(12)),
    ]:
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        yield f"bit at {at}", bytes(changed)
    pieces = [data[at : at + step] for at in range(PAGE, len(data), step)]
    for i, j in apart:
        swapped = list(pieces)
        swapped[i], swapped[j] = pieces[j], pieces[i]
        yield f"pieces {i} and {j} swapped", data[:PAGE] + b"".join(swapped)
        at = PAGE + j * step
        yield f"piece {j} of another file", data[:at] + other[at : at + step] + data[at + step :]
    yield "the header of another file", other[:PAGE] + data[PAGE:]
    yield "a piece less", data[:-step]
    for cut in (0, 5, 16, 40, PAGE - 1, PAGE, PAGE + 100, len(data) - 1):
        yield f"cut to {cut}", data[:cut]
    yield "longer", data + b"\0"
    yield "no index", b"number\n13800130001\n"


def test_a_file_that_was_changed_is_not_used_and_built_anew(policy, plain, tmp_path, either, monkeypatch):
    monkeypatch.setattr(sealed, "PIECE", 4_096)
    expected, secret = plain
    found = policy({"a": "".join(f"+{n}\n" for n in NUMBERS[:300])})
    first, _ = got(found)
    data = first.path.read_bytes()
    first.close()
    other, _ = got(found, where=tmp_path / "other")
    other_data = other.path.read_bytes()
    other.close()
    assert len(data) == len(other_data) > PAGE + 3 * (4_096 + sealed.SEAL)
    image = got(found, None, where=tmp_path / "clear")[0].path.read_bytes()
    pages = [image[at : at + 4_096] for at in range(0, len(image), 4_096)]
    apart = [(i, j) for i in range(1, len(pages)) for j in range(i + 1, len(pages)) if pages[i] != pages[j]]
    assert len(apart) > 3
    changes = [*tampered(data, other_data, random.Random(4).sample(apart, 3)), ("a plain one", expected.path.read_bytes())]
    for what, changed in changes:
        assert changed != data
        first.path.write_bytes(changed)
        with pytest.raises(IndexFileError) as error:
            sealed.open(first.path, KEYRING)
        assert str(first.path) in str(error.value), what
        again, read = got(found)
        assert read, what
        assert again.key == first.key
        assert all(again.trie.mask(n) for n in NUMBERS[:300]), what
        assert not again.trie.mask(NUMBERS[-1])
        again.close()
        assert shown(tmp_path / "state", secret) == []
    first.path.write_bytes(data)
    again, read = got(found)
    assert not read
    assert len(changes) > 70


def test_a_file_of_other_lists_in_its_place_is_not_used(policy, tmp_path, memory):
    found = policy()
    first, _ = got(found)
    first.close()
    other, _ = got(policy({"a": f"+{FIRST}\n"}))
    other.close()
    first.path.write_bytes(other.path.read_bytes())
    again, read = got(policy())
    assert read
    assert again.numbers == 9_000


def test_a_key_that_is_not_held_opens_nothing(policy, tmp_path, memory):
    found = policy()
    first, _ = got(found)
    for keyring in (Keyring.of(new_key()), Keyring.plain()):
        with pytest.raises(IndexFileError, match=r"not held|no key"):
            sealed.open(first.path, keyring)
    other, read = got(found, Keyring.of(new_key()))
    assert read
    assert other.path != first.path
    assert other.numbers == first.numbers


def test_an_older_key_that_is_held_will_do_and_new_files_take_the_active_one(policy, tmp_path, memory):
    found = policy()
    new = new_key()
    first, _ = got(found)
    both = Keyring.of(f"{new} {KEY}")
    again, read = got(found, both)
    assert not read
    assert again.path == first.path
    later, _ = got(policy({"a": f"+{FIRST}\n"}), both)
    assert later.trie.mask(FIRST)
    assert got(policy({"a": f"+{FIRST}\n"}), Keyring.of(new))[1] is False
    with pytest.raises(IndexFileError, match=f"key {both.active}, which is not held"):
        sealed.open(later.path, KEYRING)
    assert got(policy(), Keyring.of(new))[1] is True, "the older key is gone"


# ── the memory that is shared


def test_the_plain_file_is_shared_and_goes_with_the_last_who_has_it(policy, tmp_path, memory):
    found = policy()
    first, _ = got(found)
    (kept,) = memory.iterdir()
    assert kept.name.startswith("callguard-index-")
    assert kept.stat().st_mode & 0o777 == 0o600
    before = kept.stat()
    second, _ = got(found)
    third, _ = got(found)
    assert [each.name for each in memory.iterdir()] == [kept.name]
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    first.close()
    assert kept.exists()
    second.let_go()
    assert kept.exists()
    assert second.trie.mask(NUMBERS[0])
    del third
    gc.collect()
    assert not kept.exists()
    assert second.trie.mask(NUMBERS[0])
    second.verify()
    second.close()
    gc.collect()
    assert descriptors(memory) == 0


def test_of_what_is_shared_nothing_is_unsealed_again(policy, memory, monkeypatch):
    found = policy()
    first, _ = got(found)

    def never(*_):
        raise AssertionError("a piece was unsealed")

    monkeypatch.setattr(sealed, "_pieces", never)
    again, read = got(found)
    assert not read
    assert again.numbers == first.numbers


HOLDER = """
import sys
from pathlib import Path
from callguard import Policy, index, memory_files
from callguard.phone import NumberPlan
from callguard.sealing import Keyring
memory_files.MEMORY = Path(sys.argv[2])
policy = Policy.load(sys.argv[1])
found = index.for_policy(policy, NumberPlan("CN"), folder=policy.state_folder / "index", keyring=Keyring.of(sys.argv[3]))
maps = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if sys.argv[2] in line}
print(found.numbers, *maps, flush=True)
sys.stdin.readline()
found.verify()
found.close()
print("closed", flush=True)
"""


def holder(tmp_path, memory):
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "callguard.toml"), str(memory), KEY]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_processes_share_one_file_however_they_race(policy, tmp_path, memory):
    policy()
    holders = [holder(tmp_path, memory) for _ in range(3)]
    try:
        said = [each.stdout.readline() for each in holders]
        (kept,) = memory.iterdir()
        assert said == [f"9000 {kept}\n"] * 3
        assert len(files(tmp_path)) == 1
        for each in holders[:2]:
            assert each.communicate("\n", timeout=60)[0] == "closed\n"
            assert kept.exists()
        assert holders[2].communicate("\n", timeout=60)[0] == "closed\n"
        assert list(memory.iterdir()) == []
    finally:
        for each in holders:
            each.kill()
            each.wait()


def test_who_was_overtaken_while_it_built_takes_what_stands(policy, tmp_path, memory, monkeypatch):
    found = policy()
    build_image, faster = standing.build_image, []

    def slow(*given, **more):
        build_image(*given, **more)
        if not faster:
            faster.append(None)
            faster[0] = got(found)[0]

    monkeypatch.setattr(standing, "build_image", slow)
    made, read = got(found)
    assert read
    assert made.path == faster[0].path
    assert len(list(memory.iterdir())) == 1
    assert len(files(tmp_path)) == 1


def test_who_was_overtaken_while_it_unsealed_takes_what_stands(policy, tmp_path, memory, monkeypatch):
    found = policy()
    got(found)[0].close()
    taken, faster, inodes = memory_files.taken, [], []

    def slow(beside, wait=0):
        if not faster:
            faster.append(None)
            faster[0] = got(found)[0]
            inodes.extend(path.stat().st_ino for path in memory.iterdir())
        return taken(beside, wait)

    monkeypatch.setattr(memory_files, "taken", slow)
    made, read = got(found)
    assert not read
    assert [path.stat().st_ino for path in memory.iterdir()] == inodes
    faster[0].close()
    assert made.trie.mask(NUMBERS[0])
    assert len(inodes) == len(list(memory.iterdir())) == 1


def test_two_processes_map_the_same_file(policy, tmp_path, memory):
    found, _ = got(policy())
    (kept,) = memory.iterdir()
    with holder(tmp_path, memory) as other:
        assert other.stdout.readline().split() == [str(found.numbers), str(kept)]
        found.close()
        assert kept.exists()
        other.communicate("\n", timeout=60)
    assert list(memory.iterdir()) == []


def test_what_a_killed_process_leaves_is_taken_over_or_swept(policy, tmp_path, memory):
    policy()
    with holder(tmp_path, memory) as other:
        assert other.stdout.readline()
        other.kill()
    (kept,) = memory.iterdir()
    found, _ = got(policy())
    assert [path.name for path in memory.iterdir()] == [kept.name]
    found.close()
    assert list(memory.iterdir()) == []
    with holder(tmp_path, memory) as other:
        assert other.stdout.readline()
        other.kill()
    stranger = memory / "callguard-others"
    stranger.touch()
    newer, _ = got(policy({"a": f"+{FIRST}\n"}))
    assert not kept.exists()
    assert len(list(memory.iterdir())) == 2
    older, _ = got(policy())
    assert len(list(memory.iterdir())) == 3, "what another has is left"
    assert newer.numbers, older.numbers
    older.close()
    newer.close()
    assert list(memory.iterdir()) == [stranger]


def test_where_there_is_no_room_it_is_in_memory_of_its_own(policy, tmp_path, memory, monkeypatch):
    write = memory_files.write

    def no_room(fd, content, at):
        if f"{memory}/" in os.readlink(f"/proc/self/fd/{fd}"):  # noqa: PTH115
            raise OSError(28, "No space left on device")
        write(fd, content, at)

    monkeypatch.setattr(memory_files, "write", no_room)
    found, _ = got(policy())
    again, read = got(policy())
    assert not read
    for each in (found, again):
        assert each.trie.mask(NUMBERS[5])
        each.verify()
        each.verify_in_background(pytest.fail).join(30)
        each.let_go()
        assert each.trie.mask(NUMBERS[6])
        each.close()
    assert list(memory.iterdir()) == []


def test_a_plain_file_that_is_not_ours_is_not_trusted(policy, tmp_path, memory):
    first, _ = got(policy())
    (kept,) = memory.iterdir()
    held = kept.read_bytes()
    moved = next(n for n in NUMBERS[100:] if n + 1 not in NUMBERS and n % 256 < 255)
    other, _ = got(policy(LISTS | {"a": LISTS["a"].replace(str(moved), str(moved + 1))}), None, where=tmp_path / "other")
    other_held = other.path.read_bytes()
    assert len(other_held) == len(held)
    found = policy()
    for spoil in (
        lambda: kept.chmod(0o604),
        lambda: kept.write_bytes(b""),
        lambda: kept.write_bytes(held[:-1]),
        lambda: kept.write_bytes(other_held),
        lambda: kept.write_bytes(bytes(16) + held[16:]),
        lambda: (kept.unlink(), kept.symlink_to("/dev/null")),
    ):
        copy = memory / "new"
        copy.write_bytes(held)
        copy.chmod(0o600)
        kept.unlink(missing_ok=True)
        copy.rename(kept)
        spoil()
        with kept.open("rb") as held_by_others:  # else it would be swept
            fcntl.flock(held_by_others, fcntl.LOCK_SH)
            again, read = got(found)
        assert os.path.lexists(kept)
        assert not read
        assert again._mapped is None, "memory of its own"
        assert again.key == first.key
        assert all(again.trie.mask(n) for n in (*NUMBERS[::50], moved))
        again.verify()


def test_damage_of_the_shared_memory_is_found_and_it_is_built_anew(policy, tmp_path, memory):
    found, _ = got(policy())
    (kept,) = memory.iterdir()
    data = bytearray(kept.read_bytes())
    data[-PAGE - 3_000] ^= 1
    with kept.open("r+b") as file:
        file.write(data)
    said = []
    found.verify_in_background(said.append).join(30)
    assert len(said) == 1
    assert str(found.path) in said[0]
    assert "damaged in its section" in said[0]
    assert files(tmp_path) == []
    again, read = got(policy())
    assert read
    again.verify()
    os.truncate(kept.with_name(next(path.name for path in memory.iterdir() if path != kept)), 4_096)
    with pytest.raises(IndexFileError, match="truncated while it was in use"):
        again.verify()


# ── what happens meanwhile


def test_threads_that_race_all_get_it(policy, tmp_path, memory):
    found = policy()
    counts = []

    def open_it():
        made = got(found)[0]
        counts.append((made.numbers, made.trie.mask(NUMBERS[0])))

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [(9_000, counts[0][1])] * 6
    assert counts[0][1]
    assert len(files(tmp_path)) == 1
    gc.collect()
    assert list(memory.iterdir()) == []


def test_a_forked_child_asks_on_and_leaves_the_parents(policy, memory):
    found, _ = got(policy())
    (kept,) = memory.iterdir()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            right = all(found.trie.mask(n) for n in NUMBERS[::20]) and not found.trie.mask(FIRST - 1)
            found.verify()
            found.close()
            status = 0 if right and kept.exists() else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert kept.exists()
    assert found.trie.mask(NUMBERS[0])
    found.close()
    assert list(memory.iterdir()) == []


def killed_at(step, writes, memory, found):
    """Kill a child that opens an index: at so many writes to the disk (`seal`) or to the memory (`unseal`), or at a call of `os`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            real, count = getattr(os, step, memory_files.write), 0

            def and_stop(*given, **more):
                nonlocal count
                there = step == "unseal"
                if step not in {"seal", "unseal"} or there == (f"{memory}/" in os.readlink(f"/proc/self/fd/{given[0]}")):  # noqa: PTH115
                    count += 1
                    if count > writes:
                        os.write(writing, b"now")
                        signal.pause()
                return real(*given, **more)

            if step in {"seal", "unseal"}:
                memory_files.write = and_stop
            else:
                setattr(os, step, and_stop)
            got(found)
        finally:
            os._exit(1)
    os.close(writing)
    try:
        assert os.read(reading, 3) == b"now"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)


@pytest.mark.parametrize("before", ["none", "damaged"])
@pytest.mark.parametrize(
    ("step", "writes", "left"),
    [
        ("seal", 0, ".new"),
        ("seal", 1, ".new"),
        ("seal", 3, ".new"),
        ("fsync", 0, ".new"),
        ("fsync", 1, ".sealed"),
        ("unseal", 0, ".sealed"),
        ("unseal", 3, ".sealed"),
    ],
)
def test_killed_at_any_step_it_leaves_a_whole_file_or_what_stood_there(
    policy, plain, tmp_path, memory, monkeypatch, before, step, writes, left
):
    monkeypatch.setattr(sealed, "PIECE", 16_384)
    _, secret = plain
    found = policy()
    first, _ = got(found)
    if before == "damaged":
        first.path.write_bytes(b"damaged")
    else:
        first.path.unlink()
    first.close()
    killed_at(step, writes, memory, found)

    if left == ".new":
        assert any(path.suffix == ".new" for path in files(tmp_path))
        assert first.path.exists() is (before == "damaged")
    else:
        assert files(tmp_path) == [first.path]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files(tmp_path) if path.suffix == ".new")
    assert shown(tmp_path / "state", secret) == []
    made, read = got(found)
    assert read is (left == ".new")
    assert made.trie.mask(NUMBERS[-1])
    made.verify()
    assert files(tmp_path) == [made.path]
    made.close()
    assert list(memory.iterdir()) == []


def test_a_disk_that_is_full_is_said_and_leaves_nothing(policy, tmp_path, memory, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    for module, name in ((os, "fsync"), (Path, "rename"), (os, "pwrite")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, full)
            with pytest.raises(StateError, match="No space left"):
                got(policy())
        assert files(tmp_path) == []
        assert list(memory.iterdir()) == []


# ── what stood there before


def test_plain_files_go_when_a_sealed_one_is_put_there_or_opened(policy, plain, tmp_path, memory):
    _, secret = plain
    found = policy()
    before, _ = got(found, None)
    other, _ = got(policy({"a": "".join(f"+{n}\n" for n in NUMBERS)}), None)
    half = before.path.with_name(f".{before.path.name}.7-ab.part")
    half.write_bytes(before.path.read_bytes())
    sealed_half = before.path.with_name(f"{'0' * 32}.sealed.new")
    sealed_half.write_text("of one who was killed long ago")
    os.utime(sealed_half, (0, 0))
    own = before.path.with_name("own.cgx")
    own.write_text("the user's")
    assert len(shown(tmp_path / "state", secret)) == 3
    made, _ = got(policy())
    assert {path.name for path in files(tmp_path)} == {made.path.name, "own.cgx"}
    assert before.trie.mask(NUMBERS[0]), "whoever has it mapped keeps it"
    assert other.numbers == 9_000

    again, _ = got(policy(), None)
    assert again.path.exists()
    opened_again, read = got(policy())
    assert not read
    assert opened_again.path == made.path
    assert {path.name for path in files(tmp_path)} == {made.path.name, "own.cgx"}


@pytest.mark.parametrize("keyring", [None, KEYRING], ids=["plain", "sealed"])
def test_what_nobody_has_opened_for_a_week_goes_when_a_new_one_is_written(policy, tmp_path, memory, keyring):
    def old(path, days):
        then = time.time() - days * clock.DAY
        os.utime(path, (then, then))

    lists = [{"a": f"+{FIRST + i}\n"} for i in range(4)]
    made = [got(policy(each), keyring)[0].path for each in lists[:3]]
    strangers = [made[0].with_name(name) for name in ("other.cgx", "other.sealed", "note")]
    foreign = made[0].with_name(f"{'0' * 32}.sealed" if keyring is None else f"{'1' * 32}.sealed")
    for path in (*strangers, foreign):
        path.write_text("")
        old(path, 50)
    for path, days in zip(made, (8, 8, 6.9), strict=True):
        old(path, days)
    assert got(policy(lists[1]), keyring)[1] is False  # which marks it as used
    assert made[1].stat().st_mtime > time.time() - clock.DAY
    assert all(path.exists() for path in (*made, *strangers, foreign))

    last, _ = got(policy(lists[3]), keyring)
    assert set(files(tmp_path)) == {made[1], made[2], last.path, *strangers}
    stamp = last.path.stat().st_mtime_ns
    got(policy(lists[3]), keyring)
    assert last.path.stat().st_mtime_ns == stamp, "a mark of this hour will do"


def test_a_use_that_cannot_be_marked_is_no_fault(policy, tmp_path, memory, monkeypatch):
    def refuses(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    first, _ = got(policy())
    os.utime(first.path, (0, 0))
    monkeypatch.setattr(folder.os, "utime", refuses)
    again, read = got(policy())
    assert not read
    assert again.numbers == 9_000


# ── who asks for it


def test_nobody_but_a_guard_with_the_key_opens_it(policy, tmp_path, memory, capsys, monkeypatch):
    made, _ = got(policy())
    with pytest.raises(IndexFileError, match="is sealed: only a guard") as error:
        index.open(made.path)
    assert error.value.key == "sealed"
    with pytest.raises(PolicyError, match="is sealed") as mistake:
        got(policy({"a": made.path}))
    assert mistake.value.problems[0].key == "lists[0].path"
    with pytest.raises(PolicyError, match="is sealed"):
        got(policy({"a": made.path, "b": DATED}))

    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    cli = caller(capsys)
    status, _, err = cli("lists", "verify", str(made.path))
    assert status == 2
    assert "is sealed" in err
    assert "密钥" in cli("lists", "verify", "--lang", "zh", str(made.path))[2]


def test_a_users_own_index_file_is_mapped_as_it_is(policy, tmp_path, memory):
    (tmp_path / "source.txt").write_text(LISTS["a"])
    sources = [index.Source("dnc", tmp_path / "source.txt")]
    index.build(sources, tmp_path / "dnc.cgx", numbers=CHINA, timezone="Asia/Shanghai")
    found, read = got(policy({"dnc": tmp_path / "dnc.cgx"}))
    assert not read
    assert found.path == tmp_path / "dnc.cgx"
    assert not (tmp_path / "state").exists()
    assert list(memory.iterdir()) == []


@pytest.fixture
def enterprise(tmp_path, memory):
    """The file of a policy with a key and a list."""
    path = write_policy(tmp_path / "enterprise")
    (path.parent / "listed.txt").write_text(LISTS["a"])
    path.write_text(path.read_text() + '[[lists]]\nname = "complaints"\npath = "listed.txt"\n')
    return path


def reason(guard, number):
    return guard.may_dial(f"+{number}", caller=CALLER, campaign="notice").reason


def test_a_guard_with_a_key_seals_and_lets_go_when_it_is_closed(enterprise, plain, memory):
    _, secret = plain
    with Guard.open(enterprise) as guard, Guard.open(enterprise) as other:
        assert reason(guard, NUMBERS[0]) is Reason.LISTED
        assert reason(other, NUMBERS[1]) is Reason.LISTED
        assert reason(other, FIRST - 1) is Reason.ALLOWED
        guard._generation.index._verifier.join(30)
        assert guard._generation.damage is None
        (file,) = (enterprise.parent / "state" / "index").iterdir()
        assert file.suffix == ".sealed"
        assert shown(enterprise.parent / "state", secret) == []
        assert len([path for path in memory.iterdir() if path.name.startswith("callguard-index-")]) == 1
        guard.close()
        assert len([path for path in memory.iterdir() if path.name.startswith("callguard-index-")]) == 1
    assert [path for path in memory.iterdir() if path.name.startswith("callguard-index-")] == []
    del guard, other
    gc.collect()
    assert list(memory.iterdir()) == []
    assert descriptors(memory) == 0


def test_new_lists_take_the_place_of_those_that_are_asked(enterprise, memory):
    with Guard.open(enterprise) as guard:
        line = guard.line(campaign="notice", caller=CALLER)
        old = guard._generation.index
        (kept,) = memory.iterdir()
        guard.reload()
        assert kept.exists(), "the same lists, and the same file"
        with guard.attempt(f"+{FIRST - 1}", caller=CALLER, campaign="survey") as attempt:
            (enterprise.parent / "listed.txt").write_text(f"+{FIRST - 1}\n")
            guard.reload()
            assert not kept.exists()
            assert len(list(memory.iterdir())) == 1
            assert line.may_dial(f"+{FIRST - 1}").reason is Reason.LISTED
            assert line.may_dial(f"+{NUMBERS[0]}").reason is Reason.ALLOWED
            assert old.trie.mask(NUMBERS[0]), "what is under way asks on"
            attempt.outcome("answered")
        assert len(list((enterprise.parent / "state" / "index").iterdir())) == 2
    del guard, line, old, attempt
    gc.collect()
    assert list(memory.iterdir()) == []


def test_a_key_that_comes_later_seals_what_was_plain(enterprise, plain, memory):
    _, secret = plain
    text = enterprise.read_text()
    state = enterprise.parent / "state"
    enterprise.write_text(text.replace("[call_log]\n", "[call_log]\nenabled = false\n").replace('key_file = "callguard.key"\n', ""))
    Guard.open(enterprise).close()
    assert len(shown(state / "index", secret)) == 1
    for path in state.iterdir():  # a state of its own, whose lists stand already
        if path.is_file():
            path.unlink()
    enterprise.write_text(text)
    with Guard.open(enterprise) as guard:
        assert reason(guard, NUMBERS[0]) is Reason.LISTED
    assert shown(state, secret) == []


def test_in_the_memory_file_system_of_this_machine(policy, tmp_path):
    """Or in memory of its own, where there is none."""
    found, _ = got(policy())
    prefix = sealed._place(found.path)

    def kept():
        return [path for path in memory_files.MEMORY.glob("*") if path.name.startswith(prefix)]

    assert len(kept()) == (1 if memory_files.MEMORY.is_dir() else 0)
    assert found.trie.mask(NUMBERS[0])
    assert opened.open is index.open
    found.close()
    assert kept() == []
