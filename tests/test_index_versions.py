"""Versions of lists: merged and compared, they are what Python's sets say of the same rows."""

import json
import math
import random
import struct
import subprocess
import sys
import zlib
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard import clock, index
from callguard.errors import IndexFileError
from callguard.index import Export, Source, SourceError, differing, merging
from callguard.phone import NumberPlan
from index_format import SECTIONS, read, sections_of

np = pytest.importorskip("numpy")

CHINA = NumberPlan("CN")
ZONE = "Asia/Shanghai"
FIRST = 8_613_800_000_000
HOW = {"numbers": CHINA, "timezone": ZONE}
PLAIN = (None, None)


@pytest.fixture(params=["arrays", "interpreted"])
def arrays(request, monkeypatch):
    """With NumPy, and without."""
    for module in (merging, differing):
        monkeypatch.setattr(module, "has_numpy", lambda *, worth: request.param == "arrays")
    return request.param


def edge(written, *, ends):
    return clock.edge(written, ZONE, ends=ends) if written else None


def model(rows):
    """A list as a dict: its numbers, each with its set of entries."""
    found = {}
    for number, since, until in rows:
        found.setdefault(number, set()).add((edge(since, ends=False), edge(until, ends=True)))
    return found


def held(file):
    """The lists of an index file, as the format says, each as a dict."""
    header, planes, entries = read(file.read_bytes())
    names = [plane["name"] for plane in (*header["planes"], *header["beyond"]) if plane["name"]]
    found = {name: {} for name in names}
    for number, name, since, until in entries:
        found[name].setdefault(number, set()).add((since, until))
    for name in names:
        for number in planes.get(name, ()):
            found[name].setdefault(number, {PLAIN})
    return found


def csv(path, rows):
    path.write_text("number,since,until\n" + "".join(f"+{number},{since},{until}\n" for number, since, until in rows))
    return path


def text(path, numbers):
    path.write_text("".join(f"+{number}\n" for number in numbers))
    return path


def built(folder, out, lists):
    sources = [Source(name, csv(folder / f"{out}-{name}.csv", rows)) for name, rows in lists.items()]
    index.build(sources, folder / out, **HOW)
    return folder / out


def merged(before, adds, removes):
    """What a merge of a list makes, and what it counts."""
    new = {number: set(entries) for number, entries in before.items() if number not in removes}
    for number, entries in adds.items():
        new.setdefault(number, set()).update(entries)
    again = before.keys() & adds.keys()
    redated = sum(before[number] != new[number] for number in again)
    counts = {
        "before": len(before),
        "numbers": len(new),
        "added": len(new.keys() - before.keys()),
        "removed": len(before.keys() - new.keys()),
        "redated": redated,
        "there": len(again) - redated,
        "absent": len(removes - before.keys()),
        "both": len(removes & adds.keys()),
    }
    return new, counts


spans = st.sampled_from(["", "", "", "2026-01-01", "2026-06-30", "9999-12-31", "2026-01-01T10:00:00+08:00"])
numbers = st.integers(0, 60).map(lambda n: FIRST + n * 3_777_777)
rows = st.lists(st.tuples(numbers, spans, spans), max_size=25)
plain = st.lists(numbers.map(lambda number: (number, "", "")), max_size=25)
lists = st.one_of(rows, plain)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bases=st.lists(lists, min_size=1, max_size=3), adds=st.lists(lists, max_size=3), removes=st.lists(st.sets(numbers), max_size=3)
)
def test_a_merge_is_what_sets_say(tmp_path, arrays, bases, adds, removes):
    names = [f"list-{i}" for i in range(len(bases))]
    base = built(tmp_path, "base.cgx", dict(zip(names, bases, strict=True)))
    add = [Source(name, csv(tmp_path / f"add-{name}.csv", found)) for name, found in zip(names, adds, strict=False)]
    remove = [Source(name, text(tmp_path / f"remove-{name}.txt", found)) for name, found in zip(names, removes, strict=False)]
    made, said = index.merge(base, tmp_path / "new.cgx", add=add, remove=remove, **HOW)
    made.verify()
    now = held(tmp_path / "new.cgx")

    for i, (name, found) in enumerate(zip(names, said, strict=True)):
        new, counts = merged(model(bases[i]), model(adds[i]) if i < len(adds) else {}, removes[i] if i < len(removes) else set())
        assert now[name] == new
        assert {key: getattr(found, key) for key in counts} == counts
        assert found.name == name
        for number, entries in new.items():
            assert {(entry.since, entry.until) for entry in made.listings(number) if entry.list == name} == entries


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(olds=st.lists(lists, min_size=1, max_size=3), news=st.lists(lists, min_size=1, max_size=3))
def test_differences_are_what_sets_say_and_merging_them_is_the_new_version(tmp_path, arrays, olds, news):
    old = built(tmp_path, "old.cgx", {f"list-{i}": found for i, found in enumerate(olds)})
    new = built(tmp_path, "new.cgx", {f"list-{i}": found for i, found in enumerate(news)})
    before, after = index.open(old), index.open(new)
    found = index.differences(before, after)
    models = (
        [model(olds[i]) if i < len(olds) else None for i in range(len(found))],
        [model(news[i]) if i < len(news) else None for i in range(len(found))],
    )

    assert [each.name for each in found] == [f"list-{i}" for i in range(max(len(olds), len(news)))]
    for each, was, now in zip(found, *models, strict=True):
        one, other = was or {}, now or {}
        both = one.keys() & other.keys()
        assert (each.old, each.new) == (None if was is None else len(was), None if now is None else len(now))
        assert (each.added, each.removed) == (len(other.keys() - one.keys()), len(one.keys() - other.keys()))
        assert each.redated == sum(one[number] != other[number] for number in both)
        assert each.same == len(both) - each.redated
        assert each.differs == (was != now)
    if len(olds) == len(news):
        for form in (".cgx", ".csv") if len(olds) == 1 else (".cgx",):
            _written(before, after, tmp_path / f"added{form}", tmp_path / f"removed{form}")
            names = [f"list-{i}" for i in range(len(olds))]
            add = [Source(name, tmp_path / f"added{form}") for name in names]
            remove = [Source(name, tmp_path / f"removed{form}") for name in names]
            index.merge(old, tmp_path / "again.cgx", add=add, remove=remove, **HOW)
            assert held(tmp_path / "again.cgx") == held(new)


def _written(before, after, added, removed):
    names = [each.name for each in index.differences(before, after)]
    with Export(added, names, entries=True) as more, Export(removed, names, entries=False) as less:

        def take(changes):
            more.add([change.arrived for change in changes])
            less.add([change.gone for change in changes])

        index.differences(before, after, take=take)
        more.put()
        less.put()


# ── what is refused, and what is left


def base_of(folder, name="base.cgx", plane="a", count=300):
    return built(folder, name, {plane: [(FIRST + i * 7, "", "" if i % 9 else "2026-06-30") for i in range(count)]})


def test_a_new_version_keeps_what_was_not_read_and_grows_no_pile_of_reports(tmp_path):
    (tmp_path / "a.csv").write_text(f"number,until\n+{FIRST},\nnobody,\n+{FIRST + 1},soon\n")
    index.build([Source("a", tmp_path / "a.csv")], tmp_path / "0.cgx", **HOW)
    for i in range(5):
        add = text(tmp_path / f"add-{i}.txt", [FIRST + 10 + i])
        index.merge(tmp_path / f"{i}.cgx", tmp_path / f"{i + 1}.cgx", add=[Source("a", add)], **HOW)
    (plane,) = index.open(tmp_path / "5.cgx").planes

    assert [(report.source, report.rows) for report in plane.reports] == [("4.cgx", 7), ("add-4.txt", 1)]
    assert (plane.skipped_count, plane.undated_count, plane.numbers) == (1, 1, 7)


def test_contradictions_are_on_the_list_as_they_were_added(tmp_path):
    base = base_of(tmp_path)
    add = csv(tmp_path / "add.csv", [(FIRST, "", "2027-01-01"), (FIRST + 1, "", ""), (FIRST + 14, "", "")])
    gone = text(tmp_path / "gone.txt", [FIRST, FIRST + 1, FIRST + 2, FIRST + 7])
    made, (said,) = index.merge(base, tmp_path / "new.cgx", add=[Source("a", add)], remove=[Source("a", gone)], **HOW)

    assert [(entry.since, entry.until) for entry in made.listings(FIRST)] == [(None, edge("2027-01-01", ends=True))]
    assert [(entry.since, entry.until) for entry in made.listings(FIRST + 1)] == [PLAIN]
    assert (said.both, said.absent, said.redated, said.there, said.added, said.removed) == (2, 2, 1, 1, 1, 1)


@pytest.mark.parametrize("section", ["lines", "runs", "records", "dated", "checks"])
def test_a_damaged_base_is_refused_and_nothing_is_written(tmp_path, section):
    base = base_of(tmp_path)
    data = bytearray(base.read_bytes())
    data[sections_of(bytes(data))[0]["sections"][section][0]] ^= 1
    base.write_bytes(data)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(IndexFileError) as error:
        index.merge(base, tmp_path / "new.cgx", add=[Source("a", text(tmp_path / "a.txt", [FIRST]))], **HOW)

    assert error.value.key == "damaged"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "a.txt"])


def resealed(data, section, change):
    """A file whose checksums are right, and whose section is not."""
    head, sections = sections_of(data)
    places = head["sections"]
    found = bytearray(data)
    at, size = places[section]
    found[at : at + size] = change(bytearray(sections[section]))
    sums = b"".join(
        struct.pack("<I", zlib.crc32(found[places[name][0] + i : min(places[name][0] + i + (4 << 20), sum(places[name]))]))
        for name in SECTIONS
        for i in range(0, places[name][1], 4 << 20)
    )
    at, size = places["checks"]
    found[at : at + size] = sums
    head["checks_crc"] = zlib.crc32(sums)
    said = json.dumps(head, separators=(",", ":")).encode()
    size = struct.unpack_from("<I", data, 20)[0]
    whole = bytearray(data[:16] + struct.pack("<IIII", 1, size, len(said), 0) + said).ljust(size, b"\0")
    whole[28:32] = struct.pack("<I", zlib.crc32(whole))
    return bytes(whole) + bytes(found[size:])


def swapped(words, size):
    """The first two items of a section the other way round."""
    words[: 2 * size] = words[size : 2 * size] + words[:size]
    return words


def anything(words, rng):
    """As many entries of any numbers, on the first list or none, with edges that may be no instants."""
    numbers = [FIRST, FIRST + 7, FIRST + 10**7, FIRST - 10**8, 0, -5, 10**15, 2**63 - 1, -(2**63), rng.randrange(10**15)]
    edges = [math.nan, math.inf, -math.inf, 0.0, -1e300, 1.8e9, 1e18]
    count = len(words) // 32
    entries = [(rng.choice(numbers), rng.choice((0, 0, 0, 1, 77)), rng.choice(edges), rng.choice(edges)) for _ in range(count)]
    if rng.randrange(2):
        entries.sort(key=lambda entry: entry[0])
    return bytearray(b"".join(struct.pack("<qqdd", *entry) for entry in entries))


@pytest.mark.parametrize(("section", "size"), [("runs", 2), ("dated", 32)])
def test_a_file_that_was_made_to_deceive_is_refused_or_read_but_never_a_crash(tmp_path, arrays, section, size):
    base = base_of(tmp_path, count=20)
    other = base_of(tmp_path, "other.cgx", count=25)
    base.write_bytes(resealed(base.read_bytes(), section, lambda words: swapped(words, size)))
    index.open(base).verify()
    add = text(tmp_path / "a.txt", [FIRST + 1])
    for work in (
        lambda: index.merge(base, tmp_path / "new.cgx", add=[Source("a", add)], **HOW),
        lambda: index.differences(index.open(base), index.open(other)),
        lambda: index.differences(index.open(other), index.open(base)),
    ):
        if section == "runs":
            with pytest.raises(IndexFileError) as error:
                work()
            assert (error.value.key, error.value.path) == ("disordered", base)
        else:
            work()
    for at in range(0, 200, 7):  # entries that say anything
        rng = random.Random(at)
        base.write_bytes(resealed(base_of(tmp_path).read_bytes(), "dated", lambda words, rng=rng: anything(words, rng)))
        for work in (
            lambda: index.merge(base, tmp_path / "new.cgx", add=[Source("a", add)], **HOW),
            lambda: _written(index.open(base), index.open(other), tmp_path / "added.cgx", tmp_path / "removed.cgx"),
            lambda: _written(index.open(other), index.open(base), tmp_path / "added.csv", tmp_path / "removed.txt"),
        ):
            with suppress(IndexFileError):
                work()


def test_what_cannot_be_merged_says_why(tmp_path):
    base = base_of(tmp_path)
    add = text(tmp_path / "a.txt", [FIRST + 1])
    dated = csv(tmp_path / "dated.csv", [(FIRST, "", "2026-01-01")])

    def error(**given):
        with pytest.raises(SourceError) as raised:
            index.merge(base, tmp_path / "new.cgx", **given, **HOW)
        assert str(FIRST)[2:] not in str(raised.value)
        return raised.value.key

    assert error(add=[Source("b", add)]) == "no-list"
    assert error(remove=[Source("a", dated)]) == "dated"
    assert error(add=[Source("a", tmp_path / "gone.txt")]) == "unreadable"
    with pytest.raises(OSError, match="nowhere"):
        index.merge(base, tmp_path / "nowhere" / "new.cgx", **HOW)
    with pytest.raises(KeyError):
        index.merge(base, tmp_path / "new.cgx", check=lambda merged: {}[merged[0].name], **HOW)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(("new", "."))]
    with pytest.raises(ValueError, match="there is no list `x`"):
        index.differences(index.open(base), index.open(base), only="x")
    with pytest.raises(ValueError, match=r"the suffix is `\.xls`"):
        Export(tmp_path / "a.xls", ["a"], entries=True)
    with pytest.raises(ValueError, match="2 lists"):
        Export(tmp_path / "a.csv", ["a", "b"], entries=True)


def test_lone_lists_are_compared_whatever_they_are_named(tmp_path):
    old, new = base_of(tmp_path, "27.cgx", "27", 10), base_of(tmp_path, "28.cgx", "28", 12)
    (found,) = index.differences(index.open(old), index.open(new))

    assert (found.name, found.old, found.new, found.added) == ("28", 10, 12, 2)
    assert found.shrinks == 0
    assert index.differences(index.open(new), index.open(old))[0].shrinks == 2 / 12


@pytest.mark.parametrize("form", [".csv", ".txt", ".parquet", ".cgx"])
def test_numbers_are_written_in_each_form_and_read_again(tmp_path, form):
    if form == ".parquet":
        pytest.importorskip("pyarrow")
    old = built(tmp_path, "old.cgx", {"a": [(FIRST + 1, "", "")]})
    new = built(
        tmp_path,
        "new.cgx",
        {"a": [(FIRST, "2026-01-01T10:00:00+08:00", "9999-12-31"), (FIRST + 1, "", "2026-05-01"), (FIRST + 2, "", "")]},
    )
    _written(index.open(old), index.open(new), tmp_path / f"added{form}", tmp_path / f"removed{form}")
    index.build([Source("a", tmp_path / f"added{form}")], tmp_path / "again.cgx", **HOW)
    index.build([Source("a", tmp_path / f"removed{form}")], tmp_path / "gone.cgx", **HOW)

    if form == ".txt":
        assert held(tmp_path / "again.cgx") == {"a": {FIRST + i: {PLAIN} for i in range(3)}}
    else:
        assert held(tmp_path / "again.cgx") == held(new)
    assert held(tmp_path / "gone.cgx") == {"a": {FIRST + 1: {PLAIN}}}
    assert not list(tmp_path.glob(".*"))


def test_more_lists_than_bits_are_merged_and_compared(tmp_path):
    lists = {f"list-{i}": [(FIRST + i, "", ""), (FIRST + 100, "", "2026-05-01")] for i in range(66)}
    base = built(tmp_path, "base.cgx", lists)
    add = [Source("list-65", text(tmp_path / "add.txt", [FIRST + 7]))]
    remove = [Source("list-64", text(tmp_path / "gone.txt", [FIRST + 64, FIRST + 100]))]
    index.merge(base, tmp_path / "new.cgx", add=add, remove=remove, **HOW)
    now = held(tmp_path / "new.cgx")
    found = {each.name: each for each in index.differences(index.open(base), index.open(tmp_path / "new.cgx"))}

    assert now["list-65"].keys() == {FIRST + 7, FIRST + 65, FIRST + 100}
    assert now["list-64"] == {}
    assert [name for name, each in found.items() if each.differs] == ["list-64", "list-65"]
    assert (found["list-64"].removed, found["list-65"].added) == (2, 1)


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from callguard import index
from callguard.index import Source
from callguard.phone import NumberPlan

folder, rng = Path(sys.argv[1]), random.Random(9)
how = {"numbers": NumberPlan("CN"), "timezone": "Asia/Shanghai"}
numbers = rng.sample(range(8_613_800_000_000, 8_613_900_000_000), 40_000)
for name, some in (("base", numbers[:30_000]), ("add", numbers[30_000:]), ("gone", numbers[:1_000])):
    (folder / name).write_text("".join(f"+{n}\\n" for n in some))
index.build([Source("a", folder / "base")], folder / "base.cgx", **how)
sources = {"add": [Source("a", folder / "add")], "remove": [Source("a", folder / "gone")]}
out = folder / "new.cgx"
start = time.perf_counter()
index.merge(folder / "base.cgx", out, **sources, **how)
took = time.perf_counter() - start
seen = [0, 0]
for i in range(int(sys.argv[2])):
    out.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        index.merge(folder / "base.cgx", out, **sources, **how)
        os._exit(0)
    time.sleep(rng.random() * took * 1.2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    seen[out.exists()] += 1
    if out.exists():
        found = index.open(out)
        found.verify()
        assert found.numbers == 39_000
    index.open(folder / "base.cgx").verify()
print(*seen)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs fork")
def test_a_merge_that_is_killed_leaves_the_whole_file_or_none(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "40"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    none, whole = map(int, done.stdout.split())

    assert none > 5
    assert none + whole == 40
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".part"} <= {"base", "add", "gone", "base.cgx", "new.cgx"}
