"""The command line: answers, exit statuses, errors, languages."""

import json
import re

import pytest

from callguard.cli import helps, texts, words
from callguard.cli.commands import COMMANDS
from callguard.cli.desk import masked
from command_line import LINE, OPEN, POLICY, SHUT, XINGHE, caller, process, quiet

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def cli(capsys, monkeypatch):
    quiet(monkeypatch)
    return caller(capsys)


def test_yes_is_0_and_no_is_1(cli):
    assert cli("check", "138 0013 0100", *LINE, "--at", OPEN)[0] == 0
    assert cli("check", "138 0013 0100", *LINE, "--at", SHUT)[0] == 1


def test_check_prints_one_decision_for_machines(cli):
    status, out, err = cli("check", "13800130100", *LINE, "--at", SHUT, "--json")
    answer = json.loads(out)

    assert (status, err) == (1, "")
    assert list(answer) == ["allowed", "reason", "rule", "message", "retry_at", "holds_until", "provisional"]
    assert answer["allowed"] is False
    assert answer["reason"] == "calling-window"
    assert answer["rule"] == "marketing-hours"
    assert answer["retry_at"] == "2026-11-25T08:00:00+08:00"
    assert answer["provisional"] is False


def test_an_allowed_call_has_no_rule_and_no_retry(cli):
    answer = json.loads(cli("check", "13800130100", *LINE, "--at", OPEN, "--json")[1])

    assert (answer["allowed"], answer["reason"], answer["rule"], answer["retry_at"]) == (True, "allowed", None, None)
    assert answer["holds_until"] == "2026-11-24T21:00:00+08:00"


def test_people_read_the_sentence_the_law_and_when_to_try_again(cli):
    _, out, _ = cli("check", "13800130100", *LINE, "--at", "2026-10-01T10:00+08:00")

    assert "may not be called" in out
    assert "Academic-subject tutoring is not marketed" in out
    assert "rticle, 2(1)" in out
    assert "pass from Thu 2026-10-08 08:00:00 +08:00" in out


def test_no_output_holds_the_number(cli):
    for command in ("check", "explain"):
        for lang in words.LANGUAGES:
            _, out, err = cli(command, "13800130100", *LINE, "--at", SHUT, "--lang", lang)

            assert "13800130100" not in out + err
            assert "0130100" not in out + err


def test_an_instant_without_an_offset_is_the_enterprises(cli):
    assert cli("check", "13800130100", *LINE, "--at", "2026-11-24T20:59:59")[0] == 0
    assert cli("check", "13800130100", *LINE, "--at", "2026-11-24 21:00:00")[0] == 1


def test_an_instant_that_cannot_be_is_told_why(cli):
    def said(text):
        return cli("check", "13800130100", *LINE, "--at", text)[2]

    assert "a time is missing, as in 2026-11-25T10:00" in said("2026-11-25")
    assert "2000 to 2049" in said("1999-12-31T10:00")
    assert "2000 to 2049" in said("2050-01-01T10:00")
    assert "`20261124100000`" in said("20261124100000")


def test_a_caller_that_is_not_the_policys_is_noted_and_decided(cli):
    line = ("--campaign", "spring-course", "--caller", "010-8555-0109", "--policy", POLICY)
    status, out, err = cli("check", "13800130100", *line, "--at", OPEN)

    assert status == 1
    assert "caller-unknown" in out
    assert "`--caller` `010-8555-0109` is not among the policy's callers" in err
    assert "did you mean 010-8555-0100?" in err
    assert "010-8555-0109" in cli("scrub", str(XINGHE / "leads.csv"), *line, "--out", "/dev/null")[2]


def test_callers_are_shown_where_one_is_to_be_chosen(cli):
    _, _, err = cli("check", "13800130100", "--campaign", "class-notice", "--policy", POLICY)

    assert "`400-855-0100`" in err
    assert "13800130100" not in err


def test_the_bare_command_shows_its_help(cli):
    status, out, err = cli()

    assert (status, err) == (0, "")
    assert out == cli("--help")[1]


def test_chinese_has_its_own_words_for_what_rules_see(cli):
    at = ("--at", "2026-11-24T10:00", "--lang", "zh")
    _, out, err = cli("explain", "13800130100", *LINE, *at)

    for said in (
        "spring-course  营销, 教育",
        "种类 固定电话",
        "状态 有效",
        "不呼叫地区 CN-XJ",
        "每 1 天",
        "周二 10:00:00",
        "此结论有效至",
    ):
        assert said in out
    assert "第 42, 92 行" in err
    assert "跳过 2 行: 第 42, 92 行" in cli("lists", "--policy", POLICY, "--lang", "zh")[1]
    assert "没有名为 `x` 的活动" in cli("check", "1", "--campaign", "x", "--policy", POLICY, "--lang", "zh")[2]


def test_licences_says_how_long_each_is_valid(cli):
    def asked(*arguments):
        return cli("licences", "--policy", POLICY, *arguments)

    status, out, _ = asked("--json", "--at", "2026-11-24T10:00")
    answer = json.loads(out)

    assert status == 0
    assert answer["licences"][0] == {
        "kind": "call-centre",
        "number": "B2-20230001",
        "since": "2023-05-01",
        "last_day": "2028-04-30",
        "days_left": 523,
        "status": "valid",
    }
    assert [row["kind"] for row in answer["filings"]] == ["ai", "cross-border"]
    assert asked("--at", "2028-04-30T23:59:59")[0] == 0
    status, table, _ = asked("--at", "2028-05-01T00:00")
    assert status == 1
    assert "ended" in table
    assert "呼叫中心许可证" in asked("--lang", "zh")[1]


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-24", "2026-13-01T10:00", "1999-01-01T00:00Z", "2050-01-01T00:00Z", ""])
def test_what_is_no_instant_is_not_answered(cli, text):
    status, _, err = cli("check", "13800130100", *LINE, "--at", text)

    assert status == 2
    assert f"`--at` is `{text}`; accepted:" in err


def test_a_place_is_taken_and_a_wrong_one_is_not_answered(cli):
    told = cli("check", "13800130100", *LINE, "--at", OPEN, "--place", "新疆", "--json")
    wrong = cli("check", "13800130100", *LINE, "--at", OPEN, "--place", "US-FL")

    assert json.loads(told[1])["reason"] == "region-blocked"
    assert wrong[0] == 2
    assert "error:" in wrong[2]


def test_explain_shows_every_rule_in_order(cli):
    status, out, _ = cli("explain", "13800130100", *LINE, "--at", SHUT, "--json")
    answer = json.loads(out)
    statuses = {finding["status"] for finding in answer["findings"]}

    assert status == 1
    assert len(answer["findings"]) > 30
    assert statuses == {"passes", "denies", "does-not-apply"}
    assert answer["decision"]["rule"] == next(f["rule"] for f in answer["findings"] if f["status"] == "denies")
    assert answer["next_allowed"] == "2026-11-25T08:00:00+08:00"
    assert all(finding["citation"] for finding in answer["findings"])

    _, table, _ = cli("explain", "13800130100", *LINE, "--at", SHUT)

    assert [finding["rule"] for finding in answer["findings"] if finding["rule"] not in table] == []
    assert table.index("may not be called") < table.index("invalid-number")


@pytest.mark.parametrize("width", [80, 100, 140])
def test_a_table_fits_its_terminal(cli, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = cli("explain", "13800130100", *LINE, "--at", SHUT)

    assert max(map(len, out.splitlines())) <= width
    assert not any(line.endswith(" ") for line in out.splitlines())


def test_campaign_and_caller_may_be_left_out_where_there_is_one(cli, tmp_path):
    policy = tmp_path / "one.toml"
    policy.write_text(
        'version = 1\n[enterprise]\nname = "A"\n[[callers]]\nnumber = "010-8555-0100"\n'
        '[[campaigns]]\nname = "only"\npurpose = "survey"\n',
        encoding="utf-8",
    )

    assert json.loads(cli("check", "13800130100", "--policy", str(policy), "--json")[1])["reason"] == "caller-unfiled"

    status, _, err = cli("check", "13800130100", "--policy", POLICY)
    assert status == 2
    assert "`spring-course`, `class-notice`, `parent-survey`" in err

    status, _, err = cli("check", "13800130100", "--policy", POLICY, "--campaign", "class-notice")
    assert status == 2
    assert "--caller" in err


def test_the_policy_is_the_option_else_the_environment_else_here(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = cli("callers")
    assert status == 2
    assert "callguard init" in err

    monkeypatch.chdir(XINGHE)
    assert cli("lists")[0] == 1

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLGUARD_POLICY", POLICY)
    assert cli("lists")[0] == 1
    assert cli("--policy", "nowhere.toml", "callers")[2] == "error: there is no file `nowhere.toml`\n"
    assert cli("callers", "--policy", "nowhere.toml")[0] == 2


def test_every_mistake_of_a_policy_is_shown_with_its_line(cli, tmp_path):
    policy = tmp_path / "callguard.toml"
    policy.write_text('version = 1\n[enterprise]\nnmae = "A"\n[[campaigns]]\nname = "a"\npurpose = "selling"\n', encoding="utf-8")
    status, out, err = cli("check", "13800130100", "--policy", str(policy))

    assert (status, out) == (2, "")
    assert "campaigns[0].purpose" in err
    assert f"{policy}:6" in err
    assert "found: `selling`" in err.replace("'", "`").replace('"', "`")
    assert "accepted:" in err
    assert "Traceback" not in err

    problems = json.loads(cli("check", "13800130100", "--policy", str(policy), "--json")[1])["problems"]
    assert {"campaigns[0].purpose"} < {problem["key"] for problem in problems}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "there is no command `chek`; did you mean check?"),
        (["check"], "CALLEE is missing"),
        (["check", "1", "--campain", "x"], "there is no option `--campain`; did you mean --campaign?"),
        (["check", "1", "--campaign"], "`--campaign` needs a value"),
        (["check", "1", "--lang", "fr"], "`--lang` is `fr`; accepted: en, zh"),
        (["check", "1", "13800130100"], "too many arguments: 138"),
        (["completion", "tcsh"], "accepted: bash, zsh, fish"),
        (["check", "1", "--policy", POLICY, "--campaign", "spring-curse"], "spring-course"),
        (["check", "1", "--policy", str(XINGHE)], "is a folder"),
        (["check", "1", "--policy", "/dev/null"], "is no file"),
        (["check", "1", *LINE, "--place", "Guangdon"], "did you mean Guangdong"),
        (["check", "13800130100", *LINE, "--place", "US-FL"], "the number is of `CN`"),
        (["scrub", "x.csv"], "--out"),
        (["scrub", "nowhere.csv", "--out", "x.csv"], "there is no file `nowhere.csv`"),
        (["scrub", POLICY, "--out", "/nowhere/x.csv"], "there is no folder `/nowhere`"),
        (["demo", "/nowhere"], "there is no file"),
    ],
)
def test_what_is_typed_wrongly_is_said_in_a_sentence(cli, arguments, said):
    status, out, err = cli(*arguments)

    assert (status, out) == (2, "")
    assert said in err
    assert "13800130100" not in err

    status, out, err = cli(*arguments, "--lang", "zh") if "--lang" not in arguments else (2, "", "中")
    assert status == 2
    assert CHINESE.search(err)


def test_errors_mask_what_looks_like_a_number_and_leave_dates_alone():
    assert "13800130100" not in masked("found `13800130100`")
    assert "0013" not in masked("found +86 138-0013-0100 here")
    assert masked("2026-11-24 10:00 to 2026-11-25") == "2026-11-24 10:00 to 2026-11-25"
    assert masked("B2-20230001, 30 days") == "B2-20230001, 30 days"


def test_errors_are_json_for_machines(cli):
    status, out, err = cli("check", "13800130100", "--policy", "nowhere.toml", "--json")

    assert (status, err) == (2, "")
    assert json.loads(out) == {"error": "there is no file `nowhere.toml`"}


@pytest.mark.parametrize("name", ["", *COMMANDS])
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_help_has_an_example_and_the_exit_status_in_both_languages(cli, monkeypatch, name, lang):
    monkeypatch.setenv("LANG", {"en": "en_GB.UTF-8", "zh": "zh_CN.UTF-8"}[lang])
    status, out, _ = cli(*[name][: bool(name)], "--help")

    assert status == 0
    assert words.Words(lang)("example") in out
    assert words.Words(lang)("exit-status") in out
    assert bool(CHINESE.search(out)) is (lang == "zh")
    for line in helps.EXAMPLES[name or "callguard"]:
        assert line in out


def test_every_text_is_in_both_languages():
    for pair in (
        *texts.TEXTS.values(),
        *helps.COMMANDS.values(),
        *helps.SHORT.values(),
        *helps.STATUS.values(),
        *helps.OPTIONS.values(),
    ):
        english, chinese = pair
        fields = [sorted(re.findall(r"\{(\w+)\}", text)) for text in pair]

        assert fields[0] == fields[1], english
        assert english
        assert chinese


@pytest.mark.parametrize(
    ("arguments", "environ", "lang"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "en_GB.UTF-8", "LC_ALL": "zh_TW"}, "zh"),
        (["check", "--lang", "en"], {"LANG": "zh_CN.UTF-8"}, "en"),
        (["check", "--lang=zh"], {}, "zh"),
        (["--lang", "zh", "check"], {}, "zh"),
        (["check", "--", "--lang", "zh"], {}, "en"),
    ],
)
def test_the_language_is_the_options_else_the_locales(arguments, environ, lang):
    assert words.language(arguments, environ) == lang


def test_a_message_is_in_the_language_asked_for(cli):
    answer = json.loads(cli("--lang", "zh", "check", "13800130100", *LINE, "--at", SHUT, "--json")[1])

    assert answer["message"] == "被叫当地时间不在可外呼时段内。"
    assert "不可拨打" in cli("check", "13800130100", *LINE, "--at", SHUT, "--lang", "zh")[1]


def test_notes_are_said_beside_the_answer(cli):
    _, out, err = cli("check", "13800130100", *LINE, "--at", OPEN)

    assert "note: list `complaints`: rows that are no numbers: 2 (lines 42, 92)" in err
    assert "note" not in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_shells_script(cli, shell):
    status, out, _ = cli("completion", shell)

    assert status == 0
    assert "_CALLGUARD_COMPLETE" in out


def test_completion_knows_the_policys_campaigns():
    done = process(
        _CALLGUARD_COMPLETE="bash_complete", COMP_WORDS=f"callguard check 1 --policy {POLICY} --campaign s", COMP_CWORD="6"
    )

    assert b"spring-course" in done.stdout


def test_the_module_is_the_command():
    done = process("check", "13800130100", *LINE, "--at", SHUT, "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["reason"] == "calling-window"
    assert b"\x1b[" not in process("explain", "13800130100", *LINE).stdout
    assert process("--version").stdout.startswith(b"callguard ")


@pytest.mark.parametrize("missing", ["click", "rich"])
@pytest.mark.parametrize(
    ("lang", "said"), [("en_GB.UTF-8", "the command line needs click and rich"), ("zh_CN.UTF-8", "命令行需要")]
)
def test_without_the_extra_it_says_what_to_install(missing, lang, said):
    code = f"import sys; sys.modules[{missing!r}] = None; from callguard.__main__ import main; sys.exit(main())"
    done = process(code=code, LANG=lang)

    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert "pip install 'callguard-outbound[cli]'" in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_terminal_without_the_signs_gets_plain_ones():
    done = process("check", "13800130100", *LINE, "--at", OPEN, PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert done.stdout.startswith(b"+ may be called")


def test_a_closed_pipe_is_no_traceback():
    code = "import os, sys; os.close(1); os.dup2(os.pipe()[1], 1); from callguard.__main__ import main; sys.exit(main())"
    done = process("explain", "13800130100", *LINE, code=code)

    assert b"Traceback" not in done.stderr
