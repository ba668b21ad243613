"""The page of all known ways to place a call is what the tests show."""

import json
import sys
from pathlib import Path

import pytest

import tooling
import ways

ROOT = Path(__file__).parent.parent
ONE = ("Dialer", "dial(number)", "a peer")
OTHER = ("Dialer", "redial(number)", "protocol double only")
BARS = ("Another", "dial a|b", "a peer")


@pytest.fixture(scope="module")
def tool():
    return tooling.tool("ways")


@pytest.mark.once
def test_every_way_in_the_tests_stands_in_the_page_and_no_other(tool):
    assert tool.read_page(tool.PAGE.read_text("utf-8")) == tool.best(ways.marked()), "run make ways"


def test_a_page_is_read_as_it_was_written(tool):
    assert tool.read_page(tool.page({ONE, OTHER, BARS})) == {ONE, OTHER, BARS}


def test_a_double_is_not_named_beside_something_better(tool):
    assert tool.read_page(tool.page({ONE, (*ONE[:2], tool.DOUBLE), OTHER})) == {ONE, OTHER}


@pytest.mark.parametrize(
    ("shown", "ran", "said"),
    [
        ({ONE}, {ONE: "passed"}, []),
        ({ONE}, {ONE: "skipped"}, []),
        (set(), {ONE: "skipped"}, []),
        ({ONE}, {ONE: "failed"}, ["Dialer: dial(number) (a peer) stands in the page; it was failed"]),
        ({ONE}, {}, ["Dialer: dial(number) (a peer) stands in the page; it was not run"]),
        ({ONE}, {ONE: "passed", OTHER: "passed"}, ["Dialer: redial(number) (protocol double only) passed; the page lacks it"]),
    ],
)
def test_a_page_is_held_against_what_ran(tool, shown, ran, said):
    assert tool.differences(shown, ran) == said


def test_what_became_of_each_way_is_gathered_and_the_worst_stands(tool, tmp_path, monkeypatch):
    class Report:
        def __init__(self, *shown):
            self.user_properties = [("way", list(way)) for way in shown]

    path = tmp_path / "build" / "ways.json"
    monkeypatch.setenv("CALLGUARD_WAYS", str(path))
    ways.gather({"passed": [Report(ONE), Report(OTHER)], "skipped": [Report(ONE)]})
    assert tool.read_run(path) == {ONE: "passed", OTHER: "passed"}

    ways.gather({"failed": [Report(OTHER)]})
    assert tool.read_run(path) == {ONE: "passed", OTHER: "failed"}
    assert json.loads(path.read_text("utf-8"))

    monkeypatch.setattr(sys, "argv", ["ways.py", "--check", str(tmp_path / "none.json")])
    with pytest.raises(SystemExit, match="is not there"):
        tool.main()
