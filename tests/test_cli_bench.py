"""`callguard bench`, over few calls."""

import json

import pytest

from callguard import phone
from callguard.cli import bench
from command_line import POLICY, caller, quiet

ASKED = ("bench", "--policy", POLICY, "--campaign", "class-notice", "--caller", "400-855-0100")


@pytest.fixture
def cli(capsys, monkeypatch):
    quiet(monkeypatch)
    for name, few in {
        "PASSES": 2,
        "BLOCKS": 20,
        "LIVE": 50,
        "CALLS": 2_000,
        "ROWS": 500,
        "_LOOP_NS": 200_000,
        "_TRIES": 20_000,
    }.items():
        monkeypatch.setattr(bench, name, few)
    return caller(capsys)


def test_machines_read_what_was_measured(cli):
    status, out, err = cli(*ASKED, "--json")
    answer = json.loads(out)

    assert (status, err) == (0, "")
    assert list(answer) == [
        "empty_call_ns", "one_ns", "campaign_ns", "random_ns", "scrub_rows_per_s", "open_ms", "campaign", "core", "python",
    ]  # fmt: skip
    assert answer["campaign"] == "class-notice"
    assert answer["core"] in {"compiled", "interpreted"}
    assert answer["one_ns"] > 0
    assert list(answer["random_ns"]) == ["p50", "p99", "p99.9"]
    assert answer["random_ns"]["p50"] <= answer["random_ns"]["p99"] <= answer["random_ns"]["p99.9"]
    assert answer["scrub_rows_per_s"]["text"] > 0
    assert answer["open_ms"] > 0


@pytest.mark.parametrize(("lang", "said"), [("en", "one number again and again"), ("zh", "同一号码反复")])
def test_people_read_a_table(cli, lang, said):
    status, out, _ = cli(*ASKED, "--lang", lang)

    assert status == 0
    assert said in out
    assert out.count(" ×\n") + out.count(" × ") >= 6


def test_nothing_that_is_asked_about_is_shown(cli):
    _, out, err = cli(*ASKED)

    assert "+86" not in out + err


def test_the_line_must_be_known(cli):
    assert cli("bench", "--policy", POLICY)[0] == 2
    assert cli("bench", "--policy", POLICY, "--campaign", "nothing")[0] == 2


@pytest.mark.parametrize("region", ["CN", "US", "DE", "SG"])
def test_callees_are_numbers_of_the_enterprises_country(region):
    plan = phone.NumberPlan(region)
    chance = bench.Random(1)
    blocks = bench._blocks(plan, chance)
    callees = bench._callees(blocks[:100], chance, 200)

    assert len(blocks) > 500
    assert all(callee.startswith(f"+{plan.national}") for callee in callees)
    assert sum(plan.read(callee).status == "valid" for callee in callees) > 150


@pytest.mark.parametrize(
    ("took", "text"), [(0.0, "0 ns"), (178.94, "179 ns"), (1_240.0, "1.24 µs"), (3_131_000.0, "3.13 ms"), (2e9, "2 s")]
)
def test_times_are_written_to_three_figures(took, text):
    assert bench._written(took) == text
