"""What an inspection says, as data: read strictly, in both languages, and every remark of it is made somewhere."""

import copy
import re
from pathlib import Path
from string import Formatter

import pytest

from callguard import packs
from callguard.packs import build_inspected
from callguard.packs.pack import read
from callguard.policy import model
from callguard.readiness.ahead import LASTING
from tooling import tool

ROOT = Path(__file__).parent.parent
LAW, ASKED, SAID = packs.load(), packs.requirements(), packs.inspected()
SOURCES = {path.name: path.read_text("utf-8") for path in (ROOT / "src" / "callguard" / "readiness").glob("*.py")}


def test_every_rule_that_lasts_says_how_its_denial_is_mended():
    assert {id_ for id_, each in SAID.remarks.items() if each.rule} == {rule.id for rule in LASTING}
    assert all(each.id == each.rule for each in SAID.remarks.values() if each.rule)


@pytest.mark.parametrize("id_", [id_ for id_, each in SAID.remarks.items() if each.rule is None])
def test_every_other_remark_is_made_in_the_code(id_):
    assert any(f'"{id_}"' in text for text in SOURCES.values())


@pytest.mark.parametrize("id_", SAID.remarks)
def test_every_remark_is_written_in_both_languages_with_the_same_facts(id_):
    found = SAID.remarks[id_]
    for each in filter(None, (found.title, found.citation, found.text, found.mend)):
        assert set(each) == {"en", "zh"}
        facts = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in each.values()]
        assert facts[0] == facts[1]
    assert set(found.rows) <= set(range(1, 74))
    assert found.rows or "own" in found.citation["en"]


def test_the_documents_of_a_policy_are_the_law_s():
    assert set(model.Document.__args__) == set(ASKED.documents)


def test_the_law_s_values_stand_once():
    data = read("cn_inspection.toml")

    assert set(data["values"]) & (set(read("cn.toml")["values"]) | set(read("cn_requirements.toml")["values"])) == set()
    assert SAID.report_grace_until > ASKED.duties["annual-report"].due.yearly
    assert len(set(SAID.exaggerations)) == len(SAID.exaggerations)
    assert {"根治", "治愈率", "有效率", "无副作用", "最佳", "国家级", "100 %"} <= set(SAID.exaggerations)


def changed(*path, value=None):
    data = copy.deepcopy(read("cn_inspection.toml"))
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
        (("reviewed",), "2026-11-24", r"`i\.reviewed` is `2026-11-24`; accepted: a date"),
        (("values", "stale_days"), 0, r"values\.stale_days` is `0`; accepted: a whole number"),
        (("values", "exaggerations"), [""], r"values\.exaggerations\[0\]` is ``; accepted: text"),
        (("values", "colour"), "red", r"values\.colour` is `red`; accepted: no such key"),
        (("values", "report_grace_until"), {"month": 4}, r"report_grace_until\.day` is missing"),
        (("conditions", "office"), None, r"conditions\.office` is missing; accepted: a list"),
        (("conditions", "garden"), [1], r"conditions\.garden` is .*; accepted: no such key"),
        (("denials", "no-rule"), {"en": "a", "zh": "b"}, r"denials\.rule` is `no-rule`; accepted: invalid-number"),
        (("denials", "icp-licence"), {"en": "a"}, r"denials\.icp-licence` is .*; accepted: a table of `en` and `zh`"),
        (("remarks", "renewal", "of"), "duty none", r"renewal\.of` is `duty none`; accepted: rule, requirement, duty"),
        (("remarks", "renewal", "mend"), None, r"renewal\.mend` is missing"),
        (("remarks", "no-law", "title"), None, r"no-law\.title` is missing"),
        (("remarks", "renewal", "rows"), [74], r"renewal\.rows\[0\]` is `74`; accepted: 1 to 73"),
        (("remarks", "renewal", "colour"), "red", r"renewal\.colour` is `red`; accepted: no such key"),
        (("extra",), {"a": 1}, r"`i\.extra` is .*; accepted: no such key"),
    ],
)
def test_a_mistake_in_the_file_is_named(path, value, complaint):
    with pytest.raises(ValueError, match=complaint):
        build_inspected(changed(*path, value=value), LAW, ASKED, "i")


def test_it_is_read_once_and_an_unknown_pack_is_an_error():
    assert packs.inspected() is packs.inspected()
    with pytest.raises(ValueError, match="no pack `us`"):
        packs.inspected("us")


def test_the_pages_name_every_remark():
    for text in tool("inspection_pages").pages().values():
        assert set(re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)) == set(SAID.remarks)
