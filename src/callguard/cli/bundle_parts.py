"""What the inspector's bundle says of an enterprise: its numbers, licences and filings, and the consents on record, as CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from callguard import clock, packs, phone
from callguard.call_log.columns import cell
from callguard.model import FOREVER
from callguard.readiness.validity import validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callguard.policy import Policy
    from callguard.rules.rule import Consent


def table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Return rows as CSV; marked as UTF-8, so that spreadsheets read Chinese."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[cell(each) if isinstance(each, str) else each for each in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def callers(policy: Policy, statuses: Mapping[str, str]) -> bytes:
    """Return the register of numbers: what the policy says of each, and what has been recorded of it."""
    days = timedelta(days=packs.load().filing_days)
    rows = (
        (
            each.number,
            each.kind,
            each.province,
            each.channel,
            each.obtained,
            each.filed,
            each.obtained + days if each.obtained and not each.filed else None,
            each.status,
            statuses.get(each.key),
            " ".join(each.purposes or ()),
            each.daily_attempts,
            each.forwards_to,
            " ".join(each.documents or ()),
            " ".join(campaign.name for campaign in policy.campaigns if each.key in campaign.callers),
        )
        for each in policy.callers
    )
    columns = (
        *("number", "kind", "province", "channel", "obtained", "filed", "file_by", "status", "recorded_status", "purposes"),
        *("daily_attempts", "forwards_to", "documents", "campaigns"),
    )
    return table(columns, rows)


def licences(policy: Policy, lang: str) -> bytes:
    """Return the licences and filings, from when until when each is valid."""
    rows = (
        (each.what, each.title[lang], each.first, each.last, each.renewable) for each in validity(policy) if each.what != "caller"
    )
    return table(("what", "title", "from", "last_day", "renewal_from"), rows)


def consents(found: Mapping[int, tuple[Consent, ...]], zone: str, *, masked: bool) -> bytes:
    """Return the consents that stand, with what proves each; callees masked unless they are asked for."""
    rows = (
        (
            phone.mask(number) if masked else f"+{number}",
            each.scope,
            None if each.until is None or each.until >= FOREVER else clock.datetime_of(each.until, zone).isoformat(),
            each.proof,
        )
        for number, several in sorted(found.items())
        for each in several
    )
    return table(("callee", "scope", "until", "proof"), rows)
