"""What Kamailio loads: the guard in the proxy. Its settings stand in the environment."""

import os
import site
import sys

# Kamailio embeds the system's Python. Where callguard is installed in a virtual environment of the same version, its packages come
# before the system's, which may be older than callguard needs
if os.environ.get("CALLGUARD_SITE"):
    before = list(sys.path)
    site.addsitedir(os.environ["CALLGUARD_SITE"])
    sys.path[:] = [path for path in sys.path if path not in before] + before

import KSR

from callguard.dialers.kamailio import Proxy


def mod_init() -> Proxy:
    """Check the settings, once, before Kamailio forks: what is wrong keeps it from starting."""
    environ = os.environ
    return Proxy(
        KSR,
        next_hop=environ["CALLGUARD_NEXT_HOP"],  # where calls go: sip:gateway:5060
        policy=environ.get("CALLGUARD_POLICY"),
        campaign=environ.get("CALLGUARD_CAMPAIGN"),  # of calls without X-Callguard-Campaign
        permit_keys=environ.get("CALLGUARD_PERMIT_KEYS"),  # public keys: a call needs a permit
        used=environ.get("CALLGUARD_USED"),  # the folder in which this host remembers used permits
        denied=int(environ.get("CALLGUARD_DENIED", "603")),  # or 608
        call_info=environ.get("CALLGUARD_CALL_INFO"),
    )
