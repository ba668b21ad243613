"""`callguard log search`: records of the call log by number, caller, campaign, days and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from callguard import phone
from callguard.cli import commands
from callguard.cli.log import Asked, at_of, decided, filters, instant, limit_option, newest, opened, strangers

if TYPE_CHECKING:
    import click

    from callguard.call_log import Entry
    from callguard.cli.desk import Desk
    from callguard.cli.log import Opened
    from callguard.cli.words import Words

_PROGRESS = 10_000


def command(words: Words) -> click.Command:
    """Return the command."""
    return commands.Command(words, "log search", search, [*filters(), limit_option()])


def search(desk: Desk, *, limit: int, **given: Any) -> int:
    """Show the newest records that match, numbers masked; 0 when there is one, 1 when there is none."""
    with opened(desk) as found:
        asked = Asked.of(desk, given, found.timezone)
        count, entries = _found(desk, found, asked, limit)
        if desk.json:
            desk.print_json({"count": count, "records": [_json(found, entry) for entry in entries]})
        elif not count:
            desk.show(Text(desk.words("log-nothing")))
            desk.notes(strangers(desk, found.policy, asked))
        else:
            desk.show(_table(desk, entries, found.timezone))
            key = "log-found" if count == len(entries) else "log-newest"
            desk.show(Text(desk.words(key, n=count, shown=len(entries)), "dim"))
    return 0 if count else 1


def _found(desk: Desk, found: Opened, asked: Asked, limit: int) -> tuple[int, list[Entry]]:
    """Return how many records match, and the newest of them."""
    count, kept = 0, list[Any]()
    with desk.progress(desk.words("log-reading"), None) as progress:
        for entry in found.log.search(**asked.given):
            count += 1
            kept.append(entry)
            if len(kept) >= 2 * limit:
                kept = newest(kept, limit, at_of)
            if not count % _PROGRESS:
                progress(0, count)
    return count, newest(kept, limit, at_of)


def _json(found: Opened, entry: Entry) -> dict[str, Any]:
    from callguard.call_log.columns import as_json

    return as_json(entry, found.log.document(entry.law), found.timezone, masked=True)


def _table(desk: Desk, entries: list[Entry], timezone: str) -> Table:
    """Return a table of records."""
    words = desk.words
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for key in ("at", "callee", "caller", "campaign", "reason", "outcome"):
        table.add_column(words(key), no_wrap=key in {"at", "callee", "caller", "reason"}, overflow="fold")
    for entry in entries:
        table.add_row(
            instant(desk, entry.at, timezone),
            words("log-unread") if entry.callee is None else phone.mask(entry.callee),
            phone.mask(entry.caller),
            entry.campaign,
            Text(decided(words, entry.reason, shadow=entry.shadow), "green" if entry.allowed else ""),
            outcome(words, entry),
        )
    return table


def outcome(words: Words, entry: Entry) -> str:
    """Write how a call ended: what the dialler said, after how long; or that its count was given back."""
    if entry.released is not None:
        return words("log-released")
    if entry.outcome is None:
        return ""
    return entry.outcome if entry.duration is None else f"{entry.outcome}, {words.span(entry.duration)}"
