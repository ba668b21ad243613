"""An inspection as a page to be read, and its days for calendars."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from callguard.cli import inspect_said
from callguard.readiness.validity import validity
from callguard.reports.calendar import Event
from callguard.reports.page import Bar, Page, Section, Span, Table, Timeline, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from callguard import Policy
    from callguard.cli.words import Words
    from callguard.readiness import Inspection, Remark, Severity
    from callguard.readiness.validity import Validity
    from callguard.reports.page import Text, Tone

TONES: Final[dict[Severity, Tone]] = {
    "stops-calls": "bad",
    "will-stop": "bad",
    "violation": "bad",
    "due": "warn",
    "unknown": "warn",
    "note": "",
}
_BEFORE: Final = timedelta(days=30)  # that a timeline shows of the past
_ALARMS: Final = (30, 7)
_DATED: Final = ("will-stop", "due")


def page(words: Words, found: Inspection, policy: Policy, severities: Sequence[Severity], *, made: str) -> Page:
    """Return an inspection's page, with the remarks of some severities; `made` says by what and when it was made."""
    sections = []
    line = _timeline(words, found, policy)
    if line.rows:
        sections.append(Section(title=words("report-validity"), blocks=(line,)))
    for severity in severities:
        remarks = found.at_least(severity)
        if remarks:
            title = f"{words(f'inspect-{severity}')} ({len(remarks)})"
            sections.append(Section(title=title, blocks=(_table(words, remarks),), tone=TONES[severity]))
    return Page(
        title=words("report-inspection", name=found.enterprise),
        lang="zh" if words.lang == "zh" else "en",
        lead=(text((words("report-days", on=found.on, until=found.until), "dim")), summary(words, found)),
        sections=tuple(sections),
        foot=text(made),
    )


def summary(words: Words, found: Inspection) -> Text:
    """Return how many remarks there are of each severity."""
    if not found.remarks:
        return text((words("inspect-none"), "good"))
    counted = [(severity, n) for severity, n in found.counts.items() if n]
    pieces = [
        ((", " if i else "") + f"{words(f'inspect-{severity}')}: {n}", TONES[severity]) for i, (severity, n) in enumerate(counted)
    ]
    return text(*pieces)


def _table(words: Words, remarks: Sequence[Remark]) -> Table:
    lang, rows = words.lang, []
    for each in remarks:
        names = ", ".join(each.campaigns) if each.what != "campaign" else ""
        said = f"\n{each.message_in(lang)}" + (f" ({words('inspect-campaigns', names=names)})" if names else "")
        source = "\n".join(filter(None, (each.citation[lang], inspect_said.rows(words, each), each.id)))
        rows.append(
            (
                text(inspect_said.of(words, each)),
                text(inspect_said.when(words, each)),
                text((each.title[lang], "strong"), said),
                text(each.mend_in(lang)),
                text((source, "dim")),
            )
        )
    keys = ("inspect-of", "inspect-when", "report-remark", "report-mend", "report-citation")
    return Table(columns=tuple(words(key) for key in keys), rows=tuple(rows))


def _timeline(words: Words, found: Inspection, policy: Policy) -> Timeline:
    """Return how long everything is valid, and when each remark that has a day falls due."""
    first, last = found.on - _BEFORE, found.until
    rows = [_valid(words, each, first, last) for each in validity(policy) if each.last is None or each.last >= first]
    for each in found.at_least(*_DATED):
        assert each.day is not None
        start = each.opens if each.severity == "due" and each.opens is not None else each.day
        bar = Bar(first=start, last=each.day if each.severity == "due" else each.resumes or last, tone=TONES[each.severity])
        said = inspect_said.when(words, each).replace("\n", " ")
        rows.append(Span(title=f"{each.title[words.lang]} ({inspect_said.of(words, each)})", words=said, bars=(bar,)))
    return Timeline(first=first, last=last, rows=tuple(rows), marks=((found.on, words("report-today")),))


def _valid(words: Words, found: Validity, first: date, last: date) -> Span:
    if found.what == "caller":
        assert found.last is not None
        said = words("report-file-by", day=found.last)
        bars = [Bar(first=found.first, last=found.last, tone="warn")]
    elif found.last is None:
        said = words("report-since", day=found.first)
        bars = [Bar(first=max(found.first, first), last=last, tone="good")]
    else:
        said = words("report-valid", first=found.first, last=found.last)
        until = found.last if found.renewable is None else found.renewable - timedelta(days=1)
        bars = [Bar(first=found.first, last=until, tone="good")]
        if found.renewable is not None:
            said += words("report-renew", day=found.renewable)
            bars.append(Bar(first=found.renewable, last=found.last, tone="warn"))
    what = words(f"inspect-what-{found.what}")
    return Span(title=f"{found.title[words.lang]} ({what})", words=said, bars=tuple(bars))


def events(words: Words, found: Inspection, severities: Sequence[Severity]) -> Iterator[Event]:
    """Yield the days of an inspection: what is due, from when it can be done, and from when calls are denied."""
    lang = words.lang
    for each in found.at_least(*(severity for severity in _DATED if severity in severities)):
        assert each.day is not None
        about = (found.enterprise, each.id, each.what, each.name, *each.campaigns, str(each.day.year))
        said = "\n".join(
            (inspect_said.when(words, each).replace("\n", " "), each.message_in(lang), each.mend_in(lang), each.citation[lang])
        )
        title = f"{each.title[lang]} ({inspect_said.of(words, each)})"
        yield Event(about=about, first=each.day, last=each.day, title=title, text=said, alarms=_ALARMS)
        if each.severity == "due" and each.opens is not None and each.opens >= found.on:
            said = f"{title}\n{said}"
            yield Event(
                about=("opens", *about), first=each.opens, last=each.opens, title=words("report-opens", what=title), text=said
            )
