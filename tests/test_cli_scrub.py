"""`callguard scrub`: files in, files out, of every kind and shape."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from callguard.batch import files
from callguard.cli.desk import Desk
from callguard.cli.reasons import reasons_table
from callguard.cli.words import Words
from callguard.model import Reason
from command_line import LINE, OPEN, SHUT, XINGHE, caller, process, quiet


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return caller(capsys)


def put(name, data):
    Path(name).write_bytes(data if isinstance(data, bytes) else data.encode())


def got(name):
    return Path(name).read_bytes()


def names():
    """Return the files that are there, beside what the guard keeps in its folder `state`."""
    return sorted(path.name for path in Path().iterdir() if path.is_file())


def scrub(cli, text, *arguments, encoding="utf-8", at=OPEN):
    """Screen a text; return the status, the summary, the rows written."""
    put("in.csv", text.encode(encoding))
    status, out, _ = cli("scrub", "in.csv", *LINE, "--at", at, "--out", "out.csv", "--force", "--json", *arguments)
    if status:
        return status, json.loads(out)["error"], []
    rows = csv.reader(io.StringIO(got("out.csv").decode(encoding), newline=""), delimiter=json.loads(out)["delimiter"])
    return status, json.loads(out), list(rows)


ADDED = ["callguard_reason", "callguard_message", "callguard_retry_at"]


def test_every_row_stays_and_gets_its_answer(cli):
    text = "name,phone,note\nA,138 0013 0100,x\nB,,y\nC,110,\nD\nE,+1 416 555 0100,x,more,still more\n,,\n"
    status, summary, rows = scrub(cli, text)

    assert status == 0
    assert rows[0] == ["name", "phone", "note", *ADDED]
    assert [row[3] for row in rows[1:]] == [
        *("allowed", "invalid-number", "protected-number", "invalid-number", "calling-window", "invalid-number")
    ]
    assert rows[1] == ["A", "138 0013 0100", "x", "allowed", "", ""]
    assert rows[4][:3] == ["D", "", ""]
    assert rows[5][4].startswith("It is outside the calling hours")
    assert rows[5][5:] == ["2026-11-24T21:00:00+08:00", "more", "still more"]
    assert (summary["rows"], summary["allowed"], summary["denied"]) == (6, 1, 5)
    assert summary["counts"] == {"allowed": 1, "invalid-number": 3, "protected-number": 1, "calling-window": 1}


def test_each_row_is_as_check_answers(cli):
    status, out, _ = cli("scrub", str(XINGHE / "leads.csv"), *LINE, "--at", SHUT, "--out", "out.csv", "--json")
    rows = list(csv.DictReader(io.StringIO(got("out.csv").decode(), newline="")))
    kinds = {row["callguard_reason"]: row for row in rows}

    assert status == 0
    assert len(rows) == json.loads(out)["rows"] == 10_000
    assert len(kinds) >= 6
    for row in kinds.values():
        answer = json.loads(cli("check", "--json", *LINE, "--at", SHUT, "--", row["phone"])[1])
        assert answer["reason"] == row["callguard_reason"]
        assert (answer["retry_at"] or "") == row["callguard_retry_at"]
        assert answer["allowed"] or answer["message"] == row["callguard_message"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_file_is_written_as_it_was_read(cli, encoding, delimiter, newline):
    lines = [["姓名", "手机号", "省份"], ["联通", "138 0013 0100", "北京"], ["张三", "１３８００１３０１０１", ""]]
    status, summary, rows = scrub(cli, "".join(delimiter.join(line) + newline for line in lines), encoding=encoding)

    assert status == 0
    assert summary["column"] == "手机号"
    assert summary["delimiter"] == delimiter
    assert rows == [lines[0] + ADDED, *([*line, "allowed", "", ""] for line in lines[1:])]
    written = got("out.csv")
    assert written.decode(encoding).endswith(newline)
    assert written.startswith(b"\xef\xbb\xbf") is (encoding == "utf-8-sig")


def test_messages_are_in_the_users_language(cli):
    _, _, rows = scrub(cli, "phone\n110\n", "--lang", "zh")

    assert rows[1][2] == "被叫是紧急或公共服务号码, 一律不得外呼。"


@pytest.mark.parametrize(
    ("text", "column", "how"),
    [
        ("id,Mobile Phone\n13800130199,13800130100\n", "Mobile Phone", "header"),
        ("编号,联系电话\n1,13800130100\n", "联系电话", "header"),
        ("number,手机\n7,13800130100\n8,13800130101\n", "手机", "header"),
        ("number,who\n7,13800130100\n8,13800130101\n", "who", "values"),
        ("a,b\nx,13800130100\ny,\nz,n/a\nz,010-8555-0100\n", "b", "values"),
        ("whatever\n13800130100\n", "whatever", "only"),
        ("13800130100\n13800130101\n", "1", "only"),
        ("x,13800130100\ny,13800130101\n", "2", "values"),
        ("\n\nphone,x\n13800130100,1\n", "phone", "header"),
    ],
)
def test_it_finds_the_column_and_says_how(cli, text, column, how):
    status, summary, _ = scrub(cli, text)

    assert status == 0
    assert (summary["column"], summary["column_found_by"]) == (column, how)
    assert summary["counts"]["allowed"] >= 1
    assert summary["rows"] == text.strip().count("\n") + (not summary["header"])


def test_a_column_may_be_named_or_counted(cli):
    text = "home,work\n13800130100,110\n"

    assert scrub(cli, text, "--column", "work")[1]["counts"] == {"protected-number": 1}
    assert scrub(cli, text, "--column", "WORK ")[1]["counts"] == {"protected-number": 1}
    assert scrub(cli, text, "--column", "1")[1]["counts"] == {"allowed": 1}
    status, error, _ = scrub(cli, text, "--column", "mobile")
    assert status == 2
    assert error == "`in.csv` has no column `mobile`; it has: home, work"


def test_a_long_file_without_a_header_keeps_its_first_row(cli):
    _, summary, rows = scrub(cli, "".join(f"{i},1380013{i % 10_000:04d}\n" for i in range(9_000)))

    assert (summary["header"], summary["rows"]) == (False, 9_000)
    assert rows[0] == ["1", "2", *ADDED]
    assert [row[0] for row in rows[1:]] == [str(i) for i in range(9_000)]


def test_a_first_row_that_is_almost_a_number_is_no_header(cli):
    assert scrub(cli, "1380013\n13800130100\n")[1]["rows"] == 2


def test_screened_files_may_be_screened_again(cli):
    scrub(cli, "name,phone\nA,13800130100\nB,110\n", at=SHUT)
    first = got("out.csv").decode()
    _, _, rows = scrub(cli, first, at=OPEN)

    assert rows[0] == ["name", "phone", *ADDED]
    assert [row[2] for row in rows[1:]] == ["allowed", "protected-number"]


POLICY_OF_ONE = """
version = 1
[enterprise]
name = "A"
[[callers]]
number = "010-8555-0100"
filed = 2025-01-01
[[lists]]
name = "complaints"
path = "complaints.csv"
[[campaigns]]
name = "survey"
purpose = "survey"
"""


@pytest.fixture
def own(cli):
    """A folder with a policy, its list and a file of leads, and links to them."""
    put("callguard.toml", POLICY_OF_ONE)
    put("complaints.csv", "number\n13800130199\n")
    put("in.csv", "phone\n13800130100\n")
    Path("soft.csv").symlink_to("in.csv")
    os.link("in.csv", "hard.csv")
    Path("soft.toml").symlink_to("callguard.toml")
    return cli


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("in.csv", "`--out` is the file that is read, `in.csv`"),
        ("soft.csv", "the file that is read"),
        ("hard.csv", "the file that is read"),
        ("callguard.toml", "`--out` is the policy, `callguard.toml`"),
        ("soft.toml", "the policy"),
        ("complaints.csv", "a file of the policy"),
    ],
)
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_what_is_read_is_never_overwritten(own, out, said, force):
    own("lists")  # makes the state's folder
    before = {name: got(name) for name in names() if name != "state"}
    status, _, err = own("scrub", "in.csv", "--out", out, *force)

    assert status == 2
    assert said in err
    assert {name: got(name) for name in names() if name != "state"} == before


def test_a_file_that_is_there_needs_force_and_keeps_its_mode(own):
    put("out.csv", "old")
    Path("out.csv").chmod(0o640)
    status, _, err = own("scrub", "in.csv", "--out", "out.csv")

    assert (status, got("out.csv")) == (2, b"old")
    assert "`out.csv` is there already; `--force` overwrites it" in err
    assert own("scrub", "in.csv", "--out", "out.csv", "--force")[0] == 0
    assert got("out.csv").startswith(b"phone,callguard_reason")
    assert Path("out.csv").stat().st_mode & 0o777 == 0o640


def test_standard_input_is_not_written_over(own):
    Path("copy.csv").write_bytes(got("in.csv"))
    with Path("copy.csv").open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "callguard", "scrub", "-", "--out", "copy.csv", "--force", "--policy", "callguard.toml"],
            stdin=file,
            capture_output=True,
            check=False,
        )

    assert done.returncode == 2
    assert got("copy.csv") == got("in.csv")


@pytest.mark.parametrize(
    ("source", "out", "said"),
    [
        ("", "out.csv", "`IN` is empty"),
        ("in.csv", "", "`--out` is empty"),
        ("folder", "out.csv", "`folder` is a folder"),
        ("in.csv", "folder", "`folder` is a folder"),
        ("in.csv", "in.csv/x.csv", "there is no folder"),
    ],
)
def test_a_name_that_cannot_be_is_said(own, source, out, said):
    Path("folder").mkdir()
    status, _, err = own("scrub", source, "--out", out)

    assert status == 2
    assert said in err


def test_a_folder_that_may_not_be_written_into_is_named(own, monkeypatch):
    Path("folder").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    _, _, err = own("scrub", "in.csv", "--out", "folder/out.csv")

    assert "permission denied" in err
    assert f"`{Path('folder').resolve()}`" in err
    monkeypatch.undo()

    def refuse(*_):
        raise PermissionError(13, "Permission denied", ".out.csv.part")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError) as error, files.written(str(Path("folder/out.csv"))):
        pass
    assert error.value.filename == str(Path("folder").resolve())


def test_a_place_that_cannot_be_read_is_undecided_and_never_allowed(cli):
    text = "phone,where\n13800130100,新疆\n13800130101,Guangdong\n13800130102,US-FL\n13800130103,\n+12025550100,US-DC\n13800130104,Atlantis\n"
    _, summary, rows = scrub(cli, text, "--place-column", "where")

    assert [row[2] for row in rows[1:]] == ["region-blocked", "allowed", "undecided", "allowed", "no-consent", "undecided"]
    assert rows[3][3:] == [
        "The place told for this row cannot be read, or is in another country than the number: the row was not decided.",
        "",
    ]
    assert (summary["undecided"], summary["undecided_rows"], summary["counts"]["undecided"]) == (2, [3, 6], 2)
    assert summary["allowed"] + summary["denied"] + summary["undecided"] == summary["rows"] == sum(summary["counts"].values())
    assert summary["place_column"] == "where"

    _, out, err = cli("scrub", "in.csv", *LINE, "--at", OPEN, "--out", "more.csv", "--place-column", "where")
    assert "undecided" in out
    assert "2 rows are `undecided`, and not to be called" in err
    assert "(rows 3, 6)" in err


def test_a_record_of_several_lines_is_kept_and_counted(cli):
    text = 'phone,note\n13800130100,"two\nlines"\n13800130101,x\n'
    _, summary, rows = scrub(cli, text)

    assert rows[1][1] == "two\nlines"
    assert summary["folded_records"] == 1
    _, _, err = cli("scrub", "in.csv", *LINE, "--at", OPEN, "--out", "more.csv")
    assert "1 row contains line breaks (first: row 1)" in err


def test_what_a_spreadsheet_leaves_is_counted(cli):
    cells = ["'13800130100", '"=""13800130100"""', "1.38E+10", "13800130100.0", "n/a", "13800130100"]
    _, summary, _ = scrub(cli, "phone\n" + "\n".join(cells) + "\n")

    assert summary["counts"]["invalid-number"] == 5
    assert summary["spreadsheet_cells"] == 4
    _, _, err = cli("scrub", "in.csv", *LINE, "--at", OPEN, "--out", "more.csv")
    assert "4 cells look like spreadsheet text or rounded numbers" in err


def test_the_cells_of_the_file_are_masked_in_what_is_said_of_it(cli):
    put("in.csv", "tel 13800130100,b\nx,y\n")
    _, out, err = cli("scrub", "in.csv", *LINE, "--out", "out.csv")

    assert "--column" in err
    assert "13800130100" not in out + err


def test_a_long_count_is_parted_from_its_share(capsys):
    desk = Desk(Words("en"))
    desk.show(reasons_table(desk, [("rows", {Reason.ALLOWED: 21_000_000})]))

    assert "21,000,000 100.0%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "there is nothing in"),
        (b"\n\n \n", "there is nothing in"),
        (b"PK\x03\x04rest", "its Excel cannot be read"),
        (b"PAR1rest", "its Parquet cannot be read from row 1"),
        (b"phone\n1380013\x000100\n", "is not a text file"),
        (b"\x89PNG\r\n\x1a\n\x01\x02\x03\x04\x05\x06", "is not a text file"),
        (b'phone,x\n13800130100,1\n13800130101,"1\n110,2\n', "in the record at line 3 of `in.csv` is never closed"),
        (b"a,b\nx,y\nz,w\n", "no column of `in.csv` reads as phone numbers; say which one by `--column`: a, b"),
        (b'phone\n"' + b"1" * 200_000, "cannot be read"),
        (b"phone\n" + b"1" * (1 << 24) + b"\n", "line 2 of `in.csv` is longer than 16 million characters"),
        (b"%PDF-1.7", "is a PDF, not CSV"),
        (b"ARROW1\0\0rest", "its Arrow cannot be read"),
        (b"\x1f\x8brest", "what is packed by gzip cannot be read to its end"),
        (b"\x28\xb5\x2f\xfdrest", "what is packed by zstd cannot be read to its end"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_no_table_is_said_and_leaves_nothing(cli, data, said, lang):
    put("in.csv", data)
    status, out, err = cli("scrub", "in.csv", *LINE, "--at", OPEN, "--out", "out.csv", "--lang", lang)

    assert (status, out) == (2, "")
    assert said in err or lang == "zh"
    assert lang == "en" or "spreadsheet" not in err
    assert names() == ["in.csv"]


def test_bytes_that_are_no_text_are_written_as_they_were(cli):
    data = b"name,phone\nA\xff\xfe\x81,13800130100\nB,\xff\n"
    put("in.csv", data)

    assert cli("scrub", "in.csv", *LINE, "--at", OPEN, "--out", "out.csv")[0] == 0
    assert got("out.csv").split(b"\n")[1] == b"A\xff\xfe\x81,13800130100,allowed,,"


def test_a_broken_off_run_leaves_the_old_file(cli, monkeypatch):
    put("in.csv", "phone\n" + "13800130100\n" * 9_000 + '"never closed' + "x" * 200_000)
    put("out.csv", "old")
    status, _, err = cli("scrub", "in.csv", *LINE, "--at", OPEN, "--out", "out.csv", "--force")

    assert status == 2
    assert "line 9002" in err
    assert got("out.csv").decode() == "old"
    assert names() == ["in.csv", "out.csv"]


def test_people_read_a_table_by_reason_and_how_it_was_read(cli):
    scrub(cli, "phone,x\n13800130100,1\n110,2\n")
    _, out, _ = cli("scrub", "in.csv", *LINE, "--at", OPEN, "--out", "out.csv", "--force")

    assert "2 rows of in.csv screened for spring-course at Tue 2026-11-24 20:59:59 +08:00" in out
    assert "numbers in column `phone`, by its name" in out
    assert "protected-number" in out
    assert "50.0%" in out
    assert "written to out.csv" in out


def test_standard_input_and_output_are_a_dash():
    text = "姓名,手机\n张三,13800130100\n李四,110\n"
    for encoding in ("utf-8", "gb18030"):
        done = process("scrub", "-", *LINE, "--at", OPEN, "--out", "-", stdin=text.encode(encoding))
        rows = list(csv.reader(io.StringIO(done.stdout.decode(encoding))))

        assert done.returncode == 0
        assert [row[2] for row in rows] == ["callguard_reason", "allowed", "protected-number"]
        assert b"2 rows of - screened" in done.stderr
        assert b"\x1b[" not in done.stderr


def test_a_long_pipe_is_read_as_it_comes():
    body = b"".join(b"1380013%04d\n" % (i % 10_000) for i in range(20_000))
    done = process("scrub", "-", *LINE, "--at", OPEN, "--out", "-", "--json", stdin=b"phone\n" + body)

    assert done.stdout.count(b"\n") == 20_001
    assert json.loads(done.stderr)["rows"] == 20_000


def test_what_is_no_file_is_written_through(cli):
    put("in.csv", "phone\n13800130100\n")

    assert cli("scrub", "in.csv", *LINE, "--at", OPEN, "--out", "/dev/null")[0] == 0
    assert not Path("/dev/null").is_file()


def test_a_bar_is_shown_on_a_terminal_only(tmp_path):
    pty = pytest.importorskip("pty")
    path = tmp_path / "in.csv"
    path.write_text("phone\n" + "13800130100\n" * 9_000, encoding="utf-8")
    arguments = ["scrub", str(path), *LINE, "--at", OPEN, "--out", str(tmp_path / "out.csv")]
    shown = []

    def read(descriptor):
        shown.append(os.read(descriptor, 4096))
        return shown[-1]

    environ = dict(os.environ)
    os.environ.update({"LANG": "C.UTF-8", "TERM": "xterm", "COLUMNS": "100"})
    try:
        status = pty.spawn([sys.executable, "-m", "callguard", *arguments], read, lambda _: b"")
    finally:
        os.environ.clear()
        os.environ.update(environ)

    assert os.waitstatus_to_exitcode(status) == 0
    assert b"screening" in b"".join(shown)
    assert b"screening" not in process(*arguments).stderr


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    peaks = []
    code = (
        "import resource, sys; from callguard.__main__ import main; status = main(); "
        "sys.stderr.write(f'\\npeak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}'); sys.exit(status)"
    )
    for rows in (5_000, 200_000):
        path = tmp_path / f"{rows}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write("name,phone,note\n")
            file.writelines(f"家长{i},+86138{i % 10_000:04d}01{i % 100:02d},{'x' * 80}\n" for i in range(rows))
        done = process("scrub", str(path), *LINE, "--at", SHUT, "--out", str(tmp_path / "out.csv"), "--force", "--json", code=code)

        assert done.returncode == 0
        assert json.loads(done.stdout)["rows"] == rows
        peaks.append(int(done.stderr.rpartition(b"peak ")[2]))

    assert peaks[1] - peaks[0] < 50_000  # KB
