"""What a candidate, or enforcing, would change, from the call log: how much was seen of it first, and only then what changes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from callguard import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from callguard.call_log import Entry
    from callguard.model import Verdict
    from callguard.policy import Policy

Row = tuple[str, str, str | None]  # campaign, reason, rule
NONE: Final = "no-candidate"  # a record from a time without a candidate


@attrs.frozen(slots=True, kw_only=True)
class Judged:
    """A recorded call, and what a candidate says of it; None where that is not known, and `why` says why not."""

    entry: Entry
    verdict: Verdict | None = None
    why: str | None = None


@attrs.define(kw_only=True)
class Report:
    """How much was seen, and what would change; no number stands in it.

    `calls` are attempts that were decided, `judged` those of them of which a candidate's decision is known, `unjudged` counts the
    others by why. `shadow` are attempts that were denied and let go, since their campaign does not enforce. `campaigns` and
    `callers` are how many of the policy's had attempts, and how many it has.

    `stopped` counts calls that went and would not, `let_go` those that did not and would, by campaign, reason and rule: of the
    candidate's denial, and of the one that stands. `same` go alike, `otherwise` of them for another reason. `stopped_hours` are the
    hours of `stopped`, `enforced_hours` those of `shadow`, in the enterprise's zone, as `2026-11-24 10`.
    """

    calls: int = 0
    judged: int = 0
    unjudged: Counter[str] = attrs.field(factory=Counter)
    shadow: Counter[Row] = attrs.field(factory=Counter)
    campaigns: tuple[int, int] = (0, 0)
    callers: tuple[int, int] = (0, 0)
    stopped: Counter[Row] = attrs.field(factory=Counter)
    let_go: Counter[Row] = attrs.field(factory=Counter)
    same: int = 0
    otherwise: int = 0
    stopped_hours: Counter[str] = attrs.field(factory=Counter)
    enforced_hours: Counter[str] = attrs.field(factory=Counter)
    by_campaign: dict[str, Counter[str]] = attrs.field(factory=dict)

    @property
    def share(self) -> float | None:
        """The share of attempts of which the candidate's decision is known, from 0 to 1; None where there were no attempts."""
        return self.judged / self.calls if self.calls else None

    @property
    def changes(self) -> int:
        """How many attempts would end otherwise by the candidate."""
        return self.stopped.total() + self.let_go.total()


def recorded(entries: Iterable[Entry]) -> Iterator[Judged]:
    """Yield what the candidate of its day said of each call."""
    for entry in entries:
        verdict = entry.candidate
        if verdict is None:
            yield Judged(entry=entry, why=NONE)
        elif verdict.failed:
            yield Judged(entry=entry, why=verdict.reason)
        else:
            yield Judged(entry=entry, verdict=verdict)


def report(judged: Iterable[Judged], policy: Policy) -> Report:
    """Count calls; `policy` is the live one, of which campaigns and callers are said to have been seen.

    A call whose record could not be handed on has two: it is counted by the first, of what the policies decided.
    """
    found, zone = Report(), policy.enterprise.timezone
    campaigns: set[str] = set()
    callers: set[str] = set()
    for each in judged:
        entry = each.entry
        if not entry.handed_on:
            continue
        found.calls += 1
        campaigns.add(entry.campaign)
        callers.add(entry.caller)
        counts = found.by_campaign.setdefault(entry.campaign, Counter())
        counts["calls"] += 1
        hour = f"{clock.datetime_of(entry.at, zone):%Y-%m-%d %H}"
        if entry.shadow:
            found.shadow[entry.campaign, entry.reason.value, entry.rule] += 1
            found.enforced_hours[hour] += 1
            counts["shadow"] += 1
        if each.verdict is None:
            found.unjudged[each.why or NONE] += 1
            continue
        found.judged += 1
        counts["judged"] += 1
        counts[_compare(found, entry, each.verdict, hour)] += 1
    known, numbers = {each.name for each in policy.campaigns}, {each.key for each in policy.callers}
    found.campaigns = len(campaigns & known), len(known)
    found.callers = len(callers & numbers), len(numbers)
    return found


def _compare(found: Report, entry: Entry, verdict: Verdict, hour: str) -> str:
    if entry.allowed and not verdict.goes:
        found.stopped[entry.campaign, verdict.reason, verdict.rule] += 1
        found.stopped_hours[hour] += 1
        return "stopped"
    if verdict.goes and not entry.allowed:
        found.let_go[entry.campaign, entry.reason.value, entry.rule] += 1
        return "let_go"
    found.same += 1
    if (entry.reason.value, entry.rule) != (verdict.reason, verdict.rule):
        found.otherwise += 1
    return "same"
