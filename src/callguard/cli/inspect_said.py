"""What is said of the parts of a remark: its days, and what it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard import packs
from callguard.readiness import names

if TYPE_CHECKING:
    from callguard.cli.words import Words
    from callguard.readiness import Remark


_IDS: Final = ("enterprise", "licence", "filing")  # what is named by an id


def when(words: Words, remark: Remark) -> str:
    """Return the days of a remark."""
    if remark.severity == "due" and remark.opens is not None:
        return words("inspect-between", first=remark.opens, day=remark.day)
    lines = []
    if remark.day is not None:
        key = {"will-stop": "inspect-from", "due": "inspect-by"}.get(remark.severity, "inspect-since")
        lines.append(words(key, day=remark.day))
    if remark.resumes is not None:
        lines.append(words("inspect-again", day=remark.resumes))
    return "\n".join(lines)


def of(words: Words, remark: Remark) -> str:
    """Return what a remark is of."""
    what, called = words(f"inspect-what-{remark.what}"), name(words, remark)
    return f"{what} {called}" if called else what


def name(words: Words, remark: Remark) -> str:
    """Return what a remark's name is called: in Chinese what is an id by its title, unless that is the remark's too."""
    if words.lang == "en" or remark.what not in _IDS:
        return remark.name
    law = packs.requirements()
    conditions = {each.id: each for found in law.requirements.values() for each in found.conditions}
    particulars: dict[str, str] = {id_: each["zh"] for id_, each in names.PARTICULARS.items()}
    titled = law.requirements.get(remark.name) or conditions.get(remark.name)
    if titled is not None and remark.what != "filing":
        return "" if titled.title["zh"] == remark.title["zh"] else titled.title["zh"]
    return particulars.get(remark.name) or words.value("filing" if remark.what == "filing" else "licence", remark.name)


def source(words: Words, remark: Remark) -> str:
    """Return where a remark is written, in short: the place in the article, and the rows of its rules."""
    place = remark.citation[words.lang].partition(": ")[0]
    return ", ".join(filter(None, (place, rows(words, remark))))


def rows(words: Words, remark: Remark) -> str:
    """Return of which rows a remark is."""
    return words("inspect-rows", n=len(remark.rows), rows=", ".join(map(str, remark.rows))) if remark.rows else ""
