"""Deciding again: what the law says of each recorded call, on nothing but the facts that were recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from callguard import clock
from callguard.call_log.archiving import now
from callguard.errors import PolicyError
from callguard.model import Decision, Reason
from callguard.rules import RULES
from callguard.rules.findings import evaluate
from callguard.rules.local import caps_of
from callguard.rules.rule import Attempts, Call, Callee, Consent, Deny, Upkeep
from callguard.rules.settling import ENFORCED, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from callguard.call_log.archiving import Law
    from callguard.call_log.entry import Entry
    from callguard.rules.rule import Answer, Rule

Result = Literal["equal", "different", "cannot"]


@attrs.frozen(slots=True, kw_only=True)
class Replayed:
    """A logged call decided again: `equal`, `different`, or `cannot` where something is `missing`, which says what.

    `decision` and `shadow` are what the law says now, None where it cannot be told; `data` names what had another version then.
    """

    entry: Entry
    result: Result
    decision: Decision | None = None
    shadow: bool = False
    missing: str | None = None
    data: tuple[str, ...] = ()


def replay(entries: Iterable[Entry], law_of: Callable[[Entry], Law]) -> Iterator[Replayed]:
    """Decide each entry again by the law that `law_of` returns; LookupError from it says what is missing."""
    for entry in entries:
        try:
            law = law_of(entry)
            decision, shadow = decide(entry, law)
        except LookupError as error:
            yield Replayed(entry=entry, result="cannot", missing=str(error.args[0]))
            continue
        same = _same(entry, decision, law) and entry.shadow == shadow
        yield Replayed(
            entry=entry,
            result="equal" if same else "different",
            decision=decision,
            shadow=shadow,
            data=tuple(name for name, version in now().items() if law.versions.get(name, version) != version),
        )


def _same(entry: Entry, decision: Decision, law: Law) -> bool:
    """Return whether a decision is the recorded one; rules of the user's own, which passed, may have made that one provisional."""
    if (entry.reason, entry.rule, entry.retry) != (decision.reason, decision.rule, decision.retry_s):
        return False
    own = bool(law.custom or law.policy.rules)
    return entry.provisional == decision.provisional or (own and entry.provisional)


def decide(entry: Entry, law: Law) -> tuple[Decision, bool]:
    """Return what a law says of a recorded call, and whether it is let go although denied; LookupError for what is missing."""
    call = _call(entry, law)
    answers = list(_answers(entry, call))
    decision = settle(answers)
    if decision or call.campaign.enforce:
        if decision and entry.reason is Reason.CUSTOM:
            raise LookupError(f"the code of the rule `{entry.rule}`, which is the user's own")
        return decision, False
    stopping = [(rule, answer) for rule, answer in answers if isinstance(answer, Deny) and answer.reason in ENFORCED][:1]
    return (settle(stopping), False) if stopping else (decision, True)


def _call(entry: Entry, law: Law) -> Call:
    try:
        campaign = law.policy.campaign(entry.campaign)
    except PolicyError:
        raise LookupError(f"the campaign `{entry.campaign}` is not in the policy") from None
    try:
        for name in entry.place.zones:
            clock.zone(name)
    except ValueError as error:
        raise LookupError(str(error)) from None
    return Call(
        at=entry.at,
        policy=law.policy,
        campaign=campaign,
        caller=law.policy.caller(entry.caller),
        caller_status=entry.caller_status,
        place=entry.place,
        pack=law.pack,
        calendar=law.calendar,
        local_law=law.local_law,
    )


def _answers(entry: Entry, call: Call) -> Iterator[tuple[Rule, Answer]]:
    callee = Callee(
        status=entry.status,
        note=entry.note,
        refusals=entry.refusals,
        listings=entry.listings,
        consents=tuple(Consent(each.scope, each.until) for each in entry.consents),
    )
    upkeep = Upkeep(fresh_until=entry.fresh_until, log_writable=entry.writable and entry.handed_on, damage=entry.damage)
    attempts = _attempts(entry, call)
    for rule in RULES:
        yield rule, evaluate(rule, call, callee=callee, attempts=attempts, upkeep=upkeep)


def _attempts(entry: Entry, call: Call) -> Attempts:
    """Return the attempts that were recorded: the caller's by their number, and the one that its cap hung on."""
    caps = caps_of(call.clauses) if entry.status == "valid" else []
    if (call.campaign.limits or caps) and entry.counted is None:
        raise LookupError("how many attempts the callee had had: no limit looked at them then")
    counted, every = entry.counted or (), entry.every or ()
    cap = None if call.caller is None else call.caller.daily_attempts
    if cap is None:
        return Attempts(campaign=counted, every=every, complete=entry.complete)
    if entry.of_caller is None:
        raise LookupError("how many attempts the caller had placed: no cap looked at them then")
    count, decisive = entry.of_caller
    at = entry.at if decisive is None else decisive
    newer = min(max(cap - 1, 0), count)
    caller = (at,) * (count - newer) + (max(at, entry.at),) * newer
    return Attempts(campaign=counted, caller=caller, every=every, complete=entry.complete)
