"""Freeze other places' public holidays into packs/days.toml.

    python tools/freeze_holidays.py            # write the file
    python tools/freeze_holidays.py --check    # exit 1 when the file is not what the source says

The days come from the package `holidays`, which computes later years by the rules in force today. What is added to a set stands
here, with its reason; a year that is not in the file is not known, and every day of it is a day without calls.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import holidays

TARGET = Path(__file__).parent.parent / "src" / "callguard" / "packs" / "days.toml"
YEARS = range(2018, 2031)
# Each set: the calendars that it is made of, and days of each year that none of them has.
SETS: dict[str, tuple[tuple[tuple[str, str | None], ...], tuple[tuple[int, int, str], ...]]] = {
    "AU": ((("AU", None),), ()),  # national public holidays
    "FR": ((("FR", None),), ()),  # Code du travail L. 3133-1: without the two more of Alsace-Moselle
    # the Public Service Commission's list has these two beside
    "US-LA": ((("US", "LA"),), ((1, 8, "Battle of New Orleans"), (1, 19, "Robert E. Lee Day"))),
    "US-RI": ((("US", None), ("US", "RI")), ()),  # "a state or federal holiday"
}


def days(name: str) -> dict[date, str]:
    """The days of a set, in order."""
    calendars, more = SETS[name]
    found = {date(year, month, day): title for year in YEARS for month, day, title in more}
    for country, part in calendars:
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
