"""What is due of licences by the calendar: renewals, annual reports, changes of particulars."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from callguard import packs, phone
from callguard.readiness import names
from callguard.readiness.remark import Remark
from callguard.readiness.validity import lasts
from callguard.rules.dates import last_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.policy.model import Change, Licence
    from callguard.readiness.ahead import Ahead

_SHOWN = 5  # years, or provinces, that are named


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
    if day is None:
        return
    if day < ahead.on:
        yield from _lapsed(ahead, found, day)
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


def _lapsed(ahead: Ahead, found: Licence, day: date) -> Iterator[Remark]:
    """Yield that a call-centre licence has ended, and where nothing goes on; where no licence is valid at all, a rule says so.

    Of what ended long ago only a note: it stays in the policy for the numbers that were obtained while it was valid.
    """
    others = [each for each in ahead.policy.licences if each.kind == found.kind == ahead.law.every_call_licence]
    going = [each for each in others if each.issued <= ahead.on and ((end := last(ahead, each)) is None or end >= ahead.on)]
    newer = [each for each in others if found.issued < each.issued <= ahead.on]
    spoken_for = [*going, *newer]
    if not going or not all(each.provinces for each in spoken_for):
        return
    known = {code for each in spoken_for for code in each.provinces}
    lost = [code for code in found.provinces or phone.PROVINCES if code not in known]
    if lost:
        recent = ahead.on - day <= timedelta(days=packs.requirements().duties["renewal"].figures["days"])
        listed = names.several(map(names.region, lost))
        many = {"en": f"{len(lost)} provinces", "zh": f"{len(lost)} 个省份"}
        facts = {"licence": names.licence(found), "last": day, "names": many if len(lost) > _SHOWN else listed, "places": lost}
        yield Remark(
            kind=packs.inspected().remarks["licence-lapsed"],
            severity="stops-calls" if recent else "note",
            what="licence",
            name=found.kind,
            facts=facts,
        )


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
    last_year = ahead.until.year - 1 if end is None else min(ahead.until.year - 1, end.year - ((end.month, end.day) != (12, 31)))
    owed = [year for year in range(found.issued.year, last_year + 1) if year not in (found.annual_reports or ())]
    if found.annual_reports is None and len(owed) > 1:  # of the first one that is owed it is plain that it was not filed before
        yield Remark(kind=law.remarks["annual-reports-unknown"], severity="unknown", what="licence", name=found.kind, facts=facts)
        return
    late = [year for year in owed if date(year + 1, *law.report_grace_until) < ahead.on]
    if late:
        day = date(late[0] + 1, *due.yearly)
        years = ", ".join(map(str, late[:_SHOWN])) + (" …" if len(late) > _SHOWN else "")
        kind = law.remarks["annual-report-late"]
        yield Remark(kind=kind, severity="violation", what="licence", name=found.kind, day=day, facts=facts | {"years": years})
    for year in owed:
        day = date(year + 1, *due.yearly)
        if year not in late:
            grace = date(year + 1, *law.report_grace_until)
            more = {"years": str(year), "grace": grace}
            kind = law.remarks["annual-report"]
            opens = date(year + 1, 1, 1)
            yield Remark(kind=kind, severity="due", what="licence", name=found.kind, day=day, opens=opens, facts=facts | more)


def _change(ahead: Ahead, change: Change) -> Iterator[Remark]:
    """Yield a change for which the licences are still to be changed, or were not in time."""
    law = packs.inspected()
    day = change.changed + timedelta(days=packs.requirements().duties["change-filing"].figures["days"])
    done = change.filed is not None and change.filed <= ahead.on
    if change.changed > ahead.until or (done and change.filed is not None and change.filed <= day):
        return
    facts = {"what": names.PARTICULARS[change.what], "changed": change.changed}
    if not done and day >= ahead.on:
        yield Remark(kind=law.remarks["change-filing"], severity="due", what="enterprise", name=change.what, day=day, facts=facts)
        return
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
