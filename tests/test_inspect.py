"""What an inspection remarks of a policy: each thing on both sides of its boundary."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from callguard import Policy, packs
from callguard.readiness import SEVERITIES, inspect
from callguard.readiness.scripts import exaggerations
from inspections import CALLER, ON, PAPERS, changed, look, policy, said

DAY = timedelta(days=1)


def ids(found, *severities):
    return {each.id for each in found.remarks if not severities or each.severity in severities}


def one(found, id_):
    (remark,) = found.of(id_)
    return remark


def put(section, **keys):
    """Return a change that sets keys of a section, or of the first of its tables."""

    def change(tables):
        table = tables[section]
        (table[0] if isinstance(table, list) else table).update(keys)

    return change


def drop(section, *keys):
    def change(tables):
        table = tables[section]
        for key in keys:
            del (table[0] if isinstance(table, list) else table)[key]

    return change


# ── the whole


def test_of_a_policy_that_has_all_it_needs_there_is_nothing_to_say_but_notes():
    found = look()

    assert said(found) == []
    assert found.counts["note"] == len(found.remarks)
    assert (found.on, found.until, found.enterprise) == (ON, ON + 90 * DAY, "Xinghe")


def test_a_policy_without_anything_is_told_what_stops_and_what_is_not_known():
    found = inspect(Policy.from_toml('version = 1\n[enterprise]\nname = "Xinghe"\n'), on=ON)

    assert ids(found, "stops-calls") == {"call-center-licence"}
    assert ids(found, "violation") == {"no-call-log", "storage-not-sealed"}
    assert ids(found, "unknown") >= {"documents-unknown", "condition-unknown"}
    assert {"campaign-unserved", "annual-reports-unknown", "renewal"} & ids(found) == set()


def test_of_an_enterprise_elsewhere_no_law_of_the_mainland_is_spoken():
    text = 'version = 1\n[enterprise]\nname = "Harbour"\nregion = "HK"\n[call_log]\nkey_env = "K"\n'
    text += '[[callers]]\nnumber = "+852 2123 4567"\n[[campaigns]]\nname = "n"\npurpose = "marketing"\n'
    found = inspect(Policy.from_toml(text), on=ON)

    assert ids(found) == {"no-law"}
    assert found.remarks[0].facts["region"] == "HK"


def test_the_worst_comes_first_and_of_these_the_soonest():
    found = look(campaigns=[{"name": "a", "purpose": "marketing", "online": True, "enforce": False}])

    order = [SEVERITIES.index(each.severity) for each in found.remarks]
    assert order == sorted(order)
    assert len(set(order)) > 2


def test_every_remark_is_written_in_both_languages_with_where_it_is_from():
    tables = [
        look(),
        look(licences=[], callers=[], campaigns=[{"name": "a", "purpose": "marketing", "online": True}], call_log=None),
        look(lambda t: t["enterprise"].update(branch=True, foreign_invested=True, paid_in_capital=1)),
    ]
    for each in (each for found in tables for each in found.remarks):
        for lang in ("en", "zh"):
            assert each.message_in(lang).strip()
            assert each.mend_in(lang).strip()
            assert each.citation[lang]
            assert each.title[lang]
        assert not each.message_in("zh").isascii()


@pytest.mark.parametrize(("on", "days"), [(date(2000, 1, 1), 1), (date(2050, 1, 1), 1), (ON, -1), (ON, 4000)])
def test_a_day_that_cannot_be_looked_at_is_an_error_that_says_what_is_accepted(on, days):
    with pytest.raises(ValueError, match=r"accepted: (a day from 2000-01-02 to 2049-12-31|0 to 3660)"):
        look(on=on, days=days)


def test_the_last_days_of_the_zone_tables_can_be_looked_at():
    assert look(on=date(2049, 12, 31), days=90).until == date(2049, 12, 31)


# ── licences


def test_a_licence_that_ends_stops_all_from_the_day_after_its_last():
    last = date(2026, 8, 30)  # the ninetieth day
    found = look(put("licences", expires=last), days=91)

    assert said(found, "will-stop") == [
        ("call-center-licence-validity", "will-stop", "", last + DAY),
        ("campaign-unserved", "will-stop", "notice", last + DAY),
    ]
    assert one(found, "call-center-licence-validity").campaigns == ("notice",)
    assert said(look(put("licences", expires=last), days=90), "will-stop") == []
    assert said(look(put("licences", expires=last), on=last, days=0), "stops-calls", "will-stop") == []
    assert said(look(put("licences", expires=last), on=last + DAY), "stops-calls")[0][0] == "call-center-licence-validity"


def test_a_licence_that_another_follows_does_not_stop_and_needs_no_renewal():
    def followed(tables):
        tables["licences"][0]["expires"] = date(2026, 7, 31)
        tables["licences"].append(
            {"kind": "call-centre", "scope": "national", "issued": date(2026, 8, 1), "annual_reports": [2026]}
        )

    assert said(look(followed)) == []

    def late(tables):
        followed(tables)
        tables["licences"][1]["issued"] = date(2026, 8, 2)

    found = look(late)
    stop = one(found, "call-center-licence-validity")
    assert (stop.severity, stop.day, stop.resumes) == ("will-stop", date(2026, 8, 1), date(2026, 8, 2))
    assert one(found, "campaign-unserved").resumes == date(2026, 8, 2)
    assert found.of("renewal")


@pytest.mark.parametrize(("days", "due"), [(89, False), (90, True)])
def test_renewal_is_spoken_of_so_long_before_its_window_that_both_readings_are_met(days, due):
    last = date(2028, 4, 30)  # five years, less a day
    window = last - timedelta(days=90)
    on = window - timedelta(days=packs.inspected().early_days) - timedelta(days=days) + timedelta(days=0 if due else -1)
    found = look(on=on, days=days)

    assert bool(found.of("renewal")) is due
    if due:
        remark = one(found, "renewal")
        assert (remark.severity, remark.opens, remark.day) == ("due", window, last)
        assert "2028-01-31" in remark.message_in("en")


def test_a_licence_that_no_campaign_needs_is_only_noted():
    def icp(tables):
        tables["licences"].append({"kind": "icp", "issued": date(2024, 1, 1), "expires": date(2026, 7, 1)})

    found = look(icp)
    assert one(found, "licence-ends").severity == "note"
    assert found.of("not-needed")

    def used(tables):
        icp(tables)
        tables["campaigns"][0]["online"] = True

    found = look(used)
    assert not found.of("licence-ends")
    stop = one(found, "licence-before-operation")
    assert (stop.severity, stop.day, stop.campaigns, stop.what) == ("will-stop", date(2026, 7, 2), ("notice",), "campaign")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_licence_that_has_not_begun_is_not_to_be_renewed(lang):
    found = look(put("licences", issued=date(2026, 6, 20), annual_reports=[]))
    stop = one(found, "call-center-licence-validity")

    assert (stop.severity, stop.resumes) == ("stops-calls", date(2026, 6, 20))
    assert stop.mend_in(lang).startswith(
        {"en": "It begins on 2026-06-20: place no such calls", "zh": "其自 2026-06-20 起有效"}[lang]
    )
    ended = one(look(put("licences", expires=ON - DAY)), "call-center-licence-validity")
    assert ended.mend_in(lang) == packs.inspected().remarks["call-center-licence-validity"].mend[lang]


def test_a_filing_that_a_campaign_needs_stops_that_campaign_alone():
    campaigns = [{"name": "robot", "purpose": "service", "automated": True}, {"name": "notice", "purpose": "service"}]
    found = look(campaigns=campaigns)
    assert said(found) == [
        ("ai-business-filing", "stops-calls", "robot", None),
        ("campaign-unserved", "stops-calls", "robot", None),
    ]
    assert one(found, "campaign-unserved").facts["reasons"] == {"en": "filing-missing", "zh": "filing-missing 缺少备案"}

    later = look(campaigns=campaigns, filings=[{"kind": "ai", "filed": date(2026, 6, 10)}])
    assert one(later, "ai-business-filing").resumes == date(2026, 6, 10)
    assert said(look(campaigns=campaigns, filings=[{"kind": "ai", "filed": ON}])) == []


def test_a_provincial_licence_says_how_far_calls_reach_and_what_ceases():
    def provincial(tables):
        tables["licences"] = [
            {"kind": "call-centre", "provinces": ["广东"], "issued": date(2024, 1, 1), "annual_reports": [2024, 2025]},
            {
                "kind": "call-centre",
                "provinces": ["海南"],
                "issued": date(2024, 1, 1),
                "expires": date(2026, 7, 1),
                "annual_reports": [2024, 2025],
            },
        ]

    found = look(provincial)
    assert one(found, "reach-limited").facts["places"] == ["CN-GD", "CN-HI"]
    shrinks = one(found, "reach-shrinks")
    assert (shrinks.severity, shrinks.day, shrinks.facts["places"]) == ("will-stop", date(2026, 7, 2), ["CN-HI"])
    assert "海南" in shrinks.message_in("zh")
    assert not found.of("campaign-unserved")


# ── annual reports and changes


@pytest.mark.parametrize(
    ("on", "wanted"),
    [
        (date(2026, 10, 2), []),  # up to 31 December
        (date(2026, 10, 3), [("annual-report", "due")]),  # the first of January comes into sight
        (date(2027, 3, 31), [("annual-report", "due")]),
        (date(2027, 4, 30), [("annual-report", "due")]),  # late, but still taken
        (date(2027, 5, 1), [("annual-report-late", "violation")]),
    ],
)
def test_the_report_for_a_year_is_due_by_march_and_late_from_may(on, wanted):
    found = look(on=on, days=90)

    assert [(each.id, each.severity) for each in found.remarks if each.id.startswith("annual")] == wanted
    assert {each.day for each in found.remarks if each.id.startswith("annual")} <= {date(2027, 3, 31)}


def test_reports_that_are_not_declared_are_not_known_and_earlier_ones_are_missed():
    assert said(look(drop("licences", "annual_reports"))) == [("annual-reports-unknown", "unknown", "call-centre", None)]
    late = one(look(put("licences", annual_reports=[2025])), "annual-report-late")
    assert (late.day, late.facts["years"]) == (date(2024, 3, 31), "2023, 2024")
    new = put("licences", issued=date(2026, 2, 1), annual_reports=[])
    assert not look(new).of("annual-reports-unknown")
    assert one(look(new, days=304), "annual-report").day == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("on", "filed", "wanted"),
    [
        (date(2026, 6, 10), None, [("change-filing", "due")]),  # day 30
        (date(2026, 6, 11), None, [("change-filing-late", "violation")]),
        (date(2026, 6, 11), date(2026, 6, 10), []),
        (date(2026, 6, 12), date(2026, 6, 11), [("change-filing-late", "note")]),
        (date(2026, 1, 1), None, []),
    ],
)
def test_a_change_is_filed_within_thirty_days(on, filed, wanted):
    change = {"what": "legal-representative", "changed": date(2026, 5, 11)} | ({"filed": filed} if filed else {})
    found = look(on=on, changes=[change])

    assert [(each.id, each.severity) for each in found.remarks if each.id.startswith("change")] == wanted
    assert {each.day for each in found.remarks if each.id.startswith("change")} <= {date(2026, 6, 10)}


# ── numbers


@pytest.mark.parametrize(
    ("on", "days", "wanted"),
    [
        (date(2026, 6, 1), 90, ("will-stop", date(2026, 6, 10))),
        (date(2026, 6, 1), 9, ("will-stop", date(2026, 6, 10))),
        (date(2026, 6, 1), 8, None),
        (date(2026, 6, 9), 0, None),  # day 30
        (date(2026, 6, 10), 0, ("stops-calls", None)),  # day 31
    ],
)
def test_an_unfiled_number_stops_after_its_thirtieth_day(on, days, wanted):
    def unfiled(tables):
        tables["callers"][0]["obtained"] = date(2026, 5, 10)
        del tables["callers"][0]["filed"]

    found = look(unfiled, on=on, days=days).of("number-filing-30-days")

    assert [(each.severity, each.day) for each in found] == ([] if wanted is None else [wanted])
    assert all(each.name == CALLER and each.campaigns == ("notice",) for each in found)


def test_a_number_that_is_called_reclaimed_is_noted_and_its_campaign_unserved():
    found = look(put("callers", status="reclaimed"))

    assert said(found) == [("campaign-unserved", "stops-calls", "notice", None)]
    assert one(found, "number-reclaimed").severity == "note"


def test_a_number_of_another_purpose_is_a_note_while_others_serve():
    second = {"number": "010-8555-0124", "filed": date(2024, 1, 20), "channel": "operator", "documents": PAPERS}

    def purposes(tables):
        tables["callers"][0]["purposes"] = ["survey"]
        tables["callers"].append(second)

    found = look(purposes)
    assert said(found) == []
    assert one(found, "number-usage-plan").name == CALLER
    alone = look(put("callers", purposes=["survey"]))
    assert one(alone, "campaign-unserved").facts["reasons"]["en"] == "caller-purpose"


@pytest.mark.parametrize(("count", "wanted"), [(10, None), (11, "unknown"), (20, "unknown"), (21, "violation")])
def test_five_numbers_for_ten_seats_are_usual_and_ten_the_most(count, wanted):
    callers = [
        {"number": f"010-8555-01{i:02}", "filed": date(2024, 1, 20), "channel": "operator", "documents": PAPERS}
        for i in range(10, 10 + count)
    ]
    found = [each for each in look(callers=callers).remarks if each.name == "fixed-quota"]

    assert [each.severity for each in found] == ([] if wanted is None else [wanted])
    assert all(each.rows == (33,) for each in found)


def test_documents_channel_and_scenario_of_a_number():
    assert said(look(drop("callers", "documents"))) == [("caller-documents-unknown", "unknown", "", None)]
    assert said(look(drop("callers", "channel"))) == [("channel-unknown", "unknown", "", None)]
    found = one(look(put("callers", documents=PAPERS[:3])), "caller-document-missing")
    assert (found.severity, found.name, found.rows) == ("violation", CALLER, (50,))
    assert "办公场地证明" in found.message_in("zh")

    virtual = {"number": "170 0000 0123", "filed": date(2024, 1, 20), "channel": "mvno", "documents": PAPERS}
    found = look(callers=[virtual])
    assert said(found) == [
        ("caller-document-missing", "violation", "170 0000 0123", None),
        ("records-not-handed-on", "violation", "", None),
    ]
    log = {"key_env": "CALLGUARD_LOG_KEY", "hand_on_url": "https://filing.example/x"}
    assert said(look(callers=[virtual | {"scenario": "parcels"}], call_log=log)) == []
    found = look(callers=[virtual], call_log=None)
    assert one(found, "mvno-realtime-record-filing").severity == "stops-calls"


@pytest.mark.parametrize(("obtained", "wanted"), [(date(2023, 5, 1), 0), (date(2023, 4, 30), 1)])
def test_a_number_from_before_the_licence_is_asked_about(obtained, wanted):
    assert len(look(put("callers", obtained=obtained)).of("number-before-licence")) == wanted


def test_a_channel_that_the_kind_does_not_allow_stops_the_number():
    found = look(put("callers", channel="mvno"))

    assert [each[:3] for each in said(found)] == [
        ("number-channel", "stops-calls", CALLER),
        ("campaign-unserved", "stops-calls", "notice"),
    ]


def test_what_a_kind_of_number_is_for_is_a_note_of_the_campaigns_that_use_it_otherwise():
    campaigns = [{"name": "notice", "purpose": "service"}, {"name": "asking", "purpose": "survey", "limits": []}]
    callers = [{"number": "4008550123", "filed": date(2024, 1, 20), "channel": "operator", "documents": PAPERS}]
    (found,) = look(campaigns=campaigns, callers=callers).of("number-use")

    assert (found.campaigns, found.rows, found.severity) == (("asking",), (39,), "note")
    assert found.citation["en"] == "Source article, 3(1): “an enterprise's national service line, and marketing of its brand”"
    for id_, each in packs.requirements().requirements.items():
        for caution in each.cautions if each.number and id_ != "number-mobile" else ():
            assert caution.citation["zh"].startswith("来源文章三(一): “")


@pytest.mark.parametrize("id_", ["caller-document-missing", "caller-documents-unknown"])
def test_documents_of_an_application_are_written_where_the_article_lists_them(id_):
    assert packs.inspected().remarks[id_].citation["zh"].startswith("来源文章三(二): “准备申请材料")


# ── what the enterprise has


@pytest.mark.parametrize(
    ("keys", "condition", "rows"),
    [
        ({"registered_capital": 9_999_999, "paid_in_capital": 1}, "national-capital", (12,)),
        ({"paid_in_capital": 9_999_999}, "national-paid-in", (12,)),
        ({"office_area": 99.9}, "office", (14,)),
        ({"staff": 0}, "staff", (14,)),
        ({"facilities": False}, "facilities", (14,)),
        ({"business_scope": ["餐饮服务"]}, "business-scope", (2,)),
    ],
)
def test_a_condition_that_is_not_met_is_a_violation_and_met_at_its_bound(keys, condition, rows):
    found = {each.name: each for each in look(put("enterprise", **keys)).of("condition-not-met")}

    assert found[condition].severity == "violation"
    assert found[condition].rows == rows
    assert found[condition].citation["zh"].startswith("来源文章")
    bounds = {"registered_capital": 10_000_000, "paid_in_capital": 10_000_000, "office_area": 100, "staff": 1}
    assert not look(put("enterprise", **bounds)).of("condition-not-met")


@pytest.mark.parametrize("key", ["registered_capital", "office_area", "staff", "facilities", "business_scope", "seats"])
def test_what_is_not_declared_is_not_known_and_no_violation(key):
    keys = [key, "paid_in_capital"] if key == "registered_capital" else [key]
    found = look(drop("enterprise", *keys))

    assert {each.severity for each in found.remarks} <= {"unknown", "note"}
    assert key in {each.facts.get("key") for each in found.of("condition-unknown")}


def test_a_95_number_asks_for_a_hundred_million_and_a_wide_network():
    callers = [{"number": "95012345", "filed": date(2024, 1, 20), "channel": "authority", "documents": PAPERS}]
    found = look(callers=callers)
    assert {(each.name, each.severity) for each in found.remarks if each.what == "enterprise"} == {
        ("special-capital", "violation"),
        ("service-network", "unknown"),
    }

    def rich(tables):
        tables["enterprise"] |= {"registered_capital": 100_000_000, "service_network": True}

    assert said(look(rich, callers=callers)) == []


def test_documents_of_the_enterprise_a_branch_and_foreign_capital():
    found = look(put("enterprise", branch=True, foreign_invested=True))
    assert {(each.id, each.name, each.rows) for each in found.remarks if each.severity != "note"} == {
        ("document-missing", "branch-authorization", (6,)),
        ("document-missing", "foreign-investment", (5,)),
        ("filing-unknown", "foreign-investment", (5,)),
    }
    missing = one(look(put("enterprise", documents=["business-licence", "articles"])), "document-missing")
    assert (missing.name, missing.rows, missing.severity) == ("legal-representative-id", (3,), "violation")
    unknown = look(drop("enterprise", "documents"))
    assert said(unknown) == [("documents-unknown", "unknown", "", None)]
    assert one(unknown, "documents-unknown").rows == (2, 3, 4)


@pytest.mark.parametrize(
    ("filings", "campaign", "wanted", "row"),
    [
        (["cross-border"], {}, "foreign-trade", 7),
        (["hk-mo-tw"], {}, "foreign-trade", 7),
        ([], {"online": True}, "website", 17),
    ],
)
def test_filings_that_no_rule_asks_for_are_not_known_until_they_are_declared(filings, campaign, wanted, row):
    made = [{"kind": kind, "filed": date(2025, 1, 1)} for kind in filings]
    campaigns = [{"name": "notice", "purpose": "service"} | campaign]
    found = one(look(filings=made, campaigns=campaigns), "filing-unknown")

    assert (found.severity, found.name, row in found.rows) == ("unknown", wanted, True)
    made.append({"kind": wanted, "filed": date(2025, 1, 1)})
    assert not look(filings=made, campaigns=campaigns).of("filing-unknown")


# ── campaigns


def test_marketing_without_proof_of_consent_is_not_known_to_be_agreed_to():
    campaign = {"name": "sale", "purpose": "marketing"}
    found = look(campaigns=[campaign])
    assert said(found) == [("consent-unknown", "unknown", "sale", None)]
    assert found.of("no-limits")

    careful = campaign | {"require_consent": True, "limits": [{"attempts": 1, "per": "1 day"}]}
    found = look(campaigns=[careful])
    assert said(found) == []
    assert not found.of("no-limits")


def test_rules_that_are_switched_off_are_violations():
    def off(tables):
        tables["opt_out"] = {"enabled": False}
        tables["call_log"] = {"enabled": False}
        tables["campaigns"] = [{"name": "notice", "purpose": "service", "enforce": False, "honours": []}]

    assert [(each.id, each.name) for each in look(off).remarks if each.severity == "violation"] == [
        ("opt-out-off", ""),
        ("refusals-not-honoured", "notice"),
        ("rules-not-enforced", "notice"),
        ("storage-not-sealed", ""),
        ("no-call-log", ""),
    ]
    own = look(campaigns=[{"name": "notice", "purpose": "service", "opt_out": {"enabled": False}}])
    assert said(own) == [("opt-out-off", "violation", "notice", None)]


@pytest.mark.parametrize(("holds", "stops"), [("00" * 32, False), ("not a key", True), (None, True)])
def test_a_key_file_without_a_key_stops_every_call(tmp_path, holds, stops):
    if holds is not None:
        (tmp_path / "log.key").write_text(holds, "utf-8")
        (tmp_path / "log.key").chmod(0o600)
    found = look(call_log={"key_file": str(tmp_path / "log.key")})

    assert [each[:2] for each in said(found)] == ([("key-unread", "stops-calls")] if stops else [])
    if stops:
        assert str(tmp_path / "log.key") in one(found, "key-unread").message_in("zh")
        assert "not a key" not in str([each.facts for each in found.remarks])
    off = look(call_log={"key_file": str(tmp_path / "log.key"), "enabled": False})
    assert not off.of("key-unread"), "no guard asks for it"


def test_scopes_and_lists_that_are_left_out_are_notes(tmp_path):
    there = tmp_path / "complaints.csv"
    there.write_text("number\n", "utf-8")
    campaigns = [{"name": "notice", "purpose": "service", "honours": ["enterprise"]}, {"name": "other", "purpose": "service"}]
    lists = [{"name": "complaints", "path": str(there)}]
    found = look(put("enterprise", scopes=["brand"]), campaigns=campaigns, lists=lists)

    assert one(found, "scopes-left-out").facts["names"] == "`brand`, `notice`, `complaints`"
    assert said(found) == []
    there.unlink()
    gone = one(look(campaigns=campaigns, lists=lists), "list-unread")
    assert (gone.severity, gone.name, gone.campaigns) == ("stops-calls", "complaints", ("notice", "other"))


def test_the_calendar_matters_to_tutoring_and_the_law_is_reviewed_yearly():
    school = {"kind": "school", "issued": date(2024, 1, 1)}
    campaigns = [{"name": "course", "purpose": "marketing", "sector": "education", "require_consent": True}]
    covered = packs.calendar().covered_until
    soon = covered - timedelta(days=packs.calendar().warning_days)

    def course(tables):
        tables["licences"].append(school)

    assert one(look(course, campaigns=campaigns, on=soon, days=0), "calendar-ends").day == covered
    assert not look(course, campaigns=campaigns, on=soon - DAY, days=0).of("calendar-ends")
    assert not look(on=soon, days=0).of("calendar-ends")
    law = packs.inspected()
    stale = law.reviewed + timedelta(days=law.stale_days)
    assert one(look(on=stale, days=0), "pack-stale").day == stale
    assert not look(on=stale - DAY, days=0).of("pack-stale")


# ── wording


def drugs(tmp_path, text, **more):
    script = tmp_path / "script.txt"
    if text is not None:
        script.write_bytes(text if isinstance(text, bytes) else text.encode())
    campaign = {"name": "pills", "purpose": "marketing", "sector": "healthcare", "product": "drug", "require_consent": True}
    licences = changed()["licences"] + [{"kind": "drug", "issued": date(2024, 1, 1)}]
    return look(licences=licences, campaigns=[campaign | {"scripts": [str(script)], "scripts_reviewed": ON} | more])


def test_wording_that_exaggerates_is_named_with_its_line(tmp_path):
    found = drugs(tmp_path, "您好\n本品可根治高血压, 有效率 99%\r\n请拨 13800130199, 100 % 有效\nno side effects, cures all")

    assert [(each.facts["line"], each.facts["term"], each.rows) for each in found.of("wording")] == [
        (2, "根治", (26,)),
        (2, "有效率", (26,)),
        (3, "100 %", (26,)),
        (4, "no side effects", (26,)),
        (4, "cures", (26,)),
    ]
    assert "13800130199" not in "".join(each.message_in(lang) for each in found.remarks for lang in ("en", "zh"))
    assert said(drugs(tmp_path, "您好, 本品的说明书可在官网查阅。The procures department will call.")) == []


@pytest.mark.parametrize(
    "line",
    [
        "本品最好饭后服用。",
        "您最好在医生指导下使用",
        "本品不能根治高血压, 不保证治愈。",
        "无法根治, 也不承诺有效率。",
        "不能完全治愈, 并非特效药",
        "不能保证 100% 有效",
        "It is not a miracle, and this isn't guaranteed.",
    ],
)
def test_advice_and_plain_denials_claim_nothing(line):
    assert exaggerations(line) == ()


@pytest.mark.parametrize(
    ("line", "term"),
    [
        ("100％纯中药", "100 %"),
        ("１００ ％ 有效", "100 %"),
        ("可 根 治", "根治"),
        ("永 不 复 发", "永不复发"),
        ("无效 退款", "无效退款"),
        ("根\u200b治", "根治"),
        ("效果最好在三天", "最好"),
        ("最好的降压药", "最好"),
        ("是不是最好", "最好"),
        ("别的药不能根治, 本品可以根治", "根治"),
        ("其他药物不能根治", "根治"),
        ("能不能根治? 能!", "根治"),
        ("不能根治吗", "根治"),
        ("没有不能治愈的病", "治愈"),
        ("不能治愈的病也能治", "治愈"),
        ("不坚持服药就不能根治", "根治"),
        ("不按疗程服用不能达到最佳效果", "最佳"),
        ("不仅能根治", "根治"),
        ("不治愈不收费", "治愈"),
        ("不能。根治", "根治"),
        ("Unlike others that are not completely safe", "completely safe"),
        ("not only guaranteed", "guaranteed"),
        ("Is it not a miracle?", "miracle"),
    ],
)
def test_other_writings_and_denials_that_are_none_are_found(line, term):
    assert (1, term) in exaggerations(line)


def test_a_script_that_is_not_named_read_or_reviewed(tmp_path):
    assert said(drugs(tmp_path, "x", scripts=[])) == [("script-unknown", "unknown", "pills", None)]
    (tmp_path / "script.txt").unlink()
    assert said(drugs(tmp_path, None)) == [("script-unread", "unknown", "pills", None)]
    unread = one(drugs(tmp_path, "有效".encode("gb18030")), "script-unread")
    assert unread.message_in("en") == "The script script.txt cannot be read: it is not UTF-8."
    assert unread.message_in("zh") == "话术 script.txt 无法读取: 不是 UTF-8 编码。"
    assert said(drugs(tmp_path, "x", scripts_reviewed=ON + DAY)) == [("script-not-reviewed", "due", "pills", None)]
    other = look(campaigns=[{"name": "notice", "purpose": "service", "scripts": ["nowhere.txt"]}])
    assert said(other) == []


def test_every_term_of_the_law_is_found_in_any_writing():
    for term in packs.inspected().exaggerations:
        assert (1, term) in exaggerations(f"本品{term.upper()}。"), term
    assert exaggerations("100%") == ((1, "100 %"),)
    assert exaggerations("") == ()


@pytest.mark.parametrize(
    ("number", "kind", "shown"),
    [
        (CALLER, None, CALLER),
        ("4008550123", None, "4008550123"),
        ("95012345", None, "95012345"),
        ("17008550123", None, "17008550123"),
        ("13800130199", "virtual", "13800130199"),
        ("13800130199", "mobile", "138******99"),  # perhaps a person's
    ],
)
def test_the_enterprise_s_own_numbers_stand_whole_but_for_mobile_ones(number, kind, shown):
    given = {"number": number, "obtained": date(2026, 5, 10), "filed": date(2026, 12, 1), "purposes": ["survey"]}
    callers = [given | ({"kind": kind} if kind else {})]
    found = inspect(policy(callers=callers), on=ON)
    named = {each.name for each in found.remarks if each.what == "caller" and each.name}
    written = str([(each.name, each.facts, each.message_in("en"), each.mend_in("zh")) for each in found.remarks])

    assert named == {shown}
    assert (number in written) is (number == shown)


def test_the_example_is_told_of_its_new_number_and_of_its_log():
    found = inspect(Policy.load(Path(__file__).parent.parent / "examples" / "xinghe" / "callguard.toml"), on=date(2026, 11, 24))

    assert [(each.id, each.severity, each.day) for each in found.remarks if each.severity not in ("unknown", "note", "due")] == [
        ("mvno-realtime-record-filing", "stops-calls", None),
        ("number-filing-30-days", "will-stop", date(2026, 12, 11)),
        ("storage-not-sealed", "violation", None),
        ("no-call-log", "violation", None),
    ]
