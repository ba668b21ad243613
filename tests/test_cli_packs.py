"""`callguard packs`: what ships is listed and shown, and a pack of one's own is checked."""

from __future__ import annotations

import json

import pytest

from command_line import caller, quiet
from test_places_law import RIGHT


@pytest.fixture
def run(capsys, monkeypatch):
    """The command line, in this process: status, what it printed, what it complained of."""
    quiet(monkeypatch)
    return caller(capsys)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_lists_what_ships(run, lang):
    shown = run("packs", "list", "--lang", lang)
    told = json.loads(run("packs", "list", "--json")[1])

    assert shown[0] == 0
    assert [row["id"] for row in told["packs"]] == ["cn", "cn-regulations", "au", "fr", "hk", "us"]
    assert {row["id"]: row["holds"] for row in told["packs"]}["hk"] == "chosen"
    assert {row["id"]: row["holds"] for row in told["packs"]}["cn-regulations"] == "shown"
    assert all(row["id"] in shown[1] for row in told["packs"])


def test_shows_each_clause_with_its_sources(run):
    shown = run("packs", "show", "fr")
    told = json.loads(run("packs", "show", "fr", "--json")[1])

    assert shown[0] == 0
    assert [clause["id"] for clause in told["clauses"]] == ["fr-hours", "fr-consent"]
    assert told["clauses"][0]["caps"] == ["4 / 30 days (enterprise)"]
    assert "legifrance" in shown[1].replace("\n", "")


def test_a_pack_that_is_not_there_cannot_be_shown(run):
    assert run("packs", "show", "atlantis")[0] == 2
    assert run("packs", "show", "nothing.toml")[0] == 2


def test_checks_a_pack_by_its_cases(run, tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text(RIGHT, encoding="utf-8")
    right = run("packs", "check", str(file))

    assert right[0] == 0
    assert "2 cases" in right[1]
    file.write_text(RIGHT.replace('"calling-window"', '"allowed"'), encoding="utf-8")
    wrong = run("packs", "check", str(file), "--json")
    assert wrong[0] == 1
    assert [case["right"] for case in json.loads(wrong[1])["cases"]] == [True, False]
    assert run("packs", "check", str(file))[0] == 1
    file.write_text(RIGHT[: RIGHT.index("[[cases]]")], encoding="utf-8")
    assert run("packs", "check", str(file))[0] == 1
    file.write_text(RIGHT.replace("end = 18:00:00", "end = 8"), encoding="utf-8")
    mistaken = run("packs", "check", str(file))
    assert mistaken[0] == 2
    assert "clauses[0].windows[0].end" in mistaken[2].replace("\n", "")


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ("law no more, since 2022-12-30", "from memory")), ("zh", ("已废止", "凭记忆"))]
)
def test_shows_what_regulation_says_otherwise(run, lang, words):
    shown = run("packs", "show", "cn-regulations", "--lang", lang)
    told = json.loads(run("packs", "show", "cn-regulations", "--json", "--lang", lang)[1])

    assert shown[0] == 0
    assert all(word in " ".join(shown[1].split()) for word in words)
    assert told["beside"] == "cn"
    first = told["differences"][0]
    assert (first["id"], first["status"], first["from"], first["sure"]) == (
        "trade-registration", "abolished", "2022-12-30", "statute",
    )  # fmt: skip
    assert all(each["id"] in shown[1] for each in told["differences"])


def test_checks_the_overlay_which_has_no_cases(run):
    told = json.loads(run("packs", "check", "cn-regulations", "--json")[1])

    assert run("packs", "check", "cn-regulations")[0] == 0
    assert (told["cases"], told["right"]) == ([], True)
    assert told["differences"] > 20
