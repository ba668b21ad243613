"""What places calls for others decides by this: whom a command calls, attempts to all of them, and why one is denied."""

from callguard.judging.denied import Denied
from callguard.judging.judge import CALLER, CAMPAIGN, Ask, Judge, Placing, calling

__all__ = ["CALLER", "CAMPAIGN", "Ask", "Denied", "Judge", "Placing", "calling"]
