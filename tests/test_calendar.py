"""Rest days of the mainland: frozen from two sources, provisional for a year, unknown beyond; overrides; vacations."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest

from callguard import packs
from callguard.policy.model import Vacation
from test_packs import tool

CALENDAR = packs.calendar()
DAY = timedelta(days=1)


def dates(first, last):
    return [first + i * DAY for i in range((last - first).days + 1)]


def test_the_frozen_file_is_what_its_sources_say():
    made = tool("freeze_calendar")

    assert made.TARGET.read_text(encoding="utf-8") == made.text()


def test_the_tool_writes_nothing_when_its_sources_disagree(monkeypatch):
    made = tool("freeze_calendar")
    monkeypatch.setitem(chinese_calendar.workdays, date(2026, 9, 19), "Mid-autumn Festival")
    monkeypatch.delitem(chinese_calendar.holidays, date(2026, 9, 19), raising=False)

    with pytest.raises(SystemExit, match="2026-09-19: chinesecalendar works, holidays does not"):
        made.text()


def test_each_day_of_2018_to_2026_is_what_both_sources_say():
    china = holidays.country_holidays("CN", years=range(2017, 2028))

    for day in dates(date(2018, 1, 1), date(2026, 12, 31)):
        found = CALENDAR.day(day)
        assert (found.rest, found.provisional) == (not chinese_calendar.is_workday(day), False)
        assert found.rest is not china.is_working_day(day)


def test_each_year_has_its_notice_dated_before_it_or_in_it():
    data = packs.pack.read("calendar_cn.toml")

    assert [year["year"] for year in data["years"]] == list(range(2018, 2027))
    for year in data["years"]:
        for notice in year["notices"]:
            assert notice["number"] == f"国办发明电〔{notice['issued'].year}〕{notice['number'].partition('〕')[2]}"
        assert year["notices"][0]["issued"].year == year["year"] - 1


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        ((2026, 1, 4), "make-up", "元旦"),
        ((2026, 2, 14), "make-up", "春节"),
        ((2026, 2, 21), "off", "春节"),
        ((2026, 9, 20), "make-up", "国庆节"),
        ((2026, 9, 25), "off", "中秋"),
        ((2026, 11, 24), "work", None),
        ((2026, 11, 28), "weekend", None),
        ((2024, 2, 9), "work", None),
        ((2020, 2, 1), "off", "春节"),
        ((2018, 12, 29), "make-up", "元旦"),
        ((2017, 12, 29), "unknown", None),
        ((2028, 1, 1), "unknown", None),
    ],
)
def test_days_are_known_by_kind_and_name(day, kind, name):
    found = CALENDAR.day(date(*day))

    assert (found.kind, found.name, found.provisional) == (kind, name, False)


def test_the_year_after_the_last_notice_is_provisional_and_errs_towards_rest():
    statutory = {
        day for days in packs.pack.read("calendar_cn.toml")["statutory"].values() for each in days.values() for day in each
    }

    for day in dates(date(2027, 1, 1), date(2027, 12, 31)):
        near = min(abs((day - each).days) for each in statutory) <= 7
        found = CALENDAR.day(day)
        assert found.provisional
        assert found.rest is (near or day.weekday() >= 5)
    assert date(2028, 1, 1) in statutory


def test_the_seven_days_would_never_have_been_too_few():
    """Back-test: each past year guessed as if its notice had not come, against what its notice then said."""
    for year in range(2018, 2027):
        guess = packs.Calendar(
            covered=range(year - 1, year), published={}, statutory=CALENDAR.statutory, margin_days=7, warning_days=60
        )
        for day in dates(date(year, 1, 1), date(year, 12, 31)):
            assert guess.day(day).rest or not CALENDAR.day(day).rest, day


def test_statutory_days_of_every_year_are_as_the_law_has_them():
    counts = {}
    for day in CALENDAR.statutory:
        counts[day.year] = counts.get(day.year, 0) + 1

    assert dict.fromkeys(range(2017, 2025), 11) | {2025: 13, 2026: 13, 2027: 13} == {
        year: count + (year == 2020) for year, count in counts.items() if year != 2028
    }


def test_other_years_are_rest_days_throughout():
    for year in (1999, 2000, 2017, 2028, 2029, 2049):
        assert all(CALENDAR.day(day).rest for day in dates(date(year, 1, 1), date(year, 12, 31)))


@pytest.fixture
def overrides(tmp_path):
    def write(text):
        file = tmp_path / "days.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_overrides_make_days_certain(overrides):
    text = """
        [[days]]
        date = 2027-02-11
        kind = "off"
        name = "春节"
        [[days]]
        date = 2027-02-20
        kind = "work"
        [[days]]
        date = 2027-02-10
        kind = "work"
    """
    found = packs.calendar(overrides(text))

    assert found.day(date(2027, 2, 11)) == packs.Day(rest=True, provisional=False, name="春节", kind="off")
    assert found.day(date(2027, 2, 20)) == packs.Day(rest=False, provisional=False, name=None, kind="make-up")
    assert found.day(date(2027, 2, 10)) == packs.Day(rest=False, provisional=False, name=None, kind="work")
    assert found.day(date(2027, 2, 12)).provisional


def test_overrides_change_published_and_unknown_days_too(overrides):
    found = packs.calendar(overrides('days = [{ date = 2026-11-24, kind = "off" }, { date = 2030-03-05, kind = "work" }]'))

    assert found.day(date(2026, 11, 24)).rest
    assert not found.day(date(2030, 3, 5)).rest
    assert not CALENDAR.day(date(2026, 11, 24)).rest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("days = 3", r"`days` is not accepted; accepted: `\[\[days\]\]`"),
        ('[[day]]\ndate = 2027-01-01\nkind = "off"', r"`day` is not accepted"),
        ("days = [3]", r"`days\[0\]` is no table"),
        ('[[days]]\nkind = "off"', r"`days\[0\]` has `date` missing; accepted: a local date, as 2027-02-11"),
        ('[[days]]\ndate = "2027-01-01"\nkind = "off"', r"`days\[0\]` has `date` `2027-01-01`; accepted: a local date"),
        ('[[days]]\ndate = 2027-01-01T00:00:00\nkind = "off"', r"`days\[0\]` has `date`"),
        ("[[days]]\ndate = 2027-01-01", r'`days\[0\]` has `kind` missing; accepted: "off" or "work"'),
        ('[[days]]\ndate = 2027-01-01\nkind = "holiday"', r'`kind` `holiday`; accepted: "off" or "work"'),
        ("[[days]]\ndate = 2027-01-01\nkind = []", r'`kind` `\[\]`; accepted: "off" or "work"'),
        ('[[days]]\ndate = 2027-01-01\nkind = "off"\nname = 3', r"`name` `3`; accepted: text"),
        ('[[days]]\ndate = 2027-01-01\nkind = "off"\nnames = "x"', r"`days\[0\]` has `names`; accepted"),
        (
            '[[days]]\ndate = 2027-01-01\nkind = "off"\n[[days]]\ndate = 2027-01-01\nkind = "work"',
            r"`days\[1\]` is 2027-01-01, which an earlier row already says",
        ),
        ("[[days", r"is no TOML in UTF-8"),
    ],
)
def test_a_bad_row_is_named_with_what_is_accepted(overrides, text, found):
    with pytest.raises(ValueError, match=found) as error:
        packs.calendar(overrides(text))

    assert "days.toml" in str(error.value)


def test_a_missing_or_foreign_file_is_a_value_error(tmp_path):
    (tmp_path / "days.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(ValueError, match="is no TOML in UTF-8"):
        packs.calendar(tmp_path / "days.toml")
    with pytest.raises(ValueError, match="cannot be read"):
        packs.calendar(tmp_path / "none.toml")
    with pytest.raises(ValueError, match="cannot be read"):
        packs.calendar(tmp_path)


def test_an_empty_file_overrides_nothing(overrides):
    assert packs.calendar(overrides("")).overrides == {}


def test_vacations_are_by_province_and_of_an_unknown_one_anywhere():
    vacations = (
        Vacation(province="CN-BJ", first=date(2026, 7, 11), last=date(2026, 8, 31)),
        Vacation(province="CN-GD", first=date(2026, 7, 20), last=date(2026, 8, 25)),
    )
    found = packs.calendar(None, vacations)

    assert [found.vacation("CN-BJ", date(2026, *day)) for day in ((7, 10), (7, 11), (8, 31), (9, 1))] == [False, True, True, False]
    assert not found.vacation("CN-GD", date(2026, 7, 11))
    assert not found.vacation("CN-SH", date(2026, 8, 1))
    assert [found.vacation(None, date(2026, *day)) for day in ((7, 10), (7, 11), (8, 31), (9, 1))] == [False, True, True, False]
    assert not CALENDAR.vacation(None, date(2026, 8, 1))


def test_people_are_warned_from_sixty_days_before_the_end():
    assert CALENDAR.covered_until == date(2026, 12, 31)
    assert CALENDAR.covered == range(2018, 2027)
    assert CALENDAR.warnings(date(2026, 10, 31)) == ()
    (near,) = CALENDAR.warnings(date(2026, 11, 1))
    (today,) = CALENDAR.warnings(date(2026, 12, 31))
    (past,) = CALENDAR.warnings(date(2027, 1, 1))

    assert near == today == past
    assert near.key == "calendar-ends"
    assert "2026-12-31" in near
    assert "暂定" in near.message_in("zh")


def test_overrides_that_join_the_end_carry_it_on(overrides):
    days = ", ".join(f'{{ date = {day}, kind = "off" }}' for day in dates(date(2027, 1, 1), date(2027, 1, 10)))

    assert packs.calendar(overrides(f"days = [{days}]")).covered_until == date(2027, 1, 10)
    assert packs.calendar(overrides('days = [{ date = 2027-01-02, kind = "off" }]')).covered_until == date(2026, 12, 31)


def test_the_frozen_file_ships_with_the_package():
    assert (Path(packs.__file__).parent / "calendar_cn.toml").exists()
