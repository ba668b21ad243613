"""What a person should know before the calls are denied: what could not be read, what is about to end or to be due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from callguard import clock, phone
from callguard.deciding import answers
from callguard.model import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callguard.deciding.generation import Generation

_LICENCE_DAYS: Final = 60
_FILING_DAYS: Final = 10
_FILING: Final = "number-filing-30-days"


def notices(
    generation: Generation, now: float, not_reloaded: str | None = None, not_observed: str | None = None
) -> Iterator[Notice]:
    """Yield what a person should know at an instant, what matters most first.

    `not_reloaded` says why a later policy was not, `not_observed` what an observer raised.
    """
    if not_reloaded is not None:
        yield Notice("reload-failed", why=not_reloaded)
    beside = generation.candidate
    if beside is not None and beside.problem is not None:
        yield Notice("candidate-unread" if beside.generation is None else "candidate-failed", why=beside.problem)
    if not_observed is not None:
        yield Notice("observer-failed", why=not_observed)
    policy = generation.policy
    today = clock.local(policy.enterprise.timezone, now)[0]
    in_memory = not generation.store.lasting
    if policy.state is not None and in_memory:
        yield Notice("in-memory")
    if policy.call_log is not None and policy.call_log.enabled and in_memory:
        yield Notice("log-in-memory")
    log = policy.call_log
    if log is not None and log.enabled and not in_memory and not (log.key_env or log.key_file or log.key_command):
        yield Notice("log-unsealed")
    for key, facts in generation.store.warnings():
        yield Notice(key, **facts)
    if not policy.enterprise.packs:
        yield Notice("no-law", region=policy.enterprise.region)
    for licence, last in answers.last_days(generation, now):
        if last is not None and (last - today).days < _LICENCE_DAYS:
            yield Notice("licence-ended" if last < today else "licence-ends", kind=licence.kind, day=last)
    yield from _callers(generation, now)
    for read in generation.lists.values():
        yield from read.warnings
    if any(campaign.academic_tutoring and campaign.purpose == "marketing" for campaign in policy.campaigns):
        yield from generation.calendar.warnings(today)


def _callers(generation: Generation, now: float) -> Iterator[Notice]:
    for caller in generation.policy.callers:
        found = answers.caller_findings(generation, caller, now)
        denied = [finding.reason.value for finding in found if finding.status == "denies"]
        if denied:
            yield Notice("caller-denied", number=phone.mask(caller.number), reasons=", ".join(denied))
        for finding in found:
            due = finding.rule == _FILING and finding.status == "passes" and finding.until_s is not None
            if due and finding.until_s is not None and finding.until_s - now < _FILING_DAYS * clock.DAY:
                last = clock.local(generation.policy.enterprise.timezone, finding.until_s)[0] - timedelta(days=1)
                yield Notice("filing-due", number=phone.mask(caller.number), day=last)
