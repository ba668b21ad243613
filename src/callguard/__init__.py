"""callguard: may this call be placed, now? The question that every dialer should ask before it dials.

The public names are loaded when they are first used, so that `import callguard` itself costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callguard._core import compiled
    from callguard.default import may_dial, use
    from callguard.errors import CallguardError, DialDenied, PolicyError, Problem, StateError
    from callguard.guard import Guard, Line
    from callguard.model import Decision, Explanation, Finding, Place, Reason
    from callguard.policy import Policy

__version__ = "0.1.0"

__all__ = [
    "CallguardError",
    "Decision",
    "DialDenied",
    "Explanation",
    "Finding",
    "Guard",
    "Line",
    "Place",
    "Policy",
    "PolicyError",
    "Problem",
    "Reason",
    "StateError",
    "compiled",
    "may_dial",
    "use",
]

_ROOMS = {
    "compiled": "_core",
    **dict.fromkeys(("CallguardError", "DialDenied", "PolicyError", "Problem", "StateError"), "errors"),
    **dict.fromkeys(("may_dial", "use"), "default"),
    **dict.fromkeys(("Guard", "Line"), "guard"),
    **dict.fromkeys(("Decision", "Explanation", "Finding", "Place", "Reason"), "model"),
    "Policy": "policy",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its room."""
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module `callguard` has no attribute `{name}`")
    value = globals()[name] = getattr(import_module(f"callguard.{room}"), name)
    return value


def __dir__() -> list[str]:
    """Name what is public."""
    return sorted([*globals(), *__all__])
