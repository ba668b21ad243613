"""What a list holds for the days to come as a page to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.batch.outlook import zones_of
from callguard.cli import preflight_said as said
from callguard.reports.page import Bars, Heat, Page, Section, Share, Strip, Table, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callguard.batch.outlook import Exhaustion, Hour, Outlook
    from callguard.cli.words import Words
    from callguard.reports.page import Block, Text

_ROWS: Final = 40  # zones
_PLACES: Final = 15  # that have a bar
_TICKS: Final = 8


def page(words: Words, found: Outlook, exhausted: Exhaustion | None, name: str, *, made: str) -> Page:
    """Return an outlook's page; `made` says by what and when it was made."""
    sections = [Section(title=words("preflight-sum"), blocks=(_sums(words, found),))]
    nevers = found.never()
    if nevers:
        most = max(each.rows for each in nevers)
        rows = tuple(
            Share(
                title=words.reason(each.reason),
                words=f"{each.rows:,} ({said.share(each.rows, found.rows)}); {said.never(words, found, each)}",
                share=each.rows / most,
                tone="bad" if each.retry_s is None else "warn",
            )
            for each in nevers
        )
        sections.append(Section(title=words("preflight-never-title"), blocks=(Bars(rows=rows),)))
    for campaign in found.campaigns:
        hours = said.by_hour(found, campaign)
        if said.most(hours):
            title = words("preflight-hours", campaign=campaign)
            sections.append(Section(title=title, blocks=(_days(words, found, hours),)))
    by_zone = found.by_hour(zones_of)
    if by_zone:
        sections.append(Section(title=words("preflight-zones-all"), blocks=(_zones(words, found, by_zone),)))
    places = _places(words, found)
    if places:
        sections.append(Section(title=words("preflight-places"), blocks=places))
    if exhausted is not None:
        sections.append(_exhausted(words, found, exhausted))
    return Page(
        title=words("preflight-title", name=name),
        lang="zh" if words.lang == "zh" else "en",
        lead=tuple(_lead(words, found, exhausted)),
        sections=tuple(sections),
        foot=text(made),
    )


def _lead(words: Words, found: Outlook, exhausted: Exhaustion | None) -> list[Text]:
    lead = [text((said.span(words, found), "dim")), text(said.attempts(words, found))]
    if exhausted is not None:
        lead.append(text((said.exhausted(words, found, exhausted), "good" if exhausted.at is not None else "warn")))
    told = said.volumes(words, found)
    return [*lead, text((told, "dim"))] if told else lead


def _sums(words: Words, found: Outlook) -> Bars:
    undecided = sum(found.undecided.values())
    sums = (
        ("preflight-callable", found.callable, "good"),
        ("preflight-never", found.rows - found.callable - undecided, "bad"),
        ("preflight-undecided", undecided, "warn"),
    )
    return Bars(
        rows=tuple(
            Share(
                title=words(key),
                words=f"{n:,} ({said.share(n, found.rows)})",
                share=n / found.rows if found.rows else 0,
                tone=tone,  # type: ignore[arg-type]
            )
            for key, n, tone in sums
            if n or key != "preflight-undecided"
        )
    )


def _days(words: Words, found: Outlook, hours: Sequence[Hour]) -> Heat:
    """Return a heat map of days by the hours of the clock."""
    rows = []
    for day in said.days(words, found):
        values = tuple(hours[day.hours[hour]].some if hour in day.hours else 0 for hour in range(24))
        rows.append(Strip(title=day.title, words=words("preflight-at-most", n=max(values)), values=values))
    ticks = tuple((hour, f"{hour:02}") for hour in range(0, 24, 3))
    return Heat(columns=tuple(f"{hour:02}:00" for hour in range(24)), ticks=ticks, rows=tuple(rows), most=said.most(hours))


def _zones(words: Words, found: Outlook, by_zone: Mapping[str, Sequence[Hour]]) -> Heat:
    """Return a heat map of zones by all hours of the period, each zone shaded by its own best hour."""
    rows = []
    for name, hours in list(by_zone.items())[:_ROWS]:
        most = said.most(hours)
        values = tuple(each.some and max(round(each.some / most * 100), 1) for each in hours)
        rows.append(Strip(title=said.zones(words, name), words=words("preflight-at-most", n=most), values=values))
    days = said.days(words, found)
    step = -(-len(days) // _TICKS)
    ticks = tuple((min(day.hours.values()), day.short) for i, day in enumerate(days) if i % step == 0)
    columns = tuple(said.hour(words, found, i) for i in range(len(found.hours)))
    return Heat(columns=columns, ticks=ticks, rows=tuple(rows), most=100)


def _places(words: Words, found: Outlook) -> tuple[Block, ...]:
    places = found.by_place()
    rows = tuple(
        (text((said.place(words, name), "strong")), text(f"{yes:,}"), text(f"{no:,}"), text(said.share(yes, yes + no)))
        for name, (yes, no) in places.items()
    )
    columns = tuple(words(key) for key in ("preflight-place", "preflight-callable", "preflight-never", "preflight-share"))
    most = max((yes for yes, _ in places.values()), default=0)
    shares = tuple(
        Share(title=said.place(words, name), words=f"{yes:,}", share=yes / most, tone="good")
        for name, (yes, _) in list(places.items())[:_PLACES]
        if yes
    )
    return (*((Bars(rows=shares),) if shares else ()), Table(columns=columns, rows=rows)) if places else ()


def _exhausted(words: Words, found: Outlook, exhausted: Exhaustion) -> Section:
    """Return how many calls there are in each hour, day by day."""
    rows = []
    for day in said.days(words, found):
        values = tuple(exhausted.calls[day.hours[hour]] if hour in day.hours else 0 for hour in range(24))
        rows.append(Strip(title=day.title, words=words("preflight-calls", n=sum(values)), values=values))
    ticks = tuple((hour, f"{hour:02}") for hour in range(0, 24, 3))
    most = max(exhausted.calls, default=0) or 1
    heat = Heat(columns=tuple(f"{hour:02}:00" for hour in range(24)), ticks=ticks, rows=tuple(rows), most=most)
    return Section(title=words("preflight-rate-title", rate=f"{exhausted.rate:,.10g}"), blocks=(heat,))
