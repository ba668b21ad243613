"""`--report FILE` of `plan` and `inspect`: every step and remark is in every form, in both languages; files are whole or not there."""

import json
import re
import sys
from datetime import date
from pathlib import Path

import html5lib
import pytest
import vobject

from callguard.cli.texts_plan import PLAN
from callguard.packs import requirements
from callguard.readiness import SEVERITIES
from command_line import POLICY, caller, quiet

PLANNED = (
    *(
        "plan",
        "--sector",
        "finance",
        "--institution",
        "bank",
        "--purpose",
        "marketing",
        "--national",
        "--ai",
        "--abroad",
        "--branch",
    ),
    *("--number", "95", "--number", "400=2", "--intend", "icp", "--held", "articles-of-association", "--on", "2026-01-05"),
)
INSPECTED = ("inspect", "--policy", POLICY, "--on", "2026-11-24", "--no-log", "--fail-on", "stops-calls")


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return caller(capsys)


def everything(tmp_path, name):
    """Return what a reader sees of the page and of the Markdown, each on one line, the JSON, and the calendar's events."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse((tmp_path / f"{name}.html").read_text("utf-8"))
    page = " ".join("".join(tree.find("body").itertext()).replace("`", "").split())
    text = re.sub(r"(?<!\\)\*\*", "", (tmp_path / f"{name}.md").read_text("utf-8").replace("<br>", " "))
    text = text.replace("\\", "").replace("`", "")
    found = json.loads((tmp_path / f"{name}.json").read_text("utf-8"))
    events = vobject.readOne((tmp_path / f"{name}.ics").read_text("utf-8")).contents.get("vevent", [])
    return page, " ".join(text.replace("&amp;", "&").split()), found, events


def reports(name):
    return [part for ending in ("html", "md", "json", "ics") for part in ("--report", f"{name}.{ending}")]


def plain(text):
    return " ".join(text.replace("`", "").split())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_plan_is_whole_in_every_form(cli, tmp_path, lang):
    status, out, err = cli(*PLANNED, "--lang", lang, *reports("plan"))
    page, text, found, events = everything(tmp_path, "plan")

    assert status == 0
    assert [line.rpartition(" ")[2] for line in err.splitlines()] == ["plan.html", "plan.md", "plan.json", "plan.ics"]
    assert found == json.loads(cli(*PLANNED, "--lang", lang, "--json")[1])
    assert {step["status"] for step in found["steps"]} == {"apply", "ready", "held"}
    for said in (page, text):
        for step in found["steps"]:
            assert plain(step["title"]) in said
            assert plain(step["citation"]) in said
            assert step["status"] != "apply" or step["ends"]["latest"]["not_before"] in said
        for part in (*found["not_needed"], *found["duties"], *found["open_conditions"]):
            assert plain(part["title"]) in said
        assert all(plain(note) in said for note in found["notes"])
        names = requirements().documents
        wanted = [id_ for step in found["steps"] if step["status"] != "held" for id_ in step["documents"]]
        assert all(plain(names[id_][lang]) in said for id_ in wanted)
        assert "headquarters-qualifications" in wanted
        assert found["first_call"]["earliest"]["not_before"] in said
        assert PLAN["plan-surplus"][lang == "zh"] in said
    assert out.splitlines()[0].startswith("First call" if lang == "en" else "首次呼叫")

    days = sorted((event.summary.value, event.dtstart.value.isoformat()) for event in events)
    applied = [step["starts"]["earliest"]["not_before"] for step in found["steps"] if step["status"] == "apply"]
    due = [each["due"]["earliest"] for duty in found["duties"] for each in duty["dates"]]
    assert sorted(day for _, day in days) == sorted([*applied, found["first_call"]["earliest"]["not_before"], *due])
    assert len({event.uid.value for event in events}) == len(events)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_inspection_is_whole_in_every_form(cli, tmp_path, lang):
    status, _, _ = cli(*INSPECTED, "--lang", lang, *reports("seen"))
    page, text, found, events = everything(tmp_path, "seen")

    assert status == 1
    assert found == json.loads(cli(*INSPECTED, "--lang", lang, "--json")[1])
    assert {each["severity"] for each in found["remarks"]} == set(SEVERITIES)
    for said in (page, text):
        for remark in found["remarks"]:
            for part in ("title", "text", "mend", "citation", "id"):
                assert plain(remark[part]) in said
            assert plain(remark["name"]) in said or (lang == "zh" and remark["what"] in ("enterprise", "licence", "filing"))
            assert all(remark[part] is None or remark[part] in said for part in ("day", "opens", "resumes"))
        assert "B2-20230001" in said

    dated = [each for each in found["remarks"] if each["severity"] in ("will-stop", "due")]
    opens = [each["opens"] for each in dated if each["severity"] == "due" and (each["opens"] or "") >= "2026-11-24"]
    assert sorted(event.dtstart.value.isoformat() for event in events) == sorted([*(each["day"] for each in dated), *opens])
    assert sum("valarm" in event.contents for event in events) == len(dated)


def test_what_is_not_shown_is_in_no_report(cli, tmp_path):
    cli(*INSPECTED, "--severity", "violation", *reports("few"))
    page, text, found, events = everything(tmp_path, "few")

    assert {each["severity"] for each in found["remarks"]} == {"stops-calls", "will-stop", "violation"}
    assert "annual-report" not in page + text
    assert all(event.dtstart.value != date(2027, 3, 31) for event in events)


def test_a_later_inspection_moves_its_events(cli, tmp_path):
    names = []
    for n, day in enumerate(("2026-11-24", "2026-11-30")):
        cli(*INSPECTED, "--on", day, "--report", f"{n}.ics")
        events = vobject.readOne((tmp_path / f"{n}.ics").read_text("utf-8")).vevent_list
        names.append({event.summary.value: event.uid.value for event in events})

    assert {title: names[1][title] for title in names[0]} == names[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_plans_of_two_enterprises_are_apart_in_one_calendar(cli, tmp_path, lang):
    """And a plan that is made again, on another day or in another language, moves its own days."""
    written = Path(POLICY).read_text("utf-8")
    assert written.count('name = "Xinghe Education"') == 1
    (tmp_path / "other.toml").write_text(written.replace('name = "Xinghe Education"', 'name = "Another"'), "utf-8")
    names = []
    runs = ((POLICY, "2026-11-24", lang), (POLICY, "2026-11-30", "en"), (str(tmp_path / "other.toml"), "2026-11-24", lang))
    for n, (policy, on, spoken) in enumerate(runs):
        status, _, err = cli("plan", "--policy", policy, "--on", on, "--lang", spoken, "--report", f"{n}.ics")
        assert status == 0, err
        events = vobject.readOne((tmp_path / f"{n}.ics").read_text("utf-8")).vevent_list
        names.append({event.uid.value for event in events})

    assert names[0] == names[1]
    assert names[0].isdisjoint(names[2])


def test_the_lines_of_a_timeline_are_the_licences(cli, tmp_path):
    cli(*INSPECTED, "--report", "seen.html")
    tree = html5lib.parse((tmp_path / "seen.html").read_text("utf-8"), namespaceHTMLElements=False)
    titles = [each.get("aria-label") for each in tree.iter("{http://www.w3.org/2000/svg}svg")]

    assert "National call-centre licence B2-20230001 (licence): 2023-05-01 to 2028-04-30; renewal from 2028-01-31" in titles
    assert "021-8555-0101 (caller): to be filed by 2026-12-10" in titles


@pytest.mark.parametrize("command", [PLANNED, INSPECTED])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plan.pdf", "a name that ends in .html, .md, .json, .ics"),
        ("plan", ".html"),
        ("there/plan.html", "no folder"),
        ("old.md", "--force"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is(cli, tmp_path, command, name, said):
    (tmp_path / "old.md").write_text("kept", "utf-8")
    status, out, err = cli(*command, "--report", "fine.html", "--report", name)

    assert (status, out) == (2, "")
    assert said in err
    assert name.partition("/")[0] in err
    assert [path.name for path in tmp_path.iterdir()] == ["old.md"]
    assert (tmp_path / "old.md").read_text("utf-8") == "kept"


def test_a_report_that_is_there_is_overwritten_by_force(cli, tmp_path):
    (tmp_path / "old.md").write_text("old", "utf-8")

    assert cli(*PLANNED, "--report", "old.md", "--force")[0] == 0
    assert (tmp_path / "old.md").read_text("utf-8").startswith("# Before the first call")


def test_without_the_package_a_calendar_is_not_begun(cli, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "icalendar", None)
    status, _, err = cli(*PLANNED, "--report", "plan.html", "--report", "plan.ics")

    assert status == 2
    assert "callguard-outbound[calendar]" in err
    assert list(tmp_path.iterdir()) == []


def test_machines_get_reports_too(cli, tmp_path):
    status, out, err = cli(*PLANNED, "--json", "--report", "plan.html")

    assert (status, err) == (0, "")
    assert json.loads(out)["on"] == "2026-01-05"
    assert (tmp_path / "plan.html").exists()
