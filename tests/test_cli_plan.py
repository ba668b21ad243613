"""`callguard plan`."""

import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from callguard.cli.texts_plan import OPTIONS
from callguard.packs import requirements
from command_line import POLICY, caller, process, quiet

BANK = (
    *("plan", "--sector", "finance", "--institution", "bank", "--purpose", "marketing", "--national", "--ai", "--number", "95"),
    *("--registered-capital", "20亿", "--seats", "300", "--on", "2026-01-05"),
)
SERVICE = ("plan", "--purpose", "service", "--province", "广东", "--number", "fixed=4", "--on", "2026-03-02")


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return caller(capsys)


class Terminal(io.StringIO):
    """Standard input with a person at it."""

    def isatty(self):
        return True


def test_a_plan_for_machines(cli):
    status, out, _ = cli(*BANK, "--json")
    found = json.loads(out)
    steps = {step["id"]: step for step in found["steps"]}

    assert status == 0
    assert found["first_call"] == {
        "earliest": {"not_before": "2026-06-06", "provisional": False, "beyond_calendar": False},
        "latest": {"not_before": "2026-10-03", "provisional": False, "beyond_calendar": False},
        "number": "number-95",
    }
    assert steps["finance"]["title"] == "Licence of banking institutions"
    assert steps["number-95"]["time"]["most"] == 6
    assert "call-centre-national" in steps["number-95"]["waits_for"]
    assert {each["fact"] for each in found["open_conditions"]} >= {"paid_in_capital", "service_network", "office_area"}
    assert [each["found"] for each in steps["number-95"]["conditions"]] == [2_000_000_000, None]
    assert {each["id"] for each in found["duties"]} >= {"number-filing", "renewal", "marketing-hours"}
    assert set(steps) | {each["id"] for each in found["not_needed"]} == set(requirements().requirements)


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("en", ["First call not before 2026-06-06 to 2026-10-03  95-number", "40 to 60 working days", "What is needed, in order", "Not needed", "not known"]),
        ("zh", ["首次呼叫不早于 2026-06-06 至 2026-10-03  95号码", "40-60 个工作日", "所需事项 (按先后)", "不需要", "未知"]),
    ],
)  # fmt: skip
def test_a_plan_for_people(cli, monkeypatch, lang, wanted):
    monkeypatch.setenv("COLUMNS", "200")
    status, out, err = cli(*BANK, "--lang", lang)

    assert status == 0
    assert err == ""
    assert [text for text in wanted if text not in out] == []
    assert "█" in out
    assert "░" in out
    assert "◆" in out
    titles = [step["title"] for step in json.loads(cli(*BANK, "--lang", lang, "--json")[1])["steps"]]
    flat = "".join(out.split())
    assert [title for title in titles if "".join(title.split()) not in flat] == []


def test_a_narrow_terminal_has_the_dates_without_the_bars(cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    _, out, _ = cli(*BANK)

    assert "2026-03-06" in out
    assert "█" not in out


def test_a_terminal_without_such_signs_has_plain_bars():
    done = process(*BANK, PYTHONIOENCODING="ascii", COLUMNS="110", NO_COLOR="1")

    assert done.returncode == 0
    assert b"####" in done.stdout


def test_a_plan_in_the_provisional_year_is_marked(cli):
    _, out, _ = cli(*SERVICE[:-1], "2026-11-02")

    assert "to ~2027-" in out
    assert "provisional calendar of 2027" in out
    _, out, _ = cli(*SERVICE[:-1], "2027-12-01")
    assert ">2028-01-01" in out


def test_what_is_too_much_and_what_is_missing(cli):
    _, out, _ = cli(*SERVICE, "--intend", "call-centre-national", "--intend", "number-fixed")

    surplus = out.partition("More than is needed")[2].partition("Not needed")[0]
    assert "National call-centre licence" in surplus
    gaps = out.partition("Not among what you meant to apply for")[2].partition("More than")[0]
    assert "Provincial call-centre licence" in gaps
    assert "Fixed numbers" not in gaps


def test_what_is_held_is_not_applied_for(cli):
    found = json.loads(cli(*SERVICE, "--held", "call-centre-provincial=2024-05-06", "--held", "number-fixed", "--json")[1])

    assert found["first_call"]["latest"]["not_before"] == "2026-03-02"
    renewal = next(each for each in found["duties"] if each["id"] == "renewal")
    assert renewal["dates"][0]["due"]["earliest"] == "2029-05-05"


def test_a_policy_is_planned_from_and_options_go_before_it(cli):
    found = json.loads(cli("plan", "--policy", POLICY, "--on", "2026-11-24", "--json")[1])
    assert {step["id"] for step in found["steps"] if step["status"] == "held"} >= {"call-centre-national", "school", "number-400"}
    assert found["first_call"]["earliest"]["not_before"] == "2026-11-24"

    more = json.loads(cli("plan", "--policy", POLICY, "--on", "2026-11-24", "--number", "95", "--hk-mo-tw", "--json")[1])
    steps = {step["id"]: step["status"] for step in more["steps"]}
    assert (steps["number-95"], steps["hk-mo-tw"]) == ("apply", "apply")
    assert "number-400" not in steps


def test_without_options_a_person_is_asked(cli, monkeypatch):
    answers = ["finance", "bank", "sales", "marketing, service", "", "Atlantis", "all", "y", "Beijing"]
    answers += [
        "y",
        "",
        "n",
        "n",
        "n",
        "n",
        "fax",
        "95, fixed=10",
        "20",
        "lots",
        "2亿",
        "",
        "500",
        "y",
        "",
        "y",
        "n",
        "y",
        "finance",
    ]
    monkeypatch.setattr("sys.stdin", Terminal("\n".join(answers) + "\n"))
    monkeypatch.setenv("COLUMNS", "200")
    status, out, _ = cli("plan", "--on", "2026-03-02")

    assert status == 0
    for wrong in ("sales", "Atlantis", "fax", "lots"):
        assert f"`{wrong}`: accepted" in out
    assert "communications administration of the enterprise's province (Beijing)" in " ".join(out.split())
    assert "5 to 10 fixed numbers" not in out, "ten for twenty agents are usual"
    assert re.search(r"wide service network +95-number +no +not met", out)
    assert re.search(r"Licence of banking institutions +held", out)


def test_the_questions_are_asked_in_chinese_too(cli, monkeypatch):
    answers = [
        "教育",
        "营利性学校",
        "营销",
        "是",
        "外包",
        "广东",
        "否",
        "否",
        "否",
        "否",
        "否",
        "否",
        "否",
        "fixed",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "school",
    ]
    monkeypatch.setattr("sys.stdin", Terminal("\n".join(answers) + "\n"))
    monkeypatch.setenv("COLUMNS", "200")
    status, out, _ = cli("plan", "--lang", "zh", "--on", "2026-03-02")

    assert status == 0
    assert "办学许可证》(营利性机构)" in out
    assert "学科类培训节假日" in "".join(out.split())
    assert "工信部2020年通知" in out


def test_answers_that_end_are_no_answer(cli, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal("finance\n"))

    assert cli("plan")[0] in (2, 130)


def test_a_program_is_not_asked(cli, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal(""))
    status, out, _ = cli("plan", "--json")

    assert status == 2
    assert "--purpose" in json.loads(out)["error"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "`--purpose`"),
        (("--national",), "`--purpose`"),
        (("--sector", "finance"), "`--purpose`"),
        (("--purpose", "service"), "`--national`"),
        (("--purpose", "service", "--national", "--province", "CN-GD"), "`--province`"),
        (("--purpose", "sales"), "marketing, service"),
        (("--purpose", "service", "--province", "Atlantis"), "Atlantis"),
        (("--purpose", "service", "--national", "--home", "HK"), "`--home`"),
        (("--purpose", "service", "--national", "--number", "fixed=0"), "fixed=0"),
        (("--purpose", "service", "--national", "--number", "fax"), "fixed, 400, 95, 96, virtual, mobile"),
        (("--purpose", "service", "--national", "--held", "licence"), "business-licence"),
        (("--purpose", "service", "--national", "--held", "icp=May"), "YYYY-MM-DD"),
        (("--purpose", "service", "--national", "--intend", "licence"), "business-licence"),
        (("--purpose", "service", "--national", "--seats", "many"), "--seats"),
        (("--purpose", "service", "--national", "--office-area", "big"), "`--office-area`"),
        (("--purpose", "service", "--national", "--office-area", "-3"), "`--office-area`"),
        (("--purpose", "service", "--national", "--product", "drug"), "`--product`"),
        (("--purpose", "service", "--national", "--academic-tutoring"), "`--academic-tutoring`"),
        (("--purpose", "service", "--national", "--institution", "bank"), "`--institution`"),
        (("--purpose", "service", "--national", "--registered-capital", "1", "--paid-in-capital", "2"), "`--paid-in-capital`"),
        (("--purpose", "service", "--national", "--on", "tomorrow"), "YYYY-MM-DD"),
        (("--purpose", "service", "--national", "--on", "2031-01-01"), "`--on`"),
    ],
)
def test_what_cannot_be_planned_is_said(cli, lang, arguments, said):
    status, out, err = cli("plan", "--lang", lang, *arguments)

    assert status == 2
    assert out == ""
    assert said in err
    assert ("错误" in err) == (lang == "zh")


def test_a_policy_that_says_too_little_is_said(cli, tmp_path):
    (tmp_path / "p.toml").write_text('version = 1\n[enterprise]\nname = "X"\n', encoding="utf-8")

    assert "`--purpose`" in cli("plan", "--policy", "p.toml", "--national")[2]
    assert "`--national`" in cli("plan", "--policy", "p.toml", "--purpose", "service")[2]
    assert cli("plan", "--policy", "p.toml", "--purpose", "service", "--national", "--on", "2026-03-02")[0] == 0


@pytest.mark.parametrize(("lang", "said"), [("en", "not under the mainland's law"), ("zh", "不适用中国大陆规则")])
def test_an_enterprise_elsewhere_is_not_planned_for(cli, tmp_path, lang, said):
    text = 'version = 1\n[enterprise]\nname = "X"\nregion = "SG"\n[[campaigns]]\nname = "c"\npurpose = "service"\n'
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    status, _, err = cli("plan", "--policy", "p.toml", "--national", "--lang", lang)

    assert status == 2
    assert said in err


def test_every_option_has_its_help(cli):
    _, out, _ = cli("plan", "--help")

    names = {key.removeprefix("plan.").replace("_", "-") for key in OPTIONS}
    assert [name for name in names if f"--{name}" not in out] == []


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        (("--sector", "f"), "finance"),
        (("--number", "f"), "fixed"),
        (("--held", "call"), "call-centre-national"),
        (("--intend", "number-9"), "number-95"),
        (("--province", "CN-G"), "CN-GD"),
        (("--institution", "for"), "for-profit-school"),
    ],
)
def test_words_are_completed(typed, wanted):
    done = process(_CALLGUARD_COMPLETE="bash_complete", COMP_WORDS=" ".join(("callguard", "plan", *typed)), COMP_CWORD="3")

    assert wanted in done.stdout.decode()


OVERLAY = (*SERVICE, "--abroad", "--regulations")


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("en", ["By regulation, otherwise (the plan keeps to the article)", "law no more, since 2022-12-30", "asked for → not asked for", "http://rddy.org.cn/show-44368.html"]),
        ("zh", ["法规另有规定 (本清单仍以文章为准)", "已废止、自 2022-12-30", "须取得 → 不要求", "凭记忆"]),
    ],
)  # fmt: skip
def test_what_regulation_says_otherwise_is_shown_to_who_asks(cli, lang, wanted):
    asked, plain = (" ".join(cli(*args, "--lang", lang)[1].split()) for args in (OVERLAY, OVERLAY[:-1]))

    assert [each for each in wanted if each not in asked] == []
    assert wanted[0] not in plain
    told = requirements().requirements["trade-registration"].differs[lang]
    assert plain.replace(" ", "").count(told.replace(" ", "")) == 1, "what is law no more is told to everybody"
    assert asked.replace(" ", "").count(told.replace(" ", "")) == 1, "and not twice"


def test_what_regulation_says_otherwise_for_machines(cli):
    asked, plain = (json.loads(cli(*args, "--json")[1]) for args in (OVERLAY, OVERLAY[:-1]))
    told = {each["id"]: each for each in asked.pop("regulations")}

    assert asked == plain
    first = told["trade-registration"]
    assert (first["status"], first["sure"], first["from"]) == ("abolished", "statute", "2022-12-30")
    assert [(each["of"], each["regulation"]) for each in first["answers"]] == [("trade-registration", "not asked for")]
    assert first["sources"][1] == {
        "title": "取消对外贸易经营者备案登记",
        "url": "http://rddy.org.cn/show-44368.html",
        "sort": "report",
    }


def test_a_policy_that_names_the_overlay_is_planned_with_it(cli):
    policy = Path(POLICY).with_name("overlay.toml")
    text = Path(POLICY).read_text("utf-8")
    policy.write_text(text.replace("[enterprise]", '[enterprise]\npacks = ["cn", "cn-regulations"]'), "utf-8")
    found, plain = (json.loads(cli("plan", "--policy", str(each), "--on", "2026-03-02", "--json")[1]) for each in (policy, POLICY))

    assert "trade-registration" in {each["id"] for each in found["regulations"]}
    assert "regulations" not in plain


@pytest.mark.parametrize("answer", ["", ",", " , "])
def test_where_is_asked_again_where_nothing_is_said(cli, monkeypatch, answer):
    from callguard.cli.plan_asking import Interview
    from callguard.cli.words import Words

    given = iter([answer, "广东"])
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(given))

    assert Interview(Words("en"))._prompt("where", None, Interview(Words("en"))._where) == ("CN-GD",)
    assert next(given, None) is None


def characters(out):
    """What is written, wherever it stands; lines, bars and the dates above these left out."""
    return Counter(re.sub(r"[\s─█░◆]|\d{4}-\d\d-\d\d … \d{4}-\d\d-\d\d", "", out))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("columns", ["72", "80", "100"])
@pytest.mark.parametrize("command", [BANK, ("inspect", "--policy", POLICY, "--on", "2026-11-24", "--no-log")])
def test_nothing_is_cut_off(cli, monkeypatch, lang, columns, command):
    monkeypatch.setenv("COLUMNS", "1000")
    whole = characters(cli(*command, "--lang", lang)[1])
    monkeypatch.setenv("COLUMNS", columns)

    assert characters(cli(*command, "--lang", lang)[1]) == whole
