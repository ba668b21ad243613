"""The requirements as data: every rule of the article has its place, in both languages; the file is read strictly."""

import copy
from datetime import time

import attrs
import pytest

from callguard import packs
from callguard.packs import build_requirements, requirements
from callguard.packs.pack import read
from callguard.policy import model
from callguard.readiness import Scenario
from callguard.rules import RULES
from tooling import tool

LAW = packs.load()
FOUND = requirements()
# The rows of the rule research (part A) by their kind: those that no rule decides as a call is dialled are gates at application,
# deadlines and records.
GATES = {2, 3, 4, 5, 6, 12, 13, 14, 15, 17, 18, 33, 42, 43, 49, 50, 65, 67}
DEADLINES = {9, 15, 18, 44, 53, 57, 58, 59, 60, 71, 72}
RECORDS = {47, 56, 57, 65, 66, 68, 69}
OTHERS = {
    7,
    26,
    34,
    39,
    45,
    48,
    64,
    70,
    73,
}  # decided or warned of as a call is dialled, with no reason of their own; the planner's
FOR_INSPECTION: dict[int, str] = {}  # what only an inspection of what is held can say, and why


def rows():
    found = set()
    for each in (*FOUND.requirements.values(), *FOUND.duties.values()):
        found |= set(each.rows)
    for each in FOUND.requirements.values():
        for caution in each.cautions:
            found |= set(caution.rows)
    return found


def test_every_gate_deadline_and_record_of_the_article_is_a_requirement_or_a_duty():
    assert (GATES | DEADLINES | RECORDS | OTHERS) - rows() - set(FOR_INSPECTION) == set()


def test_every_row_is_decided_by_a_rule_or_stands_here():
    decided = {row for rule in LAW.rules.values() for row in rule.rows}

    assert set(range(1, 74)) - decided - rows() - set(FOR_INSPECTION) == set()


def test_the_law_s_values_are_the_article_s():
    conditions = {c.id: c for each in FOUND.requirements.values() for c in each.conditions}
    times = {each.id: each.time for each in FOUND.requirements.values() if each.time}
    figures = {id_: dict(duty.figures) for id_, duty in FOUND.duties.items()}

    assert {id_: c.least for id_, c in conditions.items() if c.least} == {
        "national-capital": 10_000_000,
        "national-paid-in": 10_000_000,
        "provincial-capital": 1_000_000,
        "provincial-paid-in": 1_000_000,
        "icp-capital": 1_000_000,
        "special-capital": 100_000_000,
        "office": 100,
    }
    assert (conditions["fixed-quota"].per_seats, conditions["fixed-quota"].usual, conditions["fixed-quota"].most) == (10, 5, 10)
    assert {id_: (t.least, t.most, t.unit) for id_, t in times.items()} == {
        "call-centre-national": (40, 60, "working-days"),
        "call-centre-provincial": (40, 60, "working-days"),
        "icp": (30, 40, "working-days"),
        "number-95": (3, 6, "months"),
        "number-96": (3, 6, "months"),
    }
    assert figures["number-filing"] == {"days": LAW.filing_days}
    assert figures["usage-log"] == {"months": LAW.call_log_months}
    assert figures["renewal"] == {"years": LAW.licence_years, "days": 90}
    assert figures["change-filing"] == {"days": 30}
    assert figures["marketing-hours"] == {"start": time(8), "end": time(21)}


def test_no_value_of_the_pack_is_written_a_second_time():
    said = read("cn_requirements.toml")["values"]

    assert set(said) & set(read("cn.toml")["values"]) == set()


@pytest.mark.parametrize("id_", [*FOUND.requirements, *FOUND.duties])
def test_every_text_is_written_in_both_languages_and_says_where_it_is_from(id_):
    found = FOUND.requirements.get(id_) or FOUND.duties[id_]
    texts = [found.title, found.citation]
    texts += [found.not_needed, found.differs, *found.names.values()] if id_ in FOUND.requirements else [found.text]
    for text in filter(None, texts):
        assert set(text) == {"en", "zh"}
        assert not text["zh"].isascii()
    assert found.citation["en"].startswith("Source article")
    assert "来源文章" in found.citation["zh"]
    assert found.rows
    assert set(found.rows) <= set(range(1, 74))


def test_what_a_policy_can_hold_meets_a_requirement():
    held = [each.held_by for each in FOUND.requirements.values() if each.held_by]

    assert {each.licence for each in held} - {None} == set(model.LicenceKind.__args__)
    assert {each.filing for each in held} - {None} == set(model.FilingKind.__args__)
    assert {each.number for each in FOUND.requirements.values()} - {None} == set(LAW.channels)


def test_every_rule_of_a_licence_or_filing_has_its_requirement():
    licences = {"call-center-licence", "icp-licence", *LAW.sector_licences}
    filings = {rule.id for rule in RULES if rule.id.endswith(("-filing", "-qualification"))} - {"mvno-realtime-record-filing"}

    assert licences | filings <= {each.rule for each in FOUND.requirements.values()}


def test_facts_and_clauses_are_the_scenario_s():
    fields = {field.name for field in attrs.fields(Scenario)}

    assert set(FOUND.facts) - {"fixed_numbers"} <= fields
    assert FOUND.flags <= fields | {"outsourced", "academic_tutoring"}


def test_what_may_not_apply_says_why_it_is_not_needed():
    assert [each.id for each in FOUND.requirements.values() if each.when and each.not_needed is None] == []


def changed(*path, value=None):
    """The file's tables with one key changed, or taken away."""
    data = copy.deepcopy(read("cn_requirements.toml"))
    table = data
    for key in path[:-1]:
        table = table[key]
    if value is None:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("requirements", "icp", "kind"), "permit", r"`r\.requirements\.icp\.kind` is `permit`; accepted: licence, filing"),
        (("requirements", "icp", "authority"), None, r"icp\.authority` is missing; accepted: text"),
        (("requirements", "icp", "depends"), ["ipc"], r"icp\.depends\[0\]` is `ipc`; accepted: business-licence"),
        (("requirements", "icp", "rule"), "icp", r"icp\.rule` is `icp`; accepted: invalid-number"),
        (("requirements", "icp", "colour"), "red", r"icp\.colour` is `red`; accepted: no such key, but"),
        (("requirements", "icp", "when"), [{"onlin": True}], r"icp\.when\[0\]\.onlin` is `True`; accepted: no such key, but scope"),
        (("requirements", "icp", "when"), [{"online": "yes"}], r"when\[0\]\.online` is `yes`; accepted: true or false"),
        (("requirements", "icp", "when"), [{"sector": "bank"}], r"when\[0\]\.sector` is `bank`; accepted: general, finance"),
        (("requirements", "icp", "rows"), [74], r"icp\.rows\[0\]` is `74`; accepted: 1 to 73"),
        (("requirements", "icp", "title"), {"en": "ICP"}, r"icp\.title` is .*; accepted: a table of `en` and `zh`"),
        (("requirements", "website", "depends"), ["icp"], r"website\.depends` is `website > icp > website`|icp\.depends` is"),
        (("requirements", "icp", "documents"), ["passport"], r"documents\[0\]` is `passport`; accepted"),
        (("conditions", "office", "least"), -1, r"conditions\.office\.least` is `-1`; accepted: a whole number, 1 or more"),
        (("conditions", "office", "unit"), None, r"conditions\.office\.unit` is `None`; accepted: text, beside `least`"),
        (("conditions", "office", "fact"), "area", r"conditions\.office\.fact` is `area`; accepted: business_scope"),
        (("times", "icp", "most"), 20, r"times\.icp\.most` is `20`; accepted: 30 or more"),
        (("times", "icp", "unit"), "weeks", r"times\.icp\.unit` is `weeks`; accepted: working-days, months"),
        (("duties", "renewal", "figures"), {"years": "no_years"}, r"figures\.years` is `no_years`; accepted: a value of the pack"),
        (
            ("duties", "renewal", "text"),
            {"en": "{month}", "zh": "月"},
            r"renewal\.text\.en` is `{month}`; accepted: a text with years",
        ),
        (("duties", "renewal", "due"), {"of": "school"}, r"renewal\.due\.of` is `school`; accepted: number"),
        (("values", "change_days"), 0, r"values\.change_days` is `0`; accepted: a whole number"),
        (("groups", "enterprise"), ["basic"], r"groups\.enterprise\[0\]` is `basic`; accepted"),
        (("facts", "staff"), {"en": "staff"}, r"facts\.staff` is .*; accepted: a table of `en` and `zh`"),
        (("requirements", "icp"), "yes", r"requirements\.icp` is `yes`; accepted: a table"),
        (("extra",), {"a": 1}, r"`r\.extra` is .*; accepted: no such key"),
        (("authorities", "miit", "of"), "nobody", r"authorities\.miit\.of` is `nobody`; accepted: called, home"),
    ],
)
def test_a_mistake_in_the_file_is_named(path, value, complaint):
    with pytest.raises(ValueError, match=complaint):
        build_requirements(changed(*path, value=value), LAW, "r")


def test_requirements_are_read_once_and_an_unknown_pack_is_an_error():
    assert requirements() is requirements()
    with pytest.raises(ValueError, match="no pack `us`"):
        requirements("us")


def test_the_pages_name_everything():
    for text in tool("requirement_pages").pages().values():
        assert [id_ for id_ in (*FOUND.requirements, *FOUND.duties) if f"(`{id_}`)" not in text] == []
