"""`callguard log replay`: logged calls decided again, on their recorded facts, by the law of their day or another."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.table import Table
from rich.text import Text

from callguard import phone
from callguard.cli import commands
from callguard.cli.desk import NotAnswered
from callguard.cli.log import Asked, decided, filters, instant, limit_option, newest, opened, strangers

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from callguard.call_log import Replayed
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words
    from callguard.model import Decision

_LAWS: Final = ("archived", "current")
_PROGRESS: Final = 1_000


def command(words: Words) -> click.Command:
    """Return the command."""
    params = [commands.file_option("--law", metavar="LAW", default=_LAWS[0]), *filters(), limit_option()]
    return commands.Command(words, "log replay", replay, params)


def replay(desk: Desk, *, law: str, limit: int, **given: Any) -> int:
    """Decide the calls that match again; 0 when every one is the same, 1 when one is not, or cannot be decided."""
    if law not in _LAWS:
        if not Path(law).exists():
            raise NotAnswered(desk.words("log-law", law=law))
        desk.readable(Path(law))
    with opened(desk) as found:
        asked = Asked.of(desk, given, found.timezone)
        counts, data, kept = _replayed(desk, found.log.replay(law=law if law in _LAWS else Path(law), **asked.given), limit)
        timezone = found.timezone
        unknown = [] if counts else strangers(desk, found.policy, asked)
    total = counts.total()
    same = total == counts["equal"]
    if desk.json:
        said = {result: counts[result] for result in ("equal", "different", "cannot")}
        desk.print_json(
            {"law": law, "replayed": total, **said, "records": [_json(desk, each, timezone) for each in kept], "data": sorted(data)}
        )
        return 0 if same else 1
    words = desk.words
    if not total:
        desk.show(Text(words("log-nothing")))
        desk.notes(unknown)
        return 0
    if kept:
        desk.show(_table(desk, kept, timezone))
    shown = counts["different"] + counts["cannot"]
    if shown > len(kept):
        desk.show(Text(words("log-newest", n=shown, shown=len(kept)), "dim"))
    sign, style = (desk.marks[0], "green") if same else (desk.marks[1], "bold red")
    text = words("log-replayed", n=total, equal=counts["equal"], different=counts["different"], cannot=counts["cannot"])
    desk.show(Text(f"{sign} {text}", style))
    if data:
        desk.notes([words("log-data", names=", ".join(sorted(data)))])
    return 0 if same else 1


def _replayed(desk: Desk, found: Iterable[Replayed], limit: int) -> tuple[Counter[str], set[str], list[Any]]:
    """Return how many calls have which result, which data were others then, and the newest that are not the same."""
    counts: Counter[str] = Counter()
    data: set[str] = set()
    kept: list[Any] = []
    with desk.progress(desk.words("log-replaying"), None) as progress:
        for each in found:
            counts[each.result] += 1
            data.update(each.data)
            if each.result != "equal":
                kept.append(each)
                if len(kept) >= 2 * limit:
                    kept = newest(kept, limit, _at)
            total = counts.total()
            if not total % _PROGRESS:
                progress(0, total)
    return counts, data, newest(kept, limit, _at)


def _at(each: Replayed) -> float:
    return each.entry.at


def _decision(decision: Decision | None, timezone: str, desk: Desk) -> dict[str, Any] | None:
    if decision is None:
        return None
    said = desk.decision(decision, timezone)
    return {key: said[key] for key in ("reason", "rule", "retry_at", "provisional")}


def _json(desk: Desk, each: Replayed, timezone: str) -> dict[str, Any]:
    """Return a call that is not decided as it was, for machines."""
    entry = each.entry
    local, retry = desk.local(entry.at, timezone), desk.local(entry.retry, timezone)
    then = {
        "reason": entry.reason.value,
        "rule": entry.rule,
        "retry_at": retry and retry.isoformat(),
        "provisional": entry.provisional,
    }
    return {
        "at": local and local.isoformat(),
        "callee": None if entry.callee is None else phone.mask(entry.callee),
        "campaign": entry.campaign,
        "writer": entry.writer,
        "position": entry.position,
        "result": each.result,
        "then": then,
        "now": _decision(each.decision, timezone, desk),
        "missing": each.missing,
    }


def _table(desk: Desk, kept: list[Replayed], timezone: str) -> Table:
    """Return a table of the calls that are not decided as they were."""
    words = desk.words
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for key in ("at", "callee", "campaign", "log-then", "log-now"):
        table.add_column(words(key), no_wrap=key in {"at", "callee"}, overflow="fold")
    for each in kept:
        entry, decision = each.entry, each.decision
        now = words("log-cannot", missing=each.missing) if decision is None else decided(words, decision.reason, shadow=each.shadow)
        table.add_row(
            instant(desk, entry.at, timezone),
            words("log-unread") if entry.callee is None else phone.mask(entry.callee),
            entry.campaign,
            decided(words, entry.reason, shadow=entry.shadow),
            Text(now, "red" if each.result == "different" else "yellow"),
        )
    return table
