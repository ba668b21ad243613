"""`callguard refuse`, `consent` and `callers set`: what is kept, and that every later command honours it."""

import io
import json
import re
import stat
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from callguard import clock
from callguard.cli import commands, helps, refuse_import, words
from callguard.errors import StateError
from callguard.guard import Guard
from callguard.recording import ImportReport
from callguard.sealing import Keyring
from command_line import EXAMPLE, caller, process, quiet

CHINESE = re.compile(r"[\u4e00-\u9fff]")
MOBILE, OTHER = "138 0013 0001", "+8613800130002"
POLICY = """
version = 1
[enterprise]
name = "Xinghe"
scopes = ["brand"]
[state]
[[licences]]
kind = "call-centre"
scope = "national"
issued = 2023-05-01
expires = 2049-01-01
[[callers]]
number = "010-8555-0123"
filed = 2024-01-20
[[callers]]
number = "010-8555-0124"
filed = 2024-01-20
status = "suspended"
[[campaigns]]
name = "notice"
purpose = "service"
callers = ["010-8555-0123"]
honours = ["enterprise"]
[[campaigns]]
name = "vip"
purpose = "service"
callers = ["010-8555-0123"]
require_consent = true
"""


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "callguard.toml").write_text(POLICY, encoding="utf-8")
    return caller(capsys)


def ask(cli, callee=MOBILE, campaign="notice"):
    return json.loads(cli("check", callee, "--campaign", campaign, "--json")[1])["reason"]


def said(cli, *arguments):
    status, out, _ = cli(*arguments, "--json")
    return status, json.loads(out)


# ── one refusal


def test_the_next_command_honours_a_refusal_and_so_does_another_process(cli):
    assert ask(cli) == "allowed"
    status, out, _ = cli("refuse", MOBILE)

    assert status == 0
    assert "refusal kept: 138******01 is not called any more for `enterprise`" in out
    assert ask(cli) == "refused"
    assert process("check", MOBILE, "--campaign", "notice").returncode == 1
    assert ask(cli, OTHER) == "allowed"


def test_for_machines_there_is_the_masked_number_and_when_it_was(cli):
    status, answer = said(cli, "refuse", MOBILE, "--at", "2026-01-05T10:00", "--source", "hotline", "--scope", "brand")

    assert status == 0
    assert answer == {
        "refused": True,
        "callee": "138******01",
        "scope": "brand",
        "at": "2026-01-05T10:00:00+08:00",
        "source": "hotline",
    }
    assert ask(cli) == "allowed"
    assert ask(cli, campaign="vip") == "refused"


def test_a_refusal_ends_by_proof_and_only_by_proof(cli):
    cli("refuse", MOBILE)
    status, _, err = cli("refuse", "--lift", MOBILE)
    assert status == 2
    assert "`--proof` is missing" in err
    assert cli("refuse", "--lift", "--proof", "  ", MOBILE)[0] == 2
    assert cli("consent", MOBILE, "--proof", "a form")[0] == 0
    assert ask(cli) == "refused"

    status, answer = said(cli, "refuse", "--lift", "--proof", "letter of today", MOBILE)
    assert (status, answer) == (0, {"refused": False, "callee": "138******01", "scope": "enterprise"})
    assert ask(cli) == "allowed"
    cli("refuse", MOBILE)
    assert "all refusals of 138******01 for `enterprise` have ended" in cli("refuse", "--lift", "--proof", "letter", MOBILE)[1]


def test_nobody_sees_the_number(cli):
    for arguments in (("refuse", MOBILE), ("refuse", "--lift", "--proof", "x", MOBILE), ("consent", MOBILE, "--proof", "x")):
        for lang in words.LANGUAGES:
            _, out, err = cli(*arguments, "--lang", lang)

            assert "0130001" not in (out + err).replace(" ", "")
            assert bool(CHINESE.search(out)) is (lang == "zh")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["refuse"], "CALLEE is missing"),
        (["refuse", "nobody"], "the number cannot be read"),
        (["refuse", MOBILE, "--scope", "brant"], "no scope is named `brant`; accepted: `enterprise`, `brand`, `notice`"),
        (["refuse", MOBILE, "--scope", "brant"], "did you mean brand?"),
        (["refuse", MOBILE, "--at", "2026-01-05"], "a time is missing"),
        (["refuse", MOBILE, "--proof", "x"], "`--proof` is for `--lift`, which ends a refusal"),
        (["refuse", MOBILE, "--at", "2049-01-05T10:00"], "`--at` is `2049-01-05T10:00`, which lies ahead"),
        (["refuse", MOBILE, "--column", "x"], "`--column` has no use with one CALLEE"),
        (["refuse", MOBILE, "--at-column", "x"], "`--at-column` has no use with one CALLEE"),
        (["refuse", MOBILE, "--lift", "--proof", "x", "--at", "2026-01-05T10:00"], "`--at` has no use with --lift"),
        (["refuse", MOBILE, "--lift", "--proof", "x", "--source", "y"], "`--source` has no use with --lift"),
        (["refuse", "--import", "x.csv", MOBILE], "`CALLEE` has no use with --import"),
        (["refuse", "--import", "x.csv", "--at", "2026-01-05T10:00"], "`--at` has no use with --import"),
        (["refuse", "--import", "x.csv"], "there is no file `x.csv`"),
        (["refuse", "--import", ""], "`--import` is empty"),
        (["refuse", "--import", "."], "is a folder"),
        (["consent", MOBILE], "`--proof` is missing"),
        (
            ["consent", MOBILE, "--proof", "x", "--until", "soon"],
            "`--until` is `soon`; accepted: a day as 2026-11-24, or an instant",
        ),
        (["consent", MOBILE, "--withdraw", "--proof", "x"], "`--proof` has no use with --withdraw"),
        (["consent", "nobody", "--proof", "x"], "the number cannot be read"),
        (["callers", "set", "010-8555-0129", "active"], "`NUMBER` `010-8555-0129` is not among the policy's callers"),
        (["callers", "set", "010-8555-0123", "gone"], "accepted: active, suspended, reclaimed"),
        (["callers", "sett"], "there is no command `callers sett`; did you mean set?"),
    ],
)
def test_what_cannot_be_kept_is_said_in_a_sentence(cli, arguments, text):
    status, out, err = cli(*arguments)

    assert (status, out) == (2, "")
    assert text in err
    assert "0130001" not in err.replace(" ", "")
    assert CHINESE.search(cli(*arguments, "--lang", "zh")[2])
    assert ask(cli) == "allowed"


# ── consent


def test_consent_satisfies_a_campaign_that_asks_for_it_until_it_ends_or_is_withdrawn(cli):
    assert ask(cli, campaign="vip") == "no-consent"
    status, answer = said(cli, "consent", MOBILE, "--proof", "form 4711", "--until", "2048-06-30")
    assert status == 0
    assert answer == {"consented": True, "callee": "138******01", "scope": "enterprise", "until": "2048-07-01T00:00:00+08:00"}
    assert ask(cli, campaign="vip") == "allowed"

    assert said(cli, "consent", MOBILE, "--withdraw")[1] == {"consented": False, "callee": "138******01", "scope": "enterprise"}
    assert ask(cli, campaign="vip") == "no-consent"
    assert "without an end" in cli("consent", MOBILE, "--proof", "form")[1]
    assert said(cli, "consent", MOBILE, "--proof", "form")[1]["until"] is None
    assert "have ended" in cli("consent", MOBILE, "--withdraw")[1]

    _, out, err = cli("consent", MOBILE, "--proof", "form", "--until", "2024-01-31")
    assert "until 2024-01-31" in out
    assert "note: `--until` is past" in err
    assert "past" not in cli("consent", MOBILE, "--proof", "form", "--until", "2048-01-31")[2]
    cli("consent", MOBILE, "--withdraw")
    assert ask(cli, campaign="vip") == "no-consent", "it has ended"


# ── a list of refusals

ROWS = (
    "phone,since,note\r\n"
    "\r\n"
    "138 0013 0001,2026/1/5,x\r\n"
    "nobody,,\r\n"
    '+8613800130002,2026-01-05T10:00+08:00,"two\r\nlines"\r\n'
    "13800130003,2026-13-45,\r\n"
    ",,no number\r\n"
    "13800130004,,\r\n"
)


def put(text, name="refusals.csv", encoding="utf-8"):
    Path(name).write_bytes(text.encode(encoding))
    return name


def test_a_file_is_taken_in_with_a_report_by_line(cli):
    status, answer = said(cli, "refuse", "--import", put(ROWS), "--at-column", "since")

    assert status == 1
    assert answer == {
        "rows": 6,
        "taken": 4,
        "already": 0,
        "skipped_count": 2,
        "skipped": [{"line": 4, "why": "no-number"}, {"line": 8, "why": "no-number"}],
        "undated_count": 1,
        "undated": [7],
        "column": "phone",
        "column_found_by": "header",
        "at_column": "since",
        "encoding": "utf-8",
        "file": "refusals.csv",
        "scope": "enterprise",
        "source": "refusals.csv",
    }
    for i in range(1, 5):
        assert ask(cli, f"1380013000{i}") == "refused"
    assert ask(cli, "13800130005") == "allowed"


def test_the_same_file_again_changes_nothing(cli):
    put("13800130001\n13800130002\n", "numbers.txt")
    status, out, _ = cli("refuse", "--import", "numbers.txt")
    assert status == 0
    assert "2 rows of numbers.txt, refusals for `enterprise`" in out
    assert "2 taken" in out

    status, answer = said(cli, "refuse", "--import", "numbers.txt")
    assert (status, answer["taken"], answer["already"]) == (0, 0, 2)
    out = cli("refuse", "--import", "numbers.txt", "--lang", "zh")[1]
    assert "2 行此前已记录" in out


def test_people_are_told_what_was_skipped_and_why(cli):
    _, out, _ = cli("refuse", "--import", put(ROWS), "--at-column", "since")

    assert "numbers in column `phone`, by its name" in out
    assert "since when: column `since`" in out
    assert "4 taken" in out
    assert "2 skipped, no number: lines 4, 8" in out
    assert "1 taken as of now, the date cannot be read, or lies ahead: line 7" in out


def test_a_chinese_spreadsheets_export_is_read_and_so_is_standard_input(cli, monkeypatch):
    text = "姓名;手机号;时间\n甲;13800130001;2026年1月5日 9:03\n乙;13800130002;2026年1月6日\n"
    status, answer = said(cli, "refuse", "--import", put(text, encoding="gb18030"), "--at-column", "时间", "--scope", "brand")

    assert (status, answer["taken"], answer["undated_count"], answer["scope"]) == (0, 2, 0, "brand")
    assert ask(cli) == "allowed"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"number\n13800130002\n")))
    assert "1 row of standard input, refusals for `enterprise`" in cli("refuse", "--import", "-")[1]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"number\n13800130001\n")))
    status, answer = said(cli, "refuse", "--import", "-")
    assert (status, answer["taken"], answer["source"], answer["file"]) == (0, 1, "import", "-")
    assert ask(cli) == "refused"


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-01-05T10:00:00+09:00", "2026-01-05T09:00:00+08:00"),
        ("2026-01-05T02:00:00Z", "2026-01-05T10:00:00+08:00"),
        ("2026-01-05 10:00", "2026-01-05T10:00:00+08:00"),
        ("2026/1/5 9:03", "2026-01-05T09:03:00+08:00"),
        ("2026.01.05 10:00:01.5", "2026-01-05T10:00:01+08:00"),
        ("2026年1月5日", "2026-01-05T23:59:59+08:00"),
        ("2026-01-05", "2026-01-05T23:59:59+08:00"),
    ],
)
def test_dates_are_read_as_people_write_them_and_a_day_counts_to_its_end(text, when):
    assert refuse_import._instant(text, "Asia/Shanghai") == clock.read_instant(when)


@pytest.mark.parametrize("text", ["soon", "2026-02-30", "5.1.2026", "2026-01-05 25:00", "1999-12-31", "46027", "2049-01-05"])
def test_what_is_no_date_or_lies_ahead_is_told_by_its_line(cli, text):
    status, answer = said(cli, "refuse", "--import", put(f"phone,since\n13800130001,{text}\n"), "--at-column", "since")

    assert (status, answer["taken"], answer["undated"]) == (1, 1, [2])


def test_a_refusal_older_than_a_lift_changes_nothing_and_one_of_the_same_day_does(cli):
    cli("refuse", MOBILE)
    cli("refuse", "--lift", "--proof", "letter", MOBILE)
    cli("refuse", "--import", put("phone,since\n13800130001,2024-01-05\n"), "--at-column", "since")
    assert ask(cli) == "allowed"

    today = datetime.now(timezone(timedelta(hours=8))).date()
    cli("refuse", "--import", put(f"phone,since\n13800130001,{today}\n"), "--at-column", "since")
    assert ask(cli) == "refused", "nobody knows what came first: the cautious reading"


def test_a_large_file_goes_by_batches(cli):
    put("".join(f"139{i:08}\n" for i in range(25_000)), "many.txt")
    status, answer = said(cli, "refuse", "--import", "many.txt")

    assert (status, answer["taken"], answer["rows"]) == (0, 25_000, 25_000)
    assert ask(cli, "13900024999") == "refused"


def test_an_import_that_ends_early_says_what_is_on_record(cli, monkeypatch):
    def fails(self, rows, *, report, **more):
        next(iter(rows))
        report.taken += 10_000
        raise StateError("the disk is full")

    monkeypatch.setattr(Guard, "refuse_many", fails)
    status, out, err = cli("refuse", "--import", put("13800130001\n", "n.txt"))
    assert (status, out) == (2, "")
    assert "the disk is full; 10,000 refusals of the file are on record, and may be taken in again" in err

    def fails_at_once(self, rows, *, report, **more):
        raise StateError("the disk is full")

    monkeypatch.setattr(Guard, "refuse_many", fails_at_once)
    assert cli("refuse", "--import", "n.txt")[2] == "error: the disk is full\n"
    assert ImportReport().taken == 0


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "there is nothing in"),
        (b"PAR1xxxx", "is a Parquet file, not CSV"),
        (b"name,city\nA,B\n", "no column of"),
        (b'phone,x\n13800130001,"never closed\n', "is never closed"),
    ],
)
def test_what_is_no_list_is_told(cli, data, text):
    Path("x.csv").write_bytes(data)
    status, _, err = cli("refuse", "--import", "x.csv")

    assert status == 2
    assert text in err


def test_a_column_may_be_named(cli):
    put("a,b\n13800130001,13800130002\n")

    assert said(cli, "refuse", "--import", "refusals.csv", "--column", "b")[1]["taken"] == 1
    assert (ask(cli), ask(cli, OTHER)) == ("allowed", "refused")
    assert "has no column `z`; it has: " in cli("refuse", "--import", "refusals.csv", "--column", "z")[2]
    assert "has no column `z`" in cli("refuse", "--import", "refusals.csv", "--at-column", "z")[2]


# ── callers


def test_a_callers_status_is_in_force_at_once_and_the_stricter_holds(cli):
    status, answer = said(cli, "callers", "set", "010-8555-0123", "suspended")
    assert status == 0
    assert answer == {"number": "010-8555-0123", "status": "suspended", "policy": "active", "holds": "suspended"}
    assert ask(cli) == "caller-suspended"
    assert cli("callers", "set", "+86 10 8555 0123", "active")[:2] == (0, "✓ 010-8555-0123 is active\n")
    assert ask(cli) == "allowed"

    status, out, err = cli("callers", "set", "010-8555-0124", "active")
    assert status == 1
    assert "010-8555-0124 is active" in out
    assert "the policy says suspended, which is stricter and holds" in err


def test_callers_alone_still_shows_them(cli):
    assert cli("callers", "--at", "2026-11-24T10:00")[0] == 1
    rows = said(cli, "callers")[1]["callers"]
    assert [row["usable"] for row in rows] == [True, False]
    cli("callers", "set", "010-8555-0123", "reclaimed")
    assert said(cli, "callers")[1]["callers"][0]["denied"] == ["caller-reclaimed"]


# ── keys


def test_a_new_key_is_printed_or_written_for_its_owner_alone(cli, tmp_path):
    status, answer = said(cli, "log", "keygen")
    assert status == 0
    assert Keyring.of(answer["key"]).active == answer["id"]
    status, out, err = cli("log", "keygen")
    assert status == 0
    assert Keyring.of(out).active in err

    status, answer = said(cli, "log", "keygen", "--out", "new.key")
    assert (status, answer["out"]) == (0, "new.key")
    path = tmp_path / "new.key"
    text = path.read_text()
    assert Keyring.of(text).active == answer["id"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    status, _, err = cli("log", "keygen", "--out", "new.key")
    assert status == 2
    assert "a key is never overwritten" in err
    assert path.read_text() == text
    _, out, err = cli("log", "keygen", "--out", "other.key")
    assert (tmp_path / "other.key").read_text().strip() not in out + err
    assert cli("log", "keygen", "--out", "nowhere/x.key")[0] == 2


# ── the state


def test_state_that_cannot_be_is_one_sentence(cli, tmp_path):
    (tmp_path / "state").write_text("not a folder")
    for arguments in (("refuse", MOBILE), ("check", MOBILE, "--campaign", "notice"), ("callers",)):
        status, out, err = cli(*arguments)

        assert (status, out) == (2, "")
        assert err.startswith("error: ")
        assert err.count("\n") == 1
        assert "Traceback" not in err
    assert list(said(cli, "refuse", MOBILE)[1]) == ["error"]


def test_nothing_is_left_open(cli):
    before = set(threading.enumerate())
    for arguments in (("refuse", MOBILE), ("refuse", "nobody"), ("lists",), ("callers",), ("licences",)):
        cli(*arguments)
        assert set(threading.enumerate()) == before, arguments


def test_the_states_folder_is_its_owners(cli, tmp_path):
    cli("refuse", MOBILE)

    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in (tmp_path / "state").iterdir() if path.is_file())


# ── help, completion, the reference

BELOW = [
    ("callers", "set"),
    *(("log", name) for name in ("verify", "search", "export", "replay", "purge", "keygen")),
    ("permit", "keygen"),
    ("permit", "check"),
]


@pytest.mark.parametrize("path", BELOW)
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_help_of_the_commands_below_is_in_both_languages(cli, path, lang):
    status, out, _ = cli("--lang", lang, *path, "--help")

    assert status == 0
    assert all(line in out for line in helps.EXAMPLES[" ".join(path)])
    assert words.Words(lang)("exit-status") in out
    assert bool(CHINESE.search(out)) is (lang == "zh")
    assert path[1] in cli("--lang", lang, path[0], "--help")[1]


@pytest.mark.parametrize("path", BELOW)
def test_every_command_below_and_its_options_stand_in_the_reference(path):
    told = (EXAMPLE.parent.parent / "docs" / "reference" / "cli.md").read_text("utf-8")
    group = commands.Group(words.Words("en")).get_command(None, path[0])

    assert re.search(rf"\| `{' '.join(path)}[ `]", told)
    for param in group.get_command(None, path[1]).params:
        for option in param.opts:
            assert option[:2] != "--" or re.search(rf"`{option}[ `]", told), option


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("refuse 1 --scope b", b"brand"),
        ("callers set 010", b"010-8555-0124"),
        ("callers set 010-8555-0123 re", b"reclaimed"),
        ("log se", b"search"),
        ("log search --campaign v", b"vip"),
        ("log search --reason calling", b"calling-window"),
        ("refuse --import r", b"file"),
        ("--policy nowhere.toml refuse 1 --scope b", b""),
    ],
)
def test_the_shell_completes_what_the_policy_knows(cli, line, found):
    typed = f"callguard {line}".split()
    done = process(
        _CALLGUARD_COMPLETE="bash_complete", COMP_WORDS=" ".join(typed), COMP_CWORD=str(len(typed) - 1), PWD=str(Path.cwd())
    )

    assert done.stderr == b""
    assert found in done.stdout
    assert done.stdout or not found
