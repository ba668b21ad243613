"""Adapters of requests that send a request again by themselves, as urllib3's retries have them do."""

from __future__ import annotations

from typing import Any


def sends_again(adapter: Any, method: str) -> bool:
    """Return whether an adapter may send a request of this method twice, the first of which may have arrived.

    What had not left may be tried again. A failure of TLS is none of that, though urllib3 tries it again by any method unless
    `other=0`: it may come with the answer.
    """
    retries = getattr(adapter, "max_retries", None)
    if retries is None or getattr(retries, "total", None) in (0, False):
        return False
    methods = getattr(retries, "allowed_methods", None)
    return not methods or method.upper() in methods or getattr(retries, "other", None) not in (0, False)
