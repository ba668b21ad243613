"""What Twilio tells of a call later: its end, and what the callee pressed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import attrs

from callguard.dialers import sip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callguard.guard import Guard

REFERENCE: Final = "callguard"  # in the address of a status callback, which is asked whichever process placed the call
CAMPAIGN: Final = "callguard_campaign"
_OUTCOMES: Final = {
    "busy": sip.BUSY,
    "canceled": sip.NO_ANSWER,
    "completed": sip.ANSWERED,
    "failed": sip.FAILED,
    "no-answer": sip.NO_ANSWER,
}
_VOICEMAIL: Final = "voicemail"


def address(url: str, *, reference: str | None, campaign: str | None) -> str:
    """Return the address of a status callback, with what `ended` needs to know of the call."""
    shown, mark, fragment = url.partition("#")  # Twilio reads how often to try again from it
    said = urlencode({key: value for key, value in ((REFERENCE, reference), (CAMPAIGN, campaign)) if value})
    return f"{shown}{'&' if '?' in shown else '?'}{said}{mark}{fragment}" if said else url


def ended(
    guard: Guard, form: Mapping[str, str], query: Mapping[str, str] | None = None, *, campaign: str | None = None
) -> str | None:
    """Take what a status callback, or the action of a Gather, says; return the outcome that was recorded, None while a call lasts.

    `form` is the body's, `query` the address's; validate the signature before. Keys that were pressed, a SIP status and an outcome
    that the policy's `[opt_out]` makes a refusal are kept as one; `campaign` where the address does not say it. ValueError for
    a reference that is none, StateError where nothing could be kept: answer so that Twilio tries again.
    """
    said = _Said(form, query or {})
    outcome, status = _outcome(said)
    _hear(guard, said, said[CAMPAIGN] or campaign, outcome, status)
    if outcome is None:
        return None
    reference, duration = said[REFERENCE], said["CallDuration"]
    if reference and guard.log is not None:
        guard.log.end_of(reference, outcome, duration=float(duration) if duration.isdecimal() else None)
    return outcome


@attrs.frozen
class _Said:
    """What was posted, and what stands in the address; "" for what is in neither."""

    form: Mapping[str, str] = attrs.field(repr=False)
    query: Mapping[str, str] = attrs.field(repr=False)

    def __getitem__(self, key: str) -> str:
        found = self.form.get(key)  # frameworks have forms whose `get` alone returns one text
        found = self.query.get(key, "") if found is None else found
        if not isinstance(found, str):
            raise TypeError(f"`{key}` is a {type(found).__name__}; accepted: text, as a form of a framework's `get` returns it")
        return found


def _outcome(said: _Said) -> tuple[str | None, int | None]:
    """Return how a call ended, None while it lasts, and the SIP status that ended it, where there is one."""
    code = said["SipResponseCode"]
    status = int(code) if re.fullmatch(r"[1-6][0-9]{2}", code) else None
    outcome = _OUTCOMES.get(said["CallStatus"])
    if outcome == sip.ANSWERED:
        return (_VOICEMAIL if said["AnsweredBy"].startswith("machine") else outcome), status
    if outcome is not None and status is not None and sip.ended(status) == sip.REJECTED:
        return sip.REJECTED, status
    return outcome, status


def _hear(guard: Guard, said: _Said, campaign: str | None, outcome: str | None, status: int | None) -> None:
    """Keep what was said as the callee's refusal, where it is one."""
    keys = said["Digits"] or None
    if not campaign or (keys is None and outcome is None and status is None):
        return
    callee = said["From" if said["Direction"].startswith("inbound") else "To"].removeprefix("whatsapp:")
    callee = sip.number(callee) if callee.lower().startswith("sip") else callee
    guard.heard(callee, campaign=campaign, outcome=outcome, keys=keys, sip_status=status, source="twilio")
