"""Why a command is not passed on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from callguard.errors import CallguardError, DialDenied

if TYPE_CHECKING:
    from callguard.model import Decision

# what is denied before any policy is asked; all other reasons are the policy's
OWN: Final = {
    "command-unknown": "in none of the tables, or in that of what is denied unless it is allowed by name",
    "command-unreadable": "it cannot be read for certain: an argument, a variable or a header that means more than it says",
    "target-unreadable": "whom it calls cannot be read for certain",
    "target-inside": "it calls an extension inside, and no `--internal` has it",
    "campaign-missing": "neither `CALLGUARD_CAMPAIGN` nor `--campaign` says what the call is for",
    "caller-missing": "neither `CALLGUARD_CALLER`, nor the call's caller ID, nor `--caller` says which number it is placed from",
    "caller-conflict": "`CALLGUARD_CALLER` and the call's caller ID are two numbers",
    "call-repeated": "it would call a number more than once: again, or on two channels; one decision is for one call",
    "call-later": "it would place a call later, which cannot be decided now",
    "not-logged-in": "the switch has not accepted a login on this connection",
    "policy-failure": "the policy, or its state, could not be asked",
    "stopping": "the proxy is about to stop",
}
_SAID: Final = re.compile(r"[A-Za-z][A-Za-z_\-]{0,40}")


class Denied(CallguardError):  # noqa: N818 - the project's word
    """A command is denied: `reason`, and the rule or the command's name, no number in either; `decision` where a policy decided."""

    def __init__(self, reason: str, rule: str | None = None, decision: Decision | None = None) -> None:
        self.reason, self.decision = reason, decision
        self.rule = rule if rule is not None and _SAID.fullmatch(rule) else None
        super().__init__(f"{reason} ({self.rule})" if self.rule else reason)

    def raised(self) -> CallguardError:
        """Return what a guarded client raises: DialDenied where the policy decided, else this."""
        return self if self.decision is None else DialDenied(self.decision)
