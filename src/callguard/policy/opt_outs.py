"""Which of what happens in a call is a refusal of the callee's: outcomes, keys pressed, SIP replies."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from callguard.policy.model import OptOut

ENDS: Final = ("answered", "no-answer", "busy", "voicemail", "failed", "unknown")  # what calls come to, whatever callees want
MOST_KEYS: Final = 16
_END: Final = "#"  # what entries of keys are often ended with


def fold(name: str) -> str:
    """Return an outcome's name as it is compared: letters and digits only, in one case, so that `Do Not Call` is `do-not-call`."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", name).casefold() if sign.isalnum())


@lru_cache(maxsize=1024)
def folded(names: tuple[str, ...]) -> frozenset[str]:
    """Return the names of a policy as they are compared, worked out once."""
    return frozenset(map(fold, names))


def over(own: OptOut | None, base: OptOut) -> OptOut:
    """Return `base` with whatever `own` says itself."""
    if own is None:
        return base
    said = attrs.asdict(own, recurse=False)
    return attrs.evolve(base, **{name: value for name, value in said.items() if value is not None})


def is_refusal(opt_out: OptOut, *, outcome: str | None = None, keys: str | None = None, sip_status: int | None = None) -> bool:
    """Return whether any of what happened is a refusal.

    `keys` are one entry: the whole of it is compared, with a `#` at its end or without.
    """
    if not opt_out.enabled:
        return False
    entered = "" if keys is None else "".join(keys.split()).upper()
    return (
        (outcome is not None and fold(outcome) in folded(opt_out.outcomes))
        or (bool(entered) and (entered in opt_out.keys or entered.removesuffix(_END) in opt_out.keys))
        or (sip_status is not None and sip_status in opt_out.sip)
    )
