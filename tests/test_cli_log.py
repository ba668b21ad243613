"""`callguard log`: the log of real attempts searched, verified, exported, replayed and purged, and what tampering does."""

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from callguard import DialDenied, Guard
from callguard.sealing import new_key
from callguard.testing import FrozenClock
from command_line import caller, quiet

CHINESE = re.compile(r"[\u4e00-\u9fff]")
MOBILE, OTHER, CALLER = "138 0013 0001", "+8613800130002", "010-8555-0123"
BEIJING = timezone(timedelta(hours=8))
POLICY = """
version = 1
[enterprise]
name = "Xinghe"
[call_log]
key_file = "callguard.key"
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2023-05-01
expires = 2049-01-01
[[callers]]
number = "010-8555-0123"
filed = 2024-01-20
[[campaigns]]
name = "notice"
purpose = "service"
limits = [{ attempts = 1, per = "1 day" }]
[[campaigns]]
name = "survey"
purpose = "survey"
"""


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "callguard.toml").write_text(POLICY, encoding="utf-8")
    key(new_key())
    return caller(capsys)


def key(text):
    path = Path("callguard.key")
    path.touch(mode=0o600)
    path.write_text(text)


def dial(*callees, campaign="notice", days_ago=0.0):
    """Attempt calls, and let each end as answered after a minute and a half."""
    now = time.time() - days_ago * 86_400
    with Guard.open("callguard.toml", clock=FrozenClock(now)) as guard:
        for callee in callees:
            try:
                with guard.attempt(callee, caller=CALLER, campaign=campaign) as call:
                    call.outcome("answered", duration=90)
            except DialDenied:
                continue


def said(cli, *arguments):
    status, out, _ = cli("log", *arguments, "--json")
    return status, json.loads(out)


def tamper(sql, *parameters):
    with closing(sqlite3.connect("state/callguard.db")) as database, database:
        assert database.execute(sql, parameters).rowcount == 1


# ── search


def test_search_finds_by_callee_campaign_reason_and_day(cli):
    dial(MOBILE, OTHER, MOBILE, "110")
    dial(MOBILE, campaign="survey")
    today = datetime.now(BEIJING).date()

    def found(*arguments):
        status, answer = said(cli, "search", *arguments)
        assert status == (0 if answer["count"] else 1)
        return [(row["campaign"], row["reason"]) for row in answer["records"]]

    assert len(found()) == 5
    assert found("--number", MOBILE) == [("notice", "allowed"), ("notice", "attempt-limit"), ("survey", "allowed")]
    assert found("--number", "+86 138-0013-0001", "--campaign", "survey") == [("survey", "allowed")]
    assert found("--reason", "protected-number") == [("notice", "protected-number")]
    assert len(found("--caller", "+861085550123")) == 5
    assert len(found("--since", str(today), "--until", str(today))) == 5
    assert found("--since", str(today + timedelta(days=1))) == []
    assert found("--until", f"{today - timedelta(days=1)}T10:00") == []
    assert len(found("--since", "0001-01-01", "--until", "9999-12-31")) == 5
    assert len(found("--limit", "2")) == 2
    assert said(cli, "search", "--limit", "2")[1]["count"] == 5


def test_people_see_masked_numbers_and_outcomes(cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    dial(MOBILE, "110")
    status, out, _ = cli("log", "search")

    assert status == 0
    assert "+86138******01" in out
    assert "answered, 1 min 30 s" in out
    assert "protected-number" in out
    assert "2 records" in out
    assert "0130001" not in out
    assert "the newest 1 of 2 are shown" in cli("log", "search", "--limit", "1")[1]
    assert cli("log", "search", "--number", OTHER)[:2] == (1, "no record matches\n")
    assert "没有符合的记录" in cli("log", "search", "--number", OTHER, "--lang", "zh")[1]
    assert "可以拨打" in cli("log", "search", "--lang", "zh")[1]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["search", "--number", "nobody"], "the number cannot be read"),
        (["search", "--since", "soon"], "`--since` is `soon`; accepted: a day as 2026-11-24, or an instant"),
        (["search", "--since", "2026-01-02", "--until", "2026-01-01"], "`--since` is `2026-01-02`, after `--until`, `2026-01-01`"),
        (["search", "--since", "2026-01-02", "--until", "2026-01-01T10:00"], "after `--until`, `2026-01-01T10:00`"),
        (["export", "--out", "x.csv", "--since", "9999-12-31"], "`--since` is `9999-12-31`; accepted"),
        (["search", "--reason", "whim"], "`--reason` is `whim`; accepted: allowed, invalid-number"),
        (["search", "--limit", "0"], "`--limit` takes a whole number, 1 or more"),
        (["search", "--limit", "few"], "`--limit` takes a whole number, 1 or more"),
        (["export"], "`--out` is missing"),
        (["export", "--out", "x.xlsx"], "accepted: a name that ends in .csv or .parquet"),
        (["export", "--out", "nowhere/x.csv"], "there is no folder `nowhere`"),
        (["export", "--out", "x.csv", "--unmask"], "`--why` is missing"),
        (["export", "--out", "x.csv", "--unmask", "--why", " "], "`--why` is missing"),
        (["verify", "--expect", "nonsense"], "`--expect` is `nonsense`"),
        (["verify", "--expect", "1-2-0f"], "`--expect` is `1-2-0f`; accepted"),
        (["verify", "--expect", "nowhere.json"], "there is no file `nowhere.json`"),
        (["replay", "--law", "nowhere.toml"], "`--law` is `nowhere.toml`, and there is no such file"),
        (["replay", "--law", "currant"], "accepted: archived, current, or a policy file"),
        (["purge"], "`--before` is missing"),
        (["purge", "--before", "May"], "`--before` is `May`; accepted: a day, as 2026-01-31"),
        (["keygen", "--out", "."], "`.` is a folder"),
        (["serach"], "there is no command `log serach`; did you mean search?"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(cli, arguments, text):
    dial(MOBILE)
    status, out, err = cli("log", *arguments)

    assert (status, out) == (2, "")
    assert text in err
    assert "Traceback" not in err
    assert list(Path().glob("x.*")) == []


def test_where_nothing_is_found_names_that_may_be_mistyped_are_told(cli):
    dial(MOBILE)
    assert (
        "note: no campaign is named `notise`; accepted: `notice`, `survey`; did you mean notice?"
        in (cli("log", "search", "--campaign", "notise")[2])
    )
    assert "`--caller` `010-8555-0129` is not among the policy's callers" in cli("log", "replay", "--caller", "010-8555-0129")[2]
    assert "no campaign is named `x`" in cli("log", "export", "--campaign", "x", "--out", "x.csv")[2]
    assert cli("log", "search", "--campaign", "survey")[::2] == (1, "")


def test_an_export_into_a_folder_that_may_not_be_written_is_not_begun(cli, monkeypatch):
    dial(MOBILE)
    Path("out").mkdir()
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)  # root may write everywhere

    assert cli("log", "export", "--out", "out/x.csv")[::2] == (
        2,
        "error: nothing may be written into the folder `out`: permission denied\n",
    )
    assert said(cli, "verify")[1]["rows"] == 2


def test_a_policy_without_a_log_says_so(cli):
    Path("callguard.toml").write_text(POLICY.replace('[call_log]\nkey_file = "callguard.key"\n', ""), encoding="utf-8")

    assert cli("log", "search")[::2] == (2, "error: the policy has no [call_log]\n")
    assert not Path("state").exists()


def test_the_commands_below_are_shown(cli):
    status, out, _ = cli("log")

    assert status == 0
    assert out == cli("log", "--help")[1]
    assert cli("log", "--lang", "zh")[1] == cli("--lang", "zh", "log", "--help")[1]


# ── verify


def test_a_sound_log_is_a_yes_and_its_digest_is_remembered(cli):
    dial(MOBILE, OTHER)
    status, answer = said(cli, "verify")
    assert status == 0
    assert answer["sound"]
    assert (answer["rows"], answer["chains"], answer["unsealed"], answer["faults"]) == (4, 1, 0, [])
    assert answer["checkpoint"]

    dial(MOBILE, campaign="survey")
    status, out, err = cli("log", "verify", "--expect", answer["digest"])
    assert (status, err) == (0, "")
    assert "✓ every link is right: 7 records in 3 chains" in out
    assert re.search(r"digest 3-7-[0-9a-f]{64}\n", out)
    assert "链接全部正确" in cli("log", "verify", "--lang", "zh")[1]


def test_a_changed_record_and_a_removed_one_are_found(cli):
    dial(MOBILE, OTHER)
    tamper("update call_log set at = at + 1 where position = 2")
    status, answer = said(cli, "verify")
    assert status == 1
    assert not answer["sound"]
    assert not answer["checkpoint"]
    assert {(fault["what"], fault["position"]) for fault in answer["faults"]} >= {("link", 2)}
    status, out, _ = cli("log", "verify")
    assert "✗" in out
    assert "row 2: the link does not fit" in " ".join(out.split())
    assert "链接不符" in cli("log", "verify", "--lang", "zh")[1]

    tamper("delete from call_log where position = 4")
    assert "missing" in {fault["what"] for fault in said(cli, "verify")[1]["faults"]}


def test_a_log_put_back_to_an_earlier_copy_is_found_by_its_later_digest(cli, tmp_path):
    dial(MOBILE)
    with closing(sqlite3.connect("state/callguard.db")) as database, closing(sqlite3.connect("copy.db")) as copy:
        database.backup(copy)
    dial(OTHER)
    digest = said(cli, "verify")[1]["digest"]
    for path in Path("state").iterdir():
        if path.is_file():
            path.unlink()
    Path("copy.db").rename("state/callguard.db")

    assert said(cli, "verify")[0] == 0, "by itself nothing shows"
    status, answer = said(cli, "verify", "--expect", digest)
    assert status == 1
    assert {fault["what"] for fault in answer["faults"]} == {"expected"}


def test_another_key_reads_nothing_and_says_which_is_needed(cli):
    dial(MOBILE)
    old = Path("callguard.key").read_text()
    key(new_key())
    status, _, err = cli("log", "search", "--reason", "allowed")
    assert status in (1, 2)
    assert "0130001" not in err
    status, answer = said(cli, "verify")
    assert status == 1
    assert answer["faults"][0]["what"] == "key"

    key(f"{new_key()} {old}")
    dial(OTHER)
    assert said(cli, "verify")[0] == 0
    assert said(cli, "search")[1]["count"] == 2
    assert said(cli, "search", "--number", MOBILE)[1]["count"] == 1


def test_a_missing_key_is_a_problem_of_the_policy(cli):
    dial(MOBILE)
    Path("callguard.key").unlink()
    status, _, err = cli("log", "verify")

    assert status == 2
    assert "call_log.key_file" in err
    assert "cannot be read" in err


def test_a_log_without_a_key_is_told(cli):
    Path("callguard.toml").write_text(POLICY.replace('key_file = "callguard.key"\n', ""), encoding="utf-8")
    dial(MOBILE)
    status, _, err = cli("log", "verify")

    assert status == 0
    assert "are not sealed" in err
    assert said(cli, "verify")[1]["unsealed"] >= 2


# ── export


def test_an_export_is_masked_unless_asked_and_the_asking_is_logged(cli):
    dial(MOBILE, OTHER)
    status, answer = said(cli, "export", "--out", "masked.csv")
    assert status == 0
    assert (answer["rows"], answer["masked"], answer["manifest"]) == (2, True, "masked.csv.manifest.json")
    rows = list(csv.DictReader(io.StringIO(Path("masked.csv").read_text("utf-8"))))
    assert [row["callee"] for row in rows] == ["+86138******01", "+86138******02"]
    assert rows[0]["outcome"] == "answered"

    status, out, _ = cli("log", "export", "--out", "whole.csv", "--unmask", "--why", "complaint 17", "--number", MOBILE)
    assert status == 0
    assert "1 record written to whole.csv" in out
    assert "SHA-256" in out
    assert "+8613800130001" in Path("whole.csv").read_text("utf-8")
    assert json.loads(Path("whole.csv.manifest.json").read_text("utf-8"))["why"] == "complaint 17"
    with Guard.open("callguard.toml") as guard:
        notes = [(note.kind, note.why, note.facts["masked"]) for note in guard.log.notes("export")]
    assert sorted(notes) == [("export", "complaint 17", False), ("export", "export", True)]


def test_nothing_is_written_over(cli):
    dial(MOBILE)
    Path("there.csv").write_text("mine", encoding="utf-8")
    status, _, err = cli("log", "export", "--out", "there.csv")

    assert status == 2
    assert "an export writes over nothing" in err
    assert Path("there.csv").read_text("utf-8") == "mine"


def test_a_manifest_stands_for_a_digest_and_shows_a_changed_file(cli):
    dial(MOBILE)
    cli("log", "export", "--out", "a.csv")
    dial(OTHER)
    status, out, _ = cli("log", "verify", "--expect", "a.csv.manifest.json")
    assert status == 0
    assert "the exported file is as it was written" in out

    with Path("a.csv").open("a", encoding="utf-8") as file:
        file.write("one more\n")
    status, answer = said(cli, "verify", "--expect", "a.csv.manifest.json")
    assert (status, answer["sound"], answer["export"], answer["faults"]) == (1, False, False, [])
    assert "导出文件与写出时不一致" in cli("log", "verify", "--expect", "a.csv.manifest.json", "--lang", "zh")[1]

    Path("a.csv").unlink()
    status, out, err = cli("log", "verify", "--expect", "a.csv.manifest.json")
    assert (status, "exported file" in out) == (0, False)
    assert "note: `a.csv` is not beside its manifest" in err


def test_parquet_is_written_where_there_is_what_writes_it(cli, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    dial(MOBILE)
    assert said(cli, "export", "--out", "a.parquet")[1]["rows"] == 1
    assert parquet.read_table("a.parquet").column("callee").to_pylist() == ["+86138******01"]

    monkeypatch.setattr("callguard.cli.log_export.find_spec", lambda _: None)
    assert "pip install 'callguard-outbound[arrow]'" in cli("log", "export", "--out", "b.parquet")[2]


# ── replay


def test_a_replay_by_the_archived_law_is_the_same(cli):
    dial(MOBILE, MOBILE, "110")
    status, out, _ = cli("log", "replay")

    assert status == 0
    assert "3 calls decided again: 3 the same, 0 different, 0 cannot be told" in out
    assert said(cli, "replay", "--number", MOBILE)[1]["replayed"] == 2
    assert "3 个相同" in cli("log", "replay", "--lang", "zh")[1]
    assert cli("log", "replay", "--campaign", "survey")[1] == "no record matches\n"


def test_another_law_shows_the_difference_and_what_cannot_be_told(cli):
    dial(MOBILE, OTHER)
    dial(MOBILE, campaign="survey")
    other = POLICY.replace('name = "Xinghe"\n', 'name = "Xinghe"\nblocked = true\n').replace('name = "survey"', 'name = "poll"')
    Path("other.toml").write_text(other, encoding="utf-8")
    status, answer = said(cli, "replay", "--law", "other.toml")

    assert status == 1
    assert (answer["replayed"], answer["equal"], answer["different"], answer["cannot"]) == (3, 0, 2, 1)
    first, *_, last = answer["records"]
    assert (first["then"]["reason"], first["now"]["reason"], first["result"]) == ("allowed", "enterprise-blocked", "different")
    assert (last["result"], last["now"], "survey" in last["missing"]) == ("cannot", None, True)
    status, out, _ = cli("log", "replay", "--law", "other.toml", "--limit", "2")
    assert status == 1
    assert "enterprise-blocked" in out
    assert "the newest 2 of 3 are shown" in out
    assert "0130001" not in out

    Path("callguard.toml").write_text(other, encoding="utf-8")
    assert said(cli, "replay", "--law", "current")[1]["different"] == 2
    assert said(cli, "replay")[1]["equal"] == 3


# ── purge


def test_what_is_kept_for_six_months_goes_and_nothing_younger(cli, monkeypatch):
    dial(MOBILE, days_ago=250)
    dial(OTHER, days_ago=100)
    day = datetime.now(BEIJING).date() - timedelta(days=200)
    status, answer = said(cli, "purge", "--before", str(day), "--dry-run")
    assert (status, answer) == (0, {"purged": False, "before": str(day), "rows": 2})
    assert "2 records" in cli("log", "purge", "--before", str(day), "--dry-run")[1]

    status, out, _ = cli("log", "purge", "--before", str(day), "--why", "half a year")
    assert status == 0
    assert f"2 records from before {day} removed" in out
    assert said(cli, "verify")[0] == 0
    assert [row["callee"] for row in said(cli, "search")[1]["records"]] == ["+86138******02"]
    with Guard.open("callguard.toml") as guard:
        assert [note.why for note in guard.log.notes("purge")] == ["half a year"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_too_early_is_a_no(cli, lang):
    dial(MOBILE, days_ago=100)
    day = datetime.now(BEIJING).date() - timedelta(days=50)
    status, out, err = cli("log", "purge", "--before", str(day), "--lang", lang)
    assert (status, err) == (1, "")
    assert bool(CHINESE.search(out)) is (lang == "zh")
    assert "6" in out

    status, answer = said(cli, "purge", "--before", str(day))
    assert (status, answer["purged"]) == (1, False)
    latest = answer["latest"]
    assert said(cli, "purge", "--before", latest)[0] == 0
    assert said(cli, "search")[1]["count"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("answer", "status", "left"), [(b"n\n", 130, 1), (b"y\n", 0, 0)])
def test_on_a_terminal_it_asks_first(cli, answer, status, left):
    import os
    import pty

    dial(MOBILE, days_ago=250)
    day = str(datetime.now(BEIJING).date() - timedelta(days=200))
    terminal, inside = pty.openpty()
    command = [sys.executable, "-m", "callguard", "log", "purge", "--before", day]
    with subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside) as running:
        os.close(inside)
        os.write(terminal, answer)
        assert running.wait(30) == status
    os.close(terminal)
    assert said(cli, "search")[1]["count"] == left
