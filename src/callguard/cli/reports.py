"""`--report FILE`: an answer as a page, as JSON, or as days for a calendar, by the ending of the file's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from callguard.cli.desk import NotAnswered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from callguard.cli.desk import Desk
    from callguard.reports.calendar import Event
    from callguard.reports.page import Page

ENDINGS: Final = (".html", ".md", ".json", ".ics")


def options() -> list[click.Parameter]:
    """Return the options of a command that can write reports."""
    file = click.Path(dir_okay=False)
    return [
        click.Option(["--report"], type=file, metavar="FILE", multiple=True),
        click.Option(["--force"], is_flag=True),
    ]


def check(desk: Desk, report: Sequence[str], *, force: bool, endings: Sequence[str] = ENDINGS) -> None:
    """Do nothing for files that can be written; NotAnswered, before anything is reckoned, for others."""
    for name in report:
        path = Path(name)
        if path.suffix.lower() not in endings:
            raise NotAnswered(desk.words("report-ending", path=name, endings=", ".join(endings)))
        if path.exists() and not force:
            raise NotAnswered(desk.words("exists", path=name))
        if not path.absolute().parent.is_dir():
            raise NotAnswered(desk.words("no-folder", path=path.absolute().parent))
        if path.suffix.lower() == ".ics":
            _check_installed(desk)


def _check_installed(desk: Desk) -> None:
    from importlib.util import find_spec

    if find_spec("icalendar") is None:
        raise NotAnswered(desk.words("report-extra"))


def made(desk: Desk, timezone: str) -> str:
    """Say by what and when a report was made."""
    from callguard import __version__

    at = desk.local(desk.now, timezone)
    assert at is not None
    return desk.words("report-made", version=__version__, at=at.format("YYYY-MM-DD HH:mm Z"))


def write(
    desk: Desk,
    report: Sequence[str],
    *,
    page: Callable[[], Page],
    value: Callable[[], dict[str, Any]],
    events: Callable[[], Iterable[Event]],
) -> None:
    """Write each file whole, or not at all, and say so."""
    from callguard.batch.files import written
    from callguard.reports.calendar import calendar
    from callguard.reports.html import html
    from callguard.reports.markdown import markdown

    def form(ending: str) -> bytes:
        if ending == ".ics":
            return calendar(events(), name=page().title, written=desk.now)
        if ending == ".json":
            return (json.dumps(value(), ensure_ascii=False, indent=1, default=str) + "\n").encode()
        return (html(page()) if ending == ".html" else markdown(page())).encode()

    for name in report:
        content = form(Path(name).suffix.lower())
        with written(name) as file:
            file.write(content)
        desk.notes([desk.words("report-written", path=name)])
