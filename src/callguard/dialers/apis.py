"""The voice APIs that are known, by their hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callguard.dialers import retell, telnyx, vapi

if TYPE_CHECKING:
    from callguard.dialers.routes import Api

BY_HOST: Final[dict[str, Api]] = {host: api for api in (telnyx.API, vapi.API, retell.API) for host in api.hosts}
