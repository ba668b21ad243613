"""`callguard init`, `lists` and `callers`."""

import io
import json
import stat

import pytest

from callguard import Policy
from callguard.cli import init as init_command
from callguard.sealing import Keyring
from command_line import XINGHE, caller, quiet


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return caller(capsys)


FLAGS = (
    *(
        "--name",
        'Xinghe "Education" \\ 星河',
        "--sector",
        "education",
        "--purpose",
        "marketing",
        "--campaign",
        "spring",
        "--ai",
    ),
    *("--call-centre-issued", "2023-05-01", "--sector-issued", "2022-01-01", "--ai-filed", "2025-01-10"),
    *("--caller", "010-8555-0100", "--caller", "400-855-0100", "--obtained", "2025-01-05", "--filed", "2025-01-20"),
)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("sector", init_command.SECTORS)
@pytest.mark.parametrize("purpose", init_command.PURPOSES)
def test_any_draft_is_a_policy(cli, tmp_path, lang, sector, purpose):
    for i, more in enumerate(
        [
            (),
            ("--ai",),
            ("--province", "广东", "--province", "CN-BJ", "--call-centre-issued", "2023-05-01"),
            ("--caller", "010-8555-0100", "--obtained", "2026-01-05"),
            () if sector == "general" else ("--sector-issued", "2025-01-01"),
            ("--region", "SG", "--caller", "+65 8155 0100"),
            ("--region", "US", "--timezone", "America/New_York"),
        ]
    ):
        path = tmp_path / f"{i}.toml"
        status, _, err = cli("init", str(path), "--yes", "--sector", sector, "--purpose", purpose, "--lang", lang, *more)

        assert status == 0
        assert "callguard.key" in err
        assert len(err.splitlines()) == 1, "nothing else is noted"
        assert Policy.load(path).campaigns[0].purpose == purpose


def test_what_the_flags_say_stands_in_the_policy(cli, tmp_path):
    status, out, _ = cli("init", "--yes", "--national", *FLAGS)
    policy = Policy.load(tmp_path / "callguard.toml")

    assert status == 0
    assert "callguard explain" in out
    assert policy.enterprise.name == 'Xinghe "Education" \\ 星河'
    assert [licence.kind for licence in policy.licences] == ["call-centre", "school"]
    assert policy.licences[0].scope == "national"
    assert [filing.kind for filing in policy.filings] == ["ai"]
    assert [caller.number for caller in policy.callers] == ["010-8555-0100", "400-855-0100"]
    assert policy.campaigns[0].automated
    assert policy.campaigns[0].academic_tutoring

    answer = json.loads(cli("check", "13800130100", "--caller", "010-8555-0100", "--at", "2026-11-24T10:00", "--json")[1])
    assert answer["allowed"]


def test_every_key_that_stands_there_as_a_comment_can_be_uncommented(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("CALLGUARD_LOG_KEY", "00" * 32)
    cli("init", "--yes", "--sector", "education", "--ai", "--caller", "010-8555-0100")
    path = tmp_path / "callguard.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    keys = [
        line.removeprefix("# ") if line.startswith(("# [", "# [[")) or " = " in line.partition("#")[2] else line for line in lines
    ]
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "complaints.csv").write_text("number\n", encoding="utf-8")
    path.write_text("\n".join(keys), encoding="utf-8")
    policy = Policy.load(path)

    assert [licence.kind for licence in policy.licences] == ["call-centre", "school"]
    assert policy.lists
    assert policy.state
    assert policy.call_log
    assert policy.campaigns[0].windows


def test_it_says_what_is_missing(cli):
    _, out, _ = cli("init", "--yes")

    assert "`licence-missing`" in out
    assert "`caller-unknown`" in out
    answer = json.loads(cli("init", "--json", "--force", "--sector", "finance", "--ai")[1])
    assert answer["missing"] == ["call-centre", "sector", "ai", "callers"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_key_lies_beside_the_policy_and_is_never_written_over(cli, tmp_path, lang):
    _, out, err = cli("init", "--yes", "--lang", lang, *FLAGS)
    path = tmp_path / "callguard.key"
    key = path.read_text(encoding="ascii")
    policy = Policy.load(tmp_path / "callguard.toml")

    assert "callguard.key" in out
    assert key.strip() not in out + err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert policy.call_log.key_file == path
    assert len(Keyring.find(policy.call_log).ids) == 1

    status, out, _ = cli("init", "--yes", "--force", "--lang", lang)
    assert status == 0
    assert "is there already, and is the key" in out or "继续用作密钥" in out
    assert path.read_text(encoding="ascii") == key
    answer = json.loads(cli("init", "other.toml", "--json")[1])
    assert (answer["path"], answer["key"], answer["key_is_new"]) == ("other.toml", "callguard.key", False)


def test_what_it_wrote_keeps_state_and_log_at_once(cli):
    cli("init", "--yes", "--national", *FLAGS)

    assert cli("refuse", "13800130100")[0] == 0
    answer = json.loads(cli("check", "13800130100", "--caller", "010-8555-0100", "--json")[1])
    assert answer["reason"] == "refused"
    assert json.loads(cli("log", "verify", "--json")[1])["sound"]


def test_in_a_work_tree_of_git_it_says_what_to_ignore(cli, tmp_path):
    assert ".gitignore" not in cli("init", "--yes")[2]
    (tmp_path / ".git").mkdir()
    assert "in .gitignore belong: callguard.key, state/" in cli("init", "--yes", "--force")[2]


def test_it_does_not_overwrite_unless_told(cli, tmp_path):
    path = tmp_path / "callguard.toml"
    path.write_text("mine", encoding="utf-8")
    status, _, err = cli("init", "--yes")

    assert status == 2
    assert "--force" in err
    assert path.read_text(encoding="utf-8") == "mine"
    assert cli("init", "--yes", "--force")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--sector", "schools"), "`--sector` is `schools`; accepted: general, education, finance, healthcare"),
        (("--purpose", "selling"), "accepted: marketing, service"),
        (("--call-centre-issued", "1 May"), "accepted: YYYY-MM-DD"),
        (("--region", "US"), "America/New_York"),
        (("--caller", "010-8555-0100", "--caller", "01085550100"), "010"),
        (("--caller", "010-12"), "`--caller` is `010-12`; accepted: fixed, mobile, virtual"),
        (("--province", "XX"), "accepted: provinces of the mainland"),
        (("--region", "Guangdong"), "accepted: a country"),
        (("--region", "US", "--timezone", "New York"), "America/New_York"),
        (("--national", "--province", "CN-GD"), "exclude each other"),
        (("--region", "SG", "--filed", "2026-01-01"), "`--filed` has no use with --region SG"),
        (("--sector-issued", "2026-01-01"), "`--sector-issued` has no use with --sector general"),
        (("--ai-filed", "2026-01-01"), "`--ai-filed` has no use with --no-ai"),
        (("--obtained", "2026-01-01"), "`--obtained` has no use with no `--caller`"),
        (("--caller", "010-8555-0100", "--obtained", "2026-02-01", "--filed", "2026-01-01"), "filed"),
    ],
)
def test_what_cannot_be_a_policy_is_not_written(cli, tmp_path, arguments, said):
    status, _, err = cli("init", "--yes", *arguments)

    assert status == 2
    assert said in err
    assert "line" not in err
    assert not (tmp_path / "callguard.toml").exists()


def test_it_asks_again_until_it_can_read_the_answer(cli, tmp_path, monkeypatch):
    answers = ["Xinghe", "CN", "selling", "marketing", "education", "", "y", "1 May", "2023-05-01", "广东、北京"]
    answers += ["2022-01-01", "2025-01-10", "010-8555-0100", "2025-01-05", ""]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(answers) + "\n"))
    status, out, _ = cli("init")
    policy = Policy.load(tmp_path / "callguard.toml")

    assert status == 0
    assert "`selling`: accepted: marketing" in out
    assert "`1 May`: accepted: YYYY-MM-DD" in out
    assert policy.licences[0].provinces == ("CN-GD", "CN-BJ")
    assert policy.callers[0].filed is None
    assert policy.campaigns[0].name == "marketing"


def answered(cli, monkeypatch, answers, *arguments):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(answers) + "\n"))
    return cli("init", *arguments)


def test_each_answer_is_tried_at_its_prompt(cli, tmp_path, monkeypatch):
    answers = ["星河", "XX", "中国", "营销", "金融", "", "是", "2023-05-01", "Atlantis", "广东"]
    answers += ["2022-01-01", "2025-01-10", "12", "010-8555-0100", "2025-01-05", "2025-01-01", "2025-01-20"]
    status, out, _ = answered(cli, monkeypatch, answers, "--lang", "zh")
    policy = Policy.load(tmp_path / "callguard.toml")

    assert status == 0
    assert out.count("可接受") == 4
    assert (policy.campaigns[0].purpose, policy.campaigns[0].sector, policy.campaigns[0].automated) == (
        "marketing",
        "finance",
        True,
    )
    assert policy.callers[0].filed.isoformat() == "2025-01-20"


def test_a_region_of_several_zones_is_asked_for_its_zone(cli, tmp_path, monkeypatch):
    answers = ["A", "US", "", "Nowhere/At_All", "America/Chicago", "service", "", "", "n", "+1 202 555 0123"]
    status, out, _ = answered(cli, monkeypatch, answers)
    text = (tmp_path / "callguard.toml").read_text(encoding="utf-8")

    assert status == 0
    assert Policy.load(tmp_path / "callguard.toml").enterprise.timezone == "America/Chicago"
    assert "callguard explain '+1 202 555 0100' --campaign service --caller '+1 202 555 0123'" in out
    assert not any("\u4e00" <= c <= "\u9fff" for c in text)
    assert "010-" not in text
    assert "callguard.key" in text


def test_an_end_of_answers_is_no_answer(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("Xinghe\n"))

    assert cli("init")[0] == 2
    assert not (tmp_path / "callguard.toml").exists()


def xinghe(cli, *arguments):
    return cli(*arguments, "--policy", str(XINGHE / "callguard.toml"))


def test_lists_says_what_was_read_and_what_was_not(cli):
    status, out, _ = xinghe(cli, "lists", "--json", "--at", "2026-11-24T10:00")
    (found,) = json.loads(out)["lists"]

    assert status == 1
    assert (found["rows"], found["kept"], found["skipped"], found["undated"]) == (152, 150, [42, 92], [])
    assert found["until"] == {"earliest": "2026-10-01T00:00:00+08:00", "latest": "2027-05-01T00:00:00+08:00"}
    assert found["campaigns"] == ["spring-course", "parent-survey"]
    assert found["held"] < found["kept"]

    _, table, _ = xinghe(cli, "lists")
    assert "lines 42, 92" in table
    assert "2027-04-30" in table


def test_a_list_that_was_wholly_read_is_a_yes(cli, tmp_path):
    (tmp_path / "a.txt").write_text("13800130100\n", encoding="utf-8")
    policy = tmp_path / "callguard.toml"
    head = 'version = 1\n[enterprise]\nname = "A"\n'
    policy.write_text(head + '[[lists]]\nname = "a"\npath = "a.txt"\n', encoding="utf-8")
    assert cli("lists")[0] == 0

    policy.write_text(head, encoding="utf-8")
    assert cli("lists")[:2] == (0, "the policy has no suppression list\n")
    assert cli("callers")[:2] == (0, "the policy has no caller number\n")

    policy.write_text(head + '[[lists]]\nname = "a"\npath = "b.txt"\n', encoding="utf-8")
    assert cli("lists")[0] == 2


@pytest.mark.parametrize(
    ("day", "denied", "filing", "said"),
    [
        ("2026-11-09", True, "not-obtained", "obtained only on 2026-11-10"),
        ("2026-11-10", False, "due", "due in 30 days, by 2026-12-10"),
        ("2026-12-09", False, "due", "due tomorrow, 2026-12-10"),
        ("2026-12-10", False, "due", "due today"),
        ("2026-12-11", True, "overdue", "overdue since 2026-12-11"),
    ],
)
def test_callers_counts_the_days_to_the_filing(cli, day, denied, filing, said):
    given, out, _ = xinghe(cli, "callers", "--json", "--at", f"{day}T23:59:59")
    rows = {row["number"]: row for row in json.loads(out)["callers"]}

    assert given == 1
    assert rows["170 0000 0100"]["denied"] == ["log-required"]
    assert rows["021-8555-0101"]["usable"] is not denied
    assert rows["021-8555-0101"]["filing"] == filing
    assert rows["010-8555-0100"]["filing"] == "filed"
    assert rows["010-8555-0100"]["campaigns"] == ["spring-course", "parent-survey"]
    assert said in " ".join(xinghe(cli, "callers", "--at", f"{day}T00:00")[1].split())

    decision = json.loads(
        xinghe(
            cli,
            "check",
            "13800130100",
            "--campaign",
            "parent-survey",
            "--caller",
            "021-8555-0101",
            "--at",
            f"{day}T11:00",
            "--json",
        )[1]
    )
    assert (decision["reason"] == "caller-unfiled") is denied
