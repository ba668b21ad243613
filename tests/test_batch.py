"""Which column holds the numbers, and how a file is read, apart from the command line."""

import io

import pytest

from callguard import Guard, Policy
from callguard.batch import blocks, columns
from callguard.batch.asking import Asked, Lines
from callguard.batch.csv import open_table
from callguard.batch.files import TableError
from callguard.batch.running import Job, run
from callguard.model import Reason

POLICY = """
version = 1
[enterprise]
name = "A"
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2024-01-01
[[callers]]
number = "010-8555-0100"
filed = 2025-01-01
[[campaigns]]
name = "survey"
purpose = "survey"
"""
NOON = 1_795_489_200.0  # 2026-11-24T11:00:00+08:00


@pytest.fixture(scope="module")
def asked():
    return Guard(Policy.from_toml(POLICY))


def digits(values):
    return [value.isdigit() and len(value) == 11 for value in values]


@pytest.mark.parametrize(
    "name",
    [
        "phone",
        "Phone Number",
        "PHONE_NO.",
        "mobile",
        "ＭＯＢＩＬＥ",
        "Tel",
        "手机",
        "手机号码",
        " 联系电话 ",
        "电话(号码)",
        "callee",
        "msisdn",
    ],
)
def test_names_of_number_columns_in_both_languages(name):
    assert columns.is_name(name)


@pytest.mark.parametrize("name", ["name", "姓名", "phone model", "date", "", "省份", "email"])
def test_other_names_are_none(name):
    assert not columns.is_name(name)


def test_of_several_names_the_one_with_the_numbers_is_taken():
    rows = [["", "13800130100"], ["13800130101", "13800130102"]]

    assert columns.choose(["tel", "mobile"], [["x", "13800130100"]], digits) == columns.Choice(1, "mobile", "header")
    assert columns.choose(["tel", "mobile"], rows, digits) == columns.Choice(0, "tel", "header")
    assert columns.choose(["a", "b"], [["x", "13800130100"], ["y", "z"]], digits) is None
    assert columns.choose([], [], digits) is None


def test_only_the_first_thousand_values_are_looked_at():
    rows = [["x", "13800130100"]] * 1_000 + [["13800130100", "x"]] * 5_000

    assert columns.choose(["a", "b"], rows, digits) == columns.Choice(1, "b", "values")


def test_a_column_is_found_by_its_exact_name_first():
    assert columns.find(["Phone", "phone"], "phone") == 1
    assert columns.find(["Phone", "x"], "phone") == 0
    assert columns.find(["2", "x"], "2") == 0
    assert columns.find(["a", "b"], "2") == 1
    for name in ("c", "0", "3", "-1", "²"):
        with pytest.raises(ValueError, match=name):
            columns.find(["a", "b"], name)


@pytest.fixture
def screened(asked, tmp_path):
    def screened(data, progress=lambda _: lambda _done, _rows: None, **said):
        (tmp_path / "in.csv").write_bytes(data)
        job = Job(str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), Asked(at=NOON, **said))
        return run(asked, job, progress), (tmp_path / "out.csv").read_bytes()

    return screened


def test_a_file_of_a_header_alone_has_no_rows(screened):
    source, written = screened(b"name,phone\n")

    assert (source.counts.rows, source.counts.by_reason) == (0, {})
    assert written == b"name,phone,callguard_reason,callguard_message,callguard_retry_at\n"


def test_counts_are_of_all_chunks(screened):
    source, written = screened(b"phone\n" + b"13800130100\n" * 9_000 + b"110\n")

    assert source.counts.by_reason == {Reason.ALLOWED: 9_000, Reason.PROTECTED_NUMBER: 1}
    assert written.count(b"\n") == 9_002


def test_progress_is_told_in_bytes_and_rows(screened, monkeypatch):
    monkeypatch.setattr(blocks, "SIZE", 40_000)
    told = []
    data = b"phone\n" + b"13800130100\n" * 9_000

    def progress(source):
        assert source.total == len(data)
        return lambda done, rows: told.append((done, rows))

    screened(data, progress)

    assert told[-1] == (len(data), 9_000)
    assert told == sorted(told)
    assert len(told) == 3


def test_a_short_gb18030_word_that_looks_like_utf_8_is_read_with_the_rest(screened):
    # `联通` in GB 18030 is well-formed UTF-8 by itself
    source, written = screened("姓名,手机\n联通,13800130100\n".encode("gb18030"))

    assert source.form.encoding == "gb18030"
    assert "联通,13800130100,allowed" in written.decode("gb18030")


def test_a_late_character_decides_the_encoding_of_a_file(asked):
    data = b"phone,name\n" + b"13800130100,a\n" * 200_000 + "13800130100,张\n".encode("gb18030")

    assert open_table(io.BytesIO(data), Lines(asked, Asked()).reads).encoding == "gb18030"


def test_errors_name_what_is_wrong_and_no_number(screened):
    with pytest.raises(TableError) as error:
        screened(b"a,b\nx,y\n", column="phone")

    assert error.value.key == "no-column"
    assert error.value.facts == {"name": "phone", "columns": "a, b"}
