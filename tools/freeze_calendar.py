"""Freeze the mainland's rest days into packs/calendar_cn.toml.

    python tools/freeze_calendar.py            # write the file
    python tools/freeze_calendar.py --check    # exit 1 when the file is not what the sources say

The days come from two packages, `chinesecalendar` and `holidays`, which must agree on every day; where they differ, nothing is
written. The notices' numbers and dates stand here: each was read in a published copy of the notice. A new year is added by adding
its notice, once both packages know it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays

TARGET = Path(__file__).parent.parent / "src" / "callguard" / "packs" / "calendar_cn.toml"
NOTICES: dict[int, list[tuple[str, date]]] = {
    2018: [("国办发明电〔2017〕12号", date(2017, 11, 30))],
    2019: [("国办发明电〔2018〕15号", date(2018, 12, 4)), ("国办发明电〔2019〕3号", date(2019, 3, 22))],
    2020: [("国办发明电〔2019〕16号", date(2019, 11, 21)), ("国办发明电〔2020〕1号", date(2020, 1, 26))],
    2021: [("国办发明电〔2020〕27号", date(2020, 11, 25))],
    2022: [("国办发明电〔2021〕11号", date(2021, 10, 25))],
    2023: [("国办发明电〔2022〕16号", date(2022, 12, 8))],
    2024: [("国办发明电〔2023〕7号", date(2023, 10, 25))],
    2025: [("国办发明电〔2024〕12号", date(2024, 11, 12))],
    2026: [("国办发明电〔2025〕7号", date(2025, 11, 4))],
}
FIRST, LAST = min(NOTICES), max(NOTICES)
# The year before the first and two after the last: the year without a notice looks at its neighbours' statutory days.
STATUTORY_YEARS = range(FIRST - 1, LAST + 3)
# 《全国年节及纪念日放假办法》: days off for all citizens; New Year's Eve of the lunar year since 2025.
STATUTORY = {"元旦", "农历除夕", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"}


def days(first: int, last: int) -> list[date]:
    """Every date from the first year's to the last year's end."""
    start, end = date(first, 1, 1), date(last, 12, 31)
    return [start + timedelta(days=i) for i in range((end - start).days + 1)]


def differences(china: holidays.HolidayBase) -> list[str]:
    """The days on which the two sources do not agree."""
    return [
        f"{day}: chinesecalendar {'works' if works else 'rests'}, holidays does not"
        for day in days(FIRST, LAST)
        if (works := chinese_calendar.is_workday(day)) != china.is_working_day(day)
    ]


def statutory(china: holidays.HolidayBase) -> dict[int, dict[str, list[date]]]:
    """The statutory days of each year, by name; those of a covered year must be days off by the other source, too."""
    found: dict[int, dict[str, list[date]]] = {year: defaultdict(list) for year in STATUTORY_YEARS}
    for day in days(STATUTORY_YEARS[0], STATUTORY_YEARS[-1]):
        names = [name for name in china.get_list(day) if name.removesuffix("（推定）") in STATUTORY]
        if not names:
            continue
        if FIRST <= day.year <= LAST and chinese_calendar.is_workday(day):
            sys.exit(f"{day}: a statutory day by holidays, a working day by chinesecalendar")
        found[day.year]["、".join(sorted(name.removesuffix("（推定）") for name in names))].append(day)
    return found


def listed(table: dict[str, list[date]]) -> str:
    """One TOML inline table of dates by name, in the order of the year."""
    rows = sorted(table.items(), key=lambda item: item[1])
    return "{ " + ", ".join(f'"{name}" = [{", ".join(map(str, dates))}]' for name, dates in rows) + " }" if rows else "{}"


def text() -> str:
    """The whole file."""
    china = holidays.country_holidays("CN", years=range(FIRST - 1, LAST + 3), language="zh_CN")
    if wrong := differences(china):
        sys.exit("\n".join(["the two sources do not agree; nothing is written", *wrong]))
    lines = [
        "# The mainland's rest days, made by tools/freeze_calendar.py from two sources that agree day by day; not edited by hand.",
        "# `off`: days off by the State Council's notices, by holiday; `work`: Saturdays and Sundays that they made working days.",
        "# Every other day is a working day from Monday to Friday and a rest day on Saturday and Sunday.",
        "",
    ]
    for year in range(FIRST, LAST + 1):
        off: dict[str, list[date]] = defaultdict(list)
        work: dict[str, list[date]] = defaultdict(list)
        for day in days(year, year):
            if day in chinese_calendar.holidays:
                off[chinese_calendar.Holiday(chinese_calendar.holidays[day]).chinese].append(day)
            elif day in chinese_calendar.workdays:
                work[chinese_calendar.Holiday(chinese_calendar.workdays[day]).chinese].append(day)
        notices = ", ".join(f'{{ number = "{number}", issued = {issued} }}' for number, issued in NOTICES[year])
        lines += ["[[years]]", f"year = {year}", f"notices = [{notices}]", f"off = {listed(off)}", f"work = {listed(work)}", ""]
    lines += [
        "# Statutory days: days off for all citizens by 《全国年节及纪念日放假办法》 as in force in each year,",
        "# before any notice moves days.",
        f"# Those of {LAST + 1} and {LAST + 2} are computed from the lunar calendar; no notice for them is known yet.",
        "[statutory]",
        *(f"{year} = {listed(table)}" for year, table in statutory(china).items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the file, or compare it."""
    made = text()
    if "--check" in sys.argv[1:]:
        same = TARGET.read_text(encoding="utf-8") == made
        print("the frozen calendar is what its sources say" if same else f"{TARGET} differs: run tools/freeze_calendar.py")
        sys.exit(0 if same else 1)
    TARGET.write_text(made, encoding="utf-8")
    print(f"{TARGET.name}: {FIRST} to {LAST}")


if __name__ == "__main__":
    main()
