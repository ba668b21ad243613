"""What a list holds for the days to come, in a terminal and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.table import Table
from rich.text import Text

from callguard import clock
from callguard.batch.outlook import place_of, zones_of
from callguard.cli import preflight_said as said
from callguard.cli.reasons import bar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from callguard.batch.outlook import Exhaustion, Hour, Never, Outlook
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

_SHADES: Final = " ░▒▓█"
_PLAIN: Final = " .:+#"
_ROWS: Final = 12  # zones and places that are shown
_CLOCK: Final = range(24)
_ROOM: Final = 100  # cells from which on an hour takes three of them
_WIDE: Final = 24


def show(desk: Desk, found: Outlook, exhausted: Exhaustion | None, name: str) -> None:
    """Show an outlook."""
    words = desk.words
    head = words("preflight-head", n=found.rows, name=name, campaigns=", ".join(found.campaigns) or words("none"))
    desk.show(Text(head, "bold"), Text(said.span(words, found), "dim"), Text(), _sums(desk, found), Text())
    nevers = found.never()
    if nevers:
        desk.show(Text(words("preflight-never-title"), "bold"), _nevers(desk, found, nevers), Text())
    for campaign in found.campaigns:
        hours = said.by_hour(found, campaign)
        if said.most(hours):
            desk.show(Text(words("preflight-hours", campaign=campaign), "bold"), _days(desk, found, hours), Text())
    by_zone = found.by_hour(zones_of)
    if len(by_zone) > 1:
        desk.show(Text(words("preflight-zones"), "bold"), _zones(desk, found, by_zone), Text())
    if found.by_place():
        desk.show(Text(words("preflight-places"), "bold"), _places(desk, found), Text())
    desk.show(Text(said.attempts(words, found)))
    if exhausted is not None:
        desk.show(Text(said.exhausted(words, found, exhausted), "green" if exhausted.at is not None else "yellow"))


def notes(words: Words, found: Outlook) -> Iterator[str]:
    """Say what a person should know."""
    undecided = sum(found.undecided.values())
    if undecided:
        rows = words.rows(found.first_undecided, more=undecided > len(found.first_undecided))
        yield words("undecided-told", n=undecided, rows=rows)
    told = said.volumes(words, found)
    if told:
        yield told


def _table(*columns: str, numbers: Iterable[int] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i in set(numbers) else "left", no_wrap=i in set(numbers))
    return table


def _sums(desk: Desk, found: Outlook) -> Table:
    words = desk.words
    undecided = sum(found.undecided.values())
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_column(justify="right")
    never = found.rows - found.callable - undecided
    for key, n, colour in (
        ("preflight-callable", found.callable, "green"),
        ("preflight-never", never, "red"),
        ("preflight-undecided", undecided, "yellow"),
    ):
        if n or key != "preflight-undecided":
            table.add_row(words(key), Text(f"{n:,}", colour if n else "dim"), Text(said.share(n, found.rows), "dim"))
    return table


def _nevers(desk: Desk, found: Outlook, nevers: Sequence[Never]) -> Table:
    words = desk.words
    table = _table(words("reason"), words("rows"), words("preflight-when"), numbers=(1,))
    for each in nevers:
        table.add_row(words.reason(each.reason), f"{each.rows:,}", Text(said.never(words, found, each), "dim"))
    return table


def _grid(desk: Desk, rows: Mapping[str, tuple[Mapping[int, int], str]], most: int) -> Table:
    """Return rows of the hours of a clock, each shaded by how many can be called of the most that can be at all."""
    shades = _SHADES if desk.marks[0] == "✓" else _PLAIN
    wide = 3 if desk.out.width >= _ROOM else 2
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(max_width=_WIDE, overflow="fold")
    table.add_column("".join(f"{hour:<{wide * 3}}" for hour in _CLOCK if hour % 3 == 0), no_wrap=True)
    table.add_column(desk.words("preflight-most"), justify="right", no_wrap=True)
    for title, (hours, said_of) in rows.items():
        cells = "".join(_shade(shades, hours.get(hour, 0), most) * (wide - 1) + " " for hour in _CLOCK)
        table.add_row(Text(title), Text(cells, "green"), Text(said_of))
    return table


def _shade(shades: str, n: int, most: int) -> str:
    return shades[0] if not n else shades[max(min(-(-n * (len(shades) - 1) // most), len(shades) - 1), 1)]


def _days(desk: Desk, found: Outlook, hours: Sequence[Hour]) -> Table:
    rows = {}
    for day in said.days(desk.words, found):
        values = {hour: hours[i].some for hour, i in day.hours.items()}
        rows[day.title] = (values, f"{max(values.values()):,}")
    return _grid(desk, rows, said.most(hours))


def _zones(desk: Desk, found: Outlook, by_zone: Mapping[str, Sequence[Hour]]) -> Table:
    rows = {}
    days = [day.hours for day in said.days(desk.words, found)]
    for name, hours in list(by_zone.items())[:_ROWS]:
        most = said.most(hours)
        best = {hour: max((hours[day[hour]].some for day in days if hour in day), default=0) for hour in _CLOCK}
        shares = {hour: n and max(n * 100 // most, 1) for hour, n in best.items()}
        rows[said.zones(desk.words, name)] = (shares, f"{most:,}")
    table = _grid(desk, rows, 100)
    if len(by_zone) > _ROWS:
        table.add_row(Text(desk.words("preflight-more", n=len(by_zone) - _ROWS), "dim"))
    return table


def _places(desk: Desk, found: Outlook) -> Table:
    words, places = desk.words, found.by_place()
    most = max(yes for yes, _ in places.values()) or 1
    table = _table(words("preflight-place"), words("preflight-callable"), words("preflight-never"), "", numbers=(1, 2))
    for name, (yes, no) in list(places.items())[:_ROWS]:
        picture = Text(bar(yes / most, _WIDE, plain=desk.marks[0] != "✓"), "green")
        table.add_row(said.place(words, name), f"{yes:,}", Text(f"{no:,}", "" if no else "dim"), picture)
    if len(places) > _ROWS:
        table.add_row(Text(words("preflight-more", n=len(places) - _ROWS), "dim"))
    return table


# ---- for machines


def as_json(found: Outlook, exhausted: Exhaustion | None) -> dict[str, Any]:
    """Return an outlook for machines; hours are named once, numbers stand in their order."""

    def at(instant: float | None) -> str | None:
        return None if instant is None else clock.datetime_of(instant, found.timezone).isoformat()

    def hours(values: Iterable[Hour]) -> dict[str, list[int]]:
        listed = list(values)
        return {"some": [each.some for each in listed], "whole": [each.whole for each in listed]}

    def nevers(campaign: str | None = None) -> list[dict[str, Any]]:
        return [{"reason": str(each.reason), "rows": each.rows, "retry_at": at(each.retry_s)} for each in found.never(campaign)]

    undecided = sum(found.undecided.values())

    def places(campaign: str) -> dict[str, dict[str, list[int]]]:
        named = found.by_hour(lambda each: place_of(each.course.place) if each.course.place else "", campaign)
        return {place: hours(values) for place, values in named.items()}

    campaigns = {
        name: {
            "rows": sum(each.rows for each in found.shares if each.campaign == name),
            "callable": sum(each.rows for each in found.shares if each.campaign == name and each.course.open),
            "never": nevers(name),
            "attempts": found.attempts(name),
            "hours": hours(said.by_hour(found, name)),
            "places": places(name),
        }
        for name in found.campaigns
    }
    value: dict[str, Any] = {
        "from": at(found.start),
        "until": at(found.end),
        "timezone": found.timezone,
        "rows": found.rows,
        "callable": found.callable,
        "never": found.rows - found.callable - undecided,
        "undecided": undecided,
        "undecided_rows": list(found.first_undecided),
        "never_by_reason": nevers(),
        "attempts": found.attempts(),
        "hours": [at(hour) for hour in found.hours],
        "campaigns": campaigns,
        "zones": {name: hours(values) for name, values in found.by_hour(zones_of).items()},
        "places": {name: {"callable": yes, "never": no} for name, (yes, no) in found.by_place().items()},
    }
    if exhausted is not None:
        value["exhausted"] = {
            "rate": exhausted.rate,
            "at": at(exhausted.at),
            "called": exhausted.called,
            "left": exhausted.left,
            "calls": list(exhausted.calls),
        }
    return value
