"""What is known of a call between its request and the API's webhooks: its campaign, and where it stands in the log.

It travels in the API's own field, as text; where there is no room it is kept in this process, for the last ten thousand calls.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from callguard.dialers import sip
from callguard.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard import Guard

_LOG: Final = logging.getLogger("callguard.dialers")
FIELD: Final = "callguard"
_MOST: Final = 10_000


@attrs.frozen
class Known:
    """The campaign of some calls, and the log's reference of each, found by a digest of its number."""

    campaign: str
    references: Mapping[str, str | None] = attrs.field(repr=False)

    @classmethod
    def of(cls, campaign: str, references: Mapping[str, str | None]) -> Self:
        """Return what is known of calls to these numbers."""
        return cls(campaign, {_digest(number): reference for number, reference in references.items()})

    @classmethod
    def read(cls, said: Any) -> Self | None:
        """Read what `said` returned, from a webhook; None for anything else."""
        found = said.get(FIELD) if isinstance(said, dict) else None
        campaign = found.get("campaign") if isinstance(found, dict) else None
        references = found.get("calls") if isinstance(found, dict) else None
        if not isinstance(campaign, str) or not isinstance(references, dict):
            return None
        return cls(campaign, {str(key): each for key, each in references.items() if isinstance(each, str)})

    @classmethod
    def unpacked(cls, text: Any) -> Self | None:
        """Read what `packed` returned; None for anything else."""
        try:
            return cls.read(json.loads(base64.b64decode(text, validate=True)))
        except (ValueError, TypeError, RecursionError):
            return None

    def said(self) -> dict[str, Any]:
        """Return it as an object of JSON."""
        return {FIELD: self.only()}

    def only(self, number: str | None = None) -> dict[str, Any]:
        """Return what is below the field's name, of one number or of all."""
        found = self.references if number is None else {_digest(number): self.reference(number)}
        return {"campaign": self.campaign, "calls": dict(found)}

    def packed(self) -> str:
        """Return it in base64."""
        return base64.b64encode(json.dumps(self.said(), separators=(",", ":")).encode()).decode()

    def reference(self, number: str | None) -> str | None:
        """Return the reference of the call to a number; that of the only call, whatever the number."""
        if len(self.references) == 1:
            return next(iter(self.references.values()))
        return None if number is None else self.references.get(_digest(number))


class Kept:
    """What is known of calls for which an API has no field, by their ids; the oldest go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: OrderedDict[str, Known] = OrderedDict()

    def keep(self, id_: str, known: Known) -> None:
        """Keep what is known of a call."""
        with self._lock:
            self._calls[id_] = known
            while len(self._calls) > _MOST:
                self._calls.popitem(last=False)

    def find(self, id_: Any) -> Known | None:
        """Return what is known of a call, None where that is nothing."""
        with self._lock:
            return self._calls.get(id_) if isinstance(id_, str) else None


KEPT: Final = Kept()


def heard_of(
    guard: Guard,
    known: Known | None,
    callee: Any,
    *,
    source: str,
    outcome: str | None = None,
    duration: float | None = None,
    keys: str | None = None,
    sip_status: int | None = None,
) -> bool:
    """Keep a refusal that was heard, then record how the call ended; return whether there was a refusal. `callee`: number or URI.

    StateError where a refusal could not be kept. An outcome that cannot be written is a warning in the log.
    """
    if known is None:
        return False
    said = _number(callee) if isinstance(callee, str) else ""
    refused, reference = False, known.reference(said or None)
    if said:
        refused = guard.heard(said, campaign=known.campaign, outcome=outcome, keys=keys, sip_status=sip_status, source=source)
    if outcome is not None and reference is not None and guard.log is not None:
        try:
            guard.log.end_of(reference, outcome, duration=duration)
        except (ValueError, StateError) as error:
            _LOG.warning("an outcome could not be kept: %s", type(error).__name__)
    return refused


def event_of(event: Any) -> dict[str, Any]:
    """Return a webhook's event as a dict, from that or from an SDK's model; TypeError for anything else."""
    found = event.model_dump(by_alias=True) if hasattr(event, "model_dump") else event
    if not isinstance(found, dict):
        raise TypeError(f"the event is a {type(event).__name__}; accepted: what the webhook's JSON says, as a dict")
    return found


def inside(event: Any, *names: str) -> Any:
    """Return what stands in objects within objects; None where there is nothing."""
    for name in names:
        event = event.get(name) if isinstance(event, dict) else None
    return event


def _number(written: str) -> str:
    """Return the number that an address has, as it was decided; a number as it is."""
    return sip.number(written) if written.lower().startswith(("sip:", "sips:", "tel:")) else written


def _digest(number: str) -> str:
    digits = "".join(sign for sign in _number(number) if sign.isdigit())
    return hashlib.sha256(digits.encode()).hexdigest()[:12]
