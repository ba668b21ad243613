"""Index files: opened at once, refused when they are not whole, damage found, and never half written, whatever happens."""

import json
import os
import pickle
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from callguard import index
from callguard.errors import IndexFileError
from callguard.index import Source, header, sorting, writing
from callguard.phone import NumberPlan, data_version
from index_format import SECTIONS, sections_of

CHINA = NumberPlan("CN")
ZONE = "Asia/Shanghai"
FIRST = 8_613_800_000_000
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, or needs fork and limits")


def build(folder, out="out.cgx", **more):
    """A file with every form of block and with entries; all of its sections have bytes."""
    rng = random.Random(5)
    numbers = {FIRST + i * 10_000 + low for i in range(12) for low in rng.sample(range(10_000), 3 ** min(i, 8))}
    (folder / "a.csv").write_text("number,until\n" + "".join(f"+{n},\n" for n in numbers) + f"+{FIRST},2026-05-01\n")
    (folder / "b.txt").write_text("".join(f"+{n}\n" for n in sorted(numbers)[:2_000]))
    sources = [Source("a", folder / "a.csv"), Source("b", folder / "b.txt")]
    return index.build(sources, folder / out, numbers=CHINA, timezone=ZONE, **more)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    build(folder)
    return folder / "out.cgx"


def refused(path, data):
    """Write a file and return why it is refused."""
    path.write_bytes(data)
    with pytest.raises(IndexFileError) as error:
        index.open(path)
    assert str(path) in str(error.value)
    return error.value.key


def test_a_file_that_is_opened_is_the_index_that_was_built(made):
    found = index.open(str(made))
    again = index.open(made, huge=True)

    for each in (found, again):
        assert [(plane.name, plane.bit) for plane in each.planes] == [("a", 1), ("b", 2)]
        assert each.further == 4
        assert [entry.list for entry in each.listings(FIRST)] == ["a"]
        assert [name for name, _, until in each.dated(FIRST) if until] == ["a"]
        assert each.dated(FIRST + 1) == ()
        assert each.size == made.stat().st_size
        assert each.data == data_version()
        each.verify()
    assert found.digest == again.digest
    assert found.key == again.key


def test_opening_looks_at_the_header_alone(made, tmp_path):
    """Whatever the rest is; so its pages are not touched."""
    size = struct.unpack_from("<I", made.read_bytes(), 20)[0]
    (tmp_path / "x").write_bytes(made.read_bytes()[:size].ljust(made.stat().st_size, b"\xff"))
    found = index.open(tmp_path / "x")
    assert found.numbers > 0
    with pytest.raises(IndexFileError, match="section `checks`"):
        found.verify()


def test_it_is_mapped_once_for_all(made, tmp_path):
    """No number becomes an object: a file of many numbers takes no more memory of a process than an empty one."""
    import tracemalloc

    def taken(path):
        index.open(path)
        tracemalloc.start()
        held = [index.open(path) for _ in range(20)]
        found, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        for each in held:
            each.close()
        return found / len(held)

    (tmp_path / "none.csv").write_text("number,until\n")
    sources = [Source("a", tmp_path / "none.csv"), Source("b", tmp_path / "none.csv")]
    index.build(sources, tmp_path / "none.cgx", numbers=CHINA, timezone=ZONE)

    assert index.open(made).numbers > 20_000
    assert abs(taken(made) - taken(tmp_path / "none.cgx")) < 5_000


def test_every_byte_of_the_header_counts(made, tmp_path):
    data = bytearray(made.read_bytes())
    size = struct.unpack_from("<I", data, 20)[0]
    keys = set()
    path = tmp_path / "x"
    path.write_bytes(data)
    with path.open("r+b") as file:
        for at in range(size):
            file.seek(at)
            file.write(bytes([data[at] ^ (1 << at % 8)]))
            file.flush()
            with pytest.raises(IndexFileError) as error:
                index.open(path)
            keys.add(error.value.key)
            file.seek(at)
            file.write(data[at : at + 1])
    index.open(path).verify()

    assert keys == {"foreign", "format", "header", "truncated"}


def test_a_file_that_was_cut_is_refused(made, tmp_path):
    data = made.read_bytes()
    rng = random.Random(2)
    lengths = {0, 1, 15, 16, 31, 32, 4_095, 4_096, len(data) - 1, *(rng.randrange(len(data)) for _ in range(60))}
    for offset, length in json.loads(data[32 : 32 + struct.unpack_from("<I", data, 24)[0]])["sections"].values():
        lengths |= {offset - 1, offset, offset + length - 1}

    for length in sorted(lengths):
        assert refused(tmp_path / "x", data[:length]) in {"truncated", "foreign"}
    assert refused(tmp_path / "x", data + b"\0") == "longer"


def test_what_is_no_index_file_of_ours_is_refused(made, tmp_path):
    data = made.read_bytes()
    assert refused(tmp_path / "x", b"number\n13800130001\n" * 500) == "foreign"
    assert refused(tmp_path / "x", b"") == "foreign"
    newer = data[:16] + struct.pack("<I", 2) + data[20:]
    assert refused(tmp_path / "x", newer) == "format"
    with pytest.raises(OSError, match="No such file"):
        index.open(tmp_path / "gone")


def repacked(data, change):
    """A file whose header says something else, with a checksum that is right."""
    size, length = struct.unpack_from("<II", data, 20)
    value = json.loads(data[32 : 32 + length])
    change(value)
    text = json.dumps(value, separators=(",", ":")).encode()
    whole = bytearray(data[:16] + struct.pack("<IIII", 1, size, len(text), 0) + text).ljust(size, b"\0")
    whole[28:32] = struct.pack("<I", zlib.crc32(whole))
    return bytes(whole) + data[size:]


def test_a_header_that_makes_no_sense_is_refused(made, tmp_path):
    data = made.read_bytes()

    def moved(name, offset, length):
        def change(value):
            place = value["sections"][name]
            value["sections"][name] = [place[0] + offset, place[1] + length]

        return change

    assert repacked(data, lambda value: None)[4096:] == data[4096:]
    for change, key in (
        (moved("lines", 1, 0), "sections"),
        (moved("lines", -4096 * 8, 0), "sections"),
        (moved("lines", 0, -1), "sections"),
        (moved("records", 0, -64), "sections"),
        (moved("checks", 0, -4), "longer"),
        (moved("checks", 0, 4), "truncated"),
        (moved("root", 10**12, 0), "truncated"),
        (moved("dated", 0, 10**12), "truncated"),
        (lambda value: value["planes"].pop(), "sections"),
        (lambda value: value["planes"].clear(), "sections"),
        (lambda value: value["sections"].pop("runs"), "header"),
        (lambda value: value.update(planes=5), "header"),
        (lambda value: value.update(numbers="many"), "header"),
        (lambda value: value["planes"][0].update(skipped="x"), "header"),
        (lambda value: value["planes"][0].pop("name"), "header"),
    ):
        assert refused(tmp_path / "x", repacked(data, change)) == key
    assert refused(tmp_path / "x", repacked(data, lambda value: value.clear())) == "header"


def test_another_byte_order_is_refused(made, monkeypatch):
    monkeypatch.setattr(header.sys, "byteorder", "big")
    with pytest.raises(IndexFileError, match="little endian") as error:
        index.open(made)
    assert error.value.key == "endian"
    with pytest.raises(IndexFileError, match="little endian"):
        index.build([], made, numbers=CHINA, timezone=ZONE)


@pytest.mark.parametrize("section", [*SECTIONS, "checks"])
def test_each_flipped_bit_is_found_and_none_of_them_kills(made, tmp_path, section):
    data = made.read_bytes()
    head, sections = sections_of(data)
    offset, length = head["sections"][section]
    rng = random.Random(section)
    path = tmp_path / "x"
    path.write_bytes(data)
    asked = [FIRST, FIRST + 1, *(FIRST + rng.randrange(120_000) for _ in range(50)), 12_025_550_123, 1, 10**15 - 1]
    # where the numbers lead to, not only where nothing stands
    filled = [i for i in range(length) if sections[section][i]] or [0]
    with path.open("r+b") as file:
        for i in range(25):
            at = offset + (rng.choice(filled) if i % 2 else rng.randrange(length))
            file.seek(at)
            file.write(bytes([data[at] ^ (1 << rng.randrange(8))]))
            file.flush()
            found = index.open(path)
            for number in asked:
                found.trie.mask(number)
                found.listings(number)
            with pytest.raises(IndexFileError, match=f"section `{section}`") as error:
                found.verify()
            assert error.value.facts["section"] == section
            assert str(path) in str(error.value)
            found.close()
            file.seek(at)
            file.write(data[at : at + 1])
    index.open(path).verify()


def test_damage_is_told_in_the_background(made, tmp_path):
    said = []
    index.open(made).verify_in_background(said.append).join(30)
    assert said == []
    data = bytearray(made.read_bytes())
    data[sections_of(bytes(data))[0]["sections"]["lines"][0]] ^= 1
    (tmp_path / "x").write_bytes(data)
    thread = index.open(tmp_path / "x").verify_in_background(said.append)
    thread.join(30)

    assert thread.daemon
    assert said == [f"`{tmp_path / 'x'}` is damaged in its section `lines`"]
    assert (tmp_path / "x").exists()


def test_verifying_tells_its_progress_and_stops_when_the_index_is_closed(made, monkeypatch):
    told = []
    index.open(made).verify(lambda *what: told.append(what))
    assert [what for _, _, what in told] == ["check"] * len(told)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    found = index.open(made)

    def close(done, total, what):
        found._closed.set()
        told.clear()

    found.verify(close)
    assert told == []
    found.close()
    found.verify()


@pytest.mark.skipif(sys.platform == "win32", reason="a mapped file cannot be cut there")
def test_a_file_that_is_cut_while_it_is_in_use_is_told(made, tmp_path):
    (tmp_path / "x").write_bytes(made.read_bytes())
    found = index.open(tmp_path / "x")
    os.truncate(tmp_path / "x", 4096)
    with pytest.raises(IndexFileError, match="truncated"):
        found.verify()


def test_errors_keep_their_facts(made, tmp_path):
    (tmp_path / "x").write_bytes(made.read_bytes()[:-5])
    with pytest.raises(IndexFileError) as error:
        index.open(tmp_path / "x")
    again = pickle.loads(pickle.dumps(error.value))
    assert (str(again), again.key, again.facts) == (str(error.value), "truncated", error.value.facts)
    source = index.SourceError("no-column", Path("a"), "b", "c", names="d")
    again = pickle.loads(pickle.dumps(source))
    assert (str(again), again.key, again.facts) == (str(source), "no-column", {"names": "d"})


# ── how files are written


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    build(tmp_path)
    before = (tmp_path / "out.cgx").read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    for module, name in ((writing.shutil, "copyfileobj"), (writing.os, "fsync"), (Path, "replace")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, full)
            with pytest.raises(OSError, match="No space"):
                build(tmp_path)
        assert (tmp_path / "out.cgx").read_bytes() == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.txt", "out.cgx"]


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path):
    build(tmp_path)
    (tmp_path / "out.cgx").chmod(0o640)
    (tmp_path / "link.cgx").symlink_to("out.cgx")
    build(tmp_path, "link.cgx")

    assert (tmp_path / "link.cgx").is_symlink()
    assert (tmp_path / "out.cgx").stat().st_mode & 0o777 == 0o640
    with pytest.raises(IndexFileError, match="no file"):
        index.build([], tmp_path, numbers=CHINA, timezone=ZONE)
    with pytest.raises(OSError, match="nowhere"):
        index.build([], tmp_path / "nowhere" / "out.cgx", numbers=CHINA, timezone=ZONE)


def test_what_is_put_aside_has_no_name_and_goes_with_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(sorting, "LEAST", 1 << 12)
    seen = []

    def progress(done, total, what):
        seen.extend(path.name for path in tmp_path.iterdir())
        if what == "encode":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, memory=1, progress=progress)
    assert {name for name in seen if not name.endswith(".part")} <= {"a.csv", "b.txt"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.txt"]


KILLED = """
import json, os, random, signal, sys, time
from pathlib import Path
from callguard import index
from callguard.index import Source, sorting
from callguard.phone import NumberPlan, data_version

folder, plan, rng = Path(sys.argv[1]), NumberPlan("CN"), random.Random(9)
sorting.LEAST = 1 << 14
out = folder / "out.cgx"
counts = {}
for name, count in (("old", 2_000), ("new", 40_000)):
    numbers = rng.sample(range(8_613_800_000_000, 8_613_900_000_000), count)
    (folder / name).write_text("".join(f"+{n}\\n" for n in numbers))
    counts[name] = count

def build(name):
    return index.build([Source(name, folder / name)], out, numbers=plan, timezone="Asia/Shanghai", memory=1 << 14)

build("new")
start = time.perf_counter()
build("new")
took = time.perf_counter() - start
seen = {"old": 0, "new": 0, "none": 0, "killed": 0}
for i in range(int(sys.argv[2])):
    if i % 2:
        build("old")
    else:
        out.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        build("new")
        os._exit(0)
    time.sleep(rng.random() * took * 1.2)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    seen["killed"] += os.WIFSIGNALED(status)
    if out.exists():
        found = index.open(out)
        found.verify()
        (plane,) = found.planes
        assert plane.numbers == counts[plane.name]
        seen[plane.name] += 1
    else:
        assert not i % 2, "the old file is gone"
        seen["none"] += 1
print(json.dumps(seen))
"""


@LINUX
@pytest.mark.slow
def test_a_builder_that_is_killed_leaves_the_old_file_or_the_new(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "60"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)

    assert seen["killed"] > 20
    assert seen["old"] > 5
    assert seen["none"] > 5
    assert sum(seen[name] for name in ("old", "new", "none")) == 60
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".part"} <= {"old", "new", "out.cgx"}


BOUNDED = """
import sys
from pathlib import Path
import pyarrow as pa
from callguard import index
from callguard.index import Source
from callguard.phone import NumberPlan, data_version

def private():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) // 1024

path, memory = Path(sys.argv[1]), int(sys.argv[2]) << 20
plan = NumberPlan("CN")
small = path.with_name("small.arrow")
with pa.OSFile(str(small), "wb") as sink, pa.ipc.new_file(sink, pa.schema([("n", pa.int64())])) as writer:
    writer.write_table(pa.table({"n": [8_613_800_000_000]}))
index.build([Source("a", small)], small.with_suffix(".cgx"), numbers=plan, timezone="Asia/Shanghai")  # loads what is loaded once
before, most = private(), 0

def progress(done, total, what):
    global most
    most = max(most, private() - before)

found = index.build([Source("a", path)], path.with_suffix(".cgx"), numbers=plan, timezone="Asia/Shanghai", memory=memory, progress=progress)
print(found.numbers, most)
"""


@LINUX
@pytest.mark.slow
def test_memory_is_bounded(tmp_path):
    np, pa = pytest.importorskip("numpy"), pytest.importorskip("pyarrow")
    numbers = np.random.default_rng(4).integers(8_613_000_000_000, 8_614_000_000_000, 5_000_000)
    with pa.OSFile(str(tmp_path / "list.arrow"), "wb") as sink, pa.ipc.new_file(sink, pa.schema([("n", pa.int64())])) as writer:
        writer.write_table(pa.table({"n": numbers}), max_chunksize=200_000)
    distinct = 1 + np.count_nonzero(np.diff(np.sort(numbers)))
    taken = {}
    for memory in (4, 1_000):
        code = [sys.executable, "-c", BOUNDED, str(tmp_path / "list.arrow"), str(memory)]
        done = subprocess.run(code, capture_output=True, text=True, check=True)
        count, taken[memory] = map(int, done.stdout.split())
        assert count == distinct

    assert taken[4] < 28
    assert taken[1_000] > 40
