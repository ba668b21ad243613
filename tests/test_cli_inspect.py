"""`callguard inspect`."""

import json
import time
from contextlib import contextmanager
from datetime import date
from types import SimpleNamespace

import pytest

from callguard import Guard, clock
from callguard.cli.phases import Phases
from callguard.testing import FrozenClock
from command_line import POLICY, caller, quiet
from inspections import BEIJING, CALLER, changed
from worlds import render

XINGHE = ("inspect", "--policy", POLICY, "--on", "2026-11-24")
KEY = "00" * 32


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLGUARD_LOG_KEY", KEY)
    return caller(capsys)


def write(tmp_path, change=None, **sections):
    file = tmp_path / "callguard.toml"
    file.write_text(render(changed(change, **sections)), "utf-8")
    return file


def call(guard):
    return guard.attempt(BEIJING, caller=CALLER, campaign="notice")


def test_an_inspection_for_machines(cli):
    status, out, err = cli(*XINGHE, "--no-log", "--json")
    found = json.loads(out)

    assert (status, err) == (1, "")
    assert (found["on"], found["until"], found["enterprise"]) == ("2026-11-24", "2027-02-22", "Xinghe Education")
    stop = next(each for each in found["remarks"] if each["severity"] == "will-stop")
    assert stop == {
        "id": "number-filing-30-days",
        "severity": "will-stop",
        "what": "caller",
        "name": "021-8555-0101",
        "campaigns": ["parent-survey"],
        "day": "2026-12-11",
        "opens": None,
        "resumes": None,
        "reason": "caller-unfiled",
        "rule": "number-filing-30-days",
        "rows": [53],
        "title": "Numbers are filed within 30 days",
        "text": "The caller number has not been filed in time, or has not been obtained yet.",
        "mend": "File the number with the local communications administration, and write the day to `filed`.",
        "citation": stop["citation"],
        "facts": {"obtained": "2026-11-10", "filed": None, "today": "2026-12-11", "day": 31, "days_allowed": 30},
    }
    assert stop["citation"].startswith("Source article, 3(2)")
    assert found["counts"] == {name: sum(r["severity"] == name for r in found["remarks"]) for name in found["counts"]}


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        (
            "en",
            [
                "Xinghe Education on 2026-11-24",
                "Calls will be denied (1)",
                "from 2026-12-11",
                "Source article, 3(2), row 53",
                "1 stops-calls",
            ],
        ),
        (
            "zh",
            [
                "Xinghe Education: 2026-11-24, 至 2027-02-22",
                "即将被拒绝的呼叫 (1)",
                "自 2026-12-11",
                "来源文章三(二), 规则第 53 项",
                "目前被拒绝 1 项、即将被拒绝 1 项",
                "并非法律条文的条号",
                "到当地通信管理局备案",
            ],
        ),
    ],
)
def test_an_inspection_for_people(cli, lang, wanted):
    status, out, _ = cli(*XINGHE, "--no-log", "--lang", lang)

    assert status == 1
    assert [text for text in wanted if text not in out] == []
    assert "021-8555-0101" in out, "the number is the enterprise's own"
    titles = [each["title"] for each in json.loads(cli(*XINGHE, "--no-log", "--lang", lang, "--json")[1])["remarks"]]
    flat = "".join(out.split())
    assert [title for title in titles if "".join(title.split()) not in flat] == []


def test_only_what_is_bad_enough_is_shown_and_the_rest_counted(cli):
    _, out, _ = cli(*XINGHE, "--no-log", "--severity", "will-stop")
    assert "Against the rules" not in out
    assert "not shown: `--severity note` shows all" in out
    found = json.loads(cli(*XINGHE, "--no-log", "--severity", "will-stop", "--json")[1])
    assert {each["severity"] for each in found["remarks"]} == {"stops-calls", "will-stop"}
    assert found["counts"]["violation"] == 2


def test_looking_ahead_says_what_will_stop(cli):
    found = json.loads(cli("inspect", "--policy", POLICY, "--no-log", "--on", "2028-02-15", "--days", "90", "--json")[1])
    stops = {each["id"]: each["day"] for each in found["remarks"] if each["severity"] == "will-stop"}

    assert stops["call-center-licence-validity"] == "2028-05-01"
    assert "call-center-licence-validity" not in {
        each["id"] for each in json.loads(cli("inspect", "--policy", POLICY, "--no-log", "--on", "2028-02-01", "--days", "89", "--json")[1])["remarks"]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fail_on", "status"),
    [((), 0), (("--fail-on", "due"), 0), (("--fail-on", "unknown"), 1), (("--fail-on", "note"), 1)],
)
def test_the_exit_status_says_whether_something_is_as_bad_as_is_asked(cli, tmp_path, fail_on, status):
    file = write(tmp_path, lambda t: t["callers"][0].pop("channel"))

    assert cli("inspect", "--policy", str(file), "--on", "2026-06-01", *fail_on)[0] == status


def test_nothing_is_made_where_there_is_no_state(cli, tmp_path):
    file = write(tmp_path)
    status, out, err = cli("inspect", "--policy", str(file), "--on", "2026-06-01")

    assert status == 0
    assert "there is no state at" in err
    assert not (tmp_path / "state").exists()
    assert "note" in out


def test_state_and_log_are_looked_at_where_they_are(cli, tmp_path):
    file = write(tmp_path)
    with Guard.open(file, clock=FrozenClock("2026-06-01T10:00:00+08:00")) as guard, call(guard) as attempt:
        attempt.outcome("answered")
    status, out, err = cli("inspect", "--policy", str(file), "--on", "2026-06-01", "--json")
    found = {each["id"]: each for each in json.loads(out)["remarks"]}

    assert (status, err) == (0, "")
    assert found["log-summary"]["facts"]["allowed"] == 1
    assert "log-summary" not in cli("inspect", "--policy", str(file), "--on", "2026-06-01", "--no-log")[1]


@pytest.mark.parametrize("key", ["11" * 32, None])
def test_a_state_that_cannot_be_read_is_said_and_ends_with_two(cli, tmp_path, monkeypatch, key):
    file = write(tmp_path)
    with Guard.open(file, clock=FrozenClock("2026-06-01T10:00:00+08:00")) as guard:
        with call(guard):
            pass
        guard.refuse(BEIJING)
    if key is None:
        monkeypatch.delenv("CALLGUARD_LOG_KEY")
    else:
        monkeypatch.setenv("CALLGUARD_LOG_KEY", key)
    status, out, _ = cli("inspect", "--policy", str(file), "--on", "2026-06-01", "--json")

    assert status == 2
    assert "state-unknown" in {each["id"] for each in json.loads(out)["remarks"]}
    assert KEY not in out
    assert cli("inspect", "--policy", str(file), "--on", "2026-06-01", "--no-log")[0] == 0


def test_a_file_where_the_state_should_be_is_said_and_ends_with_two(cli, tmp_path):
    file = write(tmp_path)
    (tmp_path / "state").write_text("x", "utf-8")
    status, out, err = cli("inspect", "--policy", str(file), "--on", "2026-06-01", "--json")

    assert status == 2
    assert "state-unknown" in {each["id"] for each in json.loads(out)["remarks"]}
    assert "there is no state" not in err


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_key_that_cannot_be_had_here_is_said_before_there_is_a_state(cli, tmp_path, monkeypatch, lang):
    file = write(tmp_path)
    monkeypatch.delenv("CALLGUARD_LOG_KEY")
    status, out, _ = cli("inspect", "--policy", str(file), "--on", "2026-06-01", "--json", "--lang", lang)
    (unknown,) = (each for each in json.loads(out)["remarks"] if each["id"] == "state-unknown")

    assert status == 2
    assert "call_log.key_env" in unknown["text"]
    assert lang == "en" or "所写的密钥无法取得" in unknown["text"]
    assert cli("inspect", "--policy", str(file), "--on", "2026-06-01", "--no-log")[0] == 0
    file = write(tmp_path, call_log={"key_env": "CALLGUARD_LOG_KEY", "enabled": False})
    assert "state-unknown" not in cli("inspect", "--policy", str(file), "--on", "2026-06-01")[1]


def test_a_key_file_that_is_not_there_fails_in_ci(cli, tmp_path):
    file = write(tmp_path, call_log={"key_file": "nokey.key"})
    status, out, _ = cli("inspect", "--policy", str(file), "--on", "2026-06-01", "--no-log", "--json")
    (unread,) = (each for each in json.loads(out)["remarks"] if each["id"] == "key-unread")

    assert status == 1
    assert unread["severity"] == "stops-calls"
    assert "nokey.key" in unread["text"]


def test_in_chinese_ids_have_their_titles_and_counts_their_words(cli, tmp_path):
    def wanting(tables):
        tables["enterprise"].update(registered_capital=1, paid_in_capital=1, branch=True)
        tables["licences"][0].pop("annual_reports")
        tables["changes"] = [{"what": "legal-representative", "changed": date(2026, 5, 11)}]
        tables["campaigns"] = [{"name": "robot", "purpose": "service", "automated": True}]

    file = write(tmp_path, wanting)
    asked = ("inspect", "--policy", str(file), "--on", "2026-06-01", "--no-log", "--lang", "zh")
    out = cli(*asked)[1]

    for id_ in ("national-capital", "call-centre\n", "legal-representative", "branch-authorization", " stops-calls", " due"):
        assert id_ not in out
    for name in ("注册资本", "呼叫中心", "法定代表人", "总公司授权", "filing-missing 缺少备案", "不迟于 2026-06-10"):
        assert name in out
    assert {"national-capital", "call-centre", "legal-representative"} <= {
        each["name"] for each in json.loads(cli(*asked, "--json")[1])["remarks"]
    }


def test_a_bar_is_shown_from_a_second_of_work_on(monkeypatch):
    shown, clocks = [], iter([10.0, 10.5, 11.1, 11.2, 12.0])

    class Desk:
        words = staticmethod(lambda key: key)

        @contextmanager
        def progress(self, title, total):
            shown.append((title, total))
            yield lambda done, rows: shown.append(done)

    monkeypatch.setattr("callguard.cli.phases.time", SimpleNamespace(monotonic=lambda: next(clocks)))
    with Phases(Desk(), "inspect", worth=0, after=1.0) as progress:
        progress(1, 9, "checking")
        progress(2, 9, "checking")
        progress(3, 9, "checking")
        progress(1, 9, "reading")

    assert shown == [("inspect-checking", 9), 2, 3, ("inspect-reading", 9), 1]


def test_the_log_is_looked_at_with_a_bar_however_short_it_is(cli, tmp_path, monkeypatch):
    file, asked = write(tmp_path), []
    with Guard.open(file, clock=FrozenClock("2026-06-01T10:00:00+08:00")) as guard, call(guard):
        pass
    made = Phases.__init__
    monkeypatch.setattr(Phases, "__init__", lambda self, *args, **more: (asked.append(more), made(self, *args, **more))[1])
    cli("inspect", "--policy", str(file), "--on", "2026-06-01")

    assert {"worth": 0, "after": 1.0} in asked


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--on", "tomorrow"), "`--on` is `tomorrow`; accepted: YYYY-MM-DD"),
        (("--on", ""), "accepted: YYYY-MM-DD"),
        (("--on", "1999-01-01"), "`--on` is a day from 2000-01-02 to 2049-12-31"),
        (("--days", "-1"), "`--days` takes a whole number, 0 to 3,660"),
        (("--severity", "bad"), "`--severity` is `bad`; accepted: stops-calls"),
    ],
)
def test_what_cannot_be_inspected_ends_with_two(cli, options, complaint):
    status, _, err = cli("inspect", "--policy", POLICY, "--no-log", *options)

    assert status == 2
    assert complaint in err


def test_a_policy_that_cannot_be_read_ends_with_two(cli, tmp_path):
    file = tmp_path / "callguard.toml"
    file.write_text("version = 2\n", "utf-8")

    assert cli("inspect", "--policy", str(file))[0] == 2
    assert cli("inspect", "--policy", str(tmp_path / "none.toml"))[0] == 2


def test_a_table_of_rest_days_that_cannot_be_read_ends_with_two(cli, tmp_path):
    file = write(tmp_path, calendar={"overrides": "days.toml"})
    status, _, err = cli("inspect", "--policy", str(file), "--no-log")

    assert status == 2
    assert "days.toml" in err


def test_the_day_is_today_s_of_the_enterprise_unless_it_is_named(cli, tmp_path):
    file = write(tmp_path)

    def today():
        return clock.local("Asia/Shanghai", time.time())[0].isoformat()

    before = today()
    found = json.loads(cli("inspect", "--policy", str(file), "--no-log", "--json")[1])

    assert before <= found["on"] <= today()
