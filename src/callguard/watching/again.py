"""Recorded calls decided by a policy that did not stand beside the live one then, on the facts that were recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.call_log.replaying import decide
from callguard.model import NO_CAMPAIGN, Reason, Verdict
from callguard.rules import limits
from callguard.watching.report import Judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from callguard.call_log import Entry
    from callguard.call_log.archiving import Law
    from callguard.policy import Campaign, Policy

# why it cannot be said what a policy makes of a call; each ends the call's part in what would change
NOT_LISTED: Final = "lists-not-read"  # it honours a list that was not read then
NOT_COUNTED: Final = "attempts-not-counted"  # it limits what was not counted then, or not for so long
NOT_RUN: Final = "rules-not-run"  # it, or the policy of then, has rules of the user's own
NOT_FOUND: Final = "facts-missing"  # the law of then is not in the archive, or a time zone is not known here


def again(entries: Iterable[Entry], candidate: Law, law_of: Callable[[Entry], Law]) -> Iterator[Judged]:
    """Decide recorded calls by a candidate; `law_of` returns the law of a call's day, or raises LookupError.

    What it denies it denies whatever else were known. That a call would go is only said where every fact that it asks for was seen
    then; lists are taken as they stood then.
    """
    known = {campaign.name: campaign for campaign in candidate.policy.campaigns}
    for entry in entries:
        campaign = known.get(entry.campaign)
        if campaign is None:
            yield Judged(entry=entry, verdict=Verdict(reason=NO_CAMPAIGN))
            continue
        if _uncounted(entry, campaign, candidate.policy):
            yield Judged(entry=entry, why=NOT_COUNTED)
            continue
        try:
            decision, shadow = decide(entry, candidate)
            unseen = _unseen(campaign, candidate, law_of(entry).policy) if decision or shadow else None
        except LookupError:
            yield Judged(entry=entry, why=NOT_RUN if entry.reason is Reason.CUSTOM else NOT_FOUND)
            continue
        if unseen is None:
            verdict = Verdict(reason=decision.reason.value, rule=decision.rule, shadow=shadow)
            yield Judged(entry=entry, verdict=verdict)
        else:
            yield Judged(entry=entry, why=unseen)


def _uncounted(entry: Entry, campaign: Campaign, policy: Policy) -> bool:
    """Whether nobody looked at attempts that a candidate looks at."""
    caller = policy.caller(entry.caller)
    capped = caller is not None and caller.daily_attempts is not None
    return (bool(campaign.limits) and entry.counted is None) or (capped and entry.of_caller is None)


def _unseen(campaign: Campaign, candidate: Law, then: Policy) -> str | None:
    """Return why it is not known that a call would go, though no recorded fact speaks against it; None where it is."""
    if not campaign.honours_lists <= set(then.list_names):
        return NOT_LISTED
    longest = max(map(limits.span, campaign.limits), default=0)
    kept = max((limits.span(limit) for each in then.campaigns for limit in each.limits), default=0)
    if longest > kept:
        return NOT_COUNTED
    return NOT_RUN if set(candidate.policy.rules) - set(then.rules) else None
