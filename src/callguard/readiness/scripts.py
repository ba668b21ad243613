"""What is said in the calls of a campaign, looked through for wording that exaggerates what a drug or device does."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from callguard import packs
from callguard.readiness import names
from callguard.readiness.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from callguard.policy import Campaign
    from callguard.readiness.ahead import Ahead

_MOST: Final = 4 << 20  # bytes of a script
_SHOWN: Final = 100  # remarks of one script


def scripts(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is to be remarked of the scripts of campaigns that sell drugs or devices; of others nothing is asked."""
    remarks = packs.inspected().remarks
    for campaign in ahead.policy.campaigns:
        if campaign.product is None or campaign.purpose != "marketing":
            continue
        said = {"name": campaign.name, "what": "campaign", "campaigns": (campaign.name,)}
        facts = {"product": names.PRODUCTS[campaign.product]}
        if not campaign.scripts:
            yield Remark(kind=remarks["script-unknown"], severity="unknown", facts=facts, **said)  # type: ignore[arg-type]
            continue
        if campaign.scripts_reviewed is None or campaign.scripts_reviewed > ahead.on:
            yield Remark(kind=remarks["script-not-reviewed"], severity="due", facts=facts, **said)  # type: ignore[arg-type]
        for path in campaign.scripts:
            yield from _script(campaign, path)


def _script(campaign: Campaign, path: Path) -> Iterator[Remark]:
    remarks = packs.inspected().remarks
    try:
        with path.open("rb") as file:
            text = file.read(_MOST + 1).decode("utf-8-sig")
        why = f"larger than {_MOST >> 20} MiB" if len(text.encode()) > _MOST else None
    except OSError as error:
        why = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        why = "it is not UTF-8"
    if why is not None:
        facts = {"file": path.name, "why": why}
        kind = remarks["script-unread"]
        yield Remark(kind=kind, severity="unknown", what="campaign", name=campaign.name, campaigns=(campaign.name,), facts=facts)
        return
    for line, term in exaggerations(text)[:_SHOWN]:
        yield Remark(
            kind=remarks["wording"],
            severity="violation",
            what="campaign",
            name=campaign.name,
            campaigns=(campaign.name,),
            facts={"file": path.name, "line": line, "term": term},
        )


def exaggerations(text: str) -> tuple[tuple[int, str], ...]:
    """Return each term of the law's list that stands in a text, as the list has it, with its line, counted from 1."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        terms = dict.fromkeys(_terms()[match.lastindex or 0] for match in _pattern().finditer(line))
        found += [(number, term) for term in terms]
    return tuple(found)


@cache
def _terms() -> dict[int, str]:
    longest = sorted(packs.inspected().exaggerations, key=len, reverse=True)
    return dict(enumerate(longest, 1))


@cache
def _pattern() -> re.Pattern[str]:
    """Return one pattern of all terms, the longest first; words of letters stand alone."""
    parts = []
    for term in _terms().values():
        body = (
            r"\s*".join(re.escape(part) for part in term.split(" ") if part)
            if "%" in term
            else re.escape(term).replace(r"\ ", r"\s+")
        )
        parts.append(rf"((?<![a-z]){body}(?![a-z]))" if term[0].isascii() and term[0].isalpha() else f"({body})")
    return re.compile("|".join(parts), re.IGNORECASE)
