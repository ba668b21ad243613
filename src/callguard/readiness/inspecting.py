"""A policy, its state and its call log, held against the rules on a day and those that follow."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from callguard import clock, packs
from callguard.errors import StateError
from callguard.readiness.ahead import Ahead
from callguard.readiness.campaigns import campaigns
from callguard.readiness.denials import denials
from callguard.readiness.kept import Kept, ailments, not_looked_at, why_not
from callguard.readiness.means import means
from callguard.readiness.numbers import numbers
from callguard.readiness.records import records
from callguard.readiness.regulated import regulated
from callguard.readiness.remark import Inspection, order
from callguard.readiness.renewals import renewals
from callguard.readiness.scripts import scripts
from callguard.readiness.switches import switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from callguard.policy import Policy
    from callguard.readiness.remark import Remark

    Progress = Callable[[int, int, str], object]

DAYS: Final = 90


def inspect(
    policy: Policy,
    *,
    on: date | None = None,
    days: int = DAYS,
    kept: Kept | str | Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Inspection:
    """Return what there is to remark on a day of the enterprise's (today), and on so many `days` after it.

    `kept` is the policy's state, from `opened(policy)`; or why it was not opened, a text or one in each language, which is
    remarked; None: it is not spoken of.
    `progress(done, total, what)` in records of the log. ValueError for a day that the zone tables do not reach, or a table of
    rest days that cannot be read.
    """
    day = clock.local(policy.enterprise.timezone, time.time())[0] if on is None else on
    calendar = packs.calendar(policy.calendar_overrides, policy.school_vacations)
    statuses = kept.statuses if isinstance(kept, Kept) else None
    ahead = Ahead(policy, on=day, days=days, calendar=calendar, statuses=statuses)
    found = [*_declared(ahead), *_kept(ahead, kept, progress or (lambda _done, _total, _what: None))]
    return Inspection(on=day, until=ahead.until, enterprise=policy.enterprise.name, remarks=tuple(sorted(found, key=order)))


def _declared(ahead: Ahead) -> Iterator[Remark]:
    """Yield what the policy alone tells; of an enterprise elsewhere nothing that is the mainland's law."""
    yield from denials(ahead)
    yield from campaigns(ahead)
    yield from switches(ahead)
    if ahead.own_law:
        yield from renewals(ahead)
        yield from means(ahead)
        yield from numbers(ahead)
        yield from scripts(ahead)
        yield from regulated(ahead)


def _kept(ahead: Ahead, kept: Kept | str | Mapping[str, str] | None, progress: Progress) -> Iterator[Remark]:
    if kept is None:
        return
    if not isinstance(kept, Kept):
        yield not_looked_at(kept)
        return
    yield from ailments(ahead.policy, kept)
    if kept.log is not None:
        try:
            yield from records(ahead, kept, kept.log, progress)
        except StateError as error:
            yield not_looked_at(why_not(error))
