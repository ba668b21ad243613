"""Reports in a real browser: nothing is out of a telephone's screen, and nothing is cut off on paper."""

from datetime import date, timedelta

import pytest

import browser
from callguard.reports import axis
from callguard.reports.html import html
from callguard.reports.page import Items, Page, Section, Span, Table, Timeline, text
from command_line import POLICY, XINGHE, caller, quiet

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(browser.chromium() is None, reason="Chromium is not installed: apt-get install chromium"),
]
PAPER = 688  # pixels of CSS between the margins of a sheet of A4
PHONE = 390
REPORTED = {
    "a small plan": ("plan", "--purpose", "service", "--national", "--number", "400", "--on", "2026-01-05"),
    "a large plan": (
        *("plan", "--sector", "finance", "--institution", "bank", "--purpose", "marketing", "--national", "--ai", "--abroad"),
        *("--branch", "--number", "95", "--number", "400=2", "--intend", "icp", "--held", "articles-of-association"),
        *("--regulations", "--on", "2026-01-05"),
    ),
    "an outlook": (
        "preflight",
        str(XINGHE / "leads.csv"),
        "--policy",
        POLICY,
        "--campaign",
        "spring-course",
        "--from",
        "2026-11-24T10:00",
        "--rate",
        "50",
    ),
    "an inspection": ("inspect", "--policy", POLICY, "--on", "2026-11-24", "--no-log", "--fail-on", "stops-calls"),
}


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return caller(capsys)


def fits(path):
    """Hold a page against a telephone's screen, and against paper: whose rules hold on a screen as wide, where it can be measured."""
    written = path.read_text("utf-8")
    assert "@media print" in written
    printed = path.with_name("printed.html")
    printed.write_text(written.replace("@media print", "@media all"), "utf-8")

    assert browser.laid_out(path, PHONE) == {"wide": PHONE, "scrolls": PHONE, "out": []}
    assert browser.laid_out(printed, PAPER) == {"wide": PAPER, "scrolls": PAPER, "out": []}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("what", REPORTED)
def test_nothing_is_out_of_the_sheet(cli, tmp_path, what, lang):
    cli(*REPORTED[what], "--lang", lang, "--report", "page.html")

    fits(tmp_path / "page.html")


@pytest.mark.parametrize("long", ["x" * 300, "号" * 300, "<script>&" * 40], ids=["a word", "Chinese", "markup"])
def test_a_name_that_has_no_end_is_within_the_sheet_too(tmp_path, long):
    first, last = date(2026, 1, 5), date(2026, 4, 3)
    line = Timeline(first=first, last=last, rows=(Span(title=long, words=long, bars=()),), marks=((last, long),))
    table = Table(columns=("what", "by", "from", "to", "why"), rows=((text(long),) * 5,))
    blocks = (line, table, Items(texts=(text(f"{long} `{long}`"),)))
    page = Page(title=long, lang="en", lead=(text(long),), sections=(Section(title=long, blocks=blocks),), foot=text(long))
    (tmp_path / "page.html").write_text(html(page), "utf-8")

    fits(tmp_path / "page.html")


@pytest.mark.parametrize("days", [27, 58, 89, 150, 210, 240, 1_500])
def test_days_on_the_axis_are_within_the_sheet_whatever_the_line(tmp_path, days):
    first = date(2026, 1, 5)
    line = Timeline(first=first, last=first + timedelta(days=days), rows=())
    assert axis.ticks(line)
    page = Page(title="x", lang="en", lead=(), sections=(Section(title="x", blocks=(line,)),))
    (tmp_path / "page.html").write_text(html(page), "utf-8")

    fits(tmp_path / "page.html")
