"""One table in every form that is read and written: the same answers row by row, and those of `may_dial`."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from callguard import Guard
from callguard.batch import excel, forms, packed, running, scrub_batches
from callguard.batch.pieces import Shape
from callguard.batch.preflight import preflight
from command_line import LINE, OPEN, POLICY, SHUT, XINGHE, caller, quiet

SHUT_AT = datetime.fromisoformat(SHUT)
ADDED = ["callguard_reason", "callguard_message", "callguard_retry_at"]
PHONES = [
    *("138 0013 0100", "110", "n/a", "", "+1 202 555 0100", "（010）8555 0123", "13800130101", "1.38E+10", "13800130100.0"),
    *("8613800130102", "400 820 8820", "95588", "+86 138 0013 0103", "'13800130104", "０１０－８５５５－０１２４"),
]
ROWS = [[f"row {i}", phone, 'x,"y"\nz' if i % 5 == 4 else "品名"] for i, phone in enumerate(PHONES * 3)]
HEADER = ["name", "phone", "note"]
TABLE = pa.table({name: [row[i] for row in ROWS] for i, name in enumerate(HEADER)})
IN = ("in.csv", "in.tsv", "in.csv.gz", "in.csv.zst", "in.xlsx", "in.parquet", "in.arrow", "in.feather", "in.arrows")
OUT = ("out.csv", "out.csv.gz", "out.csv.zst", "out.xlsx", "out.parquet", "out.arrow", "out.arrows", "out")
TABLES_OF = {
    "pyarrow": lambda table: table,
    "polars": pl.from_arrow,
    "duckdb": duckdb.from_arrow,
    "pandas": pa.Table.to_pandas,
}


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return caller(capsys)


def text(rows, delimiter=","):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def put(name, rows=ROWS, header=HEADER):
    """Write rows of text in the form that a name says."""
    table = pa.table({each: [row[i] for row in rows] for i, each in enumerate(header)})
    path = Path(name)
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in [header, *rows]:
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".parquet":
        parquet.write_table(table, path, row_group_size=7)
    elif path.suffix == ".feather":
        feather.write_feather(table, path)
    elif path.suffix in {".arrow", ".arrows"}:
        new = pa.ipc.new_file if path.suffix == ".arrow" else pa.ipc.new_stream
        with new(str(path), table.schema) as file:
            file.write_table(table, max_chunksize=4)
    else:
        data = text([header, *rows], "\t" if ".tsv" in path.suffixes else ",")
        path.write_bytes(packed.packed(data, packed.SUFFIXES.get(path.suffix)))


def got(name, delimiter=","):
    """Return a table's header and rows, as text: null is empty, instants are in UTC."""
    path = Path(name)
    data = path.read_bytes()
    if data.startswith(b"PK"):
        rows = [
            ["" if cell is None else cell for cell in row]
            for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
        ]
    elif data.startswith((b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")):
        table = parquet.read_table(path) if data.startswith(b"PAR1") else None
        if table is None:
            opened = pa.ipc.open_file if data.startswith(b"ARROW1") else pa.ipc.open_stream
            table = opened(pa.py_buffer(data)).read_all()
        rows = [table.schema.names, *([_cell(v) for v in row.values()] for row in table.to_pylist())]
    else:
        kind = packed.packing(io.BytesIO(data))
        data = data if kind is None else packed.unpacked(io.BytesIO(data), kind).read()
        rows = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))
    at = rows[0].index(ADDED[2]) if ADDED[2] in rows[0] else None
    for row in rows[1:]:
        if at is not None and row[at]:
            row[at] = datetime.fromisoformat(row[at]).astimezone(UTC).isoformat()
    return rows


def _cell(value):
    return "" if value is None else value.isoformat() if isinstance(value, datetime) else value


@pytest.fixture(scope="module")
def expected():
    """What `may_dial` says of each row, one by one."""
    found = []
    with Guard.open(POLICY) as guard:
        for (*cells,) in ROWS:
            answer = guard.may_dial(cells[1], campaign="spring-course", caller="010-8555-0100", at=datetime.fromisoformat(SHUT))
            retry = "" if answer or answer.retry_s is None else datetime.fromtimestamp(answer.retry_s, UTC).isoformat()
            found.append([*cells, answer.reason.value, "" if answer else answer.message, retry])
    assert len({row[3] for row in found}) >= 4
    return [[*HEADER, *ADDED], *found]


@pytest.mark.parametrize("source", IN)
def test_every_form_is_read_with_the_same_answers(cli, source, expected):
    put(source)
    status, out, err = cli("scrub", source, *LINE, "--at", SHUT, "--out", "out.csv", "--json")

    assert (status, err) == (0, "")
    assert json.loads(out)["rows"] == len(ROWS)
    assert json.loads(out)["column"] == "phone"
    delimiter = "\t" if source == "in.tsv" else ","
    assert got("out.csv", delimiter) == expected


@pytest.mark.parametrize("out", OUT)
@pytest.mark.parametrize("source", ["in.csv", "in.parquet", "in.xlsx"])
def test_every_form_is_written_with_the_same_answers(cli, source, out, expected):
    put(source)
    status, _, err = cli("scrub", source, *LINE, "--at", SHUT, "--out", out, "--json")

    assert (status, err) == (0, "")
    assert got(out) == expected
    assert sorted(path.name for path in Path().iterdir()) == sorted([source, out])


@pytest.mark.parametrize("of", TABLES_OF)
def test_tables_of_other_libraries_have_the_same_answers(of, expected):
    table = TABLES_OF[of](TABLE)
    with Guard.open(POLICY) as guard:
        at = datetime.fromisoformat(SHUT)
        found = scrub_batches(table, guard, campaign="spring-course", caller="010-8555-0100", at=at).read_all()

    rows = [[_cell(value) for value in row.values()] for row in found.to_pylist()]
    assert sorted(map(str, rows)) == sorted(map(str, expected[1:]))


@pytest.mark.parametrize("of", TABLES_OF)
def test_tables_of_other_libraries_are_looked_ahead_for_alike(of):
    with Guard.open(POLICY) as guard:
        asked = {"campaign": "class-notice", "caller": "400-855-0100", "start": datetime.fromisoformat(SHUT), "days": 2}
        found = preflight(TABLES_OF[of](TABLE), guard, **asked)
        whole = preflight(TABLE, guard, **asked)

    assert found.rows == len(ROWS)
    assert sorted(found.shares, key=repr) == sorted(whole.shares, key=repr)


def test_a_data_frame_of_pandas_is_screened_and_read_back():
    frame = TABLE.to_pandas().sort_values("name", kind="stable")  # its index is not in order
    frame["long"] = pd.array([8613800130100, None] * 22 + [None], "Int64")
    with Guard.open(POLICY) as guard:
        reader = scrub_batches(frame, guard, campaign="spring-course", caller="010-8555-0100", at=SHUT_AT, column="long")
        found = reader.read_pandas()

    pd.testing.assert_frame_equal(found[HEADER], frame[HEADER])
    assert found["callguard_reason"].tolist() == ["calling-window", "invalid-number"] * 22 + ["invalid-number"]
    assert str(found["callguard_retry_at"].dt.tz) == "UTC"


def test_a_table_of_many_row_groups_is_as_its_csv(cli, monkeypatch):
    monkeypatch.setattr(running, "_ROWS", 8_000)
    rows = [[f"{i}", f"138{i % 10_000:04d}{i * 7919 % 10_000:04d}", "n"] for i in range(30_000)]
    table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(HEADER)})
    parquet.write_table(table, "in.parquet", row_group_size=7_000)
    Path("in.csv").write_bytes(text([HEADER, *rows]))
    for name in ("csv", "parquet"):
        assert cli("scrub", f"in.{name}", *LINE, "--at", SHUT, "--out", f"out.{name}", "--threads", "3")[0] == 0

    written = parquet.read_table("out.parquet")
    written.validate(full=True)
    assert parquet.ParquetFile("out.parquet").metadata.num_row_groups > 1
    assert written.select(HEADER).equals(table)
    assert got("out.parquet")[1:] == got("out.csv")[1:]
    assert {written.schema.field(name).type for name in ADDED[:2]} == {pa.string()}
    assert pl.read_parquet("out.parquet").shape == (30_000, 6)
    assert duckdb.sql("select count(*), count(callguard_message) from 'out.parquet'").fetchall()[0][0] == 30_000


def test_other_columns_keep_their_types_and_dictionaries(cli):
    table = pa.table(
        {
            "phone": pa.array(PHONES, pa.large_string()),
            "kind": pa.array(["a", None, "b"] * 5).dictionary_encode(),
            "many": [[1, 2], None, []] * 5,
            "when": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 15, pa.timestamp("ms", "Asia/Shanghai")),
            "share": pa.array([0.5, None, float("inf")] * 5),
        },
        metadata={"of": "leads"},
    )
    parquet.write_table(table, "in.parquet")
    for out in ("out.parquet", "out.arrow"):
        assert cli("scrub", "in.parquet", *LINE, "--at", SHUT, "--out", out)[0] == 0
        found = (parquet if "parquet" in out else feather).read_table(out)
        plain = table if "parquet" in out else table.cast(table.schema.set(1, pa.field("kind", pa.string())))
        assert found.select(table.schema.names).equals(plain)
        assert found.schema.metadata[b"of"] == b"leads"


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "csv.gz"])
def test_split_writes_each_row_once(cli, form, expected):
    put("in.parquet")
    status, out, _ = cli("scrub", "in.parquet", *LINE, "--at", SHUT, "--out", f"o.{form}", "--split", "--json")
    parts = {name: got(f"o.{name}.{form}") for name in ("allowed", "denied", "unread")}

    assert status == 0
    assert json.loads(out)["outs"] == [f"o.{name}.{form}" for name in parts]
    assert {tuple(part[0]) for part in parts.values()} == {(*HEADER, *ADDED)}
    assert {row[3] for row in parts["allowed"][1:]} <= {"allowed"}
    assert {row[3] for row in parts["unread"][1:]} == {"invalid-number"}
    assert not {"allowed", "invalid-number"} & {row[3] for row in parts["denied"][1:]}
    assert sorted(row for part in parts.values() for row in part[1:]) == sorted(expected[1:])


def test_campaigns_and_callers_of_each_row_in_csv_and_parquet(cli):
    rows = [
        ["13800130100", "parent-survey", "010-8555-0100"],
        ["13800130100", "spring-course", "010-8555-0100"],
        ["13800130101", "else", ""],
    ]
    header = ["phone", "campaign", "caller"]
    told = []
    for name in ("in.csv", "in.parquet"):
        put(name, rows * 40, header)
        status, out, err = cli("scrub", name, "--policy", POLICY, "--at", SHUT, "--out", "out.csv", "--force")
        assert (status, "40 rows are `undecided`" in err, "column `campaign`" in out) == (0, True, True)
        told.append(got("out.csv"))

    assert told[0] == told[1]
    for row in told[0][1:3]:
        answer = json.loads(
            cli("check", "--json", "--campaign", row[1], "--caller", row[2], "--policy", POLICY, "--at", SHUT, "--", row[0])[1]
        )
        assert answer["reason"] == row[3]
    assert told[0][3][3] == "undecided"


def test_instants_of_each_row(cli):
    rows = [["13800130100", "2026-11-24 10:00"], ["13800130100", "2026-11-24T22:00:00+08:00"], ["13800130100", ""]]
    put("in.csv", rows, ["phone", "when"])
    status, out, _ = cli("scrub", "in.csv", *LINE, "--at-column", "when", "--out", "out.csv")

    assert status == 0
    assert "as of" not in out
    assert [row[2] for row in got("out.csv")[1:]] == ["allowed", "calling-window", "undecided"]


def test_a_workbook_keeps_numbers_as_they_are_written_and_never_writes_a_formula(cli):
    book = openpyxl.Workbook()
    for row in [
        ["phone", "x"],
        [13800130100, "=1+1"],
        ["=13800130101", True],
        [1.38e10, datetime(2026, 1, 1)],
        [None, None],
        [13800130102.5, 1],
    ]:
        book.active.append(row)
    book.active["A3"].data_type = "s"
    book.active["B2"].data_type = "s"
    book.create_sheet("empty")
    book.save("in.xlsx")
    status, out, _ = cli("scrub", "in.xlsx", *LINE, "--at", "2026-11-24T10:00", "--out", "out.xlsx")

    assert status == 0
    assert "read sheet `Sheet`" in out
    found = openpyxl.load_workbook("out.xlsx").active
    assert [cell.value for cell in found["C"][1:]] == ["allowed", "invalid-number", "allowed", "invalid-number", "invalid-number"]
    assert {cell.data_type for row in found.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert found["B2"].value == "=1+1"


def test_sheets_are_told_apart(cli):
    book = openpyxl.Workbook()
    book.active.append(["phone"])
    book.create_sheet("more").append(["phone"])
    book["more"].append(["110"])
    book.save("in.xlsx")

    status, _, err = cli("scrub", "in.xlsx", *LINE, "--out", "out.csv")
    assert (status, "say which one by `--sheet`: Sheet, more" in err) == (2, True)
    assert cli("scrub", "in.xlsx", *LINE, "--out", "out.csv", "--sheet", "more")[0] == 0
    assert got("out.csv")[1][1] == "protected-number"
    assert "it has: Sheet, more" in cli("scrub", "in.xlsx", *LINE, "--out", "out.csv", "--force", "--sheet", "x")[2]


def test_floats_are_counted_and_no_numbers(cli):
    parquet.write_table(pa.table({"phone": [13800130100.0, None, 1.38e10]}), "in.parquet")
    status, _, err = cli("scrub", "in.parquet", *LINE, "--at", SHUT, "--out", "out.csv")

    assert status == 0
    assert {row[1] for row in got("out.csv")[1:]} == {"invalid-number"}
    assert "2 numbers are floating-point" in err


def broken(name):
    """Return a table of some thousand rows whose end is missing, or whose middle is not what it was."""
    put(name, [[f"{i}", f"1380013{i:04d}", "x" * (i % 90)] for i in range(9_000)])
    return Path(name).read_bytes()


@pytest.mark.parametrize("name", ["in.csv.gz", "in.csv.zst", "in.parquet", "in.arrow", "in.arrows", "in.xlsx"])
@pytest.mark.parametrize("harm", ["half", "middle", "tail", "zeros"])
def test_damage_is_told_with_its_file_and_leaves_nothing(cli, name, harm):
    data = broken(name)
    middle = len(data) // 2
    harmed = {
        "half": data[:middle],
        "middle": data[:middle] + bytes(255 - byte for byte in data[middle : middle + 400]) + data[middle + 400 :],
        "tail": data[:-3],
        "zeros": data[:middle] + bytes(len(data) - middle),
    }[harm]
    Path(name).write_bytes(harmed)
    status, out, err = cli("scrub", name, *LINE, "--at", SHUT, "--out", "out.csv")

    if status == 0:  # without checksums, what still reads as text is a table
        assert harm == "middle"
        assert name in {"in.csv.zst", "in.arrow", "in.arrows", "in.parquet"}
        assert len(got("out.csv")) == 9_001 or name == "in.csv.zst"  # which here has no checksum, as `zstd` itself would write
        return
    assert (status, out) == (2, "")
    assert f"`{name}` is damaged" in err
    assert "1380013" not in err
    assert [path.name for path in Path().iterdir()] == [name]


def test_arrow_files_whose_offsets_lie_are_refused(cli):
    put("in.arrow")
    data = bytearray(Path("in.arrow").read_bytes())
    offsets = data.find((0).to_bytes(4, "little") + len(ROWS[0][1]).to_bytes(4, "little"))
    data[offsets + 4 : offsets + 8] = (1 << 30).to_bytes(4, "little")
    Path("in.arrow").write_bytes(data)
    status, _, err = cli("scrub", "in.arrow", *LINE, "--column", "phone", "--out", "out.csv")

    assert (status, "is damaged" in err) == (2, True)


@pytest.mark.parametrize(
    ("data", "out", "said"),
    [
        (b"phone,x\n13800130100,1,2\n", "out.parquet", "row 1 of `in.csv` has more cells than there are columns"),
        (b"name,phone\nA\xff\x81,13800130100\n\xff\xff\xff,110\n", "out.parquet", "row 1 of `in.csv` has bytes that are no text"),
        (b"phone,x\n13800130100,a\x07b\n", "out.xlsx", "row 1 of `in.csv` has a text that no cell of Excel holds"),
        (b"phone,x\n13800130100," + "\U0001f600".encode() * 16_384 + b"\n", "out.xlsx", "has a text that no cell of Excel holds"),
        (b"phone," + b"x," * 16_381 + b"x\n13800130100\n", "out.xlsx", "has a text that no cell of Excel holds"),
        (b"phone\n110\n", "out.xls", "`.xls` is not written"),
        (b"phone\n110\n", "out.parquet.gz", "`.parquet.gz` is not written"),
    ],
)
def test_what_a_form_does_not_hold_is_said(cli, data, out, said):
    Path("in.csv").write_bytes(data)
    status, _, err = cli("scrub", "in.csv", *LINE, "--at", SHUT, "--out", out)

    assert (status, said in err) == (2, True)
    assert "13800130100" not in err
    assert [path.name for path in Path().iterdir()] == ["in.csv"]


def test_a_missing_extra_is_named(cli, monkeypatch):
    import sys

    put("in.xlsx")
    put("in.parquet")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    assert "callguard-outbound[excel]" in cli("scrub", "in.xlsx", *LINE, "--out", "out.csv")[2]
    assert "callguard-outbound[arrow]" in cli("scrub", "in.parquet", *LINE, "--out", "out.csv")[2]


def test_names_say_forms():
    csv_read = forms.Form("text", "gb18030", ";", "\r\n", "gzip")

    assert forms.form_for("x.csv", csv_read) == forms.Form("text", "gb18030", ";", "\r\n")
    assert forms.form_for("x", csv_read) == csv_read
    assert forms.form_for("x.tsv", forms.Form("parquet")).delimiter == "\t"
    assert forms.form_for("x.csv.ZST", forms.Form("excel")).packing == "zstd"
    assert forms.form_for("-", forms.Form("parquet")) == forms.Form("text")
    assert Shape.of(["a", *ADDED]).names == ("a",)
    assert gzip.decompress(packed.packed(b"x", "gzip") + packed.packed(b"y", "gzip")) == b"xy"
    assert XINGHE.is_dir()


def sheet_of(values, name="in.xlsx"):
    """Write a workbook whose column of numbers has these values as they are, as no library would write them."""
    book = openpyxl.Workbook()
    for row in [["phone"], *([1] for _ in values)]:
        book.active.append(row)
    book.save("plain.xlsx")
    with zipfile.ZipFile("plain.xlsx") as source, zipfile.ZipFile(name, "w") as target:
        for part in source.infolist():
            data = source.read(part)
            if part.filename.endswith("sheet1.xml"):
                head, *cells = data.split(b"<v>1</v>")
                data = head + b"".join(b"<v>%s</v>" % value.encode() + cell for value, cell in zip(values, cells, strict=True))
            target.writestr(part, data)


def test_whole_numbers_are_read_by_their_digits_however_a_file_writes_them(cli):
    # Excel has floating-point numbers alone; Java's writers give them an exponent
    sheet_of(["1.38001301E10", "13800130100.0", "1.3800130100500001E10", "1.380013010055E10", "1E22", "1.38001301E+010"])

    assert cli("scrub", "in.xlsx", *LINE, "--at", OPEN, "--out", "out.csv")[0] == 0

    rows = got("out.csv")[1:]
    assert [row[0] for row in rows] == [
        "13800130100",
        "13800130100",
        "13800130100.500002",
        "13800130100.55",
        "1e+22",
        "13800130100",
    ]
    assert [row[1] for row in rows] == ["allowed", "allowed", *["invalid-number"] * 3, "allowed"]


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_long_workbook_is_read_by_another_process_and_written_the_same(cli, monkeypatch, threads):
    monkeypatch.setattr(running, "_TEXT_ROWS", 500)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("leads")
    sheet.append(["n", "phone", "x", "large"])
    for i in range(3_000):
        sheet.append([i, "13800130100" if i % 3 else 110, "=1+1" if i == 7 else None, 10**15 + i])
        if i == 1_000:
            sheet.append([])
    book.save("in.xlsx")

    for out in ("out.xlsx", "out.csv"):
        assert cli("scrub", "in.xlsx", *LINE, "--at", OPEN, "--out", out, "--threads", threads)[0] == 0

    rows = list(csv.reader(io.StringIO(Path("out.csv").read_text(), newline="")))
    assert len(rows) == 3_002
    assert [row[0] for row in rows[1:1_002]] + [row[0] for row in rows[1_003:]] == [str(i) for i in range(3_000)]
    assert rows[1_002][:4] == [""] * 4
    sheet = openpyxl.load_workbook("out.xlsx").active
    again = [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    assert again == rows


def test_a_workbook_that_is_not_finished_leaves_nothing(cli, monkeypatch, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    put("in.csv")
    monkeypatch.setattr(excel, "_MOST", 5)

    status, _, err = cli("scrub", "in.csv", *LINE, "--at", OPEN, "--out", "out.xlsx")

    assert (status, "more rows than a sheet of Excel holds (5)" in err) == (2, True)
    assert list(folder.iterdir()) == []
    assert not Path("out.xlsx").exists()
