"""Checking permits: what holds public keys, and remembers which permits were used."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Final

from callguard import phone
from callguard.permits import form, keys
from callguard.permits.form import Permit, PermitError
from callguard.permits.used import UsedHere

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callguard.permits.form import Parsed
    from callguard.permits.used import Used

SKEW_S: Final = 2.0


class Checker:
    """Says whether a call has a permit; every thread may use it.

    `used` remembers which permits were used: by default in this process alone, so give processes of one host a `UsedOnHost`.
    `skew` is how many seconds the two hosts' clocks may differ. `region` is where numbers are written without a country code.
    """

    def __init__(self, public: str | Iterable[str], *, used: Used | None = None, region: str = "CN", skew: float = SKEW_S) -> None:
        """Read public keys, as `callguard permit keygen` printed them; ValueError for what is none, and for a skew below 0."""
        if not 0 <= skew <= form.LONGEST_S:
            raise ValueError(f"`skew` is {skew}; accepted: seconds from 0 to {form.LONGEST_S:g}")
        found = keys.public_keys(public if isinstance(public, str) else " ".join(public))
        self._keys = {keys.key_id(each): each for each in found}
        self.ids = tuple(id_.hex() for id_ in self._keys)
        self.used: Used = UsedHere() if used is None else used
        self.skew = skew
        self.region = region
        self._numbers = phone.NumberPlan(region, "national")

    def __repr__(self) -> str:
        return f"Checker({', '.join(self.ids)})"

    def check(self, text: str | None, *, callee: str | int, caller: str, now: float | None = None) -> Permit:
        """Return what a call's permit says, which is used from now on; PermitError where it has none that is good for it.

        Callee and caller are those of the call itself, in any writing; an int is E.164. `now` in epoch seconds. StateError where it
        cannot be known whether the permit was used: such a call is not to be placed.
        """
        found = self.read(text, callee=callee, caller=caller, now=now)
        when = time() if now is None else now
        why = self.used.take(found.id, found.permit.until + self.skew, when)
        if why is not None:
            raise PermitError(why)
        return found.permit

    def read(self, text: str | None, *, callee: str | int, caller: str | None, now: float | None = None) -> Parsed:
        """Check all of a permit but whether it was used, and do not use it; `caller` None where it is not known."""
        when = time() if now is None else now
        found = form.parsed("" if text is None else text)
        self._verify(found)
        if when < found.permit.since - self.skew:
            raise PermitError("not-yet")
        if when >= found.permit.until + self.skew:
            raise PermitError("expired")
        number = self.callee(callee)
        if number is None or form.digest(found.id, "callee", str(number)) != found.callee:
            raise PermitError("callee")
        if caller is not None:
            key = phone.caller_key(caller, self.region) or caller
            if form.digest(found.id, "caller", key) != found.caller:
                raise PermitError("caller")
        return found

    def callee(self, callee: str | int) -> int | None:
        """Return a callee as E.164; None where it cannot be read as that."""
        return callee if isinstance(callee, int) else self._numbers.read(callee).number

    def _verify(self, found: Parsed) -> None:
        from cryptography.exceptions import InvalidSignature

        public = self._keys.get(found.key)
        if public is None:
            raise PermitError("unknown-key")
        try:
            public.verify(found.signature, found.signed)
        except InvalidSignature:
            raise PermitError("signature") from None
