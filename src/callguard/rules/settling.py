"""The law's last word: from the rules' answers, in reason order, to one decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard import clock
from callguard.model import FOREVER, Decision, Reason
from callguard.rules.rule import Deny

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callguard.rules.rule import Answer, Rule

Answered = tuple["Rule", "Answer"]
# denials that hold even where a campaign does not enforce
ENFORCED: Final = frozenset({Reason.PROTECTED_NUMBER, Reason.REFUSED, Reason.LISTED, Reason.STATE_STALE, Reason.LOG_UNAVAILABLE})


def settle(answered: Iterable[Answered], until: float = FOREVER, *, provisional: bool = False) -> Decision:
    """Return the decision of answers in reason order: the first denial, or that the call may be placed.

    It is provisional when any answer up to the deciding one is, and holds no longer than each of them.
    """
    for rule, answer in answered:
        until = min(until, answer.until)
        provisional = provisional or answer.provisional
        if isinstance(answer, Deny):
            return _denial(rule, answer, until, provisional=provisional)
    return Decision(Reason.ALLOWED, provisional=provisional, until_s=finite(until))


def _denial(rule: Rule, answer: Deny, until: float, *, provisional: bool) -> Decision:
    return Decision(
        answer.reason,
        rule.id,
        provisional=provisional,
        retry_s=finite(answer.until),
        until_s=finite(until),
        text=None if answer.note is None else f"{answer.reason.value}/{answer.note}",
    )


def finite(until: float) -> float | None:
    """Return an instant as decisions and findings have it: None for what time alone will not change."""
    return None if until >= clock.LAST else until
