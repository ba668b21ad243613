"""What an enterprise knows of where a callee is, put together with what the digits tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from callguard.phone.regions import region, zones_of

if TYPE_CHECKING:
    from callguard.model import Place


def told(place: Place, text: str) -> Place:
    """Return a place with what `place=` says of it; ValueError for what is no region, or is not in the callee's own country."""
    code = region(text)
    country = code.partition("-")[0]
    if place.country not in (None, country):
        msg = f"`place` is `{text}`, and the number is of `{place.country}`; accepted: `{place.country}` or a part of it"
        raise ValueError(msg)
    return attrs.evolve(place, told=code, zones=place.zones | zones_of(code))
