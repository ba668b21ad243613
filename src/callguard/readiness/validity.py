"""From when until when what an enterprise holds is valid, and by when what it is given must be filed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

import attrs

from callguard import packs
from callguard.readiness import names
from callguard.rules.dates import last_day_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from callguard.packs import Pack
    from callguard.policy import Policy
    from callguard.policy.model import Licence

_ONE: Final = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Validity:
    """A licence, a filing, or a number that is not filed yet; the last day is None where it does not end.

    `renewable` is the day from which renewal is applied for, where there is one.
    """

    what: Literal["licence", "filing", "caller"]
    title: Mapping[str, str] = attrs.field(hash=False)
    first: date
    last: date | None
    renewable: date | None = None


def lasts(law: Pack, found: Licence, licences: Iterable[Licence]) -> date:
    """Return a licence's last day, or that of others of its kind that go on wherever it is for; `date.max` where it has none."""
    same = [each for each in licences if each.kind == found.kind]
    last = last_day_by(law, found)
    return min(
        _goes_on(law, last, [each for each in same if not each.provinces or where in each.provinces])
        for where in found.provinces or (None,)
    )


def _goes_on(law: Pack, last: date, licences: list[Licence]) -> date:
    """Return the last day of a row of licences, each of which begins no later than the day after the one before it."""
    while last < date.max:
        later = max((last_day_by(law, each) for each in licences if each.issued <= last + _ONE), default=last)
        if later <= last:
            break
        last = later
    return last


def validity(policy: Policy) -> tuple[Validity, ...]:
    """Return everything of a policy that is valid for a time; of an enterprise elsewhere nothing that is the mainland's law."""
    return tuple(_all(policy)) if packs.load().id in policy.enterprise.packs else ()


def _all(policy: Policy) -> Iterator[Validity]:
    law = packs.load()
    days = packs.requirements().duties["renewal"].figures["days"]
    for licence in policy.licences:
        day = last_day_by(law, licence)
        last = None if day == date.max else day
        yield Validity(
            what="licence",
            title=names.licence(licence),
            first=licence.issued,
            last=last,
            renewable=last - timedelta(days=days) if last and licence.kind == law.every_call_licence else None,
        )
    titles = {
        held.filing: each.title
        for each in packs.requirements().requirements.values()
        if (held := each.held_by) is not None and held.filing is not None
    }
    for filing in policy.filings:
        yield Validity(what="filing", title=titles.get(filing.kind, names.both(filing.kind)), first=filing.filed, last=None)
    for caller in policy.callers:
        if caller.filed is None and caller.obtained is not None:
            by = caller.obtained + timedelta(days=law.filing_days)
            yield Validity(what="caller", title=names.both(names.caller(caller)), first=caller.obtained, last=by)
