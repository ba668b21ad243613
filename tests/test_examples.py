"""The example company: its leads are what their maker makes, synthetic, and of every kind; the demo shows them."""

import csv
import json
import re
import runpy
from collections import Counter
from datetime import datetime

import pytest

from callguard import Guard, Policy, Reason, phone
from command_line import POLICY, XINGHE, caller, quiet

MAKER = runpy.run_path(str(XINGHE / "make_leads.py"))


@pytest.fixture(scope="module")
def leads():
    with (XINGHE / "leads.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def guard():
    return Guard(Policy.load(POLICY))


@pytest.fixture
def cli(capsys, monkeypatch):
    quiet(monkeypatch)
    return caller(capsys)


@pytest.mark.parametrize("name", ["leads.csv", "lists/complaints.csv"])
def test_the_files_are_what_the_maker_makes(tmp_path, name):
    MAKER["write"](tmp_path)

    assert (tmp_path / name).read_bytes() == (XINGHE / name).read_bytes()


def test_every_number_that_could_be_dialled_is_plainly_synthetic(leads):
    plan = phone.NumberPlan("CN")
    read = [(plan.read(lead["phone"]), lead["name"]) for lead in leads]
    valid = [(reading.number, name) for reading, name in read if reading.status == "valid"]

    assert len(leads) == 10_000
    assert len(valid) > 9_000
    assert [name for number, name in valid if number // 100 % 100 != 1] == []
    assert all(re.fullmatch(r"家长\d{5}", lead["name"]) for lead in leads)


def test_every_range_area_code_and_kind_of_place_is_there(leads):
    plan = phone.NumberPlan("CN")
    numbers = [str(r.number) for r in (plan.read(lead["phone"]) for lead in leads) if r.status == "valid"]
    places = Counter(plan.places[plan.place_id(int(number))].country for number in numbers)
    provinces = {plan.places[plan.place_id(int(number))].province for number in numbers}
    areas = [area.rstrip("*")[1:] for province in MAKER["PROVINCES"] for area in province[3]]

    assert len(areas) == 320
    assert [area for area in areas if not any(number.startswith("86" + area) for number in numbers)] == []
    assert [prefix for prefix in MAKER["RANGES"] if not any(number.startswith("86" + prefix) for number in numbers)] == []
    assert len({province for province in provinces if province}) == 31
    assert {"CN", "HK", "MO", "TW", "US", "GB", "SG", "JP", "AU"} <= set(places)
    assert len(numbers) - len(set(numbers)) >= 350
    assert len({re.sub(r"\d", "9", lead["phone"]) for lead in leads}) > 90


@pytest.mark.parametrize(
    ("at", "campaign", "expected"),
    [
        ("2026-11-24T20:59:30+08:00", "spring-course", {"allowed", "no-consent", "invalid-number", "protected-number", "listed", "filing-missing", "region-blocked", "calling-window"}),
        ("2026-09-20T10:00:00+08:00", "spring-course", {"allowed", "no-consent", "invalid-number", "protected-number", "listed", "filing-missing", "region-blocked", "calling-window", "rest-day"}),
        ("2026-10-01T10:00:00+08:00", "spring-course", {"allowed", "no-consent", "invalid-number", "protected-number", "listed", "filing-missing", "region-blocked", "calling-window", "rest-day"}),
        ("2026-10-01T10:00:00+08:00", "class-notice", {"allowed", "invalid-number", "protected-number", "filing-missing", "caller-scope"}),
        ("2026-11-24T20:59:30+08:00", "parent-survey", {"invalid-number", "protected-number", "listed", "filing-missing", "calling-window", "allowed"}),
    ],
)  # fmt: skip
def test_the_three_instants_show_what_they_are_chosen_for(guard, leads, at, campaign, expected):
    first = next(c.number for c in guard.policy.callers if c.key in guard.policy.campaign(campaign).callers)
    line = guard.line(campaign=campaign, caller=first)
    places = [lead["province"] or None for lead in leads]
    found = line.scrub([lead["phone"] for lead in leads], at=datetime.fromisoformat(at), places=places)
    counts = found.counts()

    assert {reason.value for reason in counts} <= expected
    assert counts[Reason.INVALID_NUMBER] > 300
    if campaign == "spring-course":
        assert {reason.value for reason in counts} == expected
        assert (counts[Reason.ALLOWED] > 5_000) is not at.startswith("2026-10-01")


def test_a_virtual_callers_denial_says_log_required(guard):
    answer = guard.may_dial("13800130100", caller="170 0000 0100", campaign="class-notice")

    assert answer.reason == "log-required"


@pytest.mark.slow
def test_the_demo_shows_it_all_in_both_languages(cli, monkeypatch):
    monkeypatch.chdir(XINGHE.parent.parent)
    for lang, said in (
        ("en", ["National Day", "rest-day", "not by waiting", "a second", "refused", "Thu 2026-10-08 08:00:00"]),
        ("zh", ["国庆节", "rest-day", "等待无用", "次/秒", "已明确拒绝", "周四 2026-10-08 08:00:00"]),
    ):
        status, out, err = cli("demo", "--lang", lang)

        assert status == 0
        assert [text for text in said if text not in out] == []
        assert "\x1b[" not in out + err
        assert max(len(text) for text in out.splitlines()) <= 100
        assert re.findall(r"1[3-9]\d{5,}", out) == []


@pytest.mark.slow
def test_the_demo_counts_for_machines(cli):
    status, out, err = cli("demo", str(XINGHE), "--json")
    moments = json.loads(out)["moments"]

    assert (status, err) == (0, "")
    assert [moment["at"] for moment in moments] == [
        "2026-11-24T20:59:30+08:00",
        "2026-09-20T10:00:00+08:00",
        "2026-10-01T10:00:00+08:00",
    ]
    for moment in moments:
        assert {sum(counts.values()) for counts in moment["counts"].values()} == {10_000}
