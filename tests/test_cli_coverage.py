"""`callguard coverage`: which of a trunk's calls had a permit, from its own records."""

import csv
import io
import json
import re

import pytest

from callguard.cli import words
from command_line import caller, quiet
from permits import NOW, PUBLIC, permit

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CALLEE, CALLER = "13800130001", "01085550123"
HEADER = ("callee", "caller", "at", "permit")


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "permit.pub").write_text(PUBLIC)
    return caller(capsys)


def records(tmp_path, *rows, header=HEADER, name="calls.csv"):
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows] if header else rows)
    (tmp_path / name).write_text(out.getvalue(), "utf-8")


def measured(cli, *more, name="calls.csv"):
    status, out, _ = cli("coverage", name, "--keys", "permit.pub", "--json", *more)
    return status, json.loads(out)


def test_the_share_comes_first_and_then_why_whose_and_when(cli, tmp_path):
    good = permit()
    records(
        tmp_path,
        (CALLEE, CALLER, "2026-11-24 10:00:03", good),
        (CALLEE, CALLER, "2026-11-24T02:00:04Z", good),
        (CALLEE, CALLER, str(NOW + 5), permit()),
        (CALLEE, "8001", "2026-11-24 10:20:00", ""),
        (CALLEE, CALLER, "2026-11-24 11:00:00", permit()),
        ("13800130002", CALLER, "2026-11-24 10:00:03", permit()),
        (CALLEE, CALLER, "some day", permit()),
    )

    assert measured(cli) == (
        1,
        {
            "coverage": 2 / 7,
            "calls": 7,
            "permitted": 2,
            "without": 5,
            "reasons": {"callee": 1, "expired": 1, "missing": 1, "undated": 1, "used": 1},
            "callers": {"010******23": 4, "8001": 1},
            "hours": {"2026-11-24 10": 3, "2026-11-24 11": 1},
            "undated_rows": [7],
            "timezone": "Asia/Shanghai",
        },
    )
    for lang in words.LANGUAGES:
        status, out, err = cli("coverage", "calls.csv", "--keys", "permit.pub", "--lang", lang)
        assert status == 1
        assert out.startswith("✗ 28.5 %")
        assert "1380013" not in out + err
        assert bool(CHINESE.search(out)) is (lang == "zh")


def test_every_call_had_one(cli, tmp_path):
    records(tmp_path, *((CALLEE, CALLER, NOW + n, permit()) for n in range(3)))

    assert measured(cli)[0] == 0
    assert cli("coverage", "calls.csv", "--keys", "permit.pub")[1] == "✓ 100.0 %  3 of 3 calls had a permit that was good for it\n"


def test_what_is_not_whole_is_not_said_to_be(cli, tmp_path):
    records(tmp_path, *((CALLEE, CALLER, NOW, permit()) for _ in range(2000)), (CALLEE, CALLER, NOW, ""))

    assert cli("coverage", "calls.csv", "--keys", "permit.pub")[1].startswith("✗ 99.9 %")


def test_asterisks_own_records(cli, tmp_path):
    def row(start, dst, userfield):
        cdr = [
            "",
            CALLER,
            dst,
            "out",
            f'"Xinghe" <{CALLER}>',
            "PJSIP/a",
            "PJSIP/b",
            "Dial",
            "x",
            start,
            start,
            start,
            "9",
            "8",
            "ANSWERED",
        ]
        return [*cdr, "DOCUMENTATION", "1795485600.1", userfield]

    records(tmp_path, row("2026-11-24 10:00:01", CALLEE, permit()), row("2026-11-24 10:05:00", CALLEE, ""), header=None)

    status, found = measured(cli, "--format", "asterisk")
    assert (status, found["calls"], found["permitted"], found["reasons"]) == (1, 2, 1, {"missing": 1})


def test_other_names_places_and_zones(cli, tmp_path):
    header = ("Called Number", "ANI", "Start", "Token")
    records(tmp_path, (CALLEE, CALLER, "2026-11-24 02:00:03", permit()), header=header)
    names = ("--callee-column", "called number", "--caller-column", "ANI", "--at-column", "3", "--permit-column", "Token")

    assert measured(cli, *names, "--timezone", "UTC")[0] == 0
    assert measured(cli, *names)[1]["reasons"] == {"not-yet": 1}
    places = [word for n, name in enumerate(("callee", "caller", "at", "permit"), 1) for word in (f"--{name}-column", str(n))]
    assert measured(cli, *places, "--timezone", "UTC")[1]["calls"] == 1


@pytest.mark.parametrize(
    ("rows", "more", "text"),
    [
        ([], (), "there is no call"),
        ([], ("--permit-column", "token"), "token"),
        ([(CALLEE, CALLER, NOW, "")], ("--region", "US"), "`US` has several time zones: give `--timezone`"),
        ([(CALLEE, CALLER, NOW, "")], ("--timezone", "Mars/Base"), "`--timezone` is `Mars/Base`"),
        ([(CALLEE, CALLER, NOW, "")], ("--permit-column", "9"), "9"),
    ],
    ids=range(5),
)
def test_what_cannot_be_measured(cli, tmp_path, rows, more, text):
    records(tmp_path, *rows)
    status, _, err = cli("coverage", "calls.csv", "--keys", "permit.pub", *more)

    assert (status, text in err) == (2, True)
    assert "Traceback" not in err


def test_files_that_are_not_there_or_empty(cli, tmp_path):
    assert cli("coverage", "nowhere.csv", "--keys", "permit.pub")[0] == 2
    (tmp_path / "calls.csv").write_text("")
    assert cli("coverage", "calls.csv", "--keys", "permit.pub")[0] == 2
    assert cli("coverage", "calls.csv")[0] == 2
