"""The dial permit: proof, for the trunk, that a call was decided; signed, seconds-long, for one call of one caller to one callee.

`Permits` issues them, on the host that decides; `Checker` checks them, wherever the public key is.
"""

from callguard.permits.checking import Checker
from callguard.permits.form import REASONS, Permit, PermitError
from callguard.permits.issuing import Permits
from callguard.permits.keys import new_keys
from callguard.permits.used import Used, UsedHere, UsedOnHost

__all__ = ["REASONS", "Checker", "Permit", "PermitError", "Permits", "Used", "UsedHere", "UsedOnHost", "new_keys"]
