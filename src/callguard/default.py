"""The guard that `callguard.may_dial` asks: one a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.errors import CallguardError
from callguard.guard import Guard

if TYPE_CHECKING:
    from datetime import datetime

    from callguard.model import Decision

_default: Guard | None = None


def use(guard: Guard | None) -> None:
    """Make a guard the one that `callguard.may_dial` asks; None forgets it."""
    global _default  # noqa: PLW0603 - one default a process is the contract
    _default = guard


def may_dial(
    callee: str | int, *, caller: str, campaign: str, at: datetime | float | None = None, place: str | None = None
) -> Decision:
    """Ask the default guard: that of `use`, else the one of the policy file that CALLGUARD_POLICY names."""
    if _default is None:
        import os

        path = os.environ.get("CALLGUARD_POLICY")
        if not path:
            raise CallguardError(
                "there is no default guard: call `callguard.use(guard)`, or name a policy file in CALLGUARD_POLICY"
            )
        use(Guard.open(path))
    assert _default is not None
    return _default.may_dial(callee, caller=caller, campaign=campaign, at=at, place=place)
