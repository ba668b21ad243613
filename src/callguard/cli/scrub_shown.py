"""What `callguard scrub` says of a table: how it was read, what became of its rows, what a person should know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callguard.batch.answers import UNDECIDED
from callguard.cli.desk import masked
from callguard.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pendulum

    from callguard.batch.answers import Counts
    from callguard.batch.asking import Asked
    from callguard.batch.sources import Source
    from callguard.cli.words import Words
    from callguard.guard import Guard

_DELIMITERS = {",": "`,`", "\t": "tab", ";": "`;`", "|": "`|`"}
_ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB 18030"}


def line_of(words: Words, guard: Guard, asked: Asked, found: Source | None, local: pendulum.DateTime) -> tuple[str, str]:
    """Return what rows were screened for, and as of when: a name and an instant, or the columns that tell them."""
    campaign, at = asked.campaign, words.instant(local)
    if found is not None and found.taken.campaign is not None:
        campaign = words("by-column", column=masked(found.names[found.taken.campaign]))
    if found is not None and found.taken.instant is not None:
        at = words("by-column", column=masked(found.names[found.taken.instant]))
    if campaign is None and asked.campaign_column is not None:
        campaign = words("by-column", column=masked(asked.campaign_column))
    if found is None and asked.at_column is not None:
        at = words("by-column", column=masked(asked.at_column))
    return campaign or ", ".join(each.name for each in guard.policy.campaigns), at


def how(words: Words, found: Source) -> Iterator[str]:
    """Say how a file was read."""
    form, taken = found.form, found.taken
    yield words(f"took-{taken.number.how}", column=masked(taken.number.name))
    if form.kind == "text":
        encoding = _ENCODINGS.get(form.encoding, form.encoding)
        yield words("read-as", encoding=encoding, delimiter=_DELIMITERS.get(form.delimiter, form.delimiter))
    if found.sheet is not None:
        yield words("read-sheet", sheet=masked(found.sheet))
    if not found.header:
        yield words("no-header")
    if taken.place is not None:
        yield words("places-from", column=masked(found.names[taken.place]))
    if taken.caller is not None:
        yield words("callers-from", column=masked(found.names[taken.caller]))


def notes(words: Words, found: Source) -> Iterator[str]:
    """Say what a person should know of a file."""
    counts, extras = found.counts, found.extras
    if counts.undecided:
        more = counts.undecided > len(counts.first_undecided)
        key = "undecided" if set(found.taken.told) <= {"place"} else "undecided-told"
        yield words(key, n=counts.undecided, rows=words.rows(counts.first_undecided, more=more))
    if extras["spreadsheet"]:
        yield words("floats" if found.by_rows else "spreadsheet", n=extras["spreadsheet"])
    if extras["folded"]:
        yield words("folded", n=extras["folded"], first=str(extras["first_folded"]))
    blocked = counts.by_reason.get(Reason.REGION_BLOCKED, 0)
    if blocked and found.taken.place is None:
        yield words("place-hint", n=blocked)


def counted(counts: Counts) -> dict[str, Any]:
    """Return how many rows have which answer, for machines."""
    by_reason = {str(reason): n for reason, n in counts.by_reason.items()}
    allowed = by_reason.get(Reason.ALLOWED.value, 0)
    if counts.undecided:
        by_reason[UNDECIDED] = counts.undecided
    return {
        "rows": counts.rows,
        "allowed": allowed,
        "denied": counts.rows - allowed - counts.undecided,
        "undecided": counts.undecided,
        "counts": by_reason,
    }


def as_json(found: Source) -> dict[str, Any]:
    """Return what became of a file for machines."""
    form, taken, extras = found.form, found.taken, found.extras
    names = {name: found.names[index] for name, index in taken.told.items()}
    text = form.kind == "text"
    return counted(found.counts) | {
        "undecided_rows": found.counts.first_undecided,
        "column": taken.number.name,
        "column_index": taken.number.index,
        "column_found_by": taken.number.how,
        "place_column": names.get("place"),
        "campaign_column": names.get("campaign"),
        "caller_column": names.get("caller"),
        "at_column": names.get("instant"),
        "format": form.kind,
        "packing": form.packing,
        "sheet": found.sheet,
        "encoding": form.encoding if text else None,
        "delimiter": form.delimiter if text else None,
        "header": found.header,
        "folded_records": extras["folded"],
        "spreadsheet_cells": extras["spreadsheet"],
    }
