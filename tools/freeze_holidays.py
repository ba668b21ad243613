"""Freeze other places' public holidays into packs/days.toml.

    python tools/freeze_holidays.py            # write the file
    python tools/freeze_holidays.py --check    # exit 1 when the file is not what the source says

The days come from the package `holidays`, which computes later years by the rules in force today. What is added to a set stands
here, with its reason: days of each year, and lists of dates, which reach as far as YEARS and grow with it. A year that is not in
the file is not known, and every day of it is a day without calls.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import holidays

TARGET = Path(__file__).parent.parent / "src" / "callguard" / "packs" / "days.toml"
YEARS = range(2018, 2031)
# The calendars that each set is made of.
SETS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "AU": (("AU", None),),  # national public holidays
    "FR": (("FR", None),),  # Code du travail L. 3133-1: without the two more of Alsace-Moselle
    "US-AL": (("US", "AL"),),
    "US-LA": (("US", "LA"),),
    "US-PA": (("US", "PA"),),
    "US-RI": (("US", None), ("US", "RI")),  # "a state or federal holiday"
    "US-UT": (("US", "UT"),),
}
# Days of each year that no calendar of a set has.
FIXED: dict[str, tuple[tuple[int, int, str], ...]] = {
    # the Public Service Commission's list has the two of January beside; La. R.S. 1:55(A)(1) the others
    "US-LA": (
        (1, 8, "Battle of New Orleans"),
        (1, 19, "Robert E. Lee Day"),
        (8, 30, "Huey P. Long Day"),
        (11, 1, "All Saints' Day"),
    ),
    "US-PA": ((6, 14, "Flag Day"),),
    "US-RI": ((5, 4, "Rhode Island Independence Day"),),  # R.I. Gen. Laws 25-1-1
}
# Dates that no calendar of a set has, by the name of the day, one list each, through all of YEARS.
DATED: dict[str, dict[str, str]] = {
    "AU": {
        # days kept in lieu are in each state's own calendar, and not in the country's
        "Public holiday kept in every state and territory": """2019-01-28 2020-01-27 2020-12-28 2021-12-27 2021-12-28 2022-01-03
            2022-12-27 2023-01-02 2025-01-27 2026-12-28 2027-12-27 2027-12-28 2028-01-03 2030-01-28""",
    },
    "US-AL": {
        # kept in two counties
        "Mardi Gras": """2018-02-13 2019-03-05 2020-02-25 2021-02-16 2022-03-01 2023-02-21 2024-02-13 2025-03-04 2026-02-17
            2027-02-09 2028-02-29 2029-02-13 2030-03-05""",
    },
    "US-LA": {
        # struck from La. R.S. 1:55 in 2022
        "Confederate Memorial Day": "2018-06-03 2019-06-03 2020-06-03 2021-06-03 2022-06-03",
        "Columbus Day": """2018-10-08 2019-10-14 2020-10-12 2021-10-11 2022-10-10 2023-10-09 2024-10-14 2025-10-13 2026-10-12
            2027-10-11 2028-10-09 2029-10-08 2030-10-14""",
    },
    "US-PA": {
        "Good Friday": """2018-03-30 2019-04-19 2020-04-10 2021-04-02 2022-04-15 2023-04-07 2024-03-29 2025-04-18 2026-04-03
            2027-03-26 2028-04-14 2029-03-30 2030-04-19""",
        "Election Day": """2018-11-06 2019-11-05 2020-11-03 2021-11-02 2022-11-08 2023-11-07 2024-11-05 2025-11-04 2026-11-03
            2027-11-02 2028-11-07 2029-11-06 2030-11-05""",
    },
    # R.I. Gen. Laws 25-1-1: elections of a general-election year; the Monday after a holiday on a Sunday, and for what the package
    # keeps on the Friday before a Saturday alone, the Monday after, which is when the state's employees keep it
    "US-RI": {
        "Rhode Island Independence Day (observed)": "2025-05-05",
        "Election Day": "2018-11-06 2020-11-03 2022-11-08 2024-11-05 2026-11-03 2028-11-07 2030-11-05",
        "Holiday on a Saturday, kept on Monday": """2020-07-06 2021-12-27 2022-01-03 2023-11-13 2026-07-06 2027-12-27 2028-01-03
            2028-11-13""",
    },
    "US-UT": {
        # Utah Code 63G-1-301, as in force from 6 May 2026: the version of 2027 was not seen, and Good Friday stays
        "Good Friday": "2027-03-26 2028-04-14 2029-03-30 2030-04-19",
        "Juneteenth (kept on Monday)": "2022-06-20 2024-06-17 2025-06-16 2026-06-15 2027-06-21 2029-06-18 2030-06-17",
    },
}


def days(name: str) -> dict[date, str]:
    """The days of a set, in order."""
    found = {date(year, month, day): title for year in YEARS for month, day, title in FIXED.get(name, ())}
    found |= {date.fromisoformat(day): title for title, listed in DATED.get(name, {}).items() for day in listed.split()}
    for country, part in SETS[name]:
        found |= dict(holidays.country_holidays(country, subdiv=part, years=YEARS, language="en_US"))
    return {day: found[day] for day in sorted(found) if day.year in YEARS}


def text() -> str:
    """The whole file."""
    lines = [
        "# Other places' public holidays, made by tools/freeze_holidays.py from the package `holidays`; not edited by hand.",
        "# A year that a set does not name is not known: every day of it is a day without calls.",
    ]
    for name in SETS:
        named: dict[str, list[date]] = {}
        for day, title in days(name).items():
            named.setdefault(title, []).append(day)
        rows = [f'"{title}" = [{", ".join(map(str, dates))}]' for title, dates in named.items()]
        lines += ["", f"[{name}]", f"years = [{', '.join(map(str, YEARS))}]", "", f"[{name}.days]", *rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the file, or compare it."""
    made = text()
    if "--check" in sys.argv[1:]:
        same = TARGET.read_text(encoding="utf-8") == made
        print("the frozen holidays are what their source says" if same else f"{TARGET} differs: run tools/freeze_holidays.py")
        sys.exit(0 if same else 1)
    TARGET.write_text(made, encoding="utf-8")
    print(f"{TARGET.name}: {YEARS[0]} to {YEARS[-1]}")


if __name__ == "__main__":
    main()
