"""`callguard preflight`: what it says in both languages, for machines and in reports; and what it refuses."""

import json
import re

import html5lib
import pytest

from callguard import Guard, clock
from callguard.testing import FrozenClock
from command_line import POLICY, XINGHE, caller, process, quiet

LEADS = str(XINGHE / "leads.csv")
FROM = "2026-11-24T10:00"
ASKED = ("preflight", LEADS, "--campaign", "spring-course", "--from", FROM, "--policy", POLICY)


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return caller(capsys)


@pytest.fixture(scope="module")
def found():
    """What is said for machines, asked once."""
    done = process(*ASKED, "--rate", "800", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_sums_agree(found):
    assert found["rows"] == 10_000 == found["callable"] + found["never"] + found["undecided"]
    assert sum(each["rows"] for each in found["never_by_reason"]) == found["never"]
    assert (found["from"], found["until"]) == ("2026-11-24T10:00:00+08:00", "2026-12-01T00:00:00+08:00")
    campaign = found["campaigns"]["spring-course"]
    assert (campaign["rows"], campaign["callable"]) == (10_000, found["callable"])
    count = len(found["hours"])
    assert count == 14 + 6 * 24
    for apart in (found["zones"], campaign["places"]):
        for name in ("some", "whole"):
            sums = [sum(values) for values in zip(*(each[name] for each in apart.values()), strict=True)]
            assert sums == campaign["hours"][name]
    assert sum(each["callable"] for each in found["places"].values()) == found["callable"]
    assert sum(found["exhausted"]["calls"]) == found["exhausted"]["called"] == found["callable"]


def test_an_hour_has_what_screening_says_in_it(found):
    with Guard.open(POLICY, clock=FrozenClock("2026-11-24T10:00:00+08:00")) as guard:
        line = guard.line(campaign="spring-course", caller="010-8555-0100")
        phones = [row.split(",")[1] for row in (XINGHE / "leads.csv").read_text("utf-8-sig").splitlines()[1:]]
        assert len(phones) == 10_000
        for hour in ("2026-11-24T10:00:00+08:00", "2026-11-28T10:00:00+08:00", "2026-11-30T20:00:00+08:00"):
            index = found["hours"].index(hour)
            at = clock.read_instant(hour)
            assert found["campaigns"]["spring-course"]["hours"]["some"][index] >= sum(line.scrub(phones, at=at).allowed) > 0


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("columns", ["60", "80", "100", "160"])
def test_it_is_shown_at_any_width(cli, monkeypatch, found, lang, columns):
    monkeypatch.setenv("COLUMNS", columns)
    status, out, _ = cli(*ASKED, "--rate", "800", "--lang", lang)

    assert status == 0
    assert f"{found['callable']:,}" in out
    assert f"{found['never']:,}" in out
    assert all(each["reason"] in out for each in found["never_by_reason"])
    assert out.count("█") > 60
    assert {"en": "At 800 calls an hour, all", "zh": "按每小时 800 次"}[lang] in out.replace("\n", " ")
    assert max(map(len, out.splitlines())) <= max(int(columns), 74)


def test_what_is_left_when_the_time_ends_is_told(cli):
    status, out, _ = cli(*ASKED, "--rate", "10", "--days", "1")

    assert status == 0
    assert "At 10 calls an hour, " in out
    assert " are left." in out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_reports_say_what_is_said_for_machines(cli, tmp_path, found, lang):
    reports = [part for ending in ("html", "md", "json") for part in ("--report", f"o.{ending}")]
    status, _, err = cli(*ASKED, "--rate", "800", *reports, "--lang", lang)

    assert status == 0
    assert err.count("o.") == 3
    assert json.loads((tmp_path / "o.json").read_text("utf-8")) == found
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse((tmp_path / "o.html").read_text("utf-8"))
    page = " ".join("".join(tree.find("body").itertext()).split())
    text = (tmp_path / "o.md").read_text("utf-8")
    for each in found["never_by_reason"]:
        assert f"{each['rows']:,} (" in page
        assert f"{each['rows']:,} (" in text
        assert each["reason"] in page
    some = found["campaigns"]["spring-course"]["hours"]["some"]
    assert f"10:00: {some[0]:,}" in page
    assert f"| {some[0]:,} |" in text
    assert {"en": "Guangdong", "zh": "广东"}[lang] in page
    assert list(tree.iter("script")) == []


def test_reports_are_whole_or_not_there(cli, tmp_path):
    (tmp_path / "o.html").write_text("mine")
    status, _, err = cli(*ASKED, "--report", "o.html")
    assert (status, "o.html" in err, (tmp_path / "o.html").read_text()) == (2, True, "mine")
    assert cli(*ASKED, "--report", "o.ics")[0] == 2
    assert cli(*ASKED, "--report", "o.html", "--force", "--days", "1")[0] == 0
    assert (tmp_path / "o.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rate", "0"), "--rate"),
        (("--rate", "many"), "more than 0"),
        (("--rate", "nan"), "more than 0"),
        (("--days", "0"), "--days"),
        (("--days", "63"), "--days"),
        (("--from", "tomorrow"), "--from"),
        (("--from", "2026-11-24"), "--from"),
        (("--campaign-column", "name"), "--campaign"),
        (("--column", "telephone"), "telephone"),
        (("--threads", "0"), "--threads"),
        (("--report", "nowhere/o.html"), "nowhere"),
    ],
)
def test_what_cannot_be_answered_is_said(cli, options, said):
    status, out, err = cli(*ASKED, *options)

    assert (status, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_files_folders_and_what_is_not_there(cli, tmp_path):
    (tmp_path / "leads").mkdir()
    assert cli("preflight", "leads", "--campaign", "spring-course", "--policy", POLICY)[0] == 2
    (tmp_path / "leads" / "a.csv").write_text("phone\n13800130100\n13800130101\n")
    (tmp_path / "b.csv").write_text("phone,province\n13800130102,Atlantis\n")
    options = ("--campaign", "spring-course", "--from", FROM, "--policy", POLICY)

    found = json.loads(cli("preflight", "leads", "b.csv", *options, "--json")[1])
    assert (found["rows"], found["callable"]) == (3, 3)
    status, _, err = cli("preflight", "b.csv", "leads", *options)
    assert status == 0
    assert "note" in err
    status, out, err = cli("preflight", "b.csv", *options, "--place-column", "province")
    assert status == 0
    assert "not decided" in out
    assert "row 1" in err
    status, _, err = cli("preflight", "none.csv", *options)
    assert (status, "none.csv" in err) == (2, True)
    status, _, err = cli("preflight", "leads", "none.csv", *options)
    assert (status, "none.csv" in err) == (2, True)
    (tmp_path / "leads" / "broken.parquet").write_bytes(b"PAR1" + b"x" * 50)
    status, _, err = cli("preflight", "leads", *options)
    assert (status, "broken.parquet" in err) == (2, True)


def test_what_is_missing_has_the_name_that_the_help_gives_it(cli):
    assert cli("preflight", "--campaign", "spring-course") == (
        2,
        "",
        "error: IN is missing\n`callguard preflight --help` shows how\n",
    )
    assert cli("check")[2].startswith("error: CALLEE is missing\n")


def test_standard_input_is_read():
    done = process(
        "preflight", "-", "--campaign", "spring-course", "--from", FROM, "--policy", POLICY, "--json", stdin=b"phone\n13800130100\n"
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["callable"] == 1


def test_the_number_of_nobody_is_said(cli, tmp_path):
    status, out, err = cli(*ASKED, "--report", "o.html", "--report", "o.json")

    assert status == 0
    said = out + err + "".join((tmp_path / name).read_text("utf-8") for name in ("o.html", "o.json"))
    phones = {re.sub(r"\D", "", row.split(",")[1])[-11:] for row in (XINGHE / "leads.csv").read_text("utf-8-sig").splitlines()[1:]}
    mobiles = {phone for phone in phones if len(phone) == 11}
    assert len(mobiles) > 5_000
    assert not {found for found in re.findall(r"\d{11}", said) if found in mobiles}
