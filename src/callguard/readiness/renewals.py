"""What is due of licences by the calendar: renewals, annual reports, changes of particulars."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from callguard import packs
from callguard.readiness import names
from callguard.readiness.remark import Remark
from callguard.readiness.validity import lasts
from callguard.rules.dates import last_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.policy.model import Change, Licence
    from callguard.readiness.ahead import Ahead

_SHOWN = 5  # years that are named


def renewals(ahead: Ahead) -> Iterator[Remark]:
    """Yield what is due of each licence on the days that are looked at, or was due before."""
    for found in ahead.policy.licences:
        if found.issued <= ahead.on:
            yield from _ending(ahead, found)
            if found.kind in (ahead.law.every_call_licence, ahead.law.online_licence):
                yield from _reports(ahead, found)
    for change in ahead.policy.changes:
        yield from _change(ahead, change)


def last(ahead: Ahead, found: Licence) -> date | None:
    """Return a licence's last day as the rules have it; None where it does not end."""
    day = last_day(ahead.call_of_nobody(), found)
    return None if day == date.max else day


def _ending(ahead: Ahead, found: Licence) -> Iterator[Remark]:
    """Yield that renewal is to be applied for, unless another licence of the kind goes on; of a kind nobody needs, that it ends."""
    day, law = last(ahead, found), packs.inspected()
    if day is None or day < ahead.on:
        return
    if lasts(ahead.law, found, ahead.policy.licences) > day:
        return
    facts = {"licence": names.licence(found), "last": day}
    if found.kind == ahead.law.every_call_licence:
        opens = day - timedelta(days=packs.requirements().duties["renewal"].figures["days"])
        if opens - timedelta(days=law.early_days) <= ahead.until:
            yield Remark(
                kind=law.remarks["renewal"], severity="due", what="licence", name=found.kind, day=day, opens=opens, facts=facts
            )
    elif day < ahead.until and not _needed(ahead, found):
        yield Remark(kind=law.remarks["licence-ends"], severity="note", what="licence", name=found.kind, day=day, facts=facts)


def _needed(ahead: Ahead, found: Licence) -> bool:
    """Return whether a campaign needs a kind of licence, and rules therefore say when it ends."""
    law = ahead.law
    needs = [need for need in law.sector_licences.values() if need.licence == found.kind]
    return any(
        (found.kind == law.online_licence and campaign.online)
        or any(campaign.sector == need.sector and campaign.product == need.product for need in needs)
        for campaign in ahead.policy.campaigns
    )


def _reports(ahead: Ahead, found: Licence) -> Iterator[Remark]:
    """Yield the annual reports that are late, and the one that falls due; the report for a year is due in the next."""
    law, due = packs.inspected(), packs.requirements().duties["annual-report"].due
    assert due is not None
    assert due.yearly is not None
    end = last(ahead, found)
    if end is not None and end < ahead.on:
        return
    facts = {"licence": names.licence(found)}
    if not found.annual_reports:
        if date(found.issued.year + 1, *due.yearly) <= ahead.until:
            yield Remark(
                kind=law.remarks["annual-reports-unknown"], severity="unknown", what="licence", name=found.kind, facts=facts
            )
        return
    last_year = ahead.until.year if end is None else min(ahead.until.year, end.year - ((end.month, end.day) != (12, 31)))
    owed = [year for year in range(found.issued.year, last_year + 1) if year not in found.annual_reports]
    late = [year for year in owed if date(year + 1, *law.report_grace_until) < ahead.on]
    if late:
        day = date(late[0] + 1, *due.yearly)
        years = ", ".join(map(str, late[:_SHOWN])) + (" …" if len(late) > _SHOWN else "")
        kind = law.remarks["annual-report-late"]
        yield Remark(kind=kind, severity="violation", what="licence", name=found.kind, day=day, facts=facts | {"years": years})
    for year in owed:
        day = date(year + 1, *due.yearly)
        if year not in late and date(year + 1, 1, 1) <= ahead.until:
            grace = date(year + 1, *law.report_grace_until)
            more = {"years": str(year), "grace": grace}
            kind = law.remarks["annual-report"]
            opens = date(year + 1, 1, 1)
            yield Remark(kind=kind, severity="due", what="licence", name=found.kind, day=day, opens=opens, facts=facts | more)


def _change(ahead: Ahead, change: Change) -> Iterator[Remark]:
    """Yield a change for which the licences are still to be changed, or were not in time."""
    law = packs.inspected()
    day = change.changed + timedelta(days=packs.requirements().duties["change-filing"].figures["days"])
    if change.changed > ahead.until or (change.filed is not None and change.filed <= day):
        return
    facts = {"what": names.PARTICULARS[change.what], "changed": change.changed}
    if change.filed is None and day >= ahead.on:
        yield Remark(kind=law.remarks["change-filing"], severity="due", what="enterprise", name=change.what, day=day, facts=facts)
        return
    done = change.filed is not None and change.filed <= ahead.on
    said = (
        {"en": f"were on {change.filed}", "zh": f"实际于 {change.filed} 办理"} if done else {"en": "are not yet", "zh": "尚未办理"}
    )
    yield Remark(
        kind=law.remarks["change-filing-late"],
        severity="note" if done else "violation",
        what="enterprise",
        name=change.what,
        day=day,
        facts=facts | {"filed": said},
    )
