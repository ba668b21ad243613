"""What users write: checked by `mypy --strict`, never run."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, assert_type

from callguard import Decision, DialDenied, Explanation, Guard, Line, Policy, Reason, may_dial, use
from callguard.policy import Caller, Campaign, Enterprise, Licence
from callguard.rules import FOREVER, Call, Deny, Pass, rule
from callguard.testing import FrozenClock

if TYPE_CHECKING:
    import pendulum


@rule("no-fridays")
def no_fridays(call: Call) -> Pass | Deny:
    if call.campaign.purpose == "marketing":
        return Deny(until=call.next_midnight)
    return Pass(until=FOREVER)


policy = Policy(
    enterprise=Enterprise(name="Xinghe"),
    licences=(Licence(kind="call-centre", scope="national", issued=date(2023, 5, 1)),),
    callers=(Caller(number="010-8555-0123"),),
    campaigns=(Campaign(name="course", purpose="marketing"),),
)
guard = Guard(policy, rules=[no_fridays], clock=FrozenClock("2026-11-24T10:00:00+08:00"))
line = guard.line(campaign="course", caller="010-8555-0123")
assert_type(line, Line)
decision = guard.may_dial("13800130001", caller="010-8555-0123", campaign="course", at=datetime.now(UTC), place="CN-GD")
assert_type(decision, Decision)
assert_type(decision.reason, Reason)
assert_type(guard.explain(8613800130001, caller="010-8555-0123", campaign="course"), Explanation)
assert_type(guard.scrub(["13800130001"], caller="010-8555-0123", campaign="course").counts(), dict[Reason, int])


async def place(callee: str) -> pendulum.DateTime | None:
    try:
        async with guard.attempt(callee, caller="010-8555-0123", campaign="course", key="a") as attempt:
            attempt.outcome("answered", duration=3)
            assert_type(attempt.pressed("9"), bool)
            assert_type(attempt.replied(607), bool)
    except DialDenied as denied:
        return denied.decision.retry_at
    return line.next_allowed(callee)


assert_type(guard.heard("13800130001", campaign="course", outcome="dnc", keys="9", sip_status=607, source="x"), bool)
use(guard)
assert_type(may_dial("13800130001", caller="010-8555-0123", campaign="course"), Decision)
