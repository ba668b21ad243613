"""Tables of `plan` and `inspect` at every width: they are folded, and no word of them is left out."""

import json
import re
from collections import Counter
from datetime import date

import pytest
from rich.cells import cell_len

from callguard.cli.texts_plan import PLAN
from command_line import POLICY, caller, quiet
from inspections import changed
from worlds import render

WIDE = "400"
PLANS = {
    "bank": (
        *("plan", "--sector", "finance", "--institution", "bank", "--purpose", "marketing", "--national", "--ai", "--online"),
        *("--number", "95", "--number", "virtual=20", "--registered-capital", "20亿", "--on", "2026-11-05"),
    ),
    "school": (
        *("plan", "--sector", "education", "--purpose", "marketing", "--province", "广东", "--branch", "--foreign-capital"),
        *("--number", "fixed=20", "--intend", "call-centre-national", "--hk-mo-tw", "--on", "2026-03-02", "--regulations"),
    ),
}
_DRAWN = set("─━█░◆#-")  # rules and bars are as wide as there is room, and a blank line is none


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    quiet(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLGUARD_LOG_KEY", "00" * 32)
    return caller(capsys)


def seen(text):
    """Count the characters of a text that are words."""
    return Counter(each for each in text if not each.isspace() and each not in _DRAWN)


def wanting(tables):
    """Change a policy so that an inspection has much to say, with long names."""
    tables["enterprise"].update(registered_capital=5_000_000, paid_in_capital=5_000_000, branch=True, documents=[])
    tables["licences"] += [{"kind": "medical-institution", "issued": date(2024, 1, 1)}]
    tables["callers"] += [{"number": "95123", "obtained": date(2026, 5, 20), "channel": "authority"}]
    tables["campaigns"] += [{"name": "a-campaign-whose-name-is-long-enough", "purpose": "marketing", "automated": True}]


@pytest.fixture
def inspected(tmp_path):
    (tmp_path / "callguard.toml").write_text(render(changed(wanting)), "utf-8")
    return ("inspect", "--policy", str(tmp_path / "callguard.toml"), "--no-log", "--on", "2026-06-01")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", ["60", "80", "100"])
@pytest.mark.parametrize("what", [*PLANS, "example", "inspected"])
def test_every_word_is_there_at_every_width(cli, monkeypatch, inspected, what, width, lang):
    example = ("inspect", "--policy", POLICY, "--no-log", "--on", "2026-11-24")
    asked = {**PLANS, "example": example, "inspected": inspected}[what]

    def shown(columns):
        monkeypatch.setenv("COLUMNS", columns)
        return cli(*asked, "--lang", lang)[1]

    whole, narrow = shown(WIDE), shown(width)
    assert len(whole) > 500
    lost = seen(whole) - seen(narrow)
    if what in PLANS and int(width) < 96:  # no room for bars, and so not for the days above them
        found = json.loads(cli(*asked, "--json")[1])
        lost -= seen(PLAN["plan-between"][lang == "zh"].format(first=found["on"], last=found["complete"]["latest"]["not_before"]))

    assert lost == Counter()
    assert "…" not in narrow.replace("171 …", "")
    assert max(cell_len(line) for line in narrow.splitlines()) <= int(width)
    assert [day for day in re.findall(r"\d{4}-\d\d-\d\d", whole) if day not in narrow] == []
