"""What the call log tells: whether it is whole and kept long enough, and whether numbers were used as planned."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from callguard import clock, packs
from callguard.readiness import names
from callguard.readiness.logged import Counts
from callguard.readiness.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from callguard.call_log import CallLog, Entry
    from callguard.readiness.ahead import Ahead
    from callguard.readiness.kept import Kept

    Progress = Callable[[int, int, str], object]

_STEP: Final = 2_000  # records between two words of progress
_SHOWN: Final = 5  # days that are named
_ATTEMPTS: Final = 7  # days back for which counted attempts are looked for
_HEARD: Final = ("outcome ", "keys ", "sip ")  # how the source begins of a refusal that was heard in a call


def records(ahead: Ahead, kept: Kept, log: CallLog, progress: Progress) -> Iterator[Remark]:
    """Yield what a call log tells, up to the day that is looked at; StateError where it cannot be read."""
    from callguard.call_log.purging import kept_from

    def checked(done: int, total: int) -> None:
        progress(done, total, "checking")

    verified = log.verify(progress=checked)
    if not verified:
        facts = {"n": verified.wrong, "why": {lang: verified.faults[0].message_in(lang) for lang in ("en", "zh")}}
        yield _remark("log-broken", severity="violation", facts=facts)
    named = ahead.policy.call_log
    if verified.unsealed and named is not None and (named.key_env or named.key_file or named.key_command):
        yield _remark("rows-unsealed", severity="violation", facts={"n": verified.unsealed})
    counts = Counts()
    counts.take(_told(log.search(until=ahead.on), verified.rows, progress), ahead.policy)
    yield from _purges(ahead, log)
    yield from _gaps(ahead, kept, counts)
    if counts.days:
        first, months = min(counts.days), log.policy.call_log.retain_months if log.policy.call_log else 0
        yield _remark("log-since", severity="note", facts={"first": first, "n": counts.calls, "months": months})
        day = kept_from(ahead.on, months)
        if first < day:
            yield _remark("log-purgeable", severity="note", day=day)
        yield _summary(counts)
    yield from _use(ahead, counts)


def _told(entries: Iterator[Entry], rows: int, progress: Progress) -> Iterator[Entry]:
    """Yield records, and say how many went by: of all rows, of which some are outcomes."""
    n = 0
    for n, entry in enumerate(entries, 1):
        yield entry
        if not n % _STEP:
            progress(n, max(n, rows), "reading")
    progress(max(n, rows), max(n, rows), "reading")


def _remark(id_: str, what: Any = "log", **more: Any) -> Remark:
    return Remark(kind=packs.inspected().remarks[id_], what=what, **more)


def _summary(counts: Counts) -> Remark:
    facts = {
        "allowed": counts.allowed,
        "denied": counts.reasons.total(),
        "reasons": names.reasons(dict(counts.reasons.most_common())),
        "by_reason": {reason.value: n for reason, n in counts.reasons.items()},
    }
    return _remark("log-summary", severity="note", facts=facts)


def _purges(ahead: Ahead, log: CallLog) -> Iterator[Remark]:
    """Yield the purges that removed records which the law has kept at that time."""
    from callguard.call_log.purging import LEAST, removable

    for note in log.notes("purge"):
        before, at = date.fromisoformat(note.facts["before"]), clock.local(ahead.zone, note.at)[0]
        if at <= ahead.on and removable(before, LEAST) > at:
            yield _remark("purged-early", severity="violation", day=at, facts={"at": at, "before": before})


def _gaps(ahead: Ahead, kept: Kept, counts: Counts) -> Iterator[Remark]:
    """Yield the days on which something was kept or counted, and nothing logged.

    Customers refuse on rest days too, by other ways than calls: of days of which nothing tells of a call that is for knowing only.
    """
    kept.store.keep_attempts(_ATTEMPTS * clock.DAY)
    since = ahead.start - _ATTEMPTS * clock.DAY
    end = clock.start_of_day(ahead.zone, ahead.on + timedelta(days=1))
    attempts = {
        clock.local(ahead.zone, at)[0]
        for caller in ahead.policy.callers
        for at in kept.store.caller_attempts(caller.key, since)
        if at < end
    }
    unlogged = attempts - counts.days
    if unlogged:
        yield _days("log-unlogged", unlogged, severity="violation")
    if not counts.days:
        return
    first, last = min(counts.days), max(counts.days)
    recorded: dict[date, bool] = {}
    for _, record in kept.store.follow(0):
        if record.at < end and not getattr(record, "imported", False):
            day = clock.local(ahead.zone, record.at)[0]
            heard = (getattr(record, "source", None) or "").startswith(_HEARD)
            recorded[day] = recorded.get(day, False) or heard or not _is_free(ahead, day)
    silent = {day: doubtful for day, doubtful in recorded.items() if first < day < last and day not in counts.days}
    for doubtful, severity in ((True, "unknown"), (False, "note")):
        found = {day for day, each in silent.items() if each is doubtful}
        if found:
            yield _days("log-gap", found, severity=severity)


def _is_free(ahead: Ahead, day: date) -> bool:
    """Return whether a day is known to be one of rest."""
    found = ahead.calendar.day(day)
    return found.rest and found.kind != "unknown" and not found.provisional


def _days(id_: str, found: Iterable[date], **more: Any) -> Remark:
    days = sorted(found)
    shown = ", ".join(map(str, days[:_SHOWN])) + (" …" if len(days) > _SHOWN else "")
    return _remark(id_, day=days[0], facts={"n": len(days), "days": shown}, **more)


def _use(ahead: Ahead, counts: Counts) -> Iterator[Remark]:
    """Yield how numbers were used otherwise than planned, and people called without proof that they agreed."""
    for caller in ahead.policy.callers:
        name = names.caller(caller)
        cap = caller.daily_attempts
        over = {day: n for (key, day), n in counts.volumes.items() if key == caller.key and cap is not None and n > cap}
        if over:
            day = max(over, key=lambda day: (over[day], day))
            facts: dict[str, Any] = {"n": len(over), "most": over[day], "planned": cap}
            yield _remark("volume-over-plan", "caller", severity="violation", name=name, day=day, facts=facts)
        for (key, purpose), n in counts.purposes.items():
            if key == caller.key:
                facts = {"n": n, "purpose": names.purpose(purpose)}
                last = counts.purposes_last[key, purpose]
                yield _remark("purpose-outside-plan", "caller", severity="violation", name=name, day=last, facts=facts)
    if counts.without_consent and ahead.own_law:
        share = round(100 * counts.without_consent / counts.marketing)
        facts = {"n": counts.without_consent, "all": counts.marketing, "share": share}
        yield _remark("calls-without-consent", severity="violation", facts=facts)
    if counts.places:
        (told, known), _ = max(counts.places.items(), key=lambda each: (each[1], each[0]))
        facts = {"n": counts.places.total(), "told": names.region(told), "known": names.region(known)}
        yield _remark("places-differ", severity="note", facts=facts)
