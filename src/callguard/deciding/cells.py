"""Cells: what the rules say of who calls, where and when, worked out once for all the calls that look the same to them.

At 08:00:00 ten thousand callers want new cells, each for thirty provinces. So the rules are summed up on two sides, *who* (the
same for every place) and *where* (the same for every caller of a kind), and pairs that show the same share one cell.
"""

from __future__ import annotations

from itertools import chain
from math import floor
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import clock
from callguard._core.line import EMPTY, Cell
from callguard.deciding.question import call_of, status_of
from callguard.model import FOREVER
from callguard.rules import RULES
from callguard.rules.findings import evaluate
from callguard.rules.rule import Deny
from callguard.rules.settling import settle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callguard.deciding.generation import Bound, Generation
    from callguard.model import Decision
    from callguard.rules.rule import Answer, Call, Reads, Rule

EACH: Final = Cell(0, FOREVER, None, False, None)
Ranked = tuple[int, "Rule"]  # with its place in reason order
Said = tuple[int, "Rule", "Answer"]
Shown = tuple[object, ...]
Memo = dict[Any, Any]  # Who by line and status; what Who shares; the summaries of groups, by what their rules see
_BY_RANK: Final = itemgetter(0)


@attrs.define(slots=True, eq=False, repr=False)
class Summary:
    """What some rules say together, from `since` until before `until`.

    `said` are the answers that can show in a decision, in reason order: denials, and what ends or is provisional.
    """

    since: float
    until: float
    said: tuple[Said, ...]


@attrs.define(slots=True, eq=False, repr=False)
class Who(Summary):
    """What is said of who calls; `shown` is all that shows of it, `places` the other side of the same campaign and kind."""

    shown: Shown
    places: dict[int, Where]


@attrs.define(slots=True, eq=False, repr=False)
class Where(Summary):
    """What is said of where and when; `cells` are those made with it, by what shows of who calls."""

    cells: dict[Shown, Cell]


@attrs.frozen(slots=True, eq=False, repr=False)
class Side:
    """Rules that are summed up together, grouped by what they read; `reads` is what all of them do."""

    reads: Reads
    groups: tuple[tuple[Reads, tuple[Ranked, ...]], ...]


def side(rules: Iterable[Ranked]) -> Side:
    """Group rules by what they read; the enterprise, which is always the same one, counts for nothing."""
    groups: dict[Reads, list[Ranked]] = {}
    for rank, rule in rules:
        groups.setdefault(rule.reads - {"enterprise"}, []).append((rank, rule))
    return Side(frozenset(chain.from_iterable(groups)), tuple((reads, tuple(group)) for reads, group in groups.items()))


_RULES: Final = [(rank, rule) for rank, rule in enumerate(RULES) if rule.kind == "call"]
WHO: Final = side((rank, rule) for rank, rule in _RULES if "place" not in rule.reads)
WHERE: Final = side((rank, rule) for rank, rule in _RULES if "place" in rule.reads)


def summed_up(rules: Iterable[Ranked], call: Call) -> Summary:
    """Ask rules in reason order, as far as their first denial."""
    until: float = FOREVER
    said: list[Said] = []
    for rank, rule in rules:
        answer = evaluate(rule, call)
        until = min(until, answer.until)
        denies = isinstance(answer, Deny)
        if denies or answer.provisional or answer.until < FOREVER:
            said.append((rank, rule, answer))
        if denies:
            break
    return Summary(call.at, until, tuple(said))


def combined(parts: Iterable[Summary]) -> Summary:
    """Return one summary of what several say, which holds no longer than each of them."""
    since, until = float("-inf"), float(FOREVER)
    said: list[Said] = []
    for part in parts:
        since, until = max(since, part.since), min(until, part.until)
        said += part.said
    return Summary(since, until, tuple(sorted(said, key=_BY_RANK)))


def decided(*parts: Summary) -> Decision:
    """Return the decision of all that is said."""
    return settle((rule, answer) for _, rule, answer in combined(parts).said)


def shown(summary: Summary) -> Shown:
    """Return all that shows of a summary, whatever decision it is part of."""
    return tuple(
        (rank, answer.until, answer.provisional, (answer.reason, answer.note) if isinstance(answer, Deny) else None)
        for rank, _, answer in summary.said
    )


def renew(generation: Generation, bound: Bound, place_id: int, at: float) -> Cell:
    """Work out and keep the cell of one of the plan's places for the present instant; ValueError for one out of range.

    Where the law of a place looks at each callee there is no answer for all of it: EACH sends every question the long way.
    """
    cells = bound.table.cells
    if generation.asks_each(bound, place_id):
        cells[place_id] = EACH
        return EACH
    cell = cells[place_id] = work_out(generation, bound, place_id, clock.check(at), live=True)
    return cell


def work_out(generation: Generation, bound: Bound, place_id: int, at: float, *, live: bool) -> Cell:
    """Return a cell that holds at an instant, for a place: by the law, then by the user's own rules.

    What the cell will be kept in must have been looked up before: the caller's status is read here, and letting go of a caller's
    cells follows the change of its status.
    """
    memo: Memo = generation.memo if live else generation.other_memo
    status = status_of(generation, bound.caller)
    who: Who | None = memo.get((bound, status))
    if who is None or not who.since <= at < who.until:
        who = memo[bound, status] = _who(call_of(generation, bound, place_id, at, status), memo)
    where = who.places.get(place_id)
    if where is None or not where.since <= at < where.until:
        where = who.places[place_id] = _where(call_of(generation, bound, place_id, at, status), place_id, memo)
    cell = where.cells.get(who.shown, EMPTY)
    if not floor(who.since) <= cell.since <= at < cell.until:
        law = decided(who, where)
        cell = where.cells[who.shown] = Cell(floor(at), _whole(law.until_s), law, not law, law)
    custom = generation.by_kind["custom"]
    if cell.final or not custom:
        return cell
    call, law = call_of(generation, bound, place_id, at, status), cell.law
    until = FOREVER if law.until_s is None else law.until_s
    decision = settle(((rule, evaluate(rule, call)) for rule in custom), until, provisional=law.provisional)
    return Cell(floor(at), _whole(decision.until_s), decision, False, law)


def _whole(until: float | None) -> int:
    return FOREVER if until is None else floor(until)


def _who(call: Call, memo: Memo) -> Who:
    found = _grouped(WHO, call, None, memo)
    places: dict[int, Where] = memo.setdefault(("places", *_seen(WHERE.reads, call, None)), {})
    return Who(found.since, found.until, found.said, shown(found), places)


def _where(call: Call, place_id: int, memo: Memo) -> Where:
    found = _grouped(WHERE, call, place_id, memo)
    return Where(found.since, found.until, found.said, {})


def _grouped(asked: Side, call: Call, place_id: int | None, memo: Memo) -> Summary:
    """Return what a side says, each group of its rules summed up once for all calls that look the same to it."""
    parts = []
    for reads, rules in asked.groups:
        key = _seen(reads, call, place_id)
        part: Summary | None = memo.get(key)
        if part is None or not part.since <= call.at < part.until:
            part = memo[key] = summed_up(rules, call)
        parts.append(part)
    return combined(parts)


def _seen(reads: Reads, call: Call, place_id: int | None) -> tuple[object, ...]:
    """Return what rules that read these parts of a call see of it, the place by its number."""
    caller = call.caller
    return (
        reads,
        call.campaign.name if "campaign" in reads else None,
        (caller.kind, caller.province, caller.forwards_to) if "kind" in reads and caller is not None else None,
        (None if caller is None else caller.key, call.caller_status) if "caller" in reads else None,
        place_id if "place" in reads else None,
    )
