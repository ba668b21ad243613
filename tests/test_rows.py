"""Every rule of the article, counted 1 to 73 in the rule research, and where it is answered: one table, complete.

`decision`: a rule of the pack denies calls by it. `plan`: a requirement, duty or caution says it before the first call.
`inspection`: a remark says where it is not met. `record`: callguard keeps it, or hands it over, and where.
"""

from __future__ import annotations

from importlib import import_module

import pytest

from callguard import packs

# row: what the article asks for, and where it is answered
TABLE = {
    1: ("licences before operation", "decision plan inspection"),
    2: ("business licence whose scope fits", "plan inspection"),
    3: ("identity card of the legal representative", "plan inspection"),
    4: ("articles of association", "plan inspection"),
    5: ("filing of foreign investment", "plan inspection"),
    6: ("authorization of a branch", "plan inspection"),
    7: ("registration for foreign trade", "plan inspection"),
    8: ("call-centre licence", "decision plan inspection"),
    9: ("its five years", "decision plan inspection"),
    10: ("provincial licence: within the province", "decision plan inspection"),
    11: ("national licence: the whole country", "decision plan inspection"),
    12: ("capital of the national licence", "plan inspection"),
    13: ("capital of the provincial licence", "plan inspection"),
    14: ("staff, office, facilities", "plan inspection"),
    15: ("who approves call centres, and how long", "plan"),
    16: ("ICP licence", "decision plan inspection"),
    17: ("conditions of the ICP licence", "plan inspection"),
    18: ("who approves ICP, and how long", "plan"),
    19: ("licence of financial institutions", "decision plan inspection"),
    20: ("filing of financial marketing", "decision plan inspection"),
    21: ("school licence", "decision plan inspection"),
    22: ("no tutoring marketed on rest days", "decision plan inspection"),
    23: ("licence of medical institutions", "decision plan inspection"),
    24: ("licence for devices", "decision plan inspection"),
    25: ("licence for drugs", "decision plan inspection"),
    26: ("no exaggerated claims", "plan inspection"),
    27: ("filing of AI", "decision plan inspection"),
    28: ("filing of biometrics", "decision plan inspection"),
    29: ("cross-border telecom", "decision plan inspection"),
    30: ("Hong Kong, Macau, Taiwan", "decision plan inspection"),
    31: ("numbers from lawful channels", "decision plan inspection"),
    32: ("format of fixed numbers", "decision plan inspection"),
    33: ("5 to 10 numbers for 10 agents", "plan inspection"),
    34: ("use of fixed numbers", "plan inspection"),
    35: ("format of 400-numbers", "decision plan inspection"),
    36: ("documents of 400-numbers", "decision plan inspection"),
    37: ("400: no malicious marketing", "decision plan inspection"),
    38: ("400: no forwarding abroad", "decision plan inspection"),
    39: ("use of 400-numbers", "plan inspection"),
    40: ("95: the whole country", "decision plan inspection"),
    41: ("96: its province", "decision plan inspection"),
    42: ("capital of 95 and 96", "plan inspection"),
    43: ("service network of 95 and 96", "plan inspection"),
    44: ("approval of 95 and 96", "decision plan inspection"),
    45: ("use of 95 and 96", "plan inspection"),
    46: ("documents of virtual operators' numbers", "decision plan inspection"),
    47: ("their records in real time", "decision plan inspection record"),
    48: ("their use", "plan inspection"),
    49: ("licence before number", "plan inspection"),
    50: ("documents of a number's application", "plan inspection"),
    51: ("usage plan: purpose and volume", "decision plan inspection record"),
    52: ("channel by kind", "decision plan inspection"),
    53: ("filing of numbers in 30 days", "decision plan inspection"),
    54: ("marketing hours", "decision plan"),
    55: ("no call after a refusal", "decision plan inspection record"),
    56: ("usage log", "decision plan inspection record"),
    57: ("kept for six months", "plan inspection record"),
    58: ("annual report", "plan inspection"),
    59: ("filing of changes in 30 days", "plan inspection"),
    60: ("renewal in the last 90 days", "decision plan inspection"),
    61: ("numbers that were reclaimed", "decision inspection"),
    62: ("blacklisted enterprises", "decision inspection"),
    63: ("no harassment", "decision plan inspection"),
    64: ("no fraud", "plan"),
    65: ("encrypted storage", "plan inspection record"),
    66: ("no leak, no sale", "plan record"),
    67: ("personal information", "plan inspection record"),
    68: ("proof of consent", "decision plan inspection record"),
    69: ("inspections by the authority", "plan inspection record"),
    70: ("neither too much nor too little", "plan inspection"),
    71: ("self-checks", "plan inspection"),
    72: ("changes of the rules", "plan inspection"),
    73: ("penalties", "plan"),
}
RECORDS = {
    47: "callguard.call_log:CallLog.hand_on",
    51: "callguard.state.store:Store.caller_attempts",
    55: "callguard.recording:Recording.refuse",
    56: "callguard.call_log:CallLog.write",
    57: "callguard.call_log.purging:removable",
    65: "callguard.sealing:Keyring.seal",
    66: "callguard.call_log:CallLog.export",
    67: "callguard.call_log:CallLog.purge",
    68: "callguard.recording:Recording.consent",
    69: "callguard.call_log:CallLog.verify",
}
LAW, ASKED, SAID = packs.load(), packs.requirements(), packs.inspected()
CAUTIONS = {row for each in ASKED.requirements.values() for caution in each.cautions for row in caution.rows}


def decided():
    return {row for rule in LAW.rules.values() for row in rule.rows}


def planned():
    return {row for each in (*ASKED.requirements.values(), *ASKED.duties.values()) for row in each.rows} | CAUTIONS


def inspected():
    """The rows of remarks: their own, those of conditions and cautions, and of documents and filings that no rule asks for."""
    found = {row for each in SAID.remarks.values() for row in each.rows} | CAUTIONS
    found |= {row for rows in SAID.condition_rows.values() for row in rows}
    for each in ASKED.requirements.values():
        if each.kind == "document" or (each.rule is None and each.held_by is not None and each.held_by.filing):
            found |= set(each.rows)
    return found | {36, 46}  # the documents of such numbers


def test_the_table_has_every_row_of_the_article_once():
    assert list(TABLE) == list(range(1, 74))
    assert all(where for _, where in TABLE.values())


@pytest.mark.parametrize("row", TABLE)
def test_a_row_is_answered_where_the_table_says_and_nowhere_else(row):
    found = {"decision": decided(), "plan": planned(), "inspection": inspected(), "record": set(RECORDS)}

    assert " ".join(name for name, rows in found.items() if row in rows) == TABLE[row][1]


@pytest.mark.parametrize("row", RECORDS)
def test_what_is_said_to_be_recorded_is(row):
    module, _, path = RECORDS[row].partition(":")
    found = import_module(module)
    for name in path.split("."):
        found = getattr(found, name)

    assert callable(found)
    assert found.__doc__
