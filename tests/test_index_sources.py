"""What an index is built from: rows are read as `NumberPlan` reads them, by either way; tables; what cannot be read."""

import csv
import datetime as dt
import io
import math
import random
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard import clock, index
from callguard.index import Source, SourceError, text
from callguard.index.reading import Reader, has_numpy
from callguard.phone import NumberPlan
from callguard.rules.rule import Listing

np = pytest.importorskip("numpy")
pa = pytest.importorskip("pyarrow")

ZONE = "Asia/Shanghai"
PLANS = [
    NumberPlan(region, integers)
    for region, integers in (("CN", None), ("CN", "e164"), ("CN", "national"), ("US", None), ("US", "national"), ("GB", None))
]
FIRST = 8_613_800_130_000
SPANS = [
    (8_613_000_000_000, 8_620_000_000_000),
    (8_617_899_999_000, 8_618_000_001_000),
    (13_000_000_000, 20_000_000_000),
    (10_000_000_000, 13_000_000_000),
    (2_000_000_000, 9_999_999_999),
    (861_000_000_000, 861_099_999_999),
    (86_000_000_000, 86_999_999_999),
    (440_000_000_000, 449_999_999_999),
    (1, 10**6),
    (1, 10**15 - 1),
    (10**15, 2**63 - 1),
    (-(2**63), 0),
]
integers = st.sampled_from(SPANS).flatmap(lambda span: st.integers(*span))


def ids(plan):
    return f"{plan.region}-{plan.integers}"


@pytest.mark.parametrize("plan", PLANS, ids=ids)
@given(values=st.lists(integers, max_size=40))
def test_integers_are_read_as_the_plan_reads_them(plan, values):
    found = Reader(plan).integers(np.array(values, np.int64))

    assert found.tolist() == [plan.read(value).number or 0 for value in values]


@pytest.mark.parametrize("plan", PLANS, ids=ids)
def test_what_is_taken_without_asking_is_what_the_plan_reads(plan):
    """Also where no such number is given out; blocks all over what is taken."""
    rng = random.Random(3)
    values = [rng.randrange(*SPANS[i]) for i in (0, 1, 2) for _ in range(1_500)]
    found = Reader(plan).integers(np.array(values, np.int64))
    texts = [f"+{value}" for value in values] + [str(value) for value in values]
    data = np.frombuffer("".join(texts).encode(), np.uint8)
    sizes = np.array([len(written) for written in texts])
    cells = Reader(plan).cells(data, np.cumsum(sizes) - sizes, sizes)

    assert found.tolist() == [plan.read(value).number or 0 for value in values]
    for written, cell in zip(texts, cells.tolist(), strict=True):
        assert cell in (0, plan.read(written).number)
    assert np.count_nonzero(cells) > len(values) // 2


written_numbers = st.one_of(
    st.sampled_from(["13800130001", "138 0013 0002", "+8613800130003", "01085550123", "0085550123", "+12025550123", "2025550123"]),
    st.sampled_from(
        ["12025550123", "8613800130004", "17900130001", "179001300011", "+08613800130003", "", " ", "x", "110", "1٣800130001"]
    ),
    st.text("0123456789+ -x", max_size=16),
    st.integers(13_000_000_000, 19_999_999_999).map(str),
)


@given(st.lists(written_numbers, min_size=1, max_size=20), st.sampled_from(PLANS))
def test_cells_are_read_as_the_plan_reads_them(texts, plan):
    data = np.frombuffer("".join(texts).encode() or b"\0", np.uint8)
    sizes = np.array([len(written.encode()) for written in texts])
    found = Reader(plan).cells(data, np.cumsum(sizes) - sizes, sizes)

    for written, cell in zip(texts, found.tolist(), strict=True):
        assert cell in (0, plan.read(written).number)
        assert Reader(plan).text(written) == (plan.read(written).number or 0)


def slowly(content, plan):
    """The rows of a text as its lines say, read one by one: numbers, entries, lines skipped and undated, how many rows."""
    numbers, dated, skipped, undated, count = [], [], [], [], 0
    lines = list(io.StringIO(content, newline=""))
    header = [cell.strip().lower() for cell in next(csv.reader(lines[:1]), [])]
    is_csv = "number" in header
    for line, row in enumerate(lines[is_csv:], 1 + is_csv):
        if is_csv:
            cells = next(csv.reader([row]), [])
            number, since, until = (
                cells[header.index(name)].strip() if name in header and header.index(name) < len(cells) else ""
                for name in ("number", "since", "until")
            )
            if not number and (not row.strip() or not row.strip(" ,;\t\r\n")):
                continue
        else:
            number, since, until = row.strip(), "", ""
            if not number:
                continue
        count += 1
        found = plan.read(number).number
        if found is None:
            skipped.append(line)
            continue
        edges = []
        for written, ends in ((since, False), (until, True)):
            try:
                edges.append(clock.edge(written, ZONE, ends=ends) if written else None)
            except ValueError:
                edges.append(None)
                undated += [line] if undated[-1:] != [line] else []
        if edges == [None, None]:
            numbers.append(found)
        else:
            dated.append((found, *edges))
    return sorted(numbers), dated, skipped, undated, count


def read(path, plan, monkeypatch, *, arrays, chunk=1 << 20):
    """The same, as the index room reads it."""
    numbers, dated, skipped, undated, count, done, lines = [], [], [], [], 0, 0, 0
    with monkeypatch.context() as patch:
        patch.setattr(text, "has_numpy", lambda *, worth: arrays)
        patch.setattr(text, "_CHUNK", chunk)
        for batch in (batch for part in text.parts(path, Reader(plan), ZONE) for batch in part()):
            numbers += [int(number) for number in batch.numbers]
            dated += [(n, *(None if math.isnan(edge) else edge for edge in edges)) for n, *edges in batch.dated]
            skipped += [lines + line for line in batch.skipped]
            undated += [lines + line for line in batch.undated]
            lines += batch.lines
            count += batch.rows
            assert done <= batch.done <= path.stat().st_size
            done = batch.done
    return sorted(numbers), dated, skipped, undated, count


dates = st.sampled_from(["", "", "", "2026-01-01", "soon", "2026-01-01T00:00:00Z", " "])
ends = st.sampled_from(["\n", "\n", "\r\n", "\r"])
names = st.sampled_from(["", "a", "张", '"x', '"a, b"', 'b"'])
cells = st.tuples(names, written_numbers, dates, dates, names).map(",".join)
quoted = written_numbers.map(lambda number: f'a,"{number}"')
lines = st.one_of(cells, cells, quoted, written_numbers, st.sampled_from(["", ",,", " ", ";", ",,,,,"]))
contents = st.tuples(
    st.sampled_from(["name,number,since,until,more", "Number", " number ,until", "", "since,number", '"number"']),
    st.lists(st.tuples(lines, ends), max_size=25),
    st.booleans(),
).map(lambda found: found[0] + "\n" + "".join(line + end for line, end in found[1])[: None if found[2] else -1])


@given(content=contents, plan=st.sampled_from([PLANS[0], PLANS[3]]), chunk=st.sampled_from([7, 40, 1 << 20]))
def test_a_text_is_read_alike_with_numpy_and_without(tmp_path_factory, content, plan, chunk):
    path = tmp_path_factory.mktemp("text") / "list.csv"
    path.write_bytes(content.encode())
    monkeypatch = pytest.MonkeyPatch()

    expected = slowly(content, plan)
    assert read(path, plan, monkeypatch, arrays=False, chunk=chunk) == expected
    assert read(path, plan, monkeypatch, arrays=True, chunk=chunk) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_plain_rows_among_others_in_each_encoding(tmp_path, monkeypatch, encoding):
    rows = [f"张三,1380013{i:04}," if i % 10 else f"李四,138 0013 {i:04},2026-01-01" for i in range(400)]
    content = "\r\n".join(["姓名,number,until", *rows, "王五,不是号码,"])
    (tmp_path / "list.csv").write_bytes(content.encode(encoding))
    expected = slowly(content, PLANS[0])

    assert expected[2:] == ([402], [], 401)
    assert read(tmp_path / "list.csv", PLANS[0], monkeypatch, arrays=True) == expected
    assert read(tmp_path / "list.csv", PLANS[0], monkeypatch, arrays=False) == expected


@pytest.mark.parametrize("arrays", [True, False])
def test_a_row_that_csv_cannot_read_is_skipped_and_hides_no_other(tmp_path, monkeypatch, arrays):
    long = "x" * 140_000
    for header, expected in (("number,name", ([FIRST], [], [2, 3], [], 3)), (f'number,"{long}', ([FIRST], [], [1, 2, 3], [], 4))):
        rows = [header, f'13800130001,"{long}"', f"13800130002,{long}", "13800130000,x"]
        if header != "number,name":
            rows[-1] = "13800130000"
        (tmp_path / "list.csv").write_text("\n".join(rows))
        assert read(tmp_path / "list.csv", PLANS[0], monkeypatch, arrays=arrays) == expected


def test_numpy_is_loaded_only_where_it_is_worth_it(monkeypatch):
    assert has_numpy(worth=False)
    monkeypatch.delitem(sys.modules, "numpy")
    assert not has_numpy(worth=False)
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert not has_numpy(worth=True)


def table(folder, columns, name="list.arrow", **more):
    """Write a table as its name says."""
    path, whole = folder / name, columns if isinstance(columns, pa.Table) else pa.table(columns)
    if path.suffix == ".parquet":
        from pyarrow import parquet

        parquet.write_table(whole, path, row_group_size=50)
    else:
        make = pa.ipc.new_stream if name.endswith(("s", "stream.arrow")) else pa.ipc.new_file
        with pa.OSFile(str(path), "wb") as sink, make(sink, whole.schema) as writer:
            writer.write_table(whole, max_chunksize=40)
    return index.build([Source("a", path)], None, numbers=more.get("plan", PLANS[0]), timezone=more.get("zone", ZONE))


def held(found):
    return {n for piece in found.trie.numbers(0) for n in piece}


@pytest.mark.parametrize("name", ["list.arrow", "list.feather", "stream.arrow", "list.arrows", "list.parquet", "renamed.csv"])
def test_tables_of_each_kind(tmp_path, name):
    rows = [*range(FIRST, FIRST + 100), None, 13_800_138_000, -1]
    found = table(tmp_path, {"name": ["x"] * 103, "number": pa.array(rows, pa.int64())}, name)

    assert held(found) == set(range(FIRST, FIRST + 100))
    assert found.planes[0].skipped == (101, 102, 103)
    assert found.planes[0].rows == 103


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())], ids=str
)
def test_columns_of_text(tmp_path, kind):
    rows = ["13800130001", " 138 0013 0002 ", "+8613800130003", None, "", "x", "１３８００１３０００４", "13800130001"]
    column = pa.array(rows, pa.string()).slice(0)
    column = column.dictionary_encode() if pa.types.is_dictionary(kind) else column.cast(kind)
    whole = pa.table({"Number ": pa.chunked_array([column.slice(1), column.slice(0, 1)])})
    found = table(tmp_path, whole)

    assert held(found) == {8_613_800_130_000 + i for i in (1, 2, 3, 4)}
    assert found.planes[0].skipped == (3, 4, 5)


@pytest.mark.parametrize("kind", [pa.int32(), pa.uint32(), pa.uint64(), pa.int64()], ids=str)
def test_columns_of_integers(tmp_path, kind):
    found = table(tmp_path, {"anything": pa.array([2_025_550_123, None], kind)}, plan=NumberPlan("US", "national"))
    assert held(found) == {12_025_550_123}
    big = table(tmp_path, {"anything": pa.array([2**63 + 5, 8_613_800_130_001], pa.uint64())})
    assert held(big) == {8_613_800_130_001}
    assert big.planes[0].skipped == (1,)


def test_dates_in_tables(tmp_path):
    zone, noon = dt.timezone(dt.timedelta(hours=8)), dt.datetime(2026, 1, 1, 12)
    start = clock.edge("2026-01-01", ZONE, ends=False)
    columns = {
        "number": [FIRST + i for i in range(6)],
        "since": pa.array([dt.date(2026, 1, 1), None, None, None, None, dt.date(9999, 12, 31)]),
        "until": pa.array(
            [None, noon.replace(tzinfo=zone), noon.replace(tzinfo=zone), None, None, None], pa.timestamp("ns", "UTC")
        ),
    }
    found = table(tmp_path, columns)
    assert [found.listings(FIRST + i) for i in range(6)] == [
        (Listing("a", start, None),),
        (Listing("a", None, start + 43_200),),
        (Listing("a", None, start + 43_200),),
        (Listing("a"),),
        (Listing("a"),),
        (Listing("a", clock.FOREVER),),
    ]
    naive = table(tmp_path, {"number": [FIRST, FIRST + 1], "until": [noon, None]}, "list.parquet")
    assert (naive.planes[0].undated, naive.listings(FIRST)) == ((1,), (Listing("a"),))
    texts = table(tmp_path, {"number": ["13800130000", "x", "13800130001"], "SINCE": ["2026-01-01", "2026-01-01", "soon"]})
    assert texts.listings(FIRST) == (Listing("a", start),)
    assert (texts.planes[0].skipped, texts.planes[0].undated) == ((2,), (3,))
    with pytest.raises(SourceError, match="time zone"):
        table(tmp_path, {"number": [FIRST], "since": [dt.date(2026, 1, 1)]}, zone="")


def test_what_cannot_be_read_says_why(tmp_path):
    def error(path):
        with pytest.raises(SourceError) as raised:
            index.build([Source("a", path)], tmp_path / "out.cgx", numbers=PLANS[0], timezone=ZONE)
        assert str(path) in str(raised.value)
        assert not [each for each in tmp_path.iterdir() if each.suffix in {".cgx", ".part"}]
        return raised.value

    for name, content, key in (
        ("bad.txt", b"\xff\xff\xff\n", "encoding"),
        ("bad.parquet", b"PAR1 and no more", "table"),
        ("bad.arrow", b"ARROW1 and no more", "table"),
        ("empty.arrow", b"", "table"),
        ("text.parquet", b"13800130001\n", "table"),
    ):
        (tmp_path / name).write_bytes(content)
        assert error(tmp_path / name).key == key
    assert error(tmp_path / "gone.txt").key == "unreadable"
    (tmp_path / "folder" / ".hidden").mkdir(parents=True)
    (tmp_path / "folder" / "_SUCCESS").touch()
    assert error(tmp_path / "folder").key == "empty-folder"
    for name, columns, key in (
        ("two.arrow", {"phone": ["1"], "name": ["x"]}, "no-column"),
        ("float.arrow", {"number": [1.5]}, "column-type"),
    ):
        with pytest.raises(SourceError):
            table(tmp_path, columns, name)
        assert error(tmp_path / name).key == key
    cut = tmp_path / "cut.parquet"
    table(tmp_path, {"number": [FIRST]}, "cut.parquet")
    cut.write_bytes(cut.read_bytes()[:-20])
    assert error(cut).key == "table"


@pytest.mark.parametrize("missing", ["numpy", "pyarrow"])
def test_tables_need_their_libraries(tmp_path, monkeypatch, missing):
    table(tmp_path, {"number": [FIRST]})
    monkeypatch.setitem(sys.modules, missing, None)
    source = Source("a", tmp_path / "list.arrow")
    with pytest.raises(SourceError, match="pip install") as error:
        index.build([source], None, numbers=PLANS[0], timezone=ZONE)
    assert error.value.key == "needs-arrow"


def test_an_empty_list_and_no_list(tmp_path):
    (tmp_path / "a.txt").write_text("")
    found = index.build([Source("a", tmp_path / "a.txt")], tmp_path / "out.cgx", numbers=PLANS[0], timezone=ZONE)
    assert (found.numbers, found.planes[0].rows, found.trie.mask(FIRST)) == (0, 0, 0)
    found.verify()
    none = index.build([], tmp_path / "none.cgx", numbers=PLANS[0], timezone=ZONE)
    assert (none.planes, none.numbers, none.listings(FIRST)) == ((), 0, ())
