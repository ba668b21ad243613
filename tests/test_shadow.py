"""The report of shadow mode: coverage comes first, then what would change; nothing is guessed, and no number is shown."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest

from call_logs import sealed
from callguard import DialDenied, Guard
from callguard.call_log.archiving import Law
from callguard.testing import FrozenClock
from callguard.watching.again import again
from callguard.watching.report import report
from command_line import caller, quiet
from permits import PUBLIC, permit
from samples import CALLER, MOBILE, OTHER, POLICY, TUESDAY_TEN
from test_call_log_replay import varied

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LOGGED = POLICY + "[call_log]\n"
NEXT = (
    POLICY.replace('name = "notice"', 'name = "notice"\nwindow = { start = 11:00:00, end = 12:00:00 }')
    .replace("limits = [{ attempts = 1", "limits = [{ attempts = 3")
    .replace("{ attempts = 2, per", "{ attempts = 3, per")
)


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "callguard.toml").write_text(LOGGED)
    (tmp_path / "next.toml").write_text(NEXT)
    return caller(capsys)


def call(guard, callee=MOBILE, campaign="notice", **more):
    with suppress(DialDenied), guard.attempt(callee, caller=CALLER, campaign=campaign, **more) as attempt:
        attempt.outcome("answered")


def day(candidate="[candidate]\npolicy = 'next.toml'\n", live=LOGGED):
    """Live through a day: two calls without the candidate, then some with it."""
    path = Path("callguard.toml")
    path.write_text(live)
    with Guard.open("callguard.toml", clock=FrozenClock(TUESDAY_TEN)) as guard:
        call(guard)
        call(guard, OTHER)
        path.write_text(live + candidate)
        guard.reload()
        call(guard)
        call(guard, campaign="survey")
        call(guard, campaign="survey")
        guard._clock.set("2026-11-24T11:30:00+08:00")
        call(guard)
        guard._clock.set("2026-11-24T21:30:00+08:00")
        call(guard, campaign="shadow")
        call(guard, campaign="shadow")
        call(guard, campaign="course")


def shown(cli, *more):
    status, out, _ = cli("shadow", "--json", *more)
    return status, json.loads(out)


def test_coverage_comes_first_then_what_would_change(cli):
    day()
    status, found = shown(cli)

    assert status == 1
    assert list(found) == ["coverage", "changes", "enforced", "campaigns"]
    assert found["coverage"] == {
        "attempts": 9,
        "judged": 7,
        "share": 7 / 9,
        "unjudged": {"no-candidate": 2},
        "shadow": 2,
        "campaigns": {"seen": 4, "of": 5},
        "callers": {"seen": 1, "of": 2},
        "trunk": None,
    }
    assert found["changes"] == {
        "stopped": 1,
        "let_go": 1,
        "same": 5,
        "other_reason": 0,
        "stopped_by": [{"campaign": "notice", "reason": "calling-window", "rule": "campaign-window", "attempts": 1}],
        "let_go_by": [{"campaign": "survey", "reason": "attempt-limit", "rule": "no-malicious-or-harassing-calls", "attempts": 1}],
        "stopped_hours": {"2026-11-24 10": 1},
    }
    assert found["enforced"]["stopped"] == 2
    assert found["enforced"]["stopped_by"][0]["campaign"] == "shadow"
    assert found["enforced"]["stopped_by"][0]["reason"] == "calling-window"
    assert found["enforced"]["stopped_hours"] == {"2026-11-24 21": 2}
    assert found["campaigns"]["notice"] == {"calls": 4, "judged": 2, "shadow": 0, "stopped": 1, "let_go": 0, "same": 1}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_people_read_coverage_first_in_their_language_and_no_number(cli, lang):
    day()
    status, out, err = cli("shadow", "--lang", lang)

    assert status == 1
    first = out.splitlines()[0]
    assert first.startswith("✗ 77.7 %")
    places = [out.index(text) for text in ("77.7 %", "calling-window", "attempt-limit", "2026-11-24 21")]
    assert places == sorted(places)
    assert bool(CHINESE.search(out)) == (lang == "zh")
    assert "--trunk" in err
    for number in (MOBILE, OTHER, CALLER):
        assert number[-8:] not in out + err


def test_days_and_campaigns_may_be_chosen(cli):
    day()
    assert shown(cli, "--campaign", "survey")[1]["coverage"]["attempts"] == 2
    assert shown(cli, "--since", "2026-11-24T21:00:00")[1]["coverage"]["attempts"] == 3
    assert shown(cli, "--until", "2026-11-23")[1]["coverage"]["attempts"] == 0
    status, out, err = cli("shadow", "--until", "2026-11-23", "--campaign", "servey")
    assert (status, out) == (0, "no record matches\n")
    assert "survey" in err


def test_a_policy_may_be_tried_on_what_was_recorded(cli):
    day(candidate="")
    assert shown(cli)[1]["coverage"]["judged"] == 0
    status, found = shown(cli, "--candidate", "next.toml")

    assert status == 1
    assert found["coverage"]["judged"] == 9
    assert (found["changes"]["stopped"], found["changes"]["let_go"]) == (3, 1)


def test_tried_on_the_record_it_says_what_it_said_then(cli):
    day()
    then, again = shown(cli)[1], shown(cli, "--candidate", "next.toml", "--since", "2026-11-24T11:00:00")[1]

    assert again["coverage"]["judged"] == again["coverage"]["attempts"] == 4
    assert again["changes"]["stopped"] == 0
    assert then["changes"]["stopped"] == 1


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        (POLICY.replace('honours = ["enterprise"]', "") + '[[lists]]\nname = "own"\npath = "own.csv"\n', "lists-not-read"),
        (POLICY.replace('name = "notice"', 'name = "notice"\nlimits = [{ attempts = 9, per = "1 day" }]'), "attempts-not-counted"),
        (POLICY.replace('per = "48 hours"', 'per = "20 days"'), "attempts-not-counted"),
        (POLICY.replace('"010-8555-0123"', '"010-8555-0123"\ndaily_attempts = 5'), "attempts-not-counted"),
        (POLICY.replace("version = 1", 'version = 1\nrules = ["own.rules:late"]'), "rules-not-run"),
    ],
)
def test_what_was_not_seen_then_cannot_be_told(cli, tmp_path, candidate, why):
    day(candidate="")
    (tmp_path / "own.csv").write_text("")
    (tmp_path / "next.toml").write_text(candidate)
    _, found = shown(cli, "--candidate", "next.toml")

    assert set(found["coverage"]["unjudged"]) == {why}
    assert found["coverage"]["judged"] + found["coverage"]["unjudged"][why] == 9
    for lang in ("en", "zh"):
        assert cli("shadow", "--candidate", "next.toml", "--lang", lang)[0] == 1


def test_a_law_that_is_not_archived_cannot_be_told(cli, monkeypatch):
    from callguard.call_log import CallLog

    day(candidate="")

    def gone(self, entry):
        raise LookupError("gone")

    monkeypatch.setattr(CallLog, "law_of", gone)
    found = shown(cli, "--candidate", "next.toml")[1]
    assert "facts-missing" in found["coverage"]["unjudged"]


def test_a_campaign_that_the_candidate_lacks_would_be_stopped(cli, tmp_path):
    (tmp_path / "next.toml").write_text(POLICY.replace('name = "notice"', 'name = "notices"'))
    day()
    status, found = shown(cli)

    assert status == 1
    assert {"campaign": "notice", "reason": "campaign-unknown", "rule": None, "attempts": 2} in found["changes"]["stopped_by"]
    assert "campaign-unknown" in cli("shadow")[1]
    assert shown(cli, "--candidate", "next.toml")[1]["changes"]["stopped_by"][0]["attempts"] == 4


def test_a_candidate_that_could_not_be_read_is_a_gap_in_coverage(cli, tmp_path):
    (tmp_path / "next.toml").write_text("version = 99")
    day()
    found = shown(cli)[1]

    assert found["coverage"]["unjudged"] == {"candidate-failed": 7, "no-candidate": 2}
    assert "could not be read" in cli("shadow")[1]


def test_nothing_changes_is_yes(cli, tmp_path):
    (tmp_path / "callguard.toml").write_text(LOGGED + "[candidate]\npolicy = 'next.toml'\n")
    (tmp_path / "next.toml").write_text(LOGGED)
    with Guard.open("callguard.toml", clock=FrozenClock(TUESDAY_TEN)) as guard:
        call(guard)
    status, out, _ = cli("shadow")

    assert status == 0
    assert out.startswith("✓ 100.0 %")


def test_without_a_candidate_shadow_campaigns_are_shown(cli):
    day(candidate="")
    status, out, _ = cli("shadow")

    assert status == 1
    assert out.startswith("9 attempts; no candidate\n")
    assert "calling-window" in out


def test_the_trunks_records_say_what_nobody_decided(cli, tmp_path):
    day()
    (tmp_path / "permit.pub").write_text(PUBLIC)
    rows = [
        ("callee", "caller", "at", "permit"),
        (MOBILE, CALLER, "2026-11-24 10:00:03", permit()),
        (OTHER, CALLER, "2026-11-24 10:00:03", ""),
    ]
    (tmp_path / "calls.csv").write_text("".join(",".join(row) + "\n" for row in rows))
    asked = ("--trunk", "calls.csv", "--keys", "permit.pub")

    assert shown(cli, *asked)[1]["coverage"]["trunk"] == {"calls": 2, "unseen": 1, "share_unseen": 0.5}
    _, out, err = cli("shadow", *asked)
    assert "1 of 2 (50.0 %)" in out
    assert "--trunk" not in err
    assert cli("shadow", "--trunk", "calls.csv")[0] == 2
    assert cli("shadow", "--trunk", "nowhere.csv", "--keys", "permit.pub")[0] == 2


def test_a_file_that_is_no_policy_is_not_answered(cli, tmp_path):
    day()
    (tmp_path / "next.toml").write_text("version = 99")
    assert cli("shadow", "--candidate", "next.toml")[0] == 2
    assert cli("shadow", "--candidate", "nowhere.toml")[0] == 2


def test_the_live_policy_tried_on_its_own_record_changes_nothing():
    guard = sealed()
    varied(guard)
    found = report(again(guard.log.search(), Law.current(guard.policy), guard.log.law_of), guard.policy)

    assert (found.stopped, found.let_go, found.otherwise) == ({}, {}, 0)
    assert found.judged == found.calls > 20
