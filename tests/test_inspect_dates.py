"""What an inspection says of days that were missed or are to come: lapsed licences, first reports, filings of numbers and changes."""

from datetime import date

import pytest

from inspections import CALLER, ON, PAPERS, look

CENTRE = {"kind": "call-centre"}
GUANGDONG, HUNAN = CENTRE | {"provinces": ["广东"]}, CENTRE | {"provinces": ["湖南"]}
NATIONAL = CENTRE | {"scope": "national"}
REPORTS = list(range(2018, 2027))


def valid(licence, first, last):
    return licence | {"issued": first, "expires": last, "annual_reports": REPORTS}


def told(found, *ids):
    return [(each.id, each.severity, each.day) for each in found.remarks if each.id in ids]


# ── licences that have lapsed

LAPSED = valid(GUANGDONG, date(2022, 5, 1), date(2027, 4, 30))
OTHER = valid(HUNAN, date(2024, 5, 1), date(2029, 4, 30))


def test_a_licence_that_lapsed_stops_calls_to_its_provinces():
    found = look(licences=[LAPSED, OTHER], on=date(2027, 5, 2))
    (remark,) = found.of("licence-lapsed")

    assert (remark.severity, remark.day, remark.rows) == ("stops-calls", None, (9, 60))
    assert "2027-04-30" in remark.message_in("en")
    assert "Guangdong" in remark.message_in("en")
    assert "广东" in remark.message_in("zh")


@pytest.mark.parametrize(
    ("on", "severity"), [(date(2027, 4, 30), None), (date(2027, 5, 1), "stops-calls"), (date(2027, 7, 29), "stops-calls")]
)
def test_what_lapsed_long_ago_is_for_knowing(on, severity):
    """An ended licence is left in the policy where numbers are older than the one that is held: no alarm for ever."""
    assert [each.severity for each in look(licences=[LAPSED, OTHER], on=on).of("licence-lapsed")] == (
        [severity] if severity else []
    )
    (late,) = look(licences=[LAPSED, OTHER], on=date(2027, 7, 30)).of("licence-lapsed")
    assert late.severity == "note"


@pytest.mark.parametrize(
    "licences",
    [
        [LAPSED, valid(GUANGDONG, date(2027, 5, 1), date(2032, 4, 30))],
        [LAPSED, valid(NATIONAL, date(2024, 5, 1), date(2029, 4, 30))],
        [LAPSED],  # a rule says that
        [OTHER],
    ],
    ids=["goes on", "national", "nothing else", "none ended"],
)
def test_nothing_has_lapsed_where_another_licence_covers_it_or_a_rule_denies_all(licences):
    assert look(licences=licences, on=date(2027, 5, 2)).of("licence-lapsed") == ()


def test_of_several_ended_licences_the_last_is_named():
    older = valid(GUANGDONG, date(2017, 5, 1), date(2022, 4, 30))
    (remark,) = look(licences=[older, LAPSED, OTHER], on=date(2027, 5, 2)).of("licence-lapsed")

    assert remark.facts["last"] == date(2027, 4, 30)
    (wide,) = look(licences=[valid(NATIONAL, date(2022, 5, 1), date(2027, 4, 30)), OTHER], on=date(2027, 5, 2)).of("licence-lapsed")
    assert "30 provinces" in wide.message_in("en")


# ── first annual reports

FIRST = NATIONAL | {"issued": date(2026, 5, 1)}
ANNUAL = ("annual-report", "annual-report-late", "annual-reports-unknown")


@pytest.mark.parametrize(
    ("on", "wanted"),
    [
        (date(2026, 10, 2), []),  # up to 31 December
        (date(2026, 10, 3), [("annual-report", "due", date(2027, 3, 31))]),
        (date(2027, 2, 1), [("annual-report", "due", date(2027, 3, 31))]),
        (date(2027, 4, 30), [("annual-report", "due", date(2027, 3, 31))]),
        (date(2027, 6, 1), [("annual-report-late", "violation", date(2027, 3, 31))]),
        (date(2028, 2, 1), [("annual-reports-unknown", "unknown", None)]),  # two are owed, and nothing is said
    ],
)
@pytest.mark.parametrize("said", [{}, {"annual_reports": []}], ids=["not said", "none"])
def test_a_new_licence_owes_its_first_report(on, wanted, said):
    if said and on.year == 2028:  # that none was filed is a statement
        wanted = [("annual-report-late", "violation", date(2027, 3, 31)), ("annual-report", "due", date(2028, 3, 31))]
    assert told(look(licences=[FIRST | said], on=on), *ANNUAL) == wanted


def test_of_an_older_licence_nothing_said_is_not_known_and_none_filed_is_late():
    older = NATIONAL | {"issued": date(2023, 5, 1)}

    assert told(look(licences=[older]), *ANNUAL) == [("annual-reports-unknown", "unknown", None)]
    assert told(look(licences=[older | {"annual_reports": []}]), *ANNUAL) == [
        ("annual-report-late", "violation", date(2024, 3, 31))
    ]


# ── numbers and changes that are filed late, or only planned to be

FILINGS = ("number-filing", "number-filed-late", "number-filing-30-days")


def numbers(obtained, filed=None, *, days=90):
    caller = {"number": CALLER, "channel": "operator", "documents": PAPERS, "obtained": obtained}
    return told(look(callers=[caller | ({"filed": filed} if filed else {})], days=days), *FILINGS)


def test_a_number_that_was_filed_late_is_noted():
    assert numbers(date(2026, 1, 5), date(2026, 2, 4)) == []
    assert numbers(date(2026, 1, 5), date(2026, 2, 5)) == [("number-filed-late", "note", date(2026, 2, 4))]


@pytest.mark.parametrize("days", [0, 5, 29, 30, 90])
def test_a_number_in_its_thirty_days_is_always_spoken_of(days):
    """Obtained today: 1 July is day 30, and calls are denied from 2 July on."""
    due = ("number-filing", "due", date(2026, 7, 1))
    stops = ("number-filing-30-days", "will-stop", date(2026, 7, 2))

    assert numbers(ON, days=days) == [due if days < 31 else stops]
    assert numbers(ON, date(2026, 6, 20), days=days) == [due], "a day to come is no filing"
    assert numbers(ON, ON, days=days) == []


def test_a_number_that_is_not_obtained_yet_or_past_its_days_is_not_due():
    assert numbers(date(2026, 6, 3), days=5) == [("number-filing-30-days", "stops-calls", None)]
    assert numbers(date(2026, 5, 1), days=5) == [("number-filing-30-days", "stops-calls", None)]


CHANGES = ("change-filing", "change-filing-late")


@pytest.mark.parametrize(
    ("filed", "wanted"),
    [
        (None, ("change-filing", "due")),
        (date(2026, 6, 15), ("change-filing", "due")),  # planned, in time
        (date(2026, 8, 1), ("change-filing", "due")),  # planned, too late
        (date(2026, 6, 1), None),
    ],
)
def test_a_change_whose_filing_is_only_planned_is_due(filed, wanted):
    change = {"what": "name", "changed": date(2026, 5, 20)} | ({"filed": filed} if filed else {})

    assert told(look(changes=[change]), *CHANGES) == ([(*wanted, date(2026, 6, 19))] if wanted else [])


def test_a_change_that_is_overdue_is_a_violation_whatever_is_planned_and_a_note_once_it_is_filed():
    for filed, severity in ((None, "violation"), (date(2026, 6, 10), "violation"), (date(2026, 5, 20), "note")):
        change = {"what": "name", "changed": date(2026, 4, 1)} | ({"filed": filed} if filed else {})
        assert told(look(changes=[change]), *CHANGES) == [("change-filing-late", severity, date(2026, 5, 1))]
