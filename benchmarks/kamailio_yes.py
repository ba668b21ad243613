"""What Kamailio loads for the floors: the example's script, whose every call is let go, or none, and nothing decided or kept.

CALLGUARD_SAYS is `yes` or `no`.
"""

from __future__ import annotations

import os
import site
import sys

before = list(sys.path)
site.addsitedir(os.environ["CALLGUARD_SITE"])
sys.path[:] = [path for path in sys.path if path not in before] + before

import KSR  # noqa: E402 - Kamailio's own

from callguard.dialers import kamailio  # noqa: E402


class Yes:
    """In a guard's place, and in that of its attempts."""

    log = None
    reference = None

    def attempt(self, *_, **__):
        return self

    def __enter__(self):
        return self

    def outcome(self, name):
        pass

    def release(self):
        pass


class Proxy(kamailio.Proxy):
    """The same proxy, with nothing to ask."""

    def _guard(self):
        return _YES

    def _invite(self):
        if os.environ["CALLGUARD_SAYS"] == "yes":
            super()._invite()
        else:
            self._answer(kamailio.Denied(self._denied, "listed", "do-not-call"))


_YES = Yes()


def mod_init():
    """Make it as the example does."""
    environ = os.environ
    return Proxy(
        KSR, next_hop=environ["CALLGUARD_NEXT_HOP"], policy=environ["CALLGUARD_POLICY"], campaign=environ["CALLGUARD_CAMPAIGN"]
    )
