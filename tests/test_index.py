"""The index: whatever its sources and the memory, it holds what they say, as a slow reading of its file finds it."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard import clock, index
from callguard.index import Source, building, sorting, text
from callguard.index.opened import FURTHER
from callguard.phone import NumberPlan
from callguard.rules.rule import Listing
from index_format import read, sections_of

np = pytest.importorskip("numpy")
pa = pytest.importorskip("pyarrow")

CHINA = NumberPlan("CN")
ZONE = "Asia/Shanghai"
FIRST = 8_613_800_000_000


@pytest.fixture(params=["arrays", "interpreted"])
def arrays(request, monkeypatch):
    """Sort and read with NumPy, and without."""
    for module in (building, text):
        monkeypatch.setattr(module, "has_numpy", lambda *, worth: request.param == "arrays")
    return request.param


@pytest.fixture
def little(monkeypatch):
    """So little memory that a few hundred numbers are put aside."""
    monkeypatch.setattr(sorting, "LEAST", 1 << 12)
    return 1 << 12


def build(folder, sources, *, out="out.cgx", memory=1 << 26, numbers=CHINA, **more):
    """Build from texts, or bytes, by plane and file; a plane may have several files."""
    found = []
    for i, (name, content) in enumerate(sources):
        path = folder / f"source-{i}.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found.append(Source(name, path))
    return index.build(found, folder / out if out else None, numbers=numbers, timezone=ZONE, memory=memory, **more)


def rows(numbers):
    return "".join(f"+{number}\n" for number in numbers)


def densities(rng):
    """Blocks of every form: runs, one to nineteen lines of bytes, bitmaps; in China and in North America."""
    numbers = set()
    for i, size in enumerate([1, 2, 31, 32, 33, 34, 60, 118, 119, 200, 400, 700, 1000, 1120, 1250, 2000, 9_999, 10_000]):
        for first in (FIRST + i * 10_000, 12_025_550_000 + i * 130_000_000):
            numbers |= {first + low for low in rng.sample(range(10_000), size)}
    numbers |= {FIRST + 300_000 + i for i in range(200)}  # all in one bucket
    return numbers


@pytest.mark.parametrize("memory", [1 << 26, 1 << 12])
@pytest.mark.parametrize("out", ["out.cgx", None])
def test_it_holds_what_the_sources_say(tmp_path, arrays, little, memory, out):
    rng = random.Random(7)
    dense, other = sorted(densities(rng)), sorted(rng.sample(range(FIRST, FIRST + 400_000_000), 3_000))
    shuffled = [*dense, *other[:50], *other[:50]]
    rng.shuffle(shuffled)
    found = build(tmp_path, [("a", rows(shuffled)), ("b", rows(other)), ("a", rows(other[40:60]))], out=out, memory=memory)
    a, b = {*dense, *other[:60]}, set(other)

    assert [plane.name for plane in found.planes] == ["a", "b"]
    assert [plane.numbers for plane in found.planes] == [len(a), len(b)]
    assert found.numbers == len(a | b)
    for plane, numbers in zip(found.planes, (a, b), strict=True):
        assert [n for piece in found.trie.numbers(plane.bit.bit_length() - 1) for n in piece] == sorted(numbers)
    for n in (*rng.sample(dense, 500), *other[:500], *(n + 1 for n in other[:500])):
        assert found.trie.mask(n) == (n in a) + 2 * (n in b)
    assert [plane.rows for plane in found.planes] == [len(shuffled) + 20, len(other)]
    if out:
        header, planes, entries = read((tmp_path / out).read_bytes())
        assert planes == {"a": a, "b": b}
        assert entries == []
        assert [plane["rows"] for plane in header["planes"]] == [len(shuffled) + 20, len(other)]
        assert [source["rows"] for source in header["planes"][0]["sources"]] == [len(shuffled), 20]
        assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".*"))


def test_the_file_is_the_same_whatever_the_order_the_memory_and_what_sorts(tmp_path, monkeypatch, little):
    rng = random.Random(11)
    numbers = sorted({*densities(rng), *rng.sample(range(12_000_000_000, 20_000_000_000), 2_000)})
    dated = [f"+{n},2026-01-0{n % 9 + 1}\n" for n in rng.sample(numbers, 100)]
    files = set()
    for has in (True, False):
        for memory in (1 << 12, 1 << 15, 1 << 26):
            monkeypatch.setattr(building, "has_numpy", lambda *, worth, has=has: has)
            build(tmp_path, [("a", rows(numbers)), ("b", "number,since\n" + "".join(dated))], memory=memory)
            header, found = sections_of((tmp_path / "out.cgx").read_bytes())
            files.add((header["key"], *found.items()))
            rng.shuffle(numbers)
            rng.shuffle(dated)

    assert len(files) == 1


def test_runs_are_sorted_by_themselves_and_merged(tmp_path, arrays, monkeypatch):
    monkeypatch.setattr(sorting, "RUN", 100)
    rng = random.Random(13)
    numbers = rng.sample(range(FIRST, FIRST + 40_000_000), 1_050)
    found = build(tmp_path, [("a", rows(numbers)), ("b", rows(numbers[:250] * 2))])

    assert [n for piece in found.trie.numbers(0) for n in piece] == sorted(numbers)
    assert [n for piece in found.trie.numbers(1) for n in piece] == sorted(numbers[:250])


dates = st.sampled_from(["", "", "", "2026-01-01", "2026-06-30", "2026-01-01T10:00:00+08:00", "9999-12-31", "soon"])
row = st.tuples(st.integers(0, 40).map(lambda n: FIRST + n * 7_777), dates, dates)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=st.lists(st.lists(row, max_size=30), min_size=1, max_size=4), seed=st.integers(0, 3))
def test_entries_with_dates_are_kept_as_they_are_read(tmp_path, little, arrays, lists, seed):
    sources = [
        (f"list-{i % 3}", "number,since,until\n" + "".join(f"+{number},{since},{until}\n" for number, since, until in found))
        for i, found in enumerate(lists)
    ]
    found = build(tmp_path, sources, memory=1 << (12 + seed))
    names = list(dict.fromkeys(name for name, _ in sources))
    numbers = {FIRST + n * 7_777 for n in range(41)}

    def edge(written, *, ends):
        try:
            return clock.edge(written, ZONE, ends=ends) if written else None
        except ValueError:
            return None

    expected = {name: {} for name in names}
    for i, rows in enumerate(lists):
        for number, since, until in rows:
            entry = Listing(f"list-{i % 3}", edge(since, ends=False), edge(until, ends=True))
            expected[f"list-{i % 3}"].setdefault(number, []).append(entry)
    for name, held in expected.items():
        for number, entries in held.items():
            if all(entry == Listing(name) for entry in entries):
                held[number] = [Listing(name)]
            else:  # the one that holds always is said once
                dated = [entry for entry in entries if entry != Listing(name)]
                held[number] = dated + [Listing(name)] * (len(dated) < len(entries))
    assert [plane.name for plane in found.planes] == names
    for number in numbers:
        assert list(found.listings(number)) == [entry for name in names for entry in expected[name].get(number, [])]
    for plane in found.planes:
        held = expected[plane.name]
        assert plane.numbers == len(held)
        assert all(list(plane.listings(number)) == entries for number, entries in held.items())
        at = clock.edge("2026-03-01", ZONE, ends=False)
        holding = [n for n, entries in held.items() if any((e.since or 0) <= at < (e.until or clock.FOREVER) for e in entries)]
        assert plane.held(at) == len(holding)
        assert plane.dated == sum(len(entries) for n, entries in held.items() if entries != [Listing(plane.name)])
    header, planes, entries = read((tmp_path / "out.cgx").read_bytes())
    dated = {n for held in expected.values() for n, entries in held.items() if entries[0] != Listing(entries[0].list)}
    assert planes.get(FURTHER, set()) == dated
    assert [n for n, *_ in entries] == sorted(n for n, *_ in entries)
    assert found.further == (1 << (len(header["planes"]) - 1) if dated else 0)


@pytest.mark.parametrize("count", [0, 1, 62, 63, 64, 70])
@pytest.mark.parametrize("dated", [False, True])
def test_more_lists_than_bits(tmp_path, count, dated):
    sources = [(f"list-{i}", f"number,since\n+{FIRST + i},\n+{FIRST + 100 + i % 7},\n") for i in range(count)]
    if dated and count:
        sources[-1] = (sources[-1][0], sources[-1][1] + f"+{FIRST},2026-01-01\n")
    found = build(tmp_path, sources)
    fits = count + (dated and count > 0) <= 63
    since = clock.edge("2026-01-01", ZONE, ends=False)

    assert [plane.name for plane in found.planes] == [name for name, _ in sources]
    assert [bool(plane.bit) for plane in found.planes] == [fits or i < 62 for i in range(count)]
    for i in range(count):
        last = [Listing(f"list-{count - 1}", since)] if dated and i == 0 and count > 1 else []
        if count > 1:
            assert list(found.listings(FIRST + i)) == [Listing(f"list-{i}"), *last]
        assert found.planes[i].numbers == 2 + (dated and i == count - 1 and count > 1)
    shared = [Listing(f"list-{i}") for i in range(count) if i % 7 == 3]
    assert list(found.listings(FIRST + 103)) == shared
    assert found.listings(FIRST + 99) == ()
    _, planes, entries = read((tmp_path / "out.cgx").read_bytes())
    assert all(FIRST + i in planes[f"list-{i}"] for i in range(min(count, 62)))
    assert Counter(name for _, name, *_ in entries) == {plane.name: plane.dated for plane in found.planes if plane.dated}


def test_an_index_file_is_a_source(tmp_path):
    first = (
        "number,until\n"
        + "".join(f"+{FIRST + i},\n" for i in range(0, 3_000, 3))
        + f"+{FIRST},2026-05-01\n+{FIRST + 7},2026-05-01\nx,\n"
    )
    made = build(tmp_path, [("a", first), ("b", rows([FIRST + 1, FIRST + 2]))], out="first.cgx")
    sources = [Source(name, tmp_path / "first.cgx") for name in ("all", "a")]
    again = index.build(sources, tmp_path / "again.cgx", numbers=CHINA, timezone=ZONE)
    until = clock.edge("2026-05-01", ZONE, ends=True)

    assert [(plane.name, plane.numbers, plane.dated) for plane in again.planes] == [("all", 1003, 3), ("a", 1001, 3)]
    assert again.listings(FIRST + 7) == (Listing("all", None, until), Listing("a", None, until))
    assert again.listings(FIRST) == (Listing("all", None, until), Listing("all"), Listing("a", None, until), Listing("a"))
    assert again.listings(FIRST + 1) == (Listing("all"),)
    assert [plane.skipped for plane in again.planes] == [made.planes[0].skipped, made.planes[0].skipped] == [(1004,), (1004,)]
    assert [(plane.rows, plane.kept) for plane in again.planes] == [(1005, 1004), (1003, 1002)]


def test_an_index_file_with_more_lists_than_bits_is_a_source(tmp_path):
    build(tmp_path, [(f"list-{i}", rows([FIRST + i])) for i in range(66)], out="first.cgx")
    again = index.build([Source("all", tmp_path / "first.cgx")], None, numbers=CHINA, timezone=ZONE)

    assert again.numbers == again.planes[0].numbers == 66
    assert all(again.trie.mask(FIRST + i) == 1 for i in range(66))


def test_progress_is_told(tmp_path):
    told = []
    build(tmp_path, [("a", rows(range(FIRST, FIRST + 1_000)))], progress=lambda *what: told.append(what))
    size = (tmp_path / "source-0.txt").stat().st_size

    assert [what for _, _, what in told] == ["read", "encode"]
    assert told[0][:2] == (size, size)
    assert told[1][:2] == (1_000, 1_000)


def test_many_lines_that_are_no_numbers_are_counted_and_the_first_kept(tmp_path):
    found = build(tmp_path, [("a", "number,until\n" + "x,\n" * 1_500 + f"+{FIRST},never\n" * 1_200)])
    (plane,) = found.planes

    assert (plane.rows, plane.kept, plane.skipped_count, plane.undated_count) == (2_700, 1_200, 1_500, 1_200)
    assert plane.skipped == tuple(range(2, 1_002))
    assert plane.undated == tuple(range(1_502, 2_502))
    assert [notice.facts["n"] for notice in plane.warnings] == [1_500, 1_200]
    assert index.open(tmp_path / "out.cgx").planes[0].skipped == plane.skipped


def test_dates_need_a_zone(tmp_path):
    (tmp_path / "a.csv").write_text(f"number,since\n+{FIRST},2026-01-01T00:00:00Z\n")
    source = Source("a", tmp_path / "a.csv")
    assert index.build([source], None, numbers=CHINA, timezone="").planes[0].dated == 1
    (tmp_path / "a.csv").write_text(f"number,since\n+{FIRST},2026-01-01\n")
    with pytest.raises(index.SourceError, match="time zone") as error:
        index.build([source], None, numbers=CHINA, timezone="")
    assert error.value.key == "needs-zone"
