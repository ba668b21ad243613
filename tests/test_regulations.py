"""Where regulation says otherwise, as data: read strictly, in both languages, and every topic that was looked at has its place."""

import copy
import typing
from datetime import date, time

import pytest

from callguard import packs
from callguard.packs import build_regulations
from callguard.packs.pack import read
from callguard.packs.regulation import MET_BY
from callguard.packs.regulations import _INSTITUTIONS, _PARTICULARS
from callguard.policy import Campaign, Policy, model
from callguard.readiness.scenario import Institution
from tooling import tool

LAW, ASKED, FOUND = packs.load(), packs.requirements(), packs.regulations()
# What was looked at, topic by topic, and where it went: ids of differences, or `-` and the id of what is left out.
TOPICS = {
    "marketing consent, draft": "draft-consent",
    "marketing consent, in force": "marketing-consent",
    "provinces": "-provincial-consent",
    "retention of consents to messages": "-consent-proof-of-messages",
    "commercial calls by platform, draft": "draft-platform-marketing",
    "terms of complaints, draft": "-complaint-terms",
    "call centres' outgoing calls": "outsourced-marketing outbound-commitment number-records",
    "recordings": "recordings",
    "the plan of 2018": "-plan-of-2018",
    "self-use": "self-use",
    "capital": "capital",
    "approval time": "approval-time",
    "renewal": "renewal",
    "validity": "-licence-years",
    "changes": "change-clocks",
    "annual report": "annual-report",
    "contact of who uses numbers": "number-contact",
    "use of numbers": "-use-of-numbers",
    "95 sub-ranges": "-ranges-of-95",
    "caller identity": "-caller-identity",
    "cards of the internet of things": "-iot-cards",
    "personal information": "sensitive-information minors automated-marketing data-abroad -shortest-retention",
    "biometrics": "biometrics",
    "AI": "ai-filing ai-label",
    "trade registration": "trade-registration",
    "international traffic": "international-gateway",
    "medical devices": "medical-device",
    "wording": "-advertising-of-drugs",
    "vacations": "school-vacations",
    "life insurance": "life-insurance-hours",
    "property insurance": "property-insurance-renewals",
    "frequency": "-frequency",
    "collection": "-collection",
}


def test_every_topic_is_a_difference_or_left_out_and_nothing_else_is_there():
    named = " ".join(TOPICS.values()).split()

    assert sorted(named) == sorted([*FOUND.differences, *(f"-{id_}" for id_ in FOUND.left_out)])


@pytest.mark.parametrize("id_", FOUND.differences)
def test_every_text_is_written_in_both_languages_and_says_how_sure_it_is(id_):
    found = FOUND.differences[id_]

    for each in (found.title, found.article, found.regulation, found.do):
        assert set(each) == {"en", "zh"}
        assert not each["zh"].isascii()
        assert "{" not in "".join(each.values())
    assert found.rows
    assert found.touches
    assert all(found.how[lang] in found.citation(lang) for lang in ("en", "zh"))
    if found.sure == "memory":
        assert "remembered" in found.regulation["en"]
        assert "凭记忆" in found.regulation["zh"]
    if found.status == "draft":
        assert "draft" in found.regulation["en"]


def test_what_requirements_tell_everybody_is_taken_from_here_and_touches_them():
    for id_, table in read("cn_requirements.toml")["requirements"].items():
        names = [*table.get("differs", ()), *(each["difference"] for each in table.get("cautions", ()) if "difference" in each)]
        for name in names:
            assert id_ in FOUND.differences[name].touched("requirement")
        for name in table.get("differs", ()):
            assert FOUND.differences[name].regulation["zh"] in ASKED.requirements[id_].differs["zh"]
    told = [each for requirement in ASKED.requirements.values() for each in requirement.cautions]
    assert FOUND.differences["outsourced-marketing"].regulation in [each.text for each in told]


def test_words_are_those_of_policy_and_scenario():
    assert set(_INSTITUTIONS) == set(typing.get_args(Institution))
    assert set(_PARTICULARS) == set(typing.get_args(model.Particular))
    assert all(hasattr(Campaign, key) or hasattr(Policy, key) for key in MET_BY)


def test_the_overlay_s_figures():
    found = FOUND.differences

    assert found["renewal"].renew_days == 90
    assert found["approval-time"].decided_days == 60
    assert (found["life-insurance-hours"].hours.start, found["life-insurance-hours"].hours.end) == (time(9), time(21))
    assert "09:00" in found["life-insurance-hours"].regulation["en"]
    assert found["recordings"].keep_days == 30
    assert found["number-contact"].notify_working_days == found["number-records"].notify_working_days == 10
    assert found["trade-registration"].holds(date(2022, 12, 30))
    assert not found["trade-registration"].holds(date(2022, 12, 29))


def changed(*path, value=None):
    data = copy.deepcopy(read("cn_regulations.toml"))
    table = data
    for key in path[:-1]:
        table = table[key]
    if value is None:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    return data


ONE = {"title": "t", "url": "https://example.org/", "sort": "report"}


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("id",), "us", r"`r\.id` is `us`; accepted: cn-regulations"),
        (("title",), {"en": "a"}, r"`r\.title` is .*; accepted: a table of `en` and `zh`"),
        (("differences", "renewal", "title"), None, r"renewal\.title` is missing"),
        (("differences", "renewal", "do"), None, r"renewal\.do` is missing"),
        (("differences", "renewal", "status"), "old", r"renewal\.status` is `old`; accepted: in-force, draft, abolished"),
        (("differences", "renewal", "sure"), "quite", r"renewal\.sure` is `quite`; accepted: statute, report, memory"),
        (("differences", "renewal", "sure"), "memory", r"renewal\.sources` is .*; accepted: where `sure` is memory: none"),
        (("differences", "renewal", "sure"), "statute", r"renewal\.sources` is .*; accepted: where `sure` is statute: one that is"),
        (
            ("differences", "renewal", "sources"),
            None,
            r"renewal\.sources` is `\[\]`; accepted: where `sure` is report: one or more",
        ),
        (("differences", "renewal", "sources"), [{**ONE, "url": "example.org"}], r"url` is `example\.org`; accepted: an address"),
        (("differences", "renewal", "sources"), [{**ONE, "sort": "rumour"}], r"sort` is `rumour`; accepted: statute, report"),
        (("differences", "renewal", "sources"), [{**ONE, "page": "3"}], r"page` is `3`; accepted: no such key"),
        (("differences", "renewal", "from"), "2020", r"renewal\.from` is `2020`; accepted: a date"),
        (("differences", "trade-registration", "from"), None, r"from` is `None`; accepted: the day on which it was abolished"),
        (("differences", "renewal", "rows"), None, r"renewal\.rows` is `None`; accepted: the article's rules"),
        (("differences", "renewal", "rows"), [74], r"rows\[0\]` is `74`; accepted: 1 to 73"),
        (("differences", "renewal", "touches"), None, r"renewal\.touches` is `\[\]`; accepted: one or more"),
        (("differences", "renewal", "touches"), ["duty none"], r"touches\[0\]` is `duty none`; accepted: requirement business"),
        (("differences", "minors", "when"), [{"sector": "bank"}], r"when\[0\]\.sector` is `bank`; accepted: general"),
        (("differences", "minors", "when"), [{"ai": "yes"}], r"when\[0\]\.ai` is `yes`; accepted: true or false"),
        (("differences", "minors", "when"), [{"colour": True}], r"when\[0\]\.colour` is `True`; accepted: no such key, but scope"),
        (("differences", "minors", "when"), [{"institution": "shop"}], r"institution` is `shop`; accepted: bank"),
        (("differences", "minors", "met_by"), "hope", r"met_by` is `hope`; accepted: require_consent, school_vacations"),
        (("differences", "self-use", "drops"), ["icp2"], r"drops\[0\]` is `icp2`; accepted: business-licence"),
        (("differences", "capital", "lifts"), ["garden"], r"lifts\[0\]` is `garden`; accepted"),
        (("differences", "change-clocks", "from_decision"), ["seat"], r"from_decision\[0\]` is `seat`; accepted: name"),
        (("differences", "renewal", "renew_days"), 0, r"renew_days` is `0`; accepted: a whole number"),
        (("differences", "renewal", "renew_days"), None, r"renewal\.regulation` is .*; accepted: a text with nothing in braces"),
        (("differences", "life-insurance-hours", "hours", "end"), time(9), r"hours\.end` is `09:00:00`; accepted: a time after"),
        (("differences", "life-insurance-hours", "hours", "end"), "21", r"hours\.end` is `21`; accepted: a time, as 09:00:00"),
        (("differences", "life-insurance-hours", "hours", "days"), "all", r"hours\.days` is `all`; accepted: no such key"),
        (("differences", "renewal", "colour"), "red", r"renewal\.colour` is `red`; accepted: no such key"),
        (("differences", "renewal"), "yes", r"differences\.renewal` is `yes`; accepted: a table"),
        (("left_out", "frequency", "why"), None, r"frequency\.why` is missing"),
        (("left_out",), None, r"`r\.left_out` is missing; accepted: a table"),
        (("extra",), {"a": 1}, r"`r\.extra` is .*; accepted: no such key"),
    ],
)
def test_a_mistake_in_the_file_is_named(path, value, complaint):
    with pytest.raises(ValueError, match=complaint):
        build_regulations(changed(*path, value=value), LAW, ASKED, "r")


def test_it_is_read_once_and_an_unknown_overlay_is_an_error():
    assert packs.regulations() is packs.regulations()
    with pytest.raises(ValueError, match="no overlay `us`; accepted: cn-regulations"):
        packs.regulations("us")


def test_the_pages_name_everything():
    for lang, text in zip(("en", "zh"), tool("regulation_pages").pages().values(), strict=True):
        assert [id_ for id_ in FOUND.differences if f"(`{id_}`)" not in text] == []
        assert [each.topic[lang] for each in FOUND.left_out.values() if each.topic[lang] not in text] == []
        assert all(source.url in text for each in FOUND.differences.values() for source in each.sources)
