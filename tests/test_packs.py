"""The law as data: complete, in both languages, cited; and its pages are up to date."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, time
from pathlib import Path

import pytest

from callguard import packs
from callguard.policy import model
from callguard.rules import RULES
from tooling import tool

ROOT = Path(__file__).parent.parent
LAW = packs.load("cn")


def test_every_rule_has_its_text_and_no_text_lacks_a_rule():
    assert [rule.id for rule in RULES] == list(LAW.rules)


@pytest.mark.parametrize("id_", LAW.rules)
def test_every_text_is_written_in_both_languages(id_):
    text = LAW.rules[id_]

    for field in (text.title, text.citation, text.text, text.unknown):
        assert set(field) == {"en", "zh"}
        assert all(value.strip() for value in field.values())
        assert field["en"].isascii() or "“" in field["en"]
        assert not field["zh"].isascii()
    assert text.effective == date(2000, 1, 1)


def test_a_rule_of_the_article_cites_it_and_any_other_says_whose_it_is():
    for text in LAW.rules.values():
        kinds = ("Source article", "The enterprise's own", "callguard's own duty", "The law of the callee's place")

        assert text.citation["en"].startswith(kinds)
        assert bool(text.rows) == text.citation["en"].startswith("Source article")


def test_the_law_is_the_article_s():
    assert (time(8), time(21)) == (LAW.marketing_window.start, LAW.marketing_window.end)
    assert (LAW.filing_days, LAW.licence_years, LAW.call_log_months) == (30, 5, 6)
    assert {"fixed": {"operator"}, "400": {"operator"}, "mobile": {"operator"}, "95": {"authority"}, "96": {"authority"}} == {
        kind: set(LAW.channels[kind]) for kind in LAW.channels if kind != "virtual"
    }
    assert {"mvno"} == LAW.channels["virtual"]


def test_the_values_speak_the_policy_s_words():
    def words(literal):
        return set(literal.__args__)

    licences = {LAW.every_call_licence, LAW.online_licence, LAW.abroad_licence}
    assert words(model.LicenceKind) == licences | {need.licence for need in LAW.sector_licences.values()}
    assert words(model.FilingKind) == set(LAW.filings.values())
    assert words(model.Sector) == {"general"} | {need.sector for need in LAW.sector_licences.values()}
    assert set(LAW.channels) == set(LAW.purposes) == words(model.CallerKind)
    assert words(model.Channel) == frozenset().union(*LAW.channels.values())
    assert all(words(model.Purpose) == purposes for purposes in LAW.purposes.values())


def test_a_place_without_a_pack_has_the_default_window():
    assert LAW.window("CN") is LAW.marketing_window
    for country in ("HK", "US", None):
        assert LAW.window(country) is LAW.default_window
    assert packs.Hours(start=time(8), end=time(21)) == LAW.default_window


def test_titles_and_citations_are_found_by_language():
    assert LAW.title() == "Mainland China"
    assert LAW.title("zh") == "中国大陆"
    assert LAW.citation("marketing-hours", "zh") == "来源文章三(二): “早8点前、晚9点后不得外呼营销”"
    assert LAW.citation("no-fridays") == ""
    assert LAW.citation("marketing-hours", here=False) == LAW.elsewhere["en"]
    assert LAW.citation("region-blocked", here=False) == LAW.citation("region-blocked")


def test_a_pack_is_read_once_and_an_unknown_one_is_an_error():
    assert packs.load() is packs.load()
    with pytest.raises(ValueError, match=r"no pack `us`; accepted: cn"):
        packs.load("us")


def test_the_room_imports_no_more_than_attrs():
    code = "import sys, callguard.packs; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"tomllib", "pendulum", "cattrs", "phonenumbers", "numpy", "holidays", "chinese_calendar"} & set(loaded)


def test_a_place_s_page_names_every_clause_with_its_sources():
    for path, text in tool("law_pages").pages().items():
        pack = path.name.partition(".")[0]
        for clause in packs.load_place(pack).clauses if pack != "cn" else ():
            assert f"(`{clause.id}`)" in text
            assert all(source.url in text for source in clause.sources)


def test_a_law_page_names_every_rule_in_both_languages():
    for path, text in tool("law_pages").pages().items():
        for rule in RULES if path.name.startswith("cn.") else ():
            assert text.count(f"`{rule.id}`") >= 2
